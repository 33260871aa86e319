/**
 * The ladder: who said what to whom, row by row, the chosen message beside it. The same for a live device, a bundle and a
 * capture. Its keys are sngrep's.
 */
import { useMemo, useRef } from 'preact/hooks'
import type { Source } from '../flight/flight.ts'
import { useVirtualRows } from '../parts/virtual-rows.ts'
import { useText } from '../state/text.ts'
import { Dock } from './dock.tsx'
import { useFollowing } from './following.ts'
import { useLadderKeys } from './ladder-keys.ts'
import { RawList } from './raw-list.tsx'
import { type MediaFlow, rowOf } from './rows.ts'
import { Rung } from './rung.tsx'
import { useSeen } from './seen.ts'
import { selectionIn } from './selection.ts'
import { Toolbar } from './toolbar.tsx'
import { useLadderView } from './view.ts'

export interface LadderProps {
  /** What exported files are called. */
  readonly name: string
  readonly source: Source
  /** Changes whenever the source has. */
  readonly version: number
  /** More may come. */
  readonly isLive: boolean
  readonly media?: readonly MediaFlow[]
  /** Of whom the server has the whole record. */
  readonly record?: { readonly deviceId: string; readonly callId?: string }
}

const rungHeight = 34
/** Of the heads of the columns. */
const headHeight = 46
const noMedia: readonly MediaFlow[] = []

export function Ladder({ name, source, version, isLive, media = noMedia, record }: LadderProps) {
  const say = useText()
  const frame = useRef<HTMLDivElement>(null)
  const view = useLadderView()
  const seen = useSeen({ source, version, isLive, media, view })
  const { rows, columns, hits } = seen
  const virtual = useVirtualRows(frame, { count: rows.length, height: rungHeight, head: headHeight })
  const following = useFollowing(frame, { isLive: isLive && !seen.isPaused, rows, height: rungHeight })
  const selection = selectionIn(rows, hits, (index) => virtual.scrollTo(index))
  const drawn = { title: name, rows, columns }
  useLadderKeys({ selection, seen, following, drawn })
  const chosen = view.message === undefined ? -1 : rowOf(rows, view.message)
  const hitSet = useMemo(() => new Set(hits), [hits])

  return (
    <section class="ladder-view" aria-label={say('ladder')}>
      <Toolbar view={view} seen={seen} selection={selection} following={following} drawn={drawn} record={record} />
      <div class="ladder-split">
        {view.list ? (
          <RawList rows={rows} />
        ) : (
          <div class="ladder" ref={frame} style={{ '--lanes': columns.all.length }}>
            <div class="ends" aria-hidden="true">
              {columns.all.map(({ end, name: called }) => (
                <span key={end} title={end}>
                  {called !== undefined && <b>{called}</b>}
                  <small>{end}</small>
                </span>
              ))}
            </div>
            <div
              class="runway"
              role="listbox"
              tabIndex={0}
              aria-label={say('ladder')}
              aria-activedescendant={chosen >= 0 ? `rung-${view.message}` : undefined}
              style={{ height: `${virtual.height}px` }}
            >
              {virtual.items.map(({ index, start }) => {
                const row = rows[index]
                return row === undefined ? null : (
                  <Rung
                    key={index}
                    row={row}
                    index={index}
                    count={rows.length}
                    top={start - headHeight}
                    columns={columns}
                    view={view}
                    origin={seen.origin}
                    isHit={hitSet.has(index)}
                    choose={() => selection.choose(index)}
                  />
                )
              })}
            </div>
            {rows.length === 0 && <Empty hidden={seen.hidden} isLive={isLive} />}
          </div>
        )}
        <Dock source={source} view={view} all={seen.all} isLive={isLive} />
      </div>
    </section>
  )
}

function Empty({ hidden, isLive }: { hidden: number; isLive: boolean }) {
  const say = useText()
  return <p class="none">{hidden > 0 ? `${hidden} ${say('hidden')}` : say(isLive ? 'waiting' : 'nothing')}</p>
}
