/**
 * What a REGISTER that was refused had presented, and what of it differs from what was expected: the inputs of the
 * digest (RFC 7616 3.4), one by one. Never the password, the response or the cnonce.
 */
import { type Credentials, parseCredentials } from '../sip/digest.ts'
import type { SipRequest } from '../sip/message.ts'
import type { NonceSigner } from '../sip/nonce.ts'
import { parseUri, printUri } from '../sip/uri.ts'

/** Where the platform has the password from that was tried: its option of that name. */
export type PasswordSource = 'password' | 'passwords' | 'authenticate'

/** An input of the digest. */
export type DigestInput = 'username' | 'realm' | 'uri' | 'nonce' | 'algorithm' | 'password'

export interface Presented {
  readonly username: string
  readonly realm: string
  readonly uri: string
  /** As the platform understands it; null for one that it does not know. */
  readonly algorithm: string | null
  readonly qop: string | null
  /** Milliseconds since we made its nonce; null where we did not make it, for this device at this address. */
  readonly nonceAgeMs: number | null
  /** What is not as expected. The URI may differ rightly, behind a proxy; `password` is what is left to be wrong. */
  readonly differs: readonly DigestInput[]
  /** Null where none was tried. */
  readonly passwordFrom: PasswordSource | null
}

export interface Expected {
  readonly deviceId: string
  readonly realm: string
  readonly source: string
  readonly nonces: NonceSigner
  readonly at: number
  /** Of the password that turned out to be wrong. */
  readonly passwordFrom: PasswordSource | undefined
}

/** Null where the REGISTER has no Digest Authorization that can be read. */
export function presentedIn(request: SipRequest, expected: Expected): Presented | null {
  const [credentials] = request.headers('Authorization').map(parseCredentials)
  if (credentials === undefined) return null
  const { username, realm, algorithm = null, qop = null } = credentials
  const { passwordFrom = null } = expected
  const nonceAgeMs = expected.nonces.age(credentials.nonce, expected)
  const differs = differing(credentials, request, expected)
  return { username, realm, uri: withoutPassword(credentials.uri), algorithm, qop, nonceAgeMs, differs, passwordFrom }
}

/** A SIP URI may carry one (19.1.1). */
function withoutPassword(uri: string): string {
  const parsed = parseUri(uri)
  return parsed?.password === undefined ? uri : printUri({ ...parsed, password: undefined })
}

function differing(credentials: Credentials, request: SipRequest, expected: Expected): DigestInput[] {
  const { deviceId, realm, nonces } = expected
  const all: readonly [DigestInput, boolean][] = [
    ['username', credentials.username !== deviceId],
    ['realm', credentials.realm !== realm],
    ['uri', credentials.uri !== request.requestUri],
    ['nonce', nonces.check(credentials.nonce, expected) !== 'valid'],
    ['algorithm', credentials.algorithm === undefined],
    ['password', expected.passwordFrom !== undefined],
  ]
  return all.filter(([, differs]) => differs).map(([input]) => input)
}
