/**
 * The engine's own life as an actor: machines/supervisor.ts with what it wants done.
 */
import { supervisor } from '../../machines/supervisor.ts'
import { type Actor, ownerOf } from '../statechart/index.ts'

/** What the supervisor asks of the engine. */
export interface Supervised {
  /** Ask everything that owes its far side a word to end in order. */
  endAll(): void
  /** Stop what is left. */
  release(): void
  /** The actor of this id threw. */
  reportCrash(id: string): void
}

const owner = ({ self }: { self: object }) => ownerOf<Supervised>(self)

export const supervisorLogic = supervisor.provide({
  actions: {
    endAll: (args) => owner(args).endAll(),
    release: (args) => owner(args).release(),
    reportCrash: (args, id) => owner(args).reportCrash(id),
  },
})

export type Supervisor = Actor<typeof supervisorLogic>
