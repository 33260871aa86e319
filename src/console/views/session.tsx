/** One session: how it stands, what arrives, why it failed, and the statechart of its dialog. */
import type { ActorView, SessionView as Session } from '../../platform/api.ts'
import { FailureCard } from '../parts/failure-card.tsx'
import { Problem } from '../parts/problem.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { ask, type List, usePolled } from '../state/api.ts'
import { linkTo } from '../state/route.ts'
import { timeText, useText } from '../state/text.ts'
import { Chart } from './actor.tsx'

const pollEvery = 500

export function SessionView({ id }: { id: string }) {
  const say = useText()
  const answer = usePolled<Session>(`/api/sessions/${id}`, pollEvery)
  const session = answer?.ok ? answer.value : undefined
  const actors = usePolled<List<ActorView>>(
    session && `/api/actors?callId=${encodeURIComponent(session.callId)}&machine=inviting&limit=1`,
    pollEvery,
  )
  if (answer === undefined) return <p>{say('loading')}</p>
  if (!answer.ok) return <Problem message={answer.problem.message} hint={answer.problem.hint} />
  const { deviceId, channelId, callId, ssrc, state, media, createdAt, startedAt, endedAt, warnings } = answer.value
  const facts: readonly (readonly [string, string | number | null | undefined])[] = [
    ['Call-ID', callId],
    ['SSRC', ssrc],
    [say('address'), `${media.address}:${media.port}`],
    [say('packets'), media.packets],
    [say('lost'), media.lost],
    [say('bitrate'), media.bitrate && `${Math.round(media.bitrate / 1000)} kbit/s`],
    ['jitter', media.jitterMs && `${media.jitterMs.toFixed(1)} ms`],
    ['encoding', [media.encoding, media.video, media.audio].filter(Boolean).join(' · ') || null],
    [say('started'), timeText(createdAt)],
    ['confirmed', startedAt && timeText(startedAt)],
    ['ended', endedAt && timeText(endedAt)],
  ]
  const actor = actors?.ok ? actors.value.items[0] : undefined
  const isLive = !['ended', 'failed'].includes(state)
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
      </div>
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== null && value !== undefined && value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {warnings.map(({ code, message }) => (
        <p class="warning" key={code}>
          <b>{code}</b> {message}
        </p>
      ))}
      <FailureCard session={answer.value} />
      {actor !== undefined && (
        <section aria-labelledby="dialog">
          <h2 id="dialog">
            <a href={linkTo('actors', actor.id)}>
              {say('machine')}: {actor.machine}
            </a>
          </h2>
          <Chart actor={actor} state={actor.state} />
        </section>
      )}
    </article>
  )
}
