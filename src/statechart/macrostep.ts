/**
 * One macrostep: an event taken to its end, with all that it raises and all that is eventless, on the tables of
 * `program.ts`. The counterpart of XState's `macrostep` and `microstep`.
 *
 * A step works on the leaf and the context that it carries itself. The actor takes them over when the step is complete,
 * so that one that throws has changed nothing, and an action that looks at its actor sees what was before. Timers
 * likewise are collected as `chores` and set or cancelled afterwards, as XState does. Provided actions run at once, but
 * at a birth: XState makes the first step when the actor is created and runs its actions when it is started, so there
 * they wait as chores too.
 */
import type { AnyEventObject, AnyMachineSnapshot, EventObject, InspectionEvent } from 'xstate'
import type { ActorEnd } from './actor.ts'
import { eventOf } from './ops.ts'
import type {
  Act,
  Args,
  Assign,
  Cancel,
  DoneState,
  Finish,
  Guard,
  Leaf,
  Op,
  Output,
  Parameterized,
  Program,
  Raise,
  Row,
  Transition,
} from './program.ts'
import { snapshotOf } from './snapshots.ts'

/** How inspection records refer to an actor. */
export type Ref = InspectionEvent['actorRef']

/** What a step asks of the actor it is a step of. */
export interface Stepping extends Ref {
  readonly program: Program
  readonly leaf: Leaf
  /** The context. */
  readonly data: object
  readonly snapshot: AnyMachineSnapshot | undefined
  /** `undefined` while nobody listens. */
  readonly audience: Audience | undefined
}

/** Who hears the inspection records of a step. */
export interface Audience {
  microstep(actor: Ref, event: EventObject, snapshot: AnyMachineSnapshot, taken: readonly Transition[]): void
  action(actor: Ref, type: string, params: unknown): void
}

/** What is left to be done when a step is complete. */
export type Chore = ActChore | TimerChore
export type ActChore = { readonly op: Act; readonly args: Args; readonly params: unknown }
export type TimerChore = SetTimer | CancelTimer
export type SetTimer = { readonly op: Raise; readonly event: EventObject; readonly ms: number | undefined }
export type CancelTimer = { readonly sendId: string; readonly slot: number }

/** The arguments of one call. What only actors of XState's own can do is not there, loudly. */
export class StepArgs implements Args {
  readonly context: unknown
  readonly event: EventObject
  readonly self: object

  constructor(context: unknown, event: EventObject, self: object) {
    this.context = context
    this.event = event
    this.self = self
  }

  get system(): never {
    throw new TypeError('a compiled machine has no actor system')
  }

  get spawn(): () => never {
    return refuseSpawn
  }
}

const refuseSpawn = (): never => {
  throw new TypeError('a compiled machine cannot spawn actors')
}

/** The context with which an actor begins. */
export function contextOf({ context = {} }: Program, input: unknown, self: object): object {
  return typeof context === 'function' ? { ...context({ input, self, spawn: refuseSpawn }) } : context
}

/** A list with one more: up to four as a rule, and an array that is pushed to when it is full takes room for 17 more. */
function added<T>(list: T[] | undefined, item: T): T[] {
  if (list === undefined) return [item]
  const { length } = list
  if (length === 1) return [list[0] as T, item]
  if (length === 2) return [list[0] as T, list[1] as T, item]
  if (length === 3) return [list[0] as T, list[1] as T, list[2] as T, item]
  list.push(item)
  return list
}

export class Macrostep {
  readonly actor: Stepping
  /** What began it. */
  readonly trigger: EventObject
  leaf: Leaf
  context: object
  /** The event that is being dealt with: what was sent, then what was raised. */
  event: EventObject
  finished = false
  /** Of the leaf and the context as they are now, if somebody has asked for it. */
  snapshot: AnyMachineSnapshot | undefined
  output: unknown = undefined
  /** Timers to be set and cancelled, in this order. */
  timers: TimerChore[] | undefined = undefined
  /** Actions wait for the actor's start. */
  readonly #atBirth: boolean
  /** At a birth: what waits. */
  waiting: Chore[] | undefined = undefined
  raised: EventObject[] | undefined = undefined
  #args: StepArgs | undefined = undefined

