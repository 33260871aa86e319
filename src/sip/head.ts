/**
 * Start line and header fields as offsets into the bytes of a message and their text: RFC 3261 section 7.3.
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

/** The name of a header field: the same object for each spelling of one that is common on the wire. */
export interface HeaderName {
  /** The long form in lower case: `v`, `VIA` and `Via` are all `via`. */
  readonly canonical: string
  /** One of 31; 0 for a name that is not common, which is compared by its text. */
  readonly bit: number
}

const commonNames = [
  ...['Accept', 'Allow', 'Authorization', 'Call-ID', 'Contact', 'Content-Disposition', 'Content-Encoding'],
  ...['Content-Length', 'Content-Type', 'CSeq', 'Date', 'Event', 'Expires', 'From', 'Max-Forwards', 'Min-Expires'],
  ...['Record-Route', 'Require', 'Retry-After', 'Route', 'Subject', 'Subscription-State', 'Supported', 'To'],
  ...['User-Agent', 'Via', 'WWW-Authenticate', 'X-GB-Ver'],
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

const common: ReadonlyMap<string, HeaderName> = new Map(
  commonNames.map((name, index) => [name.toLowerCase(), { canonical: name.toLowerCase(), bit: 1 << index }]),
)

const named = (canonical: string): HeaderName => common.get(canonical) ?? { canonical, bit: 0 }

/** By their usual, their lower-case and their compact spelling. */
const spellings: ReadonlyMap<string, HeaderName> = new Map([
  ...commonNames.map((name) => [name, named(name.toLowerCase())] as const),
  ...commonNames.map((name) => [name.toLowerCase(), named(name.toLowerCase())] as const),
  ...Object.entries(compactForms).map(([compact, canonical]) => [compact, named(canonical)] as const),
])

/** Where spellings of that length are that begin with that letter, in either case. */
const drawerOf = (length: number, letter: number): number => (length << 5) | (letter & 31)

interface Spelling {
  /** In lower case. */
  readonly bytes: Buffer
  readonly name: HeaderName
}

/** By length and first letter: a name need not be cut out of the message to be known. */
const drawers: readonly (readonly Spelling[] | undefined)[] = inDrawers([...spellings])

function inDrawers(all: readonly (readonly [string, HeaderName])[]): Spelling[][] {
  const filled: Spelling[][] = []
  for (const [spelling, name] of all) {
    if (spelling !== spelling.toLowerCase()) continue
    const drawer = drawerOf(spelling.length, spelling.charCodeAt(0))
    filled[drawer] = [...(filled[drawer] ?? []), { bytes: Buffer.from(spelling, 'latin1'), name }]
  }
  return Array.from(filled)
}

/** The name that is written so, in whatever case. */
export function headerName(written: string): HeaderName {
  const known = spellings.get(written)
  if (known !== undefined) return known
  const lower = written.toLowerCase()
  return spellings.get(lower) ?? { canonical: lower, bit: 0 }
}

/** Where the value of a field stands in the head. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** One field as offsets into the head: the line starts at `at`, its value stands from `from` to `to`. */
class Field implements Span {
  readonly name: HeaderName
  readonly at: number
  readonly from: number
  to: number
  next: Field | undefined

  constructor(name: HeaderName, at: number, from: number, to: number) {
    this.name = name
    this.at = at
    this.from = from
    this.to = to
    this.next = undefined
  }
}

const isNamed = (field: Field, name: HeaderName): boolean =>
  field.name === name || (name.bit === 0 && field.name.canonical === name.canonical)

/** The header fields of one message, in order. Filled by `scanHead`, immutable for everyone else. */
export class HeaderTable {
  /** The head as text, and the bytes it is of. */
  readonly text: Wire
  readonly bytes: Uint8Array
  readonly #first: Field | undefined
  readonly #folded: boolean
  /** The bits of the common names that are there. */
  readonly #seen: number
  /** False where no common name stands twice, so that nobody need look. */
  readonly mayRepeat: boolean

  constructor(scan: Scan) {
    this.text = scan.text
    this.bytes = scan.bytes
    this.#first = scan.first
    this.#folded = scan.folded
    this.#seen = scan.seen
    this.mayRepeat = scan.repeats
  }

  #find(name: HeaderName): Field | undefined {
    if (name.bit !== 0 && (this.#seen & name.bit) === 0) return undefined
    return nextOf(this.#first, name)
  }

  #valueOf(field: Field): Wire {
    const value = this.text.slice(field.from, field.to)
    return this.#folded && value.includes('\n') ? value.replace(/[ \t]*\r?\n[ \t]+/g, ' ').trim() : value
  }

  /** Where the only value of that common name stands, unless it is folded or there may be several. */
  span(name: HeaderName): Span | undefined {
    return this.mayRepeat || this.#folded ? undefined : this.#find(name)
  }

  /** The first value under that name. */
  first(name: HeaderName): Wire | undefined {
    const field = this.#find(name)
    return field === undefined ? undefined : this.#valueOf(field)
  }

  all(name: HeaderName): readonly Wire[] {
    const first = this.#find(name)
    if (first === undefined) return noValues
    // Most stand once; an array that is pushed to has room for seventeen.
    const values = [this.#valueOf(first)]
    for (let at = nextOf(first.next, name); at !== undefined; at = nextOf(at.next, name)) values.push(this.#valueOf(at))
    return values
  }

  fields(): HeaderField[] {
    const fields: HeaderField[] = []
    for (let field = this.#first; field !== undefined; field = field.next) {
      const name = this.text.slice(field.at, this.text.indexOf(':', field.at)).trimEnd()
      fields.push({ name, value: this.#valueOf(field) })
    }
    return fields
  }
}

function nextOf(start: Field | undefined, name: HeaderName): Field | undefined {
  let field = start
  while (field !== undefined && !isNamed(field, name)) field = field.next
  return field
}

const noValues: readonly Wire[] = []

/** What one pass over the lines found. With a `fault`, the fields before and after it are still there to answer with. */
export interface Head {
  readonly startLine: Wire
  /** Where it begins. */
  readonly startAt: number
  readonly table: HeaderTable
  /** Where the body starts; where the scan stopped, if there is a fault. */
  readonly bodyStart: number
  readonly fault: HeadFault | undefined
}

/** What has been found so far. A plain object: with private fields and methods the same scan takes a fifth longer. */
interface Scan {
  readonly bytes: Uint8Array
  /** The same as text, for what is cut out of it. */
  readonly text: Wire
  readonly limits: SipLimits
  startLine: Wire
  startAt: number
  /** The first CR from the line on that is being read; or `none`. */
  cr: number
  first: Field | undefined
  last: Field | undefined
  folded: boolean
  /** The bits of the names so far, and whether one of them came twice. */
  seen: number
  repeats: boolean
  fault: HeadFault | undefined
}

/** No CR comes any more; it was not looked for yet. */
const none = -1
const unknown = -2

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a

/**
 * Reads the head at the start of `bytes`, after any empty lines (7.5), as far as `length`. Lines are found in the text, by
 * the processor's search; what stands in them is read over the bytes, as to look at one takes a third of what a character
 * of a text takes.
 */
export function scanHead(bytes: Buffer, length: number, limits: SipLimits): Head {
  const scan = newScan(bytes, bytes.toString('latin1', 0, length), limits)
  const start = startOfMessage(bytes, length)
  let at = start
  for (let lines = 0; ; lines++) {
    const lf = lineFeed(scan, at)
    if (lf < 0) return unfinished(scan)
    const end = lineEnd(scan, lf)
    if (end === at) return headOf(scan, lf + 1)
    if (lines > limits.headers) return overflow(scan, at)
    if (at === start) readStartLine(scan, at, end)
    else if (isSpace(bytes[at]!)) continueField(scan, end)
    else readField(scan, at, end)
    at = lf + 1
  }
}

const newScan = (bytes: Uint8Array, text: Wire, limits: SipLimits): Scan => ({
  bytes,
  text,
  limits,
  startLine: '',
  startAt: 0,
  cr: unknown,
  first: undefined,
  last: undefined,
  folded: false,
  seen: 0,
  repeats: false,
  fault: undefined,
})

/** The end of the line, or -1; finds the next CR. */
function lineFeed(scan: Scan, from: number): number {
  // Where there is none, the rest is not searched again for each line.
  if (scan.cr !== none && scan.cr < from) scan.cr = scan.text.indexOf('\r', from)
  return scan.text.indexOf('\n', from)
}

/** The end of the line without its CR; a CR elsewhere would split the header when it is printed again. */
function lineEnd(scan: Scan, lf: number): number {
  const { bytes, cr } = scan
  if (cr === none || cr > lf) return lf
  if (cr < lf - 1) note(scan, 'bare-cr', 'a carriage return inside a header line')
  return bytes[lf - 1] === CR ? lf - 1 : lf
}

function readStartLine(scan: Scan, at: number, end: number): void {
  const { line } = scan.limits
  if (end - at > line) note(scan, 'start-line-too-long', `more than ${line} bytes`)
  scan.startLine = scan.text.slice(at, end)
  scan.startAt = at
}

function readField(scan: Scan, at: number, end: number): void {
  const { bytes } = scan
  let colon = at
  while (colon < end && bytes[colon] !== COLON) colon++
  if (colon === end) return note(scan, 'malformed-header', 'a header line without a colon')
  const nameEnd = endOfText(bytes, at, colon)
  const name = commonName(bytes, at, nameEnd) ?? anyName(scan.text.slice(at, nameEnd))
  if (name === undefined) return note(scan, 'malformed-header', 'a header name is not a token')
  let from = colon + 1
  while (from < end && isSpace(bytes[from]!)) from++
  append(scan, new Field(name, at, from, endOfText(bytes, from, end)))
  if (end - at > scan.limits.line) noteTooLong(scan)
}

function append(scan: Scan, field: Field): void {
  const { bit } = field.name
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
  startAt: scan.startAt,
  table: new HeaderTable(scan),
  bodyStart,
  fault: scan.fault,
})

/** Empty lines before the start line are skipped (7.5). */
function startOfMessage(bytes: Uint8Array, length: number): number {
  let at = 0
  while (at < length && (bytes[at] === CR || bytes[at] === LF)) at++
  return at
}

function commonName(bytes: Uint8Array, at: number, end: number): HeaderName | undefined {
  if (end === at) return undefined
  const candidates = drawers[drawerOf(end - at, bytes[at]!)]
  if (candidates === undefined) return undefined
  for (const { bytes: spelling, name } of candidates) if (isSpelled(bytes, at, spelling)) return name
  return undefined
}

/** Whether the letters of `spelling`, in whatever case, and its hyphens stand there. */
function isSpelled(bytes: Uint8Array, start: number, spelling: Uint8Array): boolean {
  for (let at = 0; at < spelling.length; at++) {
    const byte = bytes[start + at]!
    const wanted = spelling[at]!
    if (byte !== wanted && (byte | 0x20) !== wanted) return false
    if (byte !== wanted && wanted === HYPHEN) return false
  }
  return true
}

const HYPHEN = 0x2d

const anyName = (written: Wire): HeaderName | undefined => (isToken(written) ? headerName(written) : undefined)

/** The end of `from` to `end` without white space; it may stand before the colon, too. */
function endOfText(bytes: Uint8Array, from: number, end: number): number {
  let to = end
  while (to > from && isSpace(bytes[to - 1]!)) to--
  return to
}
