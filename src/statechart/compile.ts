/**
 * Compiles a machine: once per XState machine object, into the tables of `program.ts`.
 *
 * XState works out at every step which transitions an event enables, which states they leave and enter, and which
 * actions follow from that. In the subset (`subset.ts`) all of it is known from the leaf that the actor is in, so it is
 * worked out here for every leaf and every event. A non-INVITE server transaction (`nonInviteServer`) becomes:
 *
 *     leaf        event                     guard      ops                                            next leaf
 *     trying      respond.provisional                  transmit(status)                               proceeding
 *                 respond.final                        transmit(status), raise J after timerJ         completed
 *     proceeding  request.retransmitted                retransmit                                     proceeding
 *                 respond.provisional                  transmit(status)                               proceeding
 *                 respond.final                        transmit(status), raise J after timerJ         completed
 *                 transport.failed                     fail('transport'), finish                      terminated
 *     completed   (always)                  reliable   cancel J, finish                               terminated
 *                 J                                    cancel J, finish                               terminated
 *                 request.retransmitted                retransmit                                     completed
 *                 transport.failed                     cancel J, fail('transport'), finish            terminated
 *     terminated
 *
 * J is `xstate.after.timerJ.nonInviteServer.completed`: an `after` is a delayed `raise` at entry and a `cancel` at
 * exit, as in XState. `finish` ends the machine; in one with nested states, `done` raises the event that the state around a
 * final state is done.
 *
 * In a machine with nested states a row also has the candidates of the states around its leaf, after those of the leaf;
 * and ops run from the innermost exit to the innermost entry. `nonInviteClient`, in `active.trying`, takes
 * `response.final` (written at `active`) by: cancel E (exit `trying`), cancel F (exit `active`), deliver(message),
 * raise K after timerK (enter `completed`).
 */
import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate'
import { nodesOf, type StateNode } from './describe.ts'
import { initialMove, type Move, moveOf, pathOf } from './moves.ts'
import { finalOps, OpCompiler } from './ops.ts'
import type { Entrance, Guard, Leaf, Op, Program, Row, Transition } from './program.ts'
import { checkSubset, type SubsetViolation } from './subset.ts'

/** A machine is outside of the subset that is compiled; `violations` says where and by what. */
export class NotCompilable extends TypeError {
  readonly violations: readonly SubsetViolation[]

  constructor(machine: AnyStateMachine, violations: readonly SubsetViolation[]) {
    const listed = violations.map(({ path, feature }) => `${feature} (${path})`).join(', ')
    super(`machine '${machine.id}' cannot be compiled: ${listed}`)
    this.name = 'NotCompilable'
    this.violations = violations
  }
}

/**
 * Tables follow from the machine alone and never change, so that all executors of a process share them: ours are 200
 * KiB together, and every socket of a fleet of simulated devices has an executor.
 */
const programs = new WeakMap<AnyStateMachine, Program>()

/**
 * The tables of a machine; compiled when it is first asked for them.
 *
 * @throws NotCompilable naming everything in the machine that is outside of the subset.
 */
export function compile(machine: AnyStateMachine): Program {
  const known = programs.get(machine)
  if (known !== undefined) return known
  const violations = checkSubset(machine)
  if (violations.length > 0) throw new NotCompilable(machine, violations)
  const program = new MachineCompiler(machine).program()
  programs.set(machine, program)
  return program
}

/** A leaf while it is being filled: rows refer to other leaves. */
interface OpenLeaf extends Leaf {
  readonly node: StateNode
  readonly rows: Map<string, Row>
  otherwise: Row
  always: Row
}

/** Each method is one decision of XState's; the tests get it wrong one by one to see that they notice. */
export class MachineCompiler {
  readonly machine: AnyStateMachine
  readonly ops: OpCompiler
  readonly #leaves = new Map<StateNode, OpenLeaf>()

  constructor(machine: AnyStateMachine) {
    this.machine = machine
    this.ops = new OpCompiler(machine)
  }

