/**
 * Messages to the wire: RFC 3261 sections 7, 8.2.6 and 18.2, RFC 3581 section 4.
 *
 * Owns the layout of what we send: Content-Length is always computed and always last. What a peer sent was checked when
 * it was parsed; whatever else goes into a line is checked here, and a line break in it is a bug of ours: a TypeError.
 * Knows no socket: the address a request came from is an argument.
 */
import { hash } from 'node:crypto'
import { type HeaderField, headerName } from './head.ts'
import type { Via } from './headers.ts'
import { type CopiedLines, SipRequest, type SipResponse } from './message.ts'
import { isNamed, type Params, printParam } from './params.ts'
import type { Rejection } from './rejection.ts'
import { reasonPhrase } from './status.ts'
import { sanitize, type Wire } from './text.ts'
import { printHostPort } from './uri.ts'

export { reasonPhrase } from './status.ts'

export interface RequestParts {
  readonly method: string
  readonly uri: Wire
  /** In the order they are printed; a Content-Length among them is replaced by the true one. */
  readonly headers: readonly HeaderField[]
  readonly body?: Uint8Array | undefined
}

export interface ResponseParts {
  /** 100 to 699. */
  readonly status: number
  /** The standard's phrase if absent; text that is not latin1 goes through `toWire`. */
  readonly reason?: Wire | undefined
  readonly headers: readonly HeaderField[]
  readonly body?: Uint8Array | undefined
}

export const printRequest = (parts: RequestParts): Wire =>
  print(`${checked(parts.method)} ${checked(parts.uri)} SIP/2.0\r\n${printFields(parts.headers)}`, parts.body)

/** A request of our own, beside the Via: what every request has (8.1.1), then `headers`, in this order. */
export interface OwnRequest {
  readonly method: string
  readonly uri: Wire
  /** The route set, in order (12.2.1.1). */
  readonly routes?: readonly Wire[]
  readonly from: Wire
  readonly to: Wire
  readonly callId: Wire
  readonly cseq: number
  readonly headers?: readonly HeaderField[] | undefined
  /** Text is one byte a character. */
  readonly body?: Uint8Array | Wire | undefined
}

/** The Via of a request of ours. */
export interface OwnVia {
  /** All of it but the branch: the same for all requests that go the same way. */
  readonly start: Wire
  readonly branch: Wire
}

/** The start line, Via, Max-Forwards, From, To, Call-ID and CSeq. */
const ownLines = 7

/**
 * The bytes of a request of ours. `userAgent` is left out of an ACK that belongs to a transaction.
 *
 * @throws TypeError for a line break in one of its parts
 */
export function printOwnRequest(via: OwnVia, request: OwnRequest, userAgent?: string): Buffer {
  const { method, uri, routes, from, to, callId, cseq, headers, body } = request
  let count = ownLines
  let lines = `${method} ${uri} SIP/2.0\r\nVia: ${via.start}${via.branch}\r\nMax-Forwards: 70\r\n`
  if (routes !== undefined)
    for (const route of routes) {
      lines += `Route: ${route}\r\n`
      count++
    }
  lines += `From: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n`
  if (headers !== undefined)
    for (const { name, value } of headers) {
      if (isContentLength(name)) continue
      lines += `${name}: ${value}\r\n`
      count++
    }
  if (userAgent !== undefined) {
    lines += `User-Agent: ${userAgent}\r\n`
    count++
  }
  return Buffer.from(print(inLines(lines, count), body), 'latin1')
}

const isContentLength = (name: string): boolean =>
  (name.length === contentLength.canonical.length || name.length === 1) && headerName(name) === contentLength

/** By how many lines there are. */
const forms: RegExp[] = []

/**
 * That all of it is so many lines, of one byte a character: one look at the whole head instead of one at each of its parts.
 *
 * @throws TypeError saying what is wrong with a part
 */
