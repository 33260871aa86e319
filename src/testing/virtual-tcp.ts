/**
 * TCP of the virtual network: streams that lose nothing and keep their order, cut into messages by the real framer.
 */
import { type Endpoint, endpointText, type Face, type Flow, type NetworkUser } from '../engine/network.ts'
import { Gb28181Error } from '../errors.ts'
import { pong, StreamFramer } from '../sip/framing.ts'
import type { Clock } from '../statechart/index.ts'

export interface TcpWorld {
  readonly clock: Clock
  /** Milliseconds from one address to another. */
  latency(from: Endpoint, to: Endpoint): number
  note(what: 'sent' | 'delivered' | 'unreachable', from: Endpoint, to: Endpoint, bytes: Buffer): void
}

/** Where clients' ports begin. */
const firstClientPort = 50_000

export class TcpConnections {
  readonly #world: TcpWorld
  readonly #faces = new Map<string, VirtualTcpFace>()
  #nextPort = firstClientPort

  constructor(world: TcpWorld) {
    this.#world = world
  }

  /** @throws Gb28181Error `port-in-use` */
  listen(local: Endpoint, user: NetworkUser): Face {
    const key = endpointText(local)
    if (this.#faces.has(key)) throw new Gb28181Error('port-in-use', `TCP ${key} is in use`)
    const face = new VirtualTcpFace(
      local,
      user,
      (from, remote) => this.#connect(from, remote),
      () => void this.#faces.delete(key),
    )
    this.#faces.set(key, face)
    return face
  }

  /** Always answers a flow; one to where nobody listens fails when something is sent. */
  #connect(from: VirtualTcpFace, remote: Endpoint): VirtualTcpFlow {
    const client = { address: from.local.address, port: this.#nextPort++ }
    const to = this.#faces.get(endpointText(remote))
    const near = new VirtualTcpFlow(this.#world, from, { via: client, remote })
    if (to === undefined) return near
    const far = new VirtualTcpFlow(this.#world, to, { via: remote, remote: client })
    near.join(far)
    far.join(near)
    to.adopt(far)
    return near
  }
}

class VirtualTcpFace implements Face {
  readonly transport = 'TCP'
  readonly local: Endpoint
  readonly user: NetworkUser
  readonly #open: (from: VirtualTcpFace, remote: Endpoint) => VirtualTcpFlow
  readonly #release: () => void
  readonly #flows = new Map<string, VirtualTcpFlow>()

  constructor(
    local: Endpoint,
    user: NetworkUser,
    open: (from: VirtualTcpFace, remote: Endpoint) => VirtualTcpFlow,
    release: () => void,
  ) {
    this.local = local
    this.user = user
    this.#open = open
    this.#release = release
  }

  flowTo(remote: Endpoint): Flow {
    const known = this.#flows.get(endpointText(remote))
    if (known !== undefined) return known
    const flow = this.#open(this, { address: remote.address, port: remote.port })
    this.adopt(flow)
    return flow
  }

  adopt(flow: VirtualTcpFlow): void {
    this.#flows.set(endpointText(flow.remote), flow)
  }

  forget(flow: VirtualTcpFlow): void {
    const key = endpointText(flow.remote)
    if (this.#flows.get(key) === flow) this.#flows.delete(key)
  }

  async close(): Promise<void> {
    this.#release()
    for (const flow of [...this.#flows.values()]) flow.end()
  }
}

/** One end of a connection. */
export class VirtualTcpFlow implements Flow {
  readonly transport = 'TCP'
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly #world: TcpWorld
  readonly #face: VirtualTcpFace
  /** Where the bytes come from: of a client another port than the listener's. */
  readonly #via: Endpoint
  readonly #framer = new StreamFramer()
  #peer: VirtualTcpFlow | undefined
  #open = true

  constructor(world: TcpWorld, face: VirtualTcpFace, { via, remote }: { via: Endpoint; remote: Endpoint }) {
    this.#world = world
    this.#face = face
    this.#via = via
    this.local = face.local
    this.remote = remote
  }

  get open(): boolean {
    return this.#open
  }

  join(peer: VirtualTcpFlow): void {
    this.#peer = peer
  }

  send(bytes: Buffer, failed: (error: Error) => void): void {
    const { clock } = this.#world
    this.#world.note('sent', this.#via, this.remote, bytes)
    const peer = this.#open ? this.#peer : undefined
    if (peer === undefined) {
      this.#world.note('unreachable', this.#via, this.remote, bytes)
      clock.setTimeout(() => {
        failed(new Error('connection refused'))
        this.#close()
      }, 0)
      return
    }
    clock.setTimeout(() => peer.receive(bytes), this.#world.latency(this.#via, this.remote))
  }

  receive(bytes: Buffer): void {
    if (!this.#open) return
    this.#world.note('delivered', this.remote, this.#via, bytes)
    for (const output of this.#framer.push(bytes)) {
      if (output.type === 'ping') this.send(pong, () => {})
      else this.#face.user.framed(this, output)
      if (output.type === 'rejected' && output.fatal) this.end()
    }
  }

  /** Closes the connection; the other end hears of it after the latency. */
  end(): void {
    if (!this.#open) return
    const peer = this.#peer
    const latency = this.#world.latency(this.#via, this.remote)
    this.#close()
    if (peer !== undefined) this.#world.clock.setTimeout(() => peer.#close(), latency)
  }

  #close(): void {
    if (!this.#open) return
    this.#open = false
    this.#face.forget(this)
    this.#face.user.closed(this)
  }
}
