/**
 * What all machines share about events: each says when it happened, on the one injected clock, in milliseconds.
 * SIP messages travel inside events as they are; machines hand them on and look only at the numbers beside them.
 */
import type { SipRequest, SipResponse } from '../src/sip/message.ts'

export interface Happened {
  /** Milliseconds of the injected clock. */
  readonly at: number
}

export interface Responded extends Happened {
  readonly status: number
  readonly message: SipResponse
}

export interface Requested extends Happened {
  readonly message: SipRequest
}

/** Why a client transaction ended without a final response: RFC 3261 8.1.3.1. */
export type TransactionFailure = 'timeout' | 'transport'
