/**
 * Which findings explain which failure, the most telling first. A finding that only says the failure again in other words
 * stands last; one that has nothing to do with it, however bad, does not stand here.
 */
import type { SessionFailure } from '../../../machines/dialog/inviting.ts'
import type { OfflineReason } from '../../../machines/registration/registration.ts'
import type { RegistrationRefusal } from '../../platform/explain.ts'
import type { Failed } from '../../platform/explainer.ts'
import { findingKinds } from './find.ts'
import type { Context, FindingKind, Found } from './kind.ts'

const wayBack = ['response-to-other-port', 'response-not-received'] as const
const badAnswer = ['media-encoding-private', 'media-port-zero', 'answer-without-sdp', 'sdp-malformed'] as const
const gone = ['device-restarted', 'connection-closed', 'keepalive-absent', 'device-vanished', 'registration-expired']

const ofSession: Readonly<Record<SessionFailure, readonly string[]>> = {
  'no-provisional': ['device-restarted', ...wayBack, 'datagram-large', 'request-unanswered'],
  'no-final': [...wayBack, 'silent-after-trying'],
  rejected: ['sdp-refused', 'invite-refused'],
  'ack-not-sent': ['connection-closed'],
  'no-media': [
    'device-restarted',
    'ack-misaddressed',
    'ack-cseq-differs',
    'ack-missing',
    ...badAnswer,
    'ssrc-rtp-differs',
    'sdp-address-unroutable',
    'media-stopped',
    'no-media',
  ],
  'ssrc-mismatch': ['ssrc-zero', 'ssrc-rtp-differs', 'ssrc-answer-differs'],
  'media-undecodable': badAnswer,
  'media-port-unavailable': [],
  'media-server-unreachable': [],
  cancelled: [],
  'device-offline': [...gone, 'unregistered'],
  'bye-by-device': ['device-restarted', ...badAnswer, 'ack-misaddressed', 'ack-missing', 'bye-by-device'],
}

const ofDevice: Readonly<Record<OfflineReason, readonly string[]>> = {
  'keepalive-missed': ['device-flapping', 'keepalive-absent', 'device-vanished', 'keepalive-missed'],
  expired: ['registration-expired'],
  unregistered: ['unregistered'],
  'connection-closed': ['connection-closed'],
}

const ofRegistration: Partial<Readonly<Record<RegistrationRefusal, readonly string[]>>> = {
  'id-not-20-digits': ['device-id-invalid'],
  'from-to-differ': ['from-to-differ'],
  'id-is-platform': ['device-id-is-platform-id'],
  'username-of-another-device': ['digest-username-differs'],
  'wrong-password': ['digest-nonce-count-missing', 'wrong-password'],
  'foreign-realm': ['digest-realm-differs'],
  'foreign-nonce': ['digest-nonce-foreign'],
  'expired-nonce': ['digest-stale-loop', 'nonce-expired'],
  'replayed-credentials': ['digest-nonce-reused', 'digest-nonce-count-not-rising'],
  'cseq-not-rising': ['cseq-not-rising', 'request-merged'],
  'unsupported-algorithm': ['digest-algorithm-unknown'],
}

/** Codes of what explains it; none where nothing that is recorded does: somebody stopped it, or no port was free. */
export function codesFor(failed: Failed): readonly string[] {
  if ('session' in failed) return ofSession[failed.session]
  if ('offline' in failed) return ofDevice[failed.offline]
  return ofRegistration[failed.registration] ?? []
}

/** Every code that explains anything. */
export const allTellingCodes: readonly string[] = [ofSession, ofDevice, ofRegistration].flatMap((reasons) =>
  Object.values(reasons).flat(),
)

const kinds: ReadonlyMap<string, FindingKind> = new Map(findingKinds.map((kind) => [kind.code, kind]))

/** A case that explains a failure. */
export interface Telling {
  readonly kind: FindingKind
  readonly found: Found
}

/** What explains the failure, the most telling first. Looks for nothing else. */
export function tellingOf(failed: Failed, seen: Context): Telling[] {
  return codesFor(failed).flatMap((code) => {
    const kind = kinds.get(code)
    const cases = [...(kind?.find(seen) ?? [])].filter(
      (found) => concerns(failed, found) && isTelling(code, found, failed),
    )
    // Of what happened again and again the last is what it failed of.
    const last = cases.at(-1)
    return kind === undefined || last === undefined ? [] : [{ kind, found: last }]
  })
}

/** A case is about a dialog, or about the device as such. */
const concerns = (failed: Failed, { callId }: Found): boolean =>
  !('callId' in failed) || callId === undefined || callId === failed.callId

/** An address that nobody can reach matters in our offer alone: what a device says of itself is not where media goes. */
const isTelling = (code: string, { evidence }: Found, failed: Failed): boolean =>
  code !== 'sdp-address-unroutable' || (evidence[0]?.request?.method === 'INVITE' && 'session' in failed)
