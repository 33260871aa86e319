/**
 * A list through its own elements, for what very many are in: to join and to leave costs no hashing and no memory.
 */

/** What an element carries for the one chain it is in. */
export interface Linked<T> {
  previous: T | undefined
  next: T | undefined
}

export class Chain<T extends Linked<T>> {
  #first: T | undefined = undefined
  #last: T | undefined = undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#first
  }

  add(element: T): void {
    element.previous = this.#last
    if (this.#last === undefined) this.#first = element
    else this.#last.next = element
    this.#last = element
    this.#size++
  }

  /** Of an element that is in it. */
  remove(element: T): void {
    const { previous, next } = element
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    element.previous = element.next = undefined
    this.#size--
  }

  /** In the order in which they joined; those of now, whatever happens meanwhile. */
  all(): T[] {
    const all: T[] = []
    for (let element = this.#first; element !== undefined; element = element.next) all.push(element)
    return all
  }
}
