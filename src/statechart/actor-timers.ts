/**
 * The timers that one compiled actor waits for, newest first: a list through the timers themselves, as an actor has
 * none, one or two of them.
 *
 * A delayed `raise` is known by its id. Raised again before it has fired, XState forgets the older timer under that id:
 * the older one still fires, but `cancel` reaches only the newer; and when either fires, `cancel` reaches none. So
 * here.
 */
import type { EventObject } from 'xstate'
import { type Alarm, nowhere } from './clock.ts'
import type { Raise } from './program.ts'

/** Whom a timer wakes. */
export interface Sleeper {
  wake(timer: ActorTimer): void
}

export class ActorTimer implements Alarm {
  due = 0
  order = 0
  tick = 0
  slot = nowhere
  previous: Alarm | undefined = undefined
  next: Alarm | undefined = undefined
  readonly actor: Sleeper
  op: Raise
  event: EventObject
  /** The one set before. */
  older: ActorTimer | undefined = undefined
  /** Whether `cancel` finds it. */
  known = true

  constructor(actor: Sleeper, op: Raise, event: EventObject) {
    this.actor = actor
    this.op = op
    this.event = event
  }

  /** As in the chart. */
  get name(): string {
    return this.op.timer ?? this.event.type
  }

  ring(): void {
    this.actor.wake(this)
  }

  /** To be set once more, after it was cancelled: the same timer, or another one of its actor. */
  again(op: Raise, event: EventObject): this {
    this.op = op
    this.event = event
    this.older = undefined
    this.known = true
    return this
  }
}

type Newest = ActorTimer | undefined

export function known(newest: Newest, slot: number): ActorTimer | undefined {
  for (let timer = newest; timer !== undefined; timer = timer.older) {
    if (timer.op.slot === slot && timer.known) return timer
  }
  return undefined
}

export function forget(newest: Newest, slot: number): void {
  if (slot === -1) return
  const timer = known(newest, slot)
  if (timer !== undefined) timer.known = false
}

/** The list without one of its timers. */
export function without(newest: Newest, gone: ActorTimer): Newest {
  if (newest === gone) return gone.older
  for (let timer = newest; timer !== undefined; timer = timer.older) {
    if (timer.older === gone) timer.older = gone.older
  }
  return newest
}

/** The one that fires first: of several due at once the one set first. */
export function soonest(newest: Newest): ActorTimer | undefined {
  let first = newest
  for (let timer = newest; timer !== undefined; timer = timer.older) {
    if (first !== undefined && timer.due <= first.due) first = timer
  }
  return first
}
