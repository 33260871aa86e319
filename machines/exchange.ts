/**
 * A MANSCDP query: MESSAGE, its 200, then the Response messages with the same SN until SumNum is reached
 * (GB/T 28181 Annex A and Annex M).
 *
 * Owns the patience: an idle limit that each part renews, asking again on a gap, and the difference between complete
 * and partial. What the parts hold is collected aside by the shell, which reports how many distinct items it has.
 *
 *   asking ---200---> collecting (idle limit) ---SumNum reached---> complete
 *      |                  \--- gap: asked again, `attempts` times in all ---> partial | failed
 *      \--- the whole answer may overtake its 200 ---> complete
 */
import { assign, setup } from 'xstate'
import type { Happened, TransactionFailure } from './events.ts'

/** Why a query has no complete answer. */
export type ExchangeFailure = 'no-final' | 'rejected' | 'no-response' | 'device-offline' | 'cancelled'

const failing = (reason: ExchangeFailure) =>
  [
    { type: 'remember', params: reason },
    { type: 'fail', params: reason },
  ] as const

type Counts = { received: number; sumNum: number }
const countPart = {
  type: 'countPart',
  params: ({ event: { received, sumNum } }: { event: Counts }): Counts => ({ received, sumNum }),
} as const

export const exchange = setup({
  types: {
    input: {} as { /** Milliseconds without a new part. */ idle: number /** Times to ask in all. */; attempts: number },
    context: {} as {
      idle: number
      attemptsLeft: number
      received: number
      sumNum: number | null
      failure: ExchangeFailure | null
    },
    output: {} as { failure: ExchangeFailure | null; received: number; sumNum: number | null },
    events: {} as
      | ({ type: 'request.accepted' } & Happened)
      | ({ type: 'request.refused'; status: number } & Happened)
      | ({ type: 'request.failed'; reason: TransactionFailure } & Happened)
      // A Response with our SN. `received`: distinct items so far; `sumNum`: how many there should be.
      | ({ type: 'part'; received: number; sumNum: number } & Happened)
      | ({ type: 'device.offline' } & Happened)
      | ({ type: 'abandon' } & Happened),
  },
  guards: {
    whole: ({ event }) => event.type === 'part' && event.received >= event.sumNum,
    bringsMore: ({ context, event }) => event.type === 'part' && event.received > context.received,
    mayAskAgain: ({ context }) => context.attemptsLeft > 0,
    hasParts: ({ context }) => context.sumNum !== null,
  },
  delays: { idleLimit: ({ context }) => context.idle },
  actions: {
    /** Send the query with a new SN, and collect from nothing; the fullest collection so far is kept aside. */
    ask: () => {},
    /** The answer is whole: put it in the place of the old one. */
    commit: () => {},
    /** The answer has a gap that asking again did not close: show it as partial, delete nothing. */
    keepPartial: () => {},
    fail: (_, _reason: ExchangeFailure) => {},
    countAttempt: assign(({ context }) => ({ attemptsLeft: context.attemptsLeft - 1, received: 0 })),
    countPart: assign((_, counts: Counts) => counts),
    remember: assign((_, failure: ExchangeFailure) => ({ failure })),
  },
}).createMachine({
  id: 'exchange',
  context: ({ input: { idle, attempts } }) => ({
    idle,
    attemptsLeft: attempts,
    received: 0,
    sumNum: null,
    failure: null,
  }),
  initial: 'asking',
  on: {
    'device.offline': { target: '.failed', actions: failing('device-offline') },
    abandon: { target: '.failed', actions: failing('cancelled') },
  },
  states: {
    // Bounded by Timer F of the MESSAGE.
    asking: {
      entry: ['countAttempt', 'ask'],
      on: {
        'request.accepted': 'collecting',
        'request.refused': [
          { guard: 'hasParts', target: 'partial' },
          { target: 'failed', actions: failing('rejected') },
        ],
        'request.failed': [
          { guard: 'hasParts', target: 'partial' },
          { target: 'failed', actions: failing('no-final') },
        ],
        part: [
          { guard: 'whole', target: 'complete', actions: countPart },
          { target: 'collecting', actions: countPart },
        ],
      },
    },
    collecting: {
      after: {
        idleLimit: [
          { guard: 'mayAskAgain', target: 'asking' },
          { guard: 'hasParts', target: 'partial' },
          { target: 'failed', actions: failing('no-response') },
        ],
      },
      on: {
        part: [
          { guard: 'whole', target: 'complete', actions: countPart },
          // A repeated part renews nothing, or a device that repeats itself would be waited for without end.
          { guard: 'bringsMore', target: 'collecting', reenter: true, actions: countPart },
        ],
      },
    },
    complete: { type: 'final', entry: 'commit' },
    partial: { type: 'final', entry: 'keepPartial' },
    failed: { type: 'final' },
  },
  output: ({ context }) => ({ failure: context.failure, received: context.received, sumNum: context.sumNum }),
})
