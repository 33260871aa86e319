/** The ladder: who said what to whom, row by row; the chosen message decoded beside it. Keys are sngrep's. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { routeOf, setQuery } from '../state/route.ts'
import { durationText, timeText, useText } from '../state/text.ts'
import { exported, type Message, matches, type Row, repeated, rowsOf } from './ladder-rows.ts'
import { Comparison, MessageDetail } from './message-detail.tsx'
import { Search } from './search.tsx'
import { useVirtualRows } from './virtual-rows.ts'

interface Props {
  readonly name: string
  readonly trace: readonly Omit<Message, 'text'>[]
  readonly texts: readonly string[]
  readonly query: URLSearchParams
}

const rowHeight = 34

export function Ladder({ name, trace, texts, query }: Props) {
  const say = useText()
  const frame = useRef<HTMLDivElement>(null)
  const filter = query.get('q') ?? ''
  const all = useMemo(() => trace.map((row, index) => ({ ...row, text: texts[index] ?? '' })), [trace, texts])
  const shown = useMemo(() => all.filter((message) => matches(message, filter)), [all, filter])
  const rows = useMemo(() => rowsOf(shown), [shown])
  const ends = useMemo(() => [...new Set(shown.flatMap(({ from, to }) => [from, to]))], [shown])
  const [marked, setMarked] = useState<readonly number[]>([])
  const virtual = useVirtualRows(frame, rows.length, rowHeight)
  const chosenFrame = Number(query.get('message') ?? Number.NaN)
  const chosen = indexOf(rows, chosenFrame)
  const row = rows[chosen]
  const compared = marked.flatMap((each) => all.find((message) => message.frame === each) ?? [])

  const choose = (index: number) => {
    const next = rows[index]
    if (next?.kind !== 'message') return
    setQuery({ message: String(next.message.frame) })
    virtual.scrollTo(index)
  }
  // Keys may come faster than the page is drawn, so they go by the address and not by what was drawn last.
  const current = () => indexOf(rows, Number(routeOf(location.hash).query.get('message') ?? Number.NaN))
  const step = (by: 1 | -1, wanted: (row: Row) => boolean) => {
    for (let index = current() + by; index >= 0 && index < rows.length; index += by) {
      const candidate = rows[index]
      if (candidate?.kind === 'message' && wanted(candidate)) return choose(index)
    }
  }
  const sameDialog = (other: Row) => {
    const here = rows[current()]
    return here?.kind === 'message' && other.kind === 'message' && other.message.callId === here.message.callId
  }
  const any = () => true
  const mark = () => {
    const here = rows[current()]
    if (here?.kind !== 'message') return
    const { frame: number } = here.message
    setMarked((before) =>
      before.includes(number) ? before.filter((each) => each !== number) : [...before, number].slice(-2),
    )
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => step(1, any),
    j: () => step(1, any),
    ArrowUp: () => step(-1, any),
    k: () => step(-1, any),
    g: () => choose(0),
    Home: () => choose(0),
    G: () => choose(rows.length - 1),
    End: () => choose(rows.length - 1),
    '[': () => step(-1, sameDialog),
    ']': () => step(1, sameDialog),
    ' ': mark,
    y: () => row?.kind === 'message' && void navigator.clipboard.writeText(row.message.text),
    x: () => download(`${name}.txt`, exported(shown)),
    '/': () => document.querySelector<HTMLElement>('.ladder-bar .search')?.focus(),
  }
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const inField = event.target instanceof HTMLElement && event.target.matches('input, select, textarea, button')
      const does = keys[event.key]
      if (inField || does === undefined || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      does()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  })

  const hidden = all.length - shown.length
  return (
    <section aria-labelledby="ladder">
      <div class="bar ladder-bar">
        <h2 id="ladder">
          {say('ladder')} <small>{shown.length}</small>
        </h2>
        <Search q={filter} label={say('filter')} />
        {hidden > 0 && (
          <span role="status">
            {hidden} {say('hidden')}
          </span>
        )}
        <button type="button" onClick={() => download(`${name}.txt`, exported(shown))}>
          {say('exportText')}
        </button>
      </div>
      <p class="quiet">{say('keys')}</p>
      <div class="ladder-split">
        <div class="ladder" ref={frame} style={{ '--lanes': ends.length }}>
          <div class="ends">
            {ends.map((end) => (
              <span key={end}>{end}</span>
            ))}
          </div>
          <div class="runway" style={{ height: `${virtual.height}px` }}>
            {virtual.items.map(({ index, start }) => (
              <LadderRow
                key={index}
                row={rows[index]}
                top={start}
                ends={ends}
                isChosen={index === chosen}
                marked={marked}
                choose={() => choose(index)}
              />
            ))}
          </div>
        </div>
        <div class="dock" aria-live="polite">
          {compared[0] !== undefined && compared[1] !== undefined ? (
            <Comparison left={compared[0].text} right={compared[1].text} />
          ) : row?.kind === 'message' ? (
            <MessageDetail text={row.message.text} />
          ) : (
            <p class="quiet">{say('pick')}</p>
          )}
        </div>
      </div>
    </section>
  )
}

const indexOf = (rows: readonly Row[], frame: number): number =>
  rows.findIndex((row) => row.kind === 'message' && row.message.frame === frame)

interface RowProps {
  readonly row: Row | undefined
  readonly top: number
  readonly ends: readonly string[]
  readonly isChosen: boolean
  readonly marked: readonly number[]
  readonly choose: () => void
}

function LadderRow({ row, top, ends, isChosen, marked, choose }: RowProps) {
  if (row === undefined) return null
  const place = { transform: `translateY(${top}px)` }
  if (row.kind === 'idle') {
    return (
      <div class="rung idle" style={place}>
        — {durationText(row.ms)} —
      </div>
    )
  }
  const { at, from, to, label, kind, frame, unanswered } = row.message
  const [a, b] = [ends.indexOf(from), ends.indexOf(to)]
  const [left, right] = [Math.min(a, b), Math.max(a, b)]
  const isMarked = marked.includes(frame)
  return (
    <button
      type="button"
      class={`rung ${kind} ${isChosen ? 'chosen' : ''}`}
      style={place}
      aria-pressed={isChosen}
      title={`${from} → ${to}`}
      onClick={choose}
    >
      <span class="when" title={at}>
        {isMarked ? '◆ ' : ''}
        {timeText(at)} <small>+{(row.delta / 1000).toFixed(3)}</small>
      </span>
      <span class="lanes">
        <span
          class={`arrow ${a < b ? 'right' : 'left'}`}
          style={{ gridColumn: `${left * 2 + 2} / ${Math.max(right * 2 + 2, left * 2 + 3)}` }}
        >
          {label} {repeated(at, row.again)}
          {unanswered !== undefined && <em> ✕ {unanswered}</em>}
        </span>
      </span>
    </button>
  )
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
