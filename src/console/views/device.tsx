/** One device: its state, its channels to play, its statecharts, and what happened to it. */
import { useState } from 'preact/hooks'
import type { ActorView, ChannelList, DeviceView as Device, SessionView } from '../../platform/api.ts'
import { Countdown } from '../parts/countdown.tsx'
import { EventLog } from '../parts/event-log.tsx'
import { FailureCard } from '../parts/failure-card.tsx'
import { Problem } from '../parts/problem.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { type ApiProblem, ask, type List, usePolled } from '../state/api.ts'
import { linkTo } from '../state/route.ts'
import { timeText, useText } from '../state/text.ts'
import { Chart } from './actor.tsx'

const pollEvery = 500

export function DeviceView({ id }: { id: string }) {
  const say = useText()
  const answer = usePolled<Device>(`/api/devices/${id}`, pollEvery)
  if (answer === undefined) return <p>{say('loading')}</p>
  if (!answer.ok) return <Problem message={answer.problem.message} hint={answer.problem.hint} />
  const device = answer.value
  return (
    <article class="detail">
      <div class="bar">
        <h1>
          {device.name ?? say('device')} <small>{id}</small>
        </h1>
        <StateBadge state={device.state} />
        {device.nextDeadline && <Countdown what={device.nextDeadline.what} at={device.nextDeadline.at} />}
      </div>
      <Facts device={device} />
      <div class="columns">
        <div>
          <Channels id={id} online={device.online} />
          <EventLog deviceId={id} />
        </div>
        <Registration id={id} />
      </div>
    </article>
  )
}

function Facts({ device }: { device: Device }) {
  const say = useText()
  const facts: readonly (readonly [string, string | null])[] = [
    [say('reason'), device.offlineReason],
    [say('address'), `${device.transport} ${device.address}`],
    [say('vendor'), device.manufacturer],
    [say('model'), [device.model, device.firmware].filter(Boolean).join(' · ') || null],
    [say('version'), device.gbVersion],
    [say('registered'), device.registeredAt && timeText(device.registeredAt)],
    [say('expires'), device.expiresAt && timeText(device.expiresAt)],
    [say('keepalive'), device.lastKeepaliveAt && timeText(device.lastKeepaliveAt)],
  ]
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

function Channels({ id, online }: { id: string; online: boolean }) {
  const say = useText()
  const channels = usePolled<ChannelList>(`/api/devices/${id}/channels?limit=200`, 2000)
  const sessions = usePolled<List<SessionView>>(`/api/sessions?deviceId=${id}&sort=-createdAt&limit=100`, pollEvery)
  const [problem, setProblem] = useState<ApiProblem>()
  const list = channels?.ok ? channels.value : undefined
  const running = sessions?.ok ? sessions.value.items : []
  const latest = (channelId: string) => running.find((session) => session.channelId === channelId)
  const act = async (method: string, path: string, body?: unknown) => {
    setProblem(undefined)
    const answer = await ask<SessionView>(method, path, body)
    if (!answer.ok) setProblem(answer.problem)
  }
  const failed = running[0]?.failure ? running[0] : undefined
  return (
    <section aria-labelledby="channels">
      <h2 id="channels">
        {say('channels')} <small>{list?.total ?? ''}</small>
      </h2>
      {list !== undefined && !list.catalog.complete && list.catalog.at !== null && (
        <p class="warning">
          {say('catalogPartial')}: {list.catalog.received}/{list.catalog.sumNum ?? '?'}
        </p>
      )}
      <ul class="channels">
        {list?.items.map(({ id: channelId, name, status }) => (
          <ChannelRow
            key={channelId}
            channelId={channelId}
            name={name}
            status={status}
            online={online}
            session={latest(channelId)}
            play={() => act('POST', '/api/sessions', { deviceId: id, channelId })}
            stop={(sessionId) => act('DELETE', `/api/sessions/${sessionId}`)}
          />
        ))}
      </ul>
      {failed !== undefined && <FailureCard session={failed} />}
      {problem !== undefined && failed === undefined && <Problem message={problem.message} hint={problem.hint} />}
    </section>
  )
}

interface ChannelRowProps {
  readonly channelId: string
  readonly name: string | null
  readonly status: string | null
  readonly online: boolean
  readonly session: SessionView | undefined
  readonly play: () => void
  readonly stop: (sessionId: string) => void
}

function ChannelRow({ channelId, name, status, online, session, play, stop }: ChannelRowProps) {
  const say = useText()
  const isLive = session !== undefined && !['ended', 'failed'].includes(session.state)
  return (
    <li>
      <span>
        <b>{name ?? channelId}</b> <code>{channelId}</code> {status}
      </span>
      {session !== undefined && (
        <a href={linkTo('sessions', session.id)}>
          <StateBadge state={session.state} />
        </a>
      )}
      {isLive ? (
        <button type="button" onClick={() => stop(session.id)} aria-label={`${say('stop')} ${channelId}`}>
          ■ {say('stop')}
        </button>
      ) : (
        <button
          type="button"
          class="primary"
          disabled={!online}
          onClick={play}
          aria-label={`${say('play')} ${channelId}`}
        >
          ▶ {say('play')}
        </button>
      )}
    </li>
  )
}

function Registration({ id }: { id: string }) {
  const say = useText()
  const actors = usePolled<List<ActorView>>(`/api/actors?deviceId=${id}&machine=registration&limit=1`, pollEvery)
  const actor = actors?.ok ? actors.value.items[0] : undefined
  if (actor === undefined) return null
  return (
    <section aria-labelledby="registration">
      <h2 id="registration">
        <a href={linkTo('actors', actor.id)}>
          {say('machine')}: {actor.machine}
        </a>
      </h2>
      <Chart actor={actor} state={actor.state} />
    </section>
  )
}
