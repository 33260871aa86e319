/**
 * Records as bytes and back.
 *
 * Together are stored, as one entry, what happened in a row to one device: as a rule a message, what its actors did about it,
 * and the answer. An entry begins with its length and how many records it is (`arena.ts`), a number and an instant. Each
 * record adds its kind, how much later than the entry's its number is, its instant where that is another than the last one's,
 * and what its kind wants; a deed also whose it is, as the number of that actor's birth, where that is another's than the
 * last one. Messages stand as they went over the wire: what leaves the process is redacted when it is read (`redact.ts`).
 */
import { branchOf, type OwnKey, serverActorKey } from '../../engine/keys.ts'
import { type Endpoint, endpointText, type Flow, type Transport } from '../../engine/network.ts'
import { streamLimits } from '../../sip/limits.ts'
import { SipRequest } from '../../sip/message.ts'
import { parseMessage } from '../../sip/parse.ts'
import type { ActorEnd } from '../../statechart/index.ts'
import { headBytes, headOf, lengthAt, mostRecords, recordsAt } from './arena.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Inputs } from './inputs.ts'
import type { Names } from './names.ts'
import type { Notes } from './notes.ts'
import type { Values } from './values.ts'

/** What there is, as the byte with which a record begins: a message, or what an actor did. */
export const kinds = {
  message: 0,
  'actor.started': 1,
  'actor.stepped': 2,
  'timer.set': 3,
  'timer.fired': 4,
  'timer.cancelled': 5,
  'actor.ended': 6,
} as const
const kindNames = Object.keys(kinds) as Kind[]
/** Beside the kind: the record has an instant of its own; the actor is another than the last one. */
const otherInstant = 0x80
const otherActor = 0x40
const kindBits = 0x3f
/** Of a message, the first bit of its flags. */
export const directions = { in: 0, out: 1 } as const
/** The number of no actor. */
const nobody = -1
/**
 * Of a start, what its key has, and whether its id is that alone; or that its key is in the message; or that it is a branch
 * of ours, as numbers, and a Call-ID.
 */
const keyFlags = { branch: 1, callId: 2, deviceId: 4, named: 8, inMessage: 16, own: 32 } as const
const statuses = ['done', 'stopped', 'error'] as const
const transports: readonly Transport[] = ['UDP', 'TCP']

type Kind = keyof typeof kinds

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

/** How the last actor of a machine began: as a rule the next one begins in the same state, with the very same object. */
interface UsualStart {
  readonly state: string
  readonly input: unknown
  readonly numbers: { readonly machine: number; readonly state: number; readonly input: number }
}

/** More than the numbers of any record come to, its texts and values aside. */
const fixedBytes = 256
/** Bytes of an entry with one message beside the message. */
export const messageOverhead = 128
/**
 * Bytes from which nothing is added to an entry. Entries make room as a whole: long ones would leave a device with less
 * history than it may have.
 */
const fullEntry = 1024
/** By how much the number of a record may be later than its entry's. */
const latest = 0xffff

export class RecordWriter {
  readonly out = new ByteWriter()
  readonly #names: Names
  readonly #values: Values
  readonly #inputs: Inputs
  /** By machine. */
  readonly #starts = new Map<string, UsualStart>()
  /** Of the entry that is being written: where it begins and where its last record does, how many records it is. */
  #from = 0
  #recordFrom = 0
  #records = 0
  /** Its number; the instant of its last record; and whose its last deed is. */
  #seq = 0
  #at = 0
  #actor = nobody
  #local: { readonly endpoint: Endpoint; readonly number: number } | undefined

  constructor(names: Names, values: Values, inputs: Inputs) {
    this.#names = names
    this.#values = values
    this.#inputs = inputs
  }

  /** The number and the instant are those of the first record. */
  begin(seq: number, at: number): void {
    const { out } = this
    this.#from = out.length
    this.#records = 0
    this.#seq = seq
    this.#at = at
    this.#actor = nobody
    out.reserve(fixedBytes)
    out.skip(headBytes)
    out.double(seq)
    out.double(at)
  }

