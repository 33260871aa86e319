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

/** Long forms in lower case, by the spellings that are common on the wire; compact forms of 7.3.3, RFC 6665 and 3515. */
const longForms: ReadonlyMap<string, string> = new Map([
  ...'Accept,Allow,Authorization,Call-ID,Contact,Content-Length,Content-Type,CSeq,Date,Event,Expires,From,Max-Forwards'
    .split(',')
    .map((name) => [name, name.toLowerCase()] as const),
  ...'Record-Route,Route,Subject,Subscription-State,To,User-Agent,Via,WWW-Authenticate,X-GB-Ver'
    .split(',')
    .map((name) => [name, name.toLowerCase()] as const),
  ['i', 'call-id'],
  ['m', 'contact'],
  ['e', 'content-encoding'],
  ['l', 'content-length'],
  ['c', 'content-type'],
  ['f', 'from'],
  ['s', 'subject'],
  ['k', 'supported'],
  ['t', 'to'],
  ['v', 'via'],
  ['o', 'event'],
  ['u', 'allow-events'],
  ['r', 'refer-to'],
])

/** The long form of a header name, in lower case: `v`, `VIA` and `Via` are all `via`. */
export function canonicalName(name: string): string {
  const known = longForms.get(name)
  if (known !== undefined) return known
  const lower = name.toLowerCase()
  return longForms.get(lower) ?? lower
}

/** Offsets of one field take four places: name from and to, value from and to. */
const stride = 4

/** The header fields of one message, in order. Filled by `scanHead`, immutable for everyone else. */
export class HeaderTable {
  readonly #text: Wire
  readonly #names: readonly string[]
  readonly #bounds: readonly number[]
  readonly #folded: boolean

  constructor(text: Wire, names: readonly string[], bounds: readonly number[], folded: boolean) {
    this.#text = text
    this.#names = names
    this.#bounds = bounds
    this.#folded = folded
  }

  /** Where the field of that long, lower-case name stands at or after `from`, or -1. */
  indexOf(canonical: string, from = 0): number {
    const names = this.#names
    for (let index = from; index < names.length; index++) if (names[index] === canonical) return index
    return -1
  }

  valueAt(index: number): Wire {
    const value = this.#text.slice(this.#bounds[index * stride + 2], this.#bounds[index * stride + 3])
    return this.#folded && value.includes('\n') ? value.replace(/[ \t]*\r?\n[ \t]+/g, ' ').trim() : value
  }

  first(canonical: string): Wire | undefined {
    const index = this.indexOf(canonical)
    return index < 0 ? undefined : this.valueAt(index)
  }

  all(canonical: string): Wire[] {
    const values: Wire[] = []
    for (let at = this.indexOf(canonical); at >= 0; at = this.indexOf(canonical, at + 1)) values.push(this.valueAt(at))
    return values
  }

  fields(): HeaderField[] {
    return this.#names.map((_, index) => ({
      name: this.#text.slice(this.#bounds[index * stride], this.#bounds[index * stride + 1]),
      value: this.valueAt(index),
    }))
  }
}

/** What one pass over the lines found. With a `fault`, the fields before and after it are still there to answer with. */
export interface Head {
  readonly startLine: Wire
  readonly table: HeaderTable
  /** Where the body starts; where the scan stopped, if there is a fault. */
  readonly bodyStart: number
  readonly fault: HeadFault | undefined
}

/** Reads the head at the start of `text`, after any empty lines (7.5). */
export function scanHead(text: Wire, limits: SipLimits): Head {
  return new HeadScanner(text, limits).scan()
}

class HeadScanner {
  readonly #text: Wire
  readonly #limits: SipLimits
  readonly #names: string[] = []
  readonly #bounds: number[] = []
  #folded = false
  #fault: HeadFault | undefined
  #nextCr = -1

  constructor(text: Wire, limits: SipLimits) {
    this.#text = text
    this.#limits = limits
  }

