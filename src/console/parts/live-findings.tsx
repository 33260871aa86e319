/** What was found in the record of a device, or of one dialog of it, asked again as it goes on. */
import type { FindingView } from '../../platform/api.ts'
import { useFlight } from '../flight/inspection.ts'
import { type List, usePolled } from '../state/api.ts'
import { linkTo } from '../state/route.ts'
import { useText } from '../state/text.ts'
import { Findings } from './findings.tsx'
import { Problem } from './problem.tsx'
import { findingsPath } from './record-tabs.tsx'

interface Props {
  readonly deviceId: string
  readonly callId?: string
  /** Of the page, whose ladder shows the messages. */
  readonly path: readonly string[]
}

const askEvery = 3000

export function LiveFindings({ deviceId, callId, path }: Props) {
  const say = useText()
  const answer = usePolled<List<FindingView>>(findingsPath(deviceId, callId), askEvery)
  const live = useFlight(deviceId, callId)
  if (answer === undefined) return <p>{say('loading')}</p>
  if (!answer.ok) return <Problem message={answer.problem.message} hint={answer.problem.hint} />
  const linkOf = ({ at }: FindingView['evidence'][number]) => {
    const message = live?.flight.messages.find((each) => new Date(each.at).toISOString() === at)
    return message === undefined ? undefined : `${linkTo(...path)}?view=ladder&message=${message.id}`
  }
  return <Findings items={answer.value.items} linkOf={linkOf} />
}
