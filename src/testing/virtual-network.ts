/**
 * A network without sockets, on a clock: UDP with a fate for every datagram, TCP as reliable streams, RTP ports for both
 * sides of a session, and a log of what was sent and what arrived.
 *
 * Addresses are just names: whoever listens on `192.0.2.10:5060` is there. Stands in for node:dgram and node:net behind
 * the engine's `Network`, the receiver's `MediaNetwork` and the device's `OpenRtp`.
 *
 * ```ts
 * const clock = new VirtualClock()
 * const network = new VirtualNetwork({ clock, link: { latency: 20, loss: 0.3, seed: 1 } })
 * const device = createDevice({ server: '192.0.2.10', clock, network, openRtp: network.openRtp,
 *   local: { address: '192.0.2.64', port: 5060 } })
 * ```
 */
import type { RtpPort } from '../device/rtp-port.ts'
import {
  type Endpoint,
  endpointText,
  type Face,
  type Flow,
  type ListenAddress,
  type Network,
  type NetworkUser,
} from '../engine/network.ts'
import { Gb28181Error } from '../errors.ts'
import type { MediaNetwork, MediaSocket } from '../media/network.ts'
import type { MediaSource } from '../media/types.ts'
import type { Clock } from '../statechart/index.ts'
import { type FateFunction, type LinkOptions, LossyLink } from './lossy-link.ts'
import { TcpConnections } from './virtual-tcp.ts'

export interface VirtualNetworkOptions {
  readonly clock: Clock
  /** The fate of UDP datagrams on every way that has no link of its own. Default: delivered at once. */
  readonly link?: LinkOptions | FateFunction
}

/** One thing that happened to a SIP message on the wire. */
export interface WireEntry {
  /** Milliseconds of the clock. */
  readonly at: number
  /** `unreachable`: nobody listens there. */
  readonly what: 'sent' | 'delivered' | 'dropped' | 'unreachable'
  readonly transport: 'UDP' | 'TCP'
  /** `address:port` */
  readonly from: string
  readonly to: string
  /** The first line. */
  readonly summary: string
  readonly bytes: Buffer
}

type Receive = (bytes: Buffer, from: Endpoint) => void

/** Ports given out where 0 is asked for. */
const firstFreePort = 40_000

export class VirtualNetwork implements Network {
  /** Every SIP message sent, dropped and delivered, in order of time. Media is counted, not kept. */
  readonly log: WireEntry[] = []
  readonly clock: Clock
  readonly #links = new Map<string, LossyLink>()
  readonly #defaultLink: LinkOptions | FateFunction
  readonly #udp = new Map<string, Receive>()
  readonly #tcp: TcpConnections
  #nextPort = firstFreePort
  #mediaPackets = 0

