/**
 * Transactions as they are seen from outside: RFC 3261 section 17. Each runs twice, as its client and as its server live
 * it, because what one side sent the other may never have got.
 *
 * Owns the matching (17.1.3, 17.2.3) with the fallback that buggy branches need, and which messages are retransmissions.
 */
import type { TransactionFailure } from '../../../machines/events.ts'
import { inviteClient } from '../../../machines/transaction/invite-client.ts'
import { inviteServer } from '../../../machines/transaction/invite-server.ts'
import { nonInviteClient } from '../../../machines/transaction/non-invite-client.ts'
import { nonInviteServer } from '../../../machines/transaction/non-invite-server.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../sip/message.ts'
import { type Actor, ownerOf } from '../../statechart/index.ts'
import type { Observed } from './observed.ts'
import { never, Path, type Stage } from './stage.ts'

/** Who wants to hear of a transaction as its client does. */
export interface TransactionWatcher {
  provisional?(response: SipResponse, observed: Observed): void
  /** A final response; for an INVITE each 2xx again. */
  final(response: SipResponse, observed: Observed): void
  /** Timer B or F has run out. */
  failed(): void
}

export class Transaction {
  readonly id: string
  readonly first: Observed
  readonly request: SipRequest
  readonly clientPath = new Path()
  readonly serverPath = new Path()
  /** Retransmissions, the first request not among them. */
  readonly repeated: Observed[] = []
  /** All responses, repeated ones too. */
  readonly responses: Observed[] = []
  /** ACKs that belong to the transaction: those of a 300-699 (17.1.1.3). */
  readonly acks: Observed[] = []
  readonly watchers: TransactionWatcher[] = []
  /** The device that it is about, as far as it is known. */
  deviceId: string | undefined
  /** The client has heard nothing within 64*T1. */
  clientFailure: TransactionFailure | undefined
  /** No ACK within 64*T1. */
  serverFailure: TransactionFailure | undefined
  /** The client's next timer at the end of the records. */
  waitingFor: { readonly name: string; readonly at: number } | undefined
  readonly #stage: Stage
  readonly #client: ClientActor
  readonly #server: ServerActor

  constructor(stage: Stage, id: string, first: Observed, request: SipRequest) {
    this.#stage = stage
    this.id = id
    this.first = first
    this.request = request
    const input = { reliable: first.transport === 'TCP' }
    const client = { id, owner: this, path: this.clientPath }
    const server = { id, owner: this, path: this.serverPath }
    const invite = request.method === 'INVITE'
    this.#client = invite
      ? { kind: 'invite', actor: stage.run(watchedInviteClient, input, client) }
      : { kind: 'non-invite', actor: stage.run(watchedNonInviteClient, input, client) }
    this.#server = invite
      ? { kind: 'invite', actor: stage.run(watchedInviteServer, input, server) }
      : { kind: 'non-invite', actor: stage.run(nonInviteServer, input, server) }
  }

  get method(): string {
    return this.request.method
  }

  get callId(): string {
    return this.request.callId
  }

  get machine(): string {
    return this.#client.actor.machine.id
  }

  get serverMachine(): string {
    return this.#server.actor.machine.id
  }

  /** The first final response. */
  get final(): Observed | undefined {
    return this.responses.find(({ response }) => response !== undefined && response.status >= 200)
  }

  get status(): number | undefined {
    return this.final?.response?.status
  }

  get outcome(): 'answered' | 'timeout' | 'pending' {
    if (this.clientFailure !== undefined) return 'timeout'
    return this.final === undefined ? 'pending' : 'answered'
  }

  /** Every message of it, in order. */
  get messages(): Observed[] {
    const all = [this.first, ...this.repeated, ...this.responses, ...this.acks]
    return all.sort((left, right) => left.at - right.at || left.frame - right.frame)
  }

  requestAgain(observed: Observed): void {
    observed.repeats = this.first
    this.repeated.push(observed)
    this.#server.actor.send({ type: 'request.retransmitted', at: this.#stage.now })
  }

  respond(observed: Observed, response: SipResponse): void {
    const before = this.responses.find(
      (known) => known.response !== undefined && sameResponse(known.response, response),
    )
    if (before !== undefined) observed.repeats = before
    this.responses.push(observed)
    const at = this.#stage.now
    if (before === undefined) this.#answer(response.status, at)
    this.#tellClient(response, at)
  }

