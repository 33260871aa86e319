/**
 * A recorded message without its secrets, in as many bytes: they are overwritten, so that every length in the message stays
 * true and a capture of it decodes as the original would.
 */
import { withSecrets } from '../secrets.ts'

export function redactedBytes(bytes: Buffer): Buffer {
  // One character for each byte: a body may be in any charset.
  const text = bytes.toString('latin1')
  const redacted = withSecrets(text, hide)
  return redacted === text ? bytes : Buffer.from(redacted, 'latin1')
}

/** Quotes stay, so that the header field can still be read. */
const hide = (secret: string): string => secret.replace(/[^"\r\n]/g, '*')
