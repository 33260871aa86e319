/**
 * The requests that come in: their server transactions (RFC 3261 17.2.3), the dialogs they may belong to (12.2.2), and
 * what is looked at before a request reaches its user (8.2).
 */
import type { Timers } from '../../machines/transaction/timers.ts'
import { checkRequest } from '../sip/core.ts'
import type { SipRequest } from '../sip/message.ts'
import { responseTo } from '../sip/print.ts'
import { Attic } from './attic.ts'
import type { Counters } from './counters.ts'
import type { Dialog } from './dialog.ts'
import type { Directory } from './directory.ts'
import type { FlightLog } from './flight.ts'
import { HashTable } from './hash-table.ts'
import { mergeKey, SecretHash, serverKey } from './keys.ts'
import { without } from './lists.ts'
import type { LocalEnd } from './local-end.ts'
import type { Flow } from './network.ts'
import type { EngineLimits, EngineUser } from './options.ts'
import { Roster } from './roster.ts'
import {
  type Arrival,
  InviteServerTransaction,
  NonInviteServerTransaction,
  type ServerHost,
  type ServerTransaction,
} from './server-transaction.ts'
import type { Tap } from './tap.ts'
import type { Trail } from './trail.ts'
import { transactionInputs } from './transaction-input.ts'

/** Who owns a dialog: requests within it come here, not to the engine's user. */
export interface DialogUser {
  readonly dialog: Dialog
  readonly trail: Trail
  /** Of the device it is with. */
  readonly log?: FlightLog | undefined
  /** A request within the dialog, in order and not an ACK. */
  request(transaction: ServerTransaction): void
  /** The ACK of our 2xx. */
  acknowledged(request: SipRequest): void
}

export interface ServerSideParts {
  readonly user: EngineUser
  readonly directory: Directory
  readonly localEnd: LocalEnd
  readonly tap: Tap
  readonly counters: Counters
  readonly timers: Timers
  readonly limits: EngineLimits
  readonly now: () => number
  readonly state: () => 'starting' | 'serving' | 'draining' | 'stopped'
}

export class ServerSide {
  readonly #parts: ServerSideParts
  readonly #host: ServerHost
  readonly #live = new HashTable<ServerTransaction>()
  readonly #secret = new SecretHash()
  /** INVITEs that are going on, by what names them whatever way they came. */
  readonly #invites = new Map<string, ServerTransaction>()
  /** By Call-ID: as a rule one, several where a request came to us by several ways. */
  readonly #dialogs = new Roster<readonly DialogUser[]>()

