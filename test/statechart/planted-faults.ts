/**
 * Executors with one thing wrong each: what an oracle is worth is how many of them it tells from XState.
 *
 * A fault in the tables is a compiler with one method overridden, a fault in the running is one method of `Macrostep`
 * or of another class replaced while the fault is planted. So the executor itself knows nothing of them.
 */
import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate'
import { MachineCompiler } from '../../src/statechart/compile.ts'
import { Announcer, CompiledExecutor } from '../../src/statechart/compiled-executor.ts'
import type { StateNode } from '../../src/statechart/describe.ts'
import { Inspectors } from '../../src/statechart/inspection.ts'
import { Macrostep } from '../../src/statechart/macrostep.ts'
import type { Move } from '../../src/statechart/moves.ts'
import type { Guard, Op } from '../../src/statechart/program.ts'
import { statechartsOn } from '../../src/statechart/statecharts.ts'
import type { MakeStatecharts } from './oracle-stage.ts'

export interface Fault {
  readonly name: string
  readonly compiler?: typeof MachineCompiler
  /** Plants it; the answer takes it away again. */
  readonly plant?: () => () => void
}

/** Runs `use` with an executor that has the fault, and without any for `undefined`. */
export function withFault<T>(fault: Fault | undefined, use: (make: MakeStatecharts) => T): T {
  const Compiler = fault?.compiler ?? MachineCompiler
  class FaultyExecutor extends CompiledExecutor {
    override programOf(machine: AnyStateMachine) {
      return new Compiler(machine).program()
    }
  }
  const remove = fault?.plant?.()
  try {
    return use((clock, report) => {
      const inspectors = new Inspectors(report)
      return statechartsOn(new FaultyExecutor({ clock, inspectors, report }), inspectors)
    })
  } finally {
    remove?.()
  }
}

/** Puts another method in the place of one, until the answer is called. */
function replace<T, K extends keyof T>(prototype: T, method: K, make: (original: T[K]) => T[K]): () => void {
  const original = prototype[method]
  prototype[method] = make(original)
  return () => {
    prototype[method] = original
  }
}

const inStep = <K extends keyof Macrostep>(method: K, make: (original: Macrostep[K]) => Macrostep[K]) => ({
  plant: () => replace(Macrostep.prototype, method, make),
})

const doNothing = (): void => {}

