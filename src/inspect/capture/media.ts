/**
 * The RTP streams of a capture (RFC 3550): recognised by packets in sequence, or by the address that a session
 * description announced.
 *
 * Keeps what a stream's first and last packets and its losses were, no payload. Bounded: `maxStreams` streams, and as many
 * more that have yet to show that they are streams.
 */
import { type Endpoint, endpointText } from '../../engine/network.ts'
import { emptyRtpHeader, MIN_SEQUENTIAL, RtpSource, readRtpHeader } from '../../media/rtp.ts'
import type { SipRequest, SipResponse } from '../../sip/message.ts'
import { parseSdp, type SdpMedia } from '../../sip/sdp.ts'
import type { UdpDatagram } from './ip.ts'
import type { CapturedMedia } from './types.ts'

export const maxStreams = 4096

/** RTCP's packet types, where RTP has marker and payload type (RFC 5761 section 4). */
const isRtcp = (second: number): boolean => second >= 192 && second <= 223

type Encoding = NonNullable<CapturedMedia['encoding']>

const encodings: ReadonlyMap<string, Encoding> = new Map([
  ...(['PS', 'MPEG4', 'H264', 'H265', 'PCMA'] as const).map((name) => [name, name] as const),
  ['HEVC', 'H265'],
])

/** Payload types that mean the same everywhere (RFC 3551 table 4). */
const staticTypes: ReadonlyMap<number, Encoding> = new Map([[8, 'PCMA']])

/** A program stream's pack header (ISO/IEC 13818-1, 2.5.3.4). */
const packHeader = Buffer.from([0, 0, 1, 0xba])

type Formats = ReadonlyMap<number, Encoding>

interface Stream extends Omit<CapturedMedia, 'encoding'> {
  payloadType: number
  packets: number
  lastAt: number
  lastFrame: number
  isPs: boolean
  readonly rtp: RtpSource
}

export class MediaTable {
  readonly #streams = new Map<string, Stream>()
  /** Perhaps streams: the oldest are forgotten first. */
  readonly #candidates = new Map<string, Stream>()
  /** By announced address. */
  readonly #announced = new Map<string, Formats>()
  readonly #header = emptyRtpHeader()

  /** Takes the addresses of a session description, and the same ports where the message itself came from. */
  announce(message: SipRequest | SipResponse, from: Endpoint): void {
    if (message.contentType !== 'application/sdp') return
    const parsed = parseSdp(message.body)
    if (!parsed.ok) return
    for (const media of parsed.sdp.media.slice(0, 16)) {
      if (this.#announced.size >= 2 * maxStreams) return
      const address = media.connection?.address ?? parsed.sdp.connection?.address ?? from.address
      const formats = formatsOf(media)
      this.#announced.set(endpointText({ address, port: media.port }), formats)
      this.#announced.set(endpointText({ address: from.address, port: media.port }), formats)
    }
  }

  datagram(datagram: UdpDatagram): void {
    const { payload } = datagram
    if (payload.length < 12 || isRtcp(payload[1]!)) return
    // A capture that keeps the first bytes of each frame cuts the padding off, not the header.
    const fault = readRtpHeader(payload, this.#header)
    if (fault !== undefined && !(fault === 'padding-invalid' && datagram.missing > 0)) return
    const key = `${datagram.source} ${datagram.sourcePort} ${datagram.destination} ${datagram.destinationPort} ${this.#header.ssrc}`
    const stream = this.#streams.get(key) ?? this.#candidates.get(key) ?? this.#begin(key, datagram)
    this.#packet(stream, datagram)
    if (stream.rtp.received > 0 && this.#candidates.delete(key) && this.#streams.size < maxStreams) {
      this.#streams.set(key, stream)
    }
  }

  /** Streams that were seen in sequence, and single packets to or from an announced address. */
  streams(): CapturedMedia[] {
    const announced = [...this.#candidates.values()].filter((stream) => this.#formats(stream) !== undefined)
    return [...this.#streams.values(), ...announced]
      .sort((a, b) => a.firstFrame - b.firstFrame)
      .slice(0, maxStreams)
      .map((stream) => this.#captured(stream))
  }

  #begin(key: string, { frame, source, sourcePort, destination, destinationPort }: UdpDatagram): Stream {
    const [oldest] = this.#candidates.keys()
    if (oldest !== undefined && this.#candidates.size >= maxStreams) this.#candidates.delete(oldest)
    const { ssrc, payloadType, sequence } = this.#header
    const stream: Stream = {
      source: { address: source, port: sourcePort },
      destination: { address: destination, port: destinationPort },
      ...{ ssrc, payloadType, packets: 0, lost: 0, isPs: false },
      ...{ firstAt: frame.at, lastAt: frame.at, firstFrame: frame.number, lastFrame: frame.number },
      // The clock rate counts for jitter alone, which is not asked for.
      rtp: new RtpSource({ ssrc, clockRate: 90_000, firstSequence: sequence, probation: MIN_SEQUENTIAL }),
    }
    this.#candidates.set(key, stream)
    return stream
  }

  #packet(stream: Stream, { frame, payload }: UdpDatagram): void {
    const { sequence, timestamp, payloadType, payloadStart } = this.#header
    stream.rtp.receive(sequence, timestamp, frame.at)
    stream.packets++
    stream.payloadType = payloadType
    stream.lastAt = frame.at
    stream.lastFrame = frame.number
    stream.isPs ||= payload.subarray(payloadStart, payloadStart + 4).equals(packHeader)
  }

  #formats({ source, destination }: Stream): Formats | undefined {
    return this.#announced.get(endpointText(destination)) ?? this.#announced.get(endpointText(source))
  }

  #captured(stream: Stream): CapturedMedia {
    const { rtp, isPs, ...seen } = stream
    const { payloadType } = stream
    const encoding = isPs ? 'PS' : (this.#formats(stream)?.get(payloadType) ?? staticTypes.get(payloadType))
    return { ...seen, lost: rtp.lost, ...(encoding === undefined ? {} : { encoding }) }
  }
}

/** `a=rtpmap:96 PS/90000` */
function formatsOf(media: SdpMedia): Formats {
  const formats = new Map<number, Encoding>()
  for (const { name, value } of media.attributes) {
    const [, type, encoding] = (name === 'rtpmap' && /^(\d{1,3}) +([\w-]+)\//.exec(value ?? '')) || []
    const known = encodings.get(encoding?.toUpperCase() ?? '')
    if (known !== undefined) formats.set(Number(type), known)
  }
  return formats
}
