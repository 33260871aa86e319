/**
 * A stream of bytes to messages: RFC 3261 section 18.3, with the keepalives of RFC 5626 section 3.5.1.
 *
 * Owns the bytes of one connection that are not yet a message. The work is linear in the bytes, however they are cut
 * into segments. Content-Length alone says where a message ends, so a head whose length cannot be known ends the
 * connection: one fatal rejection, then nothing more. A message that is framed but wrong is rejected alone. Knows no
 * socket and no time: who holds a connection that never completes a message decides how long.
 */
import { scanHead } from './head.ts'
import { type SipLimits, streamLimits } from './limits.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { contentLengthOf, type ParseNote, parseMessage } from './parse.ts'
import { type Rejection, type RejectionCode, rejectionOf, requestRejection } from './rejection.ts'

export type FramerOutput =
  | {
      readonly type: 'message'
      readonly message: SipRequest | SipResponse
      readonly notes: readonly ParseNote[]
      /** The bytes it was read from. */
      readonly bytes: Buffer
    }
  /** After a fatal one the connection is to be closed: what follows cannot be told apart. */
  | { readonly type: 'rejected'; readonly rejection: Rejection; readonly fatal: boolean; readonly bytes: Buffer }
  /** Two empty lines between messages: answer one (CRLF). At most one for each segment. */
  | { readonly type: 'ping' }

export interface FramerOptions {
  readonly limits?: SipLimits
}

const CR = 0x0d
const LF = 0x0a

/** What a ping is answered with (RFC 5626 3.5.1). */
export const pong: Buffer = Buffer.from('\r\n')

export class StreamFramer {
  readonly #limits: SipLimits
  readonly #pending = new PendingBytes()
  /** Up to where the pending bytes have been searched for the end of the head. */
  #searched = 0
  /** Bytes of the message whose head is complete. */
  #frameLength: number | undefined
  /** Line ends since the last message or ping. */
  #emptyLines = 0
  #closed = false

  constructor(options: FramerOptions = {}) {
    this.#limits = options.limits ?? streamLimits
  }

  /** True after a fatal rejection: further bytes are dropped. */
  get closed(): boolean {
    return this.#closed
  }

  /** Bytes held back until their message is complete. */
  get pendingBytes(): number {
    return this.#pending.length
  }

