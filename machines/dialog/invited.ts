/**
 * A media session as its invited side lives it: a camera that is asked for its stream (RFC 3261 13.3 and 15,
 * GB/T 28181 9.2).
 *
 * Owns the repetition of the 2xx until its ACK, which no transaction does (13.3.1.4), on every transport. A 2xx that is
 * never acknowledged still made a dialog, so it is ended by BYE.
 *
 *   proceeding ---ring---> early ---answer---> answered (64*T1; 2xx: x2, max T2) ---ACK---> confirmed ---> ended
 *       \---------------------------answer----^         \---- no ACK: BYE ----> ending ------------------^
 *        \--- reject, CANCEL: 300-699 ---------------------------------------------------------------> ended
 */
import { assign, setup } from 'xstate'
import type { Happened, Requested } from '../events.ts'
import { backOff, patience, rfc3261, type Timers } from '../transaction/timers.ts'

/** What ended an invited session. */
export type InvitedEnd = 'rejected' | 'cancelled' | 'no-ack' | 'bye-by-peer' | 'bye-by-us'

const end = (reason: InvitedEnd) => ({ type: 'remember', params: reason }) as const
const acceptBye = { type: 'acceptBye', params: ({ event }: { event: Requested }) => event.message } as const
const reject = [
  end('rejected'),
  { type: 'respondFailure', params: ({ event }: { event: { status: number } }) => event.status },
] as const
const refuseCancelled = [end('cancelled'), { type: 'respondFailure', params: 487 }] as const

export const invited = setup({
  types: {
    input: {} as { timers?: Timers },
    context: {} as { timers: Timers; interval: number; end: InvitedEnd | null },
    output: {} as { end: InvitedEnd | null },
    events: {} as
      | ({ type: 'ring'; status: number } & Happened)
      | ({ type: 'answer' } & Happened)
      | ({ type: 'reject'; status: number } & Happened)
      | ({ type: 'cancel.received' } & Happened)
      | ({ type: 'ack.received' } & Happened)
      | ({ type: 'bye.received' } & Requested)
      | ({ type: 'bye.answered' } & Happened)
      | ({ type: 'bye.failed' } & Happened)
      // Our side wants no more of it: end of file, shutdown, or a new INVITE for the same stream.
      | ({ type: 'stop' } & Happened),
  },
  guards: { stopping: ({ context }) => context.end !== null },
  delays: {
    repeat: ({ context }) => context.interval,
    ackLimit: ({ context }) => patience(context.timers),
  },
  actions: {
    /** Send 101-199. */
    respondProvisional: (_, _status: number) => {},
    /** Send 200 with the answer. */
    respondSuccess: () => {},
    /** Send the same 200 once more. */
    retransmitSuccess: () => {},
    /** Send 300-699. */
    respondFailure: (_, _status: number) => {},
    /** Begin to send media. */
    startMedia: () => {},
    stopMedia: () => {},
    /** Send BYE (15.1.1). */
    hangUp: () => {},
    /** Answer the other side's BYE with 200 (15.1.2). */
    acceptBye: (_, _message: Requested['message']) => {},
    remember: assign((_, reason: InvitedEnd) => ({ end: reason })),
    doubleInterval: assign(({ context }) => ({ interval: backOff(context.interval, context.timers) })),
  },
}).createMachine({
  id: 'invited',
  context: ({ input: { timers = rfc3261 } }) => ({ timers, interval: timers.t1, end: null }),
  initial: 'proceeding',
  states: {
    proceeding: {
      on: {
        ring: {
          target: 'early',
          actions: { type: 'respondProvisional', params: ({ event }) => event.status },
        },
        answer: { target: 'answered', actions: 'respondSuccess' },
        reject: { target: 'ended', actions: reject },
        'cancel.received': { target: 'ended', actions: refuseCancelled },
        stop: { target: 'ended', actions: [end('rejected'), { type: 'respondFailure', params: 480 }] },
      },
    },
    early: {
      on: {
        ring: { actions: { type: 'respondProvisional', params: ({ event }) => event.status } },
        answer: { target: 'answered', actions: 'respondSuccess' },
        reject: { target: 'ended', actions: reject },
        'cancel.received': { target: 'ended', actions: refuseCancelled },
        // The inviting side may end an early dialog by BYE (15): the INVITE is then refused with 487.
        'bye.received': { target: 'ended', actions: [acceptBye, ...refuseCancelled] },
        stop: { target: 'ended', actions: [end('rejected'), { type: 'respondFailure', params: 480 }] },
      },
    },
    answered: {
      after: { ackLimit: { target: 'ending', actions: [end('no-ack'), 'hangUp'] } },
      on: {
        'ack.received': [
          { guard: 'stopping', target: 'ending', actions: 'hangUp' },
          { target: 'confirmed', actions: 'startMedia' },
        ],
        'bye.received': { target: 'ended', actions: [end('bye-by-peer'), acceptBye] },
        // The invited side may not send BYE before the ACK, or before the wait for it is over (15).
        stop: { actions: end('bye-by-us') },
      },
      initial: 'waiting',
      states: {
        waiting: {
          after: { repeat: { target: 'waiting', reenter: true, actions: ['retransmitSuccess', 'doubleInterval'] } },
        },
      },
    },
    confirmed: {
      exit: 'stopMedia',
      on: {
        'bye.received': { target: 'ended', actions: [end('bye-by-peer'), acceptBye] },
        stop: { target: 'ending', actions: [end('bye-by-us'), 'hangUp'] },
      },
    },
    ending: {
      on: {
        'bye.received': { actions: acceptBye },
        'bye.answered': 'ended',
        'bye.failed': 'ended',
      },
    },
    ended: { type: 'final' },
  },
  output: ({ context }) => ({ end: context.end }),
})
