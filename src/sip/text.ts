/**
 * The characters of SIP: RFC 3261 section 25.1, as far as a parser needs them.
 *
 * All text of this folder is `Wire`: one character per byte, so that a display name or a reason phrase in any charset
 * passes through unharmed. Knows no header, no URI, no message.
 */

/** Text as it goes on the wire: one character per byte (latin1), whatever the charset of those bytes. */
export type Wire = string

const TAB = 0x09
const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** `text` as UTF-8 bytes, one character per byte: how a name or a reason that is not ASCII goes into a header. */
export const toWire = (text: string): Wire => Buffer.from(text, 'utf8').toString('latin1')

/**
 * A copy of `text` that does not share memory with the message it was cut from.
 * Whatever outlives its datagram (ids, tags, a Contact) is kept this way: a slice keeps the whole message alive.
 */
export const detached = (text: Wire): Wire => Buffer.from(text, 'latin1').toString('latin1')

/** Peers' text made harmless for a line of its own: each control character becomes a space. */
export function sanitize(text: Wire): Wire {
  let clean = ''
  for (const character of text) clean += isControl(character.charCodeAt(0)) ? ' ' : character
  return clean
}

const isControl = (code: number): boolean => code < SPACE || code === 0x7f

// Native regular expressions: 44 ns for the 35 characters of a URI, where a loop over charCodeAt takes 98 ns. A literal
// inside a function would be a new object each time.
const token = /^[\w.!%*+`'~-]+$/
const word = /^[^\0-\x20\x7f]+$/
const undelimited = /^[^\0-\x20"<>\x7f]+$/
const hostName = /^[\w.-]+$/

/** RFC 3261 25.1 `token`: methods, header names, transports. */
export const isToken = (text: Wire): boolean => token.test(text)

/** A word that ends where a header could: not empty, no white space, no control character. */
export const isWord = (text: Wire): boolean => word.test(text)

/** Like `isWord`, and free of the characters that delimit a URI or a parameter: quotes and angle brackets. */
export const isUndelimited = (text: Wire): boolean => undelimited.test(text)

/** A host name or IPv4 address; the underscore is no host name character, but devices are named with it. */
export const isHostName = (text: Wire): boolean => hostName.test(text)

/** An IPv6 address as in RFC 4291 2.2, without brackets or zone. */
export function isIpv6(text: Wire): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half, index) => (half === '' ? [] : groupsOf(half, index === halves.length - 1)))
  if (groups.some((width) => width === 0)) return false
  const width = groups.reduce((sum, each) => sum + each, 0)
  return halves.length === 2 ? width <= 7 : width === 8
}

/** How many of the eight groups each part fills: 1, or 2 for an IPv4 tail, 0 for what is neither. */
function groupsOf(half: string, mayEndInIpv4: boolean): number[] {
  const parts = half.split(':')
  return parts.map((part, index) => {
    if (/^[0-9a-f]{1,4}$/i.test(part)) return 1
    return mayEndInIpv4 && index === parts.length - 1 && isIpv4(part) ? 2 : 0
  })
}

const isIpv4 = (text: string): boolean => {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

/**
 * The number a run of decimal digits stands for, if it is at most `max`; leading zeros are allowed (`0068`).
 * The run is all of `text`, or what stands from `from` to `to`.
 */
export function parseDecimal(text: Wire, max: number, from = 0, to = text.length): number | undefined {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
    if (value > max) return undefined
  }
  return to > from ? value : undefined
}

export const isSpace = (code: number): boolean => code === SPACE || code === TAB

/** Stays within the text: charCodeAt beyond its end takes ten times as long, here and wherever else it is asked. */
export function skipSpace(text: Wire, at: number): number {
  let next = at
  while (next < text.length && isSpace(text.charCodeAt(next))) next++
  return next
}

/** Without the SP and HT around it; the byte A0 is no white space here, but may be half of a GBK character. */
export function trimSpace(text: Wire): Wire {
  let end = text.length
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
  const start = skipSpace(text, 0)
  return start < end ? text.slice(start, end) : ''
}

/** Where the quoted string that opens at `open` closes, or -1; a backslash takes the next character with it. */
export function closingQuote(text: Wire, open: number): number {
  const close = text.indexOf('"', open + 1)
  // Nearly always the next quote is it. A backslash may only stand somewhere behind; then the walk below finds the same.
  if (close < 0 || !text.includes('\\', open + 1)) return close
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    if (code === BACKSLASH) at++
  }
  return -1
}

/** The content of a quoted string; text that is not quoted is returned as it is. */
export function unquote(text: Wire): Wire {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE || text.charCodeAt(text.length - 1) !== QUOTE) return text
  const inner = text.slice(1, -1)
  return inner.includes('\\') ? inner.replace(/\\([\s\S])/g, '$1') : inner
}

export const quote = (text: Wire): Wire => `"${text.replace(/["\\]/g, '\\$&')}"`

/**
 * Cuts at `separator` outside quoted strings and angle brackets; each part trimmed, empty parts kept.
 * An unterminated quote or bracket runs to the end: whoever parses the part refuses it.
 */
export function splitOutside(text: Wire, separator: string): Wire[] {
  if (!text.includes(separator)) return [text.trim()]
  const mark = separator.charCodeAt(0)
  const parts: Wire[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === mark) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    } else if (code === QUOTE || code === 0x3c) {
      const close = code === QUOTE ? closingQuote(text, at) : text.indexOf('>', at)
      if (close < 0) break
      at = close
    }
  }
  parts.push(text.slice(start).trim())
  return parts
}

/**
 * Whether two texts are the same, in a time that does not tell how much of them is: no step depends on what was found.
 * For 32 characters 90 ns; `timingSafeEqual` and the two buffers it needs, 195 ns.
 */
export function equalText(left: Wire, right: Wire): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let at = 0; at < left.length; at++) difference |= left.charCodeAt(at) ^ right.charCodeAt(at)
  return difference === 0
}
