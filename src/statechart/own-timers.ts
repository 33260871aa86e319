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

/** Hears of each timer, by the event that it sends. */
export interface TimerListener {
  set(event: string, due: number, ms: number): void
  fired(event: string): void
  cancelled(event: string): void
}

interface Waiting {
  readonly handle: TimerHandle
  readonly scheduled: Scheduled | undefined
}

export class OwnTimers {
  readonly #clock: Clock
  readonly #scheduled: () => readonly Scheduled[]
  readonly #listener: TimerListener | undefined
  #waiting: readonly Waiting[] = []

  /** @param scheduled XState's notes as they are now. */
  constructor(clock: Clock, scheduled: () => readonly Scheduled[], listener?: TimerListener) {
    this.#clock = clock
    this.#scheduled = scheduled
    this.#listener = listener
  }

  setTimeout(run: () => void, ms: number): TimerHandle {
    const handle = this.#clock.setTimeout(() => {
      const fired = this.#forget(handle)
      if (fired !== undefined) this.#listener?.fired(eventOf(fired))
      run()
    }, ms)
    const known = new Set(this.#waiting.map(({ scheduled }) => scheduled))
    const waiting = { handle, scheduled: this.#scheduled().find((note) => !known.has(note)) }
    this.#waiting = [...this.#waiting, waiting]
    this.#listener?.set(eventOf(waiting), handle.due, ms)
    return handle
  }

  clearTimeout(handle: TimerHandle): void {
    const cancelled = this.#forget(handle)
    this.#clock.clearTimeout(handle)
    if (cancelled !== undefined) this.#listener?.cancelled(eventOf(cancelled))
  }

  /**
   * Takes all back. XState itself forgets a timer whose `raise` has been repeated under the same id, so that its own
   * end would leave it behind.
   */
  clear(): void {
    const left = this.#waiting
    this.#waiting = []
    for (const waiting of left) {
      this.#clock.clearTimeout(waiting.handle)
      this.#listener?.cancelled(eventOf(waiting))
    }
  }

  /** When the next one is due, and what it sends; `undefined` when nothing is waited for. */
  next(): { readonly due: number; readonly event: string } | undefined {
    const due = Math.min(...this.#waiting.map(({ handle }) => handle.due))
    const next = this.#waiting.find(({ handle }) => handle.due === due)
    return next && { due, event: eventOf(next) }
  }

  /** @returns what waited under that handle. */
  #forget(handle: TimerHandle): Waiting | undefined {
    const found = this.#waiting.find((waiting) => waiting.handle === handle)
    this.#waiting = this.#waiting.filter((waiting) => waiting !== found)
    return found
  }
}

const eventOf = ({ scheduled }: Waiting): string => scheduled?.event.type ?? ''
