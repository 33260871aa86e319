/**
 * The directory of live actors: one per transaction, registration, dialog and exchange, each under its own key.
 *
 * Creates actors through `statechart`, tells the supervisor of births, ends and crashes, and forgets what has ended. An
 * actor that throws ends alone: its owner releases what it owned through `ended`, everybody else goes on.
 */
import type { AnyStateMachine, EventFromLogic, InputFrom, OutputFrom } from 'xstate'
import { Chain } from '../statechart/chain.ts'
import type { Actor, ActorEnd, AnyActor, CreateOptions, Statecharts } from '../statechart/index.ts'

/** What an actor is found by, as the HTTP API shows it. */
export interface ActorKey {
  readonly branch?: string
  readonly callId?: string
  readonly deviceId?: string
}

export interface ActorRecord {
  /**
   * `<machine>:<key>`, unique among the living. A branch is its client's choice, and some use one for everything: there
   * the number of the birth follows, `<machine>:<branch>~<number>`; so it does a second of one device or Call-ID.
   */
  readonly id: string
  readonly machine: string
  readonly key: ActorKey
  readonly parent: AnyActor | undefined
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
  readonly #listener: DirectoryListener
  /** All, oldest first. A chain and no map by id: transactions come and go by the thousand, and few ids are asked for. */
  readonly #live = new Chain<AnyEntry>()
  /** Those whose id is their key alone. */
  readonly #named = new Map<string, AnyEntry>()
  readonly #counts = new Map<string, number>()
  #births = 0

  constructor(statecharts: Statecharts, listener: DirectoryListener) {
    this.#statecharts = statecharts
    this.#listener = listener
  }

  /** Makes an actor that is not started yet, so that its owner can hold it before its first action runs. */
  spawn<M extends AnyStateMachine, Owner extends object>(machine: M, options: SpawnOptions<M, Owner>): Actor<M> {
    const entry = new Entry<M, Owner>(this, machine.id, ++this.#births, options)
    if (options.key.branch === undefined) this.#name(entry)
    const actor = this.#statecharts.create(machine, entry)
    entry.actor = actor
    this.#live.add(entry)
    this.#counts.set(entry.machine, this.count(entry.machine) + 1)
    this.#listener.spawned(entry)
    return actor
  }

  #name(entry: AnyEntry): void {
    const name = keyed(entry)
    if (this.#named.has(name)) return
    this.#named.set(name, entry)
    entry.isNamed = true
  }

  get(id: string): ActorRecord | undefined {
    return this.#named.get(id) ?? this.#numbered(id)
  }

  #numbered(id: string): ActorRecord | undefined {
    const number = Number(/~(\d+)$/.exec(id)?.[1])
    for (let entry = this.#live.first; entry !== undefined; entry = entry.next)
      if (entry.number === number && entry.id === id) return entry
    return undefined
  }

  /** All living actors, oldest first. */
  all(): readonly ActorRecord[] {
    return this.#live.all()
  }

  /** How many live: of one machine, or of all. */
  count(machine?: string): number {
    return machine === undefined ? this.#live.size : (this.#counts.get(machine) ?? 0)
  }

  drainOwing(): void {
    for (const entry of this.#live.all()) if (entry.owing) entry.drain?.()
  }

  stopAll(): void {
    for (const { actor } of this.#live.all()) actor.stop()
  }

  /** An entry's actor has ended. */
  end<M extends AnyStateMachine, Owner extends object>(entry: Entry<M, Owner>, end: ActorEnd<OutputFrom<M>>): void {
    this.#live.remove(entry)
    if (entry.isNamed) this.#named.delete(keyed(entry))
    this.#counts.set(entry.machine, this.count(entry.machine) - 1)
    try {
      entry.ended(end)
    } finally {
      if (end.status === 'error') this.#listener.crashed(entry, end.error)
      else this.#listener.ended(entry)
    }
  }
}

/** The id of an actor; with the number of its birth where its key does not tell it from others. */
export const actorId = (machine: string, { branch, callId, deviceId }: ActorKey, number?: number): string =>
  `${machine}:${branch ?? callId ?? deviceId ?? ''}${number === undefined ? '' : `~${number}`}`

const keyed = ({ machine, key }: ActorRecord): string => actorId(machine, key)

/** What can be done with an entry whatever its machine. */
interface AnyEntry extends ActorRecord {
  readonly number: number
  readonly drain: (() => void) | undefined
  isNamed: boolean
  previous: AnyEntry | undefined
  next: AnyEntry | undefined
}

/** One living actor, and at once what it is created with: there are very many, and each object more costs. */
class Entry<M extends AnyStateMachine, Owner extends object> implements AnyEntry, CreateOptions<M> {
  readonly machine: string
  /** Which birth of the directory this is. */
  readonly number: number
  isNamed = false
  previous: AnyEntry | undefined = undefined
  next: AnyEntry | undefined = undefined
  readonly #directory: Directory
  readonly #options: SpawnOptions<M, Owner>
  #actor: AnyActor | undefined

  constructor(directory: Directory, machine: string, number: number, options: SpawnOptions<M, Owner>) {
    this.#directory = directory
    this.machine = machine
    this.number = number
    this.#options = options
  }

  get id(): string {
    return actorId(this.machine, this.key, this.isNamed ? undefined : this.number)
  }

  get key(): ActorKey {
    return this.#options.key
  }

  get owner(): Owner {
    return this.#options.owner
  }

  get input(): InputFrom<M> {
    return this.#options.input
  }

  get parent(): AnyActor | undefined {
    return this.#options.parent
  }

  get owing(): boolean {
    return this.#options.owing ?? false
  }

  get drain(): (() => void) | undefined {
    return this.#options.drain
  }

  get actor(): AnyActor {
    if (this.#actor === undefined) throw new Error(`${this.id} is being made`)
    return this.#actor
  }

  set actor(actor: AnyActor) {
    this.#actor = actor
  }

  onEnd(end: ActorEnd<OutputFrom<M>>): void {
    this.#directory.end(this, end)
  }

  ended(end: ActorEnd<OutputFrom<M>>): void {
    this.#options.ended?.(end, this.owner)
  }
}

/** The event type of an actor whose machine is `M`. */
export type EventOf<M extends AnyStateMachine> = EventFromLogic<M>
