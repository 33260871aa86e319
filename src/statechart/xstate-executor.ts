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
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  ContextFrom,
  EventFromLogic,
  InspectionEvent,
  OutputFrom,
  Snapshot,
  SnapshotFrom,
  StateValue,
} from 'xstate'
import { Actor as Interpreter } from 'xstate'
import type { Actor, ActorEnd, ActorObserver, ActorStatus, AnyActor, CreateOptions, ValueFrom } from './actor.ts'
import { actorKey, statePath } from './actor.ts'
import type { Clock } from './clock.ts'
import type { InspectionListener, Inspectors } from './inspection.ts'
import { OwnTimers } from './own-timers.ts'
import { type ActorRecorder, instantOf } from './recorder.ts'

export interface XStateExecutorOptions {
  readonly clock: Clock
  readonly inspectors: Inspectors
  /** Where errors of observers and of `onEnd` go: they are bugs of their owners, not of the actor. */
  readonly report: (error: unknown) => void
  readonly recorder?: ActorRecorder | undefined
}

export class XStateExecutor {
  readonly recorder: ActorRecorder | undefined
  readonly clock: Clock
  readonly inspectors: Inspectors
  readonly report: (error: unknown) => void
  readonly #live = new Set<Inspectable>()

  constructor(options: XStateExecutorOptions) {
    this.clock = options.clock
    this.inspectors = options.inspectors
    this.report = options.report
    this.recorder = options.recorder
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

/** An event that was sent. */
interface Sent {
  readonly taken: number
  readonly at: number
  readonly event: AnyEventObject
}

interface Inspectable {
  introduce(listener: InspectionListener): void
  watch(): void
  unwatch(): void
}

class XStateActor<M extends AnyStateMachine> implements Actor<M>, Inspectable {
  readonly id: string
  readonly number: number
  readonly machine: M
  readonly owner: object
  readonly parent: AnyActor | undefined
  readonly #input: unknown
  readonly #host: XStateExecutor
  readonly #self: Interpreter<M>
  readonly #timers: OwnTimers
  readonly #onEnd: (end: ActorEnd<OutputFrom<M>>) => void
  #life: 'new' | 'started' | 'ended' = 'new'
  #value: StateValue | undefined
  #since: number
  #tap: { unsubscribe(): void } | 'from birth' | undefined
  /** Events that were sent and are not taken yet, for the recorder. */
  #sent: Sent[] = []

  constructor(host: XStateExecutor, machine: M, options: CreateOptions<M>) {
    this.#host = host
    this.id = options.id
    this.number = options.number ?? 0
    this.#input = options.input
    this.machine = machine
    this.owner = options.owner
    this.parent = options.parent
    this.#onEnd = (end) => options.onEnd(end)
    const { inspectors, recorder } = host
    const scheduled = () => Object.values(this.#self.system.getSnapshot()._scheduledEvents)
    const clock = new OwnTimers(host.clock, scheduled, recorder && this.#timerListener(recorder))
    this.#timers = clock
    this.#since = host.clock.now()
    const made: ActorOptions<M> & { [actorKey]: AnyActor } = {
      id: this.id,
      input: options.input,
      clock,
      [actorKey]: this,
    }
    if (inspectors.listening) this.#tap = 'from birth'
    const ears = [...(inspectors.listening ? [inspectors.tell] : []), ...(recorder ? [this.#recording(recorder)] : [])]
    if (ears.length > 0)
      made.inspect = (record) => {
        for (const hear of ears) hear(record)
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
    this.#host.recorder?.started(this, this.#host.clock.now(), this.#input)
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

  get path(): string {
    return statePath(this.#shown().value)
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
    this.#host.recorder?.stopping()
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

  /** What XState tells of the events of this actor, as the recorder wants it. */
  #recording(recorder: ActorRecorder): (record: InspectionEvent) => void {
    return (record) => {
      if (record.type === '@xstate.event' && record.event.type !== 'xstate.init') {
        const { event } = record
        const at = instantOf(event, this.#host.clock)
        this.#sent.push({ taken: recorder.taking(at), at, event })
      } else if (record.type === '@xstate.snapshot' && record.event === this.#sent[0]?.event) {
        const sent = this.#sent.shift()
        if (sent !== undefined) recorder.stepped(this, sent.taken, sent.at, sent.event)
      }
    }
  }

  #timerListener(recorder: ActorRecorder) {
    const name = (event: string) => delayName(event, this.machine.id)
    return {
      set: (event: string, due: number, ms: number) => recorder.timerSet(this, name(event), due, ms),
      fired: (event: string) => recorder.timerFired(this, name(event)),
      cancelled: (event: string) => recorder.timerCancelled(this, name(event)),
    }
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
    const wasStarted = this.#life === 'started'
    this.#life = 'ended'
    const [unfinished] = this.#sent
    if (end.status === 'error' && unfinished !== undefined)
      this.#host.recorder?.stepped(this, unfinished.taken, unfinished.at, unfinished.event)
    shielded(this.#host.report, () => this.#timers.clear())
    this.#host.forget(this)
    if (wasStarted) this.#host.recorder?.ended(this, end)
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
