/**
 * Runs machines in XState's own interpreter, one root actor each.
 *
 * A root per machine and not children of a supervisor or of a shared system: its cost stays flat, where those walk all
 * children or all timers whenever one ends (ECOSYSTEM.md 2). XState takes an error without an observer, and any error
 * *of* an observer, as a reason to throw in a bare `setTimeout`, which ends the process; so every actor has an error
 * observer from birth, and no observer of others is handed over unshielded.
 */
import type {
  ActorOptions,
  AnyMachineSnapshot,
  AnyStateMachine,
  ContextFrom,
  EventFromLogic,
  OutputFrom,
  Snapshot,
  SnapshotFrom,
  StateValue,
} from 'xstate'
import { Actor as Interpreter } from 'xstate'
import type { Actor, ActorEnd, ActorObserver, ActorStatus, AnyActor, CreateOptions, ValueFrom } from './actor.ts'
import { actorKey } from './actor.ts'
import type { Clock } from './clock.ts'
import type { InspectionListener, Inspectors } from './inspection.ts'
import { OwnTimers } from './own-timers.ts'

export interface XStateExecutorOptions {
  readonly clock: Clock
  readonly inspectors: Inspectors
  /** Where errors of observers and of `onEnd` go: they are bugs of their owners, not of the actor. */
  readonly report: (error: unknown) => void
}

export class XStateExecutor {
  readonly clock: Clock
  readonly inspectors: Inspectors
  readonly report: (error: unknown) => void
  readonly #live = new Set<Inspectable>()

  constructor(options: XStateExecutorOptions) {
    this.clock = options.clock
    this.inspectors = options.inspectors
    this.report = options.report
  }

  create<M extends AnyStateMachine>(machine: M, options: CreateOptions<M>): Actor<M> {
    const actor = new XStateActor(this, machine, options)
    this.#live.add(actor)
    return actor
  }

  /** Introduces the living to a new listener, and from the first listener on lets them be heard. */
  attach(listener: InspectionListener): void {
    for (const actor of this.#live) {
      actor.watch()
      actor.introduce(listener)
    }
  }

  /** The last listener has gone. */
  detach(): void {
    for (const actor of this.#live) actor.unwatch()
  }

  forget(actor: Inspectable): void {
    this.#live.delete(actor)
  }
}

interface Inspectable {
  introduce(listener: InspectionListener): void
  watch(): void
  unwatch(): void
}

class XStateActor<M extends AnyStateMachine> implements Actor<M>, Inspectable {
  readonly id: string
  readonly machine: M
  readonly owner: object
  readonly parent: AnyActor | undefined
  readonly #host: XStateExecutor
  readonly #self: Interpreter<M>
  readonly #timers: OwnTimers
  readonly #onEnd: (end: ActorEnd<OutputFrom<M>>) => void
  #life: 'new' | 'started' | 'ended' = 'new'
  #value: StateValue | undefined
  #since: number
  #tap: { unsubscribe(): void } | 'from birth' | undefined

  constructor(host: XStateExecutor, machine: M, options: CreateOptions<M>) {
    this.#host = host
    this.id = options.id
    this.machine = machine
    this.owner = options.owner
    this.parent = options.parent
    this.#onEnd = (end) => options.onEnd(end)
    const { inspectors } = host
    const clock = new OwnTimers(host.clock, () => Object.values(this.#self.system.getSnapshot()._scheduledEvents))
    this.#timers = clock
    this.#since = host.clock.now()
    const made: ActorOptions<M> & { [actorKey]: AnyActor } = {
      id: this.id,
      input: options.input,
      clock,
      [actorKey]: this,
    }
    if (inspectors.listening) {
      made.inspect = inspectors.tell
      this.#tap = 'from birth'
    }
    this.#self = new Interpreter(machine, made)
    this.#self.subscribe({
      next: ({ value }) => this.#moved(value),
      complete: () => this.#complete(),
      error: (error) => this.#end({ status: 'error', error }),
    })
  }

  start(): void {
    if (this.#life !== 'new') return
    this.#life = 'started'
    this.#guarded(() => this.#self.start())
  }

  send(event: EventFromLogic<M>): void {
    if (this.#life === 'ended') return
    try {
      this.#self.send(event)
    } catch (error) {
      this.#end({ status: 'error', error })
    }
  }

  getSnapshot(): SnapshotFrom<M> {
    return this.#self.getSnapshot()
  }

  get value(): ValueFrom<M> {
    return this.#shown().value as ValueFrom<M>
  }

  get context(): ContextFrom<M> {
    return this.#shown().context as ContextFrom<M>
  }

  status(): ActorStatus {
    const next = this.#timers.next()
    if (next === undefined) return { since: this.#since, nextTimer: null }
    return { since: this.#since, nextTimer: { name: delayName(next.event, this.machine.id), at: next.due } }
  }

  subscribe(observer: ActorObserver<SnapshotFrom<M>>): { unsubscribe(): void } {
    const { report } = this.#host
    return this.#self.subscribe({
      next: (snapshot) => shielded(report, () => observer.next?.(snapshot)),
      complete: () => shielded(report, () => observer.complete?.()),
      error: (error) => shielded(report, () => observer.error?.(error)),
    })
  }

  stop(): void {
    if (this.#life === 'ended') return
    const unborn = this.#life === 'new'
    this.#guarded(() => this.#self.stop())
    // XState completes nobody when an actor is stopped that never started; its owner has to hear of it all the same.
    if (unborn) this.#end({ status: 'stopped' })
  }

  introduce(listener: InspectionListener): void {
    const { sessionId } = this.#self
    this.#host.inspectors.tellOne(listener, { type: '@xstate.actor', rootId: sessionId, actorRef: this.#self })
  }

  watch(): void {
    this.#tap ??= this.#self.system.inspect(this.#host.inspectors.tell)
  }

  unwatch(): void {
    if (this.#tap === undefined || this.#tap === 'from birth') return
    this.#tap.unsubscribe()
    this.#tap = undefined
  }

  #shown(): AnyMachineSnapshot {
    return this.getSnapshot()
  }

  #moved(value: StateValue): void {
    if (this.#value !== undefined && sameValue(this.#value, value)) return
    this.#value = value
    this.#since = this.#host.clock.now()
  }

  #complete(): void {
    const snapshot: Snapshot<OutputFrom<M>> = this.#self.getSnapshot()
    this.#end(snapshot.status === 'done' ? { status: 'done', output: snapshot.output } : { status: 'stopped' })
  }

  #end(end: ActorEnd<OutputFrom<M>>): void {
    if (this.#life === 'ended') return
    this.#life = 'ended'
    shielded(this.#host.report, () => this.#timers.clear())
    this.#host.forget(this)
    shielded(this.#host.report, () => this.#onEnd(end))
  }

  /** XState lets nothing of a machine out of `start` and `stop`; a broken clock could come out of both. */
  #guarded(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#end({ status: 'error', error })
    }
  }
}

function shielded(report: (error: unknown) => void, call: () => void): void {
  try {
    call()
  } catch (error) {
    report(error)
  }
}

function sameValue(a: StateValue, b: StateValue | undefined): boolean {
  if (typeof a === 'string' || typeof b === 'string' || b === undefined) return a === b
  return Object.entries(a).every(([key, inner]) => inner !== undefined && sameValue(inner, b[key]))
}

/** The delay in `xstate.after.<delay>.<state id>`; of a delayed `raise`, its event. */
function delayName(event: string, machine: string): string {
  const prefix = 'xstate.after.'
  return event.startsWith(prefix) ? event.slice(prefix.length, event.indexOf(`.${machine}`, prefix.length)) : event
}
