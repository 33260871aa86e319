/**
 * The clock that one interpreted actor sees: the engine's, keeping in mind what this actor waits for, in the order set.
 *
 * XState knows its timers by name but by the wall clock, which is not the engine's; the clock knows the instants but no
 * names. Both list them in the order in which they were set.
 */
import type { Clock, TimerHandle } from './clock.ts'

export class OwnTimers {
  readonly #clock: Clock
  readonly #waiting: TimerHandle[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  setTimeout(run: () => void, ms: number): TimerHandle {
    const handle = this.#clock.setTimeout(() => {
      this.#forget(handle)
      run()
    }, ms)
    this.#waiting.push(handle)
    return handle
  }

  clearTimeout(handle: TimerHandle): void {
    this.#forget(handle)
    this.#clock.clearTimeout(handle)
  }

  /** When the next one is due, and the how manyeth of those set it is; `undefined` when nothing is waited for. */
  next(): { readonly due: number; readonly place: number } | undefined {
    const dues = this.#waiting.map(({ due }) => due)
    const due = Math.min(...dues)
    return dues.length === 0 ? undefined : { due, place: dues.indexOf(due) }
  }

  #forget(handle: TimerHandle): void {
    const place = this.#waiting.indexOf(handle)
    if (place !== -1) this.#waiting.splice(place, 1)
  }
}