  scan(): Head {
    let at = startOfMessage(this.#text)
    this.#nextCr = this.#text.indexOf('\r', at)
    const start = at
    let startLine = ''
    for (let lines = 0; ; lines++) {
      const lf = this.#text.indexOf('\n', at)
      if (lf < 0) return this.#unfinished(startLine)
      const end = this.#lineEnd(at, lf)
      if (end === at) return this.#head(startLine, lf + 1)
      if (lines > this.#limits.headers) return this.#overflow(startLine, at)
      if (at === start) startLine = this.#startLine(at, end)
      else if (isSpace(this.#text.charCodeAt(at))) this.#continue(end)
      else this.#field(at, end)
      at = lf + 1
    }
  }

  /** The end of the line without its CR; a CR elsewhere would split the header when it is printed again. */
  #lineEnd(at: number, lf: number): number {
    if (this.#nextCr >= 0 && this.#nextCr < at) this.#nextCr = this.#text.indexOf('\r', at)
    if (this.#nextCr < 0 || this.#nextCr > lf) return lf
    if (this.#nextCr < lf - 1) this.#note('bare-cr', 'a carriage return inside a header line')
    return this.#text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf
  }

  #startLine(at: number, end: number): Wire {
    if (end - at > this.#limits.line) this.#note('start-line-too-long', `more than ${this.#limits.line} bytes`)
    return this.#text.slice(at, end)
  }

  #field(at: number, end: number): void {
    const text = this.#text
    const colon = text.indexOf(':', at)
    if (colon < 0 || colon >= end) {
      this.#note('malformed-header', 'a header line without a colon')
      return
    }
    let nameEnd = colon
    while (nameEnd > at && isSpace(text.charCodeAt(nameEnd - 1))) nameEnd--
    const written = text.slice(at, nameEnd)
    const known = longForms.get(written)
    if (known === undefined && !isToken(written)) {
      this.#note('malformed-header', 'a header name is not a token')
      return
    }
    let from = colon + 1
    while (from < end && isSpace(text.charCodeAt(from))) from++
    let to = end
    while (to > from && isSpace(text.charCodeAt(to - 1))) to--
    this.#names.push(known ?? canonicalName(written))
    this.#bounds.push(at, nameEnd, from, to)
    if (end - at > this.#limits.line) this.#tooLong()
  }

  /** A line that starts with white space continues the value before it (7.3.1). */
  #continue(end: number): void {
    const last = this.#bounds.length - 1
    if (last < 0) {
      this.#note('malformed-start-line', 'the start line is folded')
      return
    }
    this.#bounds[last] = end
    this.#folded = true
    if (end - (this.#bounds[last - 3] ?? 0) > this.#limits.line) this.#tooLong()
  }

  #tooLong(): void {
    this.#note('header-too-long', `a header field is longer than ${this.#limits.line} bytes`)
  }

  /** The first fault is the one that is told. */
  #note(code: RejectionCode, detail: string): void {
    this.#fault ??= { code, detail }
  }

  #unfinished(startLine: Wire): Head {
    if (this.#text.length >= this.#limits.head) this.#note('head-too-large', `more than ${this.#limits.head} bytes`)
    else this.#note('head-unterminated', 'no empty line ends the header')
    return this.#head(startLine, this.#text.length)
  }

  #overflow(startLine: Wire, at: number): Head {
    this.#note('too-many-headers', `more than ${this.#limits.headers} header lines`)
    return this.#head(startLine, at)
  }

  #head(startLine: Wire, bodyStart: number): Head {
    const table = new HeaderTable(this.#text, this.#names, this.#bounds, this.#folded)
    return { startLine, table, bodyStart, fault: this.#fault }
  }
}

/** Empty lines before the start line are skipped (7.5). */
function startOfMessage(text: Wire): number {
  let at = 0
  while (text.charCodeAt(at) === 0x0d || text.charCodeAt(at) === 0x0a) at++
  return at
}
