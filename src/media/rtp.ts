/**
 * RTP: the fixed header (RFC 3550 5.1) read and printed, and what a receiver keeps about one source (appendix A.1
 * sequence validation, A.3 loss, A.8 jitter). Pure: arrival times come in as arguments, bytes as buffers. It does not
 * know what the payload is.
 */
import type { ReportBlock } from './rtcp.ts'

export type RtpFault = 'too-short' | 'not-version-2' | 'csrc-truncated' | 'extension-truncated' | 'padding-invalid'

export interface RtpHeader {
  marker: boolean
  payloadType: number
  sequence: number
  timestamp: number
  ssrc: number
  csrcCount: number
  /** The profile's word of the header extension (RFC 3550 5.3.1); absent without one. */
  extensionProfile: number | undefined
  /** Offsets of the payload in the packet; the padding is already taken off. */
  payloadStart: number
  payloadEnd: number
}

export const RTP_HEADER_LENGTH = 12

export const emptyRtpHeader = (): RtpHeader => ({
  marker: false,
  payloadType: 0,
  sequence: 0,
  timestamp: 0,
  ssrc: 0,
  csrcCount: 0,
  extensionProfile: undefined,
  payloadStart: 0,
  payloadEnd: 0,
})

/**
 * Reads a packet's header into one that is reused, so that a packet costs no allocation. On a fault the header holds
 * whatever had been read. Checks RFC 3550 A.1: version, and CSRC list, extension and padding inside the packet.
 */
export function readRtpHeader(packet: Buffer, into: RtpHeader): RtpFault | undefined {
  if (packet.length < RTP_HEADER_LENGTH) return 'too-short'
  const first = packet[0]!
  if (first >> 6 !== 2) return 'not-version-2'
  const second = packet[1]!
  into.marker = second >= 0x80
  into.payloadType = second & 0x7f
  into.sequence = packet.readUInt16BE(2)
  into.timestamp = packet.readUInt32BE(4)
  into.ssrc = packet.readUInt32BE(8)
  into.csrcCount = first & 0x0f
  into.payloadStart = RTP_HEADER_LENGTH + 4 * into.csrcCount
  into.extensionProfile = undefined
  if (into.payloadStart > packet.length) return 'csrc-truncated'
  return (first & 0x10 ? readExtension(packet, into) : undefined) ?? readPadding(packet, first, into)
}

function readExtension(packet: Buffer, into: RtpHeader): RtpFault | undefined {
  const start = into.payloadStart
  if (start + 4 > packet.length) return 'extension-truncated'
  into.extensionProfile = packet.readUInt16BE(start)
  into.payloadStart = start + 4 + 4 * packet.readUInt16BE(start + 2)
  return into.payloadStart > packet.length ? 'extension-truncated' : undefined
}

function readPadding(packet: Buffer, first: number, into: RtpHeader): RtpFault | undefined {
  into.payloadEnd = packet.length
  if (!(first & 0x20)) return undefined
  // The last octet counts the padding, itself included, so 0 is as wrong as more than there is.
  const padding = packet[packet.length - 1]!
  into.payloadEnd = packet.length - padding
  return padding === 0 || into.payloadEnd < into.payloadStart ? 'padding-invalid' : undefined
}

export type RtpParsed =
  | { readonly ok: true; readonly header: RtpHeader; readonly csrc: readonly number[]; readonly payload: Buffer }
  | { readonly ok: false; readonly fault: RtpFault }

/** Parses one packet. `payload` is a view of it, not a copy. */
export function parseRtp(packet: Buffer): RtpParsed {
  const header = emptyRtpHeader()
  const fault = readRtpHeader(packet, header)
  if (fault) return { ok: false, fault }
  const csrc = Array.from({ length: header.csrcCount }, (_, i) => packet.readUInt32BE(RTP_HEADER_LENGTH + 4 * i))
  return { ok: true, header, csrc, payload: packet.subarray(header.payloadStart, header.payloadEnd) }
}

export interface RtpFields {
  readonly marker: boolean
  readonly payloadType: number
  /** Taken modulo 2^16. */
  readonly sequence: number
  /** Taken modulo 2^32. */
  readonly timestamp: number
  readonly ssrc: number
  readonly csrc?: readonly number[]
}

/** Writes the header at `offset` and returns where the payload begins. No extension, no padding. */
export function writeRtpHeader(into: Buffer, offset: number, fields: RtpFields): number {
  const csrc = fields.csrc ?? []
  into[offset] = 0x80 | csrc.length
  into[offset + 1] = (fields.marker ? 0x80 : 0) | fields.payloadType
  into.writeUInt16BE(fields.sequence & 0xffff, offset + 2)
  into.writeUInt32BE(fields.timestamp >>> 0, offset + 4)
  into.writeUInt32BE(fields.ssrc >>> 0, offset + 8)
  let end = offset + RTP_HEADER_LENGTH
  for (const source of csrc) end = into.writeUInt32BE(source >>> 0, end)
  return end
}

export function printRtp(fields: RtpFields, payload: Uint8Array): Buffer {
  const packet = Buffer.allocUnsafe(RTP_HEADER_LENGTH + 4 * (fields.csrc?.length ?? 0) + payload.length)
  packet.set(payload, writeRtpHeader(packet, 0, fields))
  return packet
}

