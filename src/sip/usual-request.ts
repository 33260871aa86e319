/**
 * The request that nearly every device sends: Via, From, To, Call-ID and CSeq, then Contact and Authorization, then what
 * else there is, names in their usual spelling, and a Content-Length that is right.
 *
 * As in `usual-response.ts` one regular expression reads all of its head: a REGISTER in 0.9 us, where the grammar takes 1.5. A
 * field that it does not name is looked for when somebody asks. Whatever is not exactly that gives undefined and is read by
 * `parse.ts`, which knows the whole grammar and comes to the same (test/sip/usual-request.test.ts holds the two together).
 */
import { type HeaderField, type HeaderName, type HeaderTable, headerName, scanHead } from './head.ts'
import { type CSeq, NameAddr, Via } from './headers.ts'
import type { SipLimits } from './limits.ts'
import { bodyFrom, type CopiedLines, type Essentials, type Fields, SipRequest } from './message.ts'
import { parseDecimal, trimSpace, type Wire } from './text.ts'
import { cseqOf, headIn, hostPort, line, port, unlimited, user, value } from './usual-form.ts'

const uri = `sip:(${user})@${hostPort}`
const address = `<(${uri})>(?:;tag=(${value}+))?`
/**
 * The other fields, none of which the parser looks at. A name in words that begin with a capital is the one spelling of
 * itself, and no compact form if it has two letters.
 */
const word = '[A-Z][a-z]+'
const named = `(?!Authorization:)(?=[ABDGHJNPQSUYZ])${word}(?:-${word})*`
const others = `(?:(?:X-GB-Ver|X-(?![Gg])[\\w-]+|${named}): ${line})*`
const contentType = `: ${line}${others}`

const form = new RegExp(
  [
    `^([A-Z]+) (sip:${user}@${hostPort}) SIP/2\\.0\\r\\n`,
    `Via: (SIP/2\\.0/(UDP|TCP) ([\\w.-]+)(?::(${port}))?((;rport)?;branch=(${value}+)))\\r\\n`,
    `From: (${address})\\r\\nTo: (${address})\\r\\n`,
    `Call-ID: ([\\x21-\\x7e]+)\\r\\nCSeq: (0|[1-9]\\d*) ([A-Z]+)\\r\\n`,
    `(?:Contact: <(${uri})>\\r\\n)?(?:Authorization: (${line}))?${others}`,
    // Before the next two or behind them, not both: where it did not stand before, `\24` is nothing.
    `(?:(Content-Type)${contentType})?`,
    `(?:Max-Forwards: (?:1?\\d?\\d|2[0-4]\\d|25[0-5])\\r\\n${others})?(?:Expires: \\d{1,9}\\r\\n${others})?`,
    `(?:(?!\\24:)Content-Type${contentType})?`,
    `(?:Content-Length: *(\\d+)\\r\\n)?\\r\\n`,
  ].join(''),
)

/** Where it stands in what was found. */
const part = {
  ...{ head: 0, method: 1, requestUri: 2 },
  ...{ via: 3, transport: 4, host: 5, port: 6, params: 7, rport: 8, branch: 9 },
  ...{ from: 10, fromUri: 11, fromUser: 12, fromTag: 13, to: 14, toUri: 15, toUser: 16, toTag: 17 },
  ...{ callId: 18, number: 19, cseqMethod: 20, contactUri: 21, contactUser: 22 },
  ...{ authorization: 23, contentLength: 25 },
}

/** The request that `bytes` are, with nothing before it and nothing behind. */
export function usualRequest(bytes: Buffer, limits: SipLimits): SipRequest | undefined {
  if (bytes.length > limits.message) return undefined
  const found = form.exec(headIn(bytes, limits))
  return found === null ? undefined : requestOf(bytes, found)
}

function requestOf(bytes: Buffer, found: readonly (Wire | undefined)[]): SipRequest | undefined {
  const text = found[part.head]!
  const declared = found[part.contentLength]
  const left = bytes.length - text.length
  const cseq = cseqOf(found[part.number]!, found[part.cseqMethod]!)
  if (cseq === undefined || cseq.method !== found[part.method]) return undefined
  if (declared !== undefined && parseDecimal(declared, left) !== left) return undefined
  const head = new UsualHead(bytes, found, cseq)
  const start = { method: cseq.method, requestUri: found[part.requestUri]! }
  return new SipRequest(start, head, head, bodyFrom(bytes, text.length))
}

