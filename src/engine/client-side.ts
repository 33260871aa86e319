/**
 * The requests that go out: their client transactions, found again by branch and CSeq method when a response comes
 * (RFC 3261 17.1.3), and what goes out beside them: the ACK of a 2xx, CANCEL.
 */

import type { Timers } from '../../machines/transaction/timers.ts'
import type { SipResponse } from '../sip/message.ts'
import { printOwnRequest } from '../sip/print.ts'
import {
  type Affair,
  type ClientHost,
  type ClientTransaction,
  type ClientUser,
  InviteClientTransaction,
  NonInviteClientTransaction,
  type OutgoingRequest,
  type Via,
} from './client-transaction.ts'
import type { Counters } from './counters.ts'
import type { Directory } from './directory.ts'
import { clientKey, responseKey } from './keys.ts'
import type { LocalEnd } from './local-end.ts'
import type { Flow } from './network.ts'
import type { Tap } from './tap.ts'
import { transactionInputs } from './transaction-input.ts'

export type { Affair } from './client-transaction.ts'

export interface ClientSideParts {
  readonly directory: Directory
  readonly localEnd: LocalEnd
  readonly tap: Tap
  readonly counters: Counters
  readonly timers: Timers
  readonly userAgent: string
  readonly now: () => number
}

export class ClientSide {
  readonly #parts: ClientSideParts
  readonly #host: ClientHost
  readonly #live = new Map<string, ClientTransaction>()

  constructor(parts: ClientSideParts) {
    this.#parts = parts
    const { now, tap, userAgent, timers } = parts
    this.#host = {
      now,
      tap,
      userAgent,
      forget: ({ branch, method }) => void this.#live.delete(clientKey(branch, method)),
      inputFor: transactionInputs(timers),
    }
  }

  /** Sends a request in a client transaction of its own. The outcome always comes to `user`, later or at once. */
  send(request: OutgoingRequest, user: ClientUser, affair: Affair = {}): ClientTransaction {
    return this.#begin(request, this.#newVia(request.flow), user, affair)
  }

  /** Sends an ACK for a 2xx: outside of any transaction (13.2.2.4). */
  sendAck(request: OutgoingRequest, failed: () => void, { trail, log }: Affair = {}): void {
    const { now, tap, userAgent } = this.#parts
    const { flow } = request
    const bytes = Buffer.from(printOwnRequest(this.#newVia(flow).text, request, userAgent), 'latin1')
    trail?.sent(now(), flow, request)
    tap.sent(flow, bytes, log)
    flow.send(bytes, failed)
  }

  /** Sends CANCEL for an INVITE (9.1): same Request-URI, Call-ID, To, From, Route, CSeq number and top Via. */
  cancel(invite: ClientTransaction, user: ClientUser, affair: Affair): void {
    const { request } = invite
    if (request === undefined) return
    const { uri, flow, routes = [], from, to, callId, cseq } = request
    const cancel = { method: 'CANCEL', uri, flow, routes, from, to, callId, cseq }
    this.#begin(cancel, { branch: invite.branch, text: invite.via }, user, affair)
  }

  /**
   * Nobody waits for the outcome any more. A transaction without its final response ends; one that has it goes on
   * absorbing repetitions.
   */
  abandon(tx: ClientTransaction): void {
    if (!tx.answered) tx.actor.stop()
    tx.letGo()
  }

  /** RFC 3261 18.1.2 and 8.1.3.3: a response that is not ours, or of a transaction that is over, is dropped. */
  receive(flow: Flow, response: SipResponse): void {
    const key = responseKey(response)
    const tx = key === undefined ? undefined : this.#live.get(key)
    if (tx === undefined || tx.method !== response.cseq.method || response.vias.length !== 1)
      return this.#parts.counters.count('dropped-response-without-transaction')
    this.#parts.tap.belongs(tx.log, flow, response)
    tx.receive(flow, response)
  }

  #begin(request: OutgoingRequest, via: Via, user: ClientUser, affair: Affair): ClientTransaction {
    const Transaction = request.method === 'INVITE' ? InviteClientTransaction : NonInviteClientTransaction
    const tx = new Transaction(this.#host, request, via, user, affair)
    this.#live.set(clientKey(via.branch, request.method), tx)
    tx.moveInto(this.#parts.directory)
    return tx
  }

  #newVia(flow: Flow): Via {
    const { localEnd } = this.#parts
    const branch = localEnd.newBranch()
    return { branch, text: localEnd.via(flow, branch) }
  }
}
