/**
 * One macrostep: an event taken to its end, with all that it raises and all that is eventless, on the tables of
 * `program.ts`. The counterpart of XState's `macrostep` and `microstep`.
 *
 * A step works on the leaf and the context that it carries itself. The actor takes them over when the step is complete, so that
 * one that throws has changed nothing, and an action that looks at its actor sees what was before. Timers likewise
 * are collected as `chores` and set or cancelled afterwards, as XState does. Provided actions run at once, but at a birth: XState
 * makes the first step when the actor is created and runs its actions when it is started, so there they wait as chores too.
 */
import type { EventObject } from 'xstate'
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

/** What a step asks of the actor it is a step of. */
export interface Stepping {
  /** Whether inspectors listen. */
  readonly watched: boolean
  readonly program: Program
  leaf: Leaf
  context: unknown
  perform(chore: Chore): void
  tellMicrostep(step: Macrostep, transitions: readonly Transition[]): void
}

/** What a step leaves to be done. */
export type Chore =
  | { readonly op: Act; readonly args: Args; readonly params: unknown }
  | { readonly op: Raise; readonly event: EventObject; readonly delay: unknown }
  | { readonly op: Cancel; readonly sendId: string }

const nothing: readonly never[] = []

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

export const refuseSpawn = (): never => {
  throw new TypeError('a compiled machine cannot spawn actors')
}

export class Macrostep {
  readonly actor: Stepping
  readonly program: Program
  leaf: Leaf
  context: unknown
  /** The event that is being dealt with: what was sent, then what was raised. */
  event: EventObject
  finished = false
  output: unknown = undefined
  /** What waits to be done until the step is complete. */
  chores: Chore[] | undefined = undefined
  readonly #birth: boolean
  #args: StepArgs | undefined = undefined
  #raised: EventObject[] | undefined = undefined

  constructor(actor: Stepping, event: EventObject, birth = false) {
    this.actor = actor
    this.program = actor.program
    this.leaf = actor.leaf
    this.context = actor.context
    this.event = event
    this.#birth = birth
  }

  /** Into the initial state. */
  begin(): void {
    const { ops, leaf } = this.program.initial
    this.run(ops)
    this.leaf = leaf
    this.settle()
  }

  take(): void {
    this.microstep(this.choose())
    if (this.#raised !== undefined || this.leaf.always.length > 0) this.settle()
  }

  /** Eventless transitions as long as they change something, then raised events, until neither is left. */
  settle(): void {
    let eventless = true
    for (let round = 1; !this.finished; round++) {
      if (round > this.program.maxIterations) throw endless(this.program.maxIterations)
      const transition = eventless ? this.firstOf(this.leaf.always) : undefined
      if (transition === undefined) {
        if (!this.nextRaised()) return
        eventless = true
        this.microstep(this.choose())
      } else {
        const { leaf, context } = this
        this.microstep(transition)
        eventless = this.leaf !== leaf || this.context !== context
      }
    }
  }

  /** Goes on to the oldest raised event. */
  nextRaised(): boolean {
    const next = this.#raised?.shift()
    if (next === undefined) return false
    this.event = next
    this.#args = undefined
    return true
  }

  microstep(transition: Transition | undefined): void {
    if (transition !== undefined) {
      this.run(transition.ops)
      this.leaf = transition.leaf
    }
    if (this.actor.watched) this.actor.tellMicrostep(this, transition === undefined ? nothing : [transition])
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
    this.leave({ op, args, params: paramsOf(op, args) })
  }

  assign(op: Assign): void {
    const args = this.args()
    const part = op.assignment(args, paramsOf(op, args))
    this.context = { ...Object(this.context), ...Object(part) }
    this.#args = undefined
  }

  raise(op: Raise): void {
    const args = this.args()
    const params = paramsOf(op, args)
    const event = eventOf(op.event, args, params)
    const delay = typeof op.delay === 'function' ? op.delay(args, params) : op.delay
    // A delay that comes to no number is none.
    if (typeof delay !== 'number') this.enqueue(event)
    this.leave({ op, event, delay })
  }

  cancel(op: Cancel): void {
    const args = this.args()
    const params = paramsOf(op, args)
    this.leave({ op, sendId: typeof op.sendId === 'function' ? op.sendId(args, params) : op.sendId })
  }

  done(op: DoneState): void {
    this.enqueue({ type: op.type, output: this.outputOf(op.output, this.event) })
  }

  finish(op: Finish): void {
    this.finished = true
    if (op.machineOutput === undefined) return
    const event = { type: op.type, output: this.outputOf(op.output, this.event) }
    this.output = this.outputOf(op.machineOutput, event)
  }

  outputOf(output: Output, event: EventObject): unknown {
    return typeof output === 'function' ? output(new StepArgs(this.context, event, this.actor)) : output
  }

  enqueue(event: EventObject): void {
    this.#raised ??= []
    this.#raised.push(event)
  }

  /** Now, or when the step is complete. */
  leave(chore: Chore): void {
    ...
  }

  /** One object for all calls between two changes of context or event: it is never changed itself. */
  args(): StepArgs {
    this.#args ??= new StepArgs(this.context, this.event, this.actor)
    return this.#args
  }
}

const paramsOf = (item: Parameterized, args: Args): unknown =>
  item.computeParams === undefined ? item.params : item.computeParams(args)

const endless = (rounds: number): Error =>
  new Error(
    `Infinite loop detected: the machine has processed more than ${rounds} microsteps without reaching a stable state. This usually happens when there's a cycle of transitions (e.g., eventless transitions or raised events causing state A -> B -> C -> A).`,
  )