function inLines(head: Wire, count: number): Wire {
  forms[count] ??= new RegExp(`^(?:[^\\r\\n\\u0100-\\uffff]*\\r\\n){${count}}$`)
  if (forms[count].test(head)) return head
  throw new TypeError(/[\u0100-\uffff]/.test(head) ? notOneByte : lineBreak)
}

export const printResponse = (parts: ResponseParts): Wire =>
  print(statusLine(parts.status, parts.reason) + printFields(parts.headers), parts.body)

/** The same message again: same start line, fields and body; only folding and Content-Length are made regular. */
export function printMessage(message: SipRequest | SipResponse): Wire {
  const { body } = message
  const headers = message.fields()
  return message instanceof SipRequest
    ? printRequest({ method: message.method, uri: message.requestUri, headers, body })
    : printResponse({ status: message.status, reason: message.reason, headers, body })
}

function statusLine(status: number, reason: Wire | undefined): Wire {
  if (!Number.isInteger(status) || status < 100 || status > 699) throw new TypeError(`no SIP status: ${status}`)
  return `SIP/2.0 ${status} ${reason === undefined ? reasonPhrase(status) : checked(reason)}\r\n`
}

const contentLength = headerName('content-length')
const names = { from: headerName('from'), to: headerName('to'), recordRoute: headerName('record-route') }

function printFields(headers: readonly HeaderField[]): Wire {
  let lines = ''
  for (const { name, value } of headers) {
    const known = headerName(name)
    if (known === contentLength) continue
    // A name that is known has nothing in it that could not be printed.
    lines += `${known.bit === 0 ? checked(name) : name}: ${checked(value)}\r\n`
  }
  return lines
}

/** The start line and header are made up to Content-Length. */
function print(lines: Wire, body: Uint8Array | Wire | undefined): Wire {
  if (body === undefined || body.length === 0) return `${lines}Content-Length: 0\r\n\r\n`
  const text =
    typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  return `${lines}Content-Length: ${text.length}\r\n\r\n${text}`
}

/**
 * No line break, and one byte a character: anything else would be another message than the one that was meant.
 *
 * @throws TypeError saying which
 */
export function checked(text: Wire): Wire {
  if (!unprintable.test(text)) return text
  throw new TypeError(/[\r\n]/.test(text) ? lineBreak : notOneByte)
}

const lineBreak = 'a line break inside a header line'
const notOneByte = 'a header line is one byte a character: use toWire'
const unprintable = /[\r\n\u0100-\uffff]/

/** Where a request came from, as the socket tells it. */
export interface Source {
  readonly address: string
  /** 1 to 65535. */
  readonly port: number
}

export interface ReplyParts {
  /** 100 to 699. */
  readonly status: number
  readonly reason?: Wire | undefined
  /** Puts `received` and `rport` into the top Via. */
  readonly source?: Source | undefined
  /** Our tag, where the request's To has none and the status is above 100; `statelessTag` if absent. */
  readonly toTag?: Wire | undefined
  /** After the copied ones. */
  readonly headers?: readonly HeaderField[] | undefined
  readonly body?: Uint8Array | undefined
}

/** The answer to a request: Via, From, To, Call-ID and CSeq of the request (8.2.6.2), then the given headers. */
export function responseTo(request: SipRequest, reply: ReplyParts): Wire {
  const { status } = reply
  const { viaTexts } = request
  const [top] = viaTexts
  let lines = `Via: ${reply.source === undefined ? top : routedVia(top, request.via, reply.source)}\r\n`
  for (let at = 1; at < viaTexts.length; at++) lines += `Via: ${viaTexts[at]}\r\n`
  if (status > 100 && status < 300) {
    for (const value of request.headers(names.recordRoute)) lines += `Record-Route: ${value}\r\n`
  }
  const tagged = status === 100 || request.to.tag !== undefined
  const tag = tagged ? '' : `;tag=${checked(reply.toTag ?? statelessTag(request))}`
  const { parties, rest } = request.copied ?? copiedLines(request)
  lines += parties + tag + rest
  return print(statusLine(status, reply.reason) + lines + printFields(reply.headers ?? []), reply.body)
}

