/**
 * The character sets of a MANSCDP body: GB2312 until the 2016 edition, GB18030 from 2022 (6.10), UTF-8 in the field.
 *
 * GB2312, GBK and GB18030 are subsets of one another, so one decoder reads all three. What a body declares is a claim:
 * bodies marked GB2312 may be UTF-8, bodies marked UTF-8 may be GB18030. This file decides what the bytes really are; it
 * knows nothing of XML beyond where the declaration states its encoding.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { type Note, Notes } from './notes.ts'

/** A character set to send in, by the name that goes into the XML declaration. */
export type Charset = 'GB2312' | 'GBK' | 'GB18030' | 'UTF-8'

/** What a body was really read as. GB18030 stands for its subsets GB2312 and GBK too. */
export type ReadCharset = 'GB18030' | 'UTF-8'

export interface DecodedBody {
  readonly text: string
  readonly charset: ReadCharset
  /** The encoding of the XML declaration, as written, where there is one. */
  readonly declared?: string
  /** `charset-mislabelled` and `undecodable-bytes`. */
  readonly notes: readonly Note[]
}

const decoders = { GB18030: new TextDecoder('gb18030'), 'UTF-8': new TextDecoder('utf-8') }

/**
 * Reads the bytes of a body. Never fails: a byte that is in no character set becomes U+FFFD, the rest is kept.
 *
 * Order: the declaration, then `charset` (what this device is configured to send), then GB18030; but bytes that can only
 * be UTF-8 are read as UTF-8 whatever the claim, and bytes that cannot be are not.
 */
export function decodeBody(bytes: Uint8Array, options: { charset?: Charset } = {}): DecodedBody {
  return isAscii(bytes) ? decodeAscii(bytes, options.charset) : decodeOther(bytes, options.charset)
}

/** What is the same in all of them needs no more than a name. */
function decodeAscii(bytes: Uint8Array, configured: Charset | undefined): DecodedBody {
  const text = latin1(bytes, bytes.byteLength)
  const { declared, charset } = declarationIn(text.slice(0, longestDeclaration))
  const body = { text, charset: charset ?? family(configured) ?? 'GB18030', notes: [] }
  return declared === undefined ? body : { ...body, declared }
}

function decodeOther(bytes: Uint8Array, configured: Charset | undefined): DecodedBody {
  const notes = new Notes()
  const { declared, charset: claimed } = declarationIn(latin1(bytes, Math.min(bytes.byteLength, longestDeclaration)))
  const charset = recognise(bytes, claimed ?? family(configured) ?? 'GB18030')
  const text = decoders[charset].decode(bytes)
  if (declared !== undefined && claimed !== charset) notes.add('charset-mislabelled')
  const lost = replacements(text)
  if (lost > 0) notes.add('undecodable-bytes', '', lost)
  return { text, charset, ...(declared !== undefined && { declared }), notes: notes.list() }
}

/**
 * The bytes to send. A character that the charset lacks goes out as a numeric character reference, which is what XML
 * offers for it (GB2312 means GBK here, as everywhere in the field); a lone surrogate becomes U+FFFD.
 */
export function encodeBody(text: string, charset: Charset): Buffer {
  const whole = text.toWellFormed()
  if (charset === 'UTF-8') return Buffer.from(whole, 'utf8')
  const codec = charset === 'GB18030' ? 'gb18030' : 'gbk'
  const bytes = iconv.encode(whole, codec)
  if (decoders.GB18030.decode(bytes) === whole) return bytes
  return iconv.encode(referenceUnencodable(whole, codec), codec)
}

/** The two GB18030 tables, ours to encode and the platform's to decode, differ in 19 code points: those are referenced too. */
function referenceUnencodable(text: string, codec: 'gb18030' | 'gbk'): string {
  const written = (char: string) =>
    decoders.GB18030.decode(iconv.encode(char, codec)) === char ? char : `&#${char.codePointAt(0)};`
  return text.replace(/[^\p{ASCII}]/gu, written)
}

/** Bytes as characters of the same number: what ASCII is in all the character sets, and several times as fast. */
const latin1 = (bytes: Uint8Array, length: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1')

interface Declaration {
  readonly declared: string | undefined
  /** What that means; undefined for no encoding, and for one that is not known. */
  readonly charset: ReadCharset | undefined
}

/** Bytes in which the declaration stands: in the first line, as ASCII in every character set that a device can be using. */
const longestDeclaration = 256

const declaration = /<\?xml[^>]{0,200}?\sencoding\s{0,8}=\s{0,8}["']([\w.:-]{1,40})["']/i

/** The last one that was read, up to its `>`: most bodies begin with the same, and to read it takes a third of a keepalive. */
let last: (Declaration & { readonly line: string }) | undefined

function declarationIn(head: string): Declaration {
  if (last !== undefined && head.startsWith(last.line)) return last
  const match = declaration.exec(head)
  const read = { declared: match?.[1], charset: family(match?.[1]) }
  if (match?.index === 0) last = { ...read, line: head.slice(0, head.indexOf('>') + 1) }
  return read
}

function family(name: string | undefined): ReadCharset | undefined {
  if (name === undefined) return undefined
  if (/^utf-?8$/i.test(name)) return 'UTF-8'
  return /^(?:x-)?(?:gb|cp936|ms936|windows-936|euc-?cn|hz)/i.test(name) ? 'GB18030' : undefined
}

function recognise(bytes: Uint8Array, claim: ReadCharset): ReadCharset {
  const valid = isUtf8(bytes)
  if (claim === 'UTF-8' && valid) return 'UTF-8'
  const asUtf8 = decoders['UTF-8'].decode(bytes)
  const lostAsGb = replacements(decoders.GB18030.decode(bytes))
  // One sequence of three bytes may be two GB characters of which the last byte is ASCII: then the claim decides.
  const certain = claim === 'UTF-8' || lostAsGb > 0 ? 1 : 2
  if (wideIn(asUtf8) >= certain && looksLikeUtf8(asUtf8)) return 'UTF-8'
  // Two-byte UTF-8 alone proves nothing: D2 BB is a Cyrillic letter in UTF-8 and the character "one" in GB2312.
  if (valid) return lostAsGb === 0 ? 'GB18030' : 'UTF-8'
  return lostAsGb <= replacements(asUtf8) ? 'GB18030' : 'UTF-8'
}

/** Chinese in UTF-8 is made of three-byte sequences, which GB text hardly ever forms; a few damaged ones do not matter. */
const looksLikeUtf8 = (text: string): boolean => replacements(text) * 2 <= wideIn(text)

const wideIn = (text: string): number => text.match(/[\u0800-\ufffc\u{10000}-\u{10ffff}]/gu)?.length ?? 0

function replacements(text: string): number {
  let count = 0
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) count++
  return count
}
