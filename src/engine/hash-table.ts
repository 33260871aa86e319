/**
 * A hash table through its own elements, for transactions: they come and go by the thousand, and each carries its number.
 *
 * A map would compute that number again, and make its table anew for each few that come and go (`roster.ts`) or for all
 * that have come and gone. Above all it would look at several others, each of which has left the caches: to find that a
 * request is none that came before took a map of 40,000 transactions a microsecond (`register-cpu`).
 *
 * Nobody from outside may choose a number, or all of his would stand in one row: a branch of ours is drawn (client
 * transactions), the key of a request goes through a hash that nobody knows (server transactions, `SecretHash`).
 */

/** What an element carries for the one table it is in. */
export interface Hashed<T> {
  /** 32 bits with a sign, random in their lowest. */
  readonly hash: number
  /** The next one of its row. */
  after: T | undefined
}

const fewestRows = 64

export class HashTable<T extends Hashed<T>> {
  #rows = emptyRows<T>(fewestRows)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Of several with one number the one that came last. */
  find(hash: number): T | undefined {
    return withHash(this.#rows[hash & (this.#rows.length - 1)], hash)
  }

  /** The one before it with the same number. */
  findBefore(element: T): T | undefined {
    return withHash(element.after, element.hash)
  }

  /** Of an element that is in no table. */
  add(element: T): void {
    if (this.#size === this.#rows.length) this.#grow()
    this.#link(element)
    this.#size++
  }

  /** Nothing happens for an element that is not in it. */
  delete(element: T): void {
    const row = element.hash & (this.#rows.length - 1)
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
    const row = element.hash & (this.#rows.length - 1)
    element.after = this.#rows[row]
    this.#rows[row] = element
  }

  /** From the end of each row, so that of two with one number the later one stays the first. */
  #grow(): void {
    const rows = this.#rows
    this.#rows = emptyRows(2 * rows.length)
    for (const first of rows) for (const element of rowFrom(first).reverse()) this.#link(element)
  }
}

function withHash<T extends Hashed<T>>(from: T | undefined, hash: number): T | undefined {
  let element = from
  while (element !== undefined && element.hash !== hash) element = element.after
  return element
}

function rowFrom<T extends Hashed<T>>(first: T | undefined): T[] {
  const row: T[] = []
  for (let element = first; element !== undefined; element = element.after) row.push(element)
  return row
}

const emptyRows = <T>(count: number): (T | undefined)[] => new Array<T | undefined>(count).fill(undefined)
