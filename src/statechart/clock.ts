/**
 * The one clock of an engine, as its machines see it (DESIGN.md, rule 7: time comes in from outside).
 *
 * Two implementations: the timing wheel (`wheel.ts`) in production, the virtual clock (`../testing/virtual-clock.ts`)
 * in tests and replays. Both also serve as XState's `ActorOptions['clock']`.
 */

/** What `setTimeout` answers. Opaque: only the clock that made it can take it back. */
export interface TimerHandle {
  /** When it fires, in the clock's own milliseconds. Stays readable after it fired or was cleared. */
  readonly due: number
}

export interface Clock {
  /** Milliseconds since the epoch, with fractions. Never goes back, also when somebody sets the system's time. */
  now(): number
  /** Calls `run` once, not before `ms` milliseconds have passed. A negative or NaN delay counts as 0. */
  setTimeout(run: () => void, ms: number): TimerHandle
  /**
   * `setTimeout` without a closure: calls `run(subject)`. For who sets very many timers; a clock may leave it out.
   */
  schedule?<T>(run: (subject: T) => void, subject: T, ms: number): TimerHandle
  /** Takes a timer back. Does nothing for one that has fired, was cleared before, or is not there. */
  clearTimeout(handle: TimerHandle | undefined): void
}
