/**
 * Non-INVITE client transaction: RFC 3261 section 17.1.2, Figure 6.
 *
 * Carries one request (REGISTER, MESSAGE, BYE, CANCEL ...) until a final response arrives or 64*T1 has passed.
 * Holds no bytes and no socket: what should happen leaves as a named action.
 *
 *               +---------- active (F) ----------+
 *   request --> | trying ----1xx---> proceeding  |-- 200-699 -------> completed --K--> terminated
 *               |  E: x2, max T2      E: T2      |-- F, transport --> terminated
 *               +--------------------------------+
 */
import { assign, setup } from 'xstate'
import type { Happened, Responded, TransactionFailure } from '../events.ts'
import { backOff, patience, rfc3261, type Timers } from './timers.ts'

const deliver = { type: 'deliver', params: ({ event }: { event: Responded }) => event.message } as const

export const nonInviteClient = setup({
  types: {
    input: {} as { reliable: boolean; timers?: Timers },
    context: {} as { reliable: boolean; timers: Timers; interval: number },
    events: {} as
      | ({ type: 'response.provisional' } & Responded)
      | ({ type: 'response.final' } & Responded)
      | ({ type: 'transport.failed' } & Happened),
  },
  guards: {
    reliable: ({ context }) => context.reliable,
    unreliable: ({ context }) => !context.reliable,
  },
  delays: {
    timerE: ({ context }) => context.interval,
    timerF: ({ context }) => patience(context.timers),
    timerK: ({ context }) => context.timers.t4,
  },
  actions: {
    /** Send the request: first time and retransmissions alike. */
    transmit: () => {},
    /** A response for the transaction user. */
    deliver: (_, _message: Responded['message']) => {},
    /** No final response will come. */
    fail: (_, _reason: TransactionFailure) => {},
    doubleInterval: assign(({ context }) => ({ interval: backOff(context.interval, context.timers) })),
    settleAtT2: assign(({ context }) => ({ interval: context.timers.t2 })),
  },
}).createMachine({
  id: 'nonInviteClient',
  context: ({ input: { reliable, timers = rfc3261 } }) => ({ reliable, timers, interval: timers.t1 }),
  initial: 'active',
  states: {
    active: {
      entry: 'transmit',
      after: { timerF: { target: 'terminated', actions: { type: 'fail', params: 'timeout' } } },
      on: {
        'response.final': { target: 'completed', actions: deliver },
        'transport.failed': { target: 'terminated', actions: { type: 'fail', params: 'transport' } },
      },
      initial: 'trying',
      states: {
        trying: {
          after: {
            timerE: { guard: 'unreliable', target: 'trying', reenter: true, actions: ['transmit', 'doubleInterval'] },
          },
          // 17.1.2.2 lets Timer E run on and resets it to T2 when it fires. Here it starts over at T2 with the 1xx, because
          // a timer belongs to its state: the next retransmission is later by less than T2, and there are never more.
          on: { 'response.provisional': { target: 'proceeding', actions: [deliver, 'settleAtT2'] } },
        },
        proceeding: {
          after: { timerE: { guard: 'unreliable', target: 'proceeding', reenter: true, actions: 'transmit' } },
          on: { 'response.provisional': { actions: deliver } },
        },
      },
    },
    // Nothing listens here: repeated responses are absorbed. Over TCP there are none, so Timer K is 0.
    completed: {
      always: { guard: 'reliable', target: 'terminated' },
      after: { timerK: 'terminated' },
    },
    terminated: { type: 'final' },
  },
})
