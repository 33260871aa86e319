/**
 * Start line and header fields as offsets into one latin1 string: RFC 3261 section 7.3.
 *
 * One pass over the lines finds names and bounds; a value is cut, and unfolded, when somebody asks for it. Knows
 * compact forms and folding, and what no header may hold; knows the meaning of no field.
 */
import type { SipLimits } from './limits.ts'
import type { RejectionCode } from './rejection.ts'
import { isSpace, isToken, type Wire } from './text.ts'

/** A header field as it was written: `name` in the peer's spelling, `value` unfolded and trimmed. */
export interface HeaderField {
  readonly name: Wire
  readonly value: Wire
}

/** Why a head cannot be read, in the terms of a rejection. */
export interface HeadFault {
  readonly code: RejectionCode
  readonly detail: string
}

/** A name that is common on the wire. `bit` is one of 31, the same for each spelling of the name. */
interface KnownName {
  readonly canonical: string
  readonly bit: number
}

const usualNames = [
  ...['Accept', 'Allow', 'Authorization', 'Call-ID', 'Contact', 'Content-Encoding', 'Content-Length', 'Content-Type'],
  ...['CSeq', 'Date', 'Event', 'Expires', 'From', 'Max-Forwards', 'Record-Route', 'Require', 'Route', 'Subject'],
  ...['Subscription-State', 'Supported', 'To', 'User-Agent', 'Via', 'WWW-Authenticate', 'X-GB-Ver'],
]

/** 7.3.3, RFC 6665 and 3515. */
const compactForms: Readonly<Record<string, string>> = {
  i: 'call-id',
  m: 'contact',
  e: 'content-encoding',
  l: 'content-length',
  c: 'content-type',
  f: 'from',
  s: 'subject',
  k: 'supported',
  t: 'to',
  v: 'via',
  o: 'event',
  u: 'allow-events',
  r: 'refer-to',
}

const bitOf = (canonical: string): number => {
  const index = usualNames.findIndex((name) => name.toLowerCase() === canonical)
  return index < 0 ? 0 : 1 << index
}
const knownName = (canonical: string): KnownName => ({ canonical, bit: bitOf(canonical) })

/** By their usual, their lower-case and their compact spelling. */
const knownNames: ReadonlyMap<string, KnownName> = new Map([
  ...usualNames.map((name) => [name, knownName(name.toLowerCase())] as const),
  ...usualNames.map((name) => [name.toLowerCase(), knownName(name.toLowerCase())] as const),
  ...Object.entries(compactForms).map(([compact, canonical]) => [compact, knownName(canonical)] as const),
])

/** The usual spellings by length: a name that is known before it is cut out saves a tenth of a message's garbage. */
const usualByLength: readonly (readonly (KnownName & { readonly written: string })[])[] = Array.from(
  { length: 1 + Math.max(...usualNames.map((name) => name.length)) },
  (_, length) =>
    usualNames
      .filter((name) => name.length === length)
      .map((written) => ({ written, ...knownName(written.toLowerCase()) })),
)

/** The long form of a header name, in lower case: `v`, `VIA` and `Via` are all `via`. */
export function canonicalName(name: string): string {
  const known = knownNames.get(name)
  if (known !== undefined) return known.canonical
  const lower = name.toLowerCase()
  return knownNames.get(lower)?.canonical ?? lower
}

/** One field as offsets into the head: the line starts at `at`, its value stands from `from` to `to`. */
class Field {
  readonly canonical: string
  readonly at: number
  readonly from: number
  to: number
  next: Field | undefined

  constructor(canonical: string, at: number, from: number, to: number) {
    this.canonical = canonical
    this.at = at
    this.from = from
    this.to = to
    this.next = undefined
  }
}

/** The header fields of one message, in order. Filled by `scanHead`, immutable for everyone else. */
export class HeaderTable {
  readonly #text: Wire
  readonly #first: Field | undefined
  readonly #folded: boolean
  /** False where no name of the common ones stands twice, so that nobody need look. */
  readonly mayRepeat: boolean

  constructor(text: Wire, first: Field | undefined, folded: boolean, mayRepeat: boolean) {
    this.#text = text
    this.#first = first
    this.#folded = folded
    this.mayRepeat = mayRepeat
  }

