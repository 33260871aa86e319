/** Plain values in records: what events carry, what actors are given, what they end with. */
import { SipMessage } from '../../sip/message.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'
import type { Names } from './names.ts'

const tags = { null: 0, false: 1, true: 2, count: 3, double: 4, text: 5, list: 6, object: 7, message: 8 } as const

/** Deeper than machines nest. What is deeper is left out. */
const mostLevels = 8
/** More than any object has. What is beyond is left out. */
const mostFields = 0xff

/** How a record refers to a message that was recorded: by its number. */
export interface MessageReference {
  /** 0: it was not recorded. */
  readonly $message: number
}

export class Values {
  readonly #names: Names
  /** The number of the record that has the message. */
  readonly #seqOf: (message: SipMessage) => number

  constructor(names: Names, seqOf: (message: SipMessage) => number) {
    this.#names = names
    this.#seqOf = seqOf
  }

  write(out: ByteWriter, value: unknown, levels = mostLevels): void {
    out.reserve(16)
    switch (typeof value) {
      case 'number':
        return this.#writeNumber(out, value)
      case 'boolean':
        return out.byte(value ? tags.true : tags.false)
      case 'string':
        out.byte(tags.text)
        return out.text(value)
      case 'object':
        if (value !== null && levels > 0) return this.#writeObject(out, value, levels)
    }
    out.byte(tags.null)
  }

  /** An event: its type, whether it happened when its record says so, and else what it has. */
  writeEvent(out: ByteWriter, event: { readonly type: string }, at: number): void {
    out.reserve(8)
    out.uint32(this.#names.number(event.type))
    const counted = out.length
    let isNow = 0
    let fields = 0
    out.skip(2)
    for (const key in event) {
      if (key === 'type') continue
      const value: unknown = (event as Readonly<Record<string, unknown>>)[key]
      if (key === 'at' && value === at) isNow = 1
      else if (fields < mostFields && this.#writeField(out, key, value, mostLevels)) fields++
    }
    out.bytes[counted] = isNow
    out.bytes[counted + 1] = fields
  }

  /** What is undefined is not there. */
  #writeFields(out: ByteWriter, object: object, levels: number): void {
    out.reserve(1)
    const counted = out.length
    let fields = 0
    out.skip(1)
    for (const key in object) {
      const value: unknown = (object as Readonly<Record<string, unknown>>)[key]
      if (fields < mostFields && this.#writeField(out, key, value, levels)) fields++
    }
    out.bytes[counted] = fields
  }

  #writeField(out: ByteWriter, key: string, value: unknown, levels: number): boolean {
    if (value === undefined || typeof value === 'function') return false
    out.reserve(8)
    out.uint32(this.#names.number(key))
    this.write(out, value, levels - 1)
    return true
  }

  read(from: ByteReader): unknown {
    switch (from.byte()) {
      case tags.false:
        return false
      case tags.true:
        return true
      case tags.count:
        return from.uint32()
      case tags.double:
        return from.double()
      case tags.text:
        return from.text()
      case tags.list:
        return Array.from({ length: from.uint32() }, () => this.read(from))
      case tags.object:
        return this.#readFields(from)
      case tags.message:
        return { $message: from.double() } satisfies MessageReference
      default:
        return null
    }
  }

  readEvent(from: ByteReader, at: number): { type: string } {
    const type = this.#names.text(from.uint32())
    const now = from.byte() === 1 ? { at } : {}
    return { type, ...now, ...this.#readFields(from) }
  }

  #readFields(from: ByteReader): Record<string, unknown> {
    const fields: [string, unknown][] = []
    for (let left = from.byte(); left > 0; left--) fields.push([this.#names.text(from.uint32()), this.read(from)])
    return Object.fromEntries(fields)
  }

  #writeNumber(out: ByteWriter, value: number): void {
    const isCount = value >>> 0 === value && !Object.is(value, -0)
    out.byte(isCount ? tags.count : tags.double)
    if (isCount) out.uint32(value)
    else out.double(value)
  }

  #writeObject(out: ByteWriter, value: object, levels: number): void {
    if (value instanceof SipMessage) {
      out.byte(tags.message)
      return out.double(this.#seqOf(value))
    }
    if (Array.isArray(value)) {
      out.byte(tags.list)
      out.uint32(value.length)
      for (const item of value) this.write(out, item, levels - 1)
      return
    }
    out.byte(tags.object)
    this.#writeFields(out, value, levels)
  }
}
