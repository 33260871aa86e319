/** What can be done with a ladder, each by its key too. */
import { setQuery } from '../state/route.ts'
import { type TextKey, useText } from '../state/text.ts'
import { type Drawn, download, ladderSvg, ladderText, messagesText } from './export.ts'
import type { Following } from './following.ts'
import type { Seen } from './seen.ts'
import type { Selection } from './selection.ts'
import { clocks, colourings, type LadderView, next, toggle } from './view.ts'

interface Props {
  readonly view: LadderView
  readonly seen: Seen
  readonly selection: Selection
  readonly following: Following
  readonly drawn: Drawn
  readonly record: { readonly deviceId: string; readonly callId?: string } | undefined
}

export function Toolbar({ view, seen, selection, following, drawn, record }: Props) {
  const say = useText()
  const shown = drawn.rows.reduce((sum, { kind }) => sum + Number(kind === 'message'), 0)
  return (
    <div class="ladder-bar">
      <div class="group">
        <input
          type="search"
          class="ladder-filter"
          placeholder={say('filter')}
          aria-label={say('filterLabel')}
          value={view.filter}
          onInput={({ currentTarget }) => setQuery({ q: currentTarget.value })}
        />
        <Chip text="failures" term="has:failure" filter={view.filter} />
        <Chip text="slow" term="has:slow" filter={view.filter} />
        <Chip text="repeated" term="has:retransmission" filter={view.filter} />
        <span role="status" class="count">
          <b>{shown}</b>
          {seen.hidden > 0 && (
            <>
              {' '}
              · {seen.hidden} {say('hidden')}
            </>
          )}
        </span>
      </div>
      <div class="group">
        <input
          type="search"
          class="ladder-find"
          placeholder={say('find')}
          aria-label={say('find')}
          value={view.find}
          onInput={({ currentTarget }) => setQuery({ find: currentTarget.value })}
          onKeyDown={({ key, shiftKey }) => key === 'Enter' && selection.hit(shiftKey ? -1 : 1)}
        />
        {view.find !== '' && (
          <span role="status" class="count">
            {seen.hits.length} {say('hits')}
          </span>
        )}
      </div>
      {following.isOn || following.fresh > 0 || seen.isPaused || record !== undefined ? (
        <Live seen={seen} following={following} />
      ) : null}
      <Switches view={view} />
      <Exports drawn={drawn} record={record} />
    </div>
  )
}

function Live({ seen, following }: Pick<Props, 'seen' | 'following'>) {
  const say = useText()
  return (
    <div class="group">
      <button type="button" aria-pressed={following.isOn} onClick={() => following.set(!following.isOn)}>
        {say('follow')}
      </button>
      {following.fresh > 0 && !seen.isPaused && (
        <button type="button" class="fresh" onClick={() => following.set(true)}>
          ↓ {following.fresh} {say('fresh')}
        </button>
      )}
      <button type="button" aria-pressed={seen.isPaused} onClick={() => seen.setPaused(!seen.isPaused)}>
        {say('pause')}
        {seen.unseen > 0 && ` · ${seen.unseen} ${say('fresh')}`}
      </button>
    </div>
  )
}

/** A term of the filter as a switch. */
function Chip({ text, term, filter }: { text: TextKey; term: string; filter: string }) {
  const say = useText()
  const terms = filter.split(/\s+/).filter(Boolean)
  const isOn = terms.includes(term)
  const change = () => setQuery({ q: (isOn ? terms.filter((each) => each !== term) : [...terms, term]).join(' ') })
  return (
    <button type="button" class="chip" aria-pressed={isOn} onClick={change}>
      {say(text)}
    </button>
  )
}

function Switches({ view }: { view: LadderView }) {
  const say = useText()
  const switches: readonly (readonly [TextKey, string, boolean])[] = [
    ['sdpInfo', 'sdp', view.sdp],
    ['byAddress', 'byAddress', view.byAddress],
    ['rawList', 'list', view.list],
  ]
  return (
    <div class="group">
      {switches.map(([text, name, isOn]) => (
        <button key={name} type="button" aria-pressed={isOn} onClick={() => toggle(name, isOn)}>
          {say(text)}
        </button>
      ))}
      <button type="button" aria-pressed={view.media} onClick={() => toggle('noMedia', !view.media)}>
        {say('mediaRows')}
      </button>
      <button type="button" onClick={() => setQuery({ colour: next(colourings, view.colour) })}>
        {say('colour')}: {say(`colour-${view.colour}`)}
      </button>
      <button type="button" onClick={() => setQuery({ clock: next(clocks, view.clock) })}>
        {say(`clock-${view.clock}`)}
      </button>
    </div>
  )
}

function Exports({ drawn, record }: Pick<Props, 'drawn' | 'record'>) {
  const say = useText()
  const { title, rows } = drawn
  return (
    <details class="exports">
      <summary>{say('export')}</summary>
      <div>
        <p>{say('exportShown')}</p>
        <button type="button" onClick={() => download(`${title}.txt`, 'text/plain', ladderText(drawn))}>
          {say('exportText')}
        </button>
        <button type="button" onClick={() => download(`${title}.svg`, 'image/svg+xml', ladderSvg(drawn))}>
          SVG
        </button>
        <button type="button" onClick={() => download(`${title}.sip`, 'text/plain', messagesText(rows))}>
          {say('exportMessages')}
        </button>
        {record !== undefined && (
          <>
            <p>{say('exportAll')}</p>
            {(['pcap', 'json', 'html'] as const).map((format) => (
              <a key={format} href={recordUrl(record, format)} download={`${title}.${format}`}>
                {format === 'json' ? say('bundle') : format}
              </a>
            ))}
          </>
        )}
      </div>
    </details>
  )
}

function recordUrl({ deviceId, callId }: NonNullable<Props['record']>, format: string): string {
  const query = new URLSearchParams({ format, ...(callId !== undefined && { callId }) })
  return `/api/devices/${encodeURIComponent(deviceId)}/record?${query}`
}
