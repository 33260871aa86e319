/**
 * The clock of one actor that is run again: it stands where the recording says, and fires only the timers that the recording
 * says have fired. A machine that would wait for longer, or for something else, is found out and not hurried on.
 */
import type { Clock, TimerHandle } from '../statechart/clock.ts'

interface Waiting extends TimerHandle {
  readonly run: () => void
}

export class ReplayClock implements Clock {
  readonly #waiting = new Set<Waiting>()
  /** The timer that was set last. */
  newest: TimerHandle | undefined
  #now: number

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  setTimeout(run: () => void, ms: number): TimerHandle {
    const waiting = { due: this.#now + (ms > 0 ? ms : 0), run }
    this.#waiting.add(waiting)
    this.newest = waiting
    return waiting
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    if (handle !== undefined) this.#waiting.delete(handle as Waiting)
  }

  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at)
  }

  waits(handle: TimerHandle): boolean {
    return this.#waiting.has(handle as Waiting)
  }

  fire(handle: TimerHandle): void {
    const waiting = handle as Waiting
    if (this.#waiting.delete(waiting)) waiting.run()
  }
}
