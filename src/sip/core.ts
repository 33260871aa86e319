/**
 * What a user agent server checks before it looks at the method's own logic: RFC 3261 section 8.2.1 to 8.2.3.
 *
 * Method, scheme, extensions and body, in that order. Not here: merged requests and dialogs (the engine has them), and
 * Max-Forwards, which only a proxy refuses (16.3).
 */
import { type HeaderField, headerName } from './head.ts'
import type { SipRequest } from './message.ts'
import { schemeOf } from './uri.ts'

const names = {
  require: headerName('Require'),
  contentEncoding: headerName('Content-Encoding'),
  contentDisposition: headerName('Content-Disposition'),
}

/** What a server takes. */
export interface ServerProfile {
  readonly methods: readonly string[]
  /** Of the Request-URI, lower case. */
  readonly schemes: readonly string[]
  /** Option tags it supports. */
  readonly extensions: readonly string[]
  /** Media types of bodies it takes, lower case. */
  readonly contentTypes: readonly string[]
  /** Media types it may answer an INVITE with; default SDP. */
  readonly answers?: readonly string[]
}

/** How a request that is not taken is to be answered. */
export interface Refusal {
  readonly status: 400 | 405 | 406 | 415 | 416 | 420
  readonly headers: readonly HeaderField[]
}

/** The refusal that is due, or undefined where the method may go on. An ACK is never answered. */
export function checkRequest(request: SipRequest, profile: ServerProfile): Refusal | undefined {
  if (request.method === 'ACK') return undefined
  if (!profile.methods.includes(request.method)) return refuse(405, 'Allow', profile.methods)
  return checkAddresses(request, profile) ?? checkRequire(request, profile) ?? checkBody(request, profile)
}

const refuse = (status: Refusal['status'], name: string, values: readonly string[]): Refusal => ({
  status,
  headers: [{ name, value: values.join(', ') }],
})

function checkAddresses(request: SipRequest, profile: ServerProfile): Refusal | undefined {
  const known = (uri: string) => profile.schemes.includes(schemeOf(uri) ?? '')
  if (!known(request.requestUri)) return { status: 416, headers: [] }
  // A registrar has no address-of-record of a scheme it does not know (RFC 4475 3.3.4).
  const strangeRecord = request.method === 'REGISTER' && !known(request.to.uriText)
  return strangeRecord ? { status: 400, headers: [] } : undefined
}

/** 8.2.2.3; a CANCEL is not refused for its extensions. */
function checkRequire(request: SipRequest, profile: ServerProfile): Refusal | undefined {
  if (request.method === 'CANCEL' || request.header(names.require) === undefined) return undefined
  const unsupported = request.values(names.require).filter((tag) => !profile.extensions.includes(tag.toLowerCase()))
  return unsupported.length === 0 ? undefined : refuse(420, 'Unsupported', unsupported)
}

/** 8.2.3, and 21.4.7: an Accept that leaves nothing to answer an INVITE with. */
function checkBody(request: SipRequest, profile: ServerProfile): Refusal | undefined {
  if (request.body.length > 0 && !isOptional(request)) {
    const encoding = request.header(names.contentEncoding)?.toLowerCase() ?? 'identity'
    if (encoding !== 'identity') return refuse(415, 'Accept-Encoding', ['identity'])
    const type = request.contentType
    if (type !== undefined && !profile.contentTypes.includes(type)) return refuse(415, 'Accept', profile.contentTypes)
  }
  if (request.method !== 'INVITE') return undefined
  const answers = profile.answers ?? ['application/sdp']
  return acceptsAny(request, answers) ? undefined : refuse(406, 'Accept', profile.contentTypes)
}

/** A body that its sender marks as optional may be ignored (20.11). */
const isOptional = (request: SipRequest): boolean =>
  /;[ \t]*handling[ \t]*=[ \t]*optional\b/i.test(request.header(names.contentDisposition) ?? '')

/** No Accept means SDP (20.1); ranges may be `type/*` or `*` `/*`; an empty Accept takes nothing. */
function acceptsAny(request: SipRequest, types: readonly string[]): boolean {
  if (request.header('Accept') === undefined) return true
  return request.values('Accept').some((range) => {
    const accepted = (range.split(';')[0] ?? '').trim().toLowerCase()
    return accepted === '*/*' || types.some((type) => type === accepted || `${type.split('/')[0]}/*` === accepted)
  })
}