  #find(canonical: string, start: Field | undefined): Field | undefined {
    let field = start
    while (field !== undefined && field.canonical !== canonical) field = field.next
    return field
  }

  #valueOf(field: Field): Wire {
    const value = this.#text.slice(field.from, field.to)
    return this.#folded && value.includes('\n') ? value.replace(/[ \t]*\r?\n[ \t]+/g, ' ').trim() : value
  }

  /** The first value under that long, lower-case name. */
  first(canonical: string): Wire | undefined {
    const field = this.#find(canonical, this.#first)
    return field === undefined ? undefined : this.#valueOf(field)
  }

  all(canonical: string): readonly Wire[] {
    const first = this.#find(canonical, this.#first)
    if (first === undefined) return noValues
    // Most stand once; an array that is pushed to has room for seventeen.
    const values = [this.#valueOf(first)]
    for (let at = this.#find(canonical, first.next); at !== undefined; at = this.#find(canonical, at.next)) {
      values.push(this.#valueOf(at))
    }
    return values
  }

  fields(): HeaderField[] {
    const fields: HeaderField[] = []
    for (let field = this.#first; field !== undefined; field = field.next) {
      const name = this.#text.slice(field.at, this.#text.indexOf(':', field.at)).trimEnd()
      fields.push({ name, value: this.#valueOf(field) })
    }
    return fields
  }
}

const noValues: readonly Wire[] = []

/** What one pass over the lines found. With a `fault`, the fields before and after it are still there to answer with. */
export interface Head {
  readonly startLine: Wire
  readonly table: HeaderTable
  /** Where the body starts; where the scan stopped, if there is a fault. */
  readonly bodyStart: number
  readonly fault: HeadFault | undefined
}

/** What has been found so far. A plain object: with private fields and methods the same scan takes a fifth longer. */
interface Scan {
  readonly text: Wire
  readonly limits: SipLimits
  startLine: Wire
  /** The next CR at or after the line that is being read, or -1. */
  nextCr: number
  first: Field | undefined
  last: Field | undefined
  folded: boolean
  /** The bits of the names so far, and whether one of them came twice. */
  seen: number
  repeats: boolean
  fault: HeadFault | undefined
}

/** Reads the head at the start of `text`, after any empty lines (7.5). */
export function scanHead(text: Wire, limits: SipLimits): Head {
  const start = startOfMessage(text)
  const scan = newScan(text, limits, start)
  let at = start
  for (let lines = 0; ; lines++) {
    const lf = text.indexOf('\n', at)
    if (lf < 0) return unfinished(scan)
    const end = lineEnd(scan, at, lf)
    if (end === at) return headOf(scan, lf + 1)
    if (lines > limits.headers) return overflow(scan, at)
    if (at === start) readStartLine(scan, at, end)
    else if (isSpace(text.charCodeAt(at))) continueField(scan, end)
    else readField(scan, at, end)
    at = lf + 1
  }
}

const newScan = (text: Wire, limits: SipLimits, start: number): Scan => ({
  text,
  limits,
  startLine: '',
  nextCr: text.indexOf('\r', start),
  first: undefined,
  last: undefined,
  folded: false,
  seen: 0,
  repeats: false,
  fault: undefined,
})

/** The end of the line without its CR; a CR elsewhere would split the header when it is printed again. */
function lineEnd(scan: Scan, at: number, lf: number): number {
  const { text } = scan
  if (scan.nextCr >= 0 && scan.nextCr < at) scan.nextCr = text.indexOf('\r', at)
  if (scan.nextCr < 0 || scan.nextCr > lf) return lf
  if (scan.nextCr < lf - 1) note(scan, 'bare-cr', 'a carriage return inside a header line')
  return text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf
}

function readStartLine(scan: Scan, at: number, end: number): void {
  const { line } = scan.limits
  if (end - at > line) note(scan, 'start-line-too-long', `more than ${line} bytes`)
  scan.startLine = scan.text.slice(at, end)
}

function readField(scan: Scan, at: number, end: number): void {
  const { text } = scan
  const colon = text.indexOf(':', at)
  if (colon < 0 || colon >= end) return note(scan, 'malformed-header', 'a header line without a colon')
  const name = usualName(text, at, colon) ?? anyName(text.slice(at, endOfText(text, at, colon)))
  if (name === undefined) return note(scan, 'malformed-header', 'a header name is not a token')
  let from = colon + 1
  while (from < end && isSpace(text.charCodeAt(from))) from++
  append(scan, name, new Field(name.canonical, at, from, endOfText(text, from, end)))
  if (end - at > scan.limits.line) noteTooLong(scan)
}

function append(scan: Scan, { bit }: KnownName, field: Field): void {
  if (scan.last === undefined) scan.first = field
  else scan.last.next = field
  scan.last = field
  if ((scan.seen & bit) !== 0) scan.repeats = true
  scan.seen |= bit
}

/** A line that starts with white space continues the value before it (7.3.1). */
function continueField(scan: Scan, end: number): void {
  const { last } = scan
  if (last === undefined) return note(scan, 'malformed-start-line', 'the start line is folded')
  last.to = end
  scan.folded = true
  if (end - last.at > scan.limits.line) noteTooLong(scan)
}

const noteTooLong = (scan: Scan): void =>
  note(scan, 'header-too-long', `a header field is longer than ${scan.limits.line} bytes`)

/** The first fault is the one that is told. */
function note(scan: Scan, code: RejectionCode, detail: string): void {
  scan.fault ??= { code, detail }
}

function unfinished(scan: Scan): Head {
  const { text, limits } = scan
  if (text.length >= limits.head) note(scan, 'head-too-large', `more than ${limits.head} bytes`)
  else note(scan, 'head-unterminated', 'no empty line ends the header')
  return headOf(scan, text.length)
}

function overflow(scan: Scan, at: number): Head {
  note(scan, 'too-many-headers', `more than ${scan.limits.headers} header lines`)
  return headOf(scan, at)
}

const headOf = (scan: Scan, bodyStart: number): Head => ({
  startLine: scan.startLine,
  table: new HeaderTable(scan.text, scan.first, scan.folded, scan.repeats),
  bodyStart,
  fault: scan.fault,
})

/** Empty lines before the start line are skipped (7.5). */
function startOfMessage(text: Wire): number {
  let at = 0
  while (text.charCodeAt(at) === 0x0d || text.charCodeAt(at) === 0x0a) at++
  return at
}

function usualName(text: Wire, at: number, end: number): KnownName | undefined {
  const candidates = usualByLength[end - at]
  if (candidates === undefined) return undefined
  for (const name of candidates) if (text.startsWith(name.written, at)) return name
  return undefined
}

function anyName(written: Wire): KnownName | undefined {
  if (!isToken(written)) return undefined
  const lower = written.toLowerCase()
  return knownNames.get(lower) ?? { canonical: lower, bit: 0 }
}

/** The end of `from` to `end` without white space; it may stand before the colon, too. */
function endOfText(text: Wire, from: number, end: number): number {
  let to = end
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--
  return to
}
