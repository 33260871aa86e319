/** Every living machine below what owns it, to be searched by device, Call-ID and branch, and sorted. */
import type { ActorView } from '../../platform/api.ts'
import { Countdown } from '../parts/countdown.tsx'
import { type Column, RemoteTable } from '../parts/remote-table.tsx'
import { linkTo, setQuery } from '../state/route.ts'
import { timeText, useText } from '../state/text.ts'

type Listed = ActorView & { readonly depth?: number }

export function Actors({ query }: { query: URLSearchParams }) {
  const say = useText()
  const isFlat = query.has('flat')
  const columns: readonly Column<Listed>[] = [
    {
      title: say('machine'),
      width: 'minmax(15rem, 1.2fr)',
      sort: 'machine',
      cell: ({ id, machine, depth = 0 }) => (
        <span class="branch" style={{ paddingLeft: `${1.3 * depth}rem` }}>
          {depth > 0 && <span aria-hidden="true">└ </span>}
          <a href={linkTo('actors', id)}>{machine}</a>
        </span>
      ),
    },
    { title: say('state'), width: '12rem', sort: 'state', cell: ({ state }) => <code>{state}</code> },
    {
      title: say('timer'),
      width: '12rem',
      cell: ({ nextTimer }) => nextTimer && <Countdown what={nextTimer.name} at={nextTimer.at} />,
    },
    {
      title: say('since'),
      width: '6rem',
      sort: 'since',
      cell: ({ since }) => <span title={since}>{timeText(since)}</span>,
    },
    { title: say('device'), width: '13rem', sort: 'deviceId', cell: ({ key }) => key.deviceId ?? '' },
    {
      title: say('key'),
      width: 'minmax(12rem, 1fr)',
      sort: 'callId',
      cell: ({ key }) => <code>{key.branch ?? key.callId ?? ''}</code>,
    },
  ]
  return (
    <RemoteTable
      title={say('live')}
      path="/api/actors"
      fixed={isFlat ? '' : 'nested=true'}
      query={query}
      columns={columns}
      idOf={({ id }) => id}
      defaultSort={isFlat ? 'machine' : '-machine'}
      tools={
        <span class="group">
          <button type="button" aria-pressed={!isFlat} onClick={() => setQuery({ flat: '' })}>
            {say('nested')}
          </button>{' '}
          <button type="button" aria-pressed={isFlat} onClick={() => setQuery({ flat: '1' })}>
            {say('flat')}
          </button>
        </span>
      }
    />
  )
}
