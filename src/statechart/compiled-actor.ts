/**
 * One actor on compiled tables: its mailbox, its timers and its life, from birth to end. The counterpart of XState's
 * `Actor`.
 *
 * Owns what differs between the actors of one machine and nothing else: no closure, no map, and no snapshot until
 * somebody asks for one.
 */
import type {
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  ContextFrom,
  EventFromLogic,
  EventObject,
  OutputFrom,
  SnapshotFrom,
} from 'xstate'
import type { Actor, ActorEnd, ActorObserver, ActorStatus, AnyActor, CreateOptions, ValueFrom } from './actor.ts'
import { actorKey } from './actor.ts'
import { ActorTimer, forget, known, type Sleeper, soonest, without } from './actor-timers.ts'
import type { CompiledExecutor } from './compiled-executor.ts'
import { type Audience, contextOf, Macrostep, type SetTimer, type Stepping, type TimerChore } from './macrostep.ts'
import type { Leaf, Program } from './program.ts'
import { instantOf } from './recorder.ts'
import { crashedSnapshot, snapshotOf, unbornSnapshot } from './snapshots.ts'

/** Stopping is an event that waits its turn in the mailbox. */
const stopEvent: EventObject = { type: 'xstate.stop' }

/** The context before there is one. */
const unborn: object = Object.freeze({})

/** What few actors have, or only for a moment. Apart, the many do not pay a word each for it: 32 bytes of 600. */
class Rest<M extends AnyStateMachine> {
  serial: number | undefined = undefined
  /** Once somebody has asked for it, until it changes: 600 bytes. Held weakly it would take 4 us to make, not 1. */
  snapshot: AnyMachineSnapshot | undefined = undefined
  mailbox: EventObject[] | undefined = undefined
  observers: Set<{ readonly observer: ActorObserver<SnapshotFrom<M>> }> | undefined = undefined
  /** How it ended; and before its start how it will, where its first step decides that already. */
  outcome: ActorEnd<OutputFrom<M>> | undefined = undefined
}

export class CompiledActor<M extends AnyStateMachine = AnyStateMachine> implements Actor<M>, Stepping, Sleeper {
  readonly host: CompiledExecutor
  readonly program: Program
  /** Asked for by every action: here, and not behind options of many shapes. */
  readonly owner: object
  leaf: Leaf
  /** The context. */
  data: object = unborn
  /** The executor's: where it keeps it, and which of its births this was. */
  place = 0
  birth = 0
  readonly #made: CreateOptions<M>
  #life: 'new' | 'starting' | 'idle' | 'busy' | 'ended' = 'new'
  /** Before its start: nothing has begun. */
  #since: number | undefined = undefined
  #timers: ActorTimer | undefined = undefined
  /** The first step, which XState makes when the actor is created, until the start carries out its actions. */
  #birth: Macrostep | undefined = undefined
  #rest: Rest<M> | undefined = undefined

  constructor(host: CompiledExecutor, program: Program, options: CreateOptions<M>) {
    this.host = host
    this.program = program
    this.owner = options.owner
    this.#made = options
    this.leaf = program.initial.leaf
    host.audience?.actor(this)
    this.#beBorn(options.input)
  }

  get id(): string {
    return this.#made.id
  }

  get number(): number {
    return this.#made.number ?? 0
  }

  get parent(): AnyActor | undefined {
    return this.#made.parent
  }

  get machine(): M {
    return this.program.machine as M
  }

  get value(): ValueFrom<M> {
    return this.leaf.value as ValueFrom<M>
  }

  get path(): string {
    return this.leaf.path
  }

  get context(): ContextFrom<M> {
    return this.data as ContextFrom<M>
  }

  /** Unique in the process, also among the actors that XState itself runs. */
  get sessionId(): string {
    const rest = this.#own()
    rest.serial ??= this.host.nextSerial()
    return `${this.host.sessionId}.${rest.serial}`
  }

  get snapshot(): AnyMachineSnapshot | undefined {
    return this.#rest?.snapshot
  }

  get audience(): Audience | undefined {
    return this.host.audience
  }

  /** Where `actorOf` and `ownerOf` look. */
  get options(): { readonly [actorKey]: AnyActor } {
    return this
  }

  get [actorKey](): AnyActor {
    return this
  }

