/**
 * The response that nearly every request of ours is answered with: Via, From, To, Call-ID and CSeq as they were sent, then
 * what else there is, names in their usual spelling, and a Content-Length that is right.
 *
 * One regular expression reads all of its head: in a process whose caches hold other things, that takes a third of what the
 * grammar takes, in code that is loaded and in instructions. Of most responses little is asked: addresses, Vias and fields
 * are made when somebody does. Whatever is not exactly that gives undefined and is read by `parse.ts`, which knows
 * the whole grammar and comes to the same (test/sip/usual-response.test.ts holds the two together).
 */
import { type HeaderField, type HeaderName, type HeaderTable, headerName, scanHead } from './head.ts'
import { type CSeq, NameAddr, parseVia } from './headers.ts'
import type { SipLimits } from './limits.ts'
import { bodyFrom, type Essentials, type Fields, SipResponse } from './message.ts'
import { parseDecimal, type Wire } from './text.ts'
import { cseqOf, headIn, hostPort, isResponse, line, unlimited, user, value } from './usual-form.ts'

const address = `<sip:${user}@${hostPort}>(?:;tag=${value}+)?\\r\\n`
const param = `;(?!branch[=;\\r])[a-z0-9-]+(?:=${value}*)?`
/** Says nothing that the parser looks at: no such field begins like it, neither in its long form nor in its compact one. */
const other = "(?:User-Agent|[ABDGHJNPQSW-Zabdghjnpqsw-z][\\w.!%*+`'~-]*):"
const others = `(?:${other}${line})*`
/** A name that begins like that is one of those in the form below, or it is not there. */
const reserved = 'cefiklmortuv'

const form = new RegExp(
  [
    `^SIP/2\\.0 [1-6]\\d\\d ([^\\r\\n]*)\\r\\n`,
    `Via: SIP/2\\.0/(?:UDP|TCP) ${hostPort}(?:${param})*;branch=(${value}+)(?:${param})*\\r\\n`,
    `From: ${address}To: ${address}`,
    `Call-ID: ([\\x21-\\x7e]+)\\r\\nCSeq: (\\d+) ([A-Z]+)\\r\\n`,
    `(?:Contact: ${address})?${others}(?:Content-Type: ${line}${others})?(?:Content-Length: *(\\d+)\\r\\n)?\\r\\n`,
  ].join(''),
)

/** Where it stands in what was found. */
const part = { head: 0, reason: 1, branch: 2, callId: 3, number: 4, method: 5, contentLength: 6 }

/** The response that `bytes` are, with nothing before it and nothing behind. */
export function usualResponse(bytes: Buffer, limits: SipLimits): SipResponse | undefined {
  if (!isResponse(bytes) || bytes.length > limits.message) return undefined
  const found = form.exec(headIn(bytes, limits))
  return found === null ? undefined : responseOf(bytes, found)
}

function responseOf(bytes: Buffer, found: readonly Wire[]): SipResponse | undefined {
  const text = found[part.head]!
  const declared = found[part.contentLength]
  const left = bytes.length - text.length
  const cseq = cseqOf(found[part.number]!, found[part.method]!)
  if (cseq === undefined || (declared !== undefined && parseDecimal(declared, left) !== left)) return undefined
  const head = new UsualHead(bytes, found, cseq)
  const status = parseDecimal(text, 699, 'SIP/2.0 '.length, 'SIP/2.0 200'.length) ?? 0
  return new SipResponse(status, found[part.reason]!, head, head, bodyFrom(bytes, text.length))
}

/** What makes the rest when somebody asks for it. */
class UsualHead implements Essentials, Fields {
  readonly branch: Wire
  readonly callId: Wire
  readonly cseq: CSeq
  readonly #bytes: Buffer
  readonly #text: Wire
  #to: NameAddr | undefined
  #contacts: readonly NameAddr[] | undefined
  #table: HeaderTable | undefined

  constructor(bytes: Buffer, found: readonly Wire[], cseq: CSeq) {
    this.branch = found[part.branch]!
    this.callId = found[part.callId]!
    this.cseq = cseq
    this.#bytes = bytes
    this.#text = found[part.head]!
  }

  get viaCount(): number {
    return 1
  }

  get viaTexts(): Essentials['viaTexts'] {
    const from = this.#valueAfter(marks.via)
    return [this.#text.slice(from, this.#text.indexOf('\r', from))]
  }

  get vias(): Essentials['vias'] {
    const via = parseVia(this.viaTexts[0])
    if (via === undefined) throw new Error('a usual Via that is none')
    return [via]
  }

  get from(): NameAddr {
    return this.#address(this.#valueAfter(marks.from))
  }

  get to(): NameAddr {
    this.#to ??= this.#address(this.#valueAfter(marks.to))
    return this.#to
  }

  get contacts(): readonly NameAddr[] {
    this.#contacts ??= this.#readContacts()
    return this.#contacts
  }

  #readContacts(): readonly NameAddr[] {
    const from = this.#valueAfter(marks.contact)
    return from < 0 ? [] : [this.#address(from)]
  }

  first(name: HeaderName): Wire | undefined {
    return mayBeThere(name) ? this.#fields.first(name) : undefined
  }

  all(name: HeaderName): readonly Wire[] {
    return mayBeThere(name) ? this.#fields.all(name) : noValues
  }

  fields(): HeaderField[] {
    return this.#fields.fields()
  }

  get #fields(): HeaderTable {
    this.#table ??= scanHead(this.#bytes, this.#text.length, unlimited).table
    return this.#table
  }

  /** Where the value begins; -1 where there is no such name. */
  #valueAfter(mark: string): number {
    const at = this.#text.indexOf(mark)
    return at < 0 ? at : at + mark.length
  }

  /** `<sip:user@host:port>`, with a tag or without. */
  #address(from: number): NameAddr {
    const text = this.#text
    const close = text.indexOf('>', from)
    const end = text.indexOf('\r', close)
    const user = text.slice(from + '<sip:'.length, text.indexOf('@', from))
    const tag = end === close + 1 ? undefined : text.slice(close + '>;tag='.length, end)
    return NameAddr.usual(text.slice(from + 1, close), user, tag)
  }
}

/** How the fields begin that are read when somebody asks; none begins so within another. */
const marks = { via: '\r\nVia: ', from: '\r\nFrom: ', to: '\r\nTo: ', contact: '\r\nContact: ' }

const noValues: readonly Wire[] = []

/** Whether the fields need be read for it. */
const mayBeThere = (name: HeaderName): boolean =>
  (name.bit & inForm) !== 0 || !reserved.includes(name.canonical.charAt(0))

const inForm = ['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Contact', 'Content-Type', 'Content-Length', 'User-Agent']
  .map((name) => headerName(name).bit)
  .reduce((bits, bit) => bits | bit)
