/**
 * Non-INVITE server transaction: RFC 3261 section 17.2.2, Figure 8.
 *
 * Answers one request, and its retransmissions with the same answer, so that the transaction user sees it once.
 * The shell keeps the last response; `transmit` sends a new one, `retransmit` the kept one.
 *
 *   request --> trying ---1xx---> proceeding ---200-699---> completed --J--> terminated
 *                  \--------------200-699--------------------^
 */
import { setup } from 'xstate'
import type { Happened } from '../events.ts'
import { patience, rfc3261, type Timers } from './timers.ts'

const transmit = { type: 'transmit', params: ({ event }: { event: { status: number } }) => event.status } as const

export const nonInviteServer = setup({
  types: {
    input: {} as { reliable: boolean; timers?: Timers },
    context: {} as { reliable: boolean; timers: Timers },
    events: {} as
      | ({ type: 'request.retransmitted' } & Happened)
      | ({ type: 'respond.provisional'; status: number } & Happened)
      | ({ type: 'respond.final'; status: number } & Happened)
      | ({ type: 'transport.failed' } & Happened),
  },
  guards: { reliable: ({ context }) => context.reliable },
  delays: { timerJ: ({ context }) => patience(context.timers) },
  actions: {
    /** Send the response that the transaction user has just given. */
    transmit: (_, _status: number) => {},
    /** Send the last response once more. */
    retransmit: () => {},
    /** The response could not be sent. */
    fail: (_, _reason: 'transport') => {},
  },
}).createMachine({
  id: 'nonInviteServer',
  context: ({ input: { reliable, timers = rfc3261 } }) => ({ reliable, timers }),
  initial: 'trying',
  states: {
    // A retransmission before there is an answer is discarded: nothing listens for it here.
    trying: {
      on: {
        'respond.provisional': { target: 'proceeding', actions: transmit },
        'respond.final': { target: 'completed', actions: transmit },
      },
    },
    proceeding: {
      on: {
        'request.retransmitted': { actions: 'retransmit' },
        'respond.provisional': { actions: transmit },
        'respond.final': { target: 'completed', actions: transmit },
        'transport.failed': { target: 'terminated', actions: { type: 'fail', params: 'transport' } },
      },
    },
    completed: {
      always: { guard: 'reliable', target: 'terminated' },
      after: { timerJ: 'terminated' },
      on: {
        'request.retransmitted': { actions: 'retransmit' },
        'transport.failed': { target: 'terminated', actions: { type: 'fail', params: 'transport' } },
      },
    },
    terminated: { type: 'final' },
  },
})
