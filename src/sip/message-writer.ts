/**
 * Texts to the bytes of one message, checked as they are written.
 *
 * Character by character into memory that is cut up for one message after the other: no text of the whole message is made
 * first. As a concatenation it would be some fifty objects, to be put together twice, once for the check and once for
 * the bytes, in three calls into the runtime.
 */
import type { Wire } from './text.ts'

const LF = 0x0a
const CR = 0x0d
/** A message keeps the whole slab that it is cut from, as it does with Node's own pool. */
const slabBytes = 16 * 1024
/** Below this a new slab is begun: most messages fit. */
const usualBytes = 1024

export class MessageWriter {
  #slab = Buffer.allocUnsafeSlow(slabBytes)
  #from = 0
  #length = 0

  begin(): void {
    if (this.#slab.length - this.#from < usualBytes) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes)
      this.#from = 0
    }
    this.#length = this.#from
  }

  /** What may stand inside a line. @throws TypeError for a line break, and for what is no byte */
  text(text: Wire): void {
    const { length } = text
    const to = this.#reserve(length)
    const slab = this.#slab
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code === LF || code === CR || code > 0xff) throw unprintable(code)
      slab[to + index] = code
    }
    this.#length = to + length
  }

  /** What may have line breaks: the parts of a line that are ours, a body. @throws TypeError for what is no byte */
  lines(text: Wire): void {
    const { length } = text
    const to = this.#reserve(length)
    const slab = this.#slab
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0xff) throw unprintable(code)
      slab[to + index] = code
    }
    this.#length = to + length
  }

  bytes(bytes: Uint8Array): void {
    const to = this.#reserve(bytes.length)
    this.#slab.set(bytes, to)
    this.#length = to + bytes.length
  }

  /** The message. */
  end(): Buffer {
    const from = this.#from
    this.#from = this.#length
    return this.#slab.subarray(from, this.#length)
  }

  /** @returns where the next bytes go */
  #reserve(bytes: number): number {
    if (this.#length + bytes > this.#slab.length) this.#moveOn(bytes)
    return this.#length
  }

  /** To a slab with room for as much again, with what is written of the message. */
  #moveOn(bytes: number): void {
    const written = this.#length - this.#from
    const slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, 2 * (written + bytes)))
    this.#slab.copy(slab, 0, this.#from, this.#length)
    this.#slab = slab
    this.#from = 0
    this.#length = written
  }
}

/** Anything else would be another message than the one that was meant. */
const unprintable = (code: number): TypeError => new TypeError(code > 0xff ? notOneByte : lineBreak)

export const lineBreak = 'a line break inside a header line'
export const notOneByte = 'a header line is one byte a character: use toWire'