  end(): void {
    this.out.uint32At(this.#from, headOf(this.length, this.#records))
    this.#actor = nobody
  }

  /** Bytes of the entry. */
  get length(): number {
    return this.out.length - this.#from
  }

  /** Whether a record of this number may be added. */
  takes(seq: number): boolean {
    const later = seq - this.#seq
    return later >= 0 && later <= latest && this.#records < mostRecords && this.length < fullEntry
  }

  /** The last record was not to be written. */
  takeBack(): void {
    this.out.length = this.#recordFrom
    this.#records--
  }

  /**
   * @param longest what the whole record may have: a longer message is cut.
   * @returns whether it is written whole.
   */
  message(notes: Notes, note: number, longest: number): boolean {
    const { out } = this
    const bytes = notes.first<Buffer>(note)
    const flow = notes.second<Flow>(note)
    const direction = notes.figure(note)
    const kept = Math.min(bytes.length, longest - messageOverhead)
    const isCut = kept < bytes.length
    this.#record(kinds.message, notes, note)
    out.byte(direction | (flow.transport === 'TCP' ? 2 : 0) | (isCut ? 4 : 0))
    out.uint32(this.#localNumber(flow.local))
    out.uint16(flow.remote.port)
    out.wire(flow.remote.address)
    if (isCut) out.uint32(bytes.length)
    out.raw(bytes, kept)
    return !isCut
  }

  /** What an actor does, whatever it is: what its kind wants is to follow. */
  deed(kind: number, actor: number, notes: Notes, note: number): void {
    const isOther = actor !== this.#actor
    this.#record(isOther ? kind | otherActor : kind, notes, note)
    if (!isOther) return
    this.#actor = actor
    this.out.double(actor)
  }

  /**
   * All of a start but the key, which is to follow.
   *
   * @param parent the number of its parent; 0 where it has none.
   */
  started(machine: string, parent: number, state: string, input: unknown): void {
    const { out } = this
    const { numbers } = this.#usual(machine, state, input)
    out.double(parent)
    out.uint32(numbers.machine)
    out.uint32(numbers.state)
    out.uint16(numbers.input)
    if (numbers.input === 0) this.#values.write(out, input)
  }

  /** The key is that of the request that was taken last, and is not written a second time. */
  keyInMessage(): void {
    this.out.byte(keyFlags.inMessage)
  }

  ownKey({ first, second, callId }: OwnKey): void {
    const { out } = this
    out.byte(keyFlags.own)
    out.uint32(first)
    out.uint32(second)
    out.wire(callId)
  }

  /** @param named its id is its key alone, without the number of its birth. */
  key({ branch, callId, deviceId }: WrittenKey, named: boolean): void {
    const { out } = this
    const has = (part: unknown, flag: number) => (part === undefined ? 0 : flag)
    out.byte(
      has(branch, keyFlags.branch) |
        has(callId, keyFlags.callId) |
        has(deviceId, keyFlags.deviceId) |
        (named ? keyFlags.named : 0),
    )
    if (branch !== undefined) out.wire(branch)
    if (callId !== undefined) out.wire(callId)
    if (deviceId !== undefined) out.wire(deviceId)
  }

  #usual(machine: string, state: string, input: unknown): UsualStart {
    const last = this.#starts.get(machine)
    if (last !== undefined && last.input === input && last.state === state) return last
    const numbers = {
      machine: this.#names.number(machine),
      state: this.#names.number(state),
      input: this.#inputs.number(input),
    }
    const usual = { state, input, numbers }
    this.#starts.set(machine, usual)
    return usual
  }

  stepped(state: string, event: { readonly type: string }, at: number): void {
    this.out.uint32(this.#names.number(state))
    this.#values.writeEvent(this.out, event, at)
  }

  timer(timer: string): void {
    this.out.uint32(this.#names.number(timer))
  }

  due(due: number): void {
    this.out.double(due)
  }

  ended({ status, output, error }: ActorEnd): void {
    this.out.byte(statuses.indexOf(status))
    this.#values.write(this.out, status === 'error' ? errorText(error) : output)
  }

  /** Reads number and instant itself: handed over, each would be made an object. */
  #record(kind: number, notes: Notes, note: number): void {
    const { out } = this
    const seq = notes.seq(note)
    const at = notes.at(note)
    this.#recordFrom = out.length
    this.#records++
    out.reserve(fixedBytes)
    const isOther = at !== this.#at
    out.byte(isOther ? kind | otherInstant : kind)
    out.uint16(seq - this.#seq)
    if (!isOther) return
    this.#at = at
    out.double(at)
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
    const first = from.double()
    let at = from.double()
    let actor = 0
    for (let left = records; left > 0; left--) {
      const byte = from.byte()
      const seq = first + from.uint16()
      if (byte & otherInstant) at = from.double()
      if (byte & otherActor) actor = from.double()
      yield this.#record(from, kindNames[byte & kindBits] ?? 'message', { seq, at, actor })
    }
  }

  #record(from: ByteReader, kind: Kind, of: OfActor): StoredRecord {
    switch (kind) {
      case 'message':
        return { kind, seq: of.seq, at: of.at, ...this.#message(from) }
      case 'actor.started':
        return { kind, ...of, ...this.#start(from) }
      case 'actor.stepped':
        return { kind, ...of, ...this.#step(from, of.at) }
      case 'timer.set':
        return { kind, ...of, timer: this.#name(from), due: from.double() }
      case 'timer.fired':
      case 'timer.cancelled':
        return { kind, ...of, timer: this.#name(from) }
      case 'actor.ended':
        return { kind, ...of, ...this.#ending(from) }
    }
  }

  #message(from: ByteReader): Omit<StoredMessage, 'kind' | 'seq' | 'at'> {
    const flags = from.byte()
    const local = this.#name(from)
    const port = from.uint16()
    const remote = endpointText({ address: from.wire(), port })
    const cut = flags & 4 ? { cutFrom: from.uint32() } : {}
    const transport = transports[flags & 2 ? 1 : 0] ?? 'UDP'
    const bytes = Buffer.from(from.raw())
    const direction = flags & 1 ? 'out' : 'in'
    if (direction === 'in') this.#taken = bytes
    return { direction, transport, local, remote, ...cut, bytes }
  }

  #start(from: ByteReader): Omit<StoredStart, 'kind' | 'seq' | 'at' | 'actor'> {
    const parent = from.double()
    const machine = this.#name(from)
    const state = this.#name(from)
    const number = from.uint16()
    const input = number === 0 ? this.#values.read(from) : this.#inputs.value(number)
    const flags = from.byte()
    const key = flags === keyFlags.inMessage ? this.#keyOfTaken() : writtenKey(from, flags)
    return { parent, machine, state, named: (flags & keyFlags.named) !== 0, key, input }
  }

  #keyOfTaken(): WrittenKey {
    const parsed = this.#taken === undefined ? undefined : parseMessage(this.#taken, { limits: streamLimits })
    return parsed?.ok === true && parsed.message instanceof SipRequest ? serverActorKey(parsed.message) : unknownKey
  }

  #step(from: ByteReader, at: number): { state: string; event: { type: string } } {
    return { state: this.#name(from), event: this.#values.readEvent(from, at) }
  }

  #ending(from: ByteReader): ActorEnd {
    const status = statuses[from.byte()] ?? 'stopped'
    const value = this.#values.read(from)
    if (status === 'error') return { status, error: value }
    return value === null ? { status } : { status, output: value }
  }

  #name(from: ByteReader): string {
    return this.#names.text(from.uint32())
  }
}

function writtenKey(from: ByteReader, flags: number): WrittenKey {
  if (flags & keyFlags.own) return { branch: branchOf(from.uint32(), from.uint32()), callId: from.wire() }
  return {
    ...(flags & keyFlags.branch && { branch: from.wire() }),
    ...(flags & keyFlags.callId && { callId: from.wire() }),
    ...(flags & keyFlags.deviceId && { deviceId: from.wire() }),
  }
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))
