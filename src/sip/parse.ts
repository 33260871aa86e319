/**
 * Bytes to message: RFC 3261 sections 7, 18.3 and 20, for one datagram or one frame of a stream.
 *
 * Owns which bytes are a message. What every message must have is checked here, so that nobody behind the parser meets
 * a message without it; what only a method needs is left to the method. Any bytes give a message, a typed rejection or
 * a reason to ignore them; nothing throws. Knows no socket; a stream is cut into frames by `framing.ts`.
 */
import { type Head, type HeaderName, type HeaderTable, headerName, type Span, scanHead } from './head.ts'
import { maxExpires, NameAddr, parseCSeq, parseNameAddr, parseVia, type Via } from './headers.ts'
import { datagramLimits, type SipLimits } from './limits.ts'
import { bodyFrom, type Essentials, type RequestLine, SipRequest, SipResponse } from './message.ts'
import { type Rejection, type RejectionCode, rejectionOf, requestRejection } from './rejection.ts'
import { isToken, isWord, parseDecimal, splitOutside, type Wire } from './text.ts'
import { isAbsoluteUri, isSipUri, parseUri, schemeOf } from './uri.ts'
import { isUsualUri, isUsualWord, usualAddress, usualVia } from './usual.ts'
import { commonMethods, isResponse, unlimited } from './usual-form.ts'
import { usualRequest } from './usual-request.ts'
import { usualResponse } from './usual-response.ts'

export interface ParseOptions {
  readonly limits?: SipLimits
  /** Takes Content-Length at its word whatever the body is: beyond the datagram is refused. Default false. */
  readonly strictLength?: boolean
}

/** Something about a message that we took although it is not as the standard wants it. */
export interface ParseNote {
  /**
   * `octets-after-body`: the datagram went on after Content-Length bytes, and the rest was discarded (18.3).
   * `content-length-short-of-body`: it went on, and the rest was taken, since the document ends only there.
   */
  readonly code: 'content-length-beyond-datagram' | 'content-length-short-of-body' | 'octets-after-body'
  readonly detail: string
}

export type ParseResult =
  | { readonly ok: true; readonly message: SipRequest | SipResponse; readonly notes: readonly ParseNote[] }
  | { readonly ok: false; readonly rejection: Rejection }
  | { readonly ok: 'ignored'; readonly why: 'keepalive' | 'junk' }

/** Reads one datagram, or one frame that `StreamFramer` has cut. */
export function parseMessage(bytes: Buffer, options: ParseOptions = {}): ParseResult {
  const limits = options.limits ?? datagramLimits
  const usual = isResponse(bytes) ? usualResponse(bytes, limits) : usualRequest(bytes, limits)
  if (usual !== undefined) return { ok: true, message: usual, notes: noNotes }
  const ignored = ignorable(bytes)
  if (ignored !== undefined) return { ok: 'ignored', why: ignored }
  const head = scanWhole(bytes, limits)
  const start = parseStartLine(head)
  const message = bytes.length > limits.message ? tooLarge(limits) : checkMessage(bytes, head, start, options)
  return message instanceof Fault ? { ok: false, rejection: rejectionFor(start, message, head.table) } : message
}

/** Reads what we have printed ourselves, however long a peer has made it. */
export function readOwn(bytes: Buffer): SipRequest | SipResponse | undefined {
  const parsed = parseMessage(bytes, { limits: unlimited })
  return parsed.ok === true ? parsed.message : undefined
}

function scanWhole(bytes: Buffer, limits: SipLimits): Head {
  const head = scanHead(bytes, Math.min(bytes.length, limits.head), limits)
  // A slice of the head must not keep a large body alive a second time.
  const large = head.fault === undefined && bytes.length - head.bodyStart > 4096
  return large ? scanHead(bytes, head.bodyStart, limits) : head
}

function checkMessage(bytes: Buffer, head: Head, start: StartLine | Fault, options: ParseOptions): ParseResult | Fault {
  if (start instanceof Fault) return start
  if (head.fault !== undefined) return new Fault(head.fault.code, head.fault.detail)
  const essentials = checkHeader(head.table, start)
  if (essentials instanceof Fault) return essentials
  const framed = cutBody(bytes, head.bodyStart, head.table, options.strictLength ?? false)
  if (framed instanceof Fault) return framed
  const message =
    start.kind === 'request'
      ? new SipRequest(start, head.table, essentials, framed.body)
      : new SipResponse(start.status, start.reason, head.table, essentials, framed.body)
  return { ok: true, message, notes: framed.notes }
}

