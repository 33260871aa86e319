/**
 * Which of the RTP packets on a session's port are the session's stream, and what is known of it. Acceptance by
 * GB/T 28181-2022 annex G and what devices do (`y=` ignored, zero, or changed): the promised SSRC from anywhere; another
 * one only if that is allowed and its source was announced; the rest are strays. Pure: no socket, no timer.
 */
import { PsProbe } from './ps.ts'
import { type RtpHeader, RtpSource } from './rtp.ts'
import type { MediaAnswer, MediaListener, MediaSource, MediaStatistics } from './types.ts'

const MAX_TRACKS = 16
const MAX_FOREIGN_REPORTS = 8
const BITRATE_WINDOW = 1000
/** Static audio payload types below the dynamic ones run at 8 kHz; video and program streams at 90 kHz. */
const clockRateOf = (payloadType: number): number => (payloadType < 24 ? 8000 : 90_000)

/** One SSRC of one source, accepted or not. */
export class Track {
  readonly rtp: RtpSource
  readonly probe = new PsProbe()
  readonly firstPacketAt: number
  lastPacketAt: number
  source: MediaSource
  packets = 0
  bytes = 0
  /** Packets that came while this track was not the stream. */
  strays = 0
  payloadType: number
  reportedForeign = false
  #windowAt: number
  #windowBytes = 0
  #bitrate = 0

  constructor(header: RtpHeader, source: MediaSource, at: number) {
    const { ssrc, payloadType, sequence } = header
    // Not on probation: a single packet with the SSRC of the SDP is no accident.
    this.rtp = new RtpSource({ ssrc, clockRate: clockRateOf(payloadType), firstSequence: sequence })
    this.source = { address: source.address, port: source.port }
    this.firstPacketAt = at
    this.lastPacketAt = at
    this.payloadType = payloadType
    this.#windowAt = at
  }

  /** True when this packet shows that the stream cannot be decoded. */
  take(packet: Buffer, header: RtpHeader, source: MediaSource, at: number): boolean {
    if (source.port !== this.source.port || source.address !== this.source.address)
      this.source = { address: source.address, port: source.port }
    const length = header.payloadEnd - header.payloadStart
    this.packets++
    this.bytes += length
    this.lastPacketAt = at
    this.payloadType = header.payloadType
    this.#measureBitrate(length, at)
    this.rtp.receive(header.sequence, header.timestamp, at)
    const { payloadStart, payloadEnd, payloadType, timestamp } = header
    return this.probe.look(packet, payloadStart, payloadEnd, payloadType, timestamp) === 'undecodable'
  }

  bitrate(at: number): number {
    return at - this.lastPacketAt >= 2 * BITRATE_WINDOW ? 0 : this.#bitrate
  }

  #measureBitrate(length: number, at: number): void {
    const elapsed = at - this.#windowAt
    if (elapsed >= BITRATE_WINDOW) {
      this.#bitrate = Math.round((this.#windowBytes * 8000) / elapsed)
      this.#windowAt = at
      this.#windowBytes = 0
    }
    this.#windowBytes += length
  }
}

interface Expectation {
  readonly ssrc: number
  readonly sources: ReadonlySet<string>
}

export class StreamSelector {
  readonly #offered: number
  readonly #strict: boolean
  readonly #listener: MediaListener
  readonly #tracks: Track[] = []
  /** `undefined` until the answer is known: until then nothing is judged. */
  #expected: Expectation | undefined
  #current: Track | undefined
  /** The current track has fallen silent, so that another acceptable one may take its place. */
  #silent = false
  #foreignReports = 0
  #strayPackets = 0

  constructor(options: { ssrc: number; strictSsrc: boolean; listener: MediaListener }) {
    this.#offered = options.ssrc
    this.#strict = options.strictSsrc
    this.#listener = options.listener
  }

  get current(): Track | undefined {
    return this.#current
  }

