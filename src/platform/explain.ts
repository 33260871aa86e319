/**
 * What a failure means and what to do about it, in words: one entry for each reason that the machines know.
 */
import type { SessionFailure } from '../../machines/dialog/inviting.ts'
import type { ExchangeFailure } from '../../machines/exchange.ts'
import type { OfflineReason } from '../../machines/registration/registration.ts'

interface Explanation {
  readonly message: string
  readonly hint: string
}

export const sessionFailures: Readonly<Record<SessionFailure, Explanation>> = {
  'no-provisional': {
    message: 'The device answered nothing at all to the INVITE: no 100, no 101, no final response.',
    hint: 'Check that the device is still reachable at its registered address and that no firewall drops INVITE; if other requests are answered, the INVITE may exceed the MTU.',
  },
  'no-final': {
    message: 'The device took the INVITE (a provisional response came) but gave no final response in time.',
    hint: 'The device may be short of encoders or stuck: try another channel, then restart the device.',
  },
  rejected: {
    message: 'The device refused the INVITE.',
    hint: 'See the status code: 404 unknown channel ID, 403 the platform ID is not the one the device is configured with, 480 channel offline, 486 no stream left, 488/415 it cannot serve this SDP.',
  },
  'ack-not-sent': {
    message: 'The device accepted the INVITE, but our ACK could not be sent.',
    hint: 'The way to the device broke at that moment: check the network and, over TCP, why the connection closed.',
  },
  'no-media': {
    message: 'The signalling succeeded, but no media arrived at the receiving port.',
    hint: 'Check that the address in our SDP (c= line, see --advertise) can be reached from the device and that the UDP media ports are open towards this host.',
  },
  'ssrc-mismatch': {
    message: 'Media arrived at the port, but under another SSRC than the one agreed in y=, and was not accepted.',
    hint: 'The device ignores the assigned SSRC: run without --strict-ssrc, or update its firmware.',
  },
  'media-undecodable': {
    message: 'The device answered with, or sent, media that is no GB/T 28181 stream (PS over RTP).',
    hint: 'Set the stream encapsulation of the device to PS (GB/T 28181), not to a private format.',
  },
  'media-port-unavailable': {
    message: 'No media port is free.',
    hint: 'Widen --media-ports, or end sessions that are no longer watched.',
  },
  'media-server-unreachable': {
    message: 'The media server does not answer.',
    hint: 'Check that it runs and that its address and secret are right.',
  },
  cancelled: { message: 'The play was given up before it began.', hint: 'Nothing is wrong: somebody stopped it.' },
  'device-offline': {
    message: 'The device went offline, or the way to it broke.',
    hint: 'See the offlineReason of the device.',
  },
  'bye-by-device': {
    message: 'The device ended the session by itself (BYE).',
    hint: 'Devices do so when media cannot be delivered, when the stream is reconfigured or when another viewer takes their only stream.',
  },
}

/** Instead of the usual one for `no-media`, where the device has not seen our ACK: it sends nothing before it has. */
export const ackUnheard =
  'The device repeats its 200: our ACK does not reach it. Check that the address in its Contact, and ours (--advertise), lead where they should, and that nothing between the two drops ACK.'

export const queryFailures: Readonly<Record<ExchangeFailure, Explanation>> = {
  'no-final': {
    message: 'The device gave no SIP answer to the query (Timer F, 32 s).',
    hint: 'Check that the device can be reached at its registered address; behind NAT let it register over TCP.',
  },
  rejected: {
    message: 'The device refused the query.',
    hint: 'See the status code. 403 often means that the From of our request is not the platform ID the device is configured with.',
  },
  'no-response': {
    message: 'The device took the query (200) but sent no Response message.',
    hint: 'The device may not support this command, or its Response goes to another address: check the server address configured in the device.',
  },
  'device-offline': { message: 'The device went offline.', hint: 'See the offlineReason of the device.' },
  cancelled: { message: 'The query was given up.', hint: 'Nothing is wrong: somebody stopped it.' },
}

export const offlineHints: Readonly<Record<OfflineReason, string>> = {
  'keepalive-missed':
    'Too many keepalives in a row were missed: check power and network of the device, and that its heartbeat is on and no longer than the platform expects.',
  expired: 'The registration expired without a refresh: the device, or the way to it, is gone.',
  unregistered: 'The device unregistered by itself: somebody switched it off, or changed its settings.',
  'connection-closed':
    'The TCP connection closed: a restart of the device, or an idle limit of a firewall on the way (shorten the keepalive interval).',
}

/** Why a REGISTER was not accepted. Never says anything about the password itself. */
export const registrationRefusals = {
  'id-not-20-digits': 'The device ID must be 20 digits (GB/T 28181 Annex E): set the SIP user/device ID of the camera.',
  'from-to-differ': 'From and To of a REGISTER must name the same device.',
  'id-is-platform': "The device uses the platform's own ID: give it a device ID of its own.",
  'username-of-another-device':
    'The user name of the Authorization is the ID of another device: check the authentication user of the camera.',
  'unknown-device': 'No password is known for this device ID: add it, or set a common password.',
  'wrong-password': 'The password of the camera is not the one of the platform: enter it again on both sides.',
  'foreign-realm': 'The camera answered a challenge of another realm: check its SIP domain (域).',
  'foreign-nonce': 'The camera used a nonce that is not ours for it: it was challenged again.',
  'expired-nonce': 'The nonce was too old: the camera was challenged again (stale).',
  'replayed-credentials': 'These credentials were used before: the camera was challenged again.',
  'cseq-not-rising': 'The CSeq did not rise within its Call-ID: replayed or out of order.',
  'malformed-credentials': 'The Authorization header could not be read.',
  'unsupported-algorithm': 'The camera uses a digest algorithm that was not offered.',
  'several-authorizations': 'More than one Digest Authorization in one REGISTER.',
  'wildcard-without-removal': 'Contact * is allowed only with Expires 0 (RFC 3261 10.2.2).',
  'authenticator-failed': 'The authenticate hook failed or took too long.',
  'too-many-devices': 'The platform holds as many devices as it may.',
} as const

export type RegistrationRefusal = keyof typeof registrationRefusals
