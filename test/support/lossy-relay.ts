/**
 * A network that loses and doubles datagrams, over real sockets: a UDP relay before a server. Each client gets one socket
 * towards the server, so that both sides see a stable address. What becomes of a datagram is drawn from a seed, each way.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Endpoint } from '../../src/engine/network.ts'
import { LossyLink } from '../../src/testing/lossy-link.ts'

export interface LossyRelayOptions {
  readonly server: Endpoint
  /** Share of datagrams that is lost, each way, 0 to 1. */
  readonly loss: number
  /** Share of datagrams that arrives twice, each way, 0 to 1. */
  readonly duplicate: number
  readonly seed: number
}

export interface RelayTally {
  taken: number
  lost: number
  doubled: number
}

/** `up` is towards the server. */
type Way = 'up' | 'down'

const host = '127.0.0.1'

export class LossyRelay implements AsyncDisposable {
  readonly #server: Endpoint
  readonly #front: Socket
  readonly #links: Readonly<Record<Way, LossyLink>>
  readonly #clients = new Map<string, Promise<Socket>>()
  readonly tally: Readonly<Record<Way, RelayTally>> = {
    up: { taken: 0, lost: 0, doubled: 0 },
    down: { taken: 0, lost: 0, doubled: 0 },
  }

  /** `front`: the bound socket that clients take for the server. */
  constructor(front: Socket, { server, seed, ...shares }: LossyRelayOptions) {
    this.#server = server
    this.#front = front
    this.#links = { up: new LossyLink({ ...shares, seed }), down: new LossyLink({ ...shares, seed: seed + 1 }) }
    front.on('message', (bytes, from) => void this.#fromClient(bytes, { address: from.address, port: from.port }))
  }

  /** What clients take for the server, `ADDRESS:PORT`. */
  get address(): string {
    return `${host}:${this.#front.address().port}`
  }

  async #fromClient(bytes: Buffer, client: Endpoint): Promise<void> {
    const key = `${client.address}:${client.port}`
    const known = this.#clients.get(key) ?? this.#greet(client)
    this.#clients.set(key, known)
    this.#pass('up', bytes, await known, this.#server)
  }

  async #greet(client: Endpoint): Promise<Socket> {
    const back = await bound()
    back.on('message', (bytes) => this.#pass('down', bytes, this.#front, client))
    return back
  }

  #pass(way: Way, bytes: Buffer, socket: Socket, to: Endpoint): void {
    const tally = this.tally[way]
    const copies = this.#links[way].next(bytes).length
    tally.taken += 1
    if (copies === 0) tally.lost += 1
    if (copies === 2) tally.doubled += 1
    for (let copy = 0; copy < copies; copy += 1) socket.send(bytes, to.port, to.address)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#front.close()
    for (const back of this.#clients.values()) (await back).close()
  }
}

export async function openLossyRelay(options: LossyRelayOptions): Promise<LossyRelay> {
  return new LossyRelay(await bound(), options)
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  // What was sent to a client that has gone comes back as an error that is nobody's.
  socket.on('error', () => {})
  socket.bind(0, host)
  await once(socket, 'listening')
  return socket
}
