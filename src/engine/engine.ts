/**
 * The shell around the machines: messages in, the right actor found, what it wants done carried out.
 *
 * A datagram is parsed, goes to its actor by branch (responses, retransmissions, ACK, CANCEL) or by Call-ID and tag
 * (within a dialog), or to the user (out of dialog); all of it synchronously, in one turn. No input from the network
 * can throw past here. Registrations, devices and sessions are the user's business.
 */
import diagnostics from 'node:diagnostics_channel'
import { checkRequest } from '../sip/core.ts'
import { magicCookie } from '../sip/headers.ts'
import { type HeaderField, SipRequest, type SipResponse, type Wire } from '../sip/message.ts'
import { type ParseNote, type ParseResult, parseMessage } from '../sip/parse.ts'
import { responseTo, responseToRejection } from '../sip/print.ts'
import type { Rejection } from '../sip/rejection.ts'
import { createStatecharts, type Statecharts } from '../statechart/index.ts'
import {
  type ClientHost,
  ClientTransaction,
  type ClientUser,
  inviteClientLogic,
  nonInviteClientLogic,
  type OutgoingRequest,
  tellInviteClient,
  tellNonInviteClient,
} from './client-transaction.ts'
import { Counters } from './counters.ts'
import { type Dialog, dialogKey } from './dialog.ts'
import { type ActorRecord, Directory, type SpawnOptions } from './directory.ts'
import { clientKey, mergeKey, responseKey, serverKey } from './keys.ts'
import { isWildcard, localAddressFor } from './local-address.ts'
import {
  type Endpoint,
  endpointText,
  type Face,
  type Flow,
  type Framed,
  hostText,
  type ListenAddress,
} from './network.ts'
import { type EngineLimits, type EngineOptions, type EngineUser, engineLimits, engineTimers } from './options.ts'
import {
  inviteServerLogic,
  nonInviteServerLogic,
  type ServerActor,
  type ServerHost,
  ServerTransaction,
} from './server-transaction.ts'
import { type Supervised, type Supervisor, supervisorLogic } from './supervision.ts'
import type { Trail } from './trail.ts'

/** Who owns a dialog: requests within it come here, not to the engine's user. */
export interface DialogUser {
  readonly dialog: Dialog
  readonly trail: Trail
  /** A request within the dialog, in order and not an ACK. */
  request(transaction: ServerTransaction): void
  /** The ACK of our 2xx. */
  acknowledged(request: SipRequest): void
}

type LiveClient = { tx: ClientTransaction; tell(response: SipResponse): void; stop(): void }
type LiveServer = { tx: ServerTransaction; actor: ServerActor }

const channels = { in: diagnostics.channel('gb28181:sip:in'), out: diagnostics.channel('gb28181:sip:out') }

export class Engine implements ClientHost, ServerHost, Supervised {
  readonly options: EngineOptions
  readonly statecharts: Statecharts
  readonly directory: Directory
  readonly counters = new Counters()
  readonly #user: EngineUser
  readonly #limits: EngineLimits
  readonly #supervisor: Supervisor
  readonly #faces: Face[] = []
  readonly #clients = new Map<string, LiveClient>()
  readonly #servers = new Map<string, LiveServer>()
  readonly #invites = new Map<string, ServerTransaction>()
  readonly #dialogs = new Map<string, DialogUser>()
  readonly #localAddresses = new Map<string, string>()
  readonly #crashes = new Map<string, { record: ActorRecord; error: unknown }>()
  #stopped: (() => void) | undefined
  readonly #whenStopped: Promise<void>

