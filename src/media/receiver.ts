/**
 * The embedded receiver: RTP of one session on one even UDP port, counted, its SSRC checked, answered by RTCP receiver
 * reports (RFC 3550 6.4.2), and looked into far enough to say what it is. It keeps no media. Owns its two sockets and
 * its timers; whose stream it is, is for `stream.ts` to say.
 */
import type { MediaNetwork, MediaSocket } from './network.ts'
import { looksLikeRtcp, ntpMiddle, parseRtcp, printRtcp, type RtcpPacket } from './rtcp.ts'
import { emptyRtpHeader, readRtpHeader } from './rtp.ts'
import { StreamSelector } from './stream.ts'
import type { MediaAnswer, MediaClock, MediaReceiver, MediaRequest, MediaSource, MediaStatistics } from './types.ts'

/** RFC 3550 6.2: the recommended minimum. */
const REPORT_INTERVAL = 5000

export interface ReceiverOptions {
  readonly address: string
  readonly port: number
  readonly clock: MediaClock
  readonly request: MediaRequest
  readonly idleMs: number
  /** Our own SSRC and canonical name in receiver reports. */
  readonly ssrc: number
  readonly cname: string
  /** Called once, when both sockets are closed. */
  readonly onClosed: () => void
}

export class EmbeddedReceiver implements MediaReceiver {
  readonly address: string
  readonly port: number
  readonly #options: ReceiverOptions
  readonly #clock: MediaClock
  readonly #selector: StreamSelector
  readonly #header = emptyRtpHeader()
  #sockets: readonly MediaSocket[] = []
  #reportTimer: unknown
  #idleTimer: unknown
  /** Where the sender's RTCP comes from, once it has been seen; until then the port above its RTP is assumed. */
  #controlSource: MediaSource | undefined
  #invalid = 0
  #goodbye = false
  #closed: Promise<void> | undefined

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#clock = options.clock
    this.address = options.address
    this.port = options.port
    this.#selector = new StreamSelector(options.request)
  }

  /** Binds both ports. Rejects with the network's error, and then holds none of them. */
  async bind(network: MediaNetwork): Promise<void> {
    // A socket's later trouble loses packets, which the statistics and the silence tell.
    const ignore = () => {}
    const rtp = await network.bind(this.port, this.#onPacket, ignore)
    try {
      this.#sockets = [rtp, await network.bind(this.port + 1, this.#onControl, ignore)]
    } catch (error) {
      await rtp.close()
      throw error
    }
  }

  expect(answer: MediaAnswer): void {
    if (this.#closed) return
    this.#selector.expect(answer, this.#clock.now())
    if (this.#selector.current) this.#startTimers()
  }

  statistics(): MediaStatistics {
    return this.#selector.statistics(this.#clock.now(), this.#invalid)
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#clock.clearTimeout(this.#reportTimer)
    this.#clock.clearTimeout(this.#idleTimer)
    await Promise.allSettled(this.#sockets.map((socket) => socket.close()))
    this.#options.onClosed()
  }

  readonly #onPacket = (packet: Buffer, source: MediaSource): void => {
    if (this.#closed) return
    // Some senders put RTCP on the RTP port (RFC 5761).
    if (looksLikeRtcp(packet)) this.#onControl(packet, source)
    else if (readRtpHeader(packet, this.#header)) this.#invalid++
    else if (this.#selector.take(packet, this.#header, source, this.#clock.now())) this.#startTimers()
  }

  readonly #onControl = (datagram: Buffer, source: MediaSource): void => {
    if (this.#closed) return
    const parsed = parseRtcp(datagram)
    if (!parsed.ok) {
      this.#invalid++
      return
    }
    const stream = this.#selector.current
    // An SSRC can be guessed; who is not where the stream comes from has no say in it.
    if (!stream || source.address !== stream.source.address) return
    for (const packet of parsed.packets) this.#control(packet, source)
  }

  #control(packet: RtcpPacket, source: MediaSource): void {
    const stream = this.#selector.current
    const at = this.#clock.now()
    if (packet.type === 'sender-report' && packet.ssrc === stream?.rtp.ssrc) {
      this.#controlSource = { address: source.address, port: source.port }
      stream.rtp.senderReported(ntpMiddle(packet.ntp), at)
    }
    if (packet.type === 'goodbye' && stream && packet.sources.includes(stream.rtp.ssrc) && !this.#goodbye) {
      this.#goodbye = true
      this.#options.request.listener.onClosedByDevice?.(at)
    }
  }

  #startTimers(): void {
    // A listener may have closed the receiver while it was told of the stream.
    if (this.#closed) return
    this.#reportTimer ??= this.#clock.setTimeout(this.#report, REPORT_INTERVAL)
    this.#idleTimer ??= this.#clock.setTimeout(this.#checkIdle, this.#options.idleMs)
  }

  readonly #report = (): void => {
    this.#reportTimer = this.#clock.setTimeout(this.#report, REPORT_INTERVAL)
    const stream = this.#selector.current
    if (!stream) return
    const { ssrc, cname } = this.#options
    const datagram = printRtcp([
      { type: 'receiver-report', ssrc, reports: [stream.rtp.report(this.#clock.now())] },
      { type: 'source-description', chunks: [{ ssrc, cname }] },
    ])
    const { address, port } = stream.source
    const to = this.#controlSource?.address === address ? this.#controlSource.port : port + 1
    if (to <= 65_535) this.#sockets[1]?.send(datagram, to, address)
  }

  /** Looks instead of being re-armed by every packet; after a silence the next packet starts it again. */
  readonly #checkIdle = (): void => {
    this.#idleTimer = undefined
    const lastPacketAt = this.#selector.current?.lastPacketAt
    if (lastPacketAt === undefined) return
    const at = this.#clock.now()
    const left = lastPacketAt + this.#options.idleMs - at
    if (left > 0) {
      this.#idleTimer = this.#clock.setTimeout(this.#checkIdle, left)
      return
    }
    this.#selector.fellSilent()
    this.#options.request.listener.onIdle(at, { lastPacketAt })
  }
}
