/**
 * A device as the platform sees it: challenged, online, silent, offline (GB/T 28181 9.1 and 9.6).
 *
 * Owns when a device counts as lost, and why. Checks no credentials and builds no answer to REGISTER: the shell does
 * (RFC 3261 22), and says here what came of it. One timer serves expiry and keepalives: a keepalive only notes its
 * time, the timer looks at the note when it fires and goes back to sleep or moves on.
 *
 *   challenged ---verified---> online ---one keepalive late---> silent
 *       |                       ^  ^------- keepalive -----------/ |
 *       v                       |                                  v
 *   forgotten <---forget--- offline (keepalive-missed, expired, unregistered, connection-closed)
 */
import { assign, setup } from 'xstate'
import type { Happened } from '../events.ts'

/** Why a device is offline. The words are those of the HTTP API, the logs and the metrics. */
export type OfflineReason = 'keepalive-missed' | 'expired' | 'unregistered' | 'connection-closed'

export interface RegistrationOptions {
  /** Between keepalives, milliseconds (default of the standard: 60 s). */
  readonly keepalive: number
  /** Keepalives missed in a row after which the device is offline (default of the standard: 3). */
  readonly keepaliveLimit: number
  /** How long a challenge waits for its answer, milliseconds. */
  readonly challenge: number
}

/** `interrogate`: ask the device what it is and has, because it is new, was away, has moved, or shows no channels. */
type Accepted = { expires: number; interrogate: boolean } & Happened
/**
 * `transaction`: the key of the server transaction that awaits the answer. `incomplete`: its catalog is not whole, and
 * nobody is asking for it.
 */
type Alive = { transaction: string; incomplete: boolean } & Happened

/** Times that keepalives make us ask again, until the next REGISTER: some devices' catalogs never add up. */
const askAgainLimit = 3

/** One keepalive is late when one and a half intervals have passed without any. */
const lateAfter = (context: RegistrationOptions) => 1.5 * context.keepalive
/** How long a device may be unheard. With a limit of one, the keepalive that is missed is the one that is late. */
export const lostAfter = (context: RegistrationOptions) =>
  Math.max(lateAfter(context), context.keepalive * context.keepaliveLimit)

const bind = [{ type: 'bind', params: ({ event: { at, expires } }: { event: Accepted }) => ({ at, expires }) }] as const
const acceptKeepalive = [
  { type: 'noteAlive', params: ({ event }: { event: Alive }) => event.at },
  { type: 'acceptKeepalive', params: ({ event }: { event: Alive }) => event.transaction },
] as const
const refuseKeepalive = {
  type: 'refuseKeepalive',
  params: ({ event }: { event: Alive }) => event.transaction,
} as const
const wakeNow = { type: 'wake', params: ({ event }: { event: Happened }) => event.at } as const
const goOffline = (reason: OfflineReason) =>
  [
    { type: 'remember', params: reason },
    { type: 'announceOffline', params: reason },
  ] as const

