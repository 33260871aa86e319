/**
 * INVITE server transaction: RFC 3261 section 17.2.1, Figure 7, with RFC 6026 section 7.1.
 *
 * Sends 100 by itself when the user is slow, repeats a 300-699 until its ACK, absorbs INVITE retransmissions after a
 * 2xx. Repeating the 2xx until its ACK is the dialog's business (13.3.1.4); so is the ACK for it, handed on here.
 *
 *   INVITE --> proceeding --- 2xx ------> accepted --L--> terminated
 *               (100 after 200 ms)
 *                   \---- 300-699 ----> completed (H; G: x2, max T2) --ACK--> confirmed --I--> terminated
 */
import { assign, setup } from 'xstate'
import type { Happened, Requested } from '../events.ts'
import { backOff, patience, rfc3261, type Timers, tryingAfter } from './timers.ts'

const transmit = { type: 'transmit', params: ({ event }: { event: { status: number } }) => event.status } as const
// RFC 6026 section 7.1: the user is told, the transaction stays where it is.
const stayOnTransportFailure = { actions: { type: 'fail', params: 'transport' } } as const

export const inviteServer = setup({
  types: {
    input: {} as { reliable: boolean; timers?: Timers },
    context: {} as { reliable: boolean; timers: Timers; interval: number },
    events: {} as
      | ({ type: 'request.retransmitted' } & Happened)
      | ({ type: 'respond.provisional'; status: number } & Happened)
      | ({ type: 'respond.success'; status: number } & Happened)
      | ({ type: 'respond.failure'; status: number } & Happened)
      | ({ type: 'ack' } & Requested)
      | ({ type: 'transport.failed' } & Happened),
  },
  guards: {
    reliable: ({ context }) => context.reliable,
    unreliable: ({ context }) => !context.reliable,
  },
  delays: {
    trying: tryingAfter,
    timerG: ({ context }) => context.interval,
    timerH: ({ context }) => patience(context.timers),
    timerI: ({ context }) => context.timers.t4,
    timerL: ({ context }) => patience(context.timers),
  },
  actions: {
    /** Send the response that the transaction user has just given. */
    transmit: (_, _status: number) => {},
    /** Send the last response once more. */
    retransmit: () => {},
    /** Send 100 Trying on the transaction's own account. */
    sendTrying: () => {},
    /** The ACK of a 2xx, for the dialog. */
    deliver: (_, _message: Requested['message']) => {},
    /** No ACK came for a 300-699 ('timeout'), or a response could not be sent ('transport'). */
    fail: (_, _reason: 'timeout' | 'transport') => {},
    doubleInterval: assign(({ context }) => ({ interval: backOff(context.interval, context.timers) })),
  },
}).createMachine({
  id: 'inviteServer',
  context: ({ input: { reliable, timers = rfc3261 } }) => ({ reliable, timers, interval: timers.t1 }),
  initial: 'proceeding',
  states: {
    proceeding: {
      on: {
        'respond.provisional': { target: '.answered', actions: transmit },
        'respond.success': { target: 'accepted', actions: transmit },
        'respond.failure': { target: 'completed', actions: transmit },
        'transport.failed': stayOnTransportFailure,
      },
      initial: 'unanswered',
      states: {
        unanswered: { after: { trying: { target: 'answered', actions: 'sendTrying' } } },
        answered: { on: { 'request.retransmitted': { actions: 'retransmit' } } },
      },
    },
    accepted: {
      after: { timerL: 'terminated' },
      on: {
        ack: { actions: { type: 'deliver', params: ({ event }) => event.message } },
        'respond.success': { actions: transmit },
        'transport.failed': stayOnTransportFailure,
      },
    },
    completed: {
      after: { timerH: { target: 'terminated', actions: { type: 'fail', params: 'timeout' } } },
      on: {
        'request.retransmitted': { actions: 'retransmit' },
        ack: 'confirmed',
        'transport.failed': stayOnTransportFailure,
      },
      initial: 'waiting',
      states: {
        waiting: {
          after: {
            timerG: {
              guard: 'unreliable',
              target: 'waiting',
              reenter: true,
              actions: ['retransmit', 'doubleInterval'],
            },
          },
        },
      },
    },
    // Repeated ACKs are absorbed. Over TCP there are none, so Timer I is 0.
    confirmed: {
      always: { guard: 'reliable', target: 'terminated' },
      after: { timerI: 'terminated' },
    },
    terminated: { type: 'final' },
  },
})
