/** A capture or a bundle, opened like a live device: its devices, what was found, the ladder of its messages. */
import { useMemo } from 'preact/hooks'
import type { Analysis, FindingEvidence } from '../../analyze.ts'
import type { Opened } from '../app.tsx'
import { sourceOfCapture } from '../flight/capture.ts'
import { Flight, type Source } from '../flight/flight.ts'
import { Ladder } from '../ladder/ladder.tsx'
import type { MediaFlow } from '../ladder/rows.ts'
import { Findings } from '../parts/findings.tsx'
import { Problem } from '../parts/problem.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { linkTo } from '../state/route.ts'
import { useText } from '../state/text.ts'
import { ChooseFile } from './welcome.tsx'

/** As `POST /api/analyze` answers. */
export interface Explained {
  readonly analysis: Analysis
  readonly texts: readonly string[]
}

interface Props {
  readonly opened: Opened | undefined
  readonly open: (file: File) => void
  readonly query: URLSearchParams
}

export function CaptureView({ opened, open, query }: Props) {
  const say = useText()
  const { name, answer } = opened ?? {}
  const { analysis } = answer?.ok ? answer.value : {}
  return (
    <article class="detail">
      <div class="bar">
        <h1>
          {say('capture')} <small>{name}</small>
        </h1>
        <ChooseFile open={open} />
        {analysis !== undefined && <Parts analysis={analysis} open={query.get('view') ?? 'ladder'} />}
      </div>
      {opened === undefined && <p>{say('door3Text')}</p>}
      {opened !== undefined && answer === undefined && <p role="status">{say('reading')}</p>}
      {answer?.ok === false && <Problem message={answer.problem.message} hint={answer.problem.hint} />}
      {answer?.ok && <Result opened={opened} explained={answer.value} query={query} />}
    </article>
  )
}

function Parts({ analysis: { findings, registrations }, open }: { analysis: Analysis; open: string }) {
  const say = useText()
  const tabs = [
    { name: 'ladder', text: say('ladder') },
    {
      name: 'findings',
      text: (
        <>
          {say('findings')} <b class="badge">{findings.length}</b>
        </>
      ),
    },
  ]
  return (
    <>
      {registrations.slice(0, mostChips).map(({ deviceId, outcome }) => (
        <a key={deviceId} class="chip" href={`${linkTo('capture')}?q=device:${deviceId}`}>
          {deviceId} <StateBadge state={outcome} />
        </a>
      ))}
      {registrations.length > mostChips && <small>+{registrations.length - mostChips}</small>}
      <Tabs path={['capture']} tabs={tabs} open={open} label={say('capture')} />
    </>
  )
}

/** Devices that have a filter of their own above the ladder. */
const mostChips = 6

interface ResultProps {
  readonly opened: Opened | undefined
  readonly explained: Explained
  readonly query: URLSearchParams
}

function Result({ opened, explained, query }: ResultProps) {
  const { analysis, texts } = explained
  const { findings, stoppedAt } = analysis
  const source = useMemo(() => sourceOf(opened, explained), [opened, analysis, texts])
  const view = query.get('view') ?? 'ladder'
  const linkOf = ({ frame, at }: FindingEvidence) => {
    const id = messageAt(source, frame, at)
    return id === undefined ? undefined : `${linkTo('capture')}?message=${id}`
  }
  return (
    <>
      {stoppedAt !== undefined && <Problem message={`${stoppedAt.why} (${stoppedAt.frame})`} hint={stoppedAt.detail} />}
      {view === 'findings' ? (
        <Findings items={findings} linkOf={linkOf} />
      ) : (
        <Ladder
          name={opened?.name ?? ''}
          source={source}
          version={0}
          isLive={false}
          media={useMemo(() => mediaOf(analysis), [analysis])}
        />
      )}
    </>
  )
}

/** A bundle holds the histories themselves; of a capture they are what the server has made out of it. */
function sourceOf(opened: Opened | undefined, { analysis, texts }: Explained): Source {
  if (opened?.bundle === undefined) return sourceOfCapture(analysis, texts)
  const flight = new Flight()
  flight.take(opened.bundle)
  return flight
}

/** Findings name the message of a capture by its frame, that of a bundle by its place. */
function messageAt({ messages }: Source, frame: number, at: string): number | undefined {
  const named = messages.find((message) => message.frame === frame) ?? messages[frame - 1]
  const isIt = named !== undefined && new Date(named.at).toISOString() === at
  return isIt ? named.id : messages.find((message) => new Date(message.at).toISOString() === at)?.id
}

const mediaOf = ({ dialogs, otherMedia }: Analysis): MediaFlow[] =>
  [...dialogs.flatMap(({ media }) => media), ...otherMedia].map(({ firstAt, source, destination, packets, lost }) => ({
    at: Date.parse(firstAt),
    from: source,
    to: destination,
    label: `RTP ${packets}${lost > 0 ? ` (−${lost})` : ''}`,
  }))
