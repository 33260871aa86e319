/**
 * The part of XState that our machines may use (DESIGN.md, rule 9), and a check that names what is outside of it.
 *
 * Inside: atomic, compound and final states; `on`, `after`, `always`, `onDone`; guards, delays and actions by name, with
 * params; `assign`, `raise`, `cancel`; output, tags, meta, descriptions. Functions in a chart are only params, `assign`,
 * the context's factory and outputs. So a machine can be drawn, compiled to tables, and run the same by any executor.
 *
 * It also refuses what XState takes silently and then gets wrong: a delay that nobody defined fires at once, an action
 * that nobody defined does nothing.
 */
import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate'
import { initialTransition } from 'xstate'
import type { StateNode } from './describe.ts'
import { actionName, delayOf, nodesOf, toList, transitionsOf } from './describe.ts'

export interface SubsetViolation {
  /** Where: a state's id, followed by the event or the part it is in; or `setup.` and the name of an implementation. */
  readonly path: string
  /** What, in XState's word: `parallel`, `invoke`, `emit`, `not`, `inline guard`, ... */
  readonly feature: string
}

/** Everything about a machine that is outside of the subset; empty for a legal one. */
export function checkSubset(machine: AnyStateMachine): readonly SubsetViolation[] {
  return [...checkImplementations(machine), ...[...nodesOf(machine.root)].flatMap(checkNode)]
}

/**
 * What in the context that a machine has after its first step with `input` is not plain data (JSON's types, and
 * `undefined` for what is absent). Functions, ports and class instances could be neither recorded nor replayed.
 */
export function checkContext(machine: AnyStateMachine, input: unknown): readonly SubsetViolation[] {
  const [snapshot] = initialTransition(machine, input)
  if (snapshot.status === 'error') return [{ path: machine.id, feature: `throws at start: ${String(snapshot.error)}` }]
  return checkPlain(snapshot.context, `${machine.id} context`, new Set())
}

const violation = (path: string, feature: string): SubsetViolation => ({ path, feature })

function checkNode(node: StateNode): SubsetViolation[] {
  const { config, machine } = node
  const forbidden = [
    ...(node.type === 'parallel' || node.type === 'history' ? [node.type] : []),
    ...(config.invoke === undefined ? [] : ['invoke']),
    ...(config.route === undefined ? [] : ['route']),
    ...(['atomic', 'final'].includes(node.type) && Object.keys(node.states).length > 0 ? ['states in a leaf'] : []),
  ]
  return [
    ...forbidden.map((feature) => violation(node.id, feature)),
    ...checkActions(machine, config.entry, `${node.id} entry`),
    ...checkActions(machine, config.exit, `${node.id} exit`),
    ...(node.type === 'compound' ? checkActions(machine, node.initial.actions, `${node.id} initial`) : []),
    ...checkDelays(node),
    // A routable state puts its transition on the root: the route is what is refused.
    ...transitionsOf(node).flatMap(({ definition }) =>
      definition.eventType === 'xstate.route' ? [] : checkTransition(node, definition),
    ),
  ]
}

function checkTransition(node: StateNode, transition: AnyTransitionDefinition): SubsetViolation[] {
  const event = String(transition.eventType)
  const path = `${node.id} ${event === '' ? 'always' : event}`
  return [
    ...((transition.target?.length ?? 0) > 1 ? [violation(path, 'several targets')] : []),
    ...checkWildcard(node, transition, event, path),
    ...checkGuard(node.machine, transition.guard, path),
    ...checkActions(node.machine, transition.actions, path),
  ]
}

/** `*` may stand for "anything else" with a single answer; a compiled table has one default per state and no patterns. */
function checkWildcard(node: StateNode, transition: AnyTransitionDefinition, event: string, path: string) {
  if (event.endsWith('.*')) return [violation(path, 'partial wildcard')]
  const alone = node.transitions.get(event)?.length === 1 && transition.guard === undefined
  return event === '*' && !alone ? [violation(path, 'guarded wildcard')] : []
}

