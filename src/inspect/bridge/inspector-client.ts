/**
 * Tells a server of `@statelyai/inspect` (its `createInspectorServer`, a relay to its page) about our actors.
 *
 * Connects when started and again five seconds after each loss. Nobody listens to the actors while it is not connected.
 * What the server sends is not looked at.
 */
import { WebSocket } from 'ws'
import type { Clock, TimerHandle } from '../../statechart/index.ts'
import { Feed } from './feed.ts'
import { statelyEncoder } from './stately-messages.ts'
import type { WatchSource } from './watch.ts'

export interface InspectorClientOptions {
  readonly source: WatchSource
  /** `ws://127.0.0.1:8081` */
  readonly url: string
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout' | 'now'>
  readonly log: (level: 'info' | 'warn', details: Readonly<Record<string, unknown>>, message: string) => void
}

/** Milliseconds between a loss and the next attempt. */
const pause = 5000
/** Milliseconds that closing may take. */
const grace = 500
/** Actors shown at once, and steps that wait. The server keeps the last 200 messages for pages that come later. */
const limits = { actors: 1000, steps: 5000 }

export class InspectorClient {
  readonly #options: InspectorClientOptions
  #socket: WebSocket | undefined
  #feed: Feed | undefined
  #timer: TimerHandle | undefined
  #closed = false
  /** Whether the state of the connection has been told. */
  #told: 'up' | 'down' | undefined

  constructor(options: InspectorClientOptions) {
    this.#options = options
  }

  /** Begins to connect; that nobody is there is no error. */
  start(): void {
    const { url, source, clock, log } = this.#options
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: pause })
    this.#socket = socket
    socket.on('open', () => {
      this.#tell('up')
      const encode = statelyEncoder(() => clock.now())
      const onOverflow = (what: string) =>
        log('warn', { event: 'inspector.overflow', url }, `not all is shown: ${what}`)
      this.#feed = new Feed(socket, { ...limits, source, encode, clock, onOverflow })
    })
    // `close` follows.
    socket.on('error', () => {})
    socket.on('close', () => this.#lost())
  }

  /** Tells the rest and hangs up. Idempotent; always settles. */
  async close(): Promise<void> {
    this.#closed = true
    this.#options.clock.clearTimeout(this.#timer)
    this.#feed?.close()
    const socket = this.#socket
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return
    const gone = new Promise((done) => socket.once('close', done))
    const cut = setTimeout(() => socket.terminate(), grace)
    socket.close(1001)
    await gone
    clearTimeout(cut)
  }

  #lost(): void {
    this.#feed?.close()
    this.#feed = undefined
    if (this.#closed) return
    this.#tell('down')
    this.#timer = this.#options.clock.setTimeout(() => this.start(), pause)
  }

  #tell(state: 'up' | 'down'): void {
    if (this.#told === state) return
    this.#told = state
    const { url, log } = this.#options
    if (state === 'up') log('info', { event: 'inspector.connected', url }, `told of every actor: ${url}`)
    else log('warn', { event: 'inspector.lost', url }, `no inspector at ${url}; tried again every ${pause / 1000} s`)
  }
}
