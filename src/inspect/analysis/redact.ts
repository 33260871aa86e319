/**
 * A message as text that can be shown and sent around: digest responses (RFC 3261 22.4) and passwords are replaced.
 *
 * Works on the text and not on the parsed message, because what could not be parsed is shown too.
 */
import { decodeBody } from '../../manscdp/charset.ts'
import type { Wire } from '../../sip/text.ts'
import { withSecrets } from '../secrets.ts'

/** The bytes of a message, with the body in whatever charset it is, and no secret in it. */
export function redactedText(bytes: Buffer): string {
  const split = bytes.indexOf('\r\n\r\n')
  const end = split < 0 ? bytes.length : split + 4
  return redacted(decodeBody(bytes.subarray(0, end)).text) + redacted(decodeBody(bytes.subarray(end)).text)
}

export const redacted = (text: string): string => withSecrets(text, hide)

const hide = (secret: string): string => (secret.startsWith('"') ? '"***"' : '***')

/** A text of the peer on one line, without secrets and control characters. */
export const oneLine = (text: Wire): string => redacted(text.replace(/[^\P{Cc}]/gu, ' ')).trim()
