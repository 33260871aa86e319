/**
 * Which states a transition leaves and enters: XState's `computeExitSet`, `computeEntrySet` and `getTransitionDomain`,
 * worked out once per transition and leaf instead of once per step, and for machines without parallel and history
 * states.
 *
 * The *domain* is the state within which a transition stays: everything active below it is left. Without `reenter` that
 * is the source, if the target is the source or lies in it; otherwise the closest ancestor of both.
 */
import type { AnyTransitionDefinition } from 'xstate'
import type { StateNode } from './describe.ts'

export interface Move {
  /** Innermost first. */
  readonly exit: readonly StateNode[]
  /** Outermost first. */
  readonly enter: readonly StateNode[]
  /** Those of the entered whose `initial` actions run: what was targeted, and what is entered because it is initial. */
  readonly byDefault: ReadonlySet<StateNode>
  /** Where it ends. */
  readonly leaf: StateNode
}

/** The state and all around it, innermost first. */
export function pathOf(node: StateNode): StateNode[] {
  const parent: StateNode | undefined = node.parent
  return parent === undefined ? [node] : [node, ...pathOf(parent)]
}

/** The way down from a state by its initial states, the state itself included. */
export function wayIn(node: StateNode): StateNode[] {
  const child: StateNode | undefined = node.type === 'compound' ? node.initial.target[0] : undefined
  return child === undefined ? [node] : [node, ...wayIn(child)]
}

/** Into the machine: everything from the root down, each with its `initial` actions. */
export function initialMove(root: StateNode): Move {
  const enter = wayIn(root)
  return { exit: [], enter, byDefault: new Set(enter), leaf: enter.at(-1) ?? root }
}

export function moveOf(transition: AnyTransitionDefinition, from: StateNode): Move {
  const target: StateNode | undefined = transition.target?.[0]
  if (target === undefined) return { exit: [], enter: [], byDefault: new Set(), leaf: from }
  const domain = domainOf(transition, target)
  const down = wayIn(target)
  // Without `reenter` a transition from a state to itself leaves and enters only what is inside.
  const stays = transition.source === target && domain === target
  const around = pathOf(target).slice(1)
  const between = domain === undefined ? around : around.slice(0, Math.max(0, around.indexOf(domain)))
  const entered = stays ? down.slice(1) : down
  return {
    exit: pathOf(from).filter((node) => domain === undefined || isBelow(node, domain)),
    enter: [...(stays ? [] : between.reverse()), ...entered],
    byDefault: new Set(entered),
    leaf: down.at(-1) ?? target,
  }
}

/** `undefined` for a re-entering transition of the root: the root itself is left too. */
function domainOf({ source, reenter }: AnyTransitionDefinition, target: StateNode): StateNode | undefined {
  if (!reenter && (target === source || isBelow(target, source))) return source
  const common = pathOf(target)
    .slice(1)
    .find((ancestor) => isBelow(source, ancestor))
  return common ?? (reenter ? undefined : source.machine.root)
}

const isBelow = (node: StateNode, ancestor: StateNode): boolean => node !== ancestor && pathOf(node).includes(ancestor)