const tooLarge = (limits: SipLimits): Fault => new Fault('message-too-large', `more than ${limits.message} bytes`)

/** A broken rule on its way to becoming a rejection. */
class Fault {
  readonly code: RejectionCode
  readonly detail: string
  readonly kind: Rejection['kind']
  readonly method: string

  constructor(code: RejectionCode, detail: string, kind: Rejection['kind'] = 'unknown', method = '') {
    this.code = code
    this.detail = detail
    this.kind = kind
    this.method = method
  }
}

type StartLine =
  | ({ readonly kind: 'request' } & RequestLine)
  | { readonly kind: 'response'; readonly status: number; readonly reason: Wire; readonly method: '' }

function rejectionFor(start: StartLine | Fault, fault: Fault, table: HeaderTable): Rejection {
  if (start.kind === 'request') return requestRejection(fault.code, fault.detail, start.method, table)
  return rejectionOf(fault.code, fault.detail, start.kind)
}

const keepaliveLength = 4

/** Empty lines and NULs keep a NAT binding open; a few odd bytes do too, in some devices. Neither is worth an error. */
function ignorable(bytes: Buffer): 'keepalive' | 'junk' | undefined {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== 0x0d && byte !== 0x0a && byte !== 0 && byte !== 0x20) {
      return bytes.length <= keepaliveLength ? 'junk' : undefined
    }
  }
  return 'keepalive'
}

/** Exactly one space between the parts and none after them (7.1, 7.2): RFC 4475 3.1.2.8 to 3.1.2.10. */
function parseStartLine(head: Head): StartLine | Fault {
  const { startLine } = head
  if (startLine.startsWith('SIP/')) return parseStatusLine(startLine)
  return usualRequestLine(head) ?? parseRequestLine(startLine)
}

/** A method that is common, a usual URI: the method is the same text for all messages and keeps none of them. */
function usualRequestLine({ startLine, startAt, table }: Head): StartLine | undefined {
  const method = commonMethod(startLine)
  if (method === undefined || !startLine.endsWith(' SIP/2.0')) return undefined
  const uriStart = method.length + 1
  const uriEnd = startLine.length - ' SIP/2.0'.length
  if (!isUsualUri(table.bytes, startAt + uriStart, startAt + uriEnd)) return undefined
  return { kind: 'request', method, requestUri: startLine.slice(uriStart, uriEnd) }
}

function commonMethod(line: Wire): string | undefined {
  for (const name of commonMethods) if (line.charCodeAt(name.length) === 0x20 && line.startsWith(name)) return name
  return undefined
}

function parseRequestLine(line: Wire): StartLine | Fault {
  const uriStart = line.indexOf(' ') + 1
  const uriEnd = line.indexOf(' ', uriStart)
  const method = line.slice(0, Math.max(uriStart - 1, 0))
  const usual = line.endsWith(' SIP/2.0')
  if (!usual && !endsInVersion.test(line)) return new Fault('not-sip', 'the first line is no SIP start line')
  if (!isToken(method)) return new Fault('malformed-start-line', 'the method is not a token', 'request', method)
  if (!(usual && uriEnd === line.length - ' SIP/2.0'.length) && line.slice(uriEnd + 1).toUpperCase() !== 'SIP/2.0') {
    const spaced = line.slice(uriEnd + 1).includes(' ') || uriEnd < uriStart
    const code = spaced ? 'malformed-start-line' : 'unsupported-version'
    return new Fault(code, spaced ? 'white space in the request line' : 'only SIP/2.0 is spoken', 'request', method)
  }
  const requestUri = line.slice(uriStart, uriEnd)
  const broken = requestUriFault(requestUri)
  if (broken !== undefined) return new Fault('malformed-request-uri', broken, 'request', method)
  return { kind: 'request', method, requestUri }
}

const endsInVersion = /(?: |^)SIP\/\d+\.\d+ *$/i

