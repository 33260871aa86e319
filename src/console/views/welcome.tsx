/** The first screen: three doors. Once a device has come it says so, and the doors stay open. */
import { useState } from 'preact/hooks'
import type { DeviceView } from '../../platform/api.ts'
import type { Setup } from '../../server/console.ts'
import { Problem } from '../parts/problem.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { type ApiProblem, ask, type List, useNow, usePolled } from '../state/api.ts'
import { linkTo } from '../state/route.ts'
import { durationText, timeText, useText } from '../state/text.ts'
import { Rejections } from './rejections.tsx'

/** As CONTRACT.md names them; those that a play shows. */
const faults = [
  'no-media',
  'no-200',
  'drop-ack',
  'vanish=20',
  'ssrc-zero',
  'ssrc-own',
  'wrong-length',
  'silent-after-100',
]

export function Welcome({ open }: { open: (file: File) => void }) {
  const say = useText()
  const setup = usePolled<Setup>('/api/setup', 10_000)
  const devices = usePolled<List<DeviceView>>('/api/devices?limit=5&sort=-registeredAt', 1000)
  const known = devices?.ok ? devices.value : undefined
  return (
    <div class="welcome">
      <h1>
        {known === undefined || known.total === 0 ? (
          say('welcome')
        ) : (
          <>
            {say('devices')} <small>{known.total}</small>
          </>
        )}
      </h1>
      {known !== undefined && known.total > 0 ? <Recent devices={known.items} /> : <p>{say('welcomeText')}</p>}
      <div class="doors">
        <Simulated possible={setup?.ok === true && setup.value.simulator} />
        <RealCamera setup={setup?.ok ? setup.value : undefined} known={known?.items ?? []} />
        <CaptureDoor open={open} />
      </div>
    </div>
  )
}

function Recent({ devices }: { devices: readonly DeviceView[] }) {
  const say = useText()
  return (
    <ul class="recent">
      {devices.map(({ id, state, name, channelCount }) => (
        <li key={id}>
          <a href={linkTo('devices', id)}>{id}</a> <StateBadge state={state} /> {name} · {channelCount}{' '}
          {say('channels')}
        </li>
      ))}
    </ul>
  )
}

function Simulated({ possible }: { possible: boolean }) {
  const say = useText()
  const [fault, setFault] = useState('')
  const [attached, setAttached] = useState<string>()
  const [problem, setProblem] = useState<ApiProblem>()
  const attach = async () => {
    const body = fault === '' ? {} : { faults: [fault] }
    const answer = await ask<{ deviceId: string }>('POST', '/api/simulated-devices', body)
    setProblem(answer.ok ? undefined : answer.problem)
    if (answer.ok) setAttached(answer.value.deviceId)
  }
  return (
    <section class="card door" aria-labelledby="door1">
      <DoorIcon path="M4 8h11v8H4zM15 10.5l5-2.5v8l-5-2.5z" />
      <h2 id="door1">{say('door1')}</h2>
      <p>{say('door1Text')}</p>
      <div class="action">
        <label>
          {say('fault')}{' '}
          <select value={fault} onChange={({ currentTarget }) => setFault(currentTarget.value)}>
            <option value="">{say('none')}</option>
            {faults.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>{' '}
        <button type="button" class="primary" disabled={!possible} onClick={attach}>
          {say('attach')}
        </button>
      </div>
      <p aria-live="polite">
        {attached !== undefined && (
          <>
            {say('attached')}: <a href={linkTo('devices', attached)}>{attached}</a>
          </>
        )}
      </p>
      {problem !== undefined && <Problem message={problem.message} hint={problem.hint} />}
    </section>
  )
}

function RealCamera({ setup, known }: { setup: Setup | undefined; known: readonly DeviceView[] }) {
  const say = useText()
  const now = useNow()
  const last = known[0]
  const rows: readonly (readonly [string, string])[] =
    setup === undefined
      ? []
      : [
          [say('serverId'), setup.id],
          [say('domain'), setup.realm],
          [say('serverAddress'), setup.address],
          [say('serverPort'), `${setup.port} (${setup.transports.join(', ')})`],
          [say('deviceId'), say('ownId')],
          [say('password'), say(setup.password)],
          [say('registration'), '3600 s'],
          [say('heartbeat'), `${setup.keepalive} s × ${setup.keepaliveLimit}`],
        ]
  return (
    <section class="card door" aria-labelledby="door2">
      <DoorIcon path="M3 7h12v6H3zM15 9l4-1v4l-4-1zM9 13v4M5 17h8" />
      <h2 id="door2">{say('door2')}</h2>
      <p>{say('door2Text')}</p>
      <dl class="form">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {setup?.warnings.map(({ code, addresses }) => (
        <p class="warning" key={code}>
          <span aria-hidden="true">⚠</span> <Flags text={say(code)} /> {addresses.join(', ')}
        </p>
      ))}
      <p class="quiet">
        {last === undefined ? (
          say('listening')
        ) : (
          <>
            {say('lastPacket')}: {last.address}
            {last.lastKeepaliveAt !== null &&
              ` · ${timeText(last.lastKeepaliveAt)} (${durationText(now - Date.parse(last.lastKeepaliveAt))})`}
          </>
        )}
      </p>
      <Rejections />
    </section>
  )
}

/** Options of the command line stay on one line. */
function Flags({ text }: { text: string }) {
  return (
    <>
      {text.split(/(--[a-z-]+)/).map((part, index) =>
        part.startsWith('--') ? (
          <code key={index} class="flag">
            {part}
          </code>
        ) : (
          part
        ),
      )}
    </>
  )
}

function CaptureDoor({ open }: { open: (file: File) => void }) {
  const say = useText()
  return (
    <section class="card door" aria-labelledby="door3">
      <DoorIcon path="M4 5h6l2 2h8v12H4zM12 10v6M9.5 13.5L12 16l2.5-2.5" />
      <h2 id="door3">{say('door3')}</h2>
      <p>{say('door3Text')}</p>
      <ChooseFile open={open} />
    </section>
  )
}

export function ChooseFile({ open }: { open: (file: File) => void }) {
  const say = useText()
  return (
    <label class="file">
      <input
        type="file"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0]
          if (file !== undefined) open(file)
        }}
      />
      <span>{say('choose')}</span>
    </label>
  )
}

function DoorIcon({ path }: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
