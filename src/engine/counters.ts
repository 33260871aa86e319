/**
 * What was received, sent, rejected and dropped, by reason. Bounded: reasons come from fixed sets, never from peers.
 */
export class Counters {
  readonly #counts = new Map<string, { times: number }>()

  count(name: string): void {
    const known = this.#counts.get(name)
    if (known === undefined) this.#counts.set(name, { times: 1 })
    else known.times++
  }

  get(name: string): number {
    return this.#counts.get(name)?.times ?? 0
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([name, { times }]) => [name, times]))
  }
}