  constructor(options: EngineOptions, user: EngineUser) {
    this.options = options
    this.#user = user
    this.#limits = { ...engineLimits, ...options.limits }
    this.statecharts = createStatecharts({
      clock: options.clock,
      ...(options.executor && { executor: options.executor }),
    })
    this.#whenStopped = new Promise((resolve) => {
      this.#stopped = resolve
    })
    this.#supervisor = this.statecharts.create(supervisorLogic, {
      id: 'supervisor',
      input: { grace: options.grace ?? 5000 },
      owner: this,
      onEnd: () => this.#stopped?.(),
    })
    this.#supervisor.start()
    this.directory = new Directory(this.statecharts, options.clock, {
      spawned: ({ owing }) => this.#supervisor.send({ type: 'actor.spawned', owing, at: this.now() }),
      ended: ({ owing }) => this.#supervisor.send({ type: 'actor.ended', owing, at: this.now() }),
      crashed: (record, error) => {
        this.#crashes.set(record.id, { record, error })
        this.#supervisor.send({ type: 'actor.crashed', id: record.id, owing: record.owing, at: this.now() })
      },
    })
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

  /** `starting`, `serving`, `draining` or `stopped`. */
  get state(): 'starting' | 'serving' | 'draining' | 'stopped' {
    return this.#supervisor.getSnapshot().value
  }

  /** Ends everything in order, within the grace, and closes the sockets. May be called again and at any moment. */
  async close(): Promise<void> {
    this.#supervisor.send({ type: 'drain', at: this.now() })
    await this.#whenStopped
    await this.#closeFaces()
  }

  endAll(): void {
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

  async #closeFaces(): Promise<void> {
    await Promise.all(this.#faces.splice(0).map((face) => face.close()))
  }

  // --- what users build with

  now(): number {
    return this.options.clock.now()
  }

  newTag(): string {
    return this.options.random.hex(5)
  }

  newCallId(): string {
    return this.options.random.hex(12)
  }

  newBranch(): string {
    return magicCookie + this.options.random.hex(8)
  }

  /** The way to a peer: from a listening address of that transport and family. */
  flowTo(transport: ListenAddress['transport'], remote: Endpoint): Flow | undefined {
    const ipv6 = remote.address.includes(':')
    const face = this.#faces.find((face) => face.transport === transport && face.local.address.includes(':') === ipv6)
    return face?.flowTo(remote)
  }

  /** What a peer is told to reach us by over this flow. */
  reachableAt(flow: Flow): Endpoint {
    const { address, port } = flow.local
    if (this.options.advertise !== undefined) return { address: this.options.advertise, port }
    if (!isWildcard(address)) return { address, port }
    return { address: this.#localAddress(flow.remote.address), port }
  }

  /** `<sip:id@address:port>` for this flow, with `;transport=tcp` where the peer must come back over TCP. */
  contact(id: string, flow: Flow): string {
    const { address, port } = this.reachableAt(flow)
    return `<sip:${id}@${hostText(address)}:${port}${flow.transport === 'TCP' ? ';transport=tcp' : ''}>`
  }

  /** Makes an actor in the engine's directory; start it when its owner holds it. */
  spawn = <M extends Parameters<Directory['spawn']>[0]>(machine: M, options: SpawnOptions<M>) =>
    this.directory.spawn(machine, options)

  // --- sending requests

  /** Sends a request in a client transaction of its own. The outcome always comes to `user`, later or at once. */
  send(request: OutgoingRequest, user: ClientUser, trail?: Trail): ClientTransaction {
    const branch = this.newBranch()
    return this.#begin(request, { branch, text: this.#viaText(request.flow, branch) }, user, trail)
  }

  /** Sends an ACK for a 2xx: outside of any transaction (RFC 3261 13.2.2.4). */
  sendAck(request: OutgoingRequest, failed: () => void, trail?: Trail): void {
    const via = this.#viaText(request.flow, this.newBranch())
    const tx = new ClientTransaction(this, request, { branch: '', text: via }, { final() {}, failed }, trail)
    tx.onTransportFailure(failed)
    tx.transmit()
  }

  /** Sends CANCEL for an INVITE (9.1): same Request-URI, Call-ID, To, From, CSeq number and top Via. */
  cancel(invite: ClientTransaction, user: ClientUser): void {
    const { uri, flow, headers } = invite.request
    const same = ['Max-Forwards', 'Route', 'From', 'To', 'Call-ID']
    const cseq = headers.find(({ name }) => name === 'CSeq')?.value.split(' ')[0]
    const request = {
      method: 'CANCEL',
      uri,
      flow,
      headers: [...headers.filter(({ name }) => same.includes(name)), { name: 'CSeq', value: `${cseq} CANCEL` }],
    }
    this.#begin(request, { branch: invite.branch, text: invite.via }, user, invite.trail)
  }

  /** Ends a transaction that still waits for its final response. One that has it goes on absorbing repetitions. */
  abandon(tx: ClientTransaction): void {
    const live = this.#clients.get(clientKey(tx.branch, tx.request.method))
    if (live?.tx === tx && !tx.answered) live.stop()
  }

  #begin(
    request: OutgoingRequest,
    via: { text: string; branch: string },
    user: ClientUser,
    trail: Trail | undefined,
  ): ClientTransaction {
    const headers = [...request.headers, { name: 'User-Agent', value: this.options.userAgent }]
    const tx = new ClientTransaction(this, { ...request, headers }, via, user, trail)
    const key = clientKey(via.branch, request.method)
    const spawn = {
      key: { branch: via.branch, callId: headerValue(headers, 'Call-ID') },
      owner: tx,
      input: { reliable: request.flow.transport === 'TCP', timers: this.options.timers ?? engineTimers },
      ended: ({ status }: { status: string }) => {
        this.#clients.delete(key)
        // A crash must not leave its user waiting for an outcome for ever.
        if (status === 'error' && !tx.answered) user.failed('transport')
      },
    }
    if (request.method === 'INVITE') {
      const actor = this.spawn(inviteClientLogic, spawn)
      this.#clients.set(key, {
        tx,
        tell: (response) => tellInviteClient(actor, this.now(), response),
        stop: () => actor.stop(),
      })
      tx.onTransportFailure(() => actor.send({ type: 'transport.failed', at: this.now() }))
      actor.start()
    } else {
      const actor = this.spawn(nonInviteClientLogic, spawn)
      this.#clients.set(key, {
        tx,
        tell: (response) => tellNonInviteClient(actor, this.now(), response),
        stop: () => actor.stop(),
      })
      tx.onTransportFailure(() => actor.send({ type: 'transport.failed', at: this.now() }))
      actor.start()
    }
    return tx
  }

  // --- dialogs

  openDialog(user: DialogUser): void {
    this.#dialogs.set(user.dialog.key, user)
  }

  closeDialog(user: DialogUser): void {
    if (this.#dialogs.get(user.dialog.key) === user) this.#dialogs.delete(user.dialog.key)
  }

  // --- receiving

  readonly #networkUser = {
    datagram: (flow: Flow, bytes: Buffer) => {
      this.#tapIn(flow, bytes)
      const { strictLength = false } = this.options
      this.#guarded(flow, () => this.#receive(flow, parseMessage(bytes, { strictLength })))
    },
    framed: (flow: Flow, output: Framed) => {
      this.#tapIn(flow, output.bytes)
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
      this.counters.count('internal-error')
      this.#user.trouble?.(flow.local, error instanceof Error ? error : new Error(String(error)))
    }
  }

  #receive(flow: Flow, parsed: ParseResult): void {
    if (parsed.ok === 'ignored') return this.counters.count(`ignored-${parsed.why}`)
    if (!parsed.ok) return this.#reject(flow, parsed.rejection)
    this.#take(flow, parsed.message, parsed.notes)
  }

  #take(flow: Flow, message: SipRequest | SipResponse, notes: readonly ParseNote[]): void {
    for (const note of notes) this.#user.noted?.(note, message, flow)
    if (message instanceof SipRequest) this.#receiveRequest(flow, message)
    else this.#receiveResponse(flow, message)
  }

  #reject(flow: Flow, rejection: Rejection): void {
    this.counters.count(`rejected-${rejection.code}`)
    this.#user.rejected?.(rejection, flow)
    const answer = responseToRejection(rejection, flow.remote)
    if (answer !== undefined) this.#transmit(flow, answer)
  }

  #receiveResponse(flow: Flow, response: SipResponse): void {
    const key = responseKey(response)
    const client = key === undefined ? undefined : this.#clients.get(key)
    // RFC 3261 18.1.2 and 8.1.3.3: a response that is not ours, or of a transaction that is over.
    if (client === undefined || response.vias.length !== 1)
      return this.counters.count('dropped-response-without-transaction')
    const { trail } = client.tx
    trail?.note(this.now(), 'in', flow, described(response))
    client.tell(response)
  }

  #receiveRequest(flow: Flow, request: SipRequest): void {
    const key = serverKey(request)
    const server = this.#servers.get(key)
    if (request.method === 'ACK') return this.#receiveAck(request, server)
    if (server !== undefined) {
      this.counters.count('retransmissions-absorbed')
      const event = { type: 'request.retransmitted', at: this.now() } as const
      if (server.actor.kind === 'invite') server.actor.actor.send(event)
      else server.actor.actor.send(event)
      return
    }
    if (this.state !== 'serving' && !(this.state === 'draining' && request.to.tag !== undefined))
      return this.#answerWithoutState(flow, request, 503)
    if (this.#servers.size >= this.#limits.transactions) {
      this.counters.count('dropped-overload')
      return this.#answerWithoutState(flow, request, 503)
    }
    if (request.method === 'CANCEL') return this.#receiveCancel(flow, request, key)
    this.#dispatch(this.#beginServer(flow, request, key))
  }

  #receiveAck(request: SipRequest, server: LiveServer | undefined): void {
    const at = this.now()
    // The ACK of a 2xx has a branch of its own (17.1.1.3), yet some devices reuse the INVITE's.
    if (server?.actor.kind === 'invite') server.actor.actor.send({ type: 'ack', at, message: request })
    else if (!this.#acknowledgeDialog(request)) this.counters.count('dropped-ack-without-dialog')
  }

  #acknowledgeDialog(request: SipRequest): boolean {
    const user = this.#dialogOf(request)
    user?.acknowledged(request)
    return user !== undefined
  }

  #receiveCancel(flow: Flow, request: SipRequest, key: string): void {
    const invite = this.#servers.get(serverKey(request, 'INVITE'))?.tx
    const cancel = this.#beginServer(flow, request, key)
    if (invite === undefined) return cancel.respond(481)
    cancel.trail = invite.trail
    cancel.tagLike(invite)
    cancel.respond(200)
    if (invite.finalStatus === undefined) invite.inviteUser?.cancelled()
  }

  #beginServer(flow: Flow, request: SipRequest, key: string): ServerTransaction {
    const tx = new ServerTransaction(this, key, request, flow, this.now())
    const spawn = {
      key: { branch: request.via.branch ?? key, callId: request.callId },
      owner: tx,
      input: { reliable: flow.transport === 'TCP', timers: this.options.timers ?? engineTimers },
    }
    if (request.method === 'INVITE') {
      const merged = mergeKey(request)
      const ended = () => {
        this.#servers.delete(key)
        if (this.#invites.get(merged) === tx) this.#invites.delete(merged)
      }
      const actor = this.spawn(inviteServerLogic, { ...spawn, ended })
      tx.run({ kind: 'invite', actor })
      this.#servers.set(key, { tx, actor: { kind: 'invite', actor } })
      actor.start()
    } else {
      const actor = this.spawn(nonInviteServerLogic, { ...spawn, ended: () => void this.#servers.delete(key) })
      tx.run({ kind: 'non-invite', actor })
      this.#servers.set(key, { tx, actor: { kind: 'non-invite', actor } })
      actor.start()
    }
    return tx
  }

  /** Everything a UAS looks at before it looks at the method (RFC 3261 8.2 and 12.2.2). */
  #dispatch(tx: ServerTransaction): void {
    const { request } = tx
    const refusal = checkRequest(request, this.#user.profile)
    if (refusal !== undefined) return tx.respond(refusal.status, { headers: refusal.headers })
    this.#answering(tx, () => {
      if (request.to.tag !== undefined && this.#dispatchInDialog(tx)) return
      if (request.method === 'INVITE' && this.#isMerged(tx)) return tx.respond(482)
      this.#user.request(tx)
    })
  }

  /** Goes on with a request whose user had to wait, as if it had just come: a fault is answered 500 and ends here. */
  resume(tx: ServerTransaction, step: () => void): void {
    this.#guarded(tx.flow, () => this.#answering(tx, step))
  }

  #answering(tx: ServerTransaction, step: () => void): void {
    try {
      step()
    } catch (error) {
      tx.respond(500)
      throw error
    }
  }

  /** False where the request does not need the dialog that it names: some devices put To tags into everything. */
  #dispatchInDialog(tx: ServerTransaction): boolean {
    const { request } = tx
    const user = this.#dialogOf(request)
    if (user === undefined) {
      if (request.method === 'MESSAGE' || request.method === 'REGISTER' || request.method === 'OPTIONS') return false
      tx.respond(481)
      return true
    }
    tx.trail = user.trail
    user.trail.note(this.now(), 'in', tx.flow, described(request))
    if (user.dialog.accepts(request)) user.request(tx)
    else tx.respond(500, { reason: 'CSeq out of order' })
    return true
  }

  #isMerged(tx: ServerTransaction): boolean {
    const key = mergeKey(tx.request)
    if (this.#invites.has(key)) return true
    this.#invites.set(key, tx)
    return false
  }

  #dialogOf(request: SipRequest): DialogUser | undefined {
    const { tag } = request.to
    if (tag === undefined) return undefined
    const user = this.#dialogs.get(dialogKey(request.callId, tag))
    return user?.dialog.remoteTag === request.from.tag ? user : undefined
  }

  /** For floods: an answer that costs no actor. */
  #answerWithoutState(flow: Flow, request: SipRequest, status: number): void {
    const headers = [{ name: 'Retry-After', value: String(this.#limits.retryAfter) }]
    this.#transmit(flow, responseTo(request, { status, source: flow.remote, toTag: this.newTag(), headers }))
  }

  // --- what transactions ask of their host

  acknowledged(request: SipRequest): void {
    if (!this.#acknowledgeDialog(request)) this.counters.count('dropped-ack-without-dialog')
  }

  sent(tx: ClientTransaction | ServerTransaction, wire: Wire): void {
    this.#tapOut(tx instanceof ClientTransaction ? tx.request.flow : tx.flow, wire)
  }

  // --- details

  #transmit(flow: Flow, wire: Wire): void {
    this.#tapOut(flow, wire)
    flow.send(wire, () => this.counters.count('unsent'))
  }

  #tapIn(flow: Flow, bytes: Buffer): void {
    this.counters.count('received')
    if (channels.in.hasSubscribers) channels.in.publish({ at: this.now(), flow, bytes })
  }

  #tapOut(flow: Flow, wire: Wire): void {
    this.counters.count('sent')
    if (channels.out.hasSubscribers) channels.out.publish({ at: this.now(), flow, wire })
  }

  #viaText(flow: Flow, branch: string): string {
    const { address, port } = this.reachableAt(flow)
    return `SIP/2.0/${flow.transport} ${endpointText({ address, port })};rport;branch=${branch}`
  }

  #localAddress(remote: string): string {
    const known = this.#localAddresses.get(remote)
    if (known !== undefined) return known
    if (this.#localAddresses.size >= 10_000) this.#localAddresses.clear()
    const address = localAddressFor(remote)
    this.#localAddresses.set(remote, address)
    return address
  }
}

const headerValue = (headers: readonly HeaderField[], wanted: string): string =>
  headers.find(({ name }) => name === wanted)?.value ?? ''

/** A message as evidence: start line and identifiers, no credentials. */
export function described(message: SipRequest | SipResponse): { summary: string; callId: string; cseq: string } {
  const { startLine, callId, cseq } = message.toJSON()
  return {
    summary: message instanceof SipRequest ? startLine : `${startLine.slice(8)} (${message.cseq.method})`,
    callId,
    cseq,
  }
}