  start(): void {
    const birth = this.#birth
    if (birth === undefined || this.#life !== 'new') return
    this.#life = 'starting'
    this.#birth = undefined
    const at = this.host.clock.now()
    this.host.audience?.event(this, undefined, birth.trigger)
    this.host.recorder?.started(this, at, this.#made.input)
    this.#since = at
    const outcome = this.#rest?.outcome
    if (outcome?.status === 'error') return this.#end(outcome)
    this.#complete(birth)
    this.#readMailbox()
  }

  send(event: EventFromLogic<M>): void {
    if (this.#life === 'ended') return
    this.host.audience?.event(this, undefined, event)
    this.#deliver(event)
  }

  wake(timer: ActorTimer): void {
    this.#timers = without(this.#timers, timer)
    forget(this.#timers, timer.op.slot)
    this.host.audience?.event(this, this, timer.event)
    this.host.recorder?.timerFired(this, timer.name)
    this.#deliver(timer.event)
  }

  getSnapshot(): SnapshotFrom<M> {
    if (this.data === unborn) throw new Error(`Snapshot can't be read while the actor initializes itself`)
    const rest = this.#own()
    rest.snapshot ??= snapshotOf(this.program.machine, this.leaf, this.data, rest.outcome)
    return rest.snapshot as SnapshotFrom<M>
  }

  status(): ActorStatus {
    const next = soonest(this.#timers)
    const since = this.#since ?? this.host.clock.now()
    return { since, nextTimer: next === undefined ? null : { name: next.name, at: next.due } }
  }

  subscribe(observer: ActorObserver<SnapshotFrom<M>>): { unsubscribe(): void } {
    const entry = { observer }
    if (this.#life === 'ended') {
      const outcome = this.#rest?.outcome
      if (outcome !== undefined && outcome.status !== 'stopped') this.#tellEnd(observer, outcome)
    } else {
      const rest = this.#own()
      rest.observers ??= new Set()
      rest.observers.add(entry)
    }
    return { unsubscribe: () => void this.#rest?.observers?.delete(entry) }
  }

  stop(): void {
    if (this.#life === 'ended') return
    if (this.#life === 'new') return this.#neverStart()
    // XState drops what waits; but until a start is complete it keeps the first, which it takes for the one it is at.
    const rest = this.#own()
    const kept = this.#life === 'starting' ? (rest.mailbox?.slice(0, 1) ?? []) : []
    rest.mailbox = [...kept, stopEvent]
    if (this.#life === 'idle') this.#readMailbox()
  }

  /** As XState's actors: a record of one is written without what it holds. */
  toJSON(): { xstate$$type: number; id: string } {
    return { xstate$$type: 1, id: this.id }
  }

  #own(): Rest<M> {
    this.#rest ??= new Rest()
    return this.#rest
  }

  #beBorn(input: unknown): void {
    const trigger: AnyEventObject = { type: 'xstate.init', input }
    const birth = new Macrostep(this, trigger, true)
    this.#birth = birth
    try {
      birth.context = contextOf(this.program, input, this)
      this.data = birth.context
      birth.begin()
      this.#commit(birth)
    } catch (error) {
      if (this.data === unborn) this.data = {}
      const rest = this.#own()
      rest.outcome = { status: 'error', error }
      rest.snapshot = unbornSnapshot(this.program.machine, this.leaf, this.data, error)
    }
  }

  /** Stopped before its start. XState leaves its snapshot as it is and completes nobody. */
  #neverStart(): void {
    this.#life = 'ended'
    this.#birth = undefined
    this.host.forget(this)
    this.#tellOwner({ status: 'stopped' })
  }

  #deliver(event: EventObject): void {
    if (this.#life !== 'idle') {
      const rest = this.#own()
      rest.mailbox ??= []
      rest.mailbox.push(event)
      return
    }
    this.#life = 'busy'
    this.#process(event)
    this.#readMailbox()
  }

  #readMailbox(): void {
    for (let next = this.#rest?.mailbox?.shift(); next !== undefined; next = this.#rest?.mailbox?.shift()) {
      this.#life = 'busy'
      this.#process(next)
    }
    if (this.#life !== 'ended') this.#life = 'idle'
  }

  #process(event: EventObject): void {
    if (event === stopEvent) return this.#stopNow()
    const { recorder, clock } = this.host
    const at = instantOf(event, clock)
    const taken = recorder === undefined ? 0 : recorder.taking(at)
    const step = new Macrostep(this, event)
    try {
      step.take()
    } catch (error) {
      recorder?.stepped(this, taken, at, event)
      return this.#end(this.#crash(error))
    }
    if (step.leaf !== this.leaf) this.#since = at
    this.#commit(step)
    recorder?.stepped(this, taken, at, event)
    this.#complete(step)
  }

  #commit({ leaf, context, snapshot, finished, output }: Macrostep): void {
    this.leaf = leaf
    this.data = context
    if (snapshot !== this.snapshot) this.#own().snapshot = snapshot
    if (finished) this.#own().outcome = { status: 'done', output: output as OutputFrom<M> }
  }

  /** XState's `update`: what the step has left to be done, then all who watch, then its end if it has come. */
  #complete(step: Macrostep): void {
    const { audience } = this.host
    const reached = audience === undefined ? undefined : this.getSnapshot()
    try {
      if (step.waiting !== undefined) step.carryOutWaiting()
      if (step.timers !== undefined) this.#setTimers(step.timers)
    } catch (error) {
      this.#crash(error)
    }
    const rest = this.#rest
    if (rest !== undefined) this.#tellAll(rest)
    if (reached !== undefined) audience?.snapshot(this, step.trigger, reached)
  }

  /** What the step has come to. */
  #tellAll({ observers, outcome }: Rest<M>): void {
    if (observers !== undefined && outcome?.status !== 'error') this.#tellNext(observers)
    if (outcome !== undefined) this.#end(outcome)
  }

  #stopNow(): void {
    const { audience, recorder } = this.host
    recorder?.stopping()
    const outcome = { status: 'stopped' } as const
    const rest = this.#own()
    rest.outcome = outcome
    rest.snapshot = undefined
    if (audience !== undefined) {
      audience.microstep(this, stopEvent, this.getSnapshot(), [])
      audience.snapshot(this, stopEvent, this.getSnapshot())
    }
    this.#end(outcome)
  }

