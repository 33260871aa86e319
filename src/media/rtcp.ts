/**
 * RTCP (RFC 3550 6): compound packets with SR, RR, SDES and BYE parsed and printed; other kinds pass by number. Pure.
 * Reduced-size packets (RFC 5506: no report first) are taken, as cameras send a lone BYE. When to send a report is for
 * the sender and the receiver to know.
 */

/** What a receiver reports about one source, RFC 3550 6.4.1. */
export interface ReportBlock {
  readonly ssrc: number
  /** 256ths lost since the last report. */
  readonly fractionLost: number
  /** Signed, 24 bits: duplicates make it negative. */
  readonly cumulativeLost: number
  /** With the count of cycles in the upper 16 bits. */
  readonly highestSequence: number
  /** In timestamp units. */
  readonly jitter: number
  /** Middle 32 bits of the NTP timestamp of the last sender report; 0 for none. */
  readonly lastSenderReport: number
  /** In 1/65536 s. */
  readonly delaySinceSenderReport: number
}

/** NTP's 64-bit timestamp: seconds since 1900 and 2^-32ths of one, both 32 bits (RFC 3550 4). */
export interface NtpTimestamp {
  readonly seconds: number
  readonly fraction: number
}

export interface SenderReport {
  readonly type: 'sender-report'
  readonly ssrc: number
  readonly ntp: NtpTimestamp
  readonly rtpTimestamp: number
  readonly packets: number
  /** Payload octets sent. */
  readonly octets: number
  readonly reports: readonly ReportBlock[]
}

export interface ReceiverReport {
  readonly type: 'receiver-report'
  readonly ssrc: number
  readonly reports: readonly ReportBlock[]
}

export interface SourceDescription {
  readonly type: 'source-description'
  /** Only the canonical name (item 1) is read and printed; other items are passed over. */
  readonly chunks: readonly { readonly ssrc: number; readonly cname?: string }[]
}

export interface Goodbye {
  readonly type: 'goodbye'
  readonly sources: readonly number[]
  readonly reason?: string
}

export interface OtherRtcp {
  readonly type: 'other'
  readonly packetType: number
}

export type PrintableRtcp = SenderReport | ReceiverReport | SourceDescription | Goodbye
export type RtcpPacket = PrintableRtcp | OtherRtcp
export type RtcpFault = 'too-short' | 'not-version-2' | 'length' | 'padding-invalid' | 'truncated'
export type RtcpParsed =
  | { readonly ok: true; readonly packets: readonly RtcpPacket[] }
  | { readonly ok: false; readonly fault: RtcpFault }

const SR = 200
const RR = 201
const SDES = 202
const BYE = 203
const CNAME = 1
const REPORT_LENGTH = 24
/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800

/** True for a packet of RTCP's types on a port that carries both (RFC 5761 4). */
export const looksLikeRtcp = (packet: Buffer): boolean =>
  packet.length >= 4 && packet[0]! >> 6 === 2 && packet[1]! >= SR && packet[1]! <= 207

/** The timestamp of an instant in milliseconds since 1970; it wraps in 2036, as NTP's does. */
export function ntpOf(at: number): NtpTimestamp {
  const seconds = Math.floor(at / 1000)
  return {
    seconds: (seconds + NTP_EPOCH) % 2 ** 32,
    fraction: Math.floor(((at - seconds * 1000) / 1000) * 2 ** 32),
  }
}

/** The middle 32 bits, as `lastSenderReport` carries them. */
export const ntpMiddle = ({ seconds, fraction }: NtpTimestamp): number =>
  (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0

/** Parses a compound packet; it is good only as a whole (RFC 3550 A.2). */
export function parseRtcp(datagram: Buffer): RtcpParsed {
  if (datagram.length < 4) return { ok: false, fault: 'too-short' }
  const packets: RtcpPacket[] = []
  for (let start = 0; start < datagram.length; ) {
    const part = slicePart(datagram, start)
    if (typeof part === 'string') return { ok: false, fault: part }
    const packet = parsePart(part)
    if (!packet) return { ok: false, fault: 'truncated' }
    packets.push(packet)
    start += 4 + 4 * part.readUInt16BE(2)
  }
  return { ok: true, packets }
}

/** One packet of the compound without its padding. */
function slicePart(datagram: Buffer, start: number): Buffer | RtcpFault {
  if (start + 4 > datagram.length) return 'length'
  const first = datagram[start]!
  if (first >> 6 !== 2) return 'not-version-2'
  const end = start + 4 + 4 * datagram.readUInt16BE(start + 2)
  if (end > datagram.length) return 'length'
  if (!(first & 0x20)) return datagram.subarray(start, end)
  // RFC 3550 6.4.1: padding only on the last packet of the compound, in whole words.
  const padding = datagram[end - 1]!
  if (end !== datagram.length || padding === 0 || padding % 4 !== 0 || padding > end - start - 4)
    return 'padding-invalid'
  return datagram.subarray(start, end - padding)
}

function parsePart(part: Buffer): RtcpPacket | undefined {
  const count = part[0]! & 0x1f
  const packetType = part[1]!
  if (packetType === SR) return parseSenderReport(part, count)
  if (packetType === RR) return parseReceiverReport(part, count)
  if (packetType === SDES) return parseDescription(part, count)
  if (packetType === BYE) return parseGoodbye(part, count)
  return { type: 'other', packetType }
}

function parseSenderReport(part: Buffer, count: number): SenderReport | undefined {
  const reports = parseReports(part, 28, count)
  if (!reports) return undefined
  return {
    type: 'sender-report',
    ssrc: part.readUInt32BE(4),
    ntp: { seconds: part.readUInt32BE(8), fraction: part.readUInt32BE(12) },
    rtpTimestamp: part.readUInt32BE(16),
    packets: part.readUInt32BE(20),
    octets: part.readUInt32BE(24),
    reports,
  }
}

function parseReceiverReport(part: Buffer, count: number): ReceiverReport | undefined {
  const reports = parseReports(part, 8, count)
  return reports && { type: 'receiver-report', ssrc: part.readUInt32BE(4), reports }
}

function parseReports(part: Buffer, start: number, count: number): ReportBlock[] | undefined {
  if (start + count * REPORT_LENGTH > part.length) return undefined
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * REPORT_LENGTH
    return {
      ssrc: part.readUInt32BE(at),
      fractionLost: part[at + 4]!,
      cumulativeLost: part.readIntBE(at + 5, 3),
      highestSequence: part.readUInt32BE(at + 8),
      jitter: part.readUInt32BE(at + 12),
      lastSenderReport: part.readUInt32BE(at + 16),
      delaySinceSenderReport: part.readUInt32BE(at + 20),
    }
  })
}

