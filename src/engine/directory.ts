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
  readonly stop: () => void
}

export interface SpawnOptions<M extends AnyStateMachine> {
  readonly key: ActorKey
  /** What the machine's provided actions reach through `ownerOf(self)`. */
  readonly owner: object
  readonly input: InputFrom<M>
  readonly parent?: AnyActor | undefined
  /** The far side must hear of this actor's end: draining waits for it. */
  readonly owing?: boolean
  /** Asks the actor to end in order, when the engine drains. Only what is `owing` is asked. */
  readonly drain?: () => void
  /** The actor has ended, for whatever reason: release what it owned. */
  readonly ended?: (end: ActorEnd<OutputFrom<M>>) => void
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
  readonly #live = new Map<string, ActorRecord & { drain: (() => void) | undefined }>()
  readonly #counts = new Map<string, number>()
  #serial = 0

  constructor(statecharts: Statecharts, clock: Clock, listener: DirectoryListener) {
    this.#statecharts = statecharts
    this.#clock = clock
    this.#listener = listener
  }

  /** Makes an actor that is not started yet, so that its owner can hold it before its first action runs. */
  spawn<M extends AnyStateMachine>(machine: M, options: SpawnOptions<M>): Actor<M> {
    const name = options.key.branch ?? options.key.callId ?? options.key.deviceId ?? ''
    const plain = `${machine.id}:${name}`
    const id = this.#live.has(plain) ? `${plain}#${++this.#serial}` : plain
    const actor = this.#statecharts.create(machine, {
      id,
      input: options.input,
      owner: options.owner,
      ...(options.parent && { parent: options.parent }),
      onEnd: (end) => this.#end(id, end, options.ended),
    })
    const record = {
      id,
      machine: machine.id,
      key: options.key,
      parent: options.parent?.id,
      bornAt: this.#clock.now(),
      actor,
      owing: options.owing === true,
      drain: options.drain,
      stop: () => actor.stop(),
    }
    this.#live.set(id, record)
    this.#counts.set(machine.id, this.count(machine.id) + 1)
    this.#listener.spawned(record)
    return actor
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
    for (const record of [...this.#live.values()]) if (record.owing) record.drain?.()
  }

  stopAll(): void {
    for (const record of [...this.#live.values()]) record.stop()
  }

  #end<Output>(id: string, end: ActorEnd<Output>, ended: ((end: ActorEnd<Output>) => void) | undefined): void {
    const record = this.#live.get(id)
    if (record === undefined) return
    this.#live.delete(id)
    this.#counts.set(record.machine, this.count(record.machine) - 1)
    try {
      ended?.(end)
    } finally {
      if (end.status === 'error') this.#listener.crashed(record, end.error)
      else this.#listener.ended(record)
    }
  }
}

/** The event type of an actor whose machine is `M`. */
export type EventOf<M extends AnyStateMachine> = EventFromLogic<M>