/** A Request-URI of a scheme that is not ours is well-formed all the same (RFC 4475 3.3.2); 416 answers it later. */
function requestUriFault(uri: Wire): string | undefined {
  if (isSipUri(uri)) return uri.includes('?') && parseUri(uri)?.headers !== undefined ? uriHeaders : undefined
  const scheme = schemeOf(uri)
  if (scheme === 'sip' || scheme === 'sips') return 'the Request-URI is no SIP URI'
  return isAbsoluteUri(uri) ? undefined : 'the Request-URI is no URI'
}

const uriHeaders = 'headers are not allowed in a Request-URI (19.1.1)'

function parseStatusLine(line: Wire): StartLine | Fault {
  const usual = line.startsWith('SIP/2.0 ') && line[11] === ' ' ? parseDecimal(line, 699, 8, 11) : undefined
  if (usual !== undefined && usual >= 100)
    return { kind: 'response', status: usual, reason: line.slice(12), method: '' }
  if (!line.startsWith('SIP/2.0 ')) return new Fault('unsupported-version', 'only SIP/2.0 is spoken', 'response')
  const end = line.indexOf(' ', 8)
  const text = end < 0 ? line.slice(8) : line.slice(8, end)
  const status = parseDecimal(text, 699)
  if (status === undefined || status < 100 || text.length !== 3) {
    return new Fault('status-out-of-range', 'a status code is 100 to 699', 'response')
  }
  return { kind: 'response', status, reason: end < 0 ? '' : line.slice(end + 1), method: '' }
}

/** What every message must have (8.1.1) and what no header may exceed. */
function checkHeader(table: HeaderTable, start: StartLine): Essentials | Fault {
  const repeated = table.mayRepeat ? singleValued.find((name) => table.all(name).length > 1) : undefined
  if (repeated !== undefined)
    return new Fault('multiple-single-value-header', `${repeated.canonical} may stand only once`)
  const via = readVias(table)
  const from = parseAddress(table, 'from')
  const to = parseAddress(table, 'to')
  if (via instanceof Fault) return via
  if (from instanceof Fault) return from
  if (to instanceof Fault) return to
  const callId = table.first(names.callId)
  if (callId === undefined) return missing('call-id')
  if (!isUsualCallId(table) && !isWord(callId))
    return new Fault('malformed-call-id', 'Call-ID is empty or has white space')
  const cseq = checkCSeq(table, start)
  if (cseq instanceof Fault) return cseq
  const contacts = parseContacts(table)
  if (contacts instanceof Fault) return contacts
  const { texts: viaTexts, vias } = via
  const ofVia = { viaTexts, vias, branch: vias[0].branch, viaCount: vias.length }
  return checkScalars(table) ?? { ...ofVia, from, to, callId, cseq, contacts }
}

/** A regular expression is a call into the runtime, for a text that was cut out of another. */
function isUsualCallId(table: HeaderTable): boolean {
  const span = table.span(names.callId)
  return span !== undefined && isUsualWord(table.bytes, span.from, span.to)
}

interface Vias {
  readonly texts: Essentials['viaTexts']
  readonly vias: Essentials['vias']
}

function readVias(table: HeaderTable): Vias | Fault {
  const { bytes, text } = table
  const span = table.span(names.via)
  const usual = span && usualVia(bytes, text, span.from, span.to)
  if (span !== undefined && usual !== undefined) return { texts: [text.slice(span.from, span.to)], vias: [usual] }
  const texts = valuesOf(table, names.via)
  if (!isFilled(texts)) return missing('via')
  const vias = parseVias(texts)
  return vias instanceof Fault ? vias : { texts, vias }
}

/** The one address of a header in its usual form. */
const usualIn = ({ bytes, text }: HeaderTable, span: Span | undefined): NameAddr | undefined =>
  span && usualAddress(bytes, text, span.from, span.to)

/** All values in order, cut at commas. */
function valuesOf(table: HeaderTable, name: HeaderName): readonly Wire[] {
  const values = table.all(name)
  if (values.length === 0) return values
  const [only = ''] = values
  return values.length === 1 ? splitOutside(only, ',') : values.flatMap((value) => splitOutside(value, ','))
}

const isFilled = <T>(list: readonly T[]): list is readonly [T, ...T[]] => list.length > 0

