/**
 * What is written and not in the arena yet, in rows: each what is of one device, up to where the next row begins.
 *
 * While messages are dealt with everything is written one after the other into one buffer, which stays in the caches; to put
 * each record into the memory of its device at once would be an access to cold memory each. Used again and again, so that
 * it makes no garbage.
 */
import type { FlightLog } from '../../engine/flight.ts'

export class Rows {
  readonly #logs: (FlightLog | undefined)[] = []
  readonly #begins: number[] = []
  readonly #instants: number[] = []
  length = 0

  log(row: number): FlightLog {
    return this.#logs[row] as FlightLog
  }

  from(row: number): number {
    return this.#begins[row] as number
  }

  /** @param end of all that is written. */
  to(row: number, end: number): number {
    return row + 1 < this.length ? this.from(row + 1) : end
  }

  /** Milliseconds of the clock. */
  at(row: number): number {
    return this.#instants[row] as number
  }

  /** What is written from `begin` on is of this log. */
  goOn(log: FlightLog, begin: number, at: number): void {
    if (this.length > 0 && this.log(this.length - 1) === log) return
    this.#logs[this.length] = log
    this.#begins[this.length] = begin
    this.#instants[this.length] = at
    this.length++
  }

  clear(): void {
    // One by one: `fill` is a call into the runtime.
    for (let row = 0; row < this.length; row++) this.#logs[row] = undefined
    this.length = 0
  }
}