  expect(answer: MediaAnswer, at: number): void {
    this.#expected = { ssrc: answer.ssrc ?? this.#offered, sources: new Set(answer.sources) }
    const best = this.#bestTrack()
    if (best !== this.#current) this.#current = undefined
    if (best && !this.#current) this.#begin(best, at)
    for (const track of this.#tracks) if (track !== this.#current) this.#reportForeign(track, at)
  }

  /** Takes one RTP packet; true if it belongs to the stream. */
  take(packet: Buffer, header: RtpHeader, source: MediaSource, at: number): boolean {
    const track = this.#trackOf(header, source, at)
    if (!track) {
      this.#strayPackets++
      return false
    }
    const undecodable = track.take(packet, header, source, at)
    if (track !== this.#current) {
      if (!this.#mayBegin(track)) return this.#stray(track, at)
      this.#begin(track, at)
    } else if (undecodable) this.#reportUndecodable(track, at)
    this.#silent = false
    return true
  }

  /** The stream has been silent for long: a sender that begins anew may choose another SSRC. */
  fellSilent(): void {
    this.#silent = true
  }

  statistics(at: number, invalid: number): MediaStatistics {
    const strays = this.#tracks
      .filter((track) => track !== this.#current)
      .map(({ rtp, source, strays }) => ({ ssrc: rtp.ssrc, ...source, packets: strays }))
    const common = { strays, strayPackets: this.#strayPackets, invalid }
    const track = this.#current
    if (!track) return { packets: 0, bytes: 0, lost: 0, outOfOrder: 0, jitterMs: 0, bitrate: 0, frames: 0, ...common }
    return { ...describeTrack(track, at), ...common }
  }

  #accepts(ssrc: number, address: string): boolean {
    if (!this.#expected) return false
    return ssrc === this.#expected.ssrc || (!this.#strict && this.#expected.sources.has(address))
  }

  /** Whether a track that is not the current one may become it. */
  #mayBegin(track: Track): boolean {
    if (!this.#accepts(track.rtp.ssrc, track.source.address)) return false
    return !this.#current || this.#silent || track.rtp.ssrc === this.#expected?.ssrc
  }

  /** The promised SSRC before what is being received before anything else that is acceptable, the latest first. */
  #bestTrack(): Track | undefined {
    const rank = (track: Track) => (track.rtp.ssrc === this.#expected?.ssrc ? 2 : track === this.#current ? 1 : 0)
    return this.#tracks
      .filter((track) => this.#accepts(track.rtp.ssrc, track.source.address))
      .sort((one, other) => rank(other) - rank(one) || other.lastPacketAt - one.lastPacketAt)[0]
  }

  #begin(track: Track, at: number): void {
    this.#current = track
    this.#strayPackets -= track.strays
    track.strays = 0
    const { ssrc } = track.rtp
    this.#listener.onMedia(at, { ssrc, source: track.source, ssrcDiffers: ssrc !== this.#expected?.ssrc })
    if (track.probe.encoding === 'undecodable') this.#reportUndecodable(track, at)
  }

  #stray(track: Track, at: number): false {
    track.strays++
    this.#strayPackets++
    if (this.#expected) this.#reportForeign(track, at)
    return false
  }

  #trackOf(header: RtpHeader, source: MediaSource, at: number): Track | undefined {
    const promised = header.ssrc === (this.#expected?.ssrc ?? this.#offered)
    const current = this.#current
    if (current && this.#isSame(current, header.ssrc, source, promised)) return current
    for (const track of this.#tracks) if (this.#isSame(track, header.ssrc, source, promised)) return track
    if (this.#tracks.length >= MAX_TRACKS && !this.#accepts(header.ssrc, source.address)) return undefined
    return this.#remember(new Track(header, source, at))
  }

  /** The promised SSRC is one track from wherever it comes (a NAT may move it); any other only with its source. */
  #isSame(track: Track, ssrc: number, source: MediaSource, promised: boolean): boolean {
    if (track.rtp.ssrc !== ssrc) return false
    return promised || (track.source.port === source.port && track.source.address === source.address)
  }

  #remember(track: Track): Track {
    // A full table gives up its oldest stray for a track that may be the stream.
    if (this.#tracks.length >= MAX_TRACKS) this.#tracks.splice(this.#tracks[0] === this.#current ? 1 : 0, 1)
    this.#tracks.push(track)
    return track
  }

  #reportForeign(track: Track, at: number): void {
    if (track.reportedForeign || this.#foreignReports >= MAX_FOREIGN_REPORTS) return
    track.reportedForeign = true
    this.#foreignReports++
    this.#listener.onForeign(at, { ssrc: track.rtp.ssrc, source: track.source })
  }

  #reportUndecodable(track: Track, at: number): void {
    this.#listener.onUndecodable(at, { payloadType: track.payloadType, packets: track.probe.packets })
  }
}

function describeTrack(track: Track, at: number): Omit<MediaStatistics, 'strays' | 'strayPackets' | 'invalid'> {
  const { rtp, probe } = track
  return {
    packets: track.packets,
    bytes: track.bytes,
    lost: rtp.lost,
    outOfOrder: rtp.outOfOrder,
    jitterMs: rtp.jitterMs,
    firstPacketAt: track.firstPacketAt,
    lastPacketAt: track.lastPacketAt,
    ssrc: rtp.ssrc,
    source: track.source,
    payloadType: track.payloadType,
    bitrate: track.bitrate(at),
    frames: probe.frames,
    ...(probe.encoding && { encoding: probe.encoding }),
    ...(probe.video && { video: probe.video }),
    ...(probe.audio && { audio: probe.audio }),
  }
}
