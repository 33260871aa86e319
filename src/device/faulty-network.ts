/**
 * A network with the faults that concern the wire: what is lost, cut or miscounted between a device and its platform.
 *
 * Stands between an engine and its real network. Each fault is in one place below; without any of them the network is
 * passed through as it is.
 */
import type { Datagram, Endpoint, Face, Flow, Framed, ListenAddress, Network, NetworkUser } from '../engine/network.ts'
import type { Random } from '../engine/options.ts'
import type { Wire } from '../sip/message.ts'
import type { Clock, TimerHandle } from '../statechart/index.ts'
import type { FaultName, Faults } from './faults.ts'

const wireFaults: readonly FaultName[] = ['no-200', 'wrong-length', 'port-change', 'tcp-half-close', 'vanish', 'loss']

export function faultyNetwork(inner: Network, faults: Faults, world: { clock: Clock; random: Random }): Network {
  if (!wireFaults.some((name) => faults.has(name))) return inner
  let air: Air | undefined
  return {
    listen(at, user) {
      air ??= new Air(faults, world)
      return FaultyFace.open(inner, at, user, air)
    },
  }
}

/** What happens to a message on its way. */
class Air {
  readonly faults: Faults
  readonly clock: Clock
  readonly #random: Random
  readonly #vanishAt: number

  constructor(faults: Faults, { clock, random }: { clock: Clock; random: Random }) {
    this.faults = faults
    this.clock = clock
    this.#random = random
    this.#vanishAt = clock.now() + (faults.get('vanish') ?? Number.POSITIVE_INFINITY) * 1000
  }

  /** Fault vanish: from then on nothing passes. */
  get gone(): boolean {
    return this.clock.now() >= this.#vanishAt
  }

  /** Fault loss: datagrams only, for TCP repeats what is lost. */
  loses(transport: Flow['transport']): boolean {
    const percent = this.faults.get('loss')
    return percent !== undefined && transport === 'UDP' && this.#random.fraction() * 100 < percent
  }

  /** What goes out instead of these bytes; undefined: nothing. */
  altered(bytes: Buffer): Buffer | undefined {
    // Fault no-200: responses are held back, requests pass.
    if (this.faults.has('no-200') && bytes.toString('latin1', 0, 11) === 'SIP/2.0 200') return undefined
    return this.faults.has('wrong-length') ? Buffer.from(miscounted(bytes.toString('latin1')), 'latin1') : bytes
  }
}

/** Fault wrong-length: a Content-Length that counts a last CRLF which is not sent. */
const miscounted = (wire: Wire): Wire =>
  wire.startsWith('MESSAGE ')
    ? wire.replace(/\r\nContent-Length: (\d+)\r\n/, (line, length: string) =>
        length === '0' ? line : `\r\nContent-Length: ${Number(length) + 2}\r\n`,
      )
    : wire

class FaultyFace implements Face {
  readonly transport: Face['transport']
  readonly local: Endpoint
  readonly air: Air
  readonly #first: Face
  /** Where signalling leaves from; another one after fault port-change. */
  #current: Face
  readonly #flows = new WeakMap<Flow, FaultyFlow>()
  readonly #timers = new Set<TimerHandle>()
  #closed = false

  private constructor(face: Face, air: Air) {
    this.transport = face.transport
    this.local = face.local
    this.air = air
    this.#first = face
    this.#current = face
  }

  static async open(network: Network, at: ListenAddress, user: NetworkUser, air: Air): Promise<FaultyFace> {
    let opened: FaultyFace | undefined
    const open = (address: ListenAddress, isFirst: boolean) =>
      network.listen(address, {
        datagrams: (batch) => opened?.datagrams(user, batch, isFirst),
        framed: (flow, output) => opened?.framed(user, flow, output),
        closed: (flow) => opened !== undefined && user.closed(opened.wrap(flow)),
        trouble: (local, error) => user.trouble(local, error),
      })
    const face = new FaultyFace(await open(at, true), air)
    opened = face
    const change = air.faults.get('port-change')
    if (change !== undefined && at.transport === 'UDP')
      face.after(change, () => {
        // No second port to be had: signalling goes on from the first.
        open({ ...at, port: 0 }, false).then(
          (other) => face.moveTo(other),
          () => {},
        )
      })
    return face
  }

  flowTo(remote: Endpoint): Flow {
    const flow = this.#first.flowTo(remote)
    const known = this.#flows.has(flow)
    const wrapped = this.wrap(flow)
    // Fault tcp-half-close: our half is closed, theirs is still read.
    const halfClose = this.air.faults.get('tcp-half-close')
    if (!known && halfClose !== undefined && this.transport === 'TCP') this.after(halfClose, () => endSending(flow))
    return wrapped
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) this.air.clock.clearTimeout(timer)
    await Promise.all([this.#first.close(), this.#current === this.#first ? undefined : this.#current.close()])
  }

  wrap(flow: Flow): FaultyFlow {
    const known = this.#flows.get(flow) ?? new FaultyFlow(this, flow)
    this.#flows.set(flow, known)
    return known
  }

  datagrams(user: NetworkUser, batch: readonly Datagram[], toFirst: boolean): void {
    // Fault port-change: what still goes to the old port finds no way through the NAT.
    const unreachable = toFirst && this.#current !== this.#first
    if (unreachable || this.air.gone) return
    const arrived = batch.filter(() => !this.air.loses('UDP'))
    user.datagrams(arrived.map(({ flow, bytes }) => ({ flow: this.wrap(flow), bytes })))
  }

  framed(user: NetworkUser, flow: Flow, output: Framed): void {
    if (!this.air.gone) user.framed(this.wrap(flow), output)
  }

  send(flow: Flow, bytes: Buffer, failed: (error: Error) => void): void {
    const out = this.air.altered(bytes)
    if (out === undefined || this.air.gone || this.air.loses(this.transport)) return
    const moved = this.#current !== this.#first
    const way = moved ? this.#current.flowTo(flow.remote) : flow
    way.send(out, failed)
  }

  moveTo(other: Face): void {
    if (this.#closed) return void other.close()
    this.#current = other
  }

  after(seconds: number, run: () => void): void {
    const timer = this.air.clock.setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, seconds * 1000)
    this.#timers.add(timer)
  }
}

class FaultyFlow implements Flow {
  readonly #face: FaultyFace
  readonly #inner: Flow

  constructor(face: FaultyFace, inner: Flow) {
    this.#face = face
    this.#inner = inner
  }

  get transport(): Flow['transport'] {
    return this.#inner.transport
  }

  get local(): Endpoint {
    return this.#inner.local
  }

  get remote(): Endpoint {
    return this.#inner.remote
  }

  get open(): boolean {
    return this.#inner.open
  }

  send(bytes: Buffer, failed: (error: Error) => void): void {
    this.#face.send(this.#inner, bytes, failed)
  }
}

/** A TCP flow of `tcp.ts` can close its sending half; the engine has no use for it, so that `Flow` does not say so. */
function endSending(flow: Flow): void {
  if ('end' in flow && typeof flow.end === 'function') flow.end()
}
