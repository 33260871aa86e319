/** A statechart: the active states lit, the edge that was taken last, and the running timer's edge counting down. */
import { useEffect, useRef } from 'preact/hooks'
import type { Chart, ChartEdge, ChartState } from '../chart.ts'
import { useNow } from '../state/api.ts'
import { durationText, useText } from '../state/text.ts'
import { useZoom, ZoomButtons } from './zoom.tsx'

/** A timer as it runs now, or as it stood at an instant of the past. */
export type ChartTimer =
  | { readonly name: string; readonly at: string }
  | { readonly name: string; readonly left: number }

/** The step that led to the state. */
export interface TakenStep {
  readonly event: string
  /** Dotted path before it. */
  readonly from: string
}

interface Props {
  readonly chart: Chart
  /** Dotted path of the active states. */
  readonly state: string
  readonly timer?: ChartTimer | null | undefined
  readonly taken?: TakenStep | undefined
}

const lineHeight = 15

export function Statechart({ chart, state, timer, taken }: Props) {
  const say = useText()
  const active = activeIds(chart.id, state)
  const frame = useRef<HTMLElement>(null)
  const zoom = useZoom(frame, chart)
  useEffect(() => show(frame.current, { chart, state, scale: zoom.scale }), [chart, state, zoom.scale])
  const { width, height } = chart
  return (
    <figure class="chart" aria-label={`${chart.id}: ${state}`}>
      <ZoomButtons zoom={zoom} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the drawing scrolls, so it must be reached by keyboard */}
      <section ref={frame} class="drawing" tabIndex={0} aria-label={chart.id} {...zoom.handlers}>
        <svg viewBox={`0 0 ${width} ${height}`} width={width * zoom.scale} height={height * zoom.scale} role="img">
          <title>{`${chart.id}: ${state}`}</title>
          <defs>
            <marker
              id={`tip-${chart.id}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="9"
              markerHeight="9"
              markerUnits="userSpaceOnUse"
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
              isTaken={taken !== undefined && wasTaken(edge, activeIds(chart.id, taken.from), taken.event, active)}
              timer={timer && edge.timer === timer.name && active.has(edge.source) ? timer : undefined}
            />
          ))}
        </svg>
      </section>
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

/** An `after` is told as the event that XState makes of it, which ends in the delay's name and the state. */
function wasTaken(edge: ChartEdge, before: ReadonlySet<string>, event: string, now: ReadonlySet<string>): boolean {
  const isItsEvent = edge.event === event || (edge.timer !== undefined && event.split('.').includes(edge.timer))
  return isItsEvent && before.has(edge.source) && edge.targets.some((target) => now.has(target))
}

/** Brings the innermost active state into the middle of what is seen of the drawing. */
function show(
  frame: HTMLElement | null,
  { chart, state, scale }: { readonly chart: Chart; readonly state: string; readonly scale: number },
): void {
  const box = chart.states.find(({ id }) => id === `${chart.id}.${state}`)
  if (frame === null || box === undefined) return
  frame.scrollTo({
    left: (box.x + box.width / 2) * scale - frame.clientWidth / 2,
    top: (box.y + box.height / 2) * scale - frame.clientHeight / 2,
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
  readonly isTaken: boolean
  readonly timer: ChartTimer | undefined
}

function Edge({ edge, tip, isOpen, isTaken, timer }: EdgeProps) {
  const { points, labels } = edge
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
  const looks = [isOpen && 'open', isTaken && 'taken', timer !== undefined && 'running'].filter(Boolean).join(' ')
  return (
    <g class={`edge ${looks}`}>
      <path d={path} marker-end={tip} />
      {labels.map(({ x, y, lines }) => (
        <text key={y} class="line">
          {lines.map((line, index) => (
            <tspan key={line} x={x + 4} y={y + 11 + index * lineHeight} xml:space="preserve">
              {line}
              {index === 0 && timer !== undefined && <Left timer={timer} />}
            </tspan>
          ))}
        </text>
      ))}
    </g>
  )
}

function Left({ timer }: { timer: ChartTimer }) {
  const now = useNow()
  const left = 'at' in timer ? Date.parse(timer.at) - now : timer.left
  return <tspan class="left"> ▸ {durationText(left)}</tspan>
}
