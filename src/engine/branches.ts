/**
 * Client transactions by the second half of their branch: a hash table through its own elements, as those 32 bits are random
 * already. A map would hash them once more, and make a table anew for each few that come and go (`roster.ts`).
 *
 * Every branch is drawn by us: nobody from outside chooses where in the table something stands.
 */

/** What an element carries for the one table it is in. */
export interface Branched<T> {
  readonly second: number
  /** The next one of its row. */
  after: T | undefined
}

const fewestRows = 64

export class Branches<T extends Branched<T>> {
  #rows = emptyRows<T>(fewestRows)
  #size = 0

  get size(): number {
    return this.#size
  }

  find(second: number): T | undefined {
    let element = this.#rows[second & (this.#rows.length - 1)]
    while (element !== undefined && element.second !== second) element = element.after
    return element
  }

  /** Of an element that is in no table; of several with one number the last one is found. */
  add(element: T): void {
    if (this.#size === this.#rows.length) this.#grow()
    this.#link(element)
    this.#size++
  }

  /** Nothing happens for an element that is not in it. */
  delete(element: T): void {
    const row = element.second & (this.#rows.length - 1)
    const first = this.#rows[row]
    if (first === element) this.#rows[row] = element.after
    else {
      let before = first
      while (before !== undefined && before.after !== element) before = before.after
      if (before === undefined) return
      before.after = element.after
    }
    element.after = undefined
    this.#size--
  }

  #link(element: T): void {
    const row = element.second & (this.#rows.length - 1)
    element.after = this.#rows[row]
    this.#rows[row] = element
  }

  #grow(): void {
    const rows = this.#rows
    this.#rows = emptyRows(2 * rows.length)
    for (const first of rows)
      for (let element = first; element !== undefined; ) {
        const { after } = element
        this.#link(element)
        element = after
      }
  }
}

const emptyRows = <T>(count: number): (T | undefined)[] => new Array<T | undefined>(count).fill(undefined)
