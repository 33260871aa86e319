/**
 * A machine as plain data: what it is made of, read from the XState machine object and never from a running actor.
 *
 * The command `gb28181 machines --format json`, `machines/README.md`, the diagrams and the coverage count of the tests
 * all read this one description. It describes what is written in the chart: the timers that XState adds to entry and
 * exit actions for an `after` are shown as that `after`.
 */
import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate'

export type StateNode = AnyStateMachine['root']

export interface MachineDescription {
  readonly id: string
  /** Id of the state in which it begins. */
  readonly initial: string
  /** In document order, without the root. */
  readonly states: readonly StateDescription[]
  /** What it can be sent, and what it raises for itself. */
  readonly events: readonly string[]
  readonly actions: readonly ActionDescription[]
  readonly guards: readonly string[]
  /** Names of delays: the standard's timers. A delay without a name stands as its milliseconds. */
  readonly delays: readonly string[]
  readonly transitions: readonly TransitionDescription[]
}

export interface StateDescription {
  /** The machine's id and the path, joined by dots. */
  readonly id: string
  readonly key: string
  /** Id of the state it is in; that of the machine for those at the top. */
  readonly parent: string
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  /** Id of the child in which a compound state begins. */
  readonly initial?: string
  readonly entry: readonly string[]
  readonly exit: readonly string[]
  readonly tags: readonly string[]
  readonly description?: string
}

export interface ActionDescription {
  readonly name: string
  /** `provided`: the shell does it. `assign`: the machine remembers something. The others: XState's own of that name. */
  readonly kind: 'provided' | 'assign' | 'raise' | 'cancel' | 'other'
}

/** One alternative: of several guarded ones for the same event each is a transition of its own. */
export interface TransitionDescription {
  /** Unique in the machine, and the same whatever implementations are provided. */
  readonly key: string
  /** Id of the state that has it. */
  readonly source: string
  readonly trigger: 'initial' | 'event' | 'after' | 'always' | 'done'
  /** XState's event type: also the one of an `after` or `onDone`; empty for `always`. */
  readonly event: string
  /** With `after`: the delay's name. */
  readonly delay?: string
  readonly guard?: string
  readonly actions: readonly string[]
  /** Empty: it stays where it is and exits nothing. */
  readonly targets: readonly string[]
  readonly reenter: boolean
}

export function describeMachine(machine: AnyStateMachine): MachineDescription {
  const nodes = [...nodesOf(machine.root)]
  const transitions = [initialOf(machine.root), ...nodes.flatMap((node) => transitionsOf(node).map(describeTransition))]
  const states = nodes.slice(1).map(describeState)
  const named = [...states.flatMap(({ entry, exit }) => [...entry, ...exit]), ...transitions.flatMap((t) => t.actions)]
  const rootActions = [...actionNames(machine.root.config.entry), ...actionNames(machine.root.config.exit)]
  return {
    id: machine.id,
    initial: initialId(machine.root) ?? machine.id,
    states,
    events: distinct(transitions.filter(({ trigger }) => trigger === 'event').map(({ event }) => event)),
    actions: distinct([...rootActions, ...named]).map((name) => ({ name, kind: actionKind(machine, name) })),
    guards: distinct(transitions.flatMap(({ guard }) => guard ?? [])),
    delays: distinct(transitions.flatMap(({ delay }) => delay ?? [])),
    transitions,
  }
}

/** A state and all below it, in document order. */
export function* nodesOf(node: StateNode): Generator<StateNode> {
  yield node
  for (const child of Object.values(node.states)) yield* nodesOf(child)
}

/** Every alternative of a state with the key that `describeMachine` gives it: events, timers, done, then always. */
export function transitionsOf(node: StateNode): { key: string; definition: AnyTransitionDefinition }[] {
  const keyed = (event: string, alternatives: readonly AnyTransitionDefinition[]) =>
    alternatives.map((definition, index) => ({ key: `${node.id} ${event} ${index}`, definition }))
  return [
    ...[...node.transitions].flatMap(([event, alternatives]) => keyed(event, alternatives)),
    ...keyed('', node.always ?? []),
  ]
}

/** The key under which the transition into the machine's initial state stands. */
export const initialKey = (machine: AnyStateMachine): string => `${machine.id} xstate.init 0`

/** The name an action goes by in the chart; for one written in place, XState's name for its kind. */
export function actionName(action: unknown): string {
  if (typeof action === 'string') return action
  if (typeof action === 'function') return 'type' in action ? String(action.type) : action.name || '(inline function)'
  return typeof action === 'object' && action !== null && 'type' in action ? String(action.type) : '(unknown)'
}

export function guardName(guard: unknown): string | undefined {
  return guard === undefined ? undefined : actionName(guard)
}

/** The delay in an `after`'s event type, `xstate.after.<delay>.<state id>`; `undefined` for any other event. */
export function delayOf(event: string, node: StateNode): string | undefined {
  return event.startsWith('xstate.after.') ? event.slice('xstate.after.'.length, -node.id.length - 1) : undefined
}

export function toList<T>(one: T | readonly T[] | undefined): readonly T[] {
  if (one === undefined) return []
  return isList(one) ? one : [one]
}

const isList = <T>(one: T | readonly T[]): one is readonly T[] => Array.isArray(one)

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)]

const actionNames = (actions: unknown): string[] => toList(actions).map(actionName)

const initialId = (node: StateNode): string | undefined => node.initial.target[0]?.id

function initialOf(root: StateNode): TransitionDescription {
  return {
    key: initialKey(root.machine),
    source: root.id,
    trigger: 'initial',
    event: 'xstate.init',
    actions: actionNames(root.initial.actions),
    targets: toList(initialId(root)),
    reenter: false,
  }
}

function describeState(node: StateNode): StateDescription {
  const initial = node.type === 'compound' ? initialId(node) : undefined
  return {
    id: node.id,
    key: node.key,
    parent: node.parent?.id ?? node.machine.id,
    type: node.type,
    ...(initial === undefined ? {} : { initial }),
    entry: actionNames(node.config.entry),
    exit: actionNames(node.config.exit),
    tags: node.tags,
    ...(node.description === undefined ? {} : { description: node.description }),
  }
}

function describeTransition(keyed: { key: string; definition: AnyTransitionDefinition }): TransitionDescription {
  const { source, target, actions, reenter, guard } = keyed.definition
  const event = String(keyed.definition.eventType)
  const delay = delayOf(event, source)
  const guarded = guardName(guard)
  return {
    key: keyed.key,
    source: source.id,
    trigger: triggerOf(event),
    event,
    ...(delay === undefined ? {} : { delay }),
    ...(guarded === undefined ? {} : { guard: guarded }),
    actions: actionNames(actions),
    targets: (target ?? []).map((node: StateNode) => node.id),
    reenter,
  }
}

function triggerOf(event: string): TransitionDescription['trigger'] {
  if (event === '') return 'always'
  if (event.startsWith('xstate.after.')) return 'after'
  return event.startsWith('xstate.done.') ? 'done' : 'event'
}

function actionKind(machine: AnyStateMachine, name: string): ActionDescription['kind'] {
  const implementation: unknown = machine.implementations.actions[name]
  const builtIn = typeof implementation === 'function' && 'type' in implementation ? String(implementation.type) : name
  if (builtIn === 'xstate.assign') return 'assign'
  if (builtIn === 'xstate.raise') return 'raise'
  if (builtIn === 'xstate.cancel') return 'cancel'
  return builtIn.startsWith('xstate.') ? 'other' : 'provided'
}
