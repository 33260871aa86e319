/** One device: its state, its channels to play, its statechart, its ladder, what was found. */
import { useMemo } from 'preact/hooks'
import type { ActorView, DeviceView as Device, SessionView } from '../../platform/api.ts'
import { AddressHistory } from '../parts/address-history.tsx'
import { Channels } from '../parts/channels.tsx'
import { Countdown } from '../parts/countdown.tsx'
import { EventLog } from '../parts/event-log.tsx'
import { Facts } from '../parts/facts.tsx'
import { LiveFindings } from '../parts/live-findings.tsx'
import { flowsOf, LiveLadder } from '../parts/live-ladder.tsx'
import { MachineChart } from '../parts/machine-chart.tsx'
import { Problem } from '../parts/problem.tsx'
import { RecordTabs } from '../parts/record-tabs.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { type List, usePolled } from '../state/api.ts'
import { offlines } from '../state/failures-zh.ts'
import { linkTo } from '../state/route.ts'
import { timeText, useLanguage, useText } from '../state/text.ts'

const pollEvery = 500

export function DeviceView({ id, query }: { id: string; query: URLSearchParams }) {
  const say = useText()
  const answer = usePolled<Device>(`/api/devices/${id}`, pollEvery)
  const sessions = usePolled<List<SessionView>>(`/api/sessions?deviceId=${id}&sort=-createdAt&limit=100`, pollEvery)
  const running = sessions?.ok ? sessions.value.items : none
  const media = useMemo(() => flowsOf(running), [running])
  if (answer === undefined) return <p>{say('loading')}</p>
  if (!answer.ok) return <Problem message={answer.problem.message} hint={answer.problem.hint} />
  const device = answer.value
  const view = query.get('view') ?? 'overview'
  return (
    <article class="detail">
      <div class="bar">
        <h1>
          {device.name ?? say('device')} <small>{id}</small>
        </h1>
        <StateBadge state={device.state} />
        {device.nextDeadline && <Countdown what={device.nextDeadline.what} at={device.nextDeadline.at} />}
        <RecordTabs path={['devices', id]} open={view} deviceId={id} />
      </div>
      {view === 'ladder' && <LiveLadder deviceId={id} media={media} />}
      {view === 'findings' && <LiveFindings deviceId={id} path={['devices', id]} />}
      {view === 'overview' && <Overview device={device} sessions={running} />}
    </article>
  )
}

const none: readonly SessionView[] = []

function Overview({ device, sessions }: { device: Device; sessions: readonly SessionView[] }) {
  const say = useText()
  const language = useLanguage()
  const { id, offlineReason, offlineHint, transport, address, manufacturer, model, firmware, gbVersion } = device
  return (
    <>
      {offlineReason !== null && (
        <p class="problem">
          <b>{offlineReason}</b> {(language === 'zh' ? offlines[offlineReason] : undefined) ?? offlineHint}
        </p>
      )}
      <Facts
        facts={[
          [say('address'), `${transport} ${address}`],
          [say('vendor'), manufacturer],
          [say('model'), [model, firmware].filter(Boolean).join(' · ')],
          [say('version'), gbVersion],
          [say('registered'), device.registeredAt && timeText(device.registeredAt)],
          [say('expires'), device.expiresAt && timeText(device.expiresAt)],
          [say('keepalive'), device.lastKeepaliveAt && timeText(device.lastKeepaliveAt)],
        ]}
      />
      <div class="columns">
        <div>
          <Channels id={id} online={device.online} sessions={sessions} />
          <AddressHistory deviceId={id} />
          <EventLog deviceId={id} />
        </div>
        <Registration id={id} />
      </div>
    </>
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
      <MachineChart machine={actor.machine} state={actor.state} timer={actor.nextTimer} />
    </section>
  )
}
