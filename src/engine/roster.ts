/**
 * A map of those who stay for a moment: what is deleted from it is let go of.
 *
 * Of a map with few entries that come and go, V8 makes the table anew every few entries. An old table, once it has come
 * among the old objects, keeps what was in it then, the table after it, and so all that ever came, until the whole heap is
 * collected: sessions were copied there one and all, 2 KB of each. Here a table keeps only places, which are emptied.
 */
interface Place<V> {
  taken: V | undefined
}

export class Roster<V extends object> {
  readonly #places = new Map<string, Place<V>>()

  get size(): number {
    return this.#places.size
  }

  get(key: string): V | undefined {
    return this.#places.get(key)?.taken
  }

  set(key: string, value: V): void {
    this.delete(key)
    this.#places.set(key, { taken: value })
  }

  delete(key: string): void {
    const place = this.#places.get(key)
    if (place === undefined) return
    place.taken = undefined
    this.#places.delete(key)
  }

  /** In the order in which they came. */
  all(): V[] {
    return [...this.#places.values()].map(({ taken }) => taken).filter((value) => value !== undefined)
  }
}
