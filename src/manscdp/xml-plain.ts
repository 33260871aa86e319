/**
 * The XML that devices send most, read in one pass: elements in elements and text, no attribute, no reference, no comment,
 * nothing to mend. A keepalive is such a document, and there is one a minute from each device: 1.2 us here, 15 us by way
 * of the library.
 *
 * Anything else is not for this reader: it gives undefined, and `xml.ts` goes the long way. What it does read it reads as
 * that way would (test/manscdp/xml-plain.test.ts).
 */
import type { XmlElement } from './xml.ts'

/** Elements deep; deeper documents go the long way, which has the limits. */
export const plainDepth = 8
/** Characters; longer documents go the long way. */
const plainLength = 65_535
/** So many elements at most has a document of that length: `<a></a>` has seven characters. */
export const plainElements = Math.ceil(plainLength / 7)

/** As all names of MANSCDP are. Others, `constructor` among them, go the long way, which knows which to refuse. */
const name = /^[A-Z][\w.-]*$/
/** Needs mending, or means something that is not read here. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML has no form for
const notPlain = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff&!]|<[^/A-Z?]/

class PlainReader {
  readonly #text: string
  #at: number

  constructor(text: string, start: number) {
    this.#text = text
    this.#at = start
  }

  /** The element that begins here, or undefined; afterwards the reader stands behind it. */
  element(depth: number): XmlElement | undefined {
    const own = this.#openingName()
    if (own === undefined || depth > plainDepth) return undefined
    const children: XmlElement[] = []
    let text = ''
    for (;;) {
      const next = this.#text.indexOf('<', this.#at)
      if (next < 0) return undefined
      text += this.#text.slice(this.#at, next)
      this.#at = next
      if (this.#text.charCodeAt(next + 1) === slash) return this.#closes(own) ? plain(own, text, children) : undefined
      const child = this.element(depth + 1)
      if (child === undefined) return undefined
      children.push(child)
    }
  }

  /** Nothing but white space is left. */
  atEnd(): boolean {
    return this.#text.slice(this.#at).trim() === ''
  }

  #openingName(): string | undefined {
    const end = this.#text.indexOf('>', this.#at)
    const own = this.#text.slice(this.#at + 1, end)
    if (end < 0 || !name.test(own)) return undefined
    this.#at = end + 1
    return own
  }

  #closes(own: string): boolean {
    const end = this.#at + 2 + own.length
    if (!this.#text.startsWith(own, this.#at + 2) || this.#text.charCodeAt(end) !== greater) return false
    this.#at = end + 1
    return true
  }
}

const slash = 0x2f
const greater = 0x3e
const none: readonly never[] = []

const plain = (own: string, text: string, children: readonly XmlElement[]): XmlElement => ({
  name: own,
  attributes: none,
  text: lineEnds(trimmed(text)),
  children,
})

/** One character for each line end (XML 1.0 section 2.11). */
const lineEnds = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)

/** XML's white space, and no other: an ideographic space belongs to the text. */
export function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/** The root of a plain document, or undefined for any other. */
export function readPlain(text: string): XmlElement | undefined {
  if (text.length > plainLength || !text.isWellFormed()) return undefined
  const declaration = text.startsWith('<?xml ') ? text.indexOf('?>') + 2 : 0
  if (declaration === 1 || notPlain.test(text.slice(declaration)) || text.includes('<?', declaration)) return undefined
  const reader = new PlainReader(text, declaration + leadingSpace(text, declaration))
  const root = reader.element(1)
  return root !== undefined && reader.atEnd() ? root : undefined
}

function leadingSpace(text: string, start: number): number {
  let at = start
  while (isSpace(text.charCodeAt(at))) at++
  return at - start
}
