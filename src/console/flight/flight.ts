/**
 * What the page keeps of a subject: its messages in order and the history of every actor, from records as they come. It is
 * bounded, whatever comes: the oldest make room.
 */
import type { FlightRecord, MessageRecord, Recording } from '../../inspect/recorder/record.ts'
import type { History, Step } from './history.ts'
import { type Exchange, type Message, readMessage, settle, textOf } from './message.ts'

/** What a ladder and its charts are drawn from: a live device, a bundle, a capture. */
export interface Source {
  readonly messages: readonly Message[]
  readonly actors: ReadonlyMap<string, History>
  /** Messages and steps that there were before the first. */
  readonly dropped: number
}

/** A transaction, and the first of each message in it: what comes again is compared with them. */
interface Conversation {
  readonly exchange: Exchange
  readonly firsts: Message[]
}

const mostMessages = 10_000
/** Characters of messages: a document of a catalog is long. */
const mostText = 16_000_000
const mostActors = 4000
const mostSteps = 400
/** Made room for at once, so that the arrays are not moved with every message. */
const room = 0.1

export class Flight implements Source {
  readonly messages: Message[] = []
  readonly actors = new Map<string, History>()
  dropped = 0
  /** The seq of the last record. */
  last = 0
  readonly #exchanges = new Map<string, Conversation>()
  readonly #exchangeOfBranch = new Map<string, Exchange>()
  #text = 0

  /** Takes what came; what is known already is passed over, and records of another run replace all. */
  take({ records, dropped, subject }: Recording): void {
    const [first] = records
    if (first !== undefined && first.seq <= this.last && !this.#knows(first)) this.#clear()
    for (const record of records) {
      if (record.seq <= this.last) continue
      this.last = record.seq
      if (record.kind === 'message') this.#message(record, subject.deviceId)
      else this.#actor(record)
    }
    this.dropped = Math.max(this.dropped, dropped)
    this.#makeRoom()
  }

  /** After a reconnection the same records come again: of the same number and time. */
  #knows({ seq, at }: FlightRecord): boolean {
    const oldest = this.messages[0]
    if (oldest === undefined) return true
    const known = this.messages.find(({ id }) => id === seq)
    return known === undefined ? at <= (this.messages.at(-1)?.at ?? at) : known.at === at
  }

