/**
 * Records as bytes and back.
 *
 * Together are stored, as one entry, a message, or what an actor did in a row: as a rule a step, its timers, the end. An
 * entry begins with its length and how many records it is (`arena.ts`), a number, an instant and whose it is: the number of
 * the actor's birth, or 0 for a message. Each deed of an actor adds its kind, how much later its number is, its instant
 * where that is another, and what its kind wants. Messages stand as they went over the wire: what leaves the process is
 * redacted when it is read (`redact.ts`).
 */
import { serverActorKey } from '../../engine/keys.ts'
import { type Endpoint, endpointText, type Flow, type Transport } from '../../engine/network.ts'
import { streamLimits } from '../../sip/limits.ts'
import { SipRequest } from '../../sip/message.ts'
import { parseMessage } from '../../sip/parse.ts'
import type { ActorEnd } from '../../statechart/index.ts'
import { headBytes, headOf, lengthAt, mostRecords, recordsAt } from './arena.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Inputs } from './inputs.ts'
import type { Names } from './names.ts'
import type { Values } from './values.ts'

/** What actors do, as the byte with which a deed begins. */
const deeds = ['actor.started', 'actor.stepped', 'timer.set', 'timer.fired', 'timer.cancelled', 'actor.ended'] as const
const deedNumbers = Object.fromEntries(deeds.map((kind, index) => [kind, index])) as Record<DeedKind, number>
/** Beside the kind: the deed has an instant of its own. */
const otherInstant = 0x80
/** Of a start, what its key has; or that its key is in the message. */
const inMessage = 16
/** Whose an entry is: a message's; otherwise the number of the actor, and one more. */
const ofMessage = 0
const statuses = ['done', 'stopped', 'error'] as const
const transports: readonly Transport[] = ['UDP', 'TCP']

type DeedKind = (typeof deeds)[number]

/** What `key` of an actor may have. */
export interface WrittenKey {
  readonly branch?: string
  readonly callId?: string
  readonly deviceId?: string
}

interface Written {
  readonly seq: number
  readonly at: number
}

/** The key is that of the request that was taken last, and is not written a second time. */
export const keyInMessage = 'key in message'

/** That request had to make room. */
export const unknownKey: WrittenKey = {}

interface OfActor extends Written {
  /** Which birth of the directory it is. */
  readonly actor: number
}

/** A record as it was read: a message by its bytes, an actor by its number. */
export type StoredRecord =
  | StoredMessage
  | StoredStart
  | (OfActor & { readonly kind: 'actor.stepped'; readonly event: { readonly type: string }; readonly state: string })
  | (OfActor & { readonly kind: 'timer.set'; readonly timer: string; readonly due: number })
  | (OfActor & { readonly kind: 'timer.fired' | 'timer.cancelled'; readonly timer: string })
  | (OfActor & { readonly kind: 'actor.ended' } & ActorEnd)

export interface StoredMessage extends Written {
  readonly kind: 'message'
  readonly direction: 'in' | 'out'
  readonly transport: Transport
  readonly local: string
  readonly remote: string
  readonly bytes: Buffer
  /** How many bytes the message had, where it was too long to be kept whole. */
  readonly cutFrom?: number
}

export interface StoredStart extends OfActor {
  readonly kind: 'actor.started'
  /** Of its parent; 0 where it has none. */
  readonly parent: number
  readonly machine: string
  readonly key: WrittenKey
  /** Its id is its key alone, without the number of its birth. */
  readonly named: boolean
  readonly input: unknown
  readonly state: string
}

/** What is written of a start. */
interface Start extends Omit<StoredStart, 'kind' | 'seq' | 'at' | 'actor' | 'key'> {
  readonly key: WrittenKey | typeof keyInMessage
}

/** More than the numbers of any record come to, its texts and values aside. */
const fixedBytes = 256
/** Bytes of a message record beside the message. */
const messageOverhead = 128

export class RecordWriter {
  readonly out = new ByteWriter()
  readonly #names: Names
  readonly #values: Values
  readonly #inputs: Inputs
  /** Of the entry that is being written: where it begins, how many records it is, its number and instant. */
  #from = 0
  #records = 0
  #seq = 0
  #at = 0
  #local: { readonly endpoint: Endpoint; readonly number: number } | undefined

  constructor(names: Names, values: Values, inputs: Inputs) {
    this.#names = names
    this.#values = values
    this.#inputs = inputs
  }

