/** Findings about authentication: which input of the digest differs, and what is wrong with nonces (RFC 7616, 9.1). */

import { challengesOf, isStale } from '../analysis/index.ts'
import type { Attempt } from './attempts.ts'
import { inputsAgree } from './attempts.ts'
import { type Context, casesOf, type FindingKind, type Found, shown } from './kind.ts'

const clause = 'RFC 3261 22.4; RFC 7616 3.4; GB/T 28181 9.1.2'

const evidenceOf = ({ register, answered, newest }: Attempt) =>
  shown(register.first, register.final, (answered ?? newest)?.challenged.final)

const caseOf = (attempt: Attempt, summary: string): Found => ({
  summary,
  evidence: evidenceOf(attempt),
  deviceId: attempt.registration.deviceId,
  callId: attempt.register.callId,
})

const amongAttempts =
  (look: (attempt: Attempt) => string | undefined) =>
  ({ attempts }: Context): Found[] =>
    casesOf(attempts, (attempt) => {
      const summary = look(attempt)
      return summary === undefined ? undefined : caseOf(attempt, summary)
    })

const quoted = (text: string | undefined): string => (text === undefined ? 'none' : `"${text.slice(0, 80)}"`)

export const digestFindings: readonly FindingKind[] = [
  {
    code: 'wrong-password',
    severity: 'error',
    clause,
    meaning: 'The digest was refused although realm, nonce and algorithm are those of the challenge.',
    fix: 'Enter the password again on both sides; check that this device ID has a password on the platform. Cameras often keep an old password until the field is emptied first.',
    find: amongAttempts((attempt) => {
      if (attempt.verdict !== 'refused' || !inputsAgree(attempt)) return undefined
      const { status } = attempt.register
      const name = attempt.credentials.username
      const other = name === attempt.registration.deviceId ? '' : ` under the user name ${quoted(name)}`
      return `The credentials of ${attempt.registration.deviceId}${other} were refused with ${status}: realm, nonce and algorithm agree with the challenge, so the password differs.`
    }),
  },
  {
    code: 'digest-realm-differs',
    severity: 'error',
    clause,
    meaning: 'The device answered with another realm than the one it was challenged with.',
    fix: 'The device must echo the realm of the 401: set its SIP domain (域) to the realm of the platform, as a rule the first ten digits of the platform ID.',
    find: amongAttempts(({ credentials, newest, answered }) => {
      const asked = (answered ?? newest)?.challenge
      if (asked === undefined || asked.realm === credentials.realm) return undefined
      return `The challenge has realm ${quoted(asked.realm)}, the credentials have ${quoted(credentials.realm)}.`
    }),
  },
  {
    code: 'digest-uri-differs',
    severity: 'info',
    clause: 'RFC 7616 3.4.6; protocol: the uri parameter is hashed as written',
    meaning: 'The uri of the credentials is not the Request-URI.',
    fix: 'Nothing where the platform hashes the uri parameter as written; otherwise let the device use one spelling for both.',
    find: amongAttempts(({ credentials, register }) =>
      credentials.uri === register.request.requestUri
        ? undefined
        : `The credentials are for uri ${quoted(credentials.uri)}, the Request-URI is ${quoted(register.request.requestUri)}.`,
    ),
  },
  {
    code: 'digest-username-differs',
    severity: 'warning',
    clause: 'GB/T 28181 9.1.2.1; RFC 3261 22.4',
    meaning: 'The user name of the credentials is not the ID in From.',
    fix: 'Set the authentication user (SIP认证ID) of the device to its own 20-digit ID, unless the platform has another account for it.',
    find: amongAttempts(({ credentials, register }) =>
      credentials.username === register.request.from.user
        ? undefined
        : `The credentials name ${quoted(credentials.username)}, From names ${quoted(register.request.from.user)}.`,
    ),
  },
  {
    code: 'digest-nonce-foreign',
    severity: 'warning',
    clause: 'RFC 7616 3.3',
    meaning: 'The device used a nonce that was not issued to it here.',
    fix: 'Usual after a restart of the platform, and after a change of address where nonces are bound to it. If it repeats, the device mixes up the challenges of several platforms.',
    find: amongAttempts(({ newest, answered, registration }) =>
      newest === undefined || answered !== undefined
        ? undefined
        : `${registration.deviceId} answered with a nonce that no challenge to it has.`,
    ),
  },
  {
    code: 'digest-nonce-reused',
    severity: 'warning',
    clause: 'RFC 7616 3.3, 5.5',
    meaning: 'One nonce was used for a second Call-ID: a replay, or a device that keeps its nonce over a restart.',
    fix: 'The device should wait for a new challenge when it begins a new Call-ID. If you do not know the sender of the second REGISTER, somebody replays a recorded one.',
    find: amongAttempts(({ register, sameNonce }) =>
      sameNonce === undefined || sameNonce.register.callId === register.callId
        ? undefined
        : `The nonce of Call-ID ${sameNonce.register.callId} came again under Call-ID ${register.callId}.`,
    ),
  },
  {
    code: 'digest-nonce-count-missing',
    severity: 'error',
    clause: 'RFC 7616 3.4',
    meaning: 'Credentials with qop lack nc or cnonce, so that no response can be computed.',
    fix: 'Let the platform offer no qop: every device knows the form without it.',
    find: amongAttempts(({ credentials: { qop, nonceCount, cnonce } }) => {
      if (qop === undefined || (nonceCount !== undefined && cnonce !== undefined)) return undefined
      return `The credentials have qop=${qop} without ${nonceCount === undefined ? 'a usable nc' : 'cnonce'}.`
    }),
  },
  {
    code: 'digest-nonce-count-not-rising',
    severity: 'warning',
    clause: 'RFC 7616 3.4',
    meaning: 'The nonce count nc did not rise from one use of a nonce to the next.',
    fix: 'A firmware fault, or a replay: let the platform answer with a new challenge, or offer no qop.',
    find: amongAttempts(({ credentials, sameNonce }) => {
      const before = sameNonce?.credentials.nonceCount
      const count = credentials.nonceCount
      if (before === undefined || count === undefined || count > before) return undefined
      return `nc is ${count} after ${before} for the same nonce.`
    }),
  },
  {
    code: 'digest-stale-loop',
    severity: 'error',
    clause: 'RFC 7616 3.3',
    meaning: 'One answer after the other was refused as stale: the device never gets to use a fresh nonce.',
    fix: 'Nonces of the platform live too short, its clock jumps, or requests of the device reach several servers that do not share their nonces (a load balancer).',
    find: ({ attempts }) =>
      casesOf(attempts.entries(), ([index, attempt]) => {
        const before = attempts[index - 1]
        if (attempt.verdict !== 'stale' || before?.verdict !== 'stale') return undefined
        if (before.registration !== attempt.registration || attempt.answered === undefined) return undefined
        return caseOf(
          attempt,
          `${attempt.registration.deviceId} used the newest nonce, and was told again that it is stale.`,
        )
      }),
  },
  {
    code: 'digest-algorithm-unknown',
    severity: 'error',
    clause: 'RFC 8760 2; GB/T 28181-2022 8.3',
    meaning: 'The credentials use an algorithm that was not offered, or that nobody knows.',
    fix: 'Set the digest algorithm of the device to MD5, or let the platform offer the one that the device has.',
    find: amongAttempts(({ credentials, newest, answered }) => {
      const offered = (answered ?? newest)?.challenge.algorithm
      if (credentials.algorithm === undefined) return 'The algorithm of the credentials is none that SIP knows.'
      if (newest === undefined || credentials.algorithm === offered) return undefined
      return `The challenge asks for ${offered ?? 'an algorithm that SIP does not know'}, the credentials are made with ${credentials.algorithm}.`
    }),
  },
  {
    code: 'challenge-unanswered',
    severity: 'error',
    clause: 'RFC 3261 22.2; GB/T 28181 9.1.2.1',
    meaning: 'The device was challenged and went on without credentials.',
    fix: 'Tick "authentication" (鉴权) in the SIP settings of the device and enter a password. If it answers nothing at all, the 401 does not reach it: see response-to-other-port.',
    find: ({ registrations }) =>
      casesOf(registrations, ({ deviceId, registers, bindings }) => {
        const challenged = registers.filter(
          ({ final }) => final?.response !== undefined && wasChallenged(final.response.status),
        )
        const answered = registers.some(
          ({ request }) => request.header('Authorization') ?? request.header('Proxy-Authorization'),
        )
        if (challenged.length < 2 || answered || bindings.length > 0) return undefined
        const evidence = challenged.flatMap(({ first, final }) => shown(first, final))
        return {
          summary: `${deviceId} was challenged ${challenged.length} times and never sent credentials.`,
          evidence,
          deviceId,
        }
      }),
  },
  {
    code: 'challenge-unusable',
    severity: 'error',
    clause: 'RFC 3261 22.4; RFC 8760 2.3',
    meaning: 'A 401 holds no challenge that a device could answer.',
    fix: 'Let the platform send WWW-Authenticate: Digest with realm, nonce and an algorithm that devices know (MD5).',
    find: ({ transactions }) =>
      casesOf(transactions, ({ final, first, callId, deviceId }) => {
        const response = final?.response
        if (response === undefined || !wasChallenged(response.status)) return undefined
        if (challengesOf(response).some(({ algorithm }) => algorithm !== undefined)) return undefined
        return {
          summary: `The ${response.status} has no Digest challenge of a known algorithm.`,
          evidence: shown(final, first),
          deviceId,
          callId,
        }
      }),
  },
  {
    code: 'nonce-expired',
    severity: 'info',
    clause: 'RFC 7616 3.3',
    meaning: 'A nonce had grown too old; the device was given a new one.',
    fix: 'Nothing: a device that refreshes with its last nonce is challenged once more each time.',
    find: ({ attempts }) =>
      casesOf(attempts, (attempt) => {
        const response = attempt.register.final?.response
        if (response === undefined || !isStale(response)) return undefined
        return caseOf(
          attempt,
          `${attempt.registration.deviceId} was challenged again because its nonce is too old (stale).`,
        )
      }),
  },
]

const wasChallenged = (status: number): boolean => status === 401 || status === 407
