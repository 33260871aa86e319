/** Actors for a clock: which executor runs them, and who listens to all of them. */
import type { Statecharts } from './actor.ts'
import type { Clock } from './clock.ts'
import { CompiledExecutor } from './compiled-executor.ts'
import { type InspectionListener, Inspectors } from './inspection.ts'
import type { ActorRecorder } from './recorder.ts'
import { XStateExecutor } from './xstate-executor.ts'

/** Who runs the machines: compiled tables, or XState's own interpreter, whose meaning both have. */
export type ExecutorName = 'compiled' | 'xstate'

export interface StatechartsOptions {
  readonly clock: Clock
  /** Default: `compiled`. */
  readonly executor?: ExecutorName
  /**
   * What an observer, inspector or `onEnd` threw: a bug of its owner, kept from the actor. Default: a process warning.
   */
  readonly onListenerError?: (error: unknown) => void
  /** Writes down what every actor does. */
  readonly recorder?: ActorRecorder | undefined
}

export function createStatecharts(options: StatechartsOptions): Statecharts {
  const report = options.onListenerError ?? warn
  const inspectors = new Inspectors(report)
  const Executor = options.executor === 'xstate' ? XStateExecutor : CompiledExecutor
  return statechartsOn(
    new Executor({ clock: options.clock, inspectors, report, recorder: options.recorder }),
    inspectors,
  )
}

/** What both executors are. */
export interface Executor {
  create: Statecharts['create']
  /** Introduces the living to a new listener, and from the first listener on lets them be heard. */
  attach(listener: InspectionListener): void
  /** The last listener has gone. */
  detach(): void
}

export function statechartsOn(executor: Executor, inspectors: Inspectors): Statecharts {
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
