/**
 * A recorded message without its secrets, in as many bytes: digest responses (RFC 3261 22.4), passwords in URIs (19.1.1) and
 * in elements are overwritten, so that every length in the message stays true and a capture of it decodes as the
 * original would.
 */

/** What comes before the secret, and the secret. On bytes, one character each: a body may be in any charset. */
const secrets: readonly RegExp[] = [
  /(\b(?:response|rspauth|password)\s*=\s*)("[^"]*"?|[^\s,;<>"]+)/gi,
  /(sips?:[^:@\s<>]{1,200}:)([^@\s<>]{1,200})(?=@)/gi,
  /(<(?:\w{1,64}:)?\w*password\w*(?:\s[^<>]*)?>)([^<]*)/gi,
]

export function redactedBytes(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  const redacted = secrets.reduce((shown, secret) => shown.replace(secret, hide), text)
  return redacted === text ? bytes : Buffer.from(redacted, 'latin1')
}

/** Quotes stay, so that the header field can still be read. */
const hide = (_: string, before: string, secret: string): string => before + secret.replace(/[^"\r\n]/g, '*')
