/**
 * A registration as the device lives it: REGISTER, 401, REGISTER with credentials, 200, refresh, keepalive, and a way
 * back after every failure (GB/T 28181 9.1 and 9.6, RFC 3261 10.2).
 *
 * Owns when to register, refresh, send a keepalive and try again, and when the platform counts as lost. Jitter comes in
 * with the events, so that a fleet does not come back in one second and a recording replays to the same states.
 *
 *   waiting --retry--> registering (unauthenticated --401--> authenticated) ---2xx---> registered (keepalives)
 *      ^                    |     ^                                                       |  |     |
 *      \---- refused, no answer --/ \---- 404 to a keepalive, too many missed, refresh ---/  |     \ closed: waiting
 *                                                          stop: unregistering --> stopped  <-/
 */
import { assign, setup } from 'xstate'
import type { Happened, TransactionFailure } from '../events.ts'

export interface RegistrantOptions {
  /** Milliseconds before the first REGISTER. */
  readonly startAfter: number
  /** Validity asked for, milliseconds. */
  readonly expires: number
  /** Between keepalives, milliseconds (default of the standard: 60 s). */
  readonly keepalive: number
  /** Unanswered keepalives after which the platform counts as lost (default of the standard: 3). */
  readonly keepaliveLimit: number
  /** Between attempts, milliseconds, before jitter (the standard asks for 60 s at least). */
  readonly retry: number
}

/** Why an attempt to register failed. */
export type RegistrantFailure = 'no-final' | 'transport' | 'rejected' | 'wrong-credentials'

/** `jitter`, 0 to 1, lengthens the wait before the next attempt by up to one half. */
type Failing = { jitter: number } & Happened

const announceFailure = (reason: RegistrantFailure) => ({ type: 'announceFailure', params: reason }) as const
const planRetry = { type: 'planRetry', params: ({ event }: { event: Failing }) => event.jitter } as const
const lengthen = { type: 'lengthen', params: ({ event }: { event: { minimum: number } }) => event.minimum } as const
const accept = [
  { type: 'rememberExpiry', params: ({ event }: { event: { expires: number } }) => event.expires },
  'announceRegistered',
] as const

