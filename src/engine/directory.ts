/**
 * The directory of live actors: one per transaction, registration, dialog and exchange, each under its own key.
 *
 * Creates actors through `statechart`, tells the supervisor of births, ends and crashes, and forgets what has ended. An
 * actor that throws ends alone: its owner releases what it owned through `ended`, everybody else goes on.
 */
import type { AnyStateMachine, EventFromLogic, InputFrom, OutputFrom } from 'xstate'
import type { Actor, ActorEnd, AnyActor, Clock, Statecharts } from '../statechart/index.ts'

/** What an actor is found by, as the HTTP API shows it. */
export interface ActorKey {
  readonly branch?: string
  readonly callId?: string
  readonly deviceId?: string
}

export interface ActorRecord {
  /** `<machine>:<key>`, unique among the living. */
  readonly id: string
  readonly machine: string
  readonly key: ActorKey
  readonly parent: string | undefined
  readonly bornAt: number
  readonly actor: AnyActor
  readonly owing: boolean
}

export interface SpawnOptions<M extends AnyStateMachine, Owner extends object = object> {
  readonly key: ActorKey
  /** What the machine's provided actions reach through `ownerOf(self)`. */
  readonly owner: Owner
  readonly input: InputFrom<M>
  readonly parent?: AnyActor | undefined
  /** The far side must hear of this actor's end: draining waits for it. */
  readonly owing?: boolean
  /** Asks the actor to end in order, when the engine drains. Only what is `owing` is asked. */
  readonly drain?: () => void
  /** The actor has ended, for whatever reason: release what it owned. */
  readonly ended?: (end: ActorEnd<OutputFrom<M>>, owner: Owner) => void
}

export interface DirectoryListener {
  spawned(record: ActorRecord): void
  ended(record: ActorRecord): void
  crashed(record: ActorRecord, error: unknown): void
}

export class Directory {
  readonly #statecharts: Statecharts
  readonly #clock: Clock
  readonly #listener: DirectoryListener
  readonly #live = new Map<string, AnyEntry>()
  readonly #counts = new Map<string, number>()
  #serial = 0

  constructor(statecharts: Statecharts, clock: Clock, listener: DirectoryListener) {
    this.#statecharts = statecharts
    this.#clock = clock
    this.#listener = listener
  }

  /** Makes an actor that is not started yet, so that its owner can hold it before its first action runs. */
  spawn<M extends AnyStateMachine, Owner extends object>(machine: M, options: SpawnOptions<M, Owner>): Actor<M> {
    const { key, owner, input, parent } = options
    const entry = new Entry(this.#idFor(machine.id, key), machine.id, this.#clock.now(), options)
    const onEnd = (end: ActorEnd<OutputFrom<M>>) => this.#end(entry, end)
    const made = { id: entry.id, input, owner, onEnd }
    const actor = this.#statecharts.create(machine, parent === undefined ? made : { ...made, parent })
    entry.actor = actor
    this.#live.set(entry.id, entry)
    this.#counts.set(machine.id, this.count(machine.id) + 1)
    this.#listener.spawned(entry)
    return actor
  }

  #idFor(machine: string, { branch, callId, deviceId }: ActorKey): string {
    const id = `${machine}:${branch ?? callId ?? deviceId ?? ''}`
    if (!this.#live.has(id)) return id
    this.#serial += 1
    return `${id}#${this.#serial}`
  }

  get(id: string): ActorRecord | undefined {
    return this.#live.get(id)
  }

  /** All living actors, oldest first. */
  all(): Iterable<ActorRecord> {
    return this.#live.values()
  }

  /** How many live: of one machine, or of all. */
  count(machine?: string): number {
    return machine === undefined ? this.#live.size : (this.#counts.get(machine) ?? 0)
  }

  drainOwing(): void {
    for (const entry of [...this.#live.values()]) if (entry.owing) entry.drain?.()
  }

  stopAll(): void {
    for (const { actor } of [...this.#live.values()]) actor.stop()
  }

  #end<M extends AnyStateMachine, Owner extends object>(entry: Entry<M, Owner>, end: ActorEnd<OutputFrom<M>>): void {
    // An actor may end before it was told to the listener: a machine that is over at once.
    if (!this.#live.delete(entry.id)) return
    this.#counts.set(entry.machine, this.count(entry.machine) - 1)
    try {
      entry.ended?.(end, entry.owner)
    } finally {
      if (end.status === 'error') this.#listener.crashed(entry, end.error)
      else this.#listener.ended(entry)
    }
  }
}

/** What can be done with an entry whatever its machine. */
type AnyEntry = ActorRecord & { readonly drain: (() => void) | undefined }

class Entry<M extends AnyStateMachine, Owner extends object> implements AnyEntry {
  readonly id: string
  readonly machine: string
  readonly key: ActorKey
  readonly parent: string | undefined
  readonly bornAt: number
  readonly owing: boolean
  readonly owner: Owner
  readonly drain: (() => void) | undefined
  readonly ended: SpawnOptions<M, Owner>['ended']
  #actor: AnyActor | undefined

  constructor(id: string, machine: string, bornAt: number, options: SpawnOptions<M, Owner>) {
    this.id = id
    this.machine = machine
    this.key = options.key
    this.parent = options.parent?.id
    this.bornAt = bornAt
    this.owing = options.owing ?? false
    this.owner = options.owner
    this.drain = options.drain
    this.ended = options.ended
  }

  get actor(): AnyActor {
    if (this.#actor === undefined) throw new Error(`${this.id} is being made`)
    return this.#actor
  }

  set actor(actor: AnyActor) {
    this.#actor = actor
  }
}

/** The event type of an actor whose machine is `M`. */
export type EventOf<M extends AnyStateMachine> = EventFromLogic<M>
