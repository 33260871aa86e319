/**
 * Who writes down what every actor does: the flight recorder's ear. Beside inspection (`inspection.ts`) because it is always
 * on where there is one, so that it hears little, makes nothing, and costs next to nothing.
 *
 * Both executors tell the same, in the same order, but for one thing: the number of an event that an actor sends to
 * itself from within a step is drawn when it is sent by XState, when it is taken by the compiled executor.
 *
 * Not to throw: it is called from within steps.
 */
import type { EventObject } from 'xstate'
import type { ActorEnd, AnyActor } from './actor.ts'
import type { Clock } from './clock.ts'

export interface ActorRecorder {
  /** Before its first actions run. Its state is the one it starts in. */
  started(actor: AnyActor, at: number, input: unknown): void
  /** An event that happened at this instant is about to be taken. @returns what `stepped` is told of it. */
  taking(at: number): number
  /** An event was taken, whether or not the state is another now. */
  stepped(actor: AnyActor, taken: number, at: number, event: EventObject): void
  /** An actor is about to be stopped: what it does then is the consequence of no event. */
  stopping(): void
  /** @param ms what it was set for: `due` is counted from when it was set. */
  timerSet(actor: AnyActor, timer: string, due: number, ms: number): void
  timerFired(actor: AnyActor, timer: string): void
  timerCancelled(actor: AnyActor, timer: string): void
  ended(actor: AnyActor, end: ActorEnd): void
}

/** When an event happened: those from outside say it themselves. */
export const instantOf = (event: EventObject & { readonly at?: unknown }, clock: Pick<Clock, 'now'>): number => {
  const { at } = event
  return typeof at === 'number' ? at : clock.now()
}