export const registrant = setup({
  types: {
    input: {} as RegistrantOptions,
    context: {} as RegistrantOptions & {
      /** Milliseconds until the next attempt. */
      wait: number
      /** Validity granted by the platform, milliseconds; 0 while there is none. */
      granted: number
      missed: number
    },
    events: {} as
      // `stale`: our credentials were right for a nonce that has expired (RFC 7616 3.3).
        | ({ type: 'challenged'; stale: boolean } & Failing)
        | ({ type: 'accepted'; expires: number } & Happened)
        | ({ type: 'refused'; status: number } & Failing)
        // 423: the platform wants a longer validity (RFC 3261 10.2.8).
        | ({ type: 'too-brief'; minimum: number } & Failing)
        | ({ type: 'unanswered'; reason: TransactionFailure } & Failing)
        | ({ type: 'keepalive.accepted' } & Happened)
        // 404, 403 ...: the platform does not know us (any more).
        | ({ type: 'keepalive.refused' } & Happened)
        | ({ type: 'keepalive.unanswered' } & Happened)
        | ({ type: 'connection.closed' } & Failing)
        | ({ type: 'stop' } & Happened),
  },
  guards: {
    stale: ({ event }) => event.type === 'challenged' && event.stale,
    longer: ({ context, event }) => event.type === 'too-brief' && event.minimum > context.expires,
    byTimeout: ({ event }) => event.type === 'unanswered' && event.reason === 'timeout',
    registered: ({ context }) => context.granted > 0,
    lastMiss: ({ context }) => context.missed + 1 >= context.keepaliveLimit,
  },
  delays: {
    retry: ({ context }) => context.wait,
    // Refreshed at three quarters, so that a failed refresh leaves time for another.
    refresh: ({ context }) => (context.granted * 3) / 4,
    keepalive: ({ context }) => context.keepalive,
  },
  actions: {
    /** Send REGISTER without credentials. */
    register: () => {},
    /** Send REGISTER with credentials for the newest challenge. */
    registerWithCredentials: () => {},
    /** Send REGISTER with Expires 0, with credentials where there is a challenge. */
    unregister: () => {},
    /** Send Keepalive. */
    sendKeepalive: () => {},
    announceRegistered: () => {},
    announceFailure: (_, _reason: RegistrantFailure) => {},
    /** The platform has forgotten us, or is gone: what was agreed with it holds no more. */
    announceLost: () => {},
    announceUnregistered: () => {},
    planRetry: assign(({ context }, jitter: number) => ({ wait: context.retry * (1 + jitter / 2), granted: 0 })),
    rememberExpiry: assign((_, granted: number) => ({ granted, missed: 0 })),
    lengthen: assign((_, expires: number) => ({ expires })),
    countMiss: assign(({ context }) => ({ missed: context.missed + 1 })),
    clearMisses: assign({ missed: 0 }),
    forget: assign({ granted: 0, missed: 0 }),
  },
}).createMachine({
  id: 'registrant',
  context: ({ input }) => ({ ...input, wait: input.startAfter, granted: 0, missed: 0 }),
  initial: 'waiting',
  states: {
    waiting: {
      after: { retry: 'registering' },
      on: { stop: 'stopped' },
    },
    registering: {
      on: {
        accepted: { target: 'registered', actions: accept },
        refused: { target: 'waiting', actions: [planRetry, announceFailure('rejected')] },
        unanswered: [
          { guard: 'byTimeout', target: 'waiting', actions: [planRetry, announceFailure('no-final')] },
          { target: 'waiting', actions: [planRetry, announceFailure('transport')] },
        ],
        // Not longer than what was asked for: asking again at once would only be refused again.
        'too-brief': { target: 'waiting', actions: [planRetry, announceFailure('rejected')] },
        'connection.closed': { target: 'waiting', actions: [planRetry, announceFailure('transport')] },
        stop: [{ guard: 'registered', target: 'unregistering' }, { target: 'stopped' }],
      },
      initial: 'unauthenticated',
      states: {
        unauthenticated: {
          entry: 'register',
          on: {
            challenged: 'authenticated',
            'too-brief': { guard: 'longer', target: 'unauthenticated', reenter: true, actions: lengthen },
          },
        },
        authenticated: {
          entry: 'registerWithCredentials',
          on: {
            challenged: [
              { guard: 'stale', target: 'reauthenticated' },
              // A refresh goes out with the nonce of last time, and not every platform says `stale` when that is over.
              { guard: 'registered', target: 'reauthenticated' },
              { target: '#registrant.waiting', actions: [planRetry, announceFailure('wrong-credentials')] },
            ],
            'too-brief': { guard: 'longer', target: 'authenticated', reenter: true, actions: lengthen },
          },
        },
        // Once more with the new nonce and no oftener: a platform that calls every nonce stale gets no storm of REGISTERs.
        reauthenticated: {
          entry: 'registerWithCredentials',
          on: {
            challenged: [
              { guard: 'stale', target: '#registrant.waiting', actions: [planRetry, announceFailure('rejected')] },
              { target: '#registrant.waiting', actions: [planRetry, announceFailure('wrong-credentials')] },
            ],
            'too-brief': { guard: 'longer', target: 'reauthenticated', reenter: true, actions: lengthen },
          },
        },
      },
    },
    registered: {
      after: { refresh: 'registering.authenticated' },
      on: {
        'keepalive.accepted': { actions: 'clearMisses' },
        'keepalive.refused': { target: 'registering', actions: ['forget', 'announceLost'] },
        'keepalive.unanswered': [
          { guard: 'lastMiss', target: 'registering', actions: ['forget', 'announceLost'] },
          { actions: 'countMiss' },
        ],
        'connection.closed': { target: 'waiting', actions: [planRetry, 'announceLost'] },
        stop: 'unregistering',
      },
      initial: 'idle',
      states: {
        idle: { after: { keepalive: { target: 'idle', reenter: true, actions: 'sendKeepalive' } } },
      },
    },
    // Bounded by Timer F of the REGISTER. One challenge is answered, a second one ends it: we are leaving anyway.
    unregistering: {
      entry: 'unregister',
      on: {
        accepted: { target: 'stopped', actions: 'announceUnregistered' },
        refused: 'stopped',
        unanswered: 'stopped',
        'connection.closed': 'stopped',
      },
      initial: 'asking',
      states: {
        asking: { on: { challenged: { target: 'answering', actions: 'unregister' } } },
        answering: { on: { challenged: '#registrant.stopped' } },
      },
    },
    stopped: { type: 'final' },
  },
})
