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
 * wait for is one of these. No base class: V8 does not make an object inline where there is `super()`, but calls for it
 * (300 instructions each).
 */
export interface Alarm extends TimerHandle {
  due: number
  /** From here on the clock's: at first 0, 0, `nowhere` and nobody. */
  order: number
  tick: number
  slot: number
  previous: Alarm | undefined
  next: Alarm | undefined

  ring(): void
}

/** The slot of an alarm that is not set. */
export const nowhere = -1

/** The alarm that `setTimeout` makes of a function. */
export class Call implements Alarm {
  due = 0
  order = 0
  tick = 0
  slot = nowhere
  previous: Alarm | undefined = undefined
  next: Alarm | undefined = undefined
  readonly #run: () => void

  constructor(run: () => void) {
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
  /**
   * As `setTimeout`, for an alarm that is not set. A clock may leave out both this and `cancel`.
   *
   * @param now what the clock says, where it has just been asked.
   */
  schedule?(alarm: Alarm, ms: number, now?: number): void
  /** As `clearTimeout`, for an alarm. */
  cancel?(alarm: Alarm): void
  /** Takes a timer back. Does nothing for one that has fired, was cleared before, or is not there. */
  clearTimeout(handle: TimerHandle | undefined): void
}

/** A clock that takes alarms. */
export type AlarmClock = Pick<Required<Clock>, 'now' | 'schedule' | 'cancel'>

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
    cancel: (alarm) => clock.clearTimeout(handles.get(alarm)),
  }
}

const takesAlarms = (clock: Clock): clock is Required<Clock> =>
  clock.schedule !== undefined && clock.cancel !== undefined
