/**
 * The requests that go out: their client transactions, found again by branch and CSeq method when a response comes
 * (RFC 3261 17.1.3), and what goes out beside them: the ACK of a 2xx, CANCEL.
 */
import type { Timers } from '../../machines/transaction/timers.ts'
import type { HeaderField, SipResponse } from '../sip/message.ts'
import type { AnyActor } from '../statechart/index.ts'
import {
  ClientTransaction,
  type ClientUser,
  inviteClientLogic,
  nonInviteClientLogic,
  type OutgoingRequest,
} from './client-transaction.ts'
import type { Counters } from './counters.ts'
import type { Directory } from './directory.ts'
import type { FlightLog } from './flight.ts'
import { clientKey, responseKey } from './keys.ts'
import type { LocalEnd } from './local-end.ts'
import type { Flow } from './network.ts'
import type { Tap } from './tap.ts'
import { described, type Trail } from './trail.ts'

export interface ClientSideParts {
  readonly directory: Directory
  readonly localEnd: LocalEnd
  readonly tap: Tap
  readonly counters: Counters
  readonly timers: Timers
  readonly userAgent: string
  readonly now: () => number
}

/** To which affair a request belongs: where its messages are kept as evidence, and whose child its transaction is. */
export interface Affair {
  readonly trail?: Trail | undefined
  readonly parent?: AnyActor | undefined
  readonly log?: FlightLog | undefined
}

export class ClientSide {
  readonly #parts: ClientSideParts
  readonly #live = new Map<string, ClientTransaction>()

  constructor(parts: ClientSideParts) {
    this.#parts = parts
  }

  /** Sends a request in a client transaction of its own. The outcome always comes to `user`, later or at once. */
  send(request: OutgoingRequest, user: ClientUser, affair: Affair = {}): ClientTransaction {
    const branch = this.#parts.localEnd.newBranch()
    return this.#begin(request, { branch, text: this.#parts.localEnd.via(request.flow, branch) }, user, affair)
  }

  /** Sends an ACK for a 2xx: outside of any transaction (13.2.2.4). */
  sendAck(request: OutgoingRequest, failed: () => void, { trail, log }: Affair = {}): void {
    const { localEnd } = this.#parts
    const text = localEnd.via(request.flow, localEnd.newBranch())
    new ClientTransaction(this.#host(trail, log), request, { branch: '', text }, { final() {}, failed }).transmit()
  }

  /** Sends CANCEL for an INVITE (9.1): same Request-URI, Call-ID, To, From, CSeq number and top Via. */
  cancel(invite: ClientTransaction, user: ClientUser, affair: Affair): void {
    const { uri, flow, headers } = invite.request
    const same = ['Max-Forwards', 'Route', 'From', 'To', 'Call-ID']
    const cseq = { name: 'CSeq', value: `${invite.cseqNumber} CANCEL` }
    const request = {
      method: 'CANCEL',
      uri,
      flow,
      headers: [...headers.filter(({ name }) => same.includes(name)), cseq],
    }
    this.#begin(request, { branch: invite.branch, text: invite.via }, user, affair)
  }

  /** Ends a transaction that still waits for its final response. One that has it goes on absorbing repetitions. */
  abandon(tx: ClientTransaction): void {
    if (!tx.answered) tx.stop()
  }

  /** RFC 3261 18.1.2 and 8.1.3.3: a response that is not ours, or of a transaction that is over, is dropped. */
  receive(flow: Flow, response: SipResponse): void {
    const key = responseKey(response)
    const tx = key === undefined ? undefined : this.#live.get(key)
    if (tx === undefined || response.vias.length !== 1)
      return this.#parts.counters.count('dropped-response-without-transaction')
    this.#parts.tap.belongs(tx.log, flow, response)
    tx.trail?.note(this.#parts.now(), 'in', flow, described(response))
    tx.receive(response)
  }

  #begin(
    request: OutgoingRequest,
    via: { text: string; branch: string },
    user: ClientUser,
    { trail, parent, log }: Affair,
  ): ClientTransaction {
    const { directory, timers, userAgent } = this.#parts
    const headers: readonly HeaderField[] = [...request.headers, { name: 'User-Agent', value: userAgent }]
    const tx = new ClientTransaction(this.#host(trail, log), { ...request, headers }, via, user)
    const key = clientKey(via.branch, request.method)
    const spawn = {
      key: tx,
      owner: tx,
      input: { reliable: request.flow.transport === 'TCP', timers },
      parent,
      ended: ({ status }: { status: string }) => {
        this.#live.delete(key)
        // A crash must not leave its user waiting for an outcome for ever.
        if (status === 'error' && !tx.answered) user.failed('transport')
      },
    }
    this.#live.set(key, tx)
    if (request.method === 'INVITE') tx.run({ kind: 'invite', actor: directory.spawn(inviteClientLogic, spawn) })
    else tx.run({ kind: 'non-invite', actor: directory.spawn(nonInviteClientLogic, spawn) })
    return tx
  }

  #host(trail: Trail | undefined, log: FlightLog | undefined) {
    const { now, tap } = this.#parts
    return { now, tap, trail, log }
  }
}
