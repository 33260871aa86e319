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

export class Trail {
  readonly #first: Evidence[] = []
  readonly #last: Evidence[] = []

  note(
    at: number,
    direction: 'in' | 'out',
    flow: Flow,
    message: { summary: string; callId?: string; cseq?: string },
  ): void {
    this.#keep({
      at: new Date(at).toISOString(),
      direction,
      transport: flow.transport,
      remote: endpointText(flow.remote),
      ...message,
    })
  }

  entries(): readonly Evidence[] {
    return [...this.#first, ...this.#last]
  }

  #keep(evidence: Evidence): void {
    if (this.#first.length < keptFirst) this.#first.push(evidence)
    else {
      this.#last.push(evidence)
      if (this.#last.length > keptLast) this.#last.shift()
    }
  }
}

/** A message as evidence: start line and identifiers, no credentials. */
export function described(message: SipRequest | SipResponse): { summary: string; callId: string; cseq: string } {
  const { startLine, callId, cseq } = message.toJSON()
  return {
    summary: message instanceof SipRequest ? startLine : `${startLine.slice(8)} (${message.cseq.method})`,
    callId,
    cseq,
  }
}
