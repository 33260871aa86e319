/**
 * The life of the engine itself: starting, serving, draining, stopped; and how many actors live and have crashed.
 *
 * Owns no actor: the engine's directory does. Draining ends when nothing is owed to anybody, or when its grace is over.
 */
import { assign, setup } from 'xstate'
import type { Happened } from './events.ts'

/** `owing`: the far side must hear of this actor's end (a dialog, a registration of ours), so draining waits for it. */
type Actor = { owing: boolean } & Happened

const owing = ({ event }: { event: Actor }) => event.owing

export const supervisor = setup({
  types: {
    input: {} as { /** Milliseconds that draining may take. */ grace: number },
    context: {} as { grace: number; live: number; owing: number; crashed: number },
    events: {} as
      | ({ type: 'listening' } & Happened)
      | ({ type: 'listen.failed' } & Happened)
      | ({ type: 'actor.spawned' } & Actor)
      | ({ type: 'actor.ended' } & Actor)
      | ({ type: 'actor.crashed'; id: string } & Actor)
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
    countSpawned: assign(({ context }, owing: boolean) => ({
      live: context.live + 1,
      owing: context.owing + (owing ? 1 : 0),
    })),
    countEnded: assign(({ context }, owing: boolean) => ({
      live: context.live - 1,
      owing: context.owing - (owing ? 1 : 0),
    })),
    countCrash: assign(({ context }) => ({ crashed: context.crashed + 1 })),
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input: { grace } }) => ({ grace, live: 0, owing: 0, crashed: 0 }),
  initial: 'starting',
  on: {
    'actor.spawned': { actions: { type: 'countSpawned', params: owing } },
    'actor.ended': { actions: { type: 'countEnded', params: owing } },
    'actor.crashed': {
      actions: [
        { type: 'countEnded', params: owing },
        'countCrash',
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
