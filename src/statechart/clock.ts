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

/**
 * A timer that whoever sets it makes himself and that is its own handle: no closure, no second object. What very many
 * wait for is one of these.
 */
export abstract class Alarm implements TimerHandle {
  due = 0
  /** From here on the clock's. */
  order = 0
  tick = 0
  slot = -1
  previous: Alarm | undefined = undefined
  next: Alarm | undefined = undefined

  abstract ring(): void
}

/** The alarm that `setTimeout` makes of a function. */
export class Call extends Alarm {
  readonly #run: () => void

  constructor(run: () => void) {
    super()
    this.#run = run
  }

  ring(): void {
    this.#run()
  }
}

export interface Clock {
  /** Milliseconds since the epoch, with fractions. Never goes back, also when somebody sets the system's time. */
  now(): number
  /** Calls `run` once, not before `ms` milliseconds have passed. A negative or NaN delay counts as 0. */
  setTimeout(run: () => void, ms: number): TimerHandle
  /** As `setTimeout`, for an alarm that is not set. A clock may leave it out. */
  schedule?(alarm: Alarm, ms: number): void
  /** Takes a timer back. Does nothing for one that has fired, was cleared before, or is not there. */
  clearTimeout(handle: TimerHandle | undefined): void
}

/** A clock that takes alarms. */
export type AlarmClock = Pick<Required<Clock>, 'now' | 'schedule' | 'clearTimeout'>

/** The clock itself, or alarms on top of its `setTimeout`. */
export function withAlarms(clock: Clock): AlarmClock {
  if (takesAlarms(clock)) return clock
  const handles = new WeakMap<TimerHandle, TimerHandle>()
  return {
    now: () => clock.now(),
    schedule: (alarm, ms) => {
      const handle = clock.setTimeout(() => alarm.ring(), ms)
      alarm.due = handle.due
      handles.set(alarm, handle)
    },
    clearTimeout: (alarm) => clock.clearTimeout(alarm && handles.get(alarm)),
  }
}

const takesAlarms = (clock: Clock): clock is Required<Clock> => clock.schedule !== undefined
