/**
 * Why bytes are not a message: every reason has a code that stays the same, and the status of RFC 3261 21.4 that a
 * request is answered with.
 *
 * Owns the codes and what is kept for the answer. Knows neither how a fault is found nor how an answer is printed.
 * Details name headers and limits, never header values, so that no credentials leave by them.
 */
import { type HeaderTable, headerName } from './head.ts'
import { parseVia, type Via } from './headers.ts'
import { splitOutside, type Wire } from './text.ts'

/** The stable names of all reasons, with the status that answers a request. */
export const rejectionStatus = {
  'not-sip': 400,
  'malformed-start-line': 400,
  'start-line-too-long': 414,
  'malformed-request-uri': 400,
  'unsupported-version': 505,
  'status-out-of-range': 400,
  'head-unterminated': 400,
  'head-too-large': 513,
  'message-too-large': 513,
  'too-many-headers': 400,
  'header-too-long': 400,
  'malformed-header': 400,
  'bare-cr': 400,
  'missing-header': 400,
  'multiple-single-value-header': 400,
  'malformed-via': 400,
  'malformed-from': 400,
  'malformed-to': 400,
  'malformed-call-id': 400,
  'malformed-cseq': 400,
  'cseq-method-mismatch': 400,
  'malformed-contact': 400,
  'scalar-out-of-range': 400,
  'malformed-content-length': 400,
  'conflicting-content-length': 400,
  'content-length-beyond-datagram': 400,
} as const

export type RejectionCode = keyof typeof rejectionStatus

/** What is left of a request to answer it by: raw values, Via at least. */
export interface Answerable {
  readonly vias: readonly [Wire, ...Wire[]]
  /** The top one, parsed. */
  readonly via: Via
  readonly from: Wire | undefined
  readonly to: Wire | undefined
  readonly callId: Wire | undefined
  readonly cseq: Wire | undefined
}

/** Bytes that are no message we take, and why. */
export interface Rejection {
  readonly code: RejectionCode
  /** What a request is answered with: 400, 414, 505 or 513. */
  readonly status: number
  readonly detail: string
  readonly kind: 'request' | 'response' | 'unknown'
  /** Present where an answer is due: a request, not an ACK, whose top Via can be read. A response is never answered. */
  readonly answerable?: Answerable
}

export function rejectionOf(code: RejectionCode, detail: string, kind: Rejection['kind']): Rejection {
  return { code, status: rejectionStatus[code], detail, kind }
}

/** The rejection of a request, with what is needed to answer it if that can be had. */
export function requestRejection(code: RejectionCode, detail: string, method: string, table: HeaderTable): Rejection {
  const rejection = rejectionOf(code, detail, 'request')
  const answerable = method === 'ACK' ? undefined : answerableOf(table)
  return answerable === undefined ? rejection : { ...rejection, answerable }
}

function answerableOf(table: HeaderTable): Answerable | undefined {
  const [top, ...others] = table.all(headerName('via')).flatMap((value) => splitOutside(value, ','))
  const via = top === undefined ? undefined : parseVia(top)
  if (top === undefined || via === undefined) return undefined
  return {
    vias: [top, ...others],
    via,
    from: table.first(headerName('from')),
    to: table.first(headerName('to')),
    callId: table.first(headerName('call-id')),
    cseq: table.first(headerName('cseq')),
  }
}
