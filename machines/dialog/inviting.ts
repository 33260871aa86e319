/**
 * A media session as its inviting side lives it: INVITE 100 101 200 ACK, media, BYE 200 (RFC 3261 13.2 and 15,
 * GB/T 28181 9.2).
 *
 * Owns the decision when to acknowledge, cancel and hang up, and why a session failed. Knows no SDP and no socket: the
 * shell says whether an answer is usable and what arrives on the media port. It always ends: every waiting state has a
 * limit of its own or of the transaction it waits for, and nothing leaves `ending` but the end.
 *
 *   inviting ---1xx with tag---> early ---2xx---> confirmed (awaitingMedia, playing) ---> ending ---> ended | failed
 *      \----------------2xx----------------------^                                          ^
 *       \---------------stop, limit, 300-699 -----------------------------------------------/
 *
 * `ended` follows our own `stop` of a running session; every other end is `failed`, with its reason.
 */
import { assign, setup } from 'xstate'
import type { Happened, Requested, Responded, TransactionFailure } from '../events.ts'

/** What ended a session. The words are those of the HTTP API, the logs and the metrics. */
export type SessionFailure =
  | 'no-provisional'
  | 'no-final'
  | 'rejected'
  | 'ack-not-sent'
  | 'no-media'
  | 'ssrc-mismatch'
  | 'media-undecodable'
  | 'media-port-unavailable'
  | 'media-server-unreachable'
  | 'cancelled'
  | 'device-offline'
  | 'bye-by-device'

/** How long each phase may take, in milliseconds. */
export interface InvitingLimits {
  /** From the INVITE, and again from each provisional response, to the next sign of an answer. */
  readonly answer: number
  /** From the ACK to the first media packet. */
  readonly media: number
  /** From a CANCEL to the final response of the INVITE: 64*T1 (RFC 3261 9.1). */
  readonly cancel: number
}

/** What came to the media port, for whoever reads a recording: the machine asks only that it came. */
type Stream = { ssrc?: number; source?: string }

const failing = (reason: SessionFailure) =>
  [
    { type: 'remember', params: reason },
    { type: 'fail', params: reason },
  ] as const
/** Over before there was a dialog to end: nothing is owed to the other side. */
const failed = (reason: SessionFailure) =>
  ({ target: '#inviting.failed', actions: [...failing(reason), 'releaseMedia'] }) as const
const acknowledge = { type: 'acknowledge', params: ({ event }: { event: Responded }) => event.message } as const
const acceptBye = { type: 'acceptBye', params: ({ event }: { event: Requested }) => event.message } as const

