/**
 * Running the machines: actors, their clock, and what can be read off a machine without running it.
 *
 * | file | is |
 * | --- | --- |
 * | `clock.ts`, `wheel.ts` | the clock machines live by; its production form, one timing wheel for the process |
 * | `actor.ts`, `xstate-executor.ts` | the one actor interface; XState's interpreter behind it |
 * | `subset.ts` | which part of XState our machines may use (DESIGN.md, rule 9), and a check that says so by name |
 * | `describe.ts`, `diagram.ts` | a machine as plain data and as a Mermaid diagram |
 */
import type { Statecharts } from './actor.ts'
import type { Clock } from './clock.ts'
import { CompiledExecutor } from './compiled-executor.ts'
import { Inspectors } from './inspection.ts'
import { XStateExecutor } from './xstate-executor.ts'

export {
  type Actor,
  type ActorEnd,
  type ActorObserver,
  type ActorStatus,
  type AnyActor,
  actorOf,
  type CreateOptions,
  type InspectionEvent,
  ownerOf,
  type Statecharts,
} from './actor.ts'
export type { Clock, TimerHandle } from './clock.ts'
export {
  describeMachine,
  type MachineDescription,
  type StateDescription,
  type TransitionDescription,
} from './describe.ts'
export { toMermaid } from './diagram.ts'
export { checkContext, checkSubset, type SubsetViolation } from './subset.ts'
export { type LowLevelTimers, TimingWheel, type TimingWheelOptions } from './wheel.ts'

export interface StatechartsOptions {
  readonly clock: Clock
  /** Who runs the machines: compiled tables (default), or XState's own interpreter, whose meaning both have. */
  readonly executor?: 'compiled' | 'xstate'
  /** What an observer, inspector or `onEnd` threw: a bug of its owner, kept from the actor. Default: a process warning. */
  readonly onListenerError?: (error: unknown) => void
}

export function createStatecharts(options: StatechartsOptions): Statecharts {
  const report = options.onListenerError ?? warn
  const inspectors = new Inspectors(report)
  const Executor = options.executor === 'xstate' ? XStateExecutor : CompiledExecutor
  const executor = new Executor({ clock: options.clock, inspectors, report })
  return {
    create: (machine, made) => executor.create(machine, made),
    inspect: (listener) => {
      executor.attach(listener)
      const remove = inspectors.add(listener)
      return () => {
        remove()
        if (!inspectors.listening) executor.detach()
      }
    },
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), 'StatechartListenerWarning')
}