const names = {
  via: headerName('via'),
  from: headerName('from'),
  to: headerName('to'),
  callId: headerName('call-id'),
  cseq: headerName('cseq'),
  contact: headerName('contact'),
  maxForwards: headerName('max-forwards'),
  expires: headerName('expires'),
  minExpires: headerName('min-expires'),
  retryAfter: headerName('retry-after'),
  contentLength: headerName('content-length'),
  contentType: headerName('content-type'),
  event: headerName('event'),
}

const { from, to, callId, cseq, maxForwards, contentType, expires, event } = names
const singleValued = [from, to, callId, cseq, maxForwards, contentType, expires, event]

const missing = (name: string): Fault => new Fault('missing-header', `${name} is missing`)

function parseVias(texts: Essentials['viaTexts']): Essentials['vias'] | Fault {
  const top = readVia(texts[0])
  if (texts.length === 1 && top !== undefined) return [top]
  const vias = texts.map(readVia).filter((via) => via !== undefined)
  return isFilled(vias) && vias.length === texts.length ? vias : new Fault('malformed-via', 'Via cannot be read')
}

/** A Via of another version may be answered (505), not taken. */
function readVia(text: Wire): Via | undefined {
  const via = parseVia(text)
  return via?.version === '2.0' ? via : undefined
}

function parseAddress(table: HeaderTable, name: 'from' | 'to'): NameAddr | Fault {
  const usual = usualIn(table, table.span(names[name]))
  if (usual !== undefined) return usual
  const value = table.first(names[name])
  if (value === undefined) return missing(name)
  const address = parseNameAddr(value)
  if (address === undefined) return new Fault(`malformed-${name}`, `${name} is no address`)
  const emptyTag = address.tag === undefined && address.params.has('tag')
  return emptyTag ? new Fault(`malformed-${name}`, `the tag of ${name} is empty`) : address
}

function checkCSeq(table: HeaderTable, start: StartLine): Essentials['cseq'] | Fault {
  const span = table.span(names.cseq)
  const usual = span && (start.kind === 'request' ? usualCSeq(table, span, start.method) : answeredCSeq(table, span))
  if (usual !== undefined) return usual
  const value = table.first(names.cseq)
  if (value === undefined) return missing('cseq')
  const cseq = parseCSeq(value)
  if (cseq === undefined) return new Fault('malformed-cseq', 'CSeq is a number below 2^31 and a method')
  const mismatch = start.kind === 'request' && cseq.method !== start.method
  return mismatch ? new Fault('cseq-method-mismatch', 'CSeq names another method than the request line') : cseq
}

/** Of a response: the number, one space, and a method that is common. */
function answeredCSeq(table: HeaderTable, span: Span): Essentials['cseq'] | undefined {
  const { text } = table
  const start = text.indexOf(' ', span.from) + 1
  for (const method of commonMethods)
    if (span.to - start === method.length && text.startsWith(method, start)) return usualCSeq(table, span, method)
  return undefined
}

/** The number, one space, and the method of the request line. */
function usualCSeq({ text }: HeaderTable, { from, to }: Span, method: string): Essentials['cseq'] | undefined {
  const space = to - method.length - 1
  if (space <= from || text.charCodeAt(space) !== 0x20 || !text.startsWith(method, space + 1)) return undefined
  const number = parseDecimal(text, 2 ** 31 - 1, from, space)
  return number === undefined ? undefined : { number, method }
}

function parseContacts(table: HeaderTable): Essentials['contacts'] | Fault {
  const usual = usualIn(table, table.span(names.contact))
  if (usual !== undefined) return [usual]
  const texts = valuesOf(table, names.contact)
  if (texts.length === 1 && texts[0] === '*') return '*'
  const contacts = texts.map(parseContact)
  return contacts.every(isAddress) ? contacts : (contacts.find((contact) => contact instanceof Fault) ?? [])
}

const isAddress = (contact: NameAddr | Fault): contact is NameAddr => contact instanceof NameAddr

function parseContact(text: Wire): NameAddr | Fault {
  const contact = parseNameAddr(text)
  if (contact === undefined) return new Fault('malformed-contact', 'Contact is no address')
  const unreadable = contact.params.has('expires') && contact.expires === undefined
  return unreadable ? outOfRange('the expires of a Contact') : contact
}