  #clear(): void {
    this.messages.length = 0
    this.actors.clear()
    this.#exchanges.clear()
    this.#exchangeOfBranch.clear()
    this.#text = 0
    this.dropped = 0
    this.last = 0
  }

  #message(record: MessageRecord, deviceId: string): void {
    const { seq, at, direction, transport, local, remote } = record
    const text = textOf(record)
    const { transaction, ...read } = readMessage(text)
    const ends = direction === 'in' ? { from: remote, to: local } : { from: local, to: remote }
    const { exchange, firsts } = this.#exchangeOf(transaction, read.branch, at)
    const first = firsts.find((each) => each.text === text && each.from === ends.from)
    const message: Message = {
      id: seq,
      at,
      transport,
      ...ends,
      remote,
      ...read,
      deviceId,
      text,
      exchange,
      ...(first !== undefined && { repeats: first.id }),
    }
    if (first === undefined) firsts.push(message)
    settle(exchange, message)
    this.messages.push(message)
    this.#text += text.length
  }

  #exchangeOf(transaction: string, branch: string | undefined, began: number): Conversation {
    const known = this.#exchanges.get(transaction)
    if (known !== undefined) return known
    const made: Conversation = { exchange: { answered: false, began }, firsts: [] }
    this.#exchanges.set(transaction, made)
    if (branch !== undefined) this.#exchangeOfBranch.set(branch, made.exchange)
    return made
  }

  #actor(record: Exclude<FlightRecord, MessageRecord>): void {
    if (record.kind === 'actor.started') {
      const { actor, machine, parent, key, state, at, input } = record
      const details = detailsOf(input)
      const step: Step = { at, kind: 'started', what: 'started', state, ...details }
      this.actors.delete(actor)
      this.actors.set(actor, { id: actor, machine, parent, key, steps: [step] })
      return
    }
    const history = this.actors.get(record.actor) ?? this.#unborn(record.actor)
    const { steps } = history
    steps.push(stepFrom(record, steps.at(-1)?.state ?? ''))
    if (steps.length > mostSteps) steps.splice(0, Math.ceil(mostSteps * room))
    if (record.kind === 'timer.set' || record.kind === 'timer.fired') this.#wait(history, record)
  }

  /** One whose birth had to make room for later records: its id begins with its machine. */
  #unborn(id: string): History {
    const machine = id.split(':', 1)[0] ?? ''
    const history: History = { id, machine, parent: null, key: keyIn(id, machine), steps: [] }
    this.actors.set(id, history)
    return history
  }

  /** Timers B and F end a transaction without a final response: RFC 3261 17.1.1.2, 17.1.2.2. */
  #wait(
    { key, machine }: History,
    { timer, due, kind, at }: { timer: string; due?: number; kind: string; at: number },
  ) {
    if (timer !== 'timerB' && timer !== 'timerF') return
    const exchange = machine.endsWith('Client') ? this.#exchangeOfBranch.get(key.branch ?? '') : undefined
    if (exchange !== undefined) {
      exchange.timer = { name: `Timer ${timer.slice(-1)}`, due: due ?? at, fired: kind === 'timer.fired' }
    }
  }

  #makeRoom(): void {
    while (this.messages.length > mostMessages || this.#text > mostText) {
      const gone = this.messages.splice(0, Math.ceil(this.messages.length * room))
      this.dropped += gone.length
      for (const { text } of gone) this.#text -= text.length
      this.#forgetExchanges(this.messages[0]?.id ?? Number.POSITIVE_INFINITY)
    }
    if (this.actors.size <= mostActors) return
    for (const [id, { steps }] of this.actors) {
      if (this.actors.size <= mostActors * (1 - room)) break
      if (steps.at(-1)?.kind === 'ended') this.actors.delete(id)
    }
    for (const id of this.actors.keys()) {
      if (this.actors.size <= mostActors) break
      this.actors.delete(id)
    }
  }

  #forgetExchanges(before: number): void {
    for (const [transaction, { firsts }] of this.#exchanges) {
      if ((firsts.at(-1)?.id ?? 0) >= before) continue
      this.#exchanges.delete(transaction)
      const branch = firsts[0]?.branch
      if (branch !== undefined) this.#exchangeOfBranch.delete(branch)
    }
  }
}

function stepFrom(record: Exclude<FlightRecord, MessageRecord | { kind: 'actor.started' }>, before: string): Step {
  const { at, kind } = record
  if (kind === 'actor.stepped') {
    const { type, ...fields } = record.event
    const message = messageIn(fields)
    return { at, kind: 'event', what: type, state: record.state, ...(message && { message }), ...detailsOf(fields) }
  }
  if (kind === 'actor.ended') {
    const { status, error, output } = record
    return {
      at,
      kind: 'ended',
      what: error === undefined ? status : `${status}: ${error}`,
      state: before,
      ...detailsOf(output),
    }
  }
  return { at, kind, what: record.timer, state: before, ...(record.due !== undefined && { due: record.due }) }
}

function messageIn(fields: Readonly<Record<string, unknown>>): number | undefined {
  for (const value of Object.values(fields)) {
    if (typeof value === 'object' && value !== null && '$message' in value) return Number(value.$message)
  }
  return undefined
}

function detailsOf(value: unknown): { details?: string } {
  const text = value === undefined || value === null ? '' : JSON.stringify(value, undefined, 1)
  return text === '' || text === '{}' ? {} : { details: text }
}

function keyIn(id: string, machine: string) {
  const key = id.slice(machine.length + 1).replace(/~\d+$/, '')
  if (/(Client|Server)$/.test(machine)) return { branch: key }
  return /^\d{20}$/.test(key) ? { deviceId: key } : { callId: key }
}
