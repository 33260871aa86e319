/**
 * The clock that one interpreted actor sees: the engine's, keeping in mind what this actor waits for, in the order set.
 *
 * XState knows its timers by name but by the wall clock, which is not the engine's; the clock knows the instants but no
 * names. XState notes a timer just before it sets it, so the note that is new then is the timer's.
 */
import type { EventObject } from 'xstate'
import type { Clock, TimerHandle } from './clock.ts'

/** XState's note of a timer. */
export interface Scheduled {
  readonly event: EventObject
}

interface Waiting {
  readonly handle: TimerHandle
  readonly scheduled: Scheduled | undefined
}

export class OwnTimers {
  readonly #clock: Clock
  readonly #scheduled: () => readonly Scheduled[]
  #waiting: readonly Waiting[] = []

  /** @param scheduled XState's notes as they are now. */
  constructor(clock: Clock, scheduled: () => readonly Scheduled[]) {
    this.#clock = clock
    this.#scheduled = scheduled
  }

  setTimeout(run: () => void, ms: number): TimerHandle {
    const handle = this.#clock.setTimeout(() => {
      this.#forget(handle)
      run()
    }, ms)
    const known = new Set(this.#waiting.map(({ scheduled }) => scheduled))
    this.#waiting = [...this.#waiting, { handle, scheduled: this.#scheduled().find((note) => !known.has(note)) }]
    return handle
  }

  clearTimeout(handle: TimerHandle): void {
    this.#forget(handle)
    this.#clock.clearTimeout(handle)
  }

  /**
   * Takes all back. XState itself forgets a timer whose `raise` has been repeated under the same id, so that its own
   * end would leave it behind.
   */
  clear(): void {
    const left = this.#waiting
    this.#waiting = []
    for (const { handle } of left) this.#clock.clearTimeout(handle)
  }

  /** When the next one is due, and what it sends; `undefined` when nothing is waited for. */
  next(): { readonly due: number; readonly event: string } | undefined {
    const due = Math.min(...this.#waiting.map(({ handle }) => handle.due))
    const next = this.#waiting.find(({ handle }) => handle.due === due)
    return next && { due, event: next.scheduled?.event.type ?? '' }
  }

  #forget(handle: TimerHandle): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.handle !== handle)
  }
}
