/** A statechart, with the active states lit and the edge of the running timer counting down. */

import { useEffect, useRef } from 'preact/hooks'
import type { Chart, ChartEdge, ChartState } from '../chart.ts'
import { useNow } from '../state/api.ts'
import { durationText, useText } from '../state/text.ts'

interface Props {
  readonly chart: Chart
  /** Dotted path of the active states. */
  readonly state: string
  readonly timer: { readonly name: string; readonly at: string } | null
}

const lineHeight = 15

export function Statechart({ chart, state, timer }: Props) {
  const say = useText()
  const active = activeIds(chart.id, state)
  const frame = useRef<HTMLElement>(null)
  useEffect(() => show(frame.current, chart, state), [chart, state])
  return (
    // The drawing scrolls, so it must be reached by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as said
    <figure ref={frame} class="chart" tabIndex={0} aria-label={`${chart.id}: ${state}`}>
      <svg viewBox={`0 0 ${chart.width} ${chart.height}`} width={chart.width} height={chart.height} role="img">
        <title>{`${chart.id}: ${state}`}</title>
        <defs>
          <marker
            id={`tip-${chart.id}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8z" class="tip" />
          </marker>
        </defs>
        {chart.states.map((box) => (
          <StateBox key={box.id} box={box} isActive={active.has(box.id)} />
        ))}
        {chart.edges.map((edge) => (
          <Edge
            key={edge.id}
            edge={edge}
            tip={`url(#tip-${chart.id})`}
            isOpen={active.has(edge.source)}
            due={timer !== null && edge.timer === timer.name && active.has(edge.source) ? timer.at : undefined}
          />
        ))}
      </svg>
      {chart.anywhere.length > 0 && (
        <figcaption>
          <b>{say('anywhere')}</b>
          {chart.anywhere.map((line) => (
            <code key={line}>{line}</code>
          ))}
        </figcaption>
      )}
    </figure>
  )
}

/** `active.trying` of `nict`: `nict.active`, `nict.active.trying`. */
function activeIds(machine: string, state: string): ReadonlySet<string> {
  const parts = state.split('.')
  return new Set(parts.map((_, index) => [machine, ...parts.slice(0, index + 1)].join('.')))
}

/** Brings the innermost active state into the middle of what is seen of the drawing. */
function show(frame: HTMLElement | null, chart: Chart, state: string): void {
  const box = chart.states.find(({ id }) => id === `${chart.id}.${state}`)
  if (frame === null || box === undefined) return
  frame.scrollTo({
    left: box.x + box.width / 2 - frame.clientWidth / 2,
    top: box.y + box.height / 2 - frame.clientHeight / 2,
  })
}

function StateBox({ box, isActive }: { box: ChartState; isActive: boolean }) {
  const { id, key, type, x, y, width, height, lines } = box
  if (type === 'begin') return <circle cx={x + width / 2} cy={y + height / 2} r={5} class="begin" />
  return (
    <g class={`box ${type} ${isActive ? 'lit' : ''}`} data-state={id} data-active={isActive}>
      <rect x={x} y={y} width={width} height={height} rx={8} />
      {type === 'final' && <rect x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={6} />}
      <text x={x + width / 2} y={y + 19} class="name">
        {key}
      </text>
      {lines.map((line, index) => (
        <text key={line} x={x + 10} y={y + 37 + index * lineHeight} class="line">
          {line}
        </text>
      ))}
    </g>
  )
}

interface EdgeProps {
  readonly edge: ChartEdge
  readonly tip: string
  readonly isOpen: boolean
  readonly due: string | undefined
}

function Edge({ edge, tip, isOpen, due }: EdgeProps) {
  const { points, labels } = edge
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
  return (
    <g class={`edge ${isOpen ? 'open' : ''} ${due === undefined ? '' : 'running'}`}>
      <path d={path} marker-end={tip} />
      {labels.map(({ x, y, lines }) => (
        <text key={y} class="line">
          {lines.map((line, index) => (
            <tspan key={line} x={x + 4} y={y + 11 + index * lineHeight} xml:space="preserve">
              {line}
              {index === 0 && due !== undefined && <Left at={due} />}
            </tspan>
          ))}
        </text>
      ))}
    </g>
  )
}

function Left({ at }: { at: string }) {
  const left = Date.parse(at) - useNow()
  return <tspan class="left"> ▸ {durationText(left)}</tspan>
}
