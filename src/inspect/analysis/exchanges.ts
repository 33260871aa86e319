/**
 * Exchanges of MANSCDP as they are seen from outside: a query or command, its SIP answer, and the Response messages with
 * the same SN (GB/T 28181 Annex A and M).
 */
import { type ExchangeFailure, exchange } from '../../../machines/exchange.ts'
import type { ManscdpMessage } from '../../manscdp/message.ts'
import { attributeOf, childOf, type XmlElement } from '../../manscdp/xml.ts'
import type { SipResponse } from '../../sip/message.ts'
import { type Actor, ownerOf } from '../../statechart/index.ts'
import type { Observed } from './observed.ts'
import { Path, type Stage } from './stage.ts'
import type { Transaction } from './transactions.ts'

/** Milliseconds without a new part after which an answer counts as over; as the platform has it. */
const idle = 10_000

/** One Response message. */
export interface Part {
  readonly observed: Observed
  readonly sumNum: number | undefined
  /** The `Num` of its list. */
  readonly num: number | undefined
  readonly items: number
}

export class Exchange {
  readonly key: string
  readonly sn: number
  readonly cmdType: string
  readonly root: 'Query' | 'Control'
  /** Whom it is about: a device or one of its channels. */
  readonly targetId: string | undefined
  readonly path = new Path()
  readonly query: Transaction
  readonly parts: Part[] = []
  /** Distinct items so far, and how many there should be. */
  received = 0
  sumNum: number | undefined
  result: 'complete' | 'partial' | ExchangeFailure | undefined
  deviceId: string | undefined
  readonly #stage: Stage
  readonly #items = new Set<string>()
  readonly #actor: Actor<typeof watchedExchange>

  constructor(stage: Stage, key: string, query: Transaction, command: ManscdpMessage & { sn: number }) {
    this.#stage = stage
    this.key = key
    this.query = query
    this.sn = command.sn
    this.cmdType = command.cmdType
    this.root = command.root === 'Control' ? 'Control' : 'Query'
    this.targetId = command.deviceId
    this.#actor = stage.run(watchedExchange, { idle, attempts: 1 }, { id: key, owner: this, path: this.path })
    query.watchers.push({
      final: ({ status }: SipResponse) => this.#queryAnswered(status),
      failed: () => this.#actor.send({ type: 'request.failed', at: stage.now, reason: 'timeout' }),
    })
  }

  get outcome(): 'complete' | 'partial' | 'pending' | ExchangeFailure {
    return this.result ?? 'pending'
  }

  #queryAnswered(status: number): void {
    const at = this.#stage.now
    if (status < 300) this.#actor.send({ type: 'request.accepted', at })
    else this.#actor.send({ type: 'request.refused', at, status })
  }

  take(observed: Observed, command: ManscdpMessage): void {
    const part = partOf(observed, command)
    this.parts.push(part)
    const keys = itemKeys(command.raw)
    for (const key of keys) this.#items.add(key)
    this.sumNum = part.sumNum ?? this.sumNum
    this.received = part.sumNum === undefined ? this.parts.length : this.#items.size
    const sumNum = this.sumNum ?? this.received
    this.#actor.send({ type: 'part', at: this.#stage.now, received: this.received, sumNum })
  }

  settle(result: NonNullable<Exchange['result']>): void {
    this.result = result
  }
}

const owner = ({ self }: { self: object }) => ownerOf<Exchange>(self)

const watchedExchange = exchange.provide({
  actions: {
    commit: (args) => owner(args).settle('complete'),
    keepPartial: (args) => owner(args).settle('partial'),
    fail: (args, reason) => owner(args).settle(reason),
  },
})

/** The list of an answer, whatever its name: `DeviceList`, `RecordList`, … */
const listOf = (raw: XmlElement): XmlElement | undefined => raw.children.find(({ name }) => /list$/i.test(name))

function partOf(observed: Observed, { raw }: ManscdpMessage): Part {
  const list = listOf(raw)
  return {
    observed,
    sumNum: whole(childOf(raw, 'SumNum')?.text),
    num: list === undefined ? undefined : whole(attributeOf(list, 'Num')),
    items: list?.children.length ?? 0,
  }
}

/** An item is the same again if it is of the same device and begins at the same time (recordings). */
function itemKeys(raw: XmlElement): string[] {
  return (listOf(raw)?.children ?? []).map((item, index) => {
    const id = childOf(item, 'DeviceID')?.text
    return id === undefined ? `#${index}` : `${id}|${childOf(item, 'StartTime')?.text ?? ''}`
  })
}

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined

/** Finds the exchange of each message. */
export class Exchanges {
  readonly all: Exchange[] = []
  /** Responses that nobody was seen to ask for. */
  readonly strays: Observed[] = []
  readonly #stage: Stage
  readonly #byKey = new Map<string, Exchange>()
  /** Keys that some Response of the records has: a command without one is no exchange. */
  readonly #answered: ReadonlySet<string>

  constructor(stage: Stage, answered: ReadonlySet<string>) {
    this.#stage = stage
    this.#answered = answered
  }

  /** The first sight of a MESSAGE that asks for something. */
  asked(transaction: Transaction, command: ManscdpMessage): Exchange | undefined {
    const { sn } = command
    if (sn === undefined || !this.#expectsResponse(command)) return undefined
    const made = new Exchange(this.#stage, exchangeKey(command), transaction, { ...command, sn })
    this.all.push(made)
    this.#byKey.set(made.key, made)
    return made
  }

  #expectsResponse(command: ManscdpMessage): boolean {
    if (command.root === 'Query') return true
    return command.root === 'Control' && this.#answered.has(exchangeKey(command))
  }

  answered(observed: Observed, command: ManscdpMessage): Exchange | undefined {
    const found = this.#byKey.get(exchangeKey(command))
    if (found === undefined) this.strays.push(observed)
    else found.take(observed, command)
    return found
  }
}

export const exchangeKey = ({ sn, cmdType, deviceId }: ManscdpMessage): string =>
  `${sn ?? ''}|${cmdType.toLowerCase()}|${deviceId ?? ''}`
