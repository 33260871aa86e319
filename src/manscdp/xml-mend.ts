/**
 * Makes the XML that devices send well-formed, or says why it cannot be.
 *
 * One pass over the text, linear in its length, before any XML parser sees it. Its output is well-formed by construction
 * and free of what a MANSCDP body never needs: DOCTYPE, entities, comments, processing instructions. Real damage that has one
 * sensible reading is mended with a note (unescaped `&` and `<`, control characters, doubled or missing closing tags);
 * a body whose root never closes is refused, since its last values may be cut in half.
 */
import type { Notes } from './notes.ts'

/** Why a body is not XML that we take. */
export type XmlRejectionCode = 'empty' | 'too-big' | 'too-deep' | 'not-xml' | 'truncated' | 'forbidden'

export interface XmlRejection {
  readonly code: XmlRejectionCode
  readonly detail: string
}

export interface XmlLimits {
  /** Length of the text, in UTF-16 units (and of the bytes it came from). */
  readonly maxLength: number
  /** Elements within one another. The deepest command of Annex A needs 7. */
  readonly maxDepth: number
  /** Elements in all: bounds what one body can make us build. */
  readonly maxElements: number
}

export type MendResult = { ok: true; xml: string } | { ok: false; rejection: XmlRejection }

interface OpenElement {
  readonly name: string
  readonly folded: string
}