// RFC 3550 A.1.
const SEQUENCES = 1 << 16
const MAX_DROPOUT = 3000
const MAX_MISORDER = 100
export const MIN_SEQUENTIAL = 2

/** `held`: not counted, because the source is on probation or has jumped and must first show where it goes on. */
export type SequenceVerdict = 'valid' | 'reordered' | 'restarted' | 'held'

/** One synchronization source as RFC 3550 A.1, A.3 and A.8 keep it. */
export class RtpSource {
  readonly ssrc: number
  readonly clockRate: number
  received = 0
  outOfOrder = 0
  /** Interarrival jitter in timestamp units. */
  jitter = 0
  #probation: number
  #base = 0
  #highest = 0
  #cycles = 0
  #bad = SEQUENCES + 1
  #lostBeforeRestart = 0
  #receivedBeforeRestart = 0
  #expectedPrior = 0
  #receivedPrior = 0
  #transit: number | undefined
  #senderReport = 0
  #senderReportAt = 0

  /**
   * `probation`: packets in sequence that a source must show before it counts. 0 for one whose SSRC the signalling
   * announced; RFC 3550 A.1 recommends `MIN_SEQUENTIAL` for a stranger.
   */
  constructor(options: { ssrc: number; clockRate: number; firstSequence: number; probation?: number }) {
    this.ssrc = options.ssrc
    this.clockRate = options.clockRate
    this.#probation = options.probation ?? 0
    this.#begin(options.firstSequence)
    if (this.#probation > 0) this.#highest = (options.firstSequence - 1) & 0xffff
  }

  /** Takes note of one packet. `arrivedAt` in milliseconds. */
  receive(sequence: number, timestamp: number, arrivedAt: number): SequenceVerdict {
    const verdict = this.#sequence(sequence)
    if (verdict === 'held') return verdict
    this.received++
    if (verdict === 'restarted') this.#transit = undefined
    this.#measureJitter(timestamp, arrivedAt)
    return verdict
  }

  /** Packets that the sequence numbers say were sent, since the last restart. */
  get expected(): number {
    return this.received === 0 ? 0 : this.#cycles + this.#highest - this.#base + 1
  }

  /** Over the whole life of the source, restarts included; never below 0. */
  get lost(): number {
    return this.#lostBeforeRestart + Math.max(0, this.expected - this.#receivedSinceRestart())
  }

  get jitterMs(): number {
    return (this.jitter * 1000) / this.clockRate
  }

  /** A sender report of this source, for LSR and DLSR. `middle`: the middle 32 bits of its NTP timestamp. */
  senderReported(middle: number, at: number): void {
    this.#senderReport = middle
    this.#senderReportAt = at
  }

  /** The report block about this source (RFC 3550 6.4.1). Begins a new interval for the fraction lost. */
  report(at: number): ReportBlock {
    const expected = this.expected
    const received = this.#receivedSinceRestart()
    const expectedNow = expected - this.#expectedPrior
    const lostNow = expectedNow - (received - this.#receivedPrior)
    this.#expectedPrior = expected
    this.#receivedPrior = received
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)),
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, expected - received)),
      highestSequence: (this.#cycles + this.#highest) >>> 0,
      jitter: Math.floor(this.jitter) >>> 0,
      lastSenderReport: this.#senderReport,
      delaySinceSenderReport: this.#senderReport === 0 ? 0 : Math.round(((at - this.#senderReportAt) * 65536) / 1000),
    }
  }

  #receivedSinceRestart(): number {
    return this.received - this.#receivedBeforeRestart
  }

  #sequence(sequence: number): SequenceVerdict {
    const step = (sequence - this.#highest) & 0xffff
    if (this.#probation > 0) return this.#onProbation(sequence, step)
    if (step < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#cycles += SEQUENCES
      this.#highest = sequence
      return 'valid'
    }
    if (step > SEQUENCES - MAX_MISORDER) {
      this.outOfOrder++
      return 'reordered'
    }
    // A very large jump: two packets in a row after it mean that the sender began anew.
    if (sequence !== this.#bad) {
      this.#bad = (sequence + 1) & 0xffff
      return 'held'
    }
    this.#restart(sequence)
    return 'restarted'
  }

  #onProbation(sequence: number, step: number): SequenceVerdict {
    this.#probation = step === 1 ? this.#probation - 1 : MIN_SEQUENTIAL - 1
    this.#highest = sequence
    if (this.#probation > 0) return 'held'
    this.#begin(sequence)
    return 'valid'
  }

  #restart(sequence: number): void {
    this.#lostBeforeRestart = this.lost
    this.#receivedBeforeRestart = this.received
    this.#begin(sequence)
  }

  #begin(sequence: number): void {
    this.#base = sequence
    this.#highest = sequence
    this.#cycles = 0
    this.#bad = SEQUENCES + 1
    this.#expectedPrior = 0
    this.#receivedPrior = 0
  }

  #measureJitter(timestamp: number, arrivedAt: number): void {
    // Arithmetic modulo 2^32, as the timestamps are.
    const transit = (Math.round((arrivedAt * this.clockRate) / 1000) - timestamp) | 0
    if (this.#transit !== undefined) this.jitter += (Math.abs((transit - this.#transit) | 0) - this.jitter) / 16
    this.#transit = transit
  }
}