function parseDescription(part: Buffer, count: number): SourceDescription | undefined {
  const chunks: { ssrc: number; cname?: string }[] = []
  let at = 4
  for (let i = 0; i < count; i++) {
    if (at + 4 > part.length) return undefined
    const ssrc = part.readUInt32BE(at)
    let cname: string | undefined
    at += 4
    while (at < part.length && part[at] !== 0) {
      const end = at + 2 + (part[at + 1] ?? part.length)
      if (end > part.length) return undefined
      if (part[at] === CNAME) cname = part.toString('utf8', at + 2, end)
      at = end
    }
    // The list ends with at least one zero octet and fills its last word with zeros.
    at = (at + 4) & ~3
    chunks.push(cname === undefined ? { ssrc } : { ssrc, cname })
  }
  return { type: 'source-description', chunks }
}

function parseGoodbye(part: Buffer, count: number): Goodbye | undefined {
  const end = 4 + 4 * count
  if (end > part.length) return undefined
  const sources = Array.from({ length: count }, (_, i) => part.readUInt32BE(4 + 4 * i))
  if (end === part.length) return { type: 'goodbye', sources }
  const length = part[end]!
  if (end + 1 + length > part.length) return undefined
  return { type: 'goodbye', sources, reason: part.toString('utf8', end + 1, end + 1 + length) }
}

/** Prints a compound packet. At most 31 reports, chunks or sources each (RFC 3550 6.4.1); more is a bug. */
export const printRtcp = (packets: readonly PrintableRtcp[]): Buffer => Buffer.concat(packets.map(printPart))

function printPart(packet: PrintableRtcp): Buffer {
  switch (packet.type) {
    case 'sender-report':
      return part(SR, packet.reports.length, Buffer.concat([senderInfo(packet), ...packet.reports.map(printReport)]))
    case 'receiver-report':
      return part(RR, packet.reports.length, Buffer.concat([word(packet.ssrc), ...packet.reports.map(printReport)]))
    case 'source-description':
      return part(SDES, packet.chunks.length, Buffer.concat(packet.chunks.map(printChunk)))
    case 'goodbye':
      return part(BYE, packet.sources.length, Buffer.concat([...packet.sources.map(word), reasonOf(packet)]))
  }
}

function part(packetType: number, count: number, body: Buffer): Buffer {
  if (count > 31) throw new RangeError(`RTCP packet of type ${packetType} with ${count} entries; 31 fit`)
  const head = Buffer.from([0x80 | count, packetType, 0, 0])
  head.writeUInt16BE(body.length / 4, 2)
  return Buffer.concat([head, body])
}

function word(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

function senderInfo(report: SenderReport): Buffer {
  const { ssrc, ntp, rtpTimestamp, packets, octets } = report
  return Buffer.concat([ssrc, ntp.seconds, ntp.fraction, rtpTimestamp, packets, octets].map(word))
}

function printReport(report: ReportBlock): Buffer {
  const lost = ((report.fractionLost & 0xff) << 24) | (report.cumulativeLost & 0xffffff)
  const { ssrc, highestSequence, jitter, lastSenderReport, delaySinceSenderReport } = report
  return Buffer.concat([ssrc, lost, highestSequence, jitter, lastSenderReport, delaySinceSenderReport].map(word))
}

function printChunk(chunk: { ssrc: number; cname?: string }): Buffer {
  const name = Buffer.from(chunk.cname ?? '', 'utf8').subarray(0, 255)
  const item = chunk.cname === undefined ? Buffer.alloc(0) : Buffer.concat([Buffer.from([CNAME, name.length]), name])
  return Buffer.concat([word(chunk.ssrc), item, Buffer.alloc(4 - (item.length % 4))])
}

function reasonOf(packet: Goodbye): Buffer {
  if (packet.reason === undefined) return Buffer.alloc(0)
  const text = Buffer.from(packet.reason, 'utf8').subarray(0, 255)
  return Buffer.concat([Buffer.from([text.length]), text, Buffer.alloc(3 - (text.length % 4))])
}
