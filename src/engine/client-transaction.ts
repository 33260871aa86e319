/**
 * What belongs to a client transaction beside its machine: the bytes it sends, where to, and who wants the outcome.
 *
 * The machine (machines/transaction/*-client.ts) decides when; this does it.
 */
import type { TransactionFailure } from '../../machines/events.ts'
import { inviteClient } from '../../machines/transaction/invite-client.ts'
import { nonInviteClient } from '../../machines/transaction/non-invite-client.ts'
import type { SipResponse } from '../sip/message.ts'
import { type OwnRequest, type OwnVia, printOwnRequest } from '../sip/print.ts'
import { type ActorEnd, type AnyActor, ownerOf } from '../statechart/index.ts'
import { type ActorKey, type Directory, Resident } from './directory.ts'
import type { FlightLog, Logged } from './flight.ts'
import type { Hashed } from './hash-table.ts'
import { branchOf, type OwnKey } from './keys.ts'
import type { Flow } from './network.ts'
import type { Tap } from './tap.ts'
import type { Trail } from './trail.ts'
import type { TransactionInput } from './transaction-input.ts'

/** A request as its user wants it, and the way it goes: its Via, Max-Forwards and User-Agent the engine adds. */
export interface OutgoingRequest extends OwnRequest {
  readonly flow: Flow
}

/** Who sent the request. Of `final` and `failed` exactly one is called, unless it is an INVITE's repeated 2xx. */
export interface ClientUser {
  provisional?(response: SipResponse): void
  /** A final response; for an INVITE each 2xx again (RFC 3261 13.2.2.4). */
  final(response: SipResponse): void
  failed(reason: TransactionFailure): void
}

/** For whom the outcome does not matter. */
export const nobody: ClientUser = { final() {}, failed() {} }

const noAffair: Affair = {}

/** To which affair a request belongs: where its messages are kept as evidence, and whose child its transaction is. */
export interface Affair {
  readonly trail?: Trail | undefined
  readonly parent?: AnyActor | undefined
  readonly log?: FlightLog | undefined
}

/** What a client transaction needs of the engine. */
export interface ClientHost {
  readonly now: () => number
  readonly tap: Tap
  readonly userAgent: string
  /** It is over. */
  readonly forget: (transaction: ClientTransaction) => void
  /** What a machine begins with. */
  readonly inputFor: (flow: Flow) => TransactionInput
}

type ClientMachine = typeof inviteClientLogic | typeof nonInviteClientLogic

/**
 * One object with its place in the directory, as a server transaction is. It outlives its answer by as long as repetitions
 * of it may come (Timers D, K, M), 5 to 32 s, and by then holds nothing that they do not need.
 */
export abstract class ClientTransaction<M extends ClientMachine = ClientMachine>
  extends Resident<M>
  implements ActorKey, Hashed<ClientTransaction>, Logged
{
  /** Its branch as two numbers (`BranchNumbers`). */
  readonly first: number
  readonly second: number
  after: ClientTransaction | undefined = undefined
  readonly method: string
  readonly callId: string
  readonly flow: Flow
  readonly log: FlightLog | undefined
  /** A final response has come. */
  answered = false
  protected readonly host: ClientHost
  #via: OwnVia | undefined
  #request: OutgoingRequest | undefined
  #bytes: Buffer | undefined
  #user: ClientUser
  #affair: Affair

  constructor(host: ClientHost, request: OutgoingRequest, via: Via, user: ClientUser, affair: Affair) {
    super()
    this.host = host
    this.first = via.first
    this.second = via.second
    this.method = request.method
    this.callId = request.callId
    this.flow = request.flow
    this.log = affair.log
    this.#via = via
    this.#request = request
    this.#bytes = printOwnRequest(via, request, host.userAgent)
    this.#user = user
    this.#affair = affair
  }

  /** Random already, as its branch is drawn. */
  get hash(): number {
    return this.second
  }

  get key(): ActorKey {
    return this
  }

  get actorKey(): ActorKey {
    return this
  }

  /** Written down as it is: to make a text of it takes two calls into the runtime. */
  get ownKey(): OwnKey {
    return this
  }

  get owner(): this {
    return this
  }

  get trail(): Trail | undefined {
    return this.#affair.trail
  }

  override get parent(): AnyActor | undefined {
    return this.#affair.parent
  }

  get branch(): string {
    return this.#via?.branch ?? branchOf(this.first, this.second)
  }

  /** An INVITE's, with a 2xx. */
  get isAccepted(): boolean {
    return false
  }

  /** As long as it may be cancelled or acknowledged, which is done with the same. */
  get via(): OwnVia | undefined {
    return this.#via
  }

  /** As long as it may be sent, cancelled or acknowledged. */
  get request(): OutgoingRequest | undefined {
    return this.#request
  }

  /** Makes and starts its machine. */
  abstract moveInto(directory: Directory): void

  /** Hands a response to the machine under the name that its figure has for it. */
  protected abstract take(message: SipResponse, at: number): void

  protected abstract unsent(): void

  override ended({ status }: ActorEnd): void {
    this.host.forget(this)
    // A crash must not leave its user waiting for an outcome for ever.
    if (status === 'error' && !this.answered) this.#user.failed('transport')
  }

  /** A response has come, by whichever way. */
  receive(flow: Flow, message: SipResponse): void {
    const at = this.host.now()
    this.trail?.received(at, flow, message)
    this.take(message, at)
  }

  transmit(): void {
    if (this.#request !== undefined && this.#bytes !== undefined) this.send(this.#bytes, this.#request)
  }

  protected send(bytes: Buffer, request: OutgoingRequest): void {
    const { flow, host } = this
    this.trail?.sent(host.now(), flow, request)
    host.tap.sent(flow, bytes, this.log)
    flow.send(bytes, () => this.unsent())
  }

  deliver(response: SipResponse): void {
    if (response.status < 200) return this.#user.provisional?.(response)
    this.answered = true
    this.#user.final(response)
    if (!this.mayBeAcknowledged(response)) this.#forgetRequest()
  }

  /** Whether the request is needed once more, for the ACK of a repeated response. */
  protected mayBeAcknowledged(_response: SipResponse): boolean {
    return false
  }

  fail(reason: TransactionFailure): void {
    this.#user.failed(reason)
  }

  /** Its user has gone: what may still come is absorbed. */
  letGo(): void {
    this.#user = nobody
    this.#affair = noAffair
  }

  #forgetRequest(): void {
    this.#via = undefined
    this.#request = undefined
    this.#bytes = undefined
  }
}