function checkDelays(node: StateNode): SubsetViolation[] {
  const events = [...node.transitions.keys()]
  return events.flatMap((event) => {
    const delay = delayOf(event, node)
    if (delay === undefined) return []
    if (!Number.isNaN(Number(delay))) return [violation(`${node.id} after ${delay}`, 'inline delay')]
    return delay in node.machine.implementations.delays ? [] : [violation(`${node.id} after ${delay}`, 'unknown delay')]
  })
}

function checkGuard(machine: AnyStateMachine, guard: unknown, path: string): SubsetViolation[] {
  if (guard === undefined) return []
  if (typeof guard === 'function') return [violation(path, higherOrder(guard) ?? 'inline guard')]
  const name = actionName(guard)
  return name in machine.implementations.guards ? [] : [violation(path, `unknown guard ${name}`)]
}

/** `and`, `or`, `not` or `stateIn`: XState marks those by a `check` of their own. */
const higherOrder = (guard: object): string | undefined =>
  'check' in guard ? ('name' in guard ? String(guard.name) : 'higher-order guard') : undefined

function checkActions(machine: AnyStateMachine, actions: unknown, path: string): SubsetViolation[] {
  return toList(actions).flatMap((action) => {
    if (typeof action === 'function') return checkInlineAction(action, path)
    const name = actionName(action)
    return name in machine.implementations.actions ? [] : [violation(path, `unknown action ${name}`)]
  })
}

function checkInlineAction(action: object, path: string): SubsetViolation[] {
  const kind = builtInOf(action)
  if (kind === undefined) return [violation(path, 'inline action')]
  if (!allowed.has(kind)) return [violation(path, kind)]
  return computed(action).map((part) => violation(path, `${kind} with an inline ${part}`))
}

const allowed = new Set(['assign', 'raise', 'cancel'])

/** `assign`, `emit`, ... for what XState's action creators make; `undefined` for a function of one's own. */
function builtInOf(action: object): string | undefined {
  return 'resolve' in action && 'type' in action ? String(action.type).replace(/^xstate\./, '') : undefined
}

/** Which parts of a `raise` or `cancel` written in place are functions. Named in `setup`, they may be. */
function computed(action: object): string[] {
  const parts = { event: undefined, delay: undefined, sendId: undefined, ...action }
  return (['event', 'delay', 'sendId'] as const).filter((part) => typeof parts[part] === 'function')
}

function checkImplementations({ implementations }: AnyStateMachine): SubsetViolation[] {
  const { actors, actions, guards, delays } = implementations
  const all = (group: object, check: (item: unknown) => string | undefined) =>
    Object.entries(group).flatMap(([name, item]) => {
      const feature = check(item)
      return feature === undefined ? [] : [violation(`setup.${name}`, feature)]
    })
  return [
    ...all(actors ?? {}, () => 'actor'),
    ...all(actions ?? {}, badAction),
    ...all(guards ?? {}, badGuard),
    ...all(delays ?? {}, (delay) => (typeof delay === 'number' || typeof delay === 'function' ? undefined : 'alias')),
  ]
}

function badAction(action: unknown): string | undefined {
  if (typeof action !== 'function') return 'alias'
  const kind = builtInOf(action)
  return kind === undefined || allowed.has(kind) ? undefined : kind
}

function badGuard(guard: unknown): string | undefined {
  return typeof guard === 'function' ? higherOrder(guard) : 'alias'
}

function checkPlain(value: unknown, path: string, above: ReadonlySet<object>): SubsetViolation[] {
  if (typeof value !== 'object') {
    const plain = value === undefined || ['string', 'number', 'boolean'].includes(typeof value)
    return plain ? [] : [violation(path, typeof value)]
  }
  if (value === null) return []
  if (above.has(value)) return [violation(path, 'circular')]
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return [violation(path, `instance of ${value.constructor?.name}`)]
  }
  const below = new Set(above).add(value)
  return Object.entries(value).flatMap(([key, part]) => checkPlain(part, `${path}.${key}`, below))
}