const tableFaults: readonly Fault[] = [
  {
    name: 'exit actions from the outside in',
    compiler: class extends MachineCompiler {
      override move(definition: AnyTransitionDefinition, from: StateNode): Move {
        const move = super.move(definition, from)
        return { ...move, exit: [...move.exit].reverse() }
      }
    },
  },
  {
    name: 'entry actions from the inside out',
    compiler: class extends MachineCompiler {
      override move(definition: AnyTransitionDefinition, from: StateNode): Move {
        const move = super.move(definition, from)
        return { ...move, enter: [...move.enter].reverse() }
      }
    },
  },
  {
    name: "a transition's actions before the exit actions",
    compiler: class extends MachineCompiler {
      override sequence(exit: readonly Op[], own: readonly Op[], entry: readonly Op[], atEnd: readonly Op[]) {
        return [...own, ...exit, ...entry, ...atEnd]
      }
    },
  },
  {
    name: 'no exit actions when the machine finishes',
    compiler: class extends MachineCompiler {
      override finishOps() {
        return []
      }
    },
  },
  {
    name: 'an `after` that is not cancelled at the exit',
    compiler: class extends MachineCompiler {
      override exitOps(node: StateNode) {
        return super.exitOps(node).filter((op) => op.kind !== 'cancel')
      }
    },
  },
  {
    name: 'an `after` that is set before the entry actions',
    compiler: class extends MachineCompiler {
      override entryOps(node: StateNode, byDefault: boolean) {
        const isAfter = (op: Op) => op.kind === 'raise' && op.timer !== undefined
        const ops = super.entryOps(node, byDefault)
        return [...ops.filter(isAfter), ...ops.filter((op) => !isAfter(op))]
      }
    },
  },
  {
    name: 're-entry of a parent taken for a step inside of it',
    compiler: class extends MachineCompiler {
      override move(definition: AnyTransitionDefinition, from: StateNode): Move {
        return super.move({ ...definition, reenter: false }, from)
      }
    },
  },
  {
    name: 'a transition to its own state always re-enters',
    compiler: class extends MachineCompiler {
      override move(definition: AnyTransitionDefinition, from: StateNode): Move {
        return super.move({ ...definition, reenter: true }, from)
      }
    },
  },
  {
    name: 'guards without their params',
    compiler: class extends MachineCompiler {
      override guard(definition: AnyTransitionDefinition): Guard | undefined {
        const guard = super.guard(definition)
        return guard && { ...guard, params: { k: 0 }, computeParams: undefined }
      }
    },
  },
  {
    name: 'computed guard params computed once',
    compiler: class extends MachineCompiler {
      override guard(definition: AnyTransitionDefinition): Guard | undefined {
        const guard = super.guard(definition)
        let first: unknown
        const compute = guard?.computeParams
        return guard && compute && { ...guard, computeParams: (args) => (first ??= compute(args)) }
      }
    },
  },
  {
    name: 'the transitions of outer states before those of inner ones',
    compiler: class extends MachineCompiler {
      override scope(leaf: StateNode) {
        return [...super.scope(leaf)].reverse()
      }
    },
  },
  {
    name: 'a wildcard before what names the event',
    compiler: class extends MachineCompiler {
      override candidates(node: StateNode, event: string) {
        return [...super.candidates(node, event)].reverse()
      }
    },
  },
  {
    name: 'a forbidden event handed on to the state around',
    compiler: class extends MachineCompiler {
      override candidates(node: StateNode, event: string) {
        return super.candidates(node, event).filter(({ target, actions }) => target !== undefined || actions.length > 0)
      }
    },
  },
  {
    name: 'no `initial` actions',
    compiler: class extends MachineCompiler {
      override entryOps(node: StateNode) {
        return super.entryOps(node, false)
      }
    },
  },
  {
    name: '`initial` actions of states around a deep target',
    compiler: class extends MachineCompiler {
      override entryOps(node: StateNode) {
        return super.entryOps(node, true)
      }
    },
  },
  {
    name: 'a nested final state that tells nobody',
    compiler: class extends MachineCompiler {
      override entryOps(node: StateNode, byDefault: boolean) {
        return super.entryOps(node, byDefault).filter((op) => op.kind !== 'done')
      }
    },
  },
  {
    name: 'the output of a nested final state lost',
    compiler: class extends MachineCompiler {
      override entryOps(node: StateNode, byDefault: boolean) {
        return super.entryOps(node, byDefault).map((op) => (op.kind === 'done' ? { ...op, output: undefined } : op))
      }
    },
  },
  {
    name: 'the output of the final state kept from that of the machine',
    compiler: class extends MachineCompiler {
      override entryOps(node: StateNode, byDefault: boolean) {
        return super.entryOps(node, byDefault).map((op) => (op.kind === 'finish' ? { ...op, output: undefined } : op))
      }
    },
  },
]