  /**
   * @param longest what the whole record may have: a longer message is cut.
   * @returns whether it is written whole.
   */
  message(seq: number, at: number, direction: 'in' | 'out', flow: Flow, bytes: Buffer, longest: number): boolean {
    const { out } = this
    this.#begin(seq, at, ofMessage)
    this.#records = 1
    const kept = Math.min(bytes.length, Math.max(0, longest - messageOverhead))
    const isCut = kept < bytes.length
    out.byte((direction === 'out' ? 1 : 0) | (flow.transport === 'TCP' ? 2 : 0) | (isCut ? 4 : 0))
    out.count(this.#localNumber(flow.local))
    out.count(flow.remote.port)
    out.wire(flow.remote.address)
    if (isCut) out.count(bytes.length)
    out.raw(bytes, kept)
    this.end()
    return !isCut
  }

  /** Begins an entry of what an actor did in a row. The number and the instant are those of its first deed. */
  begin(seq: number, at: number, actor: number): void {
    this.#begin(seq, at, actor + 1)
  }

  end(): void {
    this.out.uint32At(this.#from, headOf(this.out.length - this.#from, this.#records))
  }

  started(seq: number, at: number, start: Start): void {
    const { out } = this
    const input = this.#inputs.number(start.machine, start.input)
    this.#deed('actor.started', seq, at)
    out.count(start.parent)
    out.count(this.#names.number(start.machine))
    out.count(this.#names.number(start.state))
    if (start.key === keyInMessage) out.byte(inMessage)
    else this.#key(start.key, start.named)
    out.count(input)
    if (input === 0) this.#values.write(out, start.input)
  }

  #key({ branch, callId, deviceId }: WrittenKey, named: boolean): void {
    const { out } = this
    const has = (part: unknown, bit: number) => (part === undefined ? 0 : bit)
    out.byte(has(branch, 1) | has(callId, 2) | has(deviceId, 4) | (named ? 8 : 0))
    if (branch !== undefined) out.wire(branch)
    if (callId !== undefined) out.wire(callId)
    if (deviceId !== undefined) out.wire(deviceId)
  }

  /** The instant in the event is left out where it is that of the record. */
  stepped(seq: number, at: number, event: { type: string; at?: unknown }, state: string): void {
    const { out } = this
    this.#deed('actor.stepped', seq, at)
    out.count(this.#names.number(state))
    out.count(this.#names.number(event.type))
    const isNow = event.at === at
    out.byte(isNow ? 1 : 0)
    this.#values.writeFields(out, event, undefined, 'type', isNow ? 'at' : undefined)
  }

  timer(kind: 'timer.fired' | 'timer.cancelled', seq: number, at: number, timer: string): void {
    this.#deed(kind, seq, at)
    this.out.count(this.#names.number(timer))
  }

  timerSet(seq: number, at: number, timer: string, due: number): void {
    this.#deed('timer.set', seq, at)
    this.out.count(this.#names.number(timer))
    this.out.double(due)
  }

  ended(seq: number, at: number, { status, output, error }: ActorEnd): void {
    this.#deed('actor.ended', seq, at)
    this.out.byte(statuses.indexOf(status))
    this.#values.write(this.out, status === 'error' ? errorText(error) : output)
  }

  /** Whether another deed may be added to the entry, of which `longest` bytes are taken: half of them at the most are used. */
  hasRoom(longest: number): boolean {
    return this.#records < mostRecords && this.last < longest / 2
  }

  /** Bytes of the last entry. */
  get last(): number {
    return this.out.length - this.#from
  }

  /** The last entry was not to be written. @returns how many records it was. */
  takeBack(): number {
    this.out.length = this.#from
    return this.#records
  }

  #begin(seq: number, at: number, whose: number): void {
    const { out } = this
    this.#from = out.length
    this.#records = 0
    this.#seq = seq
    this.#at = at
    out.reserve(fixedBytes)
    out.skip(headBytes)
    out.count(seq)
    out.double(at)
    out.count(whose)
  }

  #deed(kind: DeedKind, seq: number, at: number): void {
    const { out } = this
    this.#records++
    out.reserve(fixedBytes)
    const isOther = at !== this.#at
    out.byte(deedNumbers[kind] | (isOther ? otherInstant : 0))
    out.count(seq - this.#seq)
    if (isOther) out.double(at)
  }

  /** All datagrams of a socket have one local address, the same object; and there are as many as addresses of ours. */
  #localNumber(endpoint: Endpoint): number {
    if (this.#local?.endpoint !== endpoint)
      this.#local = { endpoint, number: this.#names.number(endpointText(endpoint)) }
    return this.#local.number
  }
}

export class RecordReader {
  readonly #names: Names
  readonly #values: Values
  readonly #inputs: Inputs
  /** The message that was taken last before what is being read. */
  #taken: Buffer | undefined

  constructor(names: Names, values: Values, inputs: Inputs) {
    this.#names = names
    this.#values = values
    this.#inputs = inputs
  }

  /** All records in `bytes`, as they were written. */
  *all(bytes: Buffer): Iterable<StoredRecord> {
    this.#taken = undefined
    for (let offset = 0; offset < bytes.length; offset += lengthAt(bytes, offset))
      yield* this.#entry(new ByteReader(bytes, offset + headBytes), recordsAt(bytes, offset))
  }

  *#entry(from: ByteReader, records: number): Iterable<StoredRecord> {
    const written = { seq: from.count(), at: from.double() }
    const whose = from.count()
    if (whose === ofMessage) yield { kind: 'message', ...written, ...this.#message(from) }
    else for (let left = records; left > 0; left--) yield this.#deed(from, { ...written, actor: whose - 1 })
  }

  #deed(from: ByteReader, first: OfActor): StoredRecord {
    const byte = from.byte()
    const kind = deeds[byte & ~otherInstant] ?? 'actor.ended'
    const seq = first.seq + from.count()
    const at = byte & otherInstant ? from.double() : first.at
    const deed = { ...first, seq, at }
    switch (kind) {
      case 'actor.started':
        return { kind, ...deed, ...this.#start(from) }
      case 'actor.stepped':
        return { kind, ...deed, ...this.#step(from, at) }
      case 'timer.set':
        return { kind, ...deed, timer: this.#name(from), due: from.double() }
      case 'timer.fired':
      case 'timer.cancelled':
        return { kind, ...deed, timer: this.#name(from) }
      case 'actor.ended':
        return { kind, ...deed, ...this.#ending(from) }
    }
  }

  #message(from: ByteReader): Omit<StoredMessage, 'kind' | 'seq' | 'at'> {
    const flags = from.byte()
    const local = this.#name(from)
    const port = from.count()
    const remote = endpointText({ address: from.wire(), port })
    const cut = flags & 4 ? { cutFrom: from.count() } : {}
    const transport = transports[flags & 2 ? 1 : 0] ?? 'UDP'
    const bytes = Buffer.from(from.raw())
    const direction = flags & 1 ? 'out' : 'in'
    if (direction === 'in') this.#taken = bytes
    return { direction, transport, local, remote, ...cut, bytes }
  }

  #start(from: ByteReader): Omit<StoredStart, 'kind' | 'seq' | 'at' | 'actor'> {
    const parent = from.count()
    const machine = this.#name(from)
    const state = this.#name(from)
    const flags = from.byte()
    const key = flags === inMessage ? this.#keyOfTaken() : writtenKey(from, flags)
    const number = from.count()
    const input = number === 0 ? this.#values.read(from) : this.#inputs.value(number)
    return { parent, machine, state, named: (flags & 8) !== 0, key, input }
  }

  #keyOfTaken(): WrittenKey {
    const parsed = this.#taken === undefined ? undefined : parseMessage(this.#taken, { limits: streamLimits })
    return parsed?.ok === true && parsed.message instanceof SipRequest ? serverActorKey(parsed.message) : unknownKey
  }

  #step(from: ByteReader, at: number): { state: string; event: { type: string } } {
    const state = this.#name(from)
    const type = this.#name(from)
    const now = from.byte() === 1 ? { at } : {}
    return { state, event: { type, ...now, ...this.#values.readFields(from) } }
  }

  #ending(from: ByteReader): ActorEnd {
    const status = statuses[from.byte()] ?? 'stopped'
    const value = this.#values.read(from)
    if (status === 'error') return { status, error: value }
    return value === null ? { status } : { status, output: value }
  }

  #name(from: ByteReader): string {
    return this.#names.text(from.count())
  }
}

function writtenKey(from: ByteReader, flags: number): WrittenKey {
  return {
    ...(flags & 1 && { branch: from.wire() }),
    ...(flags & 2 && { callId: from.wire() }),
    ...(flags & 4 && { deviceId: from.wire() }),
  }
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))
