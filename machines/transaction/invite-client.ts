/**
 * INVITE client transaction: RFC 3261 section 17.1.1, Figure 5, with the Accepted state of RFC 6026 section 7.2.
 *
 * Acknowledges a 300-699 itself; the ACK for a 2xx belongs to the dialog, which gets every 2xx, repeated ones too.
 * Timer B does not run once a provisional response came: how long to wait then is the dialog's business.
 *
 *               +-- calling (B) --+
 *   INVITE -->  | waiting  A: x2  |---1xx---> proceeding
 *               +-----------------+               |
 *      |  |  \------------- 2xx ------------------+--> accepted --M--> terminated
 *      |  \---------------- 300-699, ACK ---------+--> completed --D--> terminated
 *      \------------------- B, transport -------------------------------^
 */
import { assign, setup } from 'xstate'
import type { Happened, Responded, TransactionFailure } from '../events.ts'
import { patience, rfc3261, type Timers } from './timers.ts'

const deliver = { type: 'deliver', params: ({ event }: { event: Responded }) => event.message } as const
const acknowledge = { type: 'acknowledge', params: ({ event }: { event: Responded }) => event.message } as const
const failTransport = { target: '#inviteClient.terminated', actions: { type: 'fail', params: 'transport' } } as const

export const inviteClient = setup({
  types: {
    input: {} as { reliable: boolean; timers?: Timers },
    context: {} as { reliable: boolean; timers: Timers; interval: number },
    events: {} as
      | ({ type: 'response.provisional' } & Responded)
      | ({ type: 'response.success' } & Responded)
      | ({ type: 'response.failure' } & Responded)
      | ({ type: 'transport.failed' } & Happened),
  },
  guards: {
    reliable: ({ context }) => context.reliable,
    unreliable: ({ context }) => !context.reliable,
  },
  delays: {
    timerA: ({ context }) => context.interval,
    timerB: ({ context }) => patience(context.timers),
    timerD: ({ context }) => patience(context.timers),
    timerM: ({ context }) => patience(context.timers),
  },
  actions: {
    /** Send the INVITE: first time and retransmissions alike. */
    transmit: () => {},
    /** A response for the transaction user. */
    deliver: (_, _message: Responded['message']) => {},
    /** Send the ACK for a 300-699 (17.1.1.3), again for each repetition of it. */
    acknowledge: (_, _message: Responded['message']) => {},
    /** No final response will come. */
    fail: (_, _reason: TransactionFailure) => {},
    doubleInterval: assign(({ context }) => ({ interval: 2 * context.interval })),
  },
}).createMachine({
  id: 'inviteClient',
  context: ({ input: { reliable, timers = rfc3261 } }) => ({ reliable, timers, interval: timers.t1 }),
  initial: 'calling',
  states: {
    calling: {
      entry: 'transmit',
      after: { timerB: { target: 'terminated', actions: { type: 'fail', params: 'timeout' } } },
      on: {
        'response.provisional': { target: 'proceeding', actions: deliver },
        'response.success': { target: 'accepted', actions: deliver },
        'response.failure': { target: 'completed', actions: [acknowledge, deliver] },
        'transport.failed': failTransport,
      },
      initial: 'waiting',
      states: {
        waiting: {
          after: {
            timerA: { guard: 'unreliable', target: 'waiting', reenter: true, actions: ['transmit', 'doubleInterval'] },
          },
        },
      },
    },
    proceeding: {
      on: {
        'response.provisional': { actions: deliver },
        'response.success': { target: 'accepted', actions: deliver },
        'response.failure': { target: 'completed', actions: [acknowledge, deliver] },
        'transport.failed': failTransport,
      },
    },
    accepted: {
      after: { timerM: 'terminated' },
      on: { 'response.success': { actions: deliver } },
    },
    completed: {
      always: { guard: 'reliable', target: 'terminated' },
      after: { timerD: 'terminated' },
      on: {
        'response.failure': { actions: acknowledge },
        'transport.failed': failTransport,
      },
    },
    terminated: { type: 'final' },
  },
})