export const inviting = setup({
  types: {
    input: {} as { limits: InvitingLimits },
    context: {} as { limits: InvitingLimits; foreignMedia: boolean; failure: SessionFailure | null },
    output: {} as { failure: SessionFailure | null },
    events: {} as
      // `tagged`: the response carries a To tag and so makes an early dialog (RFC 3261 12.1).
        | ({ type: 'response.provisional'; tagged: boolean } & Responded)
        // `usable`: the answer promises media that we can receive.
        | ({ type: 'response.success'; usable: boolean } & Responded)
        // A 2xx with another To tag than the session's: the INVITE was forked (13.2.2.4).
        | ({ type: 'response.forked' } & Responded)
        | ({ type: 'response.failure' } & Responded)
        | ({ type: 'transaction.failed'; reason: TransactionFailure } & Happened)
        | ({ type: 'ack.failed' } & Happened)
        | ({ type: 'media.arrived' } & Stream & Happened)
        | ({ type: 'media.foreign' } & Stream & Happened)
        | ({ type: 'media.undecodable' } & Happened)
        | ({ type: 'media.stopped'; lastPacketAt?: number } & Happened)
        | ({ type: 'bye.received' } & Requested)
        | ({ type: 'bye.answered' } & Happened)
        | ({ type: 'bye.failed' } & Happened)
        | ({ type: 'device.offline' } & Happened)
        // The user wants no more of it.
        | ({ type: 'stop' } & Happened),
  },
  guards: {
    tagged: ({ event }) => event.type === 'response.provisional' && event.tagged,
    usable: ({ event }) => event.type === 'response.success' && event.usable,
    byTimeout: ({ event }) => event.type === 'transaction.failed' && event.reason === 'timeout',
    foreignMedia: ({ context }) => context.foreignMedia,
    failed: ({ context }) => context.failure !== null,
  },
  delays: {
    answerLimit: ({ context }) => context.limits.answer,
    mediaLimit: ({ context }) => context.limits.media,
    cancelLimit: ({ context }) => context.limits.cancel,
  },
  actions: {
    /** Send INVITE (13.2.1). */
    invite: () => {},
    /** Send the ACK of this 2xx (13.2.2.4), again for each repetition of it. */
    acknowledge: (_, _message: Responded['message']) => {},
    /** ACK and BYE for the other branch of a forked INVITE. */
    refuseFork: (_, _message: Responded['message']) => {},
    /** Send CANCEL (9.1). */
    cancel: () => {},
    /** Send BYE (15.1.1). */
    hangUp: () => {},
    /** Answer the other side's BYE with 200 (15.1.2). */
    acceptBye: (_, _message: Requested['message']) => {},
    /** The session is up: its media flows. */
    announcePlaying: () => {},
    /** The session has failed. Evidence and hint are the shell's to add. */
    fail: (_, _reason: SessionFailure) => {},
    /** Give the media port and the SSRC back. */
    releaseMedia: () => {},
    remember: assign((_, failure: SessionFailure) => ({ failure })),
    noteForeignMedia: assign({ foreignMedia: true }),
  },
}).createMachine({
  id: 'inviting',
  context: ({ input: { limits } }) => ({ limits, foreignMedia: false, failure: null }),
  initial: 'inviting',
  states: {
    inviting: {
      entry: 'invite',
      on: {
        'response.success': [
          { guard: 'usable', target: 'confirmed', actions: acknowledge },
          { target: 'ending.hangingUp', actions: [acknowledge, ...failing('media-undecodable'), 'hangUp'] },
        ],
        'response.failure': failed('rejected'),
      },
      initial: 'calling',
      states: {
        calling: {
          after: { answerLimit: { target: '#inviting.ending.abandoned', actions: failing('no-provisional') } },
          on: {
            'response.provisional': [{ guard: 'tagged', target: '#inviting.early' }, { target: 'proceeding' }],
            'transaction.failed': [{ guard: 'byTimeout', ...failed('no-provisional') }, failed('device-offline')],
            stop: { target: '#inviting.ending.abandoned', actions: failing('cancelled') },
            'device.offline': { target: '#inviting.ending.abandoned', actions: failing('device-offline') },
          },
        },
        proceeding: {
          after: {
            answerLimit: { target: '#inviting.ending.cancelling', actions: [...failing('no-final'), 'cancel'] },
          },
          on: {
            'response.provisional': [
              { guard: 'tagged', target: '#inviting.early' },
              { target: 'proceeding', reenter: true },
            ],
            'transaction.failed': failed('device-offline'),
            stop: { target: '#inviting.ending.cancelling', actions: [...failing('cancelled'), 'cancel'] },
            'device.offline': {
              target: '#inviting.ending.cancelling',
              actions: [...failing('device-offline'), 'cancel'],
            },
          },
        },
      },
    },
    early: {
      after: { answerLimit: { target: 'ending.cancelling', actions: [...failing('no-final'), 'cancel'] } },
      on: {
        'response.provisional': { target: 'early', reenter: true },
        'response.success': [
          { guard: 'usable', target: 'confirmed', actions: acknowledge },
          { target: 'ending.hangingUp', actions: [acknowledge, ...failing('media-undecodable'), 'hangUp'] },
        ],
        'response.failure': failed('rejected'),
        'transaction.failed': failed('device-offline'),
        // Not allowed to the invited side before its 2xx (15), met all the same: it wants no session.
        'bye.received': { target: 'ending.cancelling', actions: [acceptBye, ...failing('bye-by-device'), 'cancel'] },
        stop: { target: 'ending.cancelling', actions: [...failing('cancelled'), 'cancel'] },
        'device.offline': { target: 'ending.cancelling', actions: [...failing('device-offline'), 'cancel'] },
      },
    },
    confirmed: {
      on: {
        'response.success': { actions: acknowledge },
        'response.forked': { actions: { type: 'refuseFork', params: ({ event }) => event.message } },
        'ack.failed': { target: 'ending.hangingUp', actions: [...failing('ack-not-sent'), 'hangUp'] },
        'media.undecodable': { target: 'ending.hangingUp', actions: [...failing('media-undecodable'), 'hangUp'] },
        'bye.received': { target: 'failed', actions: [acceptBye, ...failing('bye-by-device'), 'releaseMedia'] },
        // Best effort: the BYE may still be heard, and if it is not, Timer F ends the wait.
        'device.offline': { target: 'ending.hangingUp', actions: [...failing('device-offline'), 'hangUp'] },
      },
      initial: 'awaitingMedia',
      states: {
        awaitingMedia: {
          after: {
            mediaLimit: [
              {
                guard: 'foreignMedia',
                target: '#inviting.ending.hangingUp',
                actions: [...failing('ssrc-mismatch'), 'hangUp'],
              },
              { target: '#inviting.ending.hangingUp', actions: [...failing('no-media'), 'hangUp'] },
            ],
          },
          on: {
            'media.arrived': { target: 'playing', actions: 'announcePlaying' },
            'media.foreign': { actions: 'noteForeignMedia' },
            stop: { target: '#inviting.ending.hangingUp', actions: [...failing('cancelled'), 'hangUp'] },
          },
        },
        playing: {
          on: {
            'media.stopped': { target: '#inviting.ending.hangingUp', actions: [...failing('no-media'), 'hangUp'] },
            stop: { target: '#inviting.ending.hangingUp', actions: 'hangUp' },
          },
        },
      },
    },
    ending: {
      entry: 'releaseMedia',
      initial: 'hangingUp',
      states: {
        // No provisional response yet, so no CANCEL yet (9.1). Timer B of the transaction bounds the wait.
        abandoned: {
          on: {
            'response.provisional': { target: 'cancelling', actions: 'cancel' },
            'response.success': { target: 'hangingUp', actions: [acknowledge, 'hangUp'] },
            'response.failure': '#inviting.failed',
            'transaction.failed': '#inviting.failed',
          },
        },
        cancelling: {
          after: { cancelLimit: '#inviting.failed' },
          on: {
            // The 200 crossed our CANCEL: the dialog exists and must be ended.
            'response.success': { target: 'hangingUp', actions: [acknowledge, 'hangUp'] },
            'response.failure': '#inviting.failed',
            'transaction.failed': '#inviting.failed',
            // The other side ends the early dialog by itself: answered, and the INVITE still gets its final response.
            'bye.received': { actions: acceptBye },
          },
        },
        hangingUp: {
          on: {
            'response.success': { actions: acknowledge },
            'response.forked': { actions: { type: 'refuseFork', params: ({ event }) => event.message } },
            // Both hung up at once: each answers the other.
            'bye.received': { actions: acceptBye },
            'bye.answered': [{ guard: 'failed', target: '#inviting.failed' }, { target: '#inviting.ended' }],
            'bye.failed': [{ guard: 'failed', target: '#inviting.failed' }, { target: '#inviting.ended' }],
          },
        },
      },
    },
    ended: { type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) => ({ failure: context.failure }),
})
