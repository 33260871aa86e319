/**
 * Runs machines on the tables that `compile.ts` makes of them.
 */
import type { AnyEventObject, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate'
import { createActor, fromCallback } from 'xstate'
import type { Actor, CreateOptions } from './actor.ts'
import { type AlarmClock, type Clock, withAlarms } from './clock.ts'
import { compile } from './compile.ts'
import { CompiledActor } from './compiled-actor.ts'
import type { InspectionListener, Inspectors } from './inspection.ts'
import type { Ref } from './macrostep.ts'
import type { Program, Transition } from './program.ts'
import type { ActorRecorder } from './recorder.ts'

export interface CompiledExecutorOptions {
  readonly clock: Clock
  readonly inspectors: Inspectors
  /** Where errors of observers and of `onEnd` go: they are bugs of their owners, not of the actor. */
  readonly report: (error: unknown) => void
  readonly recorder?: ActorRecorder | undefined
}

export class CompiledExecutor {
  readonly clock: AlarmClock
  readonly recorder: ActorRecorder | undefined
  readonly report: (error: unknown) => void
  /**
   * Of an actor of XState's that never starts: the numbers after it are ours, and no other actor in the process has
   * them.
   */
  readonly sessionId = createActor(fromCallback(() => {})).sessionId
  /** `undefined` while nobody listens: then a step costs one test per record. */
  audience: Announcer | undefined = undefined
  readonly #announcer: Announcer
  readonly #inspectors: Inspectors
  /** All, in no order. Each knows its place: whoever leaves is replaced by the last. */
  readonly #live: CompiledActor[] = []
  #births = 0
  #serial = 0

  constructor(options: CompiledExecutorOptions) {
    this.clock = withAlarms(options.clock)
    this.report = options.report
    this.recorder = options.recorder
    this.#inspectors = options.inspectors
    this.#announcer = new Announcer(options.inspectors)
  }

  /** @throws NotCompilable for a machine outside of the subset. */
  create<M extends AnyStateMachine>(machine: M, options: CreateOptions<M>): Actor<M> {
    const actor = new CompiledActor<M>(this, this.programOf(machine), options)
    actor.birth = ++this.#births
    actor.place = this.#live.push(actor) - 1
    return actor
  }

  programOf(machine: AnyStateMachine): Program {
    return compile(machine)
  }

  /** Introduces the living to a new listener, and from the first listener on lets them be heard. */
  attach(listener: InspectionListener): void {
    this.audience = this.#announcer
    for (const actor of this.#live.toSorted((one, other) => one.birth - other.birth)) {
      this.#inspectors.tellOne(listener, { type: '@xstate.actor', actorRef: actor, rootId: actor.sessionId })
    }
  }

  /** The last listener has gone. */
  detach(): void {
    this.audience = undefined
  }

  forget(actor: CompiledActor): void {
    const last = this.#live.pop()
    if (last === undefined || last === actor) return
    this.#live[actor.place] = last
    last.place = actor.place
  }

  nextSerial(): number {
    return ++this.#serial
  }
}

/** The inspection records of compiled actors, with XState's content in XState's order. */
export class Announcer {
  readonly #inspectors: Inspectors

  constructor(inspectors: Inspectors) {
    this.#inspectors = inspectors
  }

  actor(actorRef: Ref): void {
    this.#inspectors.tell({ type: '@xstate.actor', actorRef, rootId: actorRef.sessionId })
  }

  event(actorRef: Ref, sourceRef: Ref | undefined, event: AnyEventObject): void {
    this.#inspectors.tell({ type: '@xstate.event', sourceRef, actorRef, event, rootId: actorRef.sessionId })
  }

  action(actorRef: Ref, type: string, params: unknown): void {
    this.#inspectors.tell({ type: '@xstate.action', actorRef, action: { type, params }, rootId: actorRef.sessionId })
  }

  microstep(actorRef: Ref, event: EventObject, snapshot: AnyMachineSnapshot, taken: readonly Transition[]): void {
    const _transitions = taken.map(({ definition }) => definition)
    const rootId = actorRef.sessionId
    this.#inspectors.tell({ type: '@xstate.microstep', actorRef, event, snapshot, _transitions, rootId })
  }

  snapshot(actorRef: Ref, event: EventObject, snapshot: AnyMachineSnapshot): void {
    this.#inspectors.tell({ type: '@xstate.snapshot', actorRef, event, snapshot, rootId: actorRef.sessionId })
  }
}
