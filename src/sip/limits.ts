/** Bounds of one message; each has a typed rejection of its own in `rejection.ts`. */
export interface SipLimits {
  /** Bytes of a whole message. */
  readonly message: number
  /** Bytes of start line and header. */
  readonly head: number
  /** Lines of the header, continuation lines included. */
  readonly headers: number
  /** Bytes of one header field, folded lines together. */
  readonly line: number
}

/** For datagrams: no datagram is larger than 65,535 bytes. */
export const datagramLimits: SipLimits = { message: 65_535, head: 65_535, headers: 256, line: 8192 }

/** For streams: catalogs of thousands of channels come over TCP in one message. */
export const streamLimits: SipLimits = { message: 8 * 1024 * 1024, head: 65_535, headers: 256, line: 8192 }
