/**
 * The messages of one affair (a session, an exchange), kept as evidence for why it failed.
 *
 * Bounded: the first few, because they say how it began, and the last few, because they say how it ended. Holds start
 * lines and identifiers only, so no credentials.
 */
import type { Evidence } from '../errors.ts'
import { SipRequest, type SipResponse } from '../sip/message.ts'
import { endpointText, type Flow } from './network.ts'

const keptFirst = 8
const keptLast = 24

/** One message as it is noted: it becomes evidence when somebody asks, which after a success nobody does. */
interface Noted {
  readonly at: number
  readonly direction: 'in' | 'out'
  readonly flow: Flow
  readonly message: { readonly summary: string; readonly callId?: string; readonly cseq?: string }
}

export class Trail {
  readonly #first: Noted[] = []
  readonly #last: Noted[] = []

  entries(): readonly Evidence[] {
    return [...this.#first, ...this.#last].map(evidenceOf)
  }

  note(
    at: number,
    direction: 'in' | 'out',
    flow: Flow,
    message: { summary: string; callId?: string; cseq?: string },
  ): void {
    const noted = { at, direction, flow, message }
    if (this.#first.length < keptFirst) this.#first.push(noted)
    else {
      this.#last.push(noted)
      if (this.#last.length > keptLast) this.#last.shift()
    }
  }
}

const evidenceOf = ({ at, direction, flow, message }: Noted): Evidence => ({
  at: new Date(at).toISOString(),
  direction,
  transport: flow.transport,
  remote: endpointText(flow.remote),
  ...message,
})

/** A message as evidence: start line and identifiers, no credentials. */
export function described(message: SipRequest | SipResponse): { summary: string; callId: string; cseq: string } {
  const { startLine, callId, cseq } = message.toJSON()
  return {
    summary: message instanceof SipRequest ? startLine : `${startLine.slice(8)} (${message.cseq.method})`,
    callId,
    cseq,
  }
}
