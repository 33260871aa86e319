/**
 * The one actor interface: what the engine sees of a running machine, whoever runs it.
 *
 * Behind it stands XState's own interpreter (`xstate-executor.ts`); an executor of compiled tables fits the same shape.
 * An actor owns its machine's state and timers. It knows nothing of sockets, messages or the directory of actors: what
 * the machine wants done are named actions, provided once per machine (`machine.provide`), and those reach what belongs
 * to the actor through `ownerOf(self)`.
 */
import type {
  AnyStateMachine,
  ContextFrom,
  EventFromLogic,
  InputFrom,
  InspectionEvent,
  OutputFrom,
  SnapshotFrom,
} from 'xstate'

export type { InspectionEvent } from 'xstate'

/** Why an actor is no more, told exactly once. */
export interface ActorEnd<Output = unknown> {
  /**
   * `done`: the machine reached a top-level final state. `stopped`: `stop()` was called.
   * `error`: an action, guard, delay or assignment threw; nothing of that reaches the sender of the event.
   */
  readonly status: 'done' | 'stopped' | 'error'
  /** With `done`: the machine's output. */
  readonly output?: Output
  /** With `error`: what was thrown. */
  readonly error?: unknown
}

/** Where an actor stands in time, in the clock's milliseconds. */
export interface ActorStatus {
  /** When it entered the state value it has; coming back into the same one does not count. Its start, at first. */
  readonly since: number
  /** The timer that fires first, by the name it has in the chart; `null` when it waits for none. */
  readonly nextTimer: { readonly name: string; readonly at: number } | null
}

export interface ActorObserver<Snapshot> {
  next?(snapshot: Snapshot): void
  /** The actor reached its end by `done` or `stopped`. */
  complete?(): void
  error?(error: unknown): void
}

/** The state value of a machine's snapshots. */
export type ValueFrom<M extends AnyStateMachine> = SnapshotFrom<M> extends { value: infer Value } ? Value : never

export interface Actor<M extends AnyStateMachine = AnyStateMachine> {
  readonly id: string
  /** As `CreateOptions.number`; 0 where that says nothing. */
  readonly number: number
  readonly machine: M
  /** What its provided actions act for. */
  readonly owner: object
  /** Whose child it is in the inspector's eyes. Neither end depends on the other. */
  readonly parent: AnyActor | undefined
  /** Enters the initial state and runs its actions. A second call does nothing. */
  start(): void
  /**
   * Takes one event to its end, with all that it raises, before it returns; when called from within an action of this
   * same actor, after the step that is running. Before `start` events wait; after the end they are ignored.
   */
  send(event: EventFromLogic<M>): void
  getSnapshot(): SnapshotFrom<M>
  /** As in the snapshot; for who reads often, as a compiled actor has to make its snapshots first (1 us, 600 bytes). */
  readonly value: ValueFrom<M>
  /** The value as a dotted path (`statePath`): a recorder asks for it at every step, and a compiled actor has it ready. */
  readonly path: string
  readonly context: ContextFrom<M>
  status(): ActorStatus
  /** An observer that throws is reported (`StatechartsOptions.onListenerError`) and harms nobody. */
  subscribe(observer: ActorObserver<SnapshotFrom<M>>): { unsubscribe(): void }
  /** Cancels its timers and ends it as `stopped`, without exit actions. */
  stop(): void
}

/** An actor whatever its machine: what can be named, looked at and stopped, but not sent to. */
export type AnyActor = Pick<
  Actor,
  'id' | 'number' | 'machine' | 'owner' | 'parent' | 'getSnapshot' | 'value' | 'path' | 'context' | 'status' | 'stop'
>

/** What an actor is made with. It keeps this object and reads it later too, so there is nothing to copy. */
export interface CreateOptions<M extends AnyStateMachine> {
  /** The durable key: a branch, a device id, a Call-ID. Unique only if the caller keeps it so. */
  readonly id: string
  /** Which of its maker's actors it is, counted from 1: what a recorder writes down instead of the id. */
  readonly number?: number
  readonly input: InputFrom<M>
  readonly owner: object
  readonly parent?: AnyActor | undefined
  /**
   * Called exactly once, synchronously, when the actor has ended, for whatever reason, before its other observers are
   * told. Its timers are gone by then.
   */
  onEnd(end: ActorEnd<OutputFrom<M>>): void
}

export interface Statecharts {
  /** Makes an actor, not yet started. Costs the same however many are alive. */
  create<M extends AnyStateMachine>(machine: M, options: CreateOptions<M>): Actor<M>
  /**
   * Sends `listener` the inspection records of all actors until the returned function is called. Those already alive
   * are introduced first, each by an `@xstate.actor` record. `actorOf(record.actorRef)` gives the actor behind a
   * record.
   *
   * While nobody listens an actor pays one test per record; one made while somebody did pays an empty call per record
   * until it ends. XState sends no record for a crash: that is `onEnd`'s.
   */
  inspect(listener: (record: InspectionEvent) => void): () => void
}

/** The name under which an executor's `self` carries its actor, in the options it was made with. */
export const actorKey: unique symbol = Symbol('gb28181.actor')

/** What an executor passes to actions, guards and records as `self`. */
export interface ActorSelf {
  readonly options: { readonly [actorKey]?: AnyActor }
}

const isActorSelf = (self: object): self is ActorSelf =>
  'options' in self && typeof self.options === 'object' && self.options !== null

/** The actor behind `self` in an action or `actorRef` in an inspection record; `undefined` for one not made here. */
export function actorOf(self: object): AnyActor | undefined {
  return isActorSelf(self) ? self.options[actorKey] : undefined
}

/**
 * What the actor behind `self` belongs to: the `owner` given to `create`. The caller knows its type, as the same caller
 * provides the actions and creates the actors.
 *
 * @throws TypeError for a `self` that `create` did not make: a machine run outside of this module.
 */
export function ownerOf<T extends object>(self: object): T {
  const actor = actorOf(self)
  if (actor === undefined) throw new TypeError('ownerOf: this actor was not made by Statecharts.create')
  return actor.owner as T
}

/** `{ active: 'trying' }` as `active.trying`: a state value as the API and recordings show it. */
export function statePath(value: unknown): string {
  if (typeof value === 'string') return value
  return Object.entries(value ?? {})
    .map(([name, inner]) => `${name}.${statePath(inner)}`)
    .join(',')
}
