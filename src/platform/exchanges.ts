/**
 * Queries: what belongs to an exchange beside its machine (machines/exchange.ts). Builds the MESSAGE, finds the exchange
 * of a Response by its SN, collects its parts and settles the caller.
 */
import { type ExchangeFailure, exchange } from '../../machines/exchange.ts'
import type { ActorKey } from '../engine/directory.ts'
import type { Engine } from '../engine/engine.ts'
import type { FlightLog, Logged } from '../engine/flight.ts'
import type { Flow } from '../engine/network.ts'
import { Roster } from '../engine/roster.ts'
import { Trail } from '../engine/trail.ts'
import { Gb28181Error } from '../errors.ts'
import { isMessage, type ManscdpMessage, printManscdp } from '../manscdp/message.ts'
import type { SipRequest } from '../sip/message.ts'
import { type Actor, ownerOf } from '../statechart/index.ts'
import type { QueryAnswer, QueryCommand, Waiting } from './api.ts'
import { CatalogCollection } from './catalog.ts'
import type { Device, DeviceAffair } from './device.ts'
import { queryFailures } from './explain.ts'
import { messageRequest } from './requests.ts'

/** Own SNs remembered per device, so that a late part is not taken for news. */
const rememberedSns = 16

export interface ExchangesOptions {
  readonly platformId: string
  readonly realm: string
  /** Milliseconds without a new part. */
  readonly idle: number
  /** Times to ask in all. */
  readonly attempts: number
  readonly catalogItems: number
}

export interface Query {
  readonly cmdType: QueryCommand
  /** Whom to ask about; default the device itself. */
  readonly channelId?: string
}

export class Exchanges {
  readonly engine: Engine
  readonly options: ExchangesOptions
  /** By device id and SN. */
  readonly #pending = new Roster<Exchange>()
  readonly #recentSns = new WeakMap<Device, number[]>()
  #lastSn: number

  constructor(engine: Engine, options: ExchangesOptions) {
    this.engine = engine
    this.options = options
    // Not from 1, so that an answer that a device made up is not taken for that of our query.
    this.#lastSn = Math.floor(engine.options.random.fraction() * 1_000_000)
  }

  /** Asks the device. Rejects with a Gb28181Error whose code is the reason. A partial answer resolves as such. */
  query(device: Device, query: Query, { signal, timeout }: Waiting = {}): Promise<QueryAnswer> {
    const { clock } = this.engine.options
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const made = new Exchange(this, device, query, { resolve, reject })
      const giveUp = (reason: unknown) => {
        reject(reason)
        made.abandon()
      }
      const abort = () => giveUp(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      const timer =
        timeout === undefined ? undefined : clock.setTimeout(() => giveUp(made.unansweredAfter(timeout)), timeout)
      device.begin(made)
      const actor = this.engine.spawn(exchangeLogic, {
        key: made.actorKey,
        owner: made,
        input: { idle: this.options.idle, attempts: this.options.attempts },
        parent: device.actor,
        ended: (end) => {
          signal?.removeEventListener('abort', abort)
          clock.clearTimeout(timer)
          device.end(made)
          made.over(end.status === 'error' ? end.error : undefined)
        },
      })
      made.run(actor)
    })
  }

  /** Whether a query to the device is going on. */
  asking(device: Device): boolean {
    return device.affairs.some((affair) => affair instanceof Exchange)
  }

  /** Hands a Response to the exchange that asked for it. `late`: we asked once; `unknown`: we never did. */
  take(device: Device, message: ManscdpMessage, request: SipRequest, flow: Flow): 'taken' | 'late' | 'unknown' {
    if (message.sn === undefined) return 'unknown'
    const pending = this.#pending.get(keyOf(device, message.sn))
    if (pending?.accepts(message)) {
      pending.take(message, request, flow)
      return 'taken'
    }
    return this.#recentSns.get(device)?.includes(message.sn) ? 'late' : 'unknown'
  }

  begin(asking: Exchange): number {
    this.#lastSn += 1
    const sn = this.#lastSn
    this.#pending.set(keyOf(asking.device, sn), asking)
    const recent = this.#recentSns.get(asking.device) ?? []
    this.#recentSns.set(asking.device, [...recent, sn].slice(-rememberedSns))
    return sn
  }

  end(asking: Exchange, sn: number): void {
    this.#pending.delete(keyOf(asking.device, sn))
  }
}

const keyOf = (device: Device, sn: number): string => `${device.id}|${sn}`

interface Caller {
  resolve(answer: QueryAnswer): void
  reject(error: unknown): void
}

export class Exchange implements DeviceAffair, Logged {
  readonly device: Device
  readonly callId: string
  readonly trail = new Trail()
  readonly #exchanges: Exchanges
  readonly #query: Query
  readonly #caller: Caller
  #actor: Actor<typeof exchangeLogic> | undefined
  #sn = 0
  #collection: CatalogCollection
  /** The fullest collection so far, for a partial answer. */
  #fullest: CatalogCollection
  #answer: ManscdpMessage | undefined
  #refusal: { status: number; phrase: string } | undefined
  #outcome: ExchangeFailure | 'complete' | 'partial' | undefined