const NAME = '[A-Za-z_][A-Za-z0-9_.:-]*'
const ATTRIBUTE = `\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'|[^\\s"'<>=/]+)`
/** A whole tag. Every alternative stops at the next `<`, which is what keeps the pass linear. */
const tagPattern = () => new RegExp(`<(/?)(${NAME})((?:${ATTRIBUTE})*)\\s*(/?)>`, 'y')
const STRAY_AMPERSAND = /&(?!(?:#\d{1,7}|#x[0-9a-f]{1,6}|lt|gt|amp|quot|apos);)/gi
/** Control characters that XML 1.0 has no place for: C0 but tab, LF and CR. */
const CONTROL = /[^\P{Cc}\t\n\r\x7f-\x9f]|\ufffe|\uffff/gu
const DOCUMENT_TYPE = /^<!(?:doctype|entity|element|attlist|notation|\[)/i
const RESERVED = new Set(['__proto__', 'constructor', 'prototype'])

export function mendXml(text: string, limits: XmlLimits, notes: Notes): MendResult {
  if (text.length > limits.maxLength) return refuse('too-big', `more than ${limits.maxLength} characters`)
  return new Mender(withoutControls(text, notes), limits, notes).run()
}

function withoutControls(text: string, notes: Notes): string {
  // Zeros behind the body are a C string's end, not damage inside it.
  const body = text.replace(/(?<!\0)\0+$/, '')
  let count = 0
  const clean = body.replace(CONTROL, () => {
    count++
    return ''
  })
  if (count > 0) notes.add('control-character', '', count)
  return clean
}

const refuse = (code: XmlRejectionCode, detail: string): { ok: false; rejection: XmlRejection } => ({
  ok: false,
  rejection: { code, detail },
})

class Mender {
  readonly #text: string
  readonly #limits: XmlLimits
  readonly #notes: Notes
  readonly #out: string[] = []
  readonly #open: OpenElement[] = []
  readonly #tag = tagPattern()
  /** Terminators known not to occur any more: looking for each of them again and again would be quadratic. */
  readonly #absent = new Set<string>()
  #at = 0
  #elements = 0
  #rejection: XmlRejection | undefined

  constructor(text: string, limits: XmlLimits, notes: Notes) {
    this.#text = text
    this.#limits = limits
    this.#notes = notes
  }

  run(): MendResult {
    if (this.#text.trim() === '') return refuse('empty', 'no text')
    while (!this.#rejection && !this.#rootClosed() && this.#at < this.#text.length) this.#step()
    if (this.#rejection) return { ok: false, rejection: this.#rejection }
    if (this.#elements === 0) return refuse('not-xml', 'no element')
    if (this.#open.length > 0) return refuse('truncated', `<${this.#open[0]?.name}> is not closed`)
    if (this.#text.slice(this.#at).trim() !== '') this.#notes.add('trailing-junk')
    return { ok: true, xml: this.#out.join('') }
  }

  #rootClosed = () => this.#elements > 0 && this.#open.length === 0

  #step(): void {
    const lt = this.#text.indexOf('<', this.#at)
    this.#characters(this.#text.slice(this.#at, lt < 0 ? undefined : lt))
    this.#at = lt < 0 ? this.#text.length : lt
    if (lt >= 0) this.#markup()
  }

  /** At a `<`. */
  #markup(): void {
    this.#tag.lastIndex = this.#at
    const match = this.#tag.exec(this.#text)
    if (match) {
      this.#at = this.#tag.lastIndex
      const [tag, slash, name = '', attributes = '', empty] = match
      if (slash) this.#close(tag, name)
      else this.#openTag(tag, name, attributes, empty === '/')
    } else if (this.#text.startsWith('<!--', this.#at)) this.#skipTo('-->', false)
    else if (this.#text.startsWith('<![CDATA[', this.#at)) this.#skipTo(']]>', true)
    else if (this.#text.startsWith('<?', this.#at)) this.#skipTo('?>', false)
    else if (DOCUMENT_TYPE.test(this.#text.slice(this.#at, this.#at + 12)))
      this.#rejection = { code: 'forbidden', detail: 'a document type declaration' }
    else this.#strayLessThan()
  }

  #skipTo(end: string, keep: boolean): void {
    const found = this.#absent.has(end) ? -1 : this.#text.indexOf(end, this.#at + 2)
    if (found < 0) {
      this.#absent.add(end)
      this.#strayLessThan()
      return
    }
    const next = found + end.length
    if (keep && this.#open.length > 0) this.#out.push(this.#text.slice(this.#at, next))
    this.#at = next
  }

  #strayLessThan(): void {
    this.#at++
    if (this.#open.length === 0) {
      this.#notes.add('leading-junk')
      return
    }
    this.#notes.add('stray-less-than', this.#path())
    this.#out.push('&lt;')
  }

  /** White space between tags carries nothing, and leaving it out halves what the parser has to do. */
  #characters(text: string): void {
    if (/^[ \t\r\n]*$/.test(text)) return
    if (this.#open.length > 0) this.#out.push(this.#escapeAmpersands(text))
    else if (text.replace('\ufeff', '').trim() !== '') this.#notes.add('leading-junk')
  }

  #escapeAmpersands(text: string): string {
    if (!text.includes('&')) return text
    return text.replace(STRAY_AMPERSAND, () => {
      this.#notes.add('stray-ampersand', this.#path())
      return '&amp;'
    })
  }

  #openTag(tag: string, name: string, attributes: string, empty: boolean): void {
    if (RESERVED.has(name)) this.#rejection = { code: 'forbidden', detail: `an element named ${name}` }
    else if (this.#open.length >= this.#limits.maxDepth)
      this.#rejection = { code: 'too-deep', detail: `more than ${this.#limits.maxDepth} levels` }
    else if (++this.#elements > this.#limits.maxElements)
      this.#rejection = { code: 'too-big', detail: `more than ${this.#limits.maxElements} elements` }
    else {
      this.#out.push(attributes === '' ? tag : `<${name}${this.#attributes(attributes)}${empty ? '/' : ''}>`)
      if (!empty) this.#open.push({ name, folded: name.toLowerCase() })
    }
  }

  #attributes(text: string): string {
    const kept = new Map<string, string>()
    for (const [, name = '', , quoted, apostrophed, bare] of text.matchAll(
      /([^\s=]+)\s*=\s*("([^"]*)"|'([^']*)'|([^\s"']+))/g,
    )) {
      if (bare !== undefined) this.#notes.add('unquoted-attribute', this.#path(name))
      // A repeated attribute is not well-formed; the first one counts.
      if (RESERVED.has(name) || kept.has(name)) continue
      kept.set(name, this.#escapeAmpersands(quoted ?? apostrophed ?? bare ?? '').replaceAll('"', '&quot;'))
    }
    return [...kept].map(([name, value]) => ` ${name}="${value}"`).join('')
  }

  /** Names are compared without case. A closing tag that nothing opened is dropped (doubled `</Item>`, wvp#1320). */
  #close(tag: string, name: string): void {
    const folded = name.toLowerCase()
    const depth = this.#open.findLastIndex((element) => element.folded === folded)
    if (depth < 0) {
      this.#notes.add('unmatched-close-tag', this.#path(name))
      return
    }
    while (this.#open.length > depth + 1) {
      this.#notes.add('unclosed-tag', this.#path())
      this.#out.push(`</${this.#open.pop()?.name}>`)
    }
    const opened = this.#open.pop()
    this.#out.push(opened?.name === name ? tag : `</${opened?.name}>`)
  }

  #path(last?: string): string {
    const below = this.#open.slice(1).map((element) => element.name)
    return (last === undefined ? below : [...below, last]).join('.')
  }
}
