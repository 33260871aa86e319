/**
 * The structured header fields every message has: Via (RFC 3261 20.42, RFC 3581), From, To and Contact (20.10, 20.20,
 * 20.39) and CSeq (20.16).
 *
 * Each is read from one unfolded value and printed back to one. Knows nothing of the message around it.
 */
import { Params, parseParams } from './params.ts'
import { closingQuote, isToken, parseDecimal, quote, skipSpace, trimSpace, unquote, type Wire } from './text.ts'
import {
  type HostPort,
  isAbsoluteUri,
  isSipUri,
  parseHostPort,
  parseUri,
  printHostPort,
  type SipUri,
  schemeOf,
  userIn,
  userOf,
} from './uri.ts'

/** The branch prefix of RFC 3261 8.1.1.7; a branch that is only this names no transaction (RFC 4475 3.2.1). */
export const magicCookie = 'z9hG4bK'

/** Seconds in Expires and in a Contact's `expires`: up to 2^32-1 (20.19). */
export const maxExpires = 2 ** 32 - 1

/** A Via in its usual form (usual.ts). */
export interface UsualVia {
  readonly transport: string
  readonly host: Wire
  readonly port: number | undefined
  readonly branch: Wire | undefined
  /** Where in the Via, as it is written, its `rport` ends that wants a value; -1 without one. */
  readonly rportEnd: number
  /** From the first semicolon on. */
  readonly params: Wire
}

export class Via {
  /** `2.0` in every message that was taken; another one only in what is answered 505. */
  readonly version: string
  /** Upper case: `UDP`, `TCP`, ... */
  readonly transport: string
  /** Sent-by: a name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: Wire
  readonly port: number | undefined
  #params: Params | Wire
  #usual: UsualVia | undefined

  constructor(transport: string, sentBy: HostPort, params: Params | Wire, version = '2.0') {
    this.version = version
    this.transport = transport
    this.host = sentBy.host
    this.port = sentBy.port
    this.#params = params
    this.#usual = undefined
  }

  static usual(usual: UsualVia): Via {
    const via = new Via(usual.transport, usual, usual.params)
    via.#usual = usual
    return via
  }

  get params(): Params {
    // Text that was looked through when it was taken.
    if (typeof this.#params === 'string') this.#params = parseParams(this.#params, 0) ?? Params.none
    return this.#params
  }

  get branch(): Wire | undefined {
    return (this.#usual === undefined ? this.params.get('branch') : this.#usual.branch) || undefined
  }

  /** Where in the Via, as it is written in its usual form, an `rport` without a value ends; -1 for any other. */
  get rportEnd(): number {
    return this.#usual?.rportEnd ?? -1
  }

  /** Whether `branch` identifies the transaction by itself (17.2.3); otherwise the rules of RFC 2543 match. */
  get hasMagicCookie(): boolean {
    const branch = this.branch
    return branch !== undefined && branch.length > magicCookie.length && branch.startsWith(magicCookie)
  }

  /** An address without brackets, though it may be written with them (RFC 5118 4.5). */
  get received(): Wire | undefined {
    const value = this.params.get('received') || undefined
    return value?.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value
  }

  /** The port in `rport=`; undefined where it is absent or only asked for. */
  get rport(): number | undefined {
    return parseDecimal(this.params.get('rport') ?? '', 65_535)
  }

  /** Whether the response shall go to the port the request came from (RFC 3581 3). */
  get wantsRport(): boolean {
    return this.rportEnd >= 0 || this.params.has('rport')
  }

  get maddr(): Wire | undefined {
    return this.params.get('maddr') || undefined
  }

  get ttl(): number | undefined {
    return parseDecimal(this.params.get('ttl') ?? '', 255)
  }

  /** The same Via with other parameters: how a server adds `received`. */
  with(params: Params): Via {
    return new Via(this.transport, this, params, this.version)
  }

  toString(): Wire {
    return `SIP/${this.version}/${this.transport} ${printHostPort(this.host, this.port)}${this.params}`
  }
}

/** One Via value, or undefined: no SIP version, no sent-by, empty parameters. */
export function parseVia(text: Wire): Via | undefined {
  const { version, start } = protocolOf(text)
  if (version === undefined) return undefined
  const space = nextSpace(text, start)
  const transport = text.slice(start, space)
  const sentByStart = skipSpace(text, space)
  const semicolon = text.indexOf(';', sentByStart)
  const end = semicolon < 0 ? text.length : semicolon
  const sentBy = parseHostPort(withoutColonSpace(text.slice(sentByStart, end).trimEnd()))
  const params = parseParams(text, end)
  if (!isToken(transport) || sentBy === undefined || params === undefined) return undefined
  return new Via(transport.toUpperCase(), sentBy, params, version)
}

function nextSpace(text: Wire, start: number): number {
  let at = start
  while (at < text.length && text.charCodeAt(at) > 0x20) at++
  return at
}

/** `SIP/2.0/`, around whose slashes white space may stand, and where the transport begins. */
function protocolOf(text: Wire): { version: string | undefined; start: number } {
  if (text.startsWith('SIP/2.0/') && text.length > 8 && text.charCodeAt(8) > 0x20) return usualProtocol
  const found = oddProtocol.exec(text)
  return { version: found?.[1], start: found?.[0].length ?? 0 }
}

