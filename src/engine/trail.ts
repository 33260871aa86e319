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

/**
 * One message as it is noted, in the parts that it came in: it becomes evidence, and text is put together, when somebody
 * asks, which after a success nobody does.
 */
interface Noted {
  readonly at: number
  readonly direction: 'in' | 'out'
  readonly flow: Flow
  /** 0 for what is told in words. */
  readonly status: number
  /** The reason of a response, the target of a request of ours; or in words what it was. */
  readonly text: string
  readonly callId: string
  /** Undefined for a CSeq that is not known. */
  readonly cseq: number | undefined
  readonly method: string
}

export class Trail {
  readonly #first: Noted[] = []
  #last: Noted[] | undefined

  entries(): readonly Evidence[] {
    return [...this.#first, ...(this.#last ?? [])].map(evidenceOf)
  }

  /** A request has come; what is noted of it holds no credentials. */
  requested(at: number, flow: Flow, request: SipRequest): void {
    const { number, method } = request.cseq
    const { startLine: text, callId } = request.toJSON()
    this.#note({ at, direction: 'in', flow, status: 0, text, callId, cseq: number, method })
  }

  /** A response has come. */
  received(at: number, flow: Flow, { status, reason: text, callId, cseq }: SipResponse): void {
    this.#note({ at, direction: 'in', flow, status, text, callId, cseq: cseq.number, method: cseq.method })
  }

  /** A request of ours goes out. */
  sent(at: number, flow: Flow, { method, uri: text, callId, cseq }: OwnRequest): void {
    this.#note({ at, direction: 'out', flow, status: 0, text, callId, cseq, method })
  }

  /** An answer of ours goes out. */
  answered(at: number, flow: Flow, summary: string, callId: string): void {
    this.#note({ at, direction: 'out', flow, status: 0, text: summary, callId, cseq: undefined, method: '' })
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

const evidenceOf = (noted: Noted): Evidence => ({
  at: new Date(noted.at).toISOString(),
  direction: noted.direction,
  transport: noted.flow.transport,
  remote: endpointText(noted.flow.remote),
  summary: summaryOf(noted),
  callId: noted.callId,
  ...(noted.cseq !== undefined && { cseq: `${noted.cseq} ${noted.method}` }),
})

function summaryOf({ direction, status, text, cseq, method }: Noted): string {
  if (status !== 0) return `${status} ${text} (${method})`
  return direction === 'out' && cseq !== undefined ? `${method} ${text} SIP/2.0` : text
}
