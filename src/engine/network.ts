/**
 * The engine's way to the network, as a port: bytes in, bytes out, and which way an answer goes back.
 *
 * `node-network.ts` is the real one, over node:dgram and node:net; `testing/` has one without sockets.
 */
import type { FramerOutput } from '../sip/framing.ts'

export type Transport = 'UDP' | 'TCP'

export interface Endpoint {
  /** IPv4 or IPv6 literal, without brackets. */
  readonly address: string
  readonly port: number
}

/** Where to listen. Port 0 lets the system choose. */
export interface ListenAddress extends Endpoint {
  readonly transport: Transport
}

/**
 * The way between one local and one remote address: over UDP a pair of addresses, over TCP one connection. An answer
 * goes back the flow its request came on (RFC 3581 4, RFC 3261 18.2.2).
 */
export interface Flow {
  readonly transport: Transport
  readonly local: Endpoint
  readonly remote: Endpoint
  /** False once a connection has closed; a UDP flow is always open. */
  readonly open: boolean
  /** Never throws. `failed` is called, later, when the bytes could not be sent. */
  send(bytes: Buffer, failed: (error: Error) => void): void
}

/** What a stream is cut into, keepalives aside. */
export type Framed = Exclude<FramerOutput, { type: 'ping' }>

export interface Datagram {
  readonly flow: Flow
  /** Its receiver's from now on: nobody writes into them again. */
  readonly bytes: Buffer
}

/** What the network tells the engine. */
export interface NetworkUser {
  /** What has come since the last time, in order. */
  datagrams(batch: readonly Datagram[]): void
  /** One unit cut from a TCP stream, with the bytes it was made of. */
  framed(flow: Flow, output: Framed): void
  /** A connection has closed, whoever closed it. */
  closed(flow: Flow): void
  /** Something happened to a listening socket that no single message is to blame for. */
  trouble(local: Endpoint, error: Error): void
}

/** One listening address. */
export interface Face {
  readonly transport: Transport
  readonly local: Endpoint
  /** The way to `remote` from here. Over TCP an open connection is reused, else one is opened. */
  flowTo(remote: Endpoint): Flow
  close(): Promise<void>
}

export interface Network {
  /** @throws Gb28181Error `port-in-use`, `address-not-available`, `port-not-permitted`. */
  listen(at: ListenAddress, user: NetworkUser): Promise<Face>
}

/** `1.2.3.4:5060`, `[::1]:5060`. */
export const endpointText = ({ address, port }: Endpoint): string => `${hostText(address)}:${port}`

/** An address as it stands in a URI or Via: IPv6 in brackets. */
export const hostText = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** IPv4-mapped IPv6 addresses are the IPv4 address they carry. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
