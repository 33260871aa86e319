/**
 * What belongs to a client transaction beside its machine: the bytes it sends, where to, and who wants the outcome.
 *
 * The machine (machines/transaction/*-client.ts) decides when; this does it.
 */

import type { TransactionFailure } from '../../machines/events.ts'
import { inviteClient } from '../../machines/transaction/invite-client.ts'
import { nonInviteClient } from '../../machines/transaction/non-invite-client.ts'
import type { HeaderField, SipResponse, Wire } from '../sip/message.ts'
import { printRequest } from '../sip/print.ts'
import { type Actor, ownerOf } from '../statechart/index.ts'
import type { ActorKey } from './directory.ts'
import type { FlightLog, Logged } from './flight.ts'
import type { Flow } from './network.ts'
import type { Tap } from './tap.ts'
import type { Trail } from './trail.ts'

/** A request without its Via, which the engine adds. */
export interface OutgoingRequest {
  readonly method: string
  readonly uri: string
  /** From, To, Call-ID, CSeq and whatever else, in the order in which they go out. */
  readonly headers: readonly HeaderField[]
  readonly body?: Uint8Array
  readonly flow: Flow
}

/** Who sent the request. Of `final` and `failed` exactly one is called, unless it is an INVITE's repeated 2xx. */
export interface ClientUser {
  provisional?(response: SipResponse): void
  /** A final response; for an INVITE each 2xx again (RFC 3261 13.2.2.4). */
  final(response: SipResponse): void
  failed(reason: TransactionFailure): void
}

/** What a client transaction needs of the engine. */
export interface ClientHost {
  readonly now: () => number
  readonly tap: Tap
  /** Where its messages are kept as evidence. */
  readonly trail: Trail | undefined
  readonly log: FlightLog | undefined
}

export type ClientActor =
  | { readonly kind: 'invite'; readonly actor: Actor<typeof inviteClientLogic> }
  | { readonly kind: 'non-invite'; readonly actor: Actor<typeof nonInviteClientLogic> }

export class ClientTransaction implements ActorKey, Logged {
  readonly request: OutgoingRequest
  readonly via: string
  readonly branch: string
  readonly wire: Wire
  readonly user: ClientUser
  /** A final response has come. */
  answered = false
  readonly #host: ClientHost
  #running: ClientActor | undefined

  constructor(host: ClientHost, request: OutgoingRequest, via: { text: string; branch: string }, user: ClientUser) {
    this.#host = host
    this.request = request
    this.via = via.text
    this.branch = via.branch
    this.user = user
    this.wire = printRequest({ ...request, headers: [{ name: 'Via', value: via.text }, ...request.headers] })
  }

  get trail(): Trail | undefined {
    return this.#host.trail
  }

  get log(): FlightLog | undefined {
    return this.#host.log
  }

  get actorKey(): ActorKey {
    return this
  }

  get callId(): string {
    return this.#header('Call-ID')
  }

  get cseqNumber(): number {
    return Number.parseInt(this.#header('CSeq'), 10)
  }

  /** Starts its machine. */
  run(running: ClientActor): void {
    this.#running = running
    running.actor.start()
  }

  stop(): void {
    this.#running?.actor.stop()
  }

  /** Hands a response to the machine under the name that its figure has for it. */
  receive(message: SipResponse): void {
    const running = this.#running
    const { status } = message
    const at = this.#host.now()
    if (running?.kind === 'non-invite')
      running.actor.send({ type: status < 200 ? 'response.provisional' : 'response.final', at, status, message })
    else if (status < 200) running?.actor.send({ type: 'response.provisional', at, status, message })
    else if (status < 300) running?.actor.send({ type: 'response.success', at, status, message })
    else running?.actor.send({ type: 'response.failure', at, status, message })
  }

  transmit(): void {
    this.#send(this.wire, this.request.method)
  }

  /** RFC 3261 17.1.1.3: same Request-URI, Via, From, Call-ID and CSeq number as the INVITE; To of the response. */
  acknowledge(response: SipResponse): void {
    const copied = this.request.headers.filter(({ name }) => ['From', 'Call-ID', 'Route'].includes(name))
    const headers = [
      { name: 'Via', value: this.via },
      { name: 'Max-Forwards', value: '70' },
      ...copied,
      { name: 'To', value: response.header('To') ?? '' },
      { name: 'CSeq', value: `${response.cseq.number} ACK` },
    ]
    this.#send(printRequest({ method: 'ACK', uri: this.request.uri, headers }), 'ACK')
  }

  #send(wire: Wire, method: string): void {
    const { flow, uri } = this.request
    const { now, tap, trail, log } = this.#host
    const { callId, cseqNumber } = this
    trail?.note(now(), 'out', flow, { summary: `${method} ${uri} SIP/2.0`, callId, cseq: `${cseqNumber} ${method}` })
    const bytes = Buffer.from(wire, 'latin1')
    tap.sent(flow, bytes, log)
    flow.send(bytes, () => this.#unsent())
  }

  #unsent(): void {
    // An ACK of a 2xx has no machine: its user hears at once.
    if (this.#running === undefined) this.user.failed('transport')
    else this.#running.actor.send({ type: 'transport.failed', at: this.#host.now() })
  }

  #header(wanted: string): string {
    return this.request.headers.find(({ name }) => name === wanted)?.value ?? ''
  }
}

const owner = ({ self }: { self: object }) => ownerOf<ClientTransaction>(self)

export const inviteClientLogic = inviteClient.provide({
  actions: {
    transmit: (args) => owner(args).transmit(),
    acknowledge: (args, response) => owner(args).acknowledge(response),
    deliver: (args, response) => deliver(owner(args), response),
    fail: (args, reason) => owner(args).user.failed(reason),
  },
})

export const nonInviteClientLogic = nonInviteClient.provide({
  actions: {
    transmit: (args) => owner(args).transmit(),
    deliver: (args, response) => deliver(owner(args), response),
    fail: (args, reason) => owner(args).user.failed(reason),
  },
})

function deliver(transaction: ClientTransaction, response: SipResponse): void {
  const { user } = transaction
  if (response.status < 200) return user.provisional?.(response)
  transaction.answered = true
  user.final(response)
}
