/**
 * Serves the WebSocket protocol of `@xstate/inspect` from our actors: what `createWebSocketReceiver`, and pages built on
 * it, connect to.
 *
 * Inert until `start`. While no viewer is connected nobody listens to the actors. Who may connect is the gate's to say.
 * `?machine=inviting,exchange` and `?device=ID` in the address choose what a viewer is shown.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { listenError } from '../../engine/listen-error.ts'
import type { Endpoint } from '../../engine/network.ts'
import type { AnyActor, Clock } from '../../statechart/index.ts'
import { v4Encoder } from './v4-messages.ts'
import { Viewer } from './viewer.ts'
import type { WatchSource } from './watch.ts'

/** What is looked at of a request to connect; as in the HTTP server's `Access`, which is a gate. */
export interface Gate {
  refusal(asked: {
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string | undefined>>
  }): Refusal | undefined
}

interface Refusal {
  readonly code: string
  readonly message: string
}

export interface InspectorServerOptions {
  readonly source: WatchSource
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly gate: Gate
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout' | 'now'>
  /** The device that an actor belongs to. */
  readonly deviceOf: (actor: AnyActor) => string | undefined
  /** Take events by which an operator ends something (`commands.ts`). Default false. */
  readonly acceptEvents?: boolean
  readonly limits?: Partial<InspectorLimits>
  readonly log: (level: 'info' | 'warn', details: Readonly<Record<string, unknown>>, message: string) => void
}

export interface InspectorLimits {
  /** Viewers at once; further ones get 503. */
  readonly viewers: number
  /** Actors that one viewer is shown at once. */
  readonly actors: number
  /** Steps that wait for one viewer. */
  readonly steps: number
  /** Milliseconds that viewers have to close their connection when the server ends. */
  readonly grace: number
}

const usualLimits: InspectorLimits = { viewers: 8, actors: 1000, steps: 5000, grace: 500 }
/** Connections at once, with those that are no viewers yet, or never will be. */
const mostConnections = 64
/** Bytes of a message from a viewer. */
const longestMessage = 64 << 10

export class InspectorServer {
  readonly #options: InspectorServerOptions
  readonly #limits: InspectorLimits
  readonly #http: Server = createServer((_, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', connection: 'close' })
    response.end('This port speaks the WebSocket protocol of @xstate/inspect. The page is on the HTTP port.\n')
  })
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: longestMessage, clientTracking: false })
  readonly #viewers = new Map<WebSocket, Viewer>()
  #closing: Promise<void> | undefined

  constructor(options: InspectorServerOptions) {
    this.#options = options
    this.#limits = { ...usualLimits, ...options.limits }
    this.#http.maxConnections = mostConnections
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** @throws Gb28181Error `port-in-use`, `address-not-available`, `port-not-permitted`, `listen-failed` */
  start(): Promise<void> {
    const { host, port } = this.#options
    return new Promise((resolve, reject) => {
      this.#http.once('error', (error) => reject(listenError(error, { transport: 'TCP', address: host, port })))
      this.#http.listen(port, host, resolve)
    })
  }

  /** What is listened on; undefined before `start` and after `close`. */
  address(): Endpoint | undefined {
    const bound = this.#http.address()
    return bound === null || typeof bound === 'string' ? undefined : { address: bound.address, port: bound.port }
  }

  /** Tells viewers the rest, says goodbye and closes. Idempotent; always settles, after the grace by force. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const [socket, viewer] of this.#viewers) {
      viewer.close()
      socket.close(1001, 'the platform ends')
    }
    const cut = setTimeout(() => {
      for (const socket of this.#viewers.keys()) socket.terminate()
      this.#http.closeAllConnections()
    }, this.#limits.grace)
    this.#http.closeIdleConnections()
    await new Promise<void>((resolve) => this.#http.close(() => resolve()))
    await Promise.all([...this.#viewers.keys()].map((socket) => new Promise((done) => socket.once('close', done))))
    clearTimeout(cut)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const url = URL.parse(request.url ?? '/', 'ws://inspector')
    if (url === null) return this.#refuse(socket, { code: 'bad-request', message: 'That is no address.' })
    const refused = this.#refusal(request, url)
    if (refused !== undefined) return this.#refuse(socket, refused)
    this.#sockets.handleUpgrade(request, socket, head, (ready) => this.#welcome(ready, url))
  }

  #refusal({ headers }: IncomingMessage, url: URL): Refusal | undefined {
    if (this.#closing !== undefined) return { code: 'closing', message: 'The platform is ending.' }
    const token = url.searchParams.get('token')
    // Browsers cannot set headers on a WebSocket.
    const authorization = token === null ? headers.authorization : `Bearer ${token}`
    const { host, origin } = headers
    const refused = this.#options.gate.refusal({
      method: 'GET',
      path: '/inspect',
      headers: { host, origin, authorization },
    })
    if (refused !== undefined) return refused
    const { viewers } = this.#limits
    return this.#viewers.size < viewers ? undefined : { code: 'overload', message: `There are ${viewers} viewers.` }
  }

  #refuse(socket: Duplex, { code, message }: Refusal): void {
    this.#options.log('warn', { event: 'inspector.refused', code }, `an inspector was refused: ${message}`)
    const body = JSON.stringify({ error: { code, message } })
    const head = [
      `HTTP/1.1 ${statuses[code] ?? '403 Forbidden'}`,
      'Connection: close',
      'Content-Type: application/json',
    ]
    socket.end(`${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  #welcome(socket: WebSocket, { searchParams }: URL): void {
    const { source, clock, acceptEvents = false, log } = this.#options
    const machines = searchParams.get('machine')?.split(',')
    const device = searchParams.get('device')
    const viewer = new Viewer(socket, {
      ...this.#limits,
      source,
      clock,
      acceptEvents,
      encode: v4Encoder(),
      wanted: (actor) =>
        machines?.includes(actor.machine.id) !== false && (device === null || this.#options.deviceOf(actor) === device),
      onOverflow: (what) => log('warn', { event: 'inspector.overflow' }, `an inspector is not shown all: ${what}`),
      onCommand: (outcome, { sessionId, type }) =>
        log('warn', { event: `inspector.event.${outcome}`, sessionId, type }, `event from an inspector ${outcome}`),
    })
    this.#viewers.set(socket, viewer)
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      viewer.close()
      this.#viewers.delete(socket)
      log('info', { event: 'inspector.disconnected' }, 'an inspector has left')
    })
    log('info', { event: 'inspector.connected' }, 'an inspector has connected')
  }
}

const statuses: Readonly<Record<string, string>> = {
  'bad-request': '400 Bad Request',
  unauthorized: '401 Unauthorized',
  overload: '503 Service Unavailable',
  closing: '503 Service Unavailable',
}
