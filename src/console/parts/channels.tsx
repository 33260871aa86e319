/** The channels of a device, each to be played and stopped; above all else why the last play failed. */
import { useState } from 'preact/hooks'
import type { ChannelList, SessionView } from '../../platform/api.ts'
import { type ApiProblem, ask, usePolled } from '../state/api.ts'
import { linkTo } from '../state/route.ts'
import { useText } from '../state/text.ts'
import { FailureCard } from './failure-card.tsx'
import { Problem } from './problem.tsx'
import { StateBadge } from './state-badge.tsx'

interface Props {
  readonly id: string
  readonly online: boolean
  /** The latest first. */
  readonly sessions: readonly SessionView[]
}

export function Channels({ id, online, sessions }: Props) {
  const say = useText()
  const channels = usePolled<ChannelList>(`/api/devices/${id}/channels?limit=200`, 2000)
  const [problem, setProblem] = useState<ApiProblem>()
  const list = channels?.ok ? channels.value : undefined
  const latest = (channelId: string) => sessions.find((session) => session.channelId === channelId)
  const act = async (method: string, path: string, body?: unknown) => {
    setProblem(undefined)
    const answer = await ask<SessionView>(method, path, body)
    if (!answer.ok) setProblem(answer.problem)
  }
  const failed = sessions[0]?.failure ? sessions[0] : undefined
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
      {failed !== undefined && <FailureCard session={failed} />}
      {problem !== undefined && failed === undefined && <Problem message={problem.message} hint={problem.hint} />}
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
