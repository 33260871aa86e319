/**
 * The state that two user agents share during a session: RFC 3261 section 12. Identifiers, sequence numbers, remote
 * target and route set; builds the requests within it and judges those that come.
 *
 * When to send them is the business of the machines in machines/dialog.
 */
import { headerName } from '../sip/head.ts'
import type { SipRequest, SipResponse } from '../sip/message.ts'
import type { OutgoingRequest } from './client-transaction.ts'
import type { Flow } from './network.ts'

const recordRoute = headerName('record-route')

/** RFC 3261 8.1.1.5: below 2^31; starting low leaves room for a long life. */
const firstCSeq = 1

export interface DialogParties {
  readonly callId: string
  readonly localTag: string
  /** `<sip:id@domain>`, as in From or To, without tag. */
  readonly local: string
  readonly remote: string
  /** Our own Contact: `<sip:id@address:port>`. */
  readonly contact: string
}

/** What a request within a dialog may have beside what the dialog gives it. */
type DialogContent = Pick<OutgoingRequest, 'headers' | 'body'>

const nothing: DialogContent = {}

export class Dialog {
  readonly callId: string
  readonly localTag: string
  readonly contact: string
  /** Where requests within the dialog are addressed to (12.2.1.1). */
  target: string
  remoteTag: string | undefined
  readonly #local: string
  readonly #remote: string
  #routes: readonly string[] = []
  #localCSeq: number
  #remoteCSeq: number | undefined

  constructor(parties: DialogParties, target: string, localCSeq = firstCSeq) {
    this.callId = parties.callId
    this.localTag = parties.localTag
    this.contact = parties.contact
    this.#local = parties.local
    this.#remote = parties.remote
    this.target = target
    this.#localCSeq = localCSeq
  }

  /** The dialog that an INVITE makes at its invited side (12.1.1). */
  static invitedBy(request: SipRequest, localTag: string, contact: string): Dialog {
    const remote = request.header('From') ?? ''
    const dialog = new Dialog(
      {
        callId: request.callId,
        localTag,
        contact,
        local: request.header('To') ?? '',
        remote: withoutTag(remote),
      },
      request.contact?.uriText ?? request.from.uriText,
    )
    dialog.remoteTag = request.from.tag
    dialog.#routes = request.values(recordRoute)
    dialog.#remoteCSeq = request.cseq.number
    return dialog
  }

  /** An early dialog is found by its tag. Target and route set are the 2xx's (13.2.2.4): before it nothing is sent within. */
  announce(response: SipResponse): void {
    this.remoteTag = response.to.tag
  }

  /** What the response to our INVITE fixes: remote tag, target, route set (12.1.2). */
  establish(response: SipResponse): void {
    this.remoteTag = response.to.tag
    this.target = response.contact?.uriText ?? this.target
    const recorded = response.values(recordRoute)
    this.#routes = recorded.length > 1 ? recorded.toReversed() : recorded
  }

  /** The CSeq of a new request within the dialog (12.2.1.1); ACK and CANCEL have the INVITE's. */
  nextCSeq(): number {
    this.#localCSeq += 1
    return this.#localCSeq
  }

  get localCSeq(): number {
    return this.#localCSeq
  }

  /** A request within the dialog (12.2.1.1), to be sent by this way. */
  request(method: string, cseq: number, flow: Flow, { headers, body }: DialogContent = nothing): OutgoingRequest {
    const [first] = this.#routes
    const loose = first === undefined || /;\s*lr\b/i.test(first)
    return {
      method,
      uri: loose ? this.target : first.replace(/^.*<|>.*$/g, ''),
      flow,
      routes: loose ? this.#routes : [...this.#routes.slice(1), `<${this.target}>`],
      from: `${this.#local};tag=${this.localTag}`,
      to: this.remoteTag === undefined ? this.#remote : `${this.#remote};tag=${this.remoteTag}`,
      callId: this.callId,
      cseq,
      headers,
      body,
    }
  }

  /** Whether a request within the dialog is in order (12.2.2): a CSeq that does not rise is answered 500. */
  accepts(request: SipRequest): boolean {
    if (this.#remoteCSeq !== undefined && request.cseq.number <= this.#remoteCSeq) return false
    this.#remoteCSeq = request.cseq.number
    return true
  }
}

const withoutTag = (value: string): string => value.replace(/;\s*tag=[^;>]*$/i, '')
