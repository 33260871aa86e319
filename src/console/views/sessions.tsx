import type { SessionView } from '../../platform/api.ts'
import { type Column, RemoteTable } from '../parts/remote-table.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { linkTo } from '../state/route.ts'
import { timeText, useText } from '../state/text.ts'

export function Sessions({ query }: { query: URLSearchParams }) {
  const say = useText()
  const columns: readonly Column<SessionView>[] = [
    {
      title: say('started'),
      width: '7rem',
      sort: 'createdAt',
      cell: ({ id, createdAt }) => (
        <a href={linkTo('sessions', id)} title={createdAt}>
          {timeText(createdAt)}
        </a>
      ),
    },
    { title: say('state'), width: '8rem', sort: 'state', cell: ({ state }) => <StateBadge state={state} /> },
    { title: say('reason'), width: '10rem', sort: 'failure', cell: ({ failure }) => failure?.reason ?? '' },
    {
      title: say('device'),
      width: '13rem',
      sort: 'deviceId',
      cell: ({ deviceId }) => <a href={linkTo('devices', deviceId)}>{deviceId}</a>,
    },
    { title: say('channel'), width: '13rem', sort: 'channelId', cell: ({ channelId }) => channelId },
    { title: 'SSRC', width: '8rem', sort: 'ssrc', cell: ({ ssrc }) => ssrc },
    { title: say('packets'), width: 'minmax(5rem, 1fr)', cell: ({ media }) => media.packets ?? '' },
  ]
  return (
    <RemoteTable
      title={say('sessions')}
      path="/api/sessions"
      query={query}
      columns={columns}
      idOf={({ id }) => id}
      defaultSort="-createdAt"
    />
  )
}