  #tellClient(message: SipResponse, at: number): void {
    const client = this.#client
    const { status } = message
    const what = { at, status, message }
    if (client.kind === 'non-invite')
      client.actor.send({ type: status < 200 ? 'response.provisional' : 'response.final', ...what })
    else if (status < 200) client.actor.send({ type: 'response.provisional', ...what })
    else client.actor.send({ type: status < 300 ? 'response.success' : 'response.failure', ...what })
  }

  #answer(status: number, at: number): void {
    const server = this.#server
    if (server.kind === 'non-invite')
      server.actor.send({ type: status < 200 ? 'respond.provisional' : 'respond.final', at, status })
    else if (status < 200) server.actor.send({ type: 'respond.provisional', at, status })
    else server.actor.send({ type: status < 300 ? 'respond.success' : 'respond.failure', at, status })
  }

  /** `own`: the ACK of a 300-699, part of this transaction; otherwise the dialog's. */
  acknowledge(observed: Observed, message: SipRequest, own: boolean): void {
    if (own) {
      observed.repeats = this.acks[0]
      this.acks.push(observed)
    }
    if (this.#server.kind === 'invite') this.#server.actor.send({ type: 'ack', at: this.#stage.now, message })
  }

  deliver(response: SipResponse): void {
    const observed = this.#stage.current
    if (observed === undefined) return
    for (const watcher of this.watchers) {
      if (response.status < 200) watcher.provisional?.(response, observed)
      else watcher.final(response, observed)
    }
  }

  fail(reason: TransactionFailure): void {
    this.clientFailure = reason
    for (const watcher of this.watchers) watcher.failed()
  }

  /** The records end here. */
  finish(): void {
    const { nextTimer } = this.#client.actor.status()
    if (nextTimer !== null && nextTimer.at < never) this.waitingFor = nextTimer
  }
}

const sameResponse = (known: SipResponse, response: SipResponse): boolean =>
  known.status === response.status && known.to.tag === response.to.tag

const owner = ({ self }: { self: object }) => ownerOf<Transaction>(self)

const watchedInviteClient = inviteClient.provide({
  actions: {
    deliver: (args, response) => owner(args).deliver(response),
    fail: (args, reason) => owner(args).fail(reason),
  },
})

const watchedNonInviteClient = nonInviteClient.provide({
  actions: {
    deliver: (args, response) => owner(args).deliver(response),
    fail: (args, reason) => owner(args).fail(reason),
  },
})

const watchedInviteServer = inviteServer.provide({
  actions: {
    fail: (args, reason) => {
      owner(args).serverFailure = reason
    },
  },
  // Whether a 100 was sent is told by the record.
  delays: { trying: never },
})

type ClientActor =
  | { readonly kind: 'invite'; readonly actor: Actor<typeof watchedInviteClient> }
  | { readonly kind: 'non-invite'; readonly actor: Actor<typeof watchedNonInviteClient> }

type ServerActor =
  | { readonly kind: 'invite'; readonly actor: Actor<typeof watchedInviteServer> }
  | { readonly kind: 'non-invite'; readonly actor: Actor<typeof nonInviteServer> }

/** All transactions of the records, found by their messages. */
export class Transactions {
  readonly all: Transaction[] = []
  /** Responses to requests that were not seen. */
  readonly orphans: Observed[] = []
  /** ACKs for which no INVITE was seen. */
  readonly strayAcks: Observed[] = []
  readonly #stage: Stage
  readonly #byBranch = new Map<string, Transaction>()
  /** For devices that change or omit the branch (protocol notes 07, section 6). */
  readonly #bySequence = new Map<string, Transaction>()

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** A request that is no ACK. `undefined`: it is a retransmission. */
  request(observed: Observed, request: SipRequest): Transaction | undefined {
    const key = branchKey(request, request.method)
    const known = this.#byBranch.get(key)
    if (known !== undefined) {
      known.requestAgain(observed)
      return undefined
    }
    const made = new Transaction(this.#stage, request.via.branch ?? key, observed, request)
    this.all.push(made)
    this.#byBranch.set(key, made)
    this.#bySequence.set(sequenceKey(request, request.method), made)
    return made
  }

  response(observed: Observed, response: SipResponse): Transaction | undefined {
    const { method } = response.cseq
    const found = this.#byBranch.get(branchKey(response, method)) ?? this.#bySequence.get(sequenceKey(response, method))
    if (found === undefined) this.orphans.push(observed)
    else found.respond(observed, response)
    return found
  }

  /** The INVITE that an ACK is for, by its branch or, as a 2xx's ACK has its own, by its sequence number. */
  ack(observed: Observed, request: SipRequest): Transaction | undefined {
    const sameBranch = this.#byBranch.get(branchKey(request, 'INVITE'))
    const found = sameBranch ?? this.#bySequence.get(sequenceKey(request, 'INVITE'))
    if (found === undefined) this.strayAcks.push(observed)
    else found.acknowledge(observed, request, (found.status ?? 0) >= 300)
    return found
  }
}

const branchKey = (message: SipMessage, method: string): string =>
  `${message.via.branch ?? ''}|${sequenceKey(message, method)}`

const sequenceKey = ({ callId, cseq, from }: SipMessage, method: string): string =>
  `${callId}|${from.tag ?? ''}|${cseq.number}|${method}`
