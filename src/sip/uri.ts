/**
 * SIP URIs: RFC 3261 section 19.1, with the IPv6 rules of RFC 5118.
 *
 * Owns parsing, printing and the comparison of users. Nothing is unescaped before it is parsed (RFC 4475 3.1.1.3), and
 * `host` is never an identity here: GB/T 28181 compares the user part. Knows no header and resolves no name.
 */
import { Params, parseParams } from './params.ts'
import { isHostName, isIpv6, isUndelimited, parseDecimal, type Wire } from './text.ts'

/** A parsed `sip:` or `sips:` URI; all text as it was written, escapes included. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  readonly user: Wire | undefined
  readonly password: Wire | undefined
  /** A name, an IPv4 address, or an IPv6 address without its brackets. */
  readonly host: Wire
  /** 0 to 65535, or undefined where the URI names none (5060 then). */
  readonly port: number | undefined
  readonly params: Params
  /** What follows `?`, unparsed. */
  readonly headers: Wire | undefined
}

export interface HostPort {
  readonly host: Wire
  readonly port: number | undefined
}

/** `text` as a SIP URI, or undefined: another scheme, white space, a bare IPv6 address, a port out of range. */
export function parseUri(text: Wire): SipUri | undefined {
  const scheme = schemeOf(text)
  if (scheme !== 'sip' && scheme !== 'sips') return undefined
  if (!isUndelimited(text)) return undefined
  const at = text.indexOf('@')
  const start = at < 0 ? scheme.length + 1 : at + 1
  if (at >= 0 && text.indexOf('@', start) >= 0) return undefined
  const userinfo = at < 0 ? noUser : parseUserinfo(text.slice(scheme.length + 1, at))
  const question = text.indexOf('?', start)
  const end = question < 0 ? text.length : question
  const semicolon = text.indexOf(';', start)
  const hostEnd = semicolon < 0 || semicolon > end ? end : semicolon
  const hostPort = parseHostPort(text.slice(start, hostEnd))
  const params = hostEnd === end ? Params.none : parseParams(text.slice(hostEnd, end), 0)
  if (userinfo === undefined || hostPort === undefined || params === undefined) return undefined
  const headers = question < 0 ? undefined : text.slice(question + 1)
  const { user, password } = userinfo
  return { scheme, user, password, host: hostPort.host, port: hostPort.port, params, headers }
}

/** `sip:user@host:port` and nothing else: what devices send. */
const usualUri = /^sip:[^\0-\x20"<>\x7f%:;?@]+@[\w.-]+(?::[1-5]?\d{1,4})?$/

/** Whether `parseUri` takes `text`; the usual form is known without building it (60 ns and no garbage, not 150 and 224 B). */
export const isSipUri = (text: Wire): boolean => usualUri.test(text) || parseUri(text) !== undefined

/** The scheme of a URI in lower case (`sip`, `tel`, ...), or undefined where `text` does not begin with one. */
export function schemeOf(text: Wire): string | undefined {
  if (text.startsWith('sip:')) return 'sip'
  const colon = text.indexOf(':')
  const scheme = text.slice(0, Math.max(colon, 0))
  return /^[a-z][a-z0-9+.-]*$/i.test(scheme) ? scheme.toLowerCase() : undefined
}

/** RFC 3261 25.1 `absoluteURI`, as far as it must be known of a URI whose scheme is not ours. */
export const isAbsoluteUri = (text: Wire): boolean => {
  const scheme = schemeOf(text)
  return scheme !== undefined && text.length > scheme.length + 1 && isUndelimited(text)
}

const noUser = { user: undefined, password: undefined }

function parseUserinfo(text: Wire): { user: Wire; password: Wire | undefined } | undefined {
  const colon = text.indexOf(':')
  const user = colon < 0 ? text : text.slice(0, colon)
  if (user === '' || !escapesAreWhole(text)) return undefined
  return { user, password: colon < 0 ? undefined : text.slice(colon + 1) }
}

/** RFC 3261 25.1 `escaped`: a percent sign is followed by two hexadecimal digits. */
const escapesAreWhole = (text: Wire): boolean => !text.includes('%') || !/%(?![0-9a-f]{2})/i.test(text)

/**
 * `host[:port]`. An IPv6 address needs its brackets (RFC 5118 4.2); what stands within them is an address as a whole,
 * so that `[2001:db8::10:5070]` has no port (4.3).
 */
export function parseHostPort(text: Wire): HostPort | undefined {
  const bracketed = text.charCodeAt(0) === 0x5b
  const hostEnd = bracketed ? text.indexOf(']') + 1 : text.indexOf(':')
  if (bracketed && hostEnd === 0) return undefined
  const name = hostEnd < 0 ? text : text.slice(0, hostEnd)
  const host = bracketed ? name.slice(1, -1) : name
  if (bracketed ? !isIpv6(host) : !isHostName(host)) return undefined
  if (hostEnd < 0 || hostEnd === text.length) return { host, port: undefined }
  const port = text.charCodeAt(hostEnd) === 0x3a ? parseDecimal(text, 65_535, hostEnd + 1) : undefined
  return port === undefined ? undefined : { host, port }
}

/** `host:port` with the brackets that an IPv6 address needs. */
export const printHostPort = (host: string, port?: number): Wire => {
  const name = host.includes(':') ? `[${host}]` : host
  return port === undefined ? name : `${name}:${port}`
}

/** The parts of a URI to print; only the host is required. */
export interface UriParts {
  readonly scheme?: 'sip' | 'sips'
  readonly user?: Wire | undefined
  readonly password?: Wire | undefined
  readonly host: Wire
  readonly port?: number | undefined
  readonly params?: Params
  readonly headers?: Wire | undefined
}

export function printUri(uri: UriParts): Wire {
  const password = uri.password === undefined ? '' : `:${uri.password}`
  const userinfo = uri.user === undefined ? '' : `${uri.user}${password}@`
  const headers = uri.headers === undefined ? '' : `?${uri.headers}`
  return `${uri.scheme ?? 'sip'}:${userinfo}${printHostPort(uri.host, uri.port)}${uri.params ?? ''}${headers}`
}

/** The user part with its escapes undone (19.1.4): what a device id is compared by. Case stays significant. */
export function userOf(uri: SipUri | undefined): Wire | undefined {
  const user = uri?.user
  if (user === undefined || !user.includes('%')) return user
  return user.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** `userOf` from the text of a URI. */
export const userIn = (text: Wire): Wire | undefined =>
  usualUri.test(text) ? text.slice('sip:'.length, text.indexOf('@')) : userOf(parseUri(text))

/** Whether both URIs name the same user; two URIs without one do not. */
export const sameUser = (left: SipUri | undefined, right: SipUri | undefined): boolean => {
  const user = userOf(left)
  return user !== undefined && user === userOf(right)
}
