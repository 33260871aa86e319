/**
 * The messages of one affair (a session, an exchange), kept as evidence for why it failed.
 *
 * Bounded: the first few, because they say how it began, and the last few, because they say how it ended. Holds start
 * lines and identifiers only, so no credentials.
 */
import type { Evidence } from '../errors.ts'
import type { SipRequest, SipResponse } from '../sip/message.ts'
import type { OwnRequest } from '../sip/print.ts'
import { endpointText, type Flow } from './network.ts'

const keptFirst = 8
const keptLast = 24

/** One message as it is noted: it becomes evidence when somebody asks, which after a success nobody does. */
interface Noted {
  readonly at: number
  readonly direction: 'in' | 'out'
  readonly flow: Flow
  readonly summary: string
  readonly callId: string
  readonly cseq: string | undefined
}

export class Trail {
  readonly #first: Noted[] = []
  #last: Noted[] | undefined

  entries(): readonly Evidence[] {
    return [...this.#first, ...(this.#last ?? [])].map(evidenceOf)
  }

  /** A request has come; what is noted of it holds no credentials. */
  requested(at: number, flow: Flow, request: SipRequest): void {
    const { startLine, callId, cseq } = request.toJSON()
    this.#note({ at, direction: 'in', flow, summary: startLine, callId, cseq })
  }

  /** A response has come. */
  received(at: number, flow: Flow, { status, reason, callId, cseq }: SipResponse): void {
    const summary = `${status} ${reason} (${cseq.method})`
    this.#note({ at, direction: 'in', flow, summary, callId, cseq: `${cseq.number} ${cseq.method}` })
  }

  /** A request of ours goes out. */
  sent(at: number, flow: Flow, { method, uri, callId, cseq }: OwnRequest): void {
    this.#note({ at, direction: 'out', flow, summary: `${method} ${uri} SIP/2.0`, callId, cseq: `${cseq} ${method}` })
  }

  /** An answer of ours goes out. */
  answered(at: number, flow: Flow, summary: string, callId: string): void {
    this.#note({ at, direction: 'out', flow, summary, callId, cseq: undefined })
  }

  #note(noted: Noted): void {
    if (this.#first.length < keptFirst) {
      this.#first.push(noted)
      return
    }
    this.#last ??= []
    this.#last.push(noted)
    if (this.#last.length > keptLast) this.#last.shift()
  }
}

const evidenceOf = ({ at, direction, flow, summary, callId, cseq }: Noted): Evidence => ({
  at: new Date(at).toISOString(),
  direction,
  transport: flow.transport,
  remote: endpointText(flow.remote),
  summary,
  callId,
  ...(cseq !== undefined && { cseq }),
})
