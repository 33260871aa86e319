/**
 * What the usual response and the usual request have in common: what stands in their lines, as parts of one regular
 * expression for a whole head, and what is to be true of the rest.
 *
 * No part can go on where the next one begins: whatever is not taken is left after a few looks at each byte.
 */
import type { CSeq } from './headers.ts'
import type { SipLimits } from './limits.ts'
import { parseDecimal, type Wire } from './text.ts'

export const line = '[^\\r\\n]*\\r\\n'
/** Ports that may be too high and short ones are for who counts: with `\d{1,5}` the code is half as large again. */
export const port = '(?!6[5-9])[1-6]?\\d{4}'
export const hostPort = `[\\w.-]+(?::${port})?`
export const user = '[^\\0-\\x20"<>\\x7f-\\xff%:;?@]+'
export const value = '[^\\0-\\x20"<>,;\\x7f-\\xff]'

const SLASH = 0x2f

/** `SIP/`: no method has a slash. */
export const isResponse = (bytes: Buffer): boolean => bytes[3] === SLASH

/** Of a header line: a letter, a colon, a line end. */
const shortestLine = 4

/** The head as text, if it is no longer than one that has not too many lines for certain, and none that is too long. */
export function headIn(bytes: Buffer, limits: SipLimits): Wire {
  const longest = Math.min(limits.headers * shortestLine, limits.line, limits.head)
  return bytes.toString('latin1', 0, Math.min(bytes.length, longest))
}

/** What was taken has kept to its limits. */
export const unlimited: SipLimits = { message: Infinity, head: Infinity, headers: Infinity, line: Infinity }

/** Methods that are common on the wire: of a message with one of them the method is the text that stands here. */
export const commonMethods = [
  'REGISTER',
  'MESSAGE',
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'NOTIFY',
  'SUBSCRIBE',
  'INFO',
]

/** The method is the same text for all messages and keeps none of them. */
export function cseqOf(digits: Wire, written: Wire): CSeq | undefined {
  const number = parseDecimal(digits, 2 ** 31 - 1)
  for (const method of commonMethods) if (method === written && number !== undefined) return { number, method }
  return undefined
}
