/**
 * Compiles a machine: once per XState machine object, into the tables of `program.ts`.
 */
import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate'
import { nodesOf, type StateNode } from './describe.ts'
import { initialMove, type Move, moveOf, pathOf } from './moves.ts'
import { finalOps, OpCompiler } from './ops.ts'
import type { Entrance, Leaf, Op, Program, Row, Transition } from './program.ts'
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

/** @throws NotCompilable naming everything in the machine that is outside of the subset. */
export function compile(machine: AnyStateMachine): Program {
  const violations = checkSubset(machine)
  if (violations.length > 0) throw new NotCompilable(machine, violations)
  return new MachineCompiler(machine).program()
}

/** A leaf while it is being filled: its row lists refer to other leaves. */
interface OpenLeaf extends Leaf {
  readonly node: StateNode
  readonly rows: Map<string, Row>
  otherwise: Row
  always: Row
}

class MachineCompiler {
  readonly #machine: AnyStateMachine
  readonly #ops: OpCompiler
  readonly #leaves = new Map<StateNode, OpenLeaf>()

  constructor(machine: AnyStateMachine) {
    this.#machine = machine
    this.#ops = new OpCompiler(machine)
  }

  program(): Program {
    const { root, config, options } = this.#machine
    for (const node of nodesOf(root)) if (node.type !== 'compound') this.#leaves.set(node, openLeaf(node))
    for (const leaf of this.#leaves.values()) this.#fill(leaf)
    const { context }: { context?: Program['context'] } = config
    return {
      machine: this.#machine,
      initial: this.#entrance(initialMove(root)),
      context,
      maxIterations: options.maxIterations ?? Number.POSITIVE_INFINITY,
      slots: this.#ops.slots,
    }
  }

  #fill(leaf: OpenLeaf): void {
    const path = pathOf(leaf.node)
    const row = (candidates: (node: StateNode) => readonly AnyTransitionDefinition[]): Row =>
      path.flatMap(candidates).map((definition) => this.#transition(definition, leaf.node))
    const events = new Set(path.flatMap((node) => [...node.transitions.keys()]))
    for (const event of events)
      if (event !== '*')
        leaf.rows.set(
          event,
          row((node) => candidatesOf(node, event)),
        )
    leaf.otherwise = row((node) => candidatesOf(node, '*'))
    leaf.always = row((node) => node.always ?? [])
  }

  #transition(definition: AnyTransitionDefinition, from: StateNode): Transition {
    const guard = this.#ops.guard(definition.guard)
    const actions = definition.actions.map((action) => this.#ops.op(action, definition.source))
    return { definition, guard, ...this.#entrance(moveOf(definition, from), actions) }
  }

  /** Exit actions from the inside out, the transition's own, entry actions from the outside in. */
  #entrance(move: Move, own: readonly Op[] = []): Entrance {
    const entered = move.enter.flatMap((node) => this.#entryOps(node, move.byDefault.has(node)))
    const finished = entered.some(({ kind }) => kind === 'finish')
    const ops = [
      ...move.exit.flatMap((node) => this.#exitOps(node)),
      ...own,
      ...entered,
      // A machine that has finished leaves all its states.
      ...(finished ? pathOf(move.leaf).flatMap((node) => this.#exitOps(node)) : []),
    ]
    return { ops, leaf: this.#leafOf(move.leaf) }
  }

  #entryOps(node: StateNode, byDefault: boolean): Op[] {
    const actions = byDefault ? [...node.entry, ...node.initial.actions] : node.entry
    return [...actions.map((action) => this.#ops.op(action, node)), ...(node.type === 'final' ? finalOps(node) : [])]
  }

  #exitOps(node: StateNode): Op[] {
    return node.exit.map((action) => this.#ops.op(action, node))
  }

  #leafOf(node: StateNode): Leaf {
    const leaf = this.#leaves.get(node)
    if (leaf === undefined) throw new Error(`the compiler took ${node.id} for a state without children`)
    return leaf
  }
}

/** A state's own candidates for an event: those that name it, then the wildcard. */
function candidatesOf(node: StateNode, event: string): readonly AnyTransitionDefinition[] {
  const named = node.transitions.get(event) ?? []
  return event === '*' ? named : [...named, ...(node.transitions.get('*') ?? [])]
}

const openLeaf = (node: StateNode): OpenLeaf => ({
  node,
  value: stateValueOf(node.path),
  rows: new Map(),
  otherwise: [],
  always: [],
})

/** `['a', 'b', 'c']` as the state value `{ a: { b: 'c' } }`; that of a machine without states is `{}`. */
function stateValueOf(path: readonly string[]): Leaf['value'] {
  const [first, second] = path
  if (first === undefined) return {}
  return second === undefined ? first : { [first]: stateValueOf(path.slice(1)) }
}
