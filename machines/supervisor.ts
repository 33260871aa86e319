/**
 * The life of the engine itself: starting, serving, draining, stopped; how many actors owe somebody their end, and how
 * many have crashed.
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
      // Of an actor whose far side must hear of its end (a dialog, a registration of ours): draining waits for it. Of
      // the others, transactions by the thousand, nothing is told until one crashes.
      | ({ type: 'actor.spawned' } & Happened)
      | ({ type: 'actor.ended' } & Happened)
      | ({ type: 'actor.crashed'; id: string; owing: boolean } & Happened)
      | ({ type: 'drain' } & Happened),
  },
  guards: { nothingOwed: ({ context }) => context.owing === 0 },
  delays: { graceLimit: ({ context }) => context.grace },
  actions: {
    /** Ask everything that lives to end in order: BYE, unregister. */
    endAll: () => {},
    /** Stop what is left, close the sockets. */
    release: () => {},
    /** An actor threw: report it with its recorded events. */
    reportCrash: (_, _id: string) => {},
    countSpawned: assign(({ context }) => ({ owing: context.owing + 1 })),
    countEnded: assign(({ context }) => ({ owing: context.owing - 1 })),
    countCrash: assign(({ context }, owing: boolean) => ({
      crashed: context.crashed + 1,
      owing: context.owing - (owing ? 1 : 0),
    })),
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input: { grace } }) => ({ grace, owing: 0, crashed: 0 }),
  initial: 'starting',
  on: {
    'actor.spawned': { actions: 'countSpawned' },
    'actor.ended': { actions: 'countEnded' },
    'actor.crashed': {
      actions: [
        { type: 'countCrash', params: ({ event }) => event.owing },
        { type: 'reportCrash', params: ({ event }) => event.id },
      ],
    },
  },
  states: {
    starting: {
      on: { listening: 'serving', 'listen.failed': 'stopped', drain: 'stopped' },
    },
    serving: { on: { drain: 'draining' } },
    draining: {
      entry: 'endAll',
      always: { guard: 'nothingOwed', target: 'stopped' },
      after: { graceLimit: 'stopped' },
    },
    stopped: { type: 'final', entry: 'release' },
  },
})
