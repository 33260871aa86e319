/** Writing and reading the bytes of a record: numbers, texts and plain values, as short as they come. */

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

  byte(value: number): void {
    this.#need(1)
    this.#bytes[this.length++] = value
  }

  /** A number of 0 to 2^53: seven bits a byte, the lowest first. */
  count(value: number): void {
    this.#need(8)
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.length++] = (rest % 0x80) | 0x80
    this.#bytes[this.length++] = rest
  }

  /** 32 bits at a place that was left for them. */
  uint32At(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true)
  }

  double(value: number): void {
    this.#need(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  skip(bytes: number): void {
    this.#need(bytes)
    this.length += bytes
  }

  /** A text of which each character is a byte, as all texts of SIP messages here. */
  wire(text: string): void {
    this.count(text.length)
    this.#need(text.length)
    const { length } = text
    // A call into the runtime costs more than a short text.
    if (length > 24) this.#bytes.write(text, this.length, length, 'latin1')
    else for (let index = 0; index < length; index++) this.#bytes[this.length + index] = text.charCodeAt(index)
    this.length += length
  }

  text(text: string): void {
    const length = Buffer.byteLength(text)
    this.count(length)
    this.#need(length)
    this.#bytes.write(text, this.length, length, 'utf8')
    this.length += length
  }

  raw(bytes: Uint8Array, length = bytes.length): void {
    this.count(length)
    this.#need(length)
    this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.length)
    this.length += length
  }

  #need(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return
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

  count(): number {
    let [value, unit] = [0, 1]
    for (let byte = this.byte(); ; byte = this.byte(), unit *= 0x80) {
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
    }
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
    const length = this.count()
    this.offset += length
    return this.#bytes.subarray(this.offset - length, this.offset)
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength)
