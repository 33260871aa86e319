/**
 * What one viewer has not been told yet: the actors' inspection records as steps, in order and in bounded number.
 *
 * An actor is shown from its first snapshot on, so none that never starts. A state that comes back into the same value
 * before the viewer was told replaces the one before it; so the viewer gets every value that was reached, and of a
 * context that changes often the last. When too much waits, events are left out, and of states all but the last.
 */
import type { ActorRefLike, AnyEventObject, AnyMachineSnapshot, AnyStateMachine, InspectionEvent } from 'xstate'
import { type AnyActor, actorOf } from '../../statechart/index.ts'

export interface ShownActor {
  /** Unique in the process; a later actor of the same id has another. */
  readonly sessionId: string
  readonly id: string
  readonly machine: AnyStateMachine
  /** Session id of its parent, where that is shown too. */
  readonly parent: string | undefined
}

export type Step =
  | { readonly type: 'born'; readonly actor: ShownActor; readonly snapshot: AnyMachineSnapshot }
  | { readonly type: 'event'; readonly actor: ShownActor; readonly event: AnyEventObject }
  | StateStep
  | { readonly type: 'ended'; readonly actor: ShownActor }

interface StateStep {
  readonly type: 'state'
  readonly actor: ShownActor
  readonly snapshot: AnyMachineSnapshot
  /** What led there. */
  readonly event: AnyEventObject
}

/** Where the actors are; `Statecharts` is one. */
export interface WatchSource {
  inspect(listener: (record: InspectionEvent) => void): () => void
}

export interface WatchOptions {
  readonly wanted?: (actor: AnyActor) => boolean
  /** Actors that are shown at once. Further ones are shown when others have ended. */
  readonly actors: number
  /** Steps that wait at once. */
  readonly steps: number
}

interface Entry {
  readonly actor: AnyActor
  readonly ref: ActorRefLike
  readonly shown: ShownActor
  born: boolean
  /** Events before its first snapshot: the one that starts it, and those that its first actions caused. */
  early: AnyEventObject[]
  /** Its newest state that waits. */
  latest: StateStep | undefined
  ended: boolean
}

const mostEarly = 20

export class Watch {
  readonly #options: WatchOptions
  readonly #entries = new Map<object, Entry>()
  readonly #byActor = new Map<AnyActor, Entry>()
  /** In order. A state that was replaced has left a gap. */
  #journal: (Step | undefined)[] = []
  #places = new Map<StateStep, number>()
  /** Whose last record was an event: of a crash there is no record. */
  readonly #unsettled = new Set<Entry>()
  /** States and ends for which there was no room. */
  readonly #late = new Set<Entry>()
  readonly #detach: () => void
  /** Events that were left out. */
  dropped = 0
  /** Some actors were not shown. */
  crowded = false
  #introducing = true

  constructor(source: WatchSource, options: WatchOptions) {
    this.#options = options
    this.#detach = source.inspect((record) => this.#hear(record))
    this.#introducing = false
  }

  close(): void {
    this.#detach()
    this.#entries.clear()
    this.#byActor.clear()
    this.#journal = []
  }

  /** Everything that waits, oldest first. Not to be called from within a step of an actor. */
  take(): Step[] {
    for (const entry of this.#unsettled) this.#settle(entry)
    const steps = this.#journal.filter((step) => step !== undefined)
    for (const { latest, ended, shown } of this.#late) {
      if (latest !== undefined) steps.push(latest)
      if (ended) steps.push({ type: 'ended', actor: shown })
    }
    this.#journal = []
    this.#places.clear()
    this.#unsettled.clear()
    this.#late.clear()
    for (const entry of this.#entries.values()) entry.latest = undefined
    return steps
  }

  /** A shown actor that lives. */
  find(sessionId: string): { readonly machine: string; send(event: AnyEventObject): void } | undefined {
    for (const { shown, ref } of this.#entries.values()) {
      if (shown.sessionId === sessionId) return { machine: shown.machine.id, send: (event) => ref.send(event) }
    }
    return undefined
  }

  #hear(record: InspectionEvent): void {
    if (record.type === '@xstate.actor') {
      if (this.#introducing) this.#introduce(record.actorRef)
    } else if (record.type === '@xstate.event') this.#event(record.actorRef, record.event)
    else if (record.type === '@xstate.snapshot' && isMachineSnapshot(record.snapshot)) {
      this.#state(record.actorRef, record.snapshot, record.event)
    }
  }

  #introduce(ref: ActorRefLike): void {
    const entry = this.#entryOf(ref)
    if (entry !== undefined) this.#bear(entry, entry.actor.getSnapshot())
  }

  #event(ref: ActorRefLike, event: AnyEventObject): void {
    const entry = this.#entryOf(ref)
    if (entry === undefined) return
    this.#unsettled.add(entry)
    if (entry.born) this.#tellEvent(entry, event)
    else if (entry.early.length < mostEarly) entry.early.push(event)
  }

