/** One row of a ladder. */
import { useNow } from '../state/api.ts'
import { durationText, timeText, useText } from '../state/text.ts'
import type { Columns } from './columns.ts'
import { foldText, type Missing, type Row, secondsText } from './rows.ts'
import { sdpText } from './sdp.ts'
import type { LadderView } from './view.ts'

export interface RungProps {
  readonly row: Row
  readonly index: number
  readonly count: number
  readonly top: number
  readonly columns: Columns
  readonly view: LadderView
  /** Milliseconds since the epoch, from which relative times count. */
  readonly origin: number
  readonly isHit: boolean
  readonly choose: () => void
}

export function Rung(props: RungProps) {
  const { row, top } = props
  const place = { transform: `translateY(${top}px)` }
  if (row.kind === 'idle') {
    return (
      <div class="rung idle" style={place} role="presentation">
        <span>— {secondsText(row.ms)} —</span>
      </div>
    )
  }
  if (row.kind === 'media') {
    const { flow } = row
    return (
      <div class="rung media" style={place} role="presentation">
        <span class="when">
          <i />
          {timeText(flow.at)}
        </span>
        <Arrow from={flow.from} to={flow.to} columns={props.columns} text={flow.label} />
      </div>
    )
  }
  return row.kind === 'missing' ? <MissingRung {...props} row={row} /> : <MessageRung {...props} row={row} />
}

/** Where the reply should stand: as long as it may still come, with the time that is left. */
function MissingRung({ row: { message }, top, columns }: RungProps & { row: Missing }) {
  return (
    <div class="rung missing" style={{ transform: `translateY(${top}px)` }} role="presentation">
      <span class="when" />
      <Arrow from={message.to} to={message.from} columns={columns} text={<Waited exchange={message.exchange} />} />
    </div>
  )
}

function Waited({ exchange: { timer, waiting } }: Pick<Missing['message'], 'exchange'>) {
  const say = useText()
  const now = useNow()
  if (waiting !== undefined)
    return (
      <>
        ✕ {say('noReply')} · {waiting}
      </>
    )
  if (timer === undefined) return <>… {say('noReply')}</>
  if (timer.fired)
    return (
      <>
        ✕ {say('noReply')} · {timer.name}
      </>
    )
  return (
    <>
      … {say('noReply')} · {timer.name} <b>{durationText(timer.due - now)}</b>
    </>
  )
}

function MessageRung({
  row,
  index,
  count,
  top,
  columns,
  view,
  origin,
  isHit,
  choose,
}: RungProps & { row: MessageRowOf }) {
  const { message, delta } = row
  const { id, at, from, to, label, kind } = message
  const fold = foldText(row)
  const isChosen = view.message === id || row.again.some((repetition) => repetition.id === view.message)
  const isMarked = view.marked.includes(id)
  const hue = hueOf(row, view)
  return (
    <div
      id={`rung-${id}`}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-posinset={index + 1}
      aria-setsize={count}
      class={`rung ${kind} ${hue} ${isChosen ? 'chosen' : ''} ${isHit ? 'hit' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      title={`${from} → ${to}`}
      onClick={choose}
    >
      <span class="when" title={new Date(at).toISOString()}>
        <i aria-hidden="true">{isMarked ? '◆' : ''}</i>
        {view.clock === 'absolute' ? timeText(at) : secondsText(at - origin)}{' '}
        <small>+{(delta / 1000).toFixed(3)}</small>
      </span>
      <Arrow
        from={from}
        to={to}
        columns={columns}
        text={
          <>
            {label}
            {view.sdp && <small> {sdpText(message.text)}</small>}
            {fold !== '' && <em> {fold}</em>}
          </>
        }
      />
    </div>
  )
}

type MessageRowOf = Extract<Row, { kind: 'message' }>

interface ArrowProps {
  readonly from: string
  readonly to: string
  readonly columns: Columns
  readonly text: preact.ComponentChildren
}

/** From the middle of one column to the middle of another. */
function Arrow({ from, to, columns, text }: ArrowProps) {
  const [a, b] = [columns.of(from), columns.of(to)]
  const [left, right] = [Math.min(a, b), Math.max(a, b)]
  return (
    <span class="lanes">
      <span
        class={`arrow ${a < b ? 'right' : a > b ? 'left' : 'self'}`}
        style={{ gridColumn: `${left * 2 + 2} / ${Math.max(right * 2 + 2, left * 2 + 3)}` }}
      >
        <span>{text}</span>
      </span>
    </span>
  )
}

const hues = 8

/** A colour for each Call-ID, method or transaction, used again after a few. */
function hueOf({ message }: MessageRowOf, { colour }: LadderView): string {
  if (colour === 'kind') return ''
  const key = { call: message.callId, method: message.method, transaction: message.branch }[colour] ?? ''
  let sum = 0
  for (const character of key) sum = (31 * sum + character.charCodeAt(0)) % 65_521
  return `hue${sum % hues}`
}
