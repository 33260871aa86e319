/**
 * Where each state and edge of a machine is drawn, found by elkjs when the page is built: a machine does not change
 * while the program runs, so the page carries the drawing and not the layout engine.
 */
import { type ElkExtendedEdge, type ElkNode, default as elk } from 'elkjs/lib/elk.bundled.js'
import type { AnyStateMachine } from 'xstate'
import {
  describeMachine,
  type MachineDescription,
  type StateDescription,
  type TransitionDescription,
} from '../../statechart/describe.ts'
import type { Chart, ChartEdge, ChartState } from '../chart.ts'

/** Of the labels, which are set in a monospaced font of this size. */
const letter = 6.65
const line = 15
const padding = 10
const longest = 26
/** Letters that a running timer takes beyond its label. */
const countdown = 9

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.spacing.nodeNode': '28',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '36',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.edgeLabels.inline': 'false',
}

export async function chartOf(machine: AnyStateMachine): Promise<Chart> {
  const description = describeMachine(machine)
  const laid = await new elk.default().layout(graphOf(description))
  return {
    id: description.id,
    width: Math.ceil(laid.width ?? 0),
    height: Math.ceil(laid.height ?? 0),
    states: statesIn(laid, description),
    edges: edgesIn(laid, description),
    anywhere: description.transitions
      .filter(({ source, trigger }) => source === description.id && trigger !== 'initial')
      .map((edge) => `${labelOf(edge)}${edge.targets.map((target) => ` → ${keyOf(target)}`).join('')}`),
  }
}

const keyOf = (id: string): string => id.slice(id.lastIndexOf('.') + 1)

function graphOf(description: MachineDescription): ElkNode {
  const inside = childrenOf(description, description.id)
  const begin = beginOf(description.id, description.initial)
  return {
    id: description.id,
    layoutOptions: { ...options, 'elk.padding': '[top=8,left=8,bottom=8,right=8]' },
    children: [begin.node, ...inside],
    edges: [begin.edge, ...leaving(description).map(elkEdge)],
  }
}

function beginOf(parent: string, initial: string): { node: ElkNode; edge: ElkExtendedEdge } {
  const id = `${parent} begin`
  return {
    node: { id, width: 12, height: 12 },
    edge: { id: `${id} edge`, sources: [id], targets: [initial] },
  }
}

function childrenOf(description: MachineDescription, parent: string): ElkNode[] {
  return description.states.filter((state) => state.parent === parent).map((state) => nodeOf(description, state))
}

function nodeOf(description: MachineDescription, state: StateDescription): ElkNode {
  const lines = linesOf(description, state)
  const width = Math.max(state.key.length * 8.4, ...lines.map(({ length }) => length * letter)) + 2 * padding
  const head = 26 + lines.length * line
  if (state.type !== 'compound' || state.initial === undefined) {
    return { id: state.id, width: Math.max(72, width), height: head + (lines.length > 0 ? 6 : 4) }
  }
  const begin = beginOf(state.id, state.initial)
  return {
    id: state.id,
    layoutOptions: {
      'elk.padding': `[top=${head + 14},left=14,bottom=14,right=14]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width}, ${head + 40})`,
    },
    children: [begin.node, ...childrenOf(description, state.id)],
    edges: [begin.edge],
  }
}

/** What does not leave its state stands inside it, as in the Mermaid diagrams. */
const stays = (state: StateDescription, { targets, reenter }: TransitionDescription): boolean =>
  targets.length === 0 || (targets[0] === state.id && !reenter && state.type !== 'compound')

function linesOf(description: MachineDescription, state: StateDescription): string[] {
  const own = description.transitions.filter((edge) => edge.source === state.id && stays(state, edge))
  return [
    ...(state.entry.length === 0 ? [] : wrapped(`entry / ${state.entry.map(plain).join(', ')}`)),
    ...own.flatMap((edge) => wrapped(labelOf(edge))),
    ...(state.exit.length === 0 ? [] : wrapped(`exit / ${state.exit.map(plain).join(', ')}`)),
  ]
}

function leaving(description: MachineDescription): TransitionDescription[] {
  return description.transitions.filter((edge) => {
    const state = description.states.find(({ id }) => id === edge.source)
    return state !== undefined && !stays(state, edge)
  })
}

function elkEdge(edge: TransitionDescription): ElkExtendedEdge {
  const lines = wrapped(labelOf(edge))
  const [first = '', ...more] = lines
  const counting = edge.delay === undefined ? 0 : countdown
  const width = Math.max(first.length + counting, ...more.map(({ length }) => length)) * letter + 8
  return {
    id: edge.key,
    sources: [edge.source],
    targets: [...edge.targets],
    labels: [{ id: `${edge.key} label`, text: lines.join('\n'), width, height: lines.length * line }],
  }
}

function labelOf({ trigger, event, delay, guard, actions }: TransitionDescription): string {
  const what = { initial: '', event, after: `after ${delay}`, always: 'always', done: 'done' }[trigger]
  const when = guard === undefined ? '' : ` [${guard}]`
  return `${what}${when}${actions.length === 0 ? '' : ` / ${actions.map(plain).join(', ')}`}`
}

const plain = (action: string): string => action.replace(/^xstate\./, '')

/** Broken at spaces, for a label as wide as its text would tear the drawing apart. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < longest) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(lines.length === 0 ? word : `  ${word}`)
  }
  return lines
}

function statesIn(node: ElkNode, description: MachineDescription): ChartState[] {
  return (node.children ?? []).flatMap((child) => {
    const { id, x = 0, y = 0, width = 0, height = 0 } = child
    const box = { id, x, y, width, height }
    const state = description.states.find((each) => each.id === id)
    if (state === undefined) return [{ ...box, key: '', type: 'begin' as const, lines: [] }]
    const { key } = state
    const type = state.type === 'compound' || state.type === 'final' ? state.type : ('atomic' as const)
    return [{ ...box, key, type, lines: linesOf(description, state) }, ...statesIn(child, description)]
  })
}

function edgesIn(node: ElkNode, description: MachineDescription): ChartEdge[] {
  const own = (node.edges ?? []).map(({ id, sections = [], labels = [] }) => {
    const edge = description.transitions.find(({ key }) => key === id)
    return {
      id,
      source: edge?.source ?? '',
      targets: edge?.targets ?? [],
      ...(edge?.event !== undefined && { event: edge.event }),
      ...(edge?.delay !== undefined && { timer: edge.delay }),
      points: sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]),
      labels: labels.map(({ x = 0, y = 0, text = '' }) => ({ x, y, lines: text.split('\n') })),
    }
  })
  return [...own, ...(node.children ?? []).flatMap((child) => edgesIn(child, description))]
}
