/**
 * The HTTP server over a platform: API, events, metrics, documentation. `createHttpServer` is inert; `start` listens.
 *
 * | file | is |
 * | --- | --- |
 * | `api.ts`, `schemas.ts`, `lists.ts`, `paths.ts` | what can be asked, as values |
 * | `handlers.ts`, `event-stream.ts`, `metrics.ts`, `page.ts`, `console.ts` | what answers |
 * | `answers.ts`, `access.ts`, `errors.ts` | what holds for all of it: request ids, access, the shape of errors |
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { NodeHttpServer } from '@effect/platform-node'
import { Effect, Exit, Layer, Scope } from 'effect'
import { HttpRouter, HttpServerResponse } from 'effect/http'
import { HttpApiBuilder, HttpApiScalar } from 'effect/http-api'
import { Gb28181Error } from '../errors.ts'
import { type Logger, silentLogger } from '../platform/options.ts'
import { Access, type AccessOptions, checkExposure } from './access.ts'
import { answers } from './answers.ts'
import { Api } from './api.ts'
import { Connections } from './connections.ts'
import { type ConsoleOptions, type Setup, Simulators } from './console.ts'
import { EventStreams } from './event-stream.ts'
import { handlers } from './handlers.ts'
import { LiveSockets } from './live-socket.ts'
import { Metrics } from './metrics.ts'
import { loadPage } from './page.ts'
import { docsPath, livePath, openApiPath, pagePath } from './paths.ts'
import type { ServedPlatform } from './served.ts'

export { isLoopback } from './access.ts'
export type { ConsoleOptions, SetupWarning, SimulatorOptions } from './console.ts'
export type { ServedPlatform } from './served.ts'

export interface HttpServerOptions extends AccessOptions {
  /** 0 lets the system choose. */
  readonly port: number
  readonly version: string
  readonly logger?: Logger
  /** Milliseconds between the comments that keep an event stream open. Default 15000. */
  readonly heartbeat?: number
  /** Ids of requests that bring none. Default: random UUIDs. */
  readonly requestId?: () => string
  /** What the console shows of the surroundings, and where its simulated cameras register. Without it: neither. */
  readonly console?: ConsoleOptions
  /** Milliseconds that running requests are given when the server closes. Default 2000. */
  readonly grace?: number
}

export interface HttpServer extends AsyncDisposable {
  /** Listens. @throws Gb28181Error `port-in-use`, `address-not-available`, `listen-failed` */
  start(): Promise<void>
  /** Ends event streams, lets running requests end, closes. Idempotent; always settles. */
  close(): Promise<void>
  /** What is listened on; undefined before `start` and after `close`. */
  address(): { readonly address: string; readonly port: number } | undefined
}

/** @throws Gb28181Error `http-token-required` where other machines could reach it and no token is set. */
export function createHttpServer(platform: ServedPlatform, options: HttpServerOptions): HttpServer {
  checkExposure(options)
  return new NodeServer(platform, options)
}

class NodeServer implements HttpServer {
  readonly #platform: ServedPlatform
  readonly #options: HttpServerOptions
  readonly #streams: EventStreams
  readonly #live: LiveSockets
  readonly #metrics: Metrics
  readonly #server: Server = createServer()
  readonly #simulators: Simulators | undefined
  readonly #connections = new Connections(this.#server)
  readonly #scope = Scope.makeUnsafe('parallel')
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(platform: ServedPlatform, options: HttpServerOptions) {
    this.#platform = platform
    this.#options = options
    this.#streams = new EventStreams(platform, options.heartbeat ?? 15_000)
    this.#live = new LiveSockets(platform)
    const { console } = options
    this.#simulators = console && new Simulators(() => console.simulator())
    this.#metrics = new Metrics(platform, {
      version: options.version,
      eventReaders: () => this.#streams.reading,
      liveReaders: () => this.#live.readers,
    })
  }

  start(): Promise<void> {
    this.#starting ??= this.#listen()
    return this.#starting
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  address(): { address: string; port: number } | undefined {
    const bound = this.#server.address()
    return isBound(bound) ? { address: bound.address, port: bound.port } : undefined
  }

  async #listen(): Promise<void> {
    const { host, port, grace = 2000 } = this.#options
    const listening = NodeHttpServer.layer(() => this.#server, { host, port, gracefulShutdownTimeout: grace })
    const served = HttpRouter.serve(this.#routes(), { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provide(listening),
    )
    const built = Layer.buildWithScope(served, this.#scope).pipe(
      Effect.catchTag('ServeError', ({ cause }) => Effect.fail(listenError(cause, this.#options))),
      Effect.provideService(HttpRouter.RouterConfig, { maxParamLength: 1000 }),
    )
    try {
      await Effect.runPromise(built)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  #routes() {
    const { logger = silentLogger, requestId = () => crypto.randomUUID() } = this.#options
    const { html, headers } = loadPage()
    const home = HttpServerResponse.setHeaders(HttpServerResponse.html(html), headers)
    const access = new Access(this.#options)
    const recordings = { platform: this.#platform, version: this.#options.version }
    const console = { access, setup: () => this.#setup(), simulators: this.#simulators }
    return Layer.mergeAll(
      HttpApiBuilder.layer(Api, { openapiPath: openApiPath }).pipe(
        Layer.provide(handlers(recordings, this.#streams, this.#metrics, console)),
      ),
      HttpApiScalar.layer(Api, { path: docsPath, scalar: { withDefaultFonts: false } }),
      HttpRouter.add('GET', pagePath, home),
      HttpRouter.add('GET', livePath, this.#live.open),
      answers({ access, logger, requestId }),
    )
  }

  #setup(): Setup | undefined {
    const { console, version } = this.#options
    return console && { version, simulator: true, ...console.setup() }
  }

  /** A request that is never finished must not hold the server: after the grace its connection is closed. */
  async #end(): Promise<void> {
    this.#streams.close()
    this.#live.close()
    this.#metrics.close()
    await this.#simulators?.close()
    this.#connections.close()
    const cut = setTimeout(() => this.#server.closeAllConnections(), this.#options.grace ?? 2000)
    try {
      await Effect.runPromise(Scope.close(this.#scope, Exit.void))
    } finally {
      clearTimeout(cut)
    }
  }
}

const isBound = (bound: AddressInfo | string | null): bound is AddressInfo =>
  bound !== null && typeof bound !== 'string'

function listenError(cause: unknown, { host, port }: HttpServerOptions): Gb28181Error {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const code = 'code' in error ? error.code : undefined
  const where = `HTTP ${host.includes(':') ? `[${host}]` : host}:${port}`
  if (code === 'EADDRINUSE') return new Gb28181Error('port-in-use', `${where} is in use.`, { cause, port })
  if (code === 'EADDRNOTAVAIL') {
    return new Gb28181Error('address-not-available', `${where}: this machine has no such address.`, { cause })
  }
  return new Gb28181Error('listen-failed', `${where} could not be opened: ${error.message}`, { cause })
}
