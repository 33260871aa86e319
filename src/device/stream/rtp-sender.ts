/**
 * Sends a clip as a program stream over RTP (GB/T 28181-2022 annex C): paced by the injected clock, all packets of a
 * frame with one timestamp and the marker on the last, with sender reports and at the end a BYE (RFC 3550 6.4.1, 6.6).
 * Pure but for the clock and the two functions that it sends with; where to is for its caller to know.
 */
import { ntpOf, printRtcp } from '../../media/rtcp.ts'
import { RTP_HEADER_LENGTH, writeRtpHeader } from '../../media/rtp.ts'
import type { MediaClock } from '../../media/types.ts'
import type { ClipStream } from './clip.ts'
import { packFrame } from './ps.ts'

const CLOCK_RATE = 90
const REPORT_INTERVAL = 5000
/** Further behind than this a frame is not caught up with, lest a stalled process floods the network. */
const MAX_BEHIND = 1000
/** Fits an Ethernet frame with room for a tunnel. */
const MAX_PAYLOAD = 1400

export interface StreamOptions {
  readonly clip: ClipStream
  readonly clock: MediaClock
  /** Takes one RTP packet; it is the callee's. */
  readonly send: (packet: Buffer) => void
  /** Takes one RTCP packet; absent: no RTCP. */
  readonly sendRtcp?: (packet: Buffer) => void
  readonly ssrc: number
  readonly payloadType: number
  /** Uniform in [0, 1): first sequence number and timestamp (RFC 3550 5.1). */
  readonly random: () => number
  /** Canonical name in reports; default `stream`. */
  readonly cname?: string
  /** Frames a second; default as the clip was encoded. */
  readonly fps?: number
  /** Begin anew at the end of the clip; default true. */
  readonly loop?: boolean
  /** Largest RTP payload in octets; default 1400. */
  readonly maxPayload?: number
  /** The clip has ended; never with `loop`, nor after `stop`. */
  readonly onEnd?: () => void
}

export interface StreamStatistics {
  readonly frames: number
  readonly packets: number
  /** RTP payload octets. */
  readonly bytes: number
  readonly reports: number
}

export interface StreamHandle {
  /** Says BYE by RTCP and sends no more. Idempotent. */
  stop(): void
  statistics(): StreamStatistics
}

/** Starts with a keyframe, at once: the first packets are sent before it returns. */
export function startStream(options: StreamOptions): StreamHandle {
  const sender = new RtpSender(options)
  sender.start()
  return sender
}

class RtpSender implements StreamHandle {
  readonly #options: StreamOptions
  /** Milliseconds between frames; not whole for every rate. */
  readonly #interval: number
  readonly #startedAt: number
  readonly #firstTimestamp: number
  #sequence: number
  /** When frame 0 would have been due, had there been no stall. */
  #epoch: number
  #timer: unknown
  #stopped = false
  #frames = 0
  #packets = 0
  #bytes = 0
  #reports = 0
  #reportDue: number

  constructor(options: StreamOptions) {
    this.#options = options
    this.#interval = 1000 / (options.fps ?? options.clip.fps)
    this.#startedAt = options.clock.now()
    this.#epoch = this.#startedAt
    this.#reportDue = this.#startedAt
    this.#firstTimestamp = Math.floor(options.random() * 2 ** 32)
    this.#sequence = Math.floor(options.random() * 2 ** 16)
  }

  start(): void {
    this.#sendDue()
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#options.clock.clearTimeout(this.#timer)
    this.#sendReport(this.#options.clock.now(), true)
  }

  statistics(): StreamStatistics {
    return { frames: this.#frames, packets: this.#packets, bytes: this.#bytes, reports: this.#reports }
  }

  readonly #sendDue = (): void => {
    const { clock } = this.#options
    const at = clock.now()
    if (at - this.#dueAt() > MAX_BEHIND) this.#epoch += at - this.#dueAt()
    while (!this.#stopped && !this.#ended() && this.#dueAt() <= at) this.#sendFrame()
    if (this.#stopped) return
    if (at >= this.#reportDue) {
      this.#reportDue = at + REPORT_INTERVAL
      this.#sendReport(at, false)
    }
    if (this.#ended()) this.#end()
    else this.#timer = clock.setTimeout(this.#sendDue, this.#dueAt() - at)
  }

  #dueAt(): number {
    return this.#epoch + this.#frames * this.#interval
  }

  #ended(): boolean {
    return this.#options.loop === false && this.#frames >= this.#options.clip.units.length
  }

  #end(): void {
    this.stop()
    this.#options.onEnd?.()
  }

  #sendFrame(): void {
    const { units } = this.#options.clip
    const mediaTime = Math.round((this.#dueAt() - this.#startedAt) * CLOCK_RATE)
    const lead = Math.round(this.#interval * CLOCK_RATE)
    const pack = packFrame(units[this.#frames % units.length]!, mediaTime + lead, lead)
    this.#frames++
    this.#sendPack(pack, this.#firstTimestamp + mediaTime)
  }

  #sendPack(pack: Buffer, timestamp: number): void {
    const { payloadType, ssrc, maxPayload = MAX_PAYLOAD, send } = this.#options
    for (let at = 0; at < pack.length && !this.#stopped; at += maxPayload) {
      const end = Math.min(at + maxPayload, pack.length)
      const packet = Buffer.allocUnsafe(RTP_HEADER_LENGTH + end - at)
      const sequence = this.#sequence++
      writeRtpHeader(packet, 0, { marker: end === pack.length, payloadType, sequence, timestamp, ssrc })
      pack.copy(packet, RTP_HEADER_LENGTH, at, end)
      this.#packets++
      this.#bytes += end - at
      send(packet)
    }
  }

  #sendReport(at: number, goodbye: boolean): void {
    const { ssrc, cname = 'stream', sendRtcp } = this.#options
    if (!sendRtcp) return
    const rtpTimestamp = (this.#firstTimestamp + Math.round((at - this.#startedAt) * CLOCK_RATE)) >>> 0
    const counts = { packets: this.#packets >>> 0, octets: this.#bytes >>> 0 }
    this.#reports++
    sendRtcp(
      printRtcp([
        { type: 'sender-report', ssrc, ntp: ntpOf(at), rtpTimestamp, ...counts, reports: [] },
        { type: 'source-description', chunks: [{ ssrc, cname }] },
        ...(goodbye ? [{ type: 'goodbye', sources: [ssrc] } as const] : []),
      ]),
    )
  }
}
