/**
 * What belongs to a server transaction beside its machine: the request, the way back, and the last response.
 *
 * The machine (machines/transaction/*-server.ts) decides what is sent when; this does it. The transaction user answers
 * through `respond` and sees the request once, however often it arrives.
 */
import { inviteServer } from '../../machines/transaction/invite-server.ts'
import { nonInviteServer } from '../../machines/transaction/non-invite-server.ts'
import type { HeaderField, SipMessage, SipRequest } from '../sip/message.ts'
import { readOwn } from '../sip/parse.ts'
import { responseTo } from '../sip/print.ts'
import { type ActorEnd, ownerOf } from '../statechart/index.ts'
import type { Attic, Block } from './attic.ts'
import { type ActorKey, type Directory, Resident } from './directory.ts'
import type { FlightLog, Logged } from './flight.ts'
import type { Hashed } from './hash-table.ts'
import { branchIn, serverKey } from './keys.ts'
import type { Flow } from './network.ts'
import type { Tap } from './tap.ts'
import type { Trail } from './trail.ts'
import type { TransactionInput } from './transaction-input.ts'

export interface ResponseOptions {
  readonly reason?: string
  readonly headers?: readonly HeaderField[]
  readonly body?: Uint8Array
}

/** Who was invited: hears of the CANCEL, and of what becomes of the answer. */
export interface InviteUser {
  /** A CANCEL arrived while the INVITE had no final response (RFC 3261 9.2). */
  cancelled(): void
  /** No ACK for a 300-699 (`timeout`), or a response could not be sent (`transport`). */
  failed(reason: 'timeout' | 'transport'): void
}

export interface ServerHost {
  readonly now: () => number
  readonly newTag: () => string
  readonly tap: Tap
  readonly attic: Attic
  /** The ACK of a 2xx goes to the dialog, by its Call-ID and tags. */
  readonly acknowledged: (request: SipRequest) => void
  /** It is over. */
  readonly forget: (transaction: ServerTransaction) => void
  /** What a machine begins with. */
  readonly inputFor: (flow: Flow) => TransactionInput
}

/** A request that is none of a transaction yet. */
export interface Arrival {
  readonly flow: Flow
  readonly request: SipRequest
  /** Of the key that its transaction will be found by. */
  readonly hash: number
  readonly log: FlightLog | undefined
}

type ServerMachine = typeof inviteServerLogic | typeof nonInviteServerLogic

