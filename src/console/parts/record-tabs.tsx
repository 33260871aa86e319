/** The parts of the page of a device or session: overview, ladder, and what was found with its count. */
import type { FindingView } from '../../platform/api.ts'
import { type List, usePolled } from '../state/api.ts'
import { useText } from '../state/text.ts'
import { Tabs } from './tabs.tsx'

interface Props {
  readonly path: readonly string[]
  readonly open: string
  readonly deviceId: string
  readonly callId?: string
}

const countEvery = 5000

export const findingsPath = (deviceId: string, callId?: string): string =>
  `/api/devices/${deviceId}/findings${callId === undefined ? '' : `?callId=${encodeURIComponent(callId)}`}`

export function RecordTabs({ path, open, deviceId, callId }: Props) {
  const say = useText()
  const answer = usePolled<List<FindingView>>(findingsPath(deviceId, callId), countEvery)
  const total = answer?.ok ? answer.value.total : 0
  const tabs = [
    { name: 'overview', text: say('overview') },
    { name: 'ladder', text: say('ladder') },
    {
      name: 'findings',
      text: (
        <>
          {say('findings')} {total > 0 && <b class="badge">{total}</b>}
        </>
      ),
    },
  ]
  return <Tabs path={path} tabs={tabs} open={open} label={callId ?? deviceId} />
}