  /** Takes the next segment, however cut, and returns what it completes, in order. */
  push(segment: Buffer): readonly FramerOutput[] {
    if (this.#closed) return []
    this.#pending.append(segment)
    const outputs: FramerOutput[] = []
    while (!this.#closed) {
      if (this.#frameLength === undefined && !this.#findFrame(outputs)) break
      if (this.#frameLength === undefined || this.#pending.length < this.#frameLength) break
      outputs.push(this.#take(this.#frameLength))
    }
    return outputs
  }

  #take(length: number): FramerOutput {
    const bytes = this.#pending.take(length)
    const parsed = parseMessage(bytes, { limits: this.#limits, strictLength: true })
    this.#frameLength = undefined
    this.#searched = 0
    if (parsed.ok === true) return { type: 'message', message: parsed.message, notes: parsed.notes, bytes }
    // A frame has a start line, so that it is never empty enough to be ignored.
    const rejection = parsed.ok === false ? parsed.rejection : rejectionOf('not-sip', 'an empty frame', 'unknown')
    return { type: 'rejected', rejection, fatal: false, bytes }
  }

  /** Looks for a complete head; true when the next frame is known or the stream has been given up. */
  #findFrame(outputs: FramerOutput[]): boolean {
    if (this.#searched === 0) this.#skipEmptyLines(outputs)
    const end = this.#endOfHead()
    if (end < 0 && this.#pending.length <= this.#limits.head) return false
    if (end < 0 || end > this.#limits.head) outputs.push(this.#fail('head-too-large', this.#limits.head))
    else this.#measure(end, outputs)
    return true
  }

  /** Line ends and NULs between messages are keepalives; two line ends together ask for an answer. */
  #skipEmptyLines(outputs: FramerOutput[]): void {
    const bytes = this.#pending.view
    let at = 0
    let pinged = false
    for (; at < bytes.length; at++) {
      const byte = bytes[at]
      if (byte === LF) this.#emptyLines++
      else if (byte !== CR && byte !== 0) break
      pinged ||= this.#emptyLines === 2
      if (this.#emptyLines === 2) this.#emptyLines = 0
    }
    if (at < bytes.length) this.#emptyLines = 0
    if (pinged && outputs.at(-1)?.type !== 'ping') outputs.push({ type: 'ping' })
    this.#pending.drop(at)
  }

  /** Where the byte after the first empty line stands, or -1; what has been searched is not searched again. */
  #endOfHead(): number {
    const bytes = this.#pending.view
    for (;;) {
      const lf = bytes.indexOf(LF, this.#searched)
      if (lf < 0) {
        this.#searched = bytes.length
        return -1
      }
      const next = bytes[lf + 1] === CR ? lf + 2 : lf + 1
      if (bytes[next] === LF) return next + 1
      // The line end is there, what follows it is not yet: look at it again.
      this.#searched = next < bytes.length ? lf + 1 : lf
      if (next >= bytes.length) return -1
    }
  }

  /** Content-Length says how long the frame is; without one there is no body (protocol/07 section 11). */
  #measure(headEnd: number, outputs: FramerOutput[]): void {
    const head = scanHead(this.#pending.view, headEnd, this.#limits)
    const length = contentLengthOf(head.table)
    if (!/SIP\/\d/i.test(head.startLine)) outputs.push(this.#fail('not-sip', 0))
    else if (typeof length === 'string') outputs.push(this.#fail(length, headEnd))
    else if (head.fault !== undefined) outputs.push(this.#fail(head.fault.code, headEnd))
    else if (headEnd + (length ?? 0) > this.#limits.message) outputs.push(this.#fail('message-too-large', headEnd))
    else this.#frameLength = headEnd + (length ?? 0)
  }

  /** Gives the stream up. The first `headLength` bytes tell whether there is a request to answer. */
  #fail(code: RejectionCode, headLength: number): FramerOutput {
    const head = scanHead(this.#pending.view, headLength, this.#limits)
    const detail = `the stream cannot be cut into messages any more: ${code}`
    const request = / SIP\/\d\.\d$/i.test(head.startLine) && !head.startLine.startsWith('SIP/')
    const method = head.startLine.slice(0, Math.max(head.startLine.indexOf(' '), 0))
    const kind = head.startLine.startsWith('SIP/') ? 'response' : 'unknown'
    const rejection = request ? requestRejection(code, detail, method, head.table) : rejectionOf(code, detail, kind)
    this.#closed = true
    return { type: 'rejected', rejection, fatal: true, bytes: this.#pending.take(this.#pending.length) }
  }
}

/** A queue of bytes in one block that doubles when it is full, so that appending costs the same for every byte. */
class PendingBytes {
  #block: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  /** Valid until the next change. */
  get view(): Buffer {
    return this.#block.subarray(this.#start, this.#end)
  }

  append(bytes: Buffer): void {
    if (this.#end + bytes.length > this.#block.length) this.#grow(bytes.length)
    bytes.copy(this.#block, this.#end)
    this.#end += bytes.length
  }

  /** A copy of the first bytes, which leave the queue. */
  take(length: number): Buffer {
    const taken = Buffer.from(this.view.subarray(0, length))
    this.drop(length)
    return taken
  }

  drop(length: number): void {
    this.#start += length
    if (this.#start < this.#end) return
    this.#start = 0
    this.#end = 0
    // A connection that is idle holds no memory.
    if (this.#block.length > idleBlock) this.#block = Buffer.alloc(0)
  }

  /** Moves what is left to the front of a block that is at least twice as large as it. */
  #grow(more: number): void {
    const held = this.view
    const block = Buffer.allocUnsafeSlow(Math.max(2 * (held.length + more), 1024))
    held.copy(block)
    this.#end = held.length
    this.#start = 0
    this.#block = block
  }
}

const idleBlock = 4096