const copiedLines = (request: SipRequest): CopiedLines => ({
  parties: `From: ${request.header(names.from)}\r\nTo: ${request.header(names.to)}`,
  rest: `\r\nCall-ID: ${request.callId}\r\nCSeq: ${request.cseq.number} ${request.cseq.method}\r\n`,
})

/**
 * The tag of a server that keeps no state (8.2.7): the same for each retransmission of a request, since it is made of
 * what identifies it. Anyone can compute it; it protects nothing.
 */
export const statelessTag = (request: SipRequest): Wire =>
  tagOf([request.via.branch ?? '', request.callId, request.from.tag ?? '', `${request.cseq.number}`])

const tagOf = (parts: readonly Wire[]): Wire => hash('sha256', parts.join('\n')).slice(0, 16)

/**
 * A Via as a server passes it back (18.2.1, RFC 3581 4): `rport` filled in and `received` always beside it where the
 * client asked; without `rport`, `received` where sent-by is not the source address.
 */
function routedVia(text: Wire, via: Via, source: Source): Wire {
  const { wantsRport } = via
  if (!wantsRport && via.host.toLowerCase() === source.address.toLowerCase()) return text
  const { rportEnd } = via
  if (rportEnd >= 0)
    return `${text.slice(0, rportEnd)}=${source.port}${text.slice(rportEnd)};received=${checked(source.address)}`
  const params = routedParams(via.params, wantsRport, source)
  return `SIP/${via.version}/${via.transport} ${printHostPort(via.host, via.port)}${params}`
}

/** The parameters as text: to build two lists with `Params.with` and print the last one takes three times as long. */
function routedParams(params: Params, withRport: boolean, source: Source): Wire {
  const received = `;received=${checked(source.address)}`
  const rport = withRport ? `;rport=${source.port}` : ''
  let text = ''
  let receivedDone = false
  let rportDone = !withRport
  for (const param of params.list) {
    if (isNamed(param, 'received')) {
      if (!receivedDone) text += received
      receivedDone = true
    } else if (withRport && isNamed(param, 'rport')) {
      if (!rportDone) text += rport
      rportDone = true
    } else text += printParam(param)
  }
  return `${text}${receivedDone ? '' : received}${rportDone ? '' : rport}`
}

/**
 * The answer to a request that could not be parsed, or undefined where none is due. Peers' values are made harmless
 * first; what the request lacked, the answer lacks as well.
 */
export function responseToRejection(rejection: Rejection, source: Source, toTag?: Wire): Wire | undefined {
  const from = rejection.answerable
  if (from === undefined) return undefined
  const [top, ...others] = from.vias
  let lines = `Via: ${sanitize(routedVia(top, from.via, source))}\r\n`
  for (const via of others) lines += `Via: ${sanitize(via)}\r\n`
  if (from.from !== undefined) lines += `From: ${sanitize(from.from)}\r\n`
  if (from.to !== undefined) lines += `To: ${taggedTo(sanitize(from.to), toTag ?? tagOf(from.vias))}\r\n`
  if (from.callId !== undefined) lines += `Call-ID: ${sanitize(from.callId)}\r\n`
  if (from.cseq !== undefined) lines += `CSeq: ${sanitize(from.cseq)}\r\n`
  return print(statusLine(rejection.status, reasonFor(rejection)) + lines, undefined)
}

/** The reason tells the field engineer at the other end what to mend. */
const reasonFor = (rejection: Rejection): Wire =>
  sanitize(`${reasonPhrase(rejection.status)} (${rejection.code}: ${rejection.detail})`)

const taggedTo = (to: Wire, tag: Wire): Wire => (/;[ \t]*tag[ \t]*=/i.test(to) ? to : `${to};tag=${checked(tag)}`)
