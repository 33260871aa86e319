/**
 * What belongs to a server transaction beside its machine: the request, the way back, and the last response.
 *
 * The machine (machines/transaction/*-server.ts) decides what is sent when; this does it. The transaction user answers
 * through `respond` and sees the request once, however often it arrives.
 */
import { inviteServer } from '../../machines/transaction/invite-server.ts'
import { nonInviteServer } from '../../machines/transaction/non-invite-server.ts'
import type { HeaderField, SipRequest, Wire } from '../sip/message.ts'
import { responseTo } from '../sip/print.ts'
import { type Actor, ownerOf } from '../statechart/index.ts'
import type { ActorKey } from './directory.ts'
import type { FlightLog, Logged } from './flight.ts'
import { branchIn, callIdIn } from './keys.ts'
import type { Flow } from './network.ts'
import type { Tap } from './tap.ts'
import type { Trail } from './trail.ts'

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
  /** The ACK of a 2xx goes to the dialog, by its Call-ID and tags. */
  readonly acknowledged: (request: SipRequest) => void
}

export class ServerTransaction implements ActorKey, Logged {
  readonly key: string
  readonly method: string
  readonly flow: Flow
  /** When the request arrived. */
  readonly at: number
  readonly log: FlightLog | undefined
  /** Where the affair's messages are kept as evidence; set by the user when it knows which affair this is. */
  trail: Trail | undefined
  /** Set by the user of an INVITE. */
  inviteUser: InviteUser | undefined
  /** The status of the final response, once given. */
  finalStatus: number | undefined
  readonly #host: ServerHost
  #running: ServerActor | undefined
  #request: SipRequest | undefined
  #response: Wire = ''
  #toTag: string | undefined

  constructor(host: ServerHost, key: string, request: SipRequest, flow: Flow, at: number, log?: FlightLog) {
    this.#host = host
    this.key = key
    this.method = request.method
    this.#request = request
    this.flow = flow
    this.at = at
    this.log = log
  }

  get actorKey(): ActorKey {
    return this
  }

  /** The request, while it may still be needed. @throws Error after `releaseRequest`: a bug of ours. */
  get request(): SipRequest {
    if (this.#request === undefined) throw new Error('the request of a completed transaction is not kept')
    return this.#request
  }

  /**
   * Lets go of the message once it has its final response: for the 32 s of Timer J only the response is needed, and a
   * message is several times as large. An INVITE is kept for its ACK and CANCEL.
   */
  releaseRequest(): void {
    if (this.method !== 'INVITE' && this.finalStatus !== undefined) this.#request = undefined
  }

  get branch(): string {
    return branchIn(this.key)
  }

  get callId(): string {
    return callIdIn(this.key)
  }

  /** Starts its machine. */
  run(running: ServerActor): void {
    this.#running = running
    running.actor.start()
  }

  /** The same request once more. */
  receiveAgain(): void {
    const event = { type: 'request.retransmitted', at: this.#host.now() } as const
    if (this.#running?.kind === 'invite') this.#running.actor.send(event)
    else this.#running?.actor.send(event)
  }

  /** False where the ACK is not this transaction's business. */
  receiveAck(message: SipRequest): boolean {
    if (this.#running?.kind !== 'invite') return false
    this.#running.actor.send({ type: 'ack', at: this.#host.now(), message })
    return true
  }

  /** The tag of all our responses to this request: the request's own where it is within a dialog (12.1.1). */
  get toTag(): string {
    this.#toTag ??= this.request.to.tag ?? this.#host.newTag()
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
    const at = this.#host.now()
    const running = this.#running
    if (running?.kind === 'non-invite')
      running.actor.send({ type: status < 200 ? 'respond.provisional' : 'respond.final', at, status })
    else if (status < 200) running?.actor.send({ type: 'respond.provisional', at, status })
    else if (status < 300) running?.actor.send({ type: 'respond.success', at, status })
    else running?.actor.send({ type: 'respond.failure', at, status })
  }

  #repeats(status: number): boolean {
    const is2xx = (of: number | undefined) => of !== undefined && of >= 200 && of < 300
    return this.method === 'INVITE' && is2xx(this.finalStatus) && is2xx(status)
  }

  print(status: number, { reason, headers, body }: ResponseOptions): Wire {
    return responseTo(this.request, {
      status,
      source: this.flow.remote,
      ...(status > 100 && { toTag: this.toTag }),
      ...(reason !== undefined && { reason }),
      ...(headers !== undefined && { headers }),
      ...(body !== undefined && { body }),
    })
  }

  transmit(): void {
    const wire = this.#response
    this.trail?.note(this.#host.now(), 'out', this.flow, {
      summary: `${wire.slice(8, wire.indexOf('\r\n'))} (${this.method})`,
      callId: this.callId,
    })
    this.#host.tap.sent(this.flow, wire, this.log)
    this.flow.send(wire, () => this.#running?.actor.send({ type: 'transport.failed', at: this.#host.now() }))
  }

  sendTrying(): void {
    this.#response = this.print(100, {})
    this.transmit()
  }

  acknowledged(request: SipRequest): void {
    this.#host.acknowledged(request)
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

export type ServerActor =
  | { readonly kind: 'invite'; readonly actor: Actor<typeof inviteServerLogic> }
  | { readonly kind: 'non-invite'; readonly actor: Actor<typeof nonInviteServerLogic> }
