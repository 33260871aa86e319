/**
 * Attempts to register with credentials, each beside the challenge that it answers: which inputs of the digest differ
 * (RFC 3261 22, RFC 7616). The response itself is neither checked, for want of the password, nor shown.
 */
import { type Credentials, parseCredentials } from '../../sip/digest.ts'
import { challengesOf, type Examined, isStale, type Registration, type Transaction } from '../analysis/index.ts'

type Challenge = ReturnType<typeof challengesOf>[number]

/** A challenge as it was issued. */
export interface Issued {
  readonly challenge: Challenge
  readonly challenged: Transaction
}

export interface Attempt {
  readonly registration: Registration
  readonly register: Transaction
  readonly credentials: Credentials
  /** The newest challenge to this device before it. */
  readonly newest: Issued | undefined
  /** The challenge whose nonce it uses. */
  readonly answered: Issued | undefined
  /** `stale`: refused only because the nonce is too old. */
  readonly verdict: 'accepted' | 'stale' | 'refused' | 'other'
  /** The attempt before with the same nonce, unless the nonce was issued anew for this one. */
  readonly sameNonce: Attempt | undefined
}

export const attemptsOf = (seen: Pick<Examined, 'registrations'>): Attempt[] =>
  seen.registrations.flatMap(attemptsOfOne)

function attemptsOfOne(registration: Registration): Attempt[] {
  const attempts: Attempt[] = []
  const issued = new Map<string, Issued>()
  const used = new Map<string, Attempt>()
  let newest: Issued | undefined
  for (const register of registration.registers) {
    const credentials = credentialsOf(register)
    if (credentials !== undefined) {
      const { nonce } = credentials
      const circumstances = { newest, answered: issued.get(nonce), sameNonce: used.get(nonce) }
      const attempt = { registration, register, credentials, verdict: verdictOf(register), ...circumstances }
      attempts.push(attempt)
      used.set(nonce, attempt)
    }
    const response = register.final?.response
    for (const challenge of response === undefined ? [] : challengesOf(response)) {
      newest = { challenge, challenged: register }
      issued.set(challenge.nonce, newest)
      used.delete(challenge.nonce)
    }
  }
  return attempts
}

export function credentialsOf({ request }: Transaction): Credentials | undefined {
  const values = [...request.headers('Authorization'), ...request.headers('Proxy-Authorization')]
  return values.map(parseCredentials).find((parsed) => parsed !== undefined)
}

function verdictOf({ final }: Transaction): Attempt['verdict'] {
  const response = final?.response
  if (response === undefined) return 'other'
  const { status } = response
  if (status < 300) return 'accepted'
  if (status !== 401 && status !== 407) return status === 403 ? 'refused' : 'other'
  // Older registrars have no `stale`, and say it in words.
  return isStale(response) || /nonce|stale/i.test(response.reason) ? 'stale' : 'refused'
}

/** Everything that is hashed is as it should be, but the password. */
export const inputsAgree = ({ credentials, newest, answered }: Attempt): boolean =>
  newest === undefined ||
  (answered !== undefined &&
    credentials.realm === answered.challenge.realm &&
    credentials.algorithm === answered.challenge.algorithm)
