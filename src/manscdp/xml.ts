/**
 * XML in and out for MANSCDP bodies (GB/T 28181 Annex A): one root, elements, text, hardly an attribute but `Num`.
 *
 * Reading: what is plain in one pass (`xml-plain.ts`); else limits and repairs (`xml-mend.ts`), then fast-xml-parser with everything clever switched off: no entities of
 * its own (it counts `&lt;` against a limit that a legal catalog exceeds), no numbers (`SN` "0017" stays text), document
 * order kept, so that one Item is a list like many. Names are kept as sent and looked up without case. Writing: exact names, in
 * order, one element a line with CRLF. Knows no command.
 */
import { XMLParser } from 'fast-xml-parser'
import type { Charset } from './charset.ts'
import { type Note, Notes } from './notes.ts'
import { mendXml, type XmlLimits, type XmlRejection } from './xml-mend.ts'
import { plainDepth, plainElements, readPlain, trimmed } from './xml-plain.ts'

export type { XmlLimits, XmlRejection, XmlRejectionCode } from './xml-mend.ts'

/** One element, as sent. */
export interface XmlElement {
  readonly name: string
  readonly attributes: readonly (readonly [name: string, value: string])[]
  /** The text directly within, entities resolved, without the white space around it. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

export type XmlResult =
  | { ok: true; root: XmlElement; notes: readonly Note[] }
  | { ok: false; rejection: XmlRejection; notes: readonly Note[] }

/** 1 MiB holds more than two thousand catalog items; a datagram holds 65,507 bytes. */
export const XML_LIMITS: XmlLimits = { maxLength: 1_048_576, maxDepth: 32, maxElements: 100_000 }

/** Reads one document. Damaged XML is mended where that is safe and refused with a reason where not; it never throws. */
export function parseXml(text: string, limits: Partial<XmlLimits> = {}): XmlResult {
  const { maxDepth, maxLength, maxElements } = { ...XML_LIMITS, ...limits }
  const usual = maxDepth >= plainDepth && maxElements >= plainElements && text.length <= maxLength
  const plain = usual ? readPlain(text) : undefined
  if (plain) return { ok: true, root: plain, notes: [] }
  const notes = new Notes()
  const mended = mendXml(text, { maxDepth, maxLength, maxElements }, notes)
  if (!mended.ok) return { ...mended, notes: notes.list() }
  const root = readTree(mended.xml)
  if (!root) return { ok: false, rejection: { code: 'not-xml', detail: 'not a document' }, notes: notes.list() }
  return { ok: true, root, notes: notes.list() }
}

/** The first child of that name, in any case. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  for (const child of element.children) if (isNamed(child, name)) return child
  return undefined
}

/** In any case; mostly it is spelled so, and nothing has to be folded. */
export const isNamed = ({ name: own }: XmlElement, name: string): boolean =>
  own === name || (own.length === name.length && own.toLowerCase() === name.toLowerCase())

/** The value of an attribute, its name in any case. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  const folded = name.toLowerCase()
  return element.attributes.find(([own]) => own.toLowerCase() === folded)?.[1]
}

/** An element to print: with text, or with children. */
export function xmlElement(
  name: string,
  content: string | readonly XmlElement[],
  attributes: XmlElement['attributes'] = [],
): XmlElement {
  return typeof content === 'string'
    ? { name, attributes, text: content, children: [] }
    : { name, attributes, text: '', children: content }
}

/** The document as text, its declaration naming the character set that it will be encoded in. */
export function printXml(root: XmlElement, charset: Charset): string {
  return `<?xml version="1.0" encoding="${charset}"?>\r\n${printElement(root)}`
}

function printElement({ name, attributes, text, children }: XmlElement): string {
  const head = name + attributes.map(([key, value]) => ` ${key}="${escapeText(value)}"`).join('')
  if (children.length > 0) return `<${head}>\r\n${children.map(printElement).join('')}</${name}>\r\n`
  return `<${head}>${escapeText(text)}</${name}>\r\n`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  '\r': '&#13;',
}

/** Control characters have no form in XML 1.0, not even as references: they are left out. */
const escapeText = (text: string): string =>
  text.replace(/[^\P{Cc}\t\n\r\x7f-\x9f]|\ufffe|\uffff/gu, '').replace(/[<>&"\r]/g, (char) => ESCAPES[char] ?? char)

type ParsedNode = Readonly<Record<string, unknown>>

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  htmlEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  cdataPropName: '#cdata',
  jPath: false,
})

function readTree(xml: string): XmlElement | undefined {
  try {
    const [root] = nodes(parser.parse(xml))
    return root && readElement(root)
  } catch {
    return undefined
  }
}

/** fast-xml-parser's ordered form: `{ Name: [content...], ':@': { Num: '1' } }`, text as `{ '#text': '...' }`. */
function readElement(node: ParsedNode): XmlElement {
  const name = Object.keys(node).find((key) => key !== ':@') ?? ''
  const children: XmlElement[] = []
  let text = ''
  for (const content of nodes(node[name])) {
    if ('#text' in content) text += unescapeText(String(content['#text']))
    else if ('#cdata' in content) text += cdata(content['#cdata'])
    else children.push(readElement(content))
  }
  return { name, attributes: readAttributes(node[':@']), text: trimmed(text), children }
}

function readAttributes(value: unknown): XmlElement['attributes'] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, text]) => [name, trimmed(unescapeText(String(text)))] as const)
}

const nodes = (value: unknown): ParsedNode[] =>
  Array.isArray(value) ? value.filter((node) => typeof node === 'object' && node !== null) : []

const cdata = (value: unknown): string =>
  nodes(value)
    .map((node) => String(node['#text'] ?? ''))
    .join('')

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The five names and the numeric references of XML 1.0 section 4.1; a reference to no character stays as written. */
function unescapeText(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (reference, hex, decimal, name) => {
    if (name) return NAMED[String(name).toLowerCase()] ?? reference
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return isCharacter(code) ? String.fromCodePoint(code) : reference
  })
}

const isCharacter = (code: number): boolean =>
  (code >= 0x20 || code === 9 || code === 10 || code === 13) && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)
