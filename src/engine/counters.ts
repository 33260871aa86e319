/**
 * What was received, sent, rejected and dropped, by reason. Bounded: reasons come from fixed sets, never from peers.
 */
export interface Count {
  times: number
}

export class Counters {
  readonly #counts = new Map<string, Count>()

  count(name: string): void {
    this.of(name).times++
  }

  /** To be counted up without looking for it: what comes with every message. */
  of(name: string): Count {
    let count = this.#counts.get(name)
    if (count === undefined) {
      count = { times: 0 }
      this.#counts.set(name, count)
    }
    return count
  }

  get(name: string): number {
    return this.#counts.get(name)?.times ?? 0
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([name, { times }]) => [name, times]))
  }
}
