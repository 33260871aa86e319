/**
 * The directory of live actors: one per transaction, registration, dialog and exchange, each under its own key.
 *
 * Creates actors through `statechart`, tells its listener of births, ends and crashes, and forgets what has ended. An
 * actor that throws ends alone: its owner releases what it owned through `ended`, everybody else goes on.
 */
import type { AnyStateMachine, EventFromLogic, InputFrom, OutputFrom } from 'xstate'
import { Chain } from '../statechart/chain.ts'
import type { Actor, ActorEnd, AnyActor, CreateOptions, Statecharts } from '../statechart/index.ts'
import { Roster } from './roster.ts'

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

/** The actors of one machine. */
interface Kind {
  living: number
  /** Those whose id is their key alone, by its text: that has been hashed before, as an id put together anew has not. */
  readonly named: Roster<AnyResident>
}

export class Directory {
  readonly #statecharts: Statecharts
  readonly #listener: DirectoryListener
  /** All, oldest first. A chain and no map by id: transactions come and go by the thousand, and few ids are asked for. */
  readonly #live = new Chain<AnyResident>()
  /** By machine. */
  readonly #kinds = new Map<string, Kind>()
  #births = 0

  constructor(statecharts: Statecharts, listener: DirectoryListener) {
    this.#statecharts = statecharts
    this.#listener = listener
  }

  /** Makes an actor that is not started yet, so that its owner can hold it before its first action runs. */
  spawn<M extends AnyStateMachine, Owner extends object>(machine: M, options: SpawnOptions<M, Owner>): Actor<M> {
    return this.take(machine, new Entry(machine.id, options))
  }

  /** The same for who is a record of the directory itself. */
  take<M extends AnyStateMachine>(machine: M, resident: Resident<M>): Actor<M> {
    resident.moveIn(this, ++this.#births)
    if (resident.key.branch === undefined) this.#name(resident)
    const actor = this.#statecharts.create(machine, resident)
    resident.actor = actor
    this.#live.add(resident)
    this.#kindOf(resident.machine).living++
    this.#listener.spawned(resident)
    return actor
  }

  #kindOf(machine: string): Kind {
    let kind = this.#kinds.get(machine)
    if (kind === undefined) {
      kind = { living: 0, named: new Roster() }
      this.#kinds.set(machine, kind)
    }
    return kind
  }

  #name(resident: AnyResident): void {
    const name = keyText(resident.key)
    const { named } = this.#kindOf(resident.machine)
    if (named.get(name) !== undefined) return
    named.set(name, resident)
    resident.name = name
  }

  get(id: string): ActorRecord | undefined {
    const colon = id.indexOf(':')
    return this.#kinds.get(id.slice(0, colon))?.named.get(id.slice(colon + 1)) ?? this.#numbered(id)
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
    return machine === undefined ? this.#live.size : (this.#kinds.get(machine)?.living ?? 0)
  }

  /** How many owe their far side a word before they end. */
  get owing(): number {
    return this.#live.all().filter(({ owing }) => owing).length
  }

  drainOwing(): void {
    for (const resident of this.#live.all()) if (resident.owing) resident.drain()
  }

  stopAll(): void {
    for (const { actor } of this.#live.all()) actor.stop()
  }

  /** A resident's actor has ended. */
  end<M extends AnyStateMachine>(resident: Resident<M>, end: ActorEnd<OutputFrom<M>>): void {
    this.#live.remove(resident)
    const kind = this.#kindOf(resident.machine)
    if (resident.name !== undefined) kind.named.delete(resident.name)
    kind.living--
    try {
      resident.ended(end)
    } finally {
      if (end.status === 'error') this.#listener.crashed(resident, end.error)
      else this.#listener.ended(resident)
    }
  }
}

/** The id of an actor; with the number of its birth where its key does not tell it from others. */
export const actorId = (machine: string, key: ActorKey, number?: number): string =>
  `${machine}:${keyText(key)}${number === undefined ? '' : `~${number}`}`

const keyText = ({ branch, callId, deviceId }: ActorKey): string => branch ?? callId ?? deviceId ?? ''

/**
 * One living actor, and at once what it is created with: there are very many, and each object more costs. What is made by
 * the thousand is one itself (transactions); for the others `spawn` makes one.
 */
export abstract class Resident<M extends AnyStateMachine> implements ActorRecord, CreateOptions<M> {
  abstract readonly machine: string
  abstract readonly key: ActorKey
  abstract readonly owner: object
  abstract readonly input: InputFrom<M>
  /** Which birth of the directory this is; 0 before it. */
  number = 0
  /** The text of its key, where that alone tells it from others. */
  name: string | undefined = undefined
  previous: AnyResident | undefined = undefined
  next: AnyResident | undefined = undefined
  #directory: Directory | undefined = undefined
  #actor: Actor<M> | undefined = undefined

  /** The actor has ended, for whatever reason: release what it owned. */
  abstract ended(end: ActorEnd<OutputFrom<M>>): void

  get id(): string {
    return actorId(this.machine, this.key, this.name === undefined ? this.number : undefined)
  }

  get parent(): AnyActor | undefined {
    return undefined
  }

  get owing(): boolean {
    return false
  }

  /** Asks the actor to end in order, when the engine drains. Only what is `owing` is asked. */
  drain(): void {}

  get actor(): Actor<M> {
    if (this.#actor === undefined) throw new Error(`${this.id} is being made`)
    return this.#actor
  }

  moveIn(directory: Directory, number: number): void {
    this.#directory = directory
    this.number = number
  }

  set actor(actor: Actor<M>) {
    this.#actor = actor
  }

  onEnd(end: ActorEnd<OutputFrom<M>>): void {
    this.#directory?.end(this, end)
  }

  /** Its neighbours and what it holds are nobody else's business. */
  toJSON(): { id: string } {
    return { id: this.id }
  }
}

export type AnyResident = Omit<Resident<AnyStateMachine>, 'actor' | 'onEnd' | 'ended' | 'input'> & ActorRecord

class Entry<M extends AnyStateMachine, Owner extends object> extends Resident<M> {
  readonly machine: string
  readonly #options: SpawnOptions<M, Owner>

  constructor(machine: string, options: SpawnOptions<M, Owner>) {
    super()
    this.machine = machine
    this.#options = options
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

  override get parent(): AnyActor | undefined {
    return this.#options.parent
  }

  override get owing(): boolean {
    return this.#options.owing ?? false
  }

  override drain(): void {
    this.#options.drain?.()
  }

  override ended(end: ActorEnd<OutputFrom<M>>): void {
    this.#options.ended?.(end, this.owner)
  }
}

/** The event type of an actor whose machine is `M`. */
export type EventOf<M extends AnyStateMachine> = EventFromLogic<M>