/** Makes the rest when somebody asks for it. */
class UsualHead implements Essentials, Fields {
  readonly callId: Wire
  readonly cseq: CSeq
  readonly from: NameAddr
  readonly to: NameAddr
  readonly branch: Wire
  readonly vias: readonly [Via]
  readonly contacts: readonly NameAddr[]
  readonly #bytes: Buffer
  readonly #found: readonly (Wire | undefined)[]
  #table: HeaderTable | undefined

  constructor(bytes: Buffer, found: readonly (Wire | undefined)[], cseq: CSeq) {
    this.callId = found[part.callId]!
    this.cseq = cseq
    this.from = NameAddr.usual(found[part.fromUri]!, found[part.fromUser]!, found[part.fromTag])
    this.to = NameAddr.usual(found[part.toUri]!, found[part.toUser]!, found[part.toTag])
    this.branch = found[part.branch]!
    this.vias = [viaOf(found)]
    this.contacts = contactsOf(found)
    this.#bytes = bytes
    this.#found = found
  }

  get viaCount(): number {
    return 1
  }

  get viaTexts(): readonly [Wire] {
    return [this.#found[part.via]!]
  }

  get copied(): CopiedLines {
    const found = this.#found
    const long = (which: number): number => found[which]!.length
    const parties = '  SIP/2.0\r\nVia: \r\n'.length + long(part.method) + long(part.requestUri) + long(part.via)
    const rest = parties + 'From: \r\nTo: '.length + long(part.from) + long(part.to)
    const end =
      rest + '\r\nCall-ID: \r\nCSeq:  \r\n'.length + long(part.callId) + long(part.number) + long(part.cseqMethod)
    const text = found[part.head]!
    return { parties: text.slice(parties, rest), rest: text.slice(rest, end) }
  }

  first(name: HeaderName): Wire | undefined {
    if (name === names.from) return this.#found[part.from]
    if (name === names.to) return this.#found[part.to]
    if (name === names.authorization) return this.#authorization
    const mark = marks[markOf(name)]
    if (mark === undefined) return name.bit === 0 ? this.#fields.first(name) : undefined
    return this.#valueAfter(mark)
  }

  get #authorization(): Wire | undefined {
    const text = this.#found[part.authorization]
    return text === undefined ? undefined : trimSpace(text.slice(0, -'\r\n'.length))
  }

  #valueAfter(mark: string): Wire | undefined {
    const text = this.#found[part.head]!
    const at = text.indexOf(mark)
    if (at < 0) return undefined
    const from = at + mark.length
    return trimSpace(text.slice(from, text.indexOf('\r', from)))
  }

  all(name: HeaderName): readonly Wire[] {
    const first = this.first(name)
    if (first === undefined) return noValues
    return (name.bit & mayRepeat) === 0 && name.bit !== 0 ? [first] : this.#fields.all(name)
  }

  fields(): HeaderField[] {
    return this.#fields.fields()
  }

  get #fields(): HeaderTable {
    this.#table ??= scanHead(this.#bytes, this.#found[part.head]!.length, unlimited).table
    return this.#table
  }
}

function viaOf(found: readonly (Wire | undefined)[]): Via {
  const [via, params, written] = [found[part.via]!, found[part.params]!, found[part.port]]
  return Via.usual({
    transport: found[part.transport]!,
    host: found[part.host]!,
    port: written === undefined ? undefined : parseDecimal(written, 65_535),
    branch: found[part.branch]!,
    rportEnd: found[part.rport] === undefined ? -1 : via.length - params.length + ';rport'.length,
    params,
  })
}

function contactsOf(found: readonly (Wire | undefined)[]): readonly NameAddr[] {
  const uriText = found[part.contactUri]
  return uriText === undefined ? noContacts : [NameAddr.usual(uriText, found[part.contactUser]!, undefined)]
}

const noContacts: readonly NameAddr[] = []
const noValues: readonly Wire[] = []

const names = { from: headerName('from'), to: headerName('to'), authorization: headerName('authorization') }

/** How the lines begin of the common names that may be there. */
const inForm = ['Via', 'Call-ID', 'CSeq', 'Contact', 'Content-Type', 'Max-Forwards', 'Expires', 'Content-Length']
const among = ['Accept', 'Allow', 'Date', 'Subject', 'Subscription-State', 'Supported', 'User-Agent', 'X-GB-Ver']
const markOf = (name: HeaderName): number => 32 - Math.clz32(name.bit)
const marks: readonly (string | undefined)[] = marksOf([...inForm, ...among])

function marksOf(written: readonly string[]): (string | undefined)[] {
  const found = new Array<string | undefined>(33).fill(undefined)
  for (const name of written) found[markOf(headerName(name))] = `\r\n${name}:`
  return found
}

const mayRepeat = among.map((name) => headerName(name).bit).reduce((bits, bit) => bits | bit)