/** Of a request in a transaction. A CANCEL has its INVITE's. */
export interface Via extends OwnVia {
  /** The branch as two numbers (`BranchNumbers`). */
  readonly first: number
  readonly second: number
}

export class InviteClientTransaction extends ClientTransaction<typeof inviteClientLogic> {
  get machine(): string {
    return inviteClientLogic.id
  }

  get input(): TransactionInput {
    return this.host.inputFor(this.flow)
  }

  override get isAccepted(): boolean {
    return this.actor.value === 'accepted'
  }

  moveInto(directory: Directory): void {
    directory.take(inviteClientLogic, this).start()
  }

  protected take(message: SipResponse, at: number): void {
    const { status } = message
    if (status < 200) this.actor.send({ type: 'response.provisional', at, status, message })
    else if (status < 300) this.actor.send({ type: 'response.success', at, status, message })
    else this.actor.send({ type: 'response.failure', at, status, message })
  }

  protected unsent(): void {
    this.actor.send({ type: 'transport.failed', at: this.host.now() })
  }

  protected override mayBeAcknowledged({ status }: SipResponse): boolean {
    return status >= 300
  }

  /** RFC 3261 17.1.1.3: same Request-URI, Via, Route, From, Call-ID and CSeq number as the INVITE; To of the response. */
  acknowledge(response: SipResponse): void {
    const { request, via } = this
    if (request === undefined || via === undefined) return
    const { uri, flow, routes = [], from, callId, cseq } = request
    const ack = { method: 'ACK', uri, flow, routes, from, to: response.header('To') ?? '', callId, cseq }
    this.send(printOwnRequest(via, ack), ack)
  }
}

export class NonInviteClientTransaction extends ClientTransaction<typeof nonInviteClientLogic> {
  get machine(): string {
    return nonInviteClientLogic.id
  }

  get input(): TransactionInput {
    return this.host.inputFor(this.flow)
  }

  moveInto(directory: Directory): void {
    directory.take(nonInviteClientLogic, this).start()
  }

  protected take(message: SipResponse, at: number): void {
    const { status } = message
    this.actor.send({ type: status < 200 ? 'response.provisional' : 'response.final', at, status, message })
  }

  protected unsent(): void {
    this.actor.send({ type: 'transport.failed', at: this.host.now() })
  }
}

const owner = ({ self }: { self: object }) => ownerOf<ClientTransaction>(self)

export const inviteClientLogic = inviteClient.provide({
  actions: {
    transmit: (args) => owner(args).transmit(),
    acknowledge: ({ self }, response) => ownerOf<InviteClientTransaction>(self).acknowledge(response),
    deliver: (args, response) => owner(args).deliver(response),
    fail: (args, reason) => owner(args).fail(reason),
  },
})

export const nonInviteClientLogic = nonInviteClient.provide({
  actions: {
    transmit: (args) => owner(args).transmit(),
    deliver: (args, response) => owner(args).deliver(response),
    fail: (args, reason) => owner(args).fail(reason),
  },
})