  constructor(actor: Stepping, event: EventObject, birth = false) {
    this.actor = actor
    this.leaf = actor.leaf
    this.context = actor.data
    this.trigger = event
    this.event = event
    this.snapshot = actor.snapshot
    this.#atBirth = birth
  }

  /** Into the initial state. */
  begin(): void {
    const { ops, leaf } = this.actor.program.initial
    this.run(ops)
    this.leaf = leaf
    this.settle()
  }

  /** From the state in which the actor is at rest to the next. */
  take(): void {
    this.microstep(this.choose())
    if (this.raised !== undefined || this.leaf.always.length > 0) this.settle()
  }

  /** Eventless transitions as long as they change something, then raised events, until neither is left. */
  settle(): void {
    let eventless = true
    for (let round = 1; !this.finished; round++) {
      if (round > this.actor.program.maxIterations) throw endless(this.actor.program.maxIterations)
      const transition = eventless ? this.firstOf(this.leaf.always) : undefined
      if (transition === undefined) {
        if (!this.nextRaised()) return
        eventless = true
        this.microstep(this.choose())
      } else eventless = this.microstep(transition)
    }
  }

  /** Goes on to the oldest raised event. */
  nextRaised(): boolean {
    const next = this.raised?.shift()
    if (next === undefined) return false
    this.event = next
    this.#args = undefined
    return true
  }

  /** @returns whether anything is different: XState makes a new snapshot exactly then. */
  microstep(transition: Transition | undefined): boolean {
    const { leaf, context } = this
    if (transition !== undefined) {
      this.run(transition.ops)
      this.leaf = transition.leaf
    }
    const changed = this.leaf !== leaf || this.context !== context || this.finished
    if (changed) this.snapshot = undefined
    const { audience } = this.actor
    if (audience !== undefined) this.tell(audience, transition)
    return changed
  }

  tell(audience: Audience, taken: Transition | undefined): void {
    const end: ActorEnd | undefined = this.finished ? { status: 'done', output: this.output } : undefined
    this.snapshot ??= snapshotOf(this.actor.program.machine, this.leaf, this.context, end)
    audience.microstep(this.actor, this.event, this.snapshot, taken === undefined ? [] : [taken])
  }

  /** The transition that the event takes. */
  choose(): Transition | undefined {
    const { leaf, event } = this
    const row = leaf.rows.get(event.type) ?? leaf.otherwise
    for (let index = 0; index < row.length; index++) {
      const transition = row[index]!
      const { guard } = transition
      if (guard === undefined || this.holdsFor(guard, transition)) return transition
    }
    return undefined
  }

  firstOf(row: Row): Transition | undefined {
    for (let index = 0; index < row.length; index++) {
      const transition = row[index]!
      if (transition.guard === undefined || this.holds(transition.guard)) return transition
    }
    return undefined
  }

  holds(guard: Guard): boolean {
    const args = this.args()
    return Boolean(guard.test(args, paramsOf(guard, args)))
  }

  /** XState says where a guard failed, except for those of eventless transitions. */
  holdsFor(guard: Guard, { definition }: Transition): boolean {
    try {
      return this.holds(guard)
    } catch (error) {
      const { message } = error as Error
      const where = `in transition for event '${this.event.type}' in state node '${definition.source.id}'`
      throw new Error(`Unable to evaluate guard '${guard.name}' ${where}:\n${message}`)
    }
  }

  run(ops: readonly Op[]): void {
    for (let index = 0; index < ops.length; index++) this.do(ops[index]!)
  }

  do(op: Op): void {
    switch (op.kind) {
      case 'act':
        return this.act(op)
      case 'assign':
        return this.assign(op)
      case 'raise':
        return this.raise(op)
      case 'cancel':
        return this.cancel(op)
      case 'done':
        return this.done(op)
      case 'finish':
        return this.finish(op)
    }
  }

