/**
 * The requests that go out: their client transactions, found again by branch and CSeq method when a response comes
 * (RFC 3261 17.1.3), and what goes out beside them: the ACK of a 2xx, CANCEL.
 */

import type { Timers } from '../../machines/transaction/timers.ts'
import { magicCookie } from '../sip/headers.ts'
import type { SipResponse } from '../sip/message.ts'
import { checked, printOwnRequest } from '../sip/print.ts'
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
import { HashTable } from './hash-table.ts'
import { BranchNumbers } from './keys.ts'
import type { LocalEnd } from './local-end.ts'
import type { Flow } from './network.ts'
import type { Tap } from './tap.ts'
import { transactionInputs } from './transaction-input.ts'

export type { Affair } from './client-transaction.ts'

/** Of a branch for one request. */
const mostDraws = 10

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
  /** By the second half of their branch, which is like no other's; a CANCEL has its INVITE's (17.1.3). */
  readonly #live = new HashTable<ClientTransaction>()
  readonly #cancels = new HashTable<ClientTransaction>()
  /** Of the branch that was read last. */
  readonly #branch = new BranchNumbers()

  constructor(parts: ClientSideParts) {
    this.#parts = parts
    const { now, tap, timers } = parts
    const userAgent = checked(parts.userAgent)
    this.#host = {
      now,
      tap,
      userAgent,
      forget: (tx) => this.#of(tx.method).delete(tx),
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
    const bytes = printOwnRequest(this.#newVia(flow), request, userAgent)
    trail?.sent(now(), flow, request)
    tap.sent(flow, bytes, log)
    flow.send(bytes, failed)
  }

  /** Sends CANCEL for an INVITE (9.1): same Request-URI, Call-ID, To, From, Route, CSeq number and top Via. */
  cancel(invite: ClientTransaction, user: ClientUser, affair: Affair): void {
    const { request, via, first, second } = invite
    if (request === undefined || via === undefined) return
    const { uri, flow, routes = [], from, to, callId, cseq } = request
    const cancel = { method: 'CANCEL', uri, flow, routes, from, to, callId, cseq }
    this.#begin(cancel, { ...via, first, second }, user, affair)
  }

  /**
   * Nobody waits for the outcome any more. A transaction without its final response ends, and so does an INVITE's that was
   * accepted: it lives on only to hand repetitions of the 2xx to its user (RFC 6026 7.2), who has gone. Others go on
   * absorbing repetitions.
   */
  abandon(tx: ClientTransaction): void {
    if (!tx.answered || tx.isAccepted) tx.actor.stop()
    tx.letGo()
  }

  /** RFC 3261 18.1.2 and 8.1.3.3: a response that is not ours, or of a transaction that is over, is dropped. */
  receive(flow: Flow, response: SipResponse): void {
    const { method } = response.cseq
    const tx = this.#find(response.branch ?? '', method)
    if (tx === undefined || tx.method !== method || response.viaCount !== 1)
      return this.#parts.counters.count('dropped-response-without-transaction')
    this.#parts.tap.belongs(tx.log, flow, response)
    tx.receive(flow, response)
  }

  #begin(request: OutgoingRequest, via: Via, user: ClientUser, affair: Affair): ClientTransaction {
    const host = this.#host
    const tx =
      request.method === 'INVITE'
        ? new InviteClientTransaction(host, request, via, user, affair)
        : new NonInviteClientTransaction(host, request, via, user, affair)
    this.#of(request.method).add(tx)
    tx.moveInto(this.#parts.directory)
    return tx
  }

  /** A branch is drawn anew where one that lives has the same second half: one in millions. */
  #newVia(flow: Flow): Via {
    const { localEnd } = this.#parts
    const start = localEnd.viaStart(flow)
    for (let draws = 0; draws < mostDraws; draws++) {
      // Read before they are put behind the cookie: in a text that is put together each character is looked for.
      const digits = localEnd.newBranchDigits()
      if (!this.#branch.readDigits(digits)) continue
      const { first, second } = this.#branch
      if (this.#live.find(second) === undefined) return { start, branch: magicCookie + digits, first, second }
    }
    throw new Error(`${mostDraws} branches in a row that others have: is the option 'random' random?`)
  }

  #find(branch: string, method: string): ClientTransaction | undefined {
    if (!this.#branch.read(branch)) return undefined
    const { first, second } = this.#branch
    const tx = this.#of(method).find(second)
    return tx?.first === first ? tx : undefined
  }

  #of(method: string): HashTable<ClientTransaction> {
    return method === 'CANCEL' ? this.#cancels : this.#live
  }
}
