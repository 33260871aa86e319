/**
 * The shell around the machines: messages in, the right actor found, what it wants done carried out.
 *
 * A datagram is parsed and goes to its actor by branch (responses, retransmissions, ACK, CANCEL) or by Call-ID and tag
 * (within a dialog), or to the user (out of dialog); all of it synchronously, in one turn. No input from the network
 * can throw past here. Registrations, devices and sessions are the user's business.
 *
 * `client-side.ts` has the requests that go out, `server-side.ts` those that come in; here are the sockets, the life of
 * the whole, and what users build with.
 */
import { SipRequest, type SipResponse } from '../sip/message.ts'
import { type ParseNote, type ParseOptions, type ParseResult, parseMessage } from '../sip/parse.ts'
import { responseToRejection } from '../sip/print.ts'
import type { Rejection } from '../sip/rejection.ts'
import { createStatecharts, type Statecharts } from '../statechart/index.ts'
import { type Affair, ClientSide } from './client-side.ts'
import type { ClientTransaction, ClientUser, OutgoingRequest } from './client-transaction.ts'
import { Counters } from './counters.ts'
import { type ActorRecord, Directory, type SpawnOptions } from './directory.ts'
import type { FlightLog } from './flight.ts'
import { LocalEnd } from './local-end.ts'
import type { Datagram, Endpoint, Face, Flow, Framed, ListenAddress } from './network.ts'
import { type EngineOptions, type EngineUser, engineLimits, engineTimers } from './options.ts'
import { type DialogUser, ServerSide } from './server-side.ts'
import type { ServerTransaction } from './server-transaction.ts'
import { type Supervised, type Supervisor, supervisorLogic } from './supervision.ts'
import { Tap } from './tap.ts'

/** Milliseconds that ending in order may take, where nothing else is said. */
const usualGrace = 5000

export class Engine implements Supervised {
  readonly options: EngineOptions
  readonly statecharts: Statecharts
  readonly directory: Directory
  readonly counters = new Counters()
  readonly #user: EngineUser
  readonly #supervisor: Supervisor
  readonly #localEnd: LocalEnd
  readonly #tap: Tap
  readonly #clients: ClientSide
  readonly #servers: ServerSide
  readonly #parsing: ParseOptions
  readonly #faces: Face[] = []
  readonly #crashes = new Map<string, { record: ActorRecord; error: unknown }>()
  readonly #stopped = Promise.withResolvers<void>()
  /** All that owe a word are being asked to end: the supervisor counts with, in whose state that shows when it is done. */
  #isEnding = false