  act(op: Act): void {
    const args = this.args()
    const params = paramsOf(op, args)
    if (this.#atBirth) this.wait({ op, args, params })
    else this.carryOut(op, args, params)
  }

  assign(op: Assign): void {
    const args = this.args()
    const part = op.assignment(args, paramsOf(op, args))
    this.context = { ...this.context, ...(part as object | undefined) }
    this.#args = undefined
  }

  raise(op: Raise): void {
    const args = this.args()
    const params = paramsOf(op, args)
    const event = eventOf(op.event, args, params)
    const delay = typeof op.delay === 'function' ? op.delay(args, params) : op.delay
    // A delay that comes to no number is none.
    const ms = typeof delay === 'number' ? delay : undefined
    if (ms === undefined) this.enqueue(event)
    this.leave({ op, event, ms })
  }

  cancel(op: Cancel): void {
    const { sendId } = op
    // At the exit of a state with `after` it is always the same, and the op itself says it.
    if (typeof sendId === 'string') return this.leave(op as Cancel & CancelTimer)
    const args = this.args()
    const computed = sendId(args, paramsOf(op, args))
    this.leave({ sendId: computed, slot: this.actor.program.slots.get(computed) ?? -1 })
  }

  done(op: DoneState): void {
    const event: AnyEventObject = { type: op.type, output: this.outputOf(op.output, this.event) }
    this.enqueue(event)
  }

  finish(op: Finish): void {
    this.finished = true
    if (op.machineOutput === undefined) return
    const event: AnyEventObject = { type: op.type, output: this.outputOf(op.output, this.event) }
    this.output = this.outputOf(op.machineOutput, event)
  }

  outputOf(output: Output, event: EventObject): unknown {
    return typeof output === 'function' ? output(new StepArgs(this.context, event, this.actor)) : output
  }

  enqueue(event: EventObject): void {
    if (this.raised === undefined) this.raised = [event]
    else this.raised.push(event)
  }

  leave(chore: TimerChore): void {
    if (this.#atBirth) this.wait(chore)
    else this.plan(chore)
  }

  /** Until the actor is started. */
  wait(chore: Chore): void {
    this.waiting = added(this.waiting, chore)
  }

  /** At the start of an actor: what its birth has left. */
  carryOutWaiting(): void {
    for (const chore of this.waiting ?? []) {
      if ('args' in chore) this.carryOut(chore.op, chore.args, chore.params)
      else this.plan(chore)
    }
  }

  carryOut(op: Act, args: Args, params: unknown): void {
    this.actor.audience?.action(this.actor, op.name, params)
    op.run(args, params)
  }

  plan(chore: TimerChore): void {
    const { audience } = this.actor
    if (audience !== undefined) announce(audience, this.actor, chore)
    if ('ms' in chore && chore.ms === undefined) return
    this.timers = added(this.timers, chore)
  }

  /** One object for all calls between two changes of context or event: it is never changed itself. */
  args(): StepArgs {
    this.#args ??= new StepArgs(this.context, this.event, this.actor)
    return this.#args
  }
}

function announce(audience: Audience, actor: Stepping, chore: TimerChore): void {
  if ('sendId' in chore) audience.action(actor, 'xstate.cancel', { sendId: chore.sendId })
  else audience.action(actor, 'xstate.raise', { event: chore.event, id: chore.op.id, delay: chore.ms })
}

const paramsOf = (item: Parameterized, args: Args): unknown =>
  item.computeParams === undefined ? item.params : item.computeParams(args)

const endless = (rounds: number): Error =>
  new Error(
    `Infinite loop detected: the machine has processed more than ${rounds} microsteps without reaching a stable state. This usually happens when there's a cycle of transitions (e.g., eventless transitions or raised events causing state A -> B -> C -> A).`,
  )
