/**
 * Records as bytes and back.
 *
 * A record begins with its length (32 bits), its kind, number and instant; the rest is as its kind wants it. An actor
 * stands there by the number of its birth. Messages stand as they went over the wire: what leaves the process is redacted
 * when it is read (`redact.ts`).
 */
import { type Endpoint, endpointText, type Flow, type Transport } from '../../engine/network.ts'
import type { ActorEnd } from '../../statechart/index.ts'
import { lengthAt } from './arena.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Inputs } from './inputs.ts'
import type { Names } from './names.ts'
import type { Values } from './values.ts'

const kinds = [
  'message',
  'actor.started',
  'actor.stepped',
  'timer.set',
  'timer.fired',
  'timer.cancelled',
  'actor.ended',
] as const
const kindNumbers = Object.fromEntries(kinds.map((kind, index) => [kind, index])) as Record<Kind, number>
const statuses = ['done', 'stopped', 'error'] as const
const transports: readonly Transport[] = ['UDP', 'TCP']

type Kind = (typeof kinds)[number]

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
interface Start extends Omit<StoredStart, 'kind' | 'seq' | 'at' | 'key'> {
  readonly key: Readonly<Record<keyof WrittenKey, string | undefined>>
}

/** More than the numbers of any record come to, its texts and values aside. */
const fixedBytes = 256
/** Bytes of a record before what its kind adds, and of a message record beside the message. */
const head = 4
const messageOverhead = 128

export class RecordWriter {
  readonly out = new ByteWriter()
  readonly #names: Names
  readonly #values: Values
  readonly #inputs: Inputs
  /** Where the record begins that is being written. */
  #from = 0
  #local: { readonly endpoint: Endpoint; readonly number: number } | undefined

  constructor(names: Names, values: Values, inputs: Inputs) {
    this.#names = names
    this.#values = values
    this.#inputs = inputs
  }

