/**
 * The embedded media server: gives every session a receiver on a port of the pool and gets the port back, whatever
 * happens. Owns the pool and the open receivers. It says nothing to the network but receiver reports.
 */
import { createDgramNetwork, type MediaNetwork } from './network.ts'
import { createPortPool, type PortPool, type PortRange } from './ports.ts'
import { EmbeddedReceiver } from './receiver.ts'
import { type MediaClock, MediaError, type MediaReceiver, type MediaRequest, type MediaServer } from './types.ts'

export interface EmbeddedMediaOptions {
  /** UDP ports to use, both inclusive; each session takes an even one and the odd one above it. */
  readonly ports: PortRange
  /** Local address to bind, such as `0.0.0.0`. */
  readonly bind: string
  readonly clock: MediaClock
  /** Uniform in [0, 1): our SSRCs and the canonical name in receiver reports. */
  readonly random: () => number
  /** Milliseconds without a packet, after media had begun, until `onIdle`. Default 15,000. */
  readonly idleMs?: number
  /** Default: node:dgram. */
  readonly network?: MediaNetwork
}

/** @throws RangeError if the port range holds no pair of ports. */
export const createEmbeddedMedia = (options: EmbeddedMediaOptions): MediaServer => new EmbeddedMedia(options)

class EmbeddedMedia implements MediaServer {
  readonly #options: EmbeddedMediaOptions
  readonly #network: MediaNetwork
  readonly #pool: PortPool
  readonly #cname: string
  readonly #receivers = new Set<EmbeddedReceiver>()
  readonly #opening = new Set<Promise<unknown>>()
  #closed = false

  constructor(options: EmbeddedMediaOptions) {
    this.#options = options
    this.#network = options.network ?? createDgramNetwork(options.bind)
    this.#pool = createPortPool(options.ports)
    // RFC 7022: a canonical name tells nothing about the host.
    this.#cname = `gb28181-${this.#random32().toString(16).padStart(8, '0')}`
  }

  get ports(): { total: number; inUse: number } {
    return { total: this.#pool.total, inUse: this.#pool.inUse }
  }

  async open(request: MediaRequest): Promise<MediaReceiver> {
    const opening = this.#open(request)
    this.#opening.add(opening)
    try {
      return await opening
    } finally {
      this.#opening.delete(opening)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#opening)
    await Promise.all([...this.#receivers].map((receiver) => receiver.close()))
  }

  async #open(request: MediaRequest): Promise<MediaReceiver> {
    let refused: unknown
    for (let left = this.#pool.total - this.#pool.inUse; left > 0; left--) {
      this.#throwIfOver(request)
      const port = this.#pool.acquire()
      if (port === undefined) break
      const receiver = this.#createReceiver(request, port)
      const error = await bindError(receiver, this.#network)
      if (error === undefined) return this.#keep(receiver, request)
      this.#pool.release(port)
      refused = error
      if (!isTaken(error)) break
    }
    this.#throwIfOver(request)
    throw this.#unavailable(refused)
  }

  #createReceiver(request: MediaRequest, port: number): EmbeddedReceiver {
    const receiver: EmbeddedReceiver = new EmbeddedReceiver({
      address: this.#options.bind,
      port,
      clock: this.#options.clock,
      request,
      idleMs: this.#options.idleMs ?? 15_000,
      ssrc: this.#random32(),
      cname: this.#cname,
      onClosed: () => {
        this.#receivers.delete(receiver)
        this.#pool.release(port)
      },
    })
    return receiver
  }

  /** The receiver is open; if nobody wants it any more it is closed at once. */
  async #keep(receiver: EmbeddedReceiver, request: MediaRequest): Promise<MediaReceiver> {
    this.#receivers.add(receiver)
    try {
      this.#throwIfOver(request)
    } catch (error) {
      await receiver.close()
      throw error
    }
    return receiver
  }

  #throwIfOver(request: MediaRequest): void {
    if (this.#closed) throw new MediaError('closed', 'the media server is closed')
    if (request.signal?.aborted)
      throw new MediaError('cancelled', `opening media for session ${request.sessionId} was cancelled`, {
        cause: request.signal.reason,
      })
  }

  #unavailable(cause: unknown): MediaError {
    const { from, to } = this.#options.ports
    const { total, inUse } = this.ports
    const why = cause instanceof Error ? `; the last one tried: ${cause.message}` : ''
    const message = `no media port in ${from}-${to} can be opened (${inUse} of ${total} in use by sessions${why})`
    return new MediaError('media-port-unavailable', message, { cause })
  }

  #random32(): number {
    return Math.floor(this.#options.random() * 2 ** 32)
  }
}

async function bindError(receiver: EmbeddedReceiver, network: MediaNetwork): Promise<unknown> {
  try {
    await receiver.bind(network)
    return undefined
  } catch (error) {
    return error ?? new Error('bind failed')
  }
}

/** Another program holds the port, or the system reserves it; the next one may be free. */
const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')