  constructor(options: EngineOptions, user: EngineUser) {
    this.options = options
    this.#user = user
    const { clock, executor, recorder, grace = usualGrace, strictLength = false } = options
    this.#parsing = { strictLength }
    recorder?.attach(() => this.directory.all())
    this.statecharts = createStatecharts({ clock, recorder, ...(executor && { executor }) })
    this.#supervisor = this.statecharts.create(supervisorLogic, {
      id: 'supervisor',
      input: { grace },
      owner: this,
      onEnd: () => this.#stopped.resolve(),
    })
    this.#supervisor.start()
    this.directory = new Directory(this.statecharts, {
      spawned: ({ owing }) => {
        if (owing && this.#isEnding) this.#supervisor.send({ type: 'actor.spawned', at: this.now() })
      },
      ended: ({ owing }) => {
        if (owing && this.#isEnding) this.#supervisor.send({ type: 'actor.ended', at: this.now() })
      },
      crashed: (record, error) => this.#crashed(record, error),
    })
    const { counters, directory } = this
    const now = () => clock.now()
    this.#tap = new Tap(counters, now, recorder)
    this.#localEnd = new LocalEnd(options.random, options.advertise)
    const timers = options.timers ?? engineTimers
    const shared = { directory, localEnd: this.#localEnd, tap: this.#tap, counters, timers, now }
    this.#clients = new ClientSide({ ...shared, userAgent: options.userAgent })
    const limits = { ...engineLimits, ...options.limits }
    this.#servers = new ServerSide({ ...shared, user, limits, state: () => this.state })
  }

  // --- life

  /** Opens every address or none. */
  async listen(addresses: readonly ListenAddress[]): Promise<void> {
    try {
      for (const at of addresses) this.#faces.push(await this.options.network.listen(at, this.#networkUser))
      this.#supervisor.send({ type: 'listening', at: this.now() })
    } catch (error) {
      await this.#closeFaces()
      this.#supervisor.send({ type: 'listen.failed', at: this.now() })
      throw error
    }
  }

  /** The addresses that are open, in the order in which they were asked for. */
  get addresses(): readonly ListenAddress[] {
    return this.#faces.map(({ transport, local }) => ({ transport, ...local }))
  }

  get state(): 'starting' | 'serving' | 'draining' | 'stopped' {
    return this.#supervisor.value
  }

  /** Ends everything in order, within the grace, and closes the sockets. May be called again and at any moment. */
  async close(): Promise<void> {
    this.#supervisor.send({ type: 'drain', at: this.now(), owing: this.directory.owing })
    await this.#stopped.promise
    await this.#closeFaces()
  }

  async #closeFaces(): Promise<void> {
    await Promise.all(this.#faces.splice(0).map((face) => face.close()))
  }

  // --- what the supervisor wants done

  endAll(): void {
    this.#isEnding = true
    this.directory.drainOwing()
  }

  release(): void {
    this.directory.stopAll()
  }

  reportCrash(id: string): void {
    const crash = this.#crashes.get(id)
    this.#crashes.delete(id)
    this.counters.count('crashed')
    if (crash) this.#user.crashed?.(crash.record, crash.error)
  }

  #crashed(record: ActorRecord, error: unknown): void {
    const { id, owing } = record
    this.#crashes.set(id, { record, error })
    this.#supervisor.send({ type: 'actor.crashed', id, owing, at: this.now() })
  }

  // --- what users build with

  now(): number {
    return this.options.clock.now()
  }

  newTag(): string {
    return this.#localEnd.newTag()
  }

  newCallId(): string {
    return this.#localEnd.newCallId()
  }

  /** The way to a peer: from a listening address of that transport and family. */
  flowTo(transport: ListenAddress['transport'], remote: Endpoint): Flow | undefined {
    const ipv6 = remote.address.includes(':')
    const face = this.#faces.find((face) => face.transport === transport && face.local.address.includes(':') === ipv6)
    return face?.flowTo(remote)
  }

  /** What a peer is told to reach us by over this flow. */
  reachableAt(flow: Flow): Endpoint {
    return this.#localEnd.reachableAt(flow)
  }

  /** `<sip:id@address:port>` for this flow. */
  contact(id: string, flow: Flow): string {
    return this.#localEnd.contact(id, flow)
  }

  /** Makes an actor in the engine's directory; start it when its owner holds it. */
  spawn = <M extends Parameters<Directory['spawn']>[0]>(machine: M, options: SpawnOptions<M>) =>
    this.directory.spawn(machine, options)

  /** Sends a request in a client transaction of its own. The outcome always comes to `user`, later or at once. */
  send(request: OutgoingRequest, user: ClientUser, affair?: Affair): ClientTransaction {
    return this.#clients.send(request, user, affair)
  }

  /** Sends an ACK for a 2xx: outside of any transaction (RFC 3261 13.2.2.4). */
  sendAck(request: OutgoingRequest, failed: () => void, affair?: Affair): void {
    this.#clients.sendAck(request, failed, affair)
  }

  /** Sends CANCEL for an INVITE (RFC 3261 9.1). */
  cancel(invite: ClientTransaction, user: ClientUser, affair: Affair = { trail: invite.trail }): void {
    this.#clients.cancel(invite, user, affair)
  }

  /** Ends a transaction that still waits for its final response, or that was accepted and has nobody to tell. */
  abandon(tx: ClientTransaction): void {
    this.#clients.abandon(tx)
  }

  /** Where what concerns a device is written down. */
  logOf(deviceId: string): FlightLog | undefined {
    return this.options.recorder?.logOf(deviceId)
  }

  openDialog(user: DialogUser): void {
    this.#servers.openDialog(user)
  }

  closeDialog(user: DialogUser): void {
    this.#servers.closeDialog(user)
  }

  /** Goes on with a request whose user had to wait, as if it had just come: a fault is answered 500 and ends here. */
  resume(tx: ServerTransaction, step: () => void): void {
    this.#guarded(tx.flow, () => this.#servers.answering(tx, step))
  }

  // --- receiving

  readonly #networkUser = {
    datagrams: (batch: readonly Datagram[]) => {
      // First all are read, then all are dealt with: one after the other, each would find the caches full of the other code.
      const messages = batch.map((datagram) => this.#parse(datagram))
      for (let index = 0; index < batch.length; index++) this.#deal(batch[index]!, messages[index])
    },
    framed: (flow: Flow, output: Framed) => {
      this.#tap.received(flow, output.bytes)
      this.#guarded(flow, () => {
        if (output.type === 'rejected') this.#reject(flow, output.rejection)
        else this.#take(flow, output.message, output.notes)
      })
    },
    closed: (flow: Flow) => this.#guarded(flow, () => this.#user.connectionClosed(flow)),
    trouble: (local: Endpoint, error: Error) => this.#user.trouble?.(local, error),
  }

  /** A fault of ours ends here: it is counted and reported, and the next message is served. */
  #guarded(flow: Flow, step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#fault(flow, error)
    }
  }

  #deal({ flow, bytes }: Datagram, parsed: ParseResult | undefined): void {
    this.#tap.received(flow, bytes)
    if (parsed !== undefined) this.#guarded(flow, () => this.#receive(flow, parsed))
  }

  #parse({ flow, bytes }: Datagram): ParseResult | undefined {
    try {
      return parseMessage(bytes, this.#parsing)
    } catch (error) {
      this.#fault(flow, error)
      return undefined
    }
  }

  #fault(flow: Flow, error: unknown): void {
    this.counters.count('internal-error')
    this.#user.trouble?.(flow.local, error instanceof Error ? error : new Error(String(error)))
  }

  #receive(flow: Flow, parsed: ParseResult): void {
    if (parsed.ok === 'ignored') return this.counters.count(`ignored-${parsed.why}`)
    if (!parsed.ok) return this.#reject(flow, parsed.rejection)
    this.#take(flow, parsed.message, parsed.notes)
  }

  #take(flow: Flow, message: SipRequest | SipResponse, notes: readonly ParseNote[]): void {
    for (const note of notes) this.#user.noted?.(note, message, flow)
    if (message instanceof SipRequest) this.#servers.receive(flow, message)
    else this.#clients.receive(flow, message)
  }

  #reject(flow: Flow, rejection: Rejection): void {
    this.counters.count(`rejected-${rejection.code}`)
    this.#user.rejected?.(rejection, flow)
    const log = this.#tap.malformed(flow)
    const answer = responseToRejection(rejection, flow.remote)
    if (answer !== undefined) this.#tap.send(flow, answer, log)
  }
}
