/**
 * What `compile.ts` makes of a machine: plain tables, made once per machine, never changed, shared by all its actors.
 *
 * A `Leaf` is a state without children: as there are no parallel states, the leaf an actor is in says all of its state
 * value. A leaf's row for an event lists what may be taken, already in XState's order of choice; each entry lists the
 * `Op`s of taking it, already in XState's order of execution, and the leaf it leads to.
 */
import type { AnyStateMachine, AnyTransitionDefinition, EventObject, StateValue } from 'xstate'

export interface Program {
  readonly machine: AnyStateMachine
  readonly initial: Entrance
  /** The machine's context: a factory, or an object that all actors share until they assign. */
  readonly context: ContextFactory | object | undefined
  /** XState's guard against cycles of raised events and eventless transitions. */
  readonly maxIterations: number
  /** Slots of timers, by the id a `cancel` names them by. */
  readonly slots: ReadonlyMap<string, number>
}

/** The way into the machine's first state. */
export interface Entrance {
  readonly ops: readonly Op[]
  readonly leaf: Leaf
}

export interface Leaf {
  readonly value: StateValue
  /** The same as `statePath` has it. */
  readonly path: string
  /** By event type. */
  readonly rows: ReadonlyMap<string, Row>
  /** The row of an event that no state on the way to the root names: its wildcards. */
  readonly otherwise: Row
  /** Eventless. */
  readonly always: Row
}

/** Candidates of the leaf, then of its ancestors; the first whose guard holds is taken. */
export type Row = readonly Transition[]

export interface Transition {
  /** As XState knows it: goes into inspection records. */
  readonly definition: AnyTransitionDefinition
  readonly guard: Guard | undefined
  readonly ops: readonly Op[]
  readonly leaf: Leaf
}

export interface Guard extends Parameterized {
  readonly name: string
  readonly test: (args: Args, params: unknown) => unknown
}

export interface Parameterized {
  /** What is handed over, where it is written in the chart as it is. */
  readonly params: unknown
  /** Where it is a function instead. */
  readonly computeParams: ((args: Args) => unknown) | undefined
}

/** What a machine's functions are called with. */
export interface Args {
  readonly context: unknown
  readonly event: EventObject
  readonly self: object
}

export type ContextFactory = (args: { input: unknown; self: object; spawn: () => never }) => object

export type Op = Act | Assign | Raise | Cancel | DoneState | Finish

/** A provided action. */
export interface Act extends Parameterized {
  readonly kind: 'act'
  readonly name: string
  readonly run: (args: Args, params: unknown) => void
}

export interface Assign extends Parameterized {
  readonly kind: 'assign'
  /** The part of the context that changes. */
  readonly assignment: (args: Args, params: unknown) => unknown
}

/** `raise`; with a delay it sets a timer. An `after` is one of these at its state's entry. */
export interface Raise extends Parameterized {
  readonly kind: 'raise'
  readonly event: EventObject | ((args: Args, params: unknown) => EventObject)
  readonly delay: number | ((args: Args, params: unknown) => unknown) | undefined
  readonly id: string | undefined
  /** Of the timers with this id; -1 without an id, when nothing can cancel it. */
  readonly slot: number
  /** The delay's name in the chart, for the `status` of an actor; `undefined`: the event's type. */
  readonly timer: string | undefined
}

/** `cancel`; also at the exit of a state with `after`. */
export interface Cancel extends Parameterized {
  readonly kind: 'cancel'
  readonly sendId: string | ((args: Args, params: unknown) => string)
  /** Of the timers with that id; -1 where it is computed. */
  readonly slot: number
}

/** A final state has been entered: its parent is done, which is an event to the rest of the machine. */
export interface DoneState {
  readonly kind: 'done'
  readonly type: string
  readonly output: Output
}

/** The same at the top level: the machine has finished. */
export interface Finish {
  readonly kind: 'finish'
  readonly type: string
  /** Of the final state. */
  readonly output: Output
  /** Of the machine. */
  readonly machineOutput: Output
}

/** A function of the context and the event, or the value itself. */
export type Output = unknown
