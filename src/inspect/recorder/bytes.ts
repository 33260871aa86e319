/**
 * Writing and reading the bytes of a record: numbers and texts.
 *
 * A number takes the same room whatever it is. Shorter ones, of as many bytes as they need, take a loop each, and where a
 * record has ten numbers the code of them is what does not fit into the processor's caches.
 */

/** Characters up to which a text is copied one by one. */
const shortText = 128
/** Room that stays reserved after a text, for its length and the numbers of its record. */
const afterText = 256

/** The bytes of one record while it is written. Grows as needed, and serves every record anew. */
export class ByteWriter {
  #bytes: Buffer
  #view: DataView
  length = 0

  constructor(size = 4096) {
    this.#bytes = Buffer.alloc(size)
    this.#view = viewOf(this.#bytes)
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  /** Makes room for numbers: at least `bytes`. Whoever writes a record says once how much it may come to. */
  reserve(bytes: number): void {
    if (this.length + bytes > this.#bytes.length) this.#grow(bytes)
  }

  /** Within what is reserved. */
  byte(value: number): void {
    this.#bytes[this.length++] = value
  }

  /** Within what is reserved. */
  uint16(value: number): void {
    this.#view.setUint16(this.length, value, true)
    this.length += 2
  }

  /** Within what is reserved. */
  uint32(value: number): void {
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  /** 32 bits at a place that was left for them. */
  uint32At(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true)
  }

  /** Within what is reserved. */
  double(value: number): void {
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** Within what is reserved. */
  skip(bytes: number): void {
    this.length += bytes
  }

  /** A text of which each character is a byte, as all texts of SIP messages here. */
  wire(text: string): void {
    const { length } = text
    this.reserve(length + afterText)
    this.uint32(length)
    const bytes = this.#bytes
    const from = this.length
    // A call into the runtime costs more than a short text.
    if (length > shortText) bytes.write(text, from, length, 'latin1')
    else for (let index = 0; index < length; index++) bytes[from + index] = text.charCodeAt(index)
    this.length = from + length
  }

  text(text: string): void {
    const start = this.length
    if (text.length <= shortText && this.#ascii(text)) return
    this.length = start
    const length = Buffer.byteLength(text)
    this.reserve(length + afterText)
    this.uint32(length)
    this.#bytes.write(text, this.length, length, 'utf8')
    this.length += length
  }

  /** False, and half written, where it is no ASCII. */
  #ascii(text: string): boolean {
    const { length } = text
    this.reserve(length + afterText)
    this.uint32(length)
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return false
      this.#bytes[this.length++] = code
    }
    return true
  }

  raw(bytes: Uint8Array, length = bytes.length): void {
    this.reserve(length + afterText)
    this.uint32(length)
    this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.length)
    this.length += length
  }

  #grow(bytes: number): void {
    const grown = Buffer.alloc(Math.max(2 * this.#bytes.length, this.length + bytes))
    this.#bytes.copy(grown, 0, 0, this.length)
    this.#bytes = grown
    this.#view = viewOf(grown)
  }
}

/** Reads what a `ByteWriter` wrote, in the same order. */
export class ByteReader {
  readonly #bytes: Buffer
  offset: number

  constructor(bytes: Buffer, offset = 0) {
    this.#bytes = bytes
    this.offset = offset
  }

  byte(): number {
    return this.#bytes.readUInt8(this.offset++)
  }

  uint16(): number {
    this.offset += 2
    return this.#bytes.readUInt16LE(this.offset - 2)
  }

  uint32(): number {
    this.offset += 4
    return this.#bytes.readUInt32LE(this.offset - 4)
  }

  double(): number {
    this.offset += 8
    return this.#bytes.readDoubleLE(this.offset - 8)
  }

  wire(): string {
    return this.raw().toString('latin1')
  }

  text(): string {
    return this.raw().toString('utf8')
  }

  raw(): Buffer {
    const length = this.uint32()
    this.offset += length
    return this.#bytes.subarray(this.offset - length, this.offset)
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength)
