/** One session: how it stands, what arrives, why it failed, the statechart of its dialog, its ladder. */
import { useMemo } from 'preact/hooks'
import type { ActorView, SessionView as Session } from '../../platform/api.ts'
import { takenAt } from '../flight/history.ts'
import { useFlight } from '../flight/inspection.ts'
import { Facts } from '../parts/facts.tsx'
import { FailureCard } from '../parts/failure-card.tsx'
import { LiveFindings } from '../parts/live-findings.tsx'
import { flowsOf, LiveLadder } from '../parts/live-ladder.tsx'
import { MachineChart } from '../parts/machine-chart.tsx'
import { Problem } from '../parts/problem.tsx'
import { RecordTabs } from '../parts/record-tabs.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { ask, type List, usePolled } from '../state/api.ts'
import { linkTo } from '../state/route.ts'
import { timeText, useText } from '../state/text.ts'

const pollEvery = 500

export function SessionView({ id, query }: { id: string; query: URLSearchParams }) {
  const say = useText()
  const answer = usePolled<Session>(`/api/sessions/${id}`, pollEvery)
  const session = answer?.ok ? answer.value : undefined
  const media = useMemo(() => (session === undefined ? [] : flowsOf([session])), [session])
  if (answer === undefined) return <p>{say('loading')}</p>
  if (!answer.ok) return <Problem message={answer.problem.message} hint={answer.problem.hint} />
  const { deviceId, channelId, callId, state } = answer.value
  const isLive = !['ended', 'failed'].includes(state)
  const view = query.get('view') ?? 'overview'
  const path = ['sessions', id]
  return (
    <article class="detail">
      <div class="bar">
        <h1>
          <a href={linkTo('devices', deviceId)}>{deviceId}</a> <small>{channelId}</small>
        </h1>
        <StateBadge state={state} />
        {isLive && (
          <button type="button" onClick={() => void ask('DELETE', `/api/sessions/${id}`)}>
            ■ {say('stop')}
          </button>
        )}
        <RecordTabs path={path} open={view} deviceId={deviceId} callId={callId} />
      </div>
      {view === 'ladder' && <LiveLadder deviceId={deviceId} callId={callId} media={media} />}
      {view === 'findings' && <LiveFindings deviceId={deviceId} callId={callId} path={path} />}
      {view === 'overview' && <Overview session={answer.value} />}
    </article>
  )
}

function Overview({ session }: { session: Session }) {
  const say = useText()
  const { callId, ssrc, media, createdAt, startedAt, endedAt, warnings } = session
  return (
    <>
      <Facts
        facts={[
          ['Call-ID', callId],
          ['SSRC', ssrc],
          [say('address'), `${media.address}:${media.port}`],
          [say('packets'), media.packets],
          [say('lost'), media.lost],
          [say('bitrate'), media.bitrate && `${Math.round(media.bitrate / 1000)} kbit/s`],
          [say('jitter'), media.jitterMs && `${media.jitterMs.toFixed(1)} ms`],
          [say('encoding'), [media.encoding, media.video, media.audio].filter(Boolean).join(' · ')],
          [say('started'), timeText(createdAt)],
          ['confirmed', startedAt && timeText(startedAt)],
          ['ended', endedAt && timeText(endedAt)],
        ]}
      />
      {warnings.map(({ code, message }) => (
        <p class="warning" key={code}>
          <b>{code}</b> {message}
        </p>
      ))}
      <FailureCard session={session} />
      <Dialog session={session} />
    </>
  )
}

/** Its statechart as it is; as it ended, once it has. */
function Dialog({ session: { deviceId, callId } }: { session: Session }) {
  const say = useText()
  const path = `/api/actors?callId=${encodeURIComponent(callId)}&machine=inviting&limit=1`
  const actors = usePolled<List<ActorView>>(path, pollEvery)
  const live = useFlight(deviceId, callId)
  const actor = actors?.ok ? actors.value.items[0] : undefined
  const past = [...(live?.flight.actors.values() ?? [])].find(({ machine }) => machine === 'inviting')
  const id = actor?.id ?? past?.id
  const state = actor?.state ?? past?.steps.at(-1)?.state
  if (id === undefined || state === undefined) return null
  return (
    <section aria-labelledby="dialog">
      <h2 id="dialog">
        <a href={`${linkTo('actors', id)}?device=${deviceId}`}>{say('machine')}: inviting</a>
      </h2>
      <MachineChart
        machine="inviting"
        state={state}
        timer={actor?.nextTimer}
        taken={past && takenAt(past, past.steps.length - 1)}
      />
    </section>
  )
}
