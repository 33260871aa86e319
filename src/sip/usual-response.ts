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
import { type CSeq, type NameAddr, parseVia } from './headers.ts'
import type { SipLimits } from './limits.ts'
import { bodyFrom, type Essentials, type Fields, SipResponse } from './message.ts'
import { parseDecimal, type Wire } from './text.ts'
import { usualAddress } from './usual.ts'

const methods = ['INVITE', 'BYE', 'MESSAGE', 'SUBSCRIBE', 'NOTIFY', 'REGISTER', 'CANCEL', 'OPTIONS', 'INFO']

const line = '[^\\r\\n]*\\r\\n'
const hostPort = '[\\w.-]+(?::[1-5]?\\d{1,4})?'
const value = '[^\\0-\\x20"<>,;\\x7f-\\xff]'
const address = `<sip:[^\\0-\\x20"<>\\x7f-\\xff%:;?@]+@${hostPort}>(?:;tag=${value}+)?\\r\\n`
const param = `;(?!branch[=;\\r])[a-z0-9-]+(?:=${value}*)?`
/** Says nothing that the parser looks at: no such field begins like it, neither in its long form nor in its compact one. */
const other = "(?:User-Agent|[ABDGHJNPQSW-Zabdghjnpqsw-z][\\w.!%*+`'~-]*):"
const others = `(?:${other}${line})*`
/** A name that begins like that is one of those in the form below, or it is not there. */
const reserved = 'cefiklmortuv'

/** No part can go on where the next one begins: whatever is not taken is left after a few looks at each byte. */
const form = new RegExp(
  [
    `^SIP/2\\.0 [1-6]\\d\\d ([^\\r\\n]*)\\r\\n`,
    `Via: SIP/2\\.0/(?:UDP|TCP) ${hostPort}(?:${param})*;branch=(${value}+)(?:${param})*\\r\\n`,
    `From: ${address}To: ${address}`,
    `Call-ID: ([\\x21-\\x7e]+)\\r\\nCSeq: (\\d{1,9}) ([A-Z]+)\\r\\n`,
    `(?:Contact: ${address})?${others}(?:Content-Type: ${line}${others})?(?:Content-Length: *(\\d{1,9})\\r\\n)?\\r\\n`,
  ].join(''),
)

/** Where it stands in what was found. */
const part = { head: 0, reason: 1, branch: 2, callId: 3, number: 4, method: 5, contentLength: 6 }

/** Of a header line: a letter, a colon, a line end. */
const shortestLine = 4
const SLASH = 0x2f

/** The response that `bytes` are, with nothing before it and nothing behind. */
export function usualResponse(bytes: Buffer, limits: SipLimits): SipResponse | undefined {
  // `SIP/`: no method has a slash.
  if (bytes[3] !== SLASH || bytes.length > limits.message) return undefined
  // A head no longer than this has not too many lines, and none that is too long.
  const longest = Math.min(limits.headers * shortestLine, limits.line, limits.head)
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, longest))
  const found = form.exec(text)
  return found === null ? undefined : responseOf(bytes, text, found, limits)
}

function responseOf(bytes: Buffer, text: Wire, found: readonly Wire[], limits: SipLimits): SipResponse | undefined {
  const { length } = found[part.head]!
  const declared = found[part.contentLength]
  const cseq = cseqOf(found[part.number]!, found[part.method]!)
  if (cseq === undefined || (declared !== undefined && parseDecimal(declared, bytes.length) !== bytes.length - length))
    return undefined
  const head = new UsualHead(bytes, text, found, cseq, limits)
  const status = parseDecimal(text, 699, 'SIP/2.0 '.length, 'SIP/2.0 200'.length) ?? 0
  return new SipResponse(status, found[part.reason]!, head, head, bodyFrom(bytes, length))
}

/** The method is the same text for all messages and keeps none of them. */
function cseqOf(digits: Wire, written: Wire): CSeq | undefined {
  const number = parseDecimal(digits, 999_999_999)
  for (const method of methods) if (method === written && number !== undefined) return { number, method }
  return undefined
}

/** What makes the rest when somebody asks for it. */
class UsualHead implements Essentials, Fields {
  readonly branch: Wire
  readonly viaCount = 1
  readonly callId: Wire
  readonly cseq: CSeq
  readonly #bytes: Buffer
  readonly #text: Wire
  readonly #length: number
  readonly #limits: SipLimits
  #vias: Essentials['vias'] | undefined = undefined
  #from: NameAddr | undefined = undefined
  #to: NameAddr | undefined = undefined
  #contacts: readonly NameAddr[] | undefined = undefined
  #table: HeaderTable | undefined = undefined

  constructor(bytes: Buffer, text: Wire, found: readonly Wire[], cseq: CSeq, limits: SipLimits) {
    this.branch = found[part.branch]!
    this.callId = found[part.callId]!
    this.cseq = cseq
    this.#bytes = bytes
    this.#text = text
    this.#length = found[part.head]!.length
    this.#limits = limits
  }

  get viaTexts(): Essentials['viaTexts'] {
    const from = this.#valueAfter(marks.via)
    return [this.#text.slice(from, this.#lineEnd(from))]
  }

  get vias(): Essentials['vias'] {
    this.#vias ??= [asRead(parseVia(this.viaTexts[0]))]
    return this.#vias
  }

  get from(): NameAddr {
    this.#from ??= this.#address(this.#valueAfter(marks.from))
    return this.#from
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
    return from > 0 && from < this.#length ? [this.#address(from)] : []
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
    this.#table ??= scanHead(this.#bytes, this.#length, this.#limits).table
    return this.#table
  }

  /** Where the value begins, in the head or behind it; -1 where there is no such name. */
  #valueAfter(mark: string): number {
    const at = this.#text.indexOf(mark)
    return at < 0 ? at : at + mark.length
  }

  #lineEnd(from: number): number {
    return this.#text.indexOf('\r', from)
  }

  #address(from: number): NameAddr {
    return asRead(usualAddress(this.#bytes, this.#text, from, this.#lineEnd(from)))
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

/** What was taken can be read. */
function asRead<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a usual response that cannot be read')
  return value
}
