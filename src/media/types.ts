/**
 * The port between the platform's sessions and whatever receives their media: the embedded receiver, or an adapter to a
 * media server. Owns the vocabulary only; it knows neither SIP nor sockets. GB/T 28181-2022 9.2 and annex G (`y=`).
 */

/** What the media modules need of a clock: `now` in milliseconds since the epoch, never going back. */
export interface MediaClock {
  now(): number
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}

/** Where a packet came from. */
export interface MediaSource {
  readonly address: string
  readonly port: number
}

export interface MediaRequest {
  readonly sessionId: string
  /** The SSRC of the offer's `y=`, as the 32-bit number. */
  readonly ssrc: number
  readonly transport: 'udp'
  /** True: only the promised SSRC is the stream. False: another one is taken too, if an announced source sends it. */
  readonly strictSsrc: boolean
  readonly listener: MediaListener
  /** Gives up opening. Without meaning once the receiver is open. */
  readonly signal?: AbortSignal
}

export interface MediaServer {
  /** Opens an RTP port for one session. Rejects with a `MediaError`. */
  open(request: MediaRequest): Promise<MediaReceiver>
  /** RTP ports (each with the RTCP port above it), not sockets. */
  readonly ports: { readonly total: number; readonly inUse: number }
  /** Closes every receiver; later opens reject with `closed`. Idempotent. */
  close(): Promise<void>
}

export interface MediaAnswer {
  /** The `y=` of the answer; absent keeps the offered one. */
  readonly ssrc?: number
  /** IP addresses the stream may come from: the answer's `c=` and the address its signalling really comes from. */
  readonly sources: readonly string[]
  /** The payload type that the answer chose; for media servers that must be told. The embedded one goes by the packets. */
  readonly payloadType?: number
}

export interface MediaReceiver {
  /** The local address the port is bound to; what the offer's `c=` says is for the platform to decide. */
  readonly address: string
  readonly port: number
  /** Says what the answer promised. What arrived before is judged now: some devices send before their 200 is here. */
  expect(answer: MediaAnswer): void
  statistics(): MediaStatistics
  /** Idempotent; the port is back in the pool when it resolves. */
  close(): Promise<void>
}

/** `at`: milliseconds of the server's clock. */
export interface MediaListener {
  /**
   * The expected stream has begun. `ssrcDiffers`: it was taken by its source although its SSRC is another. It is said
   * again when a better stream takes its place: the promised SSRC after another one, or a new one after silence.
   */
  onMedia(at: number, info: { ssrc: number; source: MediaSource; ssrcDiffers: boolean }): void
  /** RTP that is not the expected stream. Once for each SSRC and source, at most 8 times. */
  onForeign(at: number, info: { ssrc: number; source: MediaSource }): void
  /** The stream arrives, but after `packets` packets no program stream has been found in it. Once. */
  onUndecodable(at: number, info: { payloadType: number; packets: number }): void
  /** Nothing for the server's `idleMs` after media had begun. Once for each silence. */
  onIdle(at: number, info: { lastPacketAt: number }): void
  /** The sender said BYE by RTCP (RFC 3550 6.6). Once. */
  onClosedByDevice?(at: number): void
}

export type MediaEncoding = 'PS' | 'MPEG4' | 'H264' | 'H265' | 'PCMA' | 'undecodable'

export interface MediaStray extends MediaSource {
  readonly ssrc: number
  readonly packets: number
}

export interface MediaStatistics {
  /** RTP packets of the stream. */
  readonly packets: number
  /** RTP payload octets of the stream. */
  readonly bytes: number
  /** Packets expected by sequence number and not received (RFC 3550 A.3), never below 0. */
  readonly lost: number
  readonly outOfOrder: number
  /** Interarrival jitter (RFC 3550 6.4.1), milliseconds. */
  readonly jitterMs: number
  readonly firstPacketAt?: number
  readonly lastPacketAt?: number
  readonly ssrc?: number
  readonly source?: MediaSource
  readonly payloadType?: number
  /** RTP that is not the stream, by SSRC and source; at most 16 entries. */
  readonly strays: readonly MediaStray[]
  /** All RTP packets that are not the stream, those outside the table included. */
  readonly strayPackets: number
  /** Datagrams that are not RTP or RTCP. */
  readonly invalid: number
  /** Payload bits a second over the last full second; 0 once nothing arrives. */
  readonly bitrate: number
  readonly encoding?: MediaEncoding
  /** From the program stream map, such as `H264`. */
  readonly video?: string
  readonly audio?: string
  readonly frames: number
}

export type MediaErrorCode = 'media-port-unavailable' | 'cancelled' | 'closed'

/** Why a port could not be opened. */
export class MediaError extends Error {
  readonly code: MediaErrorCode

  constructor(code: MediaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MediaError'
    this.code = code
  }
}
