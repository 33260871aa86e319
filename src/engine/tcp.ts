/**
 * TCP: one listener per address; a connection is a flow and stays the way to its peer while it lives (RFC 3261 18).
 *
 * A peer that registered over TCP is reached over that connection only. Connections are bounded in number, in unsent
 * bytes and in the time that a half message may take.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type FramerOptions, type FramerOutput, pong, StreamFramer } from '../sip/framing.ts'
import { listenError } from './listen-error.ts'
import {
  type Endpoint,
  endpointText,
  type Face,
  type Flow,
  type ListenAddress,
  type NetworkUser,
  plainAddress,
} from './network.ts'

export interface TcpLimits {
  /** Connections at once on one listening address; further ones are closed at once. */
  readonly connections: number
  /** Bytes waiting to be sent on one connection, beyond which its peer counts as gone. */
  readonly unsentBytes: number
  /** Milliseconds after which a connection is closed on which nothing whole ever arrived, or a message stays half. */
  readonly halfOpen: number
}

export const tcpLimits: TcpLimits = { connections: 20_000, unsentBytes: 4 << 20, halfOpen: 30_000 }

/** Milliseconds that a peer has to take what is waiting for it, and to close its half. */
const lingering = 1000

export function listenTcp(
  at: ListenAddress,
  user: NetworkUser,
  framing: FramerOptions,
  limits: TcpLimits,
): Promise<Face> {
  const server = createServer({ noDelay: true, keepAlive: true })
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, at)))
    server.listen({ port: at.port, host: at.address, ipv6Only: at.address.includes(':') }, () => {
      server.removeAllListeners('error')
      resolve(new TcpFace(server, user, framing, limits))
    })
  })
}

class TcpFace implements Face {
  readonly transport = 'TCP'
  readonly local: Endpoint
  readonly #server: Server
  readonly #user: NetworkUser
  readonly #framing: FramerOptions
  readonly #limits: TcpLimits
  readonly #connections = new Map<string, TcpFlow>()
  #closing: Promise<void> | undefined

  constructor(server: Server, user: NetworkUser, framing: FramerOptions, limits: TcpLimits) {
    this.#server = server
    this.#user = user
    this.#framing = framing
    this.#limits = limits
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('a TCP listener without an address')
    this.local = { address: bound.address, port: bound.port }
    server.on('connection', (socket) => this.#accept(socket))
    server.on('error', (error) => user.trouble(this.local, error))
  }

  flowTo(remote: Endpoint): Flow {
    const open = this.#connections.get(endpointText(remote))
    return open ?? this.#adopt(connect({ host: remote.address, port: remote.port, noDelay: true }), remote)
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const flow of this.#connections.values()) flow.end()
    })
    return this.#closing
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined || this.#connections.size >= this.#limits.connections) {
      socket.destroy()
      return
    }
    this.#adopt(socket, { address: plainAddress(remoteAddress), port: remotePort })
  }

  #adopt(socket: Socket, remote: Endpoint): TcpFlow {
    const key = endpointText(remote)
    const flow = new TcpFlow(socket, this.local, remote, this.#limits.unsentBytes)
    this.#connections.set(key, flow)
    const framer = new StreamFramer(this.#framing)
    const half = new Deadline(this.#limits.halfOpen, () => socket.destroy())
    half.start()
    socket.on('data', (chunk) => {
      for (const output of framer.push(chunk)) {
        half.stop()
        this.#take(flow, output)
      }
      if (framer.pendingBytes > 0) half.start()
    })
    socket.on('error', (error) => flow.fail(error))
    socket.on('close', () => {
      half.stop()
      if (this.#connections.get(key) === flow) this.#connections.delete(key)
      flow.fail(new Error('the connection has closed'))
      this.#user.closed(flow)
    })
    return flow
  }

  #take(flow: TcpFlow, output: FramerOutput): void {
    if (output.type === 'ping') return flow.send(pong, () => {})
    this.#user.framed(flow, output)
    // Where one message ends cannot be known any more: what follows is noise.
    if (output.type === 'rejected' && output.fatal) flow.end()
  }
}

class TcpFlow implements Flow {
  readonly transport = 'TCP'
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly #socket: Socket
  readonly #unsentLimit: number
  readonly #unsent = new Set<(error: Error) => void>()

  constructor(socket: Socket, listening: Endpoint, remote: Endpoint, unsentLimit: number) {
    this.#socket = socket
    this.remote = remote
    // The port others may connect to is the listener's, the address is the connection's own.
    this.local = { address: plainAddress(socket.localAddress ?? listening.address), port: listening.port }
    this.#unsentLimit = unsentLimit
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  send(bytes: Buffer, failed: (error: Error) => void): void {
    if (!this.open) {
      queueMicrotask(() => failed(new Error('the connection has closed')))
      return
    }
    if (this.#socket.writableLength > this.#unsentLimit) {
      this.#socket.destroy(new Error('the peer does not read'))
      queueMicrotask(() => failed(new Error('the peer does not read')))
      return
    }
    this.#unsent.add(failed)
    this.#socket.write(bytes, (error) => {
      if (this.#unsent.delete(failed) && error) failed(error)
    })
  }

  /** Tells everybody whose bytes are still waiting. */
  fail(error: Error): void {
    const waiting = [...this.#unsent]
    this.#unsent.clear()
    for (const failed of waiting) failed(error)
  }

  /** Sends what is waiting, then closes; a peer that does not close its half is cut off. */
  end(): void {
    if (this.#socket.writableEnded) return
    this.#socket.end()
    const cut = new Deadline(lingering, () => this.#socket.destroy())
    cut.start()
    this.#socket.once('close', () => cut.stop())
  }
}

/** How long something may take in all. An idle timer would be kept up for ever by a peer that sends an octet now and then. */
class Deadline {
  readonly #ms: number
  readonly #expire: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number, expire: () => void) {
    this.#ms = ms
    this.#expire = expire
  }

  /** Runs from the first start, not from the last. */
  start(): void {
    this.#timer ??= setTimeout(this.#expire, this.#ms)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
