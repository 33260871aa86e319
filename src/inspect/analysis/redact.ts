/**
 * A message as text that can be shown and sent around: digest responses (RFC 3261 22.4) and passwords are replaced.
 *
 * Works on the text and not on the parsed message, because what could not be parsed is shown too.
 */
import { decodeBody } from '../../manscdp/charset.ts'
import type { Wire } from '../../sip/text.ts'

const hidden = '***'

/** The bytes of a message, with the body in whatever charset it is, and no secret in it. */
export function redactedText(bytes: Buffer): string {
  const split = bytes.indexOf('\r\n\r\n')
  const end = split < 0 ? bytes.length : split + 4
  return redacted(decodeBody(bytes.subarray(0, end)).text) + redacted(decodeBody(bytes.subarray(end)).text)
}

/** Without digest responses, passwords in URIs (19.1.1) and elements that hold one (`Password` of a catalog item). */
export const redacted = (text: string): string =>
  text
    .replace(/\b(response|rspauth|password)(\s*=\s*)("[^"]*"?|[^\s,;<>"]+)/gi, `$1$2"${hidden}"`)
    .replace(/(sips?:[^:@\s<>]{1,200}):[^@\s<>]{1,200}@/gi, `$1:${hidden}@`)
    .replace(/(<(\w*password\w*)[^<>]*>)[^<]*/gi, `$1${hidden}`)

/** A text of the peer on one line, without secrets and control characters. */
export const oneLine = (text: Wire): string => redacted(text.replace(/[^\P{Cc}]/gu, ' ')).trim()
