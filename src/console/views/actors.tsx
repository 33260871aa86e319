/** Every living machine, to be searched by device, Call-ID and branch, sorted by what owns it. */
import type { ActorView } from '../../platform/api.ts'
import { Countdown } from '../parts/countdown.tsx'
import { type Column, RemoteTable } from '../parts/remote-table.tsx'
import { linkTo } from '../state/route.ts'
import { timeText, useText } from '../state/text.ts'

export function Actors({ query }: { query: URLSearchParams }) {
  const say = useText()
  const columns: readonly Column<ActorView>[] = [
    {
      title: say('machine'),
      width: '11rem',
      sort: 'machine',
      cell: ({ id, machine }) => <a href={linkTo('actors', id)}>{machine}</a>,
    },
    { title: say('state'), width: '11rem', sort: 'state', cell: ({ state }) => <code>{state}</code> },
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
      width: 'minmax(10rem, 1fr)',
      sort: 'callId',
      cell: ({ key }) => key.branch ?? key.callId ?? '',
    },
    { title: say('parent'), width: 'minmax(8rem, 1fr)', sort: 'parent', cell: ({ parent }) => <Parent id={parent} /> },
  ]
  return (
    <RemoteTable
      title={say('live')}
      path="/api/actors"
      query={query}
      columns={columns}
      idOf={({ id }) => id}
      defaultSort="machine"
    />
  )
}

function Parent({ id }: { id: string | null }) {
  return id === null ? null : <a href={linkTo('actors', id)}>{id}</a>
}
