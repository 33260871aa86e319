/**
 * A machine as a Mermaid `stateDiagram-v2`: what `gb28181 machines` prints and the README shows.
 *
 * An edge reads `event [guard] / actions`, timers read `after timerE`, eventless transitions `always`. What does not
 * leave its state (no target, or the state itself without re-entry) stands in the state with its entry and exit actions,
 * so that a drawn loop always means leaving and coming back. States are named by their keys; where two states of a machine share
 * a key, or the key is no Mermaid word, by their path, shown with the key.
 */
import type { AnyStateMachine } from 'xstate'
import type { MachineDescription, StateDescription, TransitionDescription } from './describe.ts'
import { describeMachine } from './describe.ts'

export function toMermaid(machine: AnyStateMachine): string {
  const description = describeMachine(machine)
  const names = namesOf(description)
  return ['stateDiagram-v2', ...drawRegion({ description, names }, description.id, description.initial, '  '), ''].join(
    '\n',
  )
}

interface Drawing {
  readonly description: MachineDescription
  /** State id to the word that stands for it in the diagram. */
  readonly names: ReadonlyMap<string, string>
}

/** Words that Mermaid reads as something else than a state. */
const reserved = new Set(['state', 'note', 'end', 'direction', 'as', 'class', 'classDef', 'style', 'default'])

function namesOf({ id, states }: MachineDescription): Map<string, string> {
  const count = (key: string) => states.filter((state) => state.key === key).length
  const isWord = (key: string) => /^[A-Za-z]\w*$/.test(key) && !reserved.has(key)
  const path = (state: StateDescription) => state.id.slice(id.length + 1).replace(/\W/g, '_')
  return new Map(
    states.map((state) => [state.id, isWord(state.key) && count(state.key) === 1 ? state.key : `s_${path(state)}`]),
  )
}

/** Everything inside a compound state, or inside the machine. */
function drawRegion(drawing: Drawing, parent: string, initial: string | undefined, indent: string): string[] {
  const children = drawing.description.states.filter((state) => state.parent === parent)
  const leaving = children.flatMap((state) => edgesOf(drawing, state).filter((edge) => !stays(state, edge)))
  return [
    ...(initial === undefined ? [] : [`${indent}[*] --> ${nameOf(drawing, initial)}`]),
    ...children.flatMap((state) => drawState(drawing, state, indent)),
    ...(parent === drawing.description.id ? drawRoot(drawing, indent) : []),
    ...leaving.flatMap((edge) => drawEdge(drawing, edge, indent)),
    ...children.filter(({ type }) => type === 'final').map(({ id }) => `${indent}${nameOf(drawing, id)} --> [*]`),
  ]
}

function drawState(drawing: Drawing, state: StateDescription, indent: string): string[] {
  const name = nameOf(drawing, state.id)
  const inside = insideLines(drawing, state)
  if (state.type === 'compound') {
    return [
      ...(name === state.key ? [] : [`${indent}state "${state.key}" as ${name}`]),
      `${indent}state ${name} {`,
      ...drawRegion(drawing, state.id, state.initial, `${indent}  `),
      `${indent}}`,
      ...drawNote(name, inside, indent),
    ]
  }
  const alias = name === state.key ? `${indent}${name}` : `${indent}state "${state.key}" as ${name}`
  return [alias, ...inside.map((line) => `${indent}${name} : ${line}`)]
}

/** Transitions of the machine itself: they hold in every state, so they are drawn from nowhere, as a list. */
function drawRoot(drawing: Drawing, indent: string): string[] {
  const { id, transitions } = drawing.description
  const lines = transitions
    .filter(({ source, trigger }) => source === id && trigger !== 'initial')
    .map((edge) => `${label(edge)}${edge.targets.map((target) => ` → ${nameOf(drawing, target)}`).join('')}`)
  if (lines.length === 0) return []
  return [`${indent}state "in any state" as s_any`, ...lines.map((line) => `${indent}s_any : ${line}`)]
}

function insideLines(drawing: Drawing, state: StateDescription): string[] {
  const own = edgesOf(drawing, state).filter((edge) => stays(state, edge))
  return [
    ...(state.entry.length === 0 ? [] : [`entry / ${state.entry.map(plain).join(', ')}`]),
    ...own.map(label),
    ...(state.exit.length === 0 ? [] : [`exit / ${state.exit.map(plain).join(', ')}`]),
  ]
}

/** Mermaid draws no lines in the box of a state that has states in it. */
function drawNote(name: string, lines: readonly string[], indent: string): string[] {
  if (lines.length === 0) return []
  return [`${indent}note right of ${name}`, ...lines.map((line) => `${indent}  ${line}`), `${indent}end note`]
}

/** Exits nothing. A compound state that targets itself goes back to its initial state, so that is drawn. */
const stays = (state: StateDescription, { targets, reenter }: TransitionDescription): boolean =>
  targets.length === 0 || (targets[0] === state.id && !reenter && state.type !== 'compound')

const edgesOf = ({ description }: Drawing, state: StateDescription): TransitionDescription[] =>
  description.transitions.filter(({ source }) => source === state.id)

function drawEdge(drawing: Drawing, edge: TransitionDescription, indent: string): string[] {
  const from = nameOf(drawing, edge.source)
  return edge.targets.map((target) => `${indent}${from} --> ${nameOf(drawing, target)} : ${label(edge)}`)
}

function label({ trigger, event, delay, guard, actions }: TransitionDescription): string {
  const what = { initial: '', event, after: `after ${delay}`, always: 'always', done: 'done' }[trigger]
  const when = guard === undefined ? '' : ` [${guard}]`
  const does = actions.length === 0 ? '' : ` / ${actions.map(plain).join(', ')}`
  return `${what}${when}${does}`
}

const plain = (action: string): string => action.replace(/^xstate\./, '')

const nameOf = ({ names }: Drawing, id: string): string => names.get(id) ?? id