const stepFaults: readonly Fault[] = [
  {
    name: 'raised events newest first',
    ...inStep(
      'enqueue',
      () =>
        function (this: Macrostep, event) {
          this.raised = [event, ...(this.raised ?? [])]
        },
    ),
  },
  {
    name: 'no `always` after a raised event',
    ...inStep(
      'firstOf',
      (original) =>
        function (this: Macrostep, row) {
          return this.event === this.trigger ? original.call(this, row) : undefined
        },
    ),
  },
  {
    name: 'raised events before `always`',
    ...inStep(
      'firstOf',
      (original) =>
        function (this: Macrostep, row) {
          return this.raised?.length ? undefined : original.call(this, row)
        },
    ),
  },
  {
    name: '`always` once more although nothing has changed',
    ...inStep(
      'microstep',
      (original) =>
        function (this: Macrostep, transition) {
          original.call(this, transition)
          return true
        },
    ),
  },
  {
    name: 'an error in an action swallowed',
    ...inStep(
      'carryOut',
      (original) =>
        function (this: Macrostep, op, args, params) {
          try {
            original.call(this, op, args, params)
          } catch {
            // That is the fault.
          }
        },
    ),
  },
  {
    name: 'an error in an entry action swallowed at the start',
    ...inStep(
      'carryOutWaiting',
      (original) =>
        function (this: Macrostep) {
          try {
            original.call(this)
          } catch {
            // That is the fault.
          }
        },
    ),
  },
  {
    name: 'an error in an assignment swallowed',
    ...inStep(
      'assign',
      (original) =>
        function (this: Macrostep, op) {
          try {
            original.call(this, op)
          } catch {
            // That is the fault.
          }
        },
    ),
  },
  {
    name: 'an error in a guard taken for no',
    ...inStep(
      'holds',
      (original) =>
        function (this: Macrostep, guard) {
          try {
            return original.call(this, guard)
          } catch {
            return false
          }
        },
    ),
  },
  {
    name: 'an error in a guard without the place where',
    ...inStep(
      'holdsFor',
      () =>
        function (this: Macrostep, guard) {
          return this.holds(guard)
        },
    ),
  },
  {
    name: 'a context that a step which throws has changed',
    ...inStep(
      'assign',
      (original) =>
        function (this: Macrostep, op) {
          original.call(this, op)
          Object.assign(this.actor, { data: this.context })
        },
    ),
  },
  {
    name: 'a state that the actor shows before the step is complete',
    ...inStep(
      'microstep',
      (original) =>
        function (this: Macrostep, transition) {
          if (transition !== undefined) Object.assign(this.actor, { leaf: transition.leaf })
          return original.call(this, transition)
        },
    ),
  },
  {
    name: 'timers set in the wrong order',
    ...inStep(
      'plan',
      (original) =>
        function (this: Macrostep, chore) {
          original.call(this, chore)
          this.timers?.unshift(...this.timers.splice(-1))
        },
    ),
  },
  {
    name: 'a context that is replaced, not merged',
    ...inStep(
      'assign',
      (original) =>
        function (this: Macrostep, op) {
          this.context = {}
          original.call(this, op)
        },
    ),
  },
  {
    name: 'a context that is changed in place',
    ...inStep(
      'assign',
      (original) =>
        function (this: Macrostep, op) {
          const { context } = this
          original.call(this, op)
          this.context = Object.assign(context, this.context)
        },
    ),
  },
  { name: 'a `cancel` that does nothing', ...inStep('cancel', () => doNothing) },
  {
    name: 'a `cancel` by a computed id that does nothing',
    ...inStep(
      'cancel',
      (original) =>
        function (this: Macrostep, op) {
          if (typeof op.sendId === 'string') original.call(this, op)
        },
    ),
  },
  {
    name: 'a delay reckoned from the context before the step',
    ...inStep(
      'raise',
      (original) =>
        function (this: Macrostep, op) {
          const { delay } = op
          const args = { ...this.args(), context: this.actor.data }
          original.call(this, typeof delay === 'function' ? { ...op, delay: (_, params) => delay(args, params) } : op)
        },
    ),
  },
  {
    name: 'the event that began the step shown to `always`',
    ...inStep(
      'nextRaised',
      (original) =>
        function (this: Macrostep) {
          const more = original.call(this)
          if (more) this.event = { ...this.event, type: this.trigger.type }
          return more
        },
    ),
  },
  {
    name: "the machine's output from the event instead of the final state's done event",
    ...inStep(
      'outputOf',
      (original) =>
        function (this: Macrostep, output) {
          return original.call(this, output, this.event)
        },
    ),
  },
  {
    name: 'no record for an event that nothing takes',
    ...inStep(
      'tell',
      (original) =>
        function (this: Macrostep, audience, taken) {
          if (taken !== undefined) original.call(this, audience, taken)
        },
    ),
  },
  {
    name: 'a record that shows the state before',
    ...inStep(
      'tell',
      (original) =>
        function (this: Macrostep, audience, taken) {
          this.snapshot ??= this.actor.snapshot
          original.call(this, audience, taken)
        },
    ),
  },
]

const actorFaults: readonly Fault[] = [
  {
    name: 'a timer that fires without a record',
    plant: () =>
      replace(
        Announcer.prototype,
        'event',
        (original) =>
          function (this: Announcer, actor, source, event) {
            if (source === undefined) original.call(this, actor, source, event)
          },
      ),
  },
  {
    name: 'action records without params',
    plant: () =>
      replace(
        Announcer.prototype,
        'action',
        (original) =>
          function (this: Announcer, actor, type) {
            original.call(this, actor, type, undefined)
          },
      ),
  },
]

export const faults: readonly Fault[] = [...tableFaults, ...stepFaults, ...actorFaults]
