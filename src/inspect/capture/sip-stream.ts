/**
 * SIP out of one direction of a TCP connection that a capture has, perhaps, only pieces of.
 *
 * `StreamFramer` cuts the messages (RFC 3261 section 18.3). A live connection is closed where it cannot; a capture goes on,
 * from the next start line: after a gap, in mid-stream, behind a wrong Content-Length. Streams that are not SIP pass
 * through and leave nothing. The work is linear in the bytes.
 */
import { type FramerOutput, StreamFramer } from '../../sip/framing.ts'
import type { ParseResult } from '../../sip/parse.ts'
import { bodyStart, isKnownStart, isStartLine, lineAt, maxLine, resynchronise } from './start-line.ts'
import type { Frame, SkipCode } from './types.ts'

export interface StreamUser {
  /** `frame`: the one in which the last byte of it arrived. */
  message(frame: Frame, bytes: Buffer, parsed: ParseResult): void
  skip(frame: number, why: SkipCode, detail: string): void
}

/** A fatal rejection copies what the framer holds: pieces of this size keep that in proportion. */
const pieceSize = 4096

const LF = 0x0a
const nothing: Buffer = Buffer.alloc(0)

export class SipStream {
  readonly #user: StreamUser
  #framer: StreamFramer | undefined
  /** While looking for a start line: the last line, which has not ended yet. */
  #line = nothing
  /** The latest frame that the framer holds bytes of. */
  #heldFrame: Frame | undefined
  /** A message has been read: what cannot be read is a broken message, not another protocol. */
  #isSip = false
  /** The start line stood at the beginning of a segment, where a sender of SIP puts it. */
  #atSegment = false

  constructor(user: StreamUser) {
    this.#user = user
  }

  get isSip(): boolean {
    return this.#isSip
  }

  /** The next bytes of the stream, which `frame` brought. */
  push(segment: Buffer, frame: Frame): void {
    if (this.#framer === undefined && this.#startsWith(segment)) {
      this.#line = nothing
      this.#heldFrame = undefined
      this.#begin(true)
    }
    for (let at = 0; at < segment.length; at += pieceSize) {
      let rest: Buffer | undefined = segment.subarray(at, at + pieceSize)
      while (rest !== undefined)
        rest = this.#framer === undefined ? this.#find(rest, frame) : this.#frame(this.#framer, rest, frame)
    }
  }

  /** Bytes are missing from here on. `at`: the frame after which they are. */
  gap(why: SkipCode, detail: string, at = this.#heldFrame): void {
    if (this.#framer !== undefined && this.#framer.pendingBytes > 0 && at !== undefined && this.#trusted) {
      this.#user.skip(at.number, why, detail)
    }
    this.#framer = undefined
    this.#line = nothing
    this.#heldFrame = undefined
  }

  /** A method that nobody knows may be the rest of one whose first letters came before. */
  #startsWith(segment: Buffer): boolean {
    return isKnownStart(segment, 0) || (this.#line.length === 0 && isStartLine(lineAt(segment, 0) ?? ''))
  }

  get #trusted(): boolean {
    return this.#isSip || this.#atSegment
  }

  #begin(atSegment: boolean): void {
    this.#framer = new StreamFramer()
    this.#atSegment = atSegment
  }

  /** Looks for a start line; what follows, it included, is for the framer. */
  #find(bytes: Buffer, frame: Frame): Buffer | undefined {
    const view = this.#line.length === 0 ? bytes : Buffer.concat([this.#line, bytes])
    const start = resynchronise(view)
    if (start >= 0) {
      if (start >= this.#line.length) this.#heldFrame = undefined
      this.#line = nothing
      this.#begin(false)
      return view.subarray(start)
    }
    const lineStart = view.lastIndexOf(LF) + 1
    this.#heldFrame = lineStart < this.#line.length ? later(this.#heldFrame, frame) : frame
    this.#line = view.length - lineStart > maxLine ? nothing : view.subarray(lineStart)
    return undefined
  }

  /** Gives the framer bytes; returns those that it could not frame and that are to be searched again. */
  #frame(framer: StreamFramer, bytes: Buffer, frame: Frame): Buffer | undefined {
    let last = later(this.#heldFrame, frame)
    let rest: Buffer | undefined
    for (const output of framer.push(bytes)) {
      if (output.type === 'ping') continue
      if (output.type === 'rejected' && output.fatal) rest = this.#resume(output, last)
      else this.#message(last, output)
      // Only the first message can have begun in an earlier segment.
      last = frame
    }
    this.#heldFrame = framer.pendingBytes > 0 ? last : undefined
    return rest
  }

  #message(frame: Frame, output: Exclude<FramerOutput, { type: 'ping' }>): void {
    if (output.type === 'message') {
      this.#isSip = true
      this.#user.message(frame, output.bytes, { ok: true, message: output.message, notes: output.notes })
    } else if (this.#trusted) {
      this.#user.message(frame, output.bytes, { ok: false, rejection: output.rejection })
    }
  }

  /** What the framer gave up at: a message without a usable length, or no message at all. What to search on. */
  #resume({ rejection, bytes }: Extract<FramerOutput, { type: 'rejected' }>, frame: Frame): Buffer {
    this.#framer = undefined
    if (rejection.code === 'not-sip') {
      const detail = 'what follows a message is no message: its Content-Length may be wrong'
      if (this.#isSip) this.#user.skip(frame.number, 'stream-out-of-step', detail)
      return bytes
    }
    const end = bodyStart(bytes)
    const head = end < 0 ? bytes : bytes.subarray(0, end)
    if (this.#trusted) this.#user.message(frame, head, { ok: false, rejection })
    return bytes.subarray(head.length)
  }
}

const later = (held: Frame | undefined, frame: Frame): Frame =>
  held === undefined || held.number < frame.number ? frame : held
