/**
 * The method: all servers up, one round each in turn, a cold one and then those that count, so that what the machine is
 * doing besides falls on all alike and ratios hold where absolute figures do not.
 *
 * A round costs what its server's CPU clock shows from the start of the load until the server is needed again, at least
 * `rest` later: what a transaction costs at its end, 32 s on, is in it, and so is its garbage.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Measured } from './benchmark.ts'
import { cpuOf } from './proc.ts'
import { spread } from './statistics.ts'

export interface Contestant {
  readonly name: string
  /** Whose CPU is read; undefined for one that tells it with its load, as it lives no longer than that. */
  readonly pid: number | undefined
  /** One round. `attempt` counts all loads of this contestant. */
  load(attempt: number): Promise<Load>
}

export interface Load {
  /** Every single exchange was as it should be. */
  readonly ok: boolean
  /** What went wrong, or is worth knowing. */
  readonly note: string
  /** Microseconds of CPU, of a contestant without `pid`. */
  readonly cpu?: number
}

/** Loads of one round before a server is given up. */
const attemptsPerRound = 3

/** Runs all rounds. Of each contestant the microseconds per exchange of its warm rounds. @throws Error on a lame one */
export async function roundRobin(
  bench: Bench,
  contestants: readonly Contestant[],
  exchanges: number,
): Promise<Measured[]> {
  const courses = contestants.map((contestant) => new Course(contestant, bench, exchanges))
  for (let round = 0; round <= bench.sizes.rounds; round++) for (const course of courses) await course.run(round)
  for (const course of courses) await course.finish()
  const measured = together(courses)
  for (const { name, rounds } of measured) {
    const { least, most } = spread(rounds)
    bench.progress(`  in full  ${name.padEnd(12)} ${least.toFixed(1)} to ${most.toFixed(1)} us`)
  }
  return measured
}

/** The warm rounds, those of contestants of one name together. */
function together(courses: readonly Course[]): Measured[] {
  const byName = Map.groupBy(courses, ({ name }) => name)
  return [...byName].map(([name, same]) => ({ name, rounds: same.flatMap(({ figures }) => figures.slice(1)) }))
}

/** One contestant's way through the rounds. */
class Course {
  readonly name: string
  /** Microseconds per exchange, of the cold round first. */
  readonly figures: number[] = []
  readonly #contestant: Contestant
  readonly #bench: Bench
  readonly #exchanges: number
  #attempts = 0
  #endedAt = Number.NEGATIVE_INFINITY
  /** What is known of the last load until it has rested. */
  #open: { readonly from: number; readonly during: number; readonly told: number | undefined } | undefined

  constructor(contestant: Contestant, bench: Bench, exchanges: number) {
    this.name = contestant.name
    this.#contestant = contestant
    this.#bench = bench
    this.#exchanges = exchanges
  }

  async run(round: number): Promise<void> {
    for (let attempt = 1; attempt <= attemptsPerRound; attempt++) {
      await this.finish()
      const from = this.#cpu()
      const { ok, note, cpu } = await this.#contestant.load(this.#attempts++)
      this.#endedAt = performance.now()
      const during = (cpu ?? this.#cpu() - from) / this.#exchanges
      const result = ok ? `${during.toFixed(1)} us during` : 'FAILED, not counted'
      this.#bench.progress(`  round ${round}  ${this.name.padEnd(12)} ${result}${note && `  (${note})`}`)
      if (ok) {
        this.#open = { from, during, told: cpu }
        return
      }
    }
    throw new Error(`${this.name} failed ${attemptsPerRound} times in round ${round}`)
  }

  /** Waits until the last load has rested, and books what it has cost in full. */
  async finish(): Promise<void> {
    const wait = this.#contestant.pid === undefined ? 0 : this.#endedAt + this.#bench.sizes.rest - performance.now()
    if (wait > 0) await sleep(wait)
    if (this.#open === undefined) return
    const { from, told } = this.#open
    this.figures.push((told ?? this.#cpu() - from) / this.#exchanges)
    this.#open = undefined
  }

  #cpu(): number {
    const { pid } = this.#contestant
    return pid === undefined ? 0 : cpuOf(pid)
  }
}