const outOfRange = (what: string): Fault => new Fault('scalar-out-of-range', `${what} is not a number in its range`)

/** Headers that are one number, with their largest value (20.19, 20.22, 20.23, 20.33). */
const checkScalars = (table: HeaderTable): Fault | undefined =>
  checkScalar(table, names.maxForwards, 255) ??
  checkScalar(table, names.expires, maxExpires) ??
  checkScalar(table, names.minExpires, maxExpires) ??
  checkRetryAfter(table)

function checkScalar(table: HeaderTable, name: HeaderName, max: number): Fault | undefined {
  const value = table.first(name)
  if (value === undefined || parseDecimal(value, max) !== undefined) return undefined
  return outOfRange(name.canonical)
}

/** `Retry-After: 120 (in a meeting);duration=60`: only the number is ours to judge. */
function checkRetryAfter(table: HeaderTable): Fault | undefined {
  const value = table.first(names.retryAfter)
  if (value === undefined) return undefined
  const seconds = /^\d*/.exec(value)?.[0] ?? ''
  return parseDecimal(seconds, maxExpires) === undefined ? outOfRange('retry-after') : undefined
}

interface Framed {
  readonly body: Buffer
  readonly notes: readonly ParseNote[]
}

const noNotes: readonly ParseNote[] = []

/** The Content-Length rules for datagrams (18.3): absent, the body runs to the end; shorter, the rest is discarded. */
function cutBody(bytes: Buffer, start: number, table: HeaderTable, strictLength: boolean): Framed | Fault {
  const rest = bodyFrom(bytes, start)
  const length = contentLengthOf(table)
  if (typeof length === 'string') return new Fault(length, 'Content-Length is one number')
  if (length === undefined || length === rest.length) return { body: rest, notes: noNotes }
  // Asks:  octets after Content-Length bytes are discarded (RFC 3261 18.3).
  // Meets: cameras that count the characters of a body whose Chinese names take two bytes each.
  // Does:  takes a MANSCDP document that is whole only with those octets, and says so. test/sip/length.test.ts
  if (length < rest.length && !strictLength && isWholeManscdp(rest, table)) {
    if (!isWholeManscdp(rest.subarray(0, length), table)) {
      const detail = `Content-Length ${length}, but the document has ${rest.length} bytes`
      return { body: rest, notes: [{ code: 'content-length-short-of-body', detail }] }
    }
  }
  if (length < rest.length) {
    const detail = `${rest.length - length} bytes after the body were discarded`
    return { body: rest.subarray(0, length), notes: [{ code: 'octets-after-body', detail }] }
  }
  const detail = `Content-Length ${length}, but ${rest.length} bytes follow the header`
  // Asks:  a datagram that is shorter than its Content-Length is answered 400 (RFC 3261 18.3).
  // Meets: cameras that count characters, or the line ends they meant to send, in a body that has come whole.
  // Does:  takes a MANSCDP document that ends with its root's closing tag, and says so. test/sip/length.test.ts
  if (strictLength || !isWholeManscdp(rest, table)) return new Fault('content-length-beyond-datagram', detail)
  return { body: rest, notes: [{ code: 'content-length-beyond-datagram', detail }] }
}

/** The one Content-Length, undefined where there is none, or the code of what is wrong with it (RFC 4475 3.3.9). */
export function contentLengthOf(
  table: HeaderTable,
): number | 'malformed-content-length' | 'conflicting-content-length' | undefined {
  const first = table.first(names.contentLength)
  if (first === undefined) return undefined
  const length = parseDecimal(first, 2 ** 31 - 1)
  if (length === undefined) return 'malformed-content-length'
  if (!table.mayRepeat) return length
  const one = table.all(names.contentLength).every((value) => parseDecimal(value, 2 ** 31 - 1) === length)
  return one ? length : 'conflicting-content-length'
}

const manscdpRoots = ['notify', 'response', 'query', 'control']

function isWholeManscdp(body: Buffer, table: HeaderTable): boolean {
  const type = table.first(names.contentType)?.toLowerCase() ?? ''
  if (!type.startsWith('application/manscdp+xml')) return false
  const text = body.toString('latin1').toLowerCase().trimEnd()
  return manscdpRoots.some((root) => text.endsWith(`</${root}>`) && text.includes(`<${root}`))
}
