/**
 * One of our machines as a definition of XState 4, which is what `@xstate/inspect` draws: v4's `createMachine` takes it.
 *
 * Guards, delays and actions are names without implementations: a viewer draws the machine and does not run it. XState
 * 4 knows no actions on the way into an initial state; they stand at the end of the entry of the state that has them,
 * where they happen when it is entered by itself.
 */
import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate'
import { actionName, delayOf, guardName, type StateNode, toList, transitionsOf } from '../../statechart/describe.ts'

export interface V4Transition {
  readonly target?: readonly string[]
  readonly cond?: string
  readonly actions: readonly string[]
  readonly internal: boolean
}

type V4Transitions = Readonly<Record<string, readonly V4Transition[]>>

export interface V4Node {
  readonly id: string
  readonly key: string
  readonly type: StateNode['type']
  readonly initial?: string
  readonly states: Readonly<Record<string, V4Node>>
  readonly on: V4Transitions
  readonly after: V4Transitions
  readonly always: readonly V4Transition[]
  readonly onDone?: readonly V4Transition[]
  readonly entry: readonly string[]
  readonly exit: readonly string[]
  readonly tags: readonly string[]
  readonly description?: string
}

/** The order of actions that XState 4 warns about when it is not chosen is the one that XState 5 has. */
export const v4Machine = (machine: AnyStateMachine): V4Node & { readonly predictableActionArguments: true } => ({
  predictableActionArguments: true,
  ...v4Node(machine.root),
})

/** Our name of an event as XState 4 writes it: those of timers and of a state that is done. */
export function v4Event(type: string, machine: AnyStateMachine): string {
  if (type.startsWith('xstate.done.state.')) return `done.state.${type.slice('xstate.done.state.'.length)}`
  if (!type.startsWith('xstate.after.')) return type
  const [, delay, id] = new RegExp(`^xstate\\.after\\.(.+?)\\.(${escaped(machine.id)}(?:\\..*)?)$`).exec(type) ?? []
  return delay === undefined ? type : `xstate.after(${delay})#${id}`
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function v4Node(node: StateNode): V4Node {
  const initial = node.type === 'compound' ? node.initial : undefined
  const first = initial?.target[0]?.key
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    ...(first === undefined ? {} : { initial: first }),
    states: Object.fromEntries(Object.entries(node.states).map(([key, child]) => [key, v4Node(child)])),
    ...transitions(node),
    entry: [...names(node.config.entry), ...names(initial?.actions)],
    exit: names(node.config.exit),
    tags: node.tags,
    ...(node.description === undefined ? {} : { description: node.description }),
  }
}

function transitions(node: StateNode): Pick<V4Node, 'on' | 'after' | 'always'> & { onDone?: readonly V4Transition[] } {
  const on: Record<string, V4Transition[]> = {}
  const after: Record<string, V4Transition[]> = {}
  const always: V4Transition[] = []
  const done: V4Transition[] = []
  const listFor = (event: string): V4Transition[] => {
    if (event === '') return always
    if (event.startsWith('xstate.done.state.')) return done
    const delay = delayOf(event, node)
    const [group, name] = delay === undefined ? [on, event] : [after, delay]
    group[name] ??= []
    return group[name]
  }
  for (const { definition } of transitionsOf(node)) {
    listFor(String(definition.eventType)).push(v4Transition(definition))
  }
  return { on, after, always, ...(done.length === 0 ? {} : { onDone: done }) }
}

function v4Transition({ target, guard, actions, reenter }: AnyTransitionDefinition): V4Transition {
  const cond = guardName(guard)
  return {
    ...(target === undefined ? {} : { target: target.map(({ id }: StateNode) => `#${id}`) }),
    ...(cond === undefined ? {} : { cond }),
    actions: names(actions),
    internal: !reenter,
  }
}

const names = (actions: unknown): string[] => toList(actions).map(actionName)