  program(): Program {
    const { root, config, options } = this.machine
    for (const node of nodesOf(root)) if (node.type !== 'compound') this.#leaves.set(node, openLeaf(node))
    for (const leaf of this.#leaves.values()) this.#fill(leaf)
    const { context }: { context?: Program['context'] } = config
    return {
      machine: this.machine,
      initial: this.#entrance(initialMove(root), []),
      context,
      maxIterations: options.maxIterations ?? Number.POSITIVE_INFINITY,
      slots: this.ops.slots,
    }
  }

  move(definition: AnyTransitionDefinition, from: StateNode): Move {
    return moveOf(definition, from)
  }

  guard(definition: AnyTransitionDefinition): Guard | undefined {
    return this.ops.guard(definition.guard)
  }

  /** From the inside out, the transition's own, from the outside in. */
  sequence(exit: readonly Op[], own: readonly Op[], entry: readonly Op[], atEnd: readonly Op[]): readonly Op[] {
    return [...exit, ...own, ...entry, ...atEnd]
  }

  entryOps(node: StateNode, byDefault: boolean): readonly Op[] {
    const actions = byDefault ? [...node.entry, ...node.initial.actions] : node.entry
    const entered = actions.map((action) => this.ops.op(action, node))
    return node.type === 'final' ? [...entered, ...finalOps(node)] : entered
  }

  exitOps(node: StateNode): readonly Op[] {
    return node.exit.map((action) => this.ops.op(action, node))
  }

  /** A machine that has finished leaves all its states. */
  finishOps(leaf: StateNode): readonly Op[] {
    return pathOf(leaf).flatMap((node) => this.exitOps(node))
  }

  /** The states whose transitions count in a leaf, in the order in which they are asked. */
  scope(leaf: StateNode): readonly StateNode[] {
    return pathOf(leaf)
  }

  /** A state's own candidates for an event: those that name it, then the wildcard. */
  candidates(node: StateNode, event: string): readonly AnyTransitionDefinition[] {
    const named = node.transitions.get(event) ?? []
    return event === '*' ? named : [...named, ...(node.transitions.get('*') ?? [])]
  }

  #fill(leaf: OpenLeaf): void {
    const scope = this.scope(leaf.node)
    const row = (candidates: (node: StateNode) => readonly AnyTransitionDefinition[]): Row =>
      scope.flatMap(candidates).map((definition) => this.#transition(definition, leaf.node))
    const named = scope.flatMap((node) => [...node.transitions.keys()]).filter((event) => event !== '*')
    for (const event of new Set(named)) {
      leaf.rows.set(
        event,
        row((node) => this.candidates(node, event)),
      )
    }
    leaf.otherwise = row((node) => this.candidates(node, '*'))
    leaf.always = row((node) => node.always ?? [])
  }

  #transition(definition: AnyTransitionDefinition, from: StateNode): Transition {
    const own = definition.actions.map((action) => this.ops.op(action, definition.source))
    return { definition, guard: this.guard(definition), ...this.#entrance(this.move(definition, from), own) }
  }

  #entrance(move: Move, own: readonly Op[]): Entrance {
    const exit = move.exit.flatMap((node) => this.exitOps(node))
    const entry = move.enter.flatMap((node) => this.entryOps(node, move.byDefault.has(node)))
    const finished = entry.some(({ kind }) => kind === 'finish')
    const ops = this.sequence(exit, own, entry, finished ? this.finishOps(move.leaf) : [])
    return { ops, leaf: this.#leafOf(move.leaf) }
  }

  #leafOf(node: StateNode): Leaf {
    const leaf = this.#leaves.get(node)
    if (leaf === undefined) throw new Error(`the compiler took ${node.id} for a state without children`)
    return leaf
  }
}

const openLeaf = (node: StateNode): OpenLeaf => ({
  node,
  value: stateValueOf(node.path),
  path: node.path.join('.'),
  rows: new Map(),
  otherwise: [],
  always: [],
})

/** `['a', 'b', 'c']` as the state value `{ a: { b: 'c' } }`; that of a machine without states is `{}`. */
function stateValueOf(path: readonly string[]): Leaf['value'] {
  const [first, second] = path
  if (first === undefined) return Object.freeze({})
  return second === undefined ? first : Object.freeze({ [first]: stateValueOf(path.slice(1)) })
}