  #state(ref: ActorRefLike, snapshot: AnyMachineSnapshot, event: AnyEventObject): void {
    const entry = this.#entryOf(ref)
    if (entry === undefined) return
    this.#unsettled.delete(entry)
    if (entry.born) this.#tellState(entry, snapshot, event)
    else this.#bear(entry, snapshot)
    if (snapshot.status !== 'active') this.#end(entry)
  }

  #entryOf(ref: ActorRefLike): Entry | undefined {
    return this.#entries.get(ref) ?? this.#adopt(ref)
  }

  #adopt(ref: ActorRefLike): Entry | undefined {
    const actor = actorOf(ref)
    if (actor === undefined || this.#options.wanted?.(actor) === false) return undefined
    if (this.#entries.size >= this.#options.actors) {
      this.crowded = true
      return undefined
    }
    // It is shown from its next event on, when there is room for that.
    if (this.#isFull()) {
      this.dropped += 1
      return undefined
    }
    const parent = actor.parent && this.#byActor.get(actor.parent)?.shown.sessionId
    const shown = { sessionId: ref.sessionId, id: actor.id, machine: actor.machine, parent }
    const entry = { actor, ref, shown, born: false, early: [], latest: undefined, ended: false }
    this.#entries.set(ref, entry)
    this.#byActor.set(actor, entry)
    return entry
  }

  #bear(entry: Entry, snapshot: AnyMachineSnapshot): void {
    entry.born = true
    this.#journal.push({ type: 'born', actor: entry.shown, snapshot })
    for (const event of entry.early) this.#tellEvent(entry, event)
    entry.early = []
  }

  #tellEvent({ shown }: Entry, event: AnyEventObject): void {
    if (this.#isFull()) this.dropped += 1
    else this.#journal.push({ type: 'event', actor: shown, event })
  }

  #tellState(entry: Entry, snapshot: AnyMachineSnapshot, event: AnyEventObject): void {
    const { latest } = entry
    const step: StateStep = { type: 'state', actor: entry.shown, snapshot, event }
    entry.latest = step
    const place = latest && sameValue(latest.snapshot.value, snapshot.value) ? this.#places.get(latest) : undefined
    if (place !== undefined) this.#journal[place] = undefined
    if (this.#isFull()) this.#late.add(entry)
    else this.#places.set(step, this.#journal.push(step) - 1)
  }

  #end(entry: Entry): void {
    entry.ended = true
    if (!this.#late.has(entry)) this.#journal.push({ type: 'ended', actor: entry.shown })
    this.#entries.delete(entry.ref)
    this.#byActor.delete(entry.actor)
  }

  /** After an event without a snapshot: it crashed, or has not come to the event yet. */
  #settle(entry: Entry): void {
    const snapshot: AnyMachineSnapshot = entry.actor.getSnapshot()
    if (snapshot.status === 'active' || entry.ended) return
    if (entry.born) this.#tellState(entry, snapshot, { type: 'xstate.error' })
    else this.#bear(entry, snapshot)
    this.#end(entry)
  }

  #isFull(): boolean {
    return this.#journal.length >= this.#options.steps
  }
}

const isMachineSnapshot = (snapshot: object): snapshot is AnyMachineSnapshot => 'value' in snapshot

const sameValue = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