  constructor(exchanges: Exchanges, device: Device, query: Query, caller: Caller) {
    this.#exchanges = exchanges
    this.device = device
    this.#query = query
    this.#caller = caller
    this.callId = exchanges.engine.newCallId()
    this.#collection = new CatalogCollection(0, exchanges.options.catalogItems)
    this.#fullest = this.#collection
  }

  get log(): FlightLog | undefined {
    return this.device.log
  }

  get actorKey(): ActorKey {
    return { deviceId: this.device.id, callId: this.callId }
  }

  run(actor: Actor<typeof exchangeLogic>): void {
    this.#actor = actor
    actor.start()
  }

  accepts(message: ManscdpMessage): boolean {
    return message.cmdType === this.#query.cmdType
  }

  take(message: ManscdpMessage, request: SipRequest, flow: Flow): void {
    const at = this.#exchanges.engine.now()
    this.trail.requested(at, flow, request)
    this.#answer = message
    const counts = isMessage(message, 'Response', 'Catalog')
      ? this.#collection.add(message)
      : { received: 1, sumNum: 1 }
    if (this.#collection.items.size >= this.#fullest.items.size) this.#fullest = this.#collection
    this.#actor?.send({ type: 'part', at, ...counts })
  }

  /** What to tell a caller whose own patience ends before ours. */
  unansweredAfter(ms: number): Gb28181Error {
    return this.#error('no-response', `no whole answer within ${ms} ms.`)
  }

  abandon(): void {
    this.#actor?.send({ type: 'abandon', at: this.#exchanges.engine.now() })
  }

  deviceOffline(): void {
    this.#actor?.send({ type: 'device.offline', at: this.#exchanges.engine.now() })
  }

  // --- what the machine wants done

  ask(): void {
    const { engine, options } = this.#exchanges
    this.#exchanges.end(this, this.#sn)
    const sn = this.#exchanges.begin(this)
    this.#sn = sn
    this.#collection = new CatalogCollection(sn, options.catalogItems)
    const { cmdType, channelId = this.device.id } = this.#query
    const body = printManscdp(
      { root: 'Query', cmdType, sn, deviceId: channelId, value: {} },
      { edition: this.device.edition },
    )
    const request = messageRequest(engine, options, this.device, { callId: engine.newCallId(), body })
    const now = () => engine.now()
    // What becomes of the first request does not matter any more once the query was asked again.
    const current = () => this.#sn === sn
    engine.send(
      request,
      {
        final: ({ status, reason }) => {
          if (!current()) return
          if (status < 300) return this.#actor?.send({ type: 'request.accepted', at: now() })
          this.#refusal = { status, phrase: reason }
          this.#actor?.send({ type: 'request.refused', at: now(), status })
        },
        failed: (reason) => {
          if (current()) this.#actor?.send({ type: 'request.failed', at: now(), reason })
        },
      },
      { trail: this.trail, parent: this.#actor, log: this.log },
    )
  }

  settle(outcome: ExchangeFailure | 'complete' | 'partial'): void {
    this.#outcome = outcome
    const at = this.#exchanges.engine.now()
    if (this.#query.cmdType !== 'Catalog' || this.#query.channelId !== undefined) return
    if (outcome === 'complete') this.device.catalog.commit(this.device.id, this.#collection, at)
    if (outcome === 'partial') this.device.catalog.keepPartial(this.device.id, this.#fullest, at)
  }

  /** The machine has ended; `error` when it crashed. */
  over(error: unknown): void {
    this.#exchanges.end(this, this.#sn)
    const outcome = this.#outcome
    if (error !== undefined || outcome === undefined) this.#caller.reject(error ?? this.#error('cancelled'))
    else if (outcome === 'complete' || outcome === 'partial')
      this.#caller.resolve(this.#answered(outcome === 'complete'))
    else this.#caller.reject(this.#error(outcome))
  }

  #answered(complete: boolean): QueryAnswer {
    const { cmdType } = this.#query
    const common = { cmdType, deviceId: this.device.id, complete }
    if (cmdType !== 'Catalog') return { ...common, sn: this.#sn, value: { ...this.#answer?.value } }
    const { sn, sumNum, items } = complete ? this.#collection : this.#fullest
    return {
      ...common,
      sn,
      sumNum: sumNum ?? 0,
      received: items.size,
      value: { items: [...items.values()].map(publicItem) },
    }
  }

  #error(reason: ExchangeFailure, message = queryFailures[reason].message): Gb28181Error {
    const { hint } = queryFailures[reason]
    return new Gb28181Error(reason, `${this.#query.cmdType} of ${this.device.id}: ${message}`, {
      hint,
      evidence: this.trail.entries(),
      deviceId: this.device.id,
      cmdType: this.#query.cmdType,
      ...this.#refusal,
    })
  }
}

const publicItem = ({ Password: _, ...item }: Readonly<Record<string, unknown>>) => item

const owner = ({ self }: { self: object }) => ownerOf<Exchange>(self)

const exchangeLogic = exchange.provide({
  actions: {
    ask: (args) => owner(args).ask(),
    commit: (args) => owner(args).settle('complete'),
    keepPartial: (args) => owner(args).settle('partial'),
    fail: (args, reason) => owner(args).settle(reason),
  },
})