/** One object with its place in the directory: 40,000 of them live for 32 s at 600 registrations a second. */
export abstract class ServerTransaction<M extends ServerMachine = ServerMachine>
  extends Resident<M>
  implements ActorKey, Hashed<ServerTransaction>, Logged
{
  /** Of its key. */
  readonly hash: number
  after: ServerTransaction | undefined = undefined
  readonly method: string
  readonly flow: Flow
  readonly log: FlightLog | undefined
  /** Where the affair's messages are kept as evidence; set by the user when it knows which affair this is. */
  trail: Trail | undefined = undefined
  /** Set by the user of an INVITE. */
  inviteUser: InviteUser | undefined = undefined
  /** The status of the final response, once given. */
  finalStatus: number | undefined = undefined
  protected readonly host: ServerHost
  #request: SipRequest | undefined
  /** The last response; none where it is in the attic. */
  #response: Buffer | undefined = undefined
  #block: Block | undefined = undefined
  #from = 0
  #to = 0
  #toTag: string | undefined = undefined

  constructor(host: ServerHost, { hash, request, flow, log }: Arrival) {
    super()
    this.host = host
    this.hash = hash
    this.method = request.method
    this.#request = request
    this.flow = flow
    this.log = log
  }

  get key(): ActorKey {
    return this
  }

  get actorKey(): ActorKey {
    return this
  }

  get owner(): this {
    return this
  }

  get startedBy(): SipRequest | undefined {
    return this.#request
  }

  override ended({ status }: Pick<ActorEnd, 'status'>): void {
    this.host.forget(this)
    // Who reports a crash says whose.
    if (status === 'error') this.#response = this.#lastResponse
    if (this.#block !== undefined) this.host.attic.drop(this.#block)
    this.#block = undefined
  }

  /** The request, while it may still be needed. @throws Error after `releaseRequest`: a bug of ours. */
  get request(): SipRequest {
    if (this.#request === undefined) throw new Error('the request of a completed transaction is not kept')
    return this.#request
  }

  /**
   * Lets go of the message once it has its final response: for the 32 s of Timer J only the response is needed, and that
   * out of the way. An INVITE is kept for its ACK and CANCEL.
   */
  releaseRequest(): void {
    const response = this.#response
    if (this.method === 'INVITE' || this.finalStatus === undefined || response === undefined) return
    this.#request = undefined
    this.#toTag = undefined
    this.#response = undefined
    this.#block = this.host.attic.keep(response)
    this.#to = this.#block.used
    this.#from = this.#to - response.length
  }

  get #lastResponse(): Buffer | undefined {
    return this.#response ?? this.#block?.read(this.#from, this.#to)
  }

  /**
   * What its retransmissions, its ACK and its CANCEL find it by (keys.ts). Once the request has been let go it is read out
   * of the response: few are ever asked, and as a text of its own it was an eighth of what stays of a transaction.
   */
  get serverKey(): string {
    const written = this.#written
    return written === undefined ? '' : serverKey(written)
  }

  get branch(): string {
    const written = this.#written
    return written === undefined ? '' : branchIn(written)
  }

  get callId(): string {
    return this.#written?.callId ?? ''
  }

  /** What its key stands in: the request or, of one that is completed, its response. None once it is over. */
  get #written(): SipMessage | undefined {
    if (this.#request !== undefined) return this.#request
    const response = this.#lastResponse
    return response && readOwn(response)
  }

  /** Starts its machine. */
  abstract moveInto(directory: Directory): void

  /** The same request once more. */
  abstract receiveAgain(): void

  /** False where the ACK is not this transaction's business. */
  receiveAck(_message: SipRequest): boolean {
    return false
  }

  /** The tag of all our responses to this request: the request's own where it is within a dialog (12.1.1). */
  get toTag(): string {
    this.#toTag ??= this.request.to.tag ?? this.host.newTag()
    return this.#toTag
  }

  /** Answers as part of what another request began: the 200 to a CANCEL has the tag of its INVITE (9.2). */
  tagLike(other: ServerTransaction): void {
    this.#toTag ??= other.toTag
  }

  /** Answers the request. After a final response further ones are ignored, save an INVITE's repeated 2xx. */
  respond(status: number, options: ResponseOptions = {}): void {
    // Not even kept: a retransmitted request is answered with the response that was sent.
    if (this.finalStatus !== undefined && !this.#repeats(status)) return
    if (status >= 200) this.finalStatus ??= status
    this.#response = this.print(status, options)
    this.answered(status, this.host.now())
  }

  /** Tells the machine of a response under the name that its figure has for it. */
  protected abstract answered(status: number, at: number): void

  #repeats(status: number): boolean {
    const is2xx = (of: number | undefined) => of !== undefined && of >= 200 && of < 300
    return this.method === 'INVITE' && is2xx(this.finalStatus) && is2xx(status)
  }

  print(status: number, { reason, headers, body }: ResponseOptions): Buffer {
    const toTag = status > 100 ? this.toTag : undefined
    const wire = responseTo(this.request, { status, source: this.flow.remote, toTag, reason, headers, body })
    return Buffer.from(wire, 'latin1')
  }

  transmit(): void {
    const bytes = this.#lastResponse
    if (bytes === undefined) return
    this.trail?.answered(
      this.host.now(),
      this.flow,
      `${bytes.toString('latin1', 'SIP/2.0 '.length, bytes.indexOf('\r'))} (${this.method})`,
      this.callId,
    )
    this.host.tap.sent(this.flow, bytes, this.log)
    this.flow.send(bytes, () => this.unsent())
  }

  protected abstract unsent(): void

  sendTrying(): void {
    this.#response = this.print(100, {})
    this.transmit()
  }

  acknowledged(request: SipRequest): void {
    this.host.acknowledged(request)
  }
}

export class InviteServerTransaction extends ServerTransaction<typeof inviteServerLogic> {
  moveInto(directory: Directory): void {
    directory.take(inviteServerLogic, this).start()
  }

  get machine(): string {
    return inviteServerLogic.id
  }

  get input(): TransactionInput {
    return this.host.inputFor(this.flow)
  }

  receiveAgain(): void {
    this.actor.send({ type: 'request.retransmitted', at: this.host.now() })
  }

  override receiveAck(message: SipRequest): boolean {
    this.actor.send({ type: 'ack', at: this.host.now(), message })
    return true
  }

  protected answered(status: number, at: number): void {
    if (status < 200) this.actor.send({ type: 'respond.provisional', at, status })
    else if (status < 300) this.actor.send({ type: 'respond.success', at, status })
    else this.actor.send({ type: 'respond.failure', at, status })
  }

  protected unsent(): void {
    this.actor.send({ type: 'transport.failed', at: this.host.now() })
  }
}

export class NonInviteServerTransaction extends ServerTransaction<typeof nonInviteServerLogic> {
  moveInto(directory: Directory): void {
    directory.take(nonInviteServerLogic, this).start()
  }

  get machine(): string {
    return nonInviteServerLogic.id
  }

  get input(): TransactionInput {
    return this.host.inputFor(this.flow)
  }

  receiveAgain(): void {
    this.actor.send({ type: 'request.retransmitted', at: this.host.now() })
  }

  protected answered(status: number, at: number): void {
    this.actor.send({ type: status < 200 ? 'respond.provisional' : 'respond.final', at, status })
  }

  protected unsent(): void {
    this.actor.send({ type: 'transport.failed', at: this.host.now() })
  }
}

const owner = ({ self }: { self: object }) => ownerOf<ServerTransaction>(self)

export const inviteServerLogic = inviteServer.provide({
  actions: {
    transmit: (args) => owner(args).transmit(),
    retransmit: (args) => owner(args).transmit(),
    sendTrying: (args) => owner(args).sendTrying(),
    deliver: (args, request) => owner(args).acknowledged(request),
    fail: (args, reason) => owner(args).inviteUser?.failed(reason),
  },
})

export const nonInviteServerLogic = nonInviteServer.provide({
  actions: {
    transmit: (args) => owner(args).transmit(),
    retransmit: (args) => owner(args).transmit(),
  },
})