  constructor(options: VirtualNetworkOptions) {
    this.clock = options.clock
    this.#defaultLink = options.link ?? {}
    this.#tcp = new TcpConnections({
      clock: options.clock,
      latency: (from, to) => this.#link(from, to).latency,
      note: (what, from, to, bytes) => this.note(what, 'TCP', from, to, bytes),
    })
  }

  /** Media packets that were sent. */
  get mediaPackets(): number {
    return this.#mediaPackets
  }

  /** Gives the way from one address to another, in that direction only, a fate of its own. */
  setLink(from: string, to: string, fate: LinkOptions | FateFunction): void {
    this.#links.set(`${from} ${to}`, new LossyLink(fate))
  }

  async listen(at: ListenAddress, user: NetworkUser): Promise<Face> {
    const local = { address: at.address, port: at.port === 0 ? this.#nextPort++ : at.port }
    if (at.transport === 'TCP') return this.#tcp.listen(local, user)
    return new VirtualUdpFace(this, local, user)
  }

  /** Media ports of `address`, for `createEmbeddedMedia`. */
  media(address: string): MediaNetwork {
    return {
      bind: async (port, onPacket) => {
        // As node:dgram says it: the receiver's pool goes on to the next port.
        if (this.#udp.has(endpointText({ address, port })))
          throw Object.assign(new Error(`bind EADDRINUSE ${address}:${port}`), { code: 'EADDRINUSE' })
        const release = this.bind({ address, port }, onPacket)
        return mediaSocket((packet, to) => this.sendMedia({ address, port }, to, packet), release)
      },
    }
  }

  /** Media ports of a simulated device; opened at once. */
  readonly openRtp = (address: string): RtpPort => {
    const local = { address, port: this.#nextPort }
    this.#nextPort += 2
    const release = this.bind(local, () => {})
    return { port: local.port, send: (packet, to) => this.sendMedia(local, to, packet), close: release }
  }

  /**
   * Takes datagrams that arrive at `local`, until the returned function is called.
   * @throws Gb28181Error `port-in-use`
   */
  bind(local: Endpoint, receive: (bytes: Buffer, from: MediaSource) => void): () => void {
    const key = endpointText(local)
    if (this.#udp.has(key)) throw new Gb28181Error('port-in-use', `UDP ${key} is in use`)
    this.#udp.set(key, receive)
    return () => void this.#udp.delete(key)
  }

  /** Puts a SIP datagram on the wire, from whatever address. */
  sendDatagram(from: Endpoint, to: Endpoint, bytes: Buffer): void {
    this.note('sent', 'UDP', from, to, bytes)
    const delays = this.#link(from, to).next(bytes)
    if (delays.length === 0) this.note('dropped', 'UDP', from, to, bytes)
    for (const delay of delays)
      this.clock.setTimeout(() => {
        const receive = this.#udp.get(endpointText(to))
        this.note(receive === undefined ? 'unreachable' : 'delivered', 'UDP', from, to, bytes)
        receive?.(bytes, from)
      }, delay)
  }

  sendMedia(from: Endpoint, to: Endpoint, packet: Buffer): void {
    this.#mediaPackets += 1
    for (const delay of this.#link(from, to).next(packet))
      this.clock.setTimeout(() => this.#udp.get(endpointText(to))?.(packet, from), delay)
  }

  note(what: WireEntry['what'], transport: 'UDP' | 'TCP', from: Endpoint, to: Endpoint, bytes: Buffer): void {
    const end = bytes.indexOf('\r\n')
    const summary = bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
    const at = this.clock.now()
    this.log.push({ at, what, transport, from: endpointText(from), to: endpointText(to), summary, bytes })
  }

  #link(from: Endpoint, to: Endpoint): LossyLink {
    const key = `${from.address} ${to.address}`
    const known = this.#links.get(key)
    if (known !== undefined) return known
    const made = new LossyLink(seedFor(this.#defaultLink, this.#links.size))
    this.#links.set(key, made)
    return made
  }
}

/** Each way has luck of its own, or both directions of a link would always lose together. */
const seedFor = (fate: LinkOptions | FateFunction, index: number): LinkOptions | FateFunction =>
  typeof fate === 'function' ? fate : { ...fate, seed: (fate.seed ?? 1) * 1000 + index }

const mediaSocket = (send: (packet: Buffer, to: Endpoint) => void, release: () => void): MediaSocket => ({
  send: (packet, port, address) => send(packet, { address, port }),
  close: async () => release(),
})

class VirtualUdpFace implements Face {
  readonly transport = 'UDP'
  readonly local: Endpoint
  readonly #network: VirtualNetwork
  readonly #release: () => void
  #closed = false

  constructor(network: VirtualNetwork, local: Endpoint, user: NetworkUser) {
    this.#network = network
    this.local = local
    this.#release = network.bind(local, (bytes, from) => user.datagrams([{ flow: this.flowTo(from), bytes }]))
  }

  flowTo({ address, port }: Endpoint): Flow {
    const remote = { address, port }
    return {
      transport: 'UDP',
      local: this.local,
      remote,
      open: true,
      send: (bytes: Buffer) => {
        if (!this.#closed) this.#network.sendDatagram(this.local, remote, bytes)
      },
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#release()
  }
}
