/**
 * TCP segments to streams: RFC 9293 section 3.10, seen from beside the connection.
 *
 * Out of order, retransmitted, overlapping (the first bytes seen count), begun before the capture, with segments that the
 * capture never saw. Bounded: `maxHeld` segments wait for a gap to be filled. Knows no SIP; trusts no acknowledgement, since
 * segments and acknowledgements are captured in either order.
 */
import { missingBytes, type TcpSegment } from './ip.ts'
import { SipStream, type StreamUser } from './sip-stream.ts'
import type { Frame } from './types.ts'

interface Held {
  readonly sequence: number
  readonly payload: Buffer
  readonly frame: Frame
}

/** Segments that wait, in each direction; the largest windows in use hold about as many. */
const maxHeld = 1024

/** A sequence number further away than any window is another connection's on the same ports. */
const farAway = 2 ** 24

/** How far `to` is after `from`; sequence numbers go round at 2^32. */
const distance = (from: number, to: number): number => (to - from) | 0

/** One direction of a connection. */
export class TcpDirection {
  readonly #stream: SipStream
  #next = 0
  /** Where the stream began: a SYN before it again is a retransmission, or was captured late. */
  #first: number | undefined
  /** In the order of their sequence numbers, all after `#next`. */
  readonly #held: Held[] = []

  constructor(user: StreamUser) {
    this.#stream = new SipStream(user)
  }

  get isSip(): boolean {
    return this.#stream.isSip
  }

  segment(segment: TcpSegment): void {
    const { frame, payload, missing } = segment
    const sequence = segment.syn ? (segment.sequence + 1) >>> 0 : segment.sequence
    if (segment.syn && sequence !== this.#first) this.#restart(sequence)
    if (payload.length + missing === 0) return
    const elsewhere = this.#first === undefined || Math.abs(distance(this.#next, sequence)) > farAway
    if (elsewhere) this.#restart(sequence)
    if (distance(this.#next, sequence) > 0) this.#hold({ sequence, payload, frame })
    else this.#deliver({ sequence, payload, frame })
    if (missing > 0) this.#cut(segment, sequence)
    this.#release()
  }

  /** No more segments come, or those that come belong to another connection. */
  end(): void {
    while (this.#held.length > 0) this.#passGap()
    this.#stream.gap('stream-incomplete', 'the rest of this message is not in the capture')
  }

  #restart(sequence: number): void {
    this.end()
    this.#next = sequence
    this.#first = sequence
  }

  /** Bytes up to `#next` have been seen already. */
  #deliver({ sequence, payload, frame }: Held): void {
    const seen = distance(sequence, this.#next)
    if (seen >= payload.length) return
    this.#next = (sequence + payload.length) >>> 0
    this.#stream.push(payload.subarray(seen), frame)
  }

  /** The end of this segment was not captured: what it had is gone for good. */
  #cut({ frame, payload, missing }: TcpSegment, sequence: number): void {
    if (this.#next !== (sequence + payload.length) >>> 0) return
    this.#stream.gap(...missingBytes(frame, missing, 'a message over TCP'), frame)
    this.#next = (this.#next + missing) >>> 0
  }

  #hold(held: Held): void {
    let at = this.#held.length
    while (at > 0 && distance(this.#held[at - 1]!.sequence, held.sequence) < 0) at--
    this.#held.splice(at, 0, held)
    if (this.#held.length > maxHeld) this.#passGap()
  }

  #release(): void {
    for (let [first] = this.#held; first !== undefined; [first] = this.#held) {
      if (distance(this.#next, first.sequence) > 0) return
      this.#held.shift()
      this.#deliver(first)
    }
  }

  /** Gives up what is missing before the first segment that waits. */
  #passGap(): void {
    const [first] = this.#held
    if (first === undefined) return
    this.#stream.gap('stream-incomplete', 'segments of this message are missing in the capture')
    this.#next = first.sequence
    this.#release()
  }
}