export const registration = setup({
  types: {
    input: {} as RegistrationOptions,
    context: {} as RegistrationOptions & {
      expiresAt: number
      lastSeenAt: number
      /** The instant of the last step; the timer counts from here. */
      wokenAt: number
      /** The instant at which the timer is due. */
      checkAt: number
      offlineReason: OfflineReason | null
      /** How often a keepalive has made us ask again since the last REGISTER. */
      askedAgain: number
    },
    events: {} as
      | ({ type: 'register.challenged' } & Happened)
      | ({ type: 'register.rejected' } & Happened)
      | ({ type: 'register.accepted' } & Accepted)
      | ({ type: 'register.removed' } & Happened)
      | ({ type: 'keepalive' } & Alive)
      | ({ type: 'connection.closed' } & Happened)
      // The pool of strangers is full, or the user has deleted the device.
      | ({ type: 'forget' } & Happened),
  },
  guards: {
    mayAskAgain: ({ context, event }) =>
      event.type === 'keepalive' && event.incomplete && context.askedAgain < askAgainLimit,
    interrogate: ({ event }) => event.type === 'register.accepted' && event.interrogate,
    registrationOver: ({ context }) => context.expiresAt <= context.checkAt,
    keepalivesMissed: ({ context }) => context.lastSeenAt + lostAfter(context) <= context.checkAt,
    keepaliveLate: ({ context }) => context.lastSeenAt + lateAfter(context) <= context.checkAt,
    // Its registration still holds, it was only not heard: it may come back without registering again.
    mayRevive: ({ context, event }) =>
      context.offlineReason === 'keepalive-missed' && event.type === 'keepalive' && context.expiresAt > event.at,
  },
  delays: {
    challengeLimit: ({ context }) => context.challenge,
    check: ({ context }) => context.checkAt - context.wokenAt,
  },
  actions: {
    announceOnline: () => {},
    announceSilent: () => {},
    /** End what the device's sessions, exchanges and subscriptions are. */
    announceOffline: (_, _reason: OfflineReason) => {},
    /** Ask DeviceInfo and Catalog. */
    interrogate: () => {},
    /** 200 to the keepalive of this transaction. */
    acceptKeepalive: (_, _transaction: string) => {},
    /** 404 to the keepalive of this transaction, so that the device registers again. */
    refuseKeepalive: (_, _transaction: string) => {},
    bind: assign((_, { at, expires }: { at: number; expires: number }) => ({
      expiresAt: at + expires,
      lastSeenAt: at,
      wokenAt: at,
      offlineReason: null,
      askedAgain: 0,
    })),
    countAskedAgain: assign(({ context }) => ({ askedAgain: context.askedAgain + 1 })),
    noteAlive: assign((_, at: number) => ({ lastSeenAt: at })),
    wake: assign((_, at: number) => ({ wokenAt: at })),
    wakeByTimer: assign(({ context }) => ({ wokenAt: context.checkAt })),
    planLateCheck: assign(({ context }) => ({
      checkAt: Math.min(context.expiresAt, context.lastSeenAt + lateAfter(context)),
    })),
    planLostCheck: assign(({ context }) => ({
      checkAt: Math.min(context.expiresAt, context.lastSeenAt + lostAfter(context)),
    })),
    remember: assign((_, offlineReason: OfflineReason) => ({ offlineReason })),
    clearOfflineReason: assign({ offlineReason: null }),
  },
}).createMachine({
  id: 'registration',
  context: ({ input }) => ({
    ...input,
    expiresAt: 0,
    lastSeenAt: 0,
    wokenAt: 0,
    checkAt: 0,
    offlineReason: null,
    askedAgain: 0,
  }),
  initial: 'challenged',
  on: { forget: '.forgotten' },
  states: {
    challenged: {
      after: { challengeLimit: 'forgotten' },
      on: {
        'register.challenged': { target: 'challenged', reenter: true },
        'register.rejected': { target: 'challenged', reenter: true },
        'register.accepted': { target: 'online', actions: [...bind, 'announceOnline', 'interrogate'] },
        keepalive: { actions: refuseKeepalive },
      },
    },
    online: {
      entry: 'planLateCheck',
      after: {
        check: [
          { guard: 'registrationOver', target: 'offline', actions: goOffline('expired') },
          { guard: 'keepalivesMissed', target: 'offline', actions: goOffline('keepalive-missed') },
          { guard: 'keepaliveLate', target: 'silent', actions: ['wakeByTimer', 'announceSilent'] },
          { target: 'online', reenter: true, actions: 'wakeByTimer' },
        ],
      },
      on: {
        'register.accepted': [
          { guard: 'interrogate', target: 'online', reenter: true, actions: [...bind, 'interrogate'] },
          { target: 'online', reenter: true, actions: bind },
        ],
        'register.removed': { target: 'offline', actions: goOffline('unregistered') },
        keepalive: [
          { guard: 'mayAskAgain', actions: [...acceptKeepalive, 'countAskedAgain', 'interrogate'] },
          { actions: acceptKeepalive },
        ],
        'connection.closed': { target: 'offline', actions: goOffline('connection-closed') },
      },
    },
    silent: {
      entry: 'planLostCheck',
      after: {
        check: [
          { guard: 'registrationOver', target: 'offline', actions: goOffline('expired') },
          { target: 'offline', actions: goOffline('keepalive-missed') },
        ],
      },
      on: {
        'register.accepted': [
          {
            guard: 'interrogate',
            target: 'online',
            actions: [...bind, 'announceOnline', 'interrogate'],
          },
          { target: 'online', actions: [...bind, 'announceOnline'] },
        ],
        'register.removed': { target: 'offline', actions: goOffline('unregistered') },
        keepalive: { target: 'online', actions: [wakeNow, ...acceptKeepalive, 'announceOnline'] },
        'connection.closed': { target: 'offline', actions: goOffline('connection-closed') },
      },
    },
    offline: {
      on: {
        // Removed by the device itself: no keepalive revives it any more (RFC 3261 10.2.2).
        'register.removed': { actions: { type: 'remember', params: 'unregistered' } },
        'register.accepted': { target: 'online', actions: [...bind, 'announceOnline', 'interrogate'] },
        keepalive: [
          {
            guard: 'mayRevive',
            target: 'online',
            actions: [wakeNow, 'clearOfflineReason', ...acceptKeepalive, 'announceOnline', 'interrogate'],
          },
          { actions: refuseKeepalive },
        ],
      },
    },
    forgotten: { type: 'final' },
  },
})
