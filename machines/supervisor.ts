/**
 * The life of the engine itself: starting, serving, draining, stopped; how many actors have crashed, and, when it drains,
 * how many owe somebody their end.
 *
 * Owns no actor: the engine's directory does, and counts them. Draining ends when nothing is owed to anybody, or when its
 * grace is over.
 */
import { assign, setup } from 'xstate'
import type { Happened } from './events.ts'

export const supervisor = setup({
  types: {
    input: {} as { /** Milliseconds that draining may take. */ grace: number },
    context: {} as { grace: number; owing: number; crashed: number },
    events: {} as
      | ({ type: 'listening' } & Happened)
      | ({ type: 'listen.failed' } & Happened)
      // Of an actor whose far side must hear of its end (a dialog, a registration of ours), from `endAll` on: draining
      // waits for it. Before, actors come and go by the thousand, and nothing is told until one crashes.
      | ({ type: 'actor.spawned' } & Happened)
      | ({ type: 'actor.ended' } & Happened)
      | ({ type: 'actor.crashed'; id: string; owing: boolean } & Happened)
      // With how many there are by now whose far side must hear of their end.
      | ({ type: 'drain'; owing: number } & Happened),
  },
  guards: {
    nothingOwed: ({ context }) => context.owing === 0,
    owed: (_, owing: boolean) => owing,
  },
  delays: { graceLimit: ({ context }) => context.grace },
  actions: {
    /** Ask everything that lives to end in order: BYE, unregister. */
    endAll: () => {},
    /** Stop what is left, close the sockets. */
    release: () => {},
    /** An actor threw: report it with its recorded events. */
    reportCrash: (_, _id: string) => {},
    countOwed: assign((_, owing: number) => ({ owing })),
    countSpawned: assign(({ context }) => ({ owing: context.owing + 1 })),
    countEnded: assign(({ context }) => ({ owing: context.owing - 1 })),
    countCrash: assign(({ context }) => ({ crashed: context.crashed + 1 })),
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input: { grace } }) => ({ grace, owing: 0, crashed: 0 }),
  initial: 'starting',
  on: {
    'actor.crashed': { actions: ['countCrash', { type: 'reportCrash', params: ({ event }) => event.id }] },
  },
  states: {
    starting: {
      on: { listening: 'serving', 'listen.failed': 'stopped', drain: 'stopped' },
    },
    serving: {
      on: {
        drain: { target: 'draining', actions: { type: 'countOwed', params: ({ event }) => event.owing } },
      },
    },
    draining: {
      entry: 'endAll',
      on: {
        'actor.spawned': { actions: 'countSpawned' },
        'actor.ended': { actions: 'countEnded' },
        'actor.crashed': {
          guard: { type: 'owed', params: ({ event }) => event.owing },
          actions: ['countCrash', 'countEnded', { type: 'reportCrash', params: ({ event }) => event.id }],
        },
      },
      always: { guard: 'nothingOwed', target: 'stopped' },
      after: { graceLimit: 'stopped' },
    },
    stopped: { type: 'final', entry: 'release' },
  },
})