  #crash(error: unknown): ActorEnd<OutputFrom<M>> {
    const outcome = { status: 'error', error } as const
    const rest = this.#own()
    rest.snapshot = crashedSnapshot(this.getSnapshot(), error)
    rest.outcome = outcome
    return outcome
  }

  #end(end: ActorEnd<OutputFrom<M>>): void {
    this.#life = 'ended'
    const rest = this.#own()
    rest.mailbox = undefined
    const told = this.#cancelAll() ?? end
    this.host.forget(this)
    this.host.recorder?.ended(this, told)
    this.#tellOwner(told)
    for (const { observer } of rest.observers ?? []) this.#tellEnd(observer, told)
    rest.observers = undefined
  }

  #tellOwner(end: ActorEnd<OutputFrom<M>>): void {
    try {
      this.#made.onEnd(end)
    } catch (error) {
      this.host.report(error)
    }
  }

  #tellNext(observers: Iterable<{ readonly observer: ActorObserver<SnapshotFrom<M>> }>): void {
    for (const { observer } of observers) {
      try {
        observer.next?.(this.getSnapshot())
      } catch (error) {
        this.host.report(error)
      }
    }
  }

  #tellEnd(observer: ActorObserver<SnapshotFrom<M>>, end: ActorEnd): void {
    try {
      if (end.status === 'error') observer.error?.(end.error)
      else observer.complete?.()
    } catch (error) {
      this.host.report(error)
    }
  }

  /**
   * A timer that is set when another was cancelled is the same object: one that is there already costs nothing. All that a
   * step sets are set at one instant.
   */
  #setTimers(chores: readonly TimerChore[]): void {
    let cancelled: ActorTimer | undefined
    let now: number | undefined
    for (let index = 0; index < chores.length; index++) {
      const chore = chores[index]!
      if ('sendId' in chore) cancelled = this.#cancel(chore.slot)
      else {
        now ??= this.host.clock.now()
        this.#set(chore, cancelled, now)
        cancelled = undefined
      }
    }
  }

  #set({ op, event, ms = 0 }: SetTimer, cancelled: ActorTimer | undefined, now: number): void {
    forget(this.#timers, op.slot)
    const timer = cancelled === undefined ? new ActorTimer(this, op, event) : cancelled.again(op, event)
    this.host.clock.schedule(timer, ms, now)
    this.host.recorder?.timerSet(this, timer.name, timer.due, ms)
    timer.older = this.#timers
    this.#timers = timer
  }

  /** @returns what has been cancelled */
  #cancel(slot: number): ActorTimer | undefined {
    const timer = slot === -1 ? undefined : known(this.#timers, slot)
    if (timer === undefined) return undefined
    this.#timers = without(this.#timers, timer)
    this.host.clock.cancel(timer)
    this.host.recorder?.timerCancelled(this, timer.name)
    return timer
  }

  /** @returns the crash that a broken clock makes of it. */
  #cancelAll(): ActorEnd<OutputFrom<M>> | undefined {
    try {
      for (let timer = this.#timers; timer !== undefined; timer = timer.older) {
        this.host.clock.cancel(timer)
        this.host.recorder?.timerCancelled(this, timer.name)
      }
    } catch (error) {
      return this.#crash(error)
    } finally {
      this.#timers = undefined
    }
    return undefined
  }
}
