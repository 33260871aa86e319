/** Small machines in the subset, for the tests of what runs and reads machines. */
import { assign, raise, setup } from 'xstate'

/** A transaction in the small: timer F in the state whose lifetime it shares, E re-entering a child of it. */
export const sender = setup({
  types: {
    input: {} as { request: string; reliable: boolean },
    context: {} as { request: string; reliable: boolean; interval: number; status: number },
    events: {} as { type: 'response'; status: number; at: number } | { type: 'transport.failed'; at: number },
    output: {} as { status: number },
  },
  delays: { timerE: ({ context }) => context.interval, timerF: 32_000, timerK: 5_000 },
  guards: {
    unreliable: ({ context }) => !context.reliable,
    reliable: ({ context }) => context.reliable,
    provisional: (_, status: number) => status < 200,
  },
  actions: {
    transmit: (_, _request: string) => {},
    fail: (_, _reason: 'timeout' | 'transport') => {},
    backOff: assign(({ context }) => ({ interval: Math.min(2 * context.interval, 4_000) })),
    remember: assign((_, status: number) => ({ status })),
  },
}).createMachine({
  id: 'sender',
  context: ({ input }) => ({ ...input, interval: 500, status: 0 }),
  initial: 'active',
  output: ({ context }) => ({ status: context.status }),
  states: {
    active: {
      entry: { type: 'transmit', params: ({ context }) => context.request },
      initial: 'trying',
      after: { timerF: { target: 'terminated', actions: { type: 'fail', params: 'timeout' } } },
      on: {
        response: { target: 'completed', actions: { type: 'remember', params: ({ event }) => event.status } },
        'transport.failed': { target: 'terminated', actions: { type: 'fail', params: 'transport' } },
      },
      states: {
        trying: {
          after: {
            timerE: {
              guard: 'unreliable',
              target: 'trying',
              reenter: true,
              actions: [{ type: 'transmit', params: ({ context }) => context.request }, 'backOff'],
            },
          },
          on: {
            response: {
              guard: { type: 'provisional', params: ({ event }) => event.status },
              target: 'proceeding',
              actions: { type: 'remember', params: ({ event }) => event.status },
            },
          },
        },
        proceeding: {
          on: { response: { guard: { type: 'provisional', params: ({ event }) => event.status } } },
        },
      },
    },
    completed: {
      always: { guard: 'reliable', target: 'terminated' },
      after: { timerK: 'terminated' },
    },
    terminated: { type: 'final' },
  },
})

/** Throws where it is told to. */
export const breaker = setup({
  types: {
    input: {} as { in?: 'context' | 'entry' },
    context: {} as { in: string },
    events: {} as { type: 'break' | 'guarded' | 'remember' | 'later' | 'again' | 'finish' },
  },
  delays: { soon: 10 },
  guards: {
    broken: () => {
      throw new Error('broken guard')
    },
  },
  actions: {
    explode: () => {
      throw new Error('broken action')
    },
    explodeIf: (_, where: string) => {
      if (where === 'entry') throw new Error('broken entry')
    },
    explodeInside: assign(() => {
      throw new Error('broken assign')
    }),
    raiseBreak: raise({ type: 'break' }),
  },
}).createMachine({
  id: 'breaker',
  context: ({ input }) => {
    if (input.in === 'context') throw new Error('broken context')
    return { in: input.in ?? 'nowhere' }
  },
  initial: 'whole',
  states: {
    whole: {
      entry: { type: 'explodeIf', params: ({ context }) => context.in },
      on: {
        break: { actions: 'explode' },
        guarded: { guard: 'broken', target: 'ended' },
        remember: { actions: 'explodeInside' },
        later: 'waiting',
        again: { actions: 'raiseBreak' },
        finish: 'ended',
      },
    },
    waiting: { after: { soon: { target: 'whole', actions: 'explode' } } },
    ended: { type: 'final' },
  },
})