  /** @param longest what the whole record may have: a longer message is cut. */
  message(seq: number, at: number, direction: 'in' | 'out', flow: Flow, bytes: Buffer, longest: number): void {
    const { out } = this
    this.#begin('message', seq, at)
    const kept = Math.min(bytes.length, Math.max(0, longest - messageOverhead))
    const isCut = kept < bytes.length
    out.byte((direction === 'out' ? 1 : 0) | (flow.transport === 'TCP' ? 2 : 0) | (isCut ? 4 : 0))
    out.count(this.#localNumber(flow.local))
    out.count(flow.remote.port)
    out.wire(flow.remote.address)
    if (isCut) out.count(bytes.length)
    out.raw(bytes, kept)
    this.#end()
  }

  started(seq: number, at: number, start: Start): void {
    const { out } = this
    const { branch, callId, deviceId } = start.key
    const input = this.#inputs.number(start.machine, start.input)
    this.#begin('actor.started', seq, at)
    out.count(start.actor)
    out.count(start.parent)
    out.count(this.#names.number(start.machine))
    out.count(this.#names.number(start.state))
    const has = (part: unknown, bit: number) => (part === undefined ? 0 : bit)
    out.byte(has(branch, 1) | has(callId, 2) | has(deviceId, 4) | (start.named ? 8 : 0))
    if (branch !== undefined) out.wire(branch)
    if (callId !== undefined) out.wire(callId)
    if (deviceId !== undefined) out.wire(deviceId)
    out.count(input)
    if (input === 0) this.#values.write(out, start.input)
    this.#end()
  }

  /** The instant in the event is left out where it is that of the record. */
  stepped(seq: number, at: number, actor: number, event: { type: string; at?: unknown }, state: string): void {
    const { out } = this
    this.#begin('actor.stepped', seq, at)
    out.count(actor)
    out.count(this.#names.number(state))
    out.count(this.#names.number(event.type))
    const isNow = event.at === at
    out.byte(isNow ? 1 : 0)
    this.#values.writeFields(out, event, undefined, 'type', isNow ? 'at' : undefined)
    this.#end()
  }

  timer(kind: 'timer.fired' | 'timer.cancelled', seq: number, at: number, actor: number, timer: string): void {
    this.#begin(kind, seq, at)
    this.out.count(actor)
    this.out.count(this.#names.number(timer))
    this.#end()
  }

  timerSet(seq: number, at: number, actor: number, timer: string, due: number): void {
    this.#begin('timer.set', seq, at)
    this.out.count(actor)
    this.out.count(this.#names.number(timer))
    this.out.double(due)
    this.#end()
  }

  ended(seq: number, at: number, actor: number, { status, output, error }: ActorEnd): void {
    this.#begin('actor.ended', seq, at)
    this.out.count(actor)
    this.out.byte(statuses.indexOf(status))
    this.#values.write(this.out, status === 'error' ? errorText(error) : output)
    this.#end()
  }

  /** Bytes of the last record. */
  get last(): number {
    return this.out.length - this.#from
  }

  /** The last record was not to be written. */
  takeBack(): void {
    this.out.length = this.#from
  }

  #begin(kind: Kind, seq: number, at: number): void {
    const { out } = this
    this.#from = out.length
    out.reserve(fixedBytes)
    out.skip(head)
    out.byte(kindNumbers[kind])
    out.count(seq)
    out.double(at)
  }

  #end(): void {
    this.out.uint32At(this.#from, this.out.length - this.#from)
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

  constructor(names: Names, values: Values, inputs: Inputs) {
    this.#names = names
    this.#values = values
    this.#inputs = inputs
  }

  /** All records in `bytes`, as they were written. */
  *all(bytes: Buffer): Iterable<StoredRecord> {
    for (let offset = 0; offset < bytes.length; offset += lengthAt(bytes, offset))
      yield this.#read(new ByteReader(bytes, offset + head))
  }

  #read(from: ByteReader): StoredRecord {
    const kind = kinds[from.byte()] ?? 'actor.ended'
    const written = { seq: from.count(), at: from.double() }
    if (kind === 'message') return { kind, ...written, ...this.#message(from) }
    const ofActor = { ...written, actor: from.count() }
    switch (kind) {
      case 'actor.started':
        return { kind, ...ofActor, ...this.#start(from) }
      case 'actor.stepped':
        return { kind, ...ofActor, ...this.#step(from, written.at) }
      case 'timer.set':
        return { kind, ...ofActor, timer: this.#name(from), due: from.double() }
      case 'timer.fired':
      case 'timer.cancelled':
        return { kind, ...ofActor, timer: this.#name(from) }
      case 'actor.ended':
        return { kind, ...ofActor, ...this.#ending(from) }
    }
  }

  #message(from: ByteReader): Omit<StoredMessage, 'kind' | 'seq' | 'at'> {
    const flags = from.byte()
    const local = this.#name(from)
    const port = from.count()
    const remote = endpointText({ address: from.wire(), port })
    const cut = flags & 4 ? { cutFrom: from.count() } : {}
    const transport = transports[flags & 2 ? 1 : 0] ?? 'UDP'
    return { direction: flags & 1 ? 'out' : 'in', transport, local, remote, ...cut, bytes: Buffer.from(from.raw()) }
  }

  #start(from: ByteReader): Omit<StoredStart, 'kind' | 'seq' | 'at' | 'actor'> {
    const parent = from.count()
    const machine = this.#name(from)
    const state = this.#name(from)
    const flags = from.byte()
    const key = {
      ...(flags & 1 && { branch: from.wire() }),
      ...(flags & 2 && { callId: from.wire() }),
      ...(flags & 4 && { deviceId: from.wire() }),
    }
    const number = from.count()
    const input = number === 0 ? this.#values.read(from) : this.#inputs.value(number)
    return { parent, machine, state, named: (flags & 8) !== 0, key, input }
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

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))
