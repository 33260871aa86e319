/** XState 5 as the measure for a translation of our machines: every leaf state, and where an event leads from it. */
import { type AnyStateMachine, type StateValue, transition } from 'xstate'
import { nodesOf, type StateNode } from '../../src/statechart/describe.ts'

export interface LeafState {
  readonly id: string
  readonly value: StateValue
  readonly final: boolean
  /** What is handled there or further up, timers included. */
  readonly events: readonly string[]
}

export function leavesOf(machine: AnyStateMachine): LeafState[] {
  const leaves = [...nodesOf(machine.root)].filter(({ type }) => type === 'atomic' || type === 'final')
  return leaves.map((node) => {
    const chain = [node, ...above(node)]
    return {
      id: node.id,
      value: pathOf(node),
      final: node.type === 'final' && node.parent === machine.root,
      events: [...new Set(chain.flatMap(({ transitions }) => [...transitions.keys()]))],
    }
  })
}

/** By the names of the implementations: the same for all. */
export const each = <T>(group: object, implementation: T): Record<string, T> =>
  Object.fromEntries(Object.keys(group).map((name) => [name, implementation]))

export interface StepTaken {
  readonly value: StateValue
  /** By name, in the order in which they are done: those on the way out, on the way, on the way in. */
  readonly actions: readonly string[]
}

/** Where an event leads, and by which actions, when every guard says the same and no action does anything. */
export function stepInXState5(machine: AnyStateMachine, value: StateValue, type: string, guards: boolean): StepTaken {
  const { implementations } = machine
  const logic = machine.provide({
    guards: each(implementations.guards, () => guards),
    actions: each(implementations.actions, () => {}),
    delays: each(implementations.delays, 1),
  })
  const [next, actions] = transition(logic, logic.resolveState({ value, context: {} }), { type })
  return { value: next.value, actions: ownActions(actions) }
}

/** Without those by which XState sets and cancels timers. */
export const ownActions = (actions: readonly { readonly type: string }[]): string[] =>
  actions.map(({ type }) => type).filter((type) => !type.startsWith('xstate.'))

const above = ({ parent }: StateNode): StateNode[] => (parent === undefined ? [] : [parent, ...above(parent)])

function pathOf(node: StateNode): StateValue {
  const path = [node, ...above(node)].slice(0, -1).map(({ key }) => key)
  return path.slice(1).reduce<StateValue>((inner, key) => ({ [key]: inner }), path[0] ?? '')
}
