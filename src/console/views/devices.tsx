import type { DeviceView } from '../../platform/api.ts'
import { Countdown } from '../parts/countdown.tsx'
import { type Column, RemoteTable } from '../parts/remote-table.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { linkTo } from '../state/route.ts'
import { useText } from '../state/text.ts'

export function Devices({ query }: { query: URLSearchParams }) {
  const say = useText()
  const columns: readonly Column<DeviceView>[] = [
    { title: say('id'), width: '13rem', sort: 'id', cell: ({ id }) => <a href={linkTo('devices', id)}>{id}</a> },
    { title: say('state'), width: '8rem', sort: 'state', cell: ({ state }) => <StateBadge state={state} /> },
    { title: say('reason'), width: '10rem', sort: 'offlineReason', cell: ({ offlineReason }) => offlineReason ?? '' },
    {
      title: say('next'),
      width: '10rem',
      cell: ({ nextDeadline }) => nextDeadline && <Countdown what={nextDeadline.what} at={nextDeadline.at} />,
    },
    { title: say('name'), width: 'minmax(6rem, 1fr)', sort: 'name', cell: ({ name }) => name ?? '' },
    {
      title: say('vendor'),
      width: 'minmax(6rem, 1fr)',
      sort: 'manufacturer',
      cell: ({ manufacturer }) => manufacturer ?? '',
    },
    {
      title: say('address'),
      width: '13rem',
      sort: 'address',
      cell: ({ transport, address }) => `${transport} ${address}`,
    },
    { title: say('channels'), width: '6rem', sort: 'channelCount', cell: ({ channelCount }) => channelCount },
  ]
  return (
    <RemoteTable
      title={say('devices')}
      path="/api/devices"
      query={query}
      columns={columns}
      idOf={({ id }) => id}
      defaultSort="id"
    />
  )
}