const usualProtocol = { version: '2.0', start: 8 }
const oddProtocol = /^SIP[ \t]*\/[ \t]*(\d+\.\d+)[ \t]*\/[ \t]*/i

const withoutColonSpace = (sentBy: Wire): Wire =>
  sentBy.includes(' ') || sentBy.includes('\t') ? sentBy.replace(/[ \t]*:[ \t]*/, ':') : sentBy

/** A `name-addr` or `addr-spec` with its parameters: From, To, Contact, Route. */
export class NameAddr {
  /** Unquoted; bytes in whatever charset the peer uses. */
  readonly displayName: Wire | undefined
  /** The URI as written, of any scheme. */
  readonly uriText: Wire
  #params: Params | undefined
  #uri: SipUri | undefined
  /** Known of the usual form, which has no parameter but its tag. */
  #user: Wire | undefined
  #tag: Wire | undefined

  constructor(displayName: Wire | undefined, uriText: Wire, params: Params | undefined) {
    this.displayName = displayName
    this.uriText = uriText
    this.#params = params
    this.#uri = undefined
    this.#user = undefined
    this.#tag = undefined
  }

  /** `<sip:user@host>` with a tag or without (usual.ts). */
  static usual(uriText: Wire, user: Wire, tag: Wire | undefined): NameAddr {
    const address = new NameAddr(undefined, uriText, undefined)
    address.#user = user
    address.#tag = tag
    return address
  }

  get params(): Params {
    this.#params ??= this.#tag === undefined ? Params.none : new Params([{ name: 'tag', value: this.#tag }])
    return this.#params
  }

  /** The parsed URI; undefined where its scheme is neither `sip` nor `sips`. */
  get uri(): SipUri | undefined {
    this.#uri ??= parseUri(this.uriText)
    return this.#uri
  }

  get tag(): Wire | undefined {
    return this.#user === undefined ? this.params.get('tag') || undefined : this.#tag
  }

  /** The user part of the URI, unescaped: in GB/T 28181 the 20-digit id. */
  get user(): Wire | undefined {
    return this.#user ?? (this.#uri === undefined ? userIn(this.uriText) : userOf(this.#uri))
  }

  /** A Contact's own `expires`, in seconds. */
  get expires(): number | undefined {
    return parseDecimal(this.params.get('expires') ?? '', maxExpires)
  }

  toString(): Wire {
    return printNameAddr(this)
  }
}

export const printNameAddr = (parts: { displayName?: Wire | undefined; uriText: Wire; params?: Params }): Wire => {
  const name = parts.displayName === undefined ? '' : `${quote(parts.displayName)} `
  return `${name}<${parts.uriText}>${parts.params ?? ''}`
}

/**
 * One name-addr, or undefined. An unquoted display name may hold any bytes, because devices write their names in raw
 * GB2312 and with commas; an unterminated quote, a URI with white space or `?` outside brackets is refused.
 */
export function parseNameAddr(text: Wire): NameAddr | undefined {
  if (text.charCodeAt(0) === 0x22) {
    const close = closingQuote(text, 0)
    const open = skipSpace(text, close + 1)
    if (close < 0 || text.charCodeAt(open) !== 0x3c) return undefined
    return bracketed(text, open, unquote(text.slice(0, close + 1)))
  }
  const open = text.indexOf('<')
  if (open < 0) return bare(text)
  const name = trimSpace(text.slice(0, open))
  return name.includes('"') ? undefined : bracketed(text, open, name === '' ? undefined : name)
}

function bracketed(text: Wire, open: number, displayName: Wire | undefined): NameAddr | undefined {
  const close = text.indexOf('>', open)
  if (close < 0) return undefined
  return nameAddr(displayName, text.slice(open + 1, close), parseParams(text, close + 1))
}

/** Without brackets all parameters are the header's, and the URI may hold neither comma nor question mark (20.10). */
function bare(text: Wire): NameAddr | undefined {
  const semicolon = text.indexOf(';')
  const end = semicolon < 0 ? text.length : semicolon
  const uriText = text.slice(0, end).trimEnd()
  if (uriText.includes('?') || uriText.includes(',')) return undefined
  return nameAddr(undefined, uriText, parseParams(text, end))
}

function nameAddr(displayName: Wire | undefined, uriText: Wire, params: Params | undefined): NameAddr | undefined {
  if (params === undefined) return undefined
  if (!isSipUri(uriText)) {
    const scheme = schemeOf(uriText)
    if (scheme === 'sip' || scheme === 'sips' || !isAbsoluteUri(uriText)) return undefined
  }
  return new NameAddr(displayName, uriText, params)
}

export interface CSeq {
  /** 0 to 2^31-1. */
  readonly number: number
  readonly method: string
}

export function parseCSeq(text: Wire): CSeq | undefined {
  const end = nextSpace(text, 0)
  const number = parseDecimal(text, 2 ** 31 - 1, 0, end)
  const method = text.slice(skipSpace(text, end))
  return number === undefined || !isToken(method) ? undefined : { number, method }
}

export const printCSeq = (cseq: CSeq): Wire => `${cseq.number} ${cseq.method}`