  constructor(parts: ServerSideParts) {
    this.#parts = parts
    this.#host = {
      now: parts.now,
      newTag: () => parts.localEnd.newTag(),
      tap: parts.tap,
      attic: new Attic(),
      acknowledged: (request) => this.#acknowledge(request),
      forget: (tx) => this.#forget(tx),
      inputFor: transactionInputs(parts.timers),
    }
  }

  openDialog(user: DialogUser): void {
    const { callId } = user.dialog
    this.#dialogs.set(callId, [...(this.#dialogs.get(callId) ?? []), user])
  }

  closeDialog(user: DialogUser): void {
    const { callId } = user.dialog
    const others = without(this.#dialogs.get(callId) ?? [], user)
    if (others.length === 0) this.#dialogs.delete(callId)
    else this.#dialogs.set(callId, others)
  }

  receive(flow: Flow, request: SipRequest): void {
    const hash = this.#secret.of(request)
    const tx = this.#find(request, request.method, hash)
    const log = tx?.log ?? this.#logOf(request)
    this.#parts.tap.belongs(log, flow, request)
    if (request.method === 'ACK') return this.#receiveAck(request, tx)
    if (tx !== undefined) {
      this.#parts.counters.count('retransmissions-absorbed')
      return tx.receiveAgain()
    }
    if (!this.#mayBegin(request)) return this.#answerWithoutState(flow, request, 503)
    const arrival = { flow, request, hash, log }
    if (request.method === 'CANCEL') return this.#receiveCancel(arrival)
    const begun = this.#begin(arrival)
    this.#dispatch(begun)
    begun.releaseRequest()
  }

  /** Answers as part of a request that its user has put off. @throws what `step` throws, after a 500. */
  answering(tx: ServerTransaction, step: () => void): void {
    try {
      step()
    } catch (error) {
      tx.respond(500)
      throw error
    }
  }

  /** In a dialog the other side is called as it likes: a channel. */
  #logOf(request: SipRequest): FlightLog | undefined {
    const { user = '' } = request.from
    const inDialog = this.#dialogOf(request)?.log
    if (inDialog !== undefined || user === '') return inDialog
    return this.#parts.user.logOf?.(user) ?? this.#parts.tap.logOf(user)
  }

  /** While draining only what is within a dialog is served; what is over the limit gets no state at all. */
  #mayBegin(request: SipRequest): boolean {
    const state = this.#parts.state()
    if (state !== 'serving' && !(state === 'draining' && request.to.tag !== undefined)) return false
    if (this.#live.size < this.#parts.limits.transactions) return true
    this.#parts.counters.count('dropped-overload')
    return false
  }

  #receiveAck(request: SipRequest, tx: ServerTransaction | undefined): void {
    // The ACK of a 2xx has a branch of its own (17.1.1.3), yet some devices reuse the INVITE's.
    if (!tx?.receiveAck(request)) this.#acknowledge(request)
  }

  #acknowledge(request: SipRequest): void {
    const user = this.#dialogOf(request)
    if (user === undefined) this.#parts.counters.count('dropped-ack-without-dialog')
    else user.acknowledged(request)
  }

  #receiveCancel(arrival: Arrival): void {
    const invite = this.#find(arrival.request, 'INVITE')
    const cancel = this.#begin(arrival)
    if (invite === undefined) return cancel.respond(481)
    cancel.trail = invite.trail
    cancel.tagLike(invite)
    cancel.respond(200)
    if (invite.finalStatus === undefined) invite.inviteUser?.cancelled()
  }

  #find(request: SipRequest, method: string, hash = this.#secret.of(request, method)): ServerTransaction | undefined {
    let tx = this.#live.find(hash)
    if (tx === undefined) return undefined
    const key = serverKey(request, method)
    while (tx !== undefined && tx.serverKey !== key) tx = this.#live.findBefore(tx)
    return tx
  }

  #begin(arrival: Arrival): ServerTransaction {
    const tx =
      arrival.request.method === 'INVITE'
        ? new InviteServerTransaction(this.#host, arrival)
        : new NonInviteServerTransaction(this.#host, arrival)
    this.#live.add(tx)
    tx.moveInto(this.#parts.directory)
    return tx
  }

  #forget(tx: ServerTransaction): void {
    this.#live.delete(tx)
    if (tx.method !== 'INVITE') return
    const merged = mergeKey(tx.request)
    if (this.#invites.get(merged) === tx) this.#invites.delete(merged)
  }

  /** Everything a UAS looks at before it looks at the method (8.2 and 12.2.2). */
  #dispatch(tx: ServerTransaction): void {
    const { request } = tx
    const { user } = this.#parts
    const refusal = checkRequest(request, user.profile)
    if (refusal !== undefined) return tx.respond(refusal.status, { headers: refusal.headers })
    try {
      if (request.to.tag !== undefined && this.#dispatchInDialog(tx)) return
      if (request.method === 'INVITE' && this.#isMerged(tx)) return tx.respond(482)
      user.request(tx)
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
    user.trail.requested(this.#parts.now(), tx.flow, request)
    if (user.dialog.accepts(request)) user.request(tx)
    else tx.respond(500, { reason: 'CSeq out of order' })
    return true
  }

  /** The same request by another way (8.2.2.2). */
  #isMerged(tx: ServerTransaction): boolean {
    const key = mergeKey(tx.request)
    if (this.#invites.has(key)) return true
    this.#invites.set(key, tx)
    return false
  }

  #dialogOf(request: SipRequest): DialogUser | undefined {
    const { tag } = request.to
    if (tag === undefined) return undefined
    return this.#dialogs
      .get(request.callId)
      ?.find(({ dialog }) => dialog.localTag === tag && dialog.remoteTag === request.from.tag)
  }

  /** For floods: an answer that costs no actor. */
  #answerWithoutState(flow: Flow, request: SipRequest, status: number): void {
    const { limits, localEnd, tap } = this.#parts
    const headers = [{ name: 'Retry-After', value: String(limits.retryAfter) }]
    tap.send(flow, responseTo(request, { status, source: flow.remote, toTag: localEnd.newTag(), headers }))
  }
}
