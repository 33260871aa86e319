/** Our bridge against the receiver that `@xstate/inspect` ships: a camera registers and plays over real sockets. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { rfc3261 } from '../../machines/transaction/timers.ts'
import { deviceOf, InspectorServer } from '../../src/inspect/bridge/index.ts'
import { Access } from '../../src/server/access.ts'
import type { ExecutorName } from '../../src/statechart/index.ts'
import { deviceId, password, startAll } from '../server/harness.ts'
import { openViewer, type Seen } from './receiver.ts'

/** The receiver catches what it cannot read and complains there; XState 4 warns there. */
const complaints: unknown[][] = []
/** What XState 5 says when it runs a platform (vitest.config.ts). */
const usual = 'Custom actions should not call `assign()` directly'

beforeEach(() => {
  complaints.length = 0
  for (const method of ['error', 'warn'] as const)
    vi.spyOn(console, method).mockImplementation((...said) => {
      if (!String(said[0]).startsWith(usual)) complaints.push(said)
    })
})

afterEach(() => {
  vi.restoreAllMocks()
})

const host = '127.0.0.1'

/** Sockets and time are real here: a machine that is busy for a second must not see requests sent again, or given up. */
const patient = {
  timers: { ...rfc3261, t1: 8000, t2: 8000 },
  ...{ queryTimeout: 20_000, answerTimeout: 20_000, mediaTimeout: 20_000 },
}

async function stage(executor: ExecutorName, acceptEvents = false) {
  const all = await startAll({}, { executor, ...patient })
  const { engine } = all.platform
  const server = new InspectorServer({
    source: engine.statecharts,
    host,
    port: 0,
    gate: new Access({ host }),
    clock: engine.options.clock,
    deviceOf,
    acceptEvents,
    log: () => {},
  })
  await server.start()
  return { all, server, at: `${host}:${server.address()?.port}` }
}

const named = (actors: readonly Seen[], machine: string): Seen[] =>
  actors.filter(({ id }) => id.startsWith(`${machine}:`))

it.each(['compiled', 'xstate'] as const)(
  'is told of a registration, a catalog and a play, run %s',
  async (executor) => {
    const { all, server, at } = await stage(executor)
    const viewer = openViewer(at)
    await viewer.until((actors) => actors.some(({ id }) => id === 'supervisor'))

    await all.attach()
    const channelId = all.platform.channels(deviceId)?.items[0]?.id ?? ''
    const session = await all.platform.play({ deviceId, channelId })
    await viewer.until((actors) => named(actors, 'inviting')[0]?.states.at(-1) === 'confirmed.playing')
    await session.close()
    await viewer.until((actors) => ['inviting', 'inviteClient'].every((machine) => named(actors, machine)[0]?.stopped))

    const [registration] = named(viewer.actors, 'registration')
    expect(registration?.id).toBe(`registration:${deviceId}`)
    expect(registration?.states.at(0)).toBe('challenged')
    expect(registration?.states.at(-1)).toBe('online')
    expect(registration?.events).toEqual(['xstate.init', 'register.challenged', 'register.accepted'])
    expect(registration?.last.matches('online')).toBe(true)
    expect(registration?.last.context).toMatchObject({ keepalive: 60_000, offlineReason: null })
    expect(registration?.stopped).toBe(false)

    const [inviting] = named(viewer.actors, 'inviting')
    expect(inviting?.parent).toBe(registration?.sessionId)
    expect(inviting?.states).toEqual([
      'inviting.calling',
      'inviting.proceeding',
      'early',
      'confirmed.awaitingMedia',
      'confirmed.playing',
      'ending.hangingUp',
      'ended',
    ])
    expect(inviting?.events).toEqual(
      expect.arrayContaining(['response.success', 'media.arrived', 'stop', 'bye.answered']),
    )
    expect(inviting?.last.done).toBe(true)

    const [invite] = named(viewer.actors, 'inviteClient')
    expect(invite?.parent).toBe(inviting?.sessionId)
    // The last is its end, with the session's.
    expect(invite?.states).toEqual(['calling.waiting', 'proceeding', 'accepted', 'accepted'])
    expect(invite?.stopped).toBe(true)
    const statuses = named(viewer.actors, 'nonInviteServer').map(({ last }) => last.event.status)
    expect(statuses.slice(0, 2)).toEqual([401, 200])
    for (const exchange of named(viewer.actors, 'exchange')) expect(exchange.last.matches('complete')).toBe(true)

    // What a message carries stays here: the viewer is told which it is.
    const said = JSON.stringify(viewer.received.map((event) => ({ ...event, machine: undefined })))
    expect(said).toContain('INVITE')
    expect(said).not.toContain('y=0')
    expect(said).not.toMatch(/Digest|nonce/i)
    expect(said).not.toContain(password)

    await all[Symbol.asyncDispose]()
    await server.close()
    await viewer.until((actors) => actors.every(({ stopped }) => stopped))
    expect(complaints).toEqual([])
  },
)

it('introduces who lives already to a viewer that comes late, and shows no more than it asked for', async () => {
  const { all, server, at } = await stage('compiled')
  await all.attach()
  const late = openViewer(`${at}/?machine=registration,exchange&device=${deviceId}`)
  const whole = openViewer(`${at}/?device=${deviceId}`)
  await late.until((actors) => actors.length > 0)
  await whole.until((actors) => actors.length > 0)
  expect(late.actors.map(({ id, states }) => [id, states])).toEqual([[`registration:${deviceId}`, ['online']]])
  await all.platform.query(deviceId, { cmdType: 'DeviceInfo' })
  await late.until((actors) => actors[1]?.stopped === true)
  expect(late.actors.map(({ machine }) => machine.id)).toEqual(['registration', 'exchange'])
  await whole.until((actors) => named(actors, 'exchange')[0]?.stopped === true)
  expect(new Set(whole.actors.map(({ machine }) => machine.id))).toEqual(
    new Set(['registration', 'exchange', 'nonInviteClient']),
  )
  await all[Symbol.asyncDispose]()
  await server.close()
  expect(complaints).toEqual([])
})

it.each([true, false])('lets a viewer hang up where that is allowed: %s', async (allowed) => {
  const { all, server, at } = await stage('compiled', allowed)
  await all.attach()
  const viewer = openViewer(`${at}/?machine=inviting`)
  const channelId = all.platform.channels(deviceId)?.items[0]?.id ?? ''
  const session = await all.platform.play({ deviceId, channelId })
  await viewer.until((actors) => actors[0]?.states.at(-1) === 'confirmed.playing')
  viewer.send(viewer.actors[0]?.sessionId ?? '', 'response.failure')
  viewer.send(viewer.actors[0]?.sessionId ?? '', 'stop')
  if (allowed) {
    await viewer.until((actors) => actors[0]?.stopped === true)
    expect(viewer.actors[0]?.states.slice(-2)).toEqual(['ending.hangingUp', 'ended'])
    expect(session.view().state).toBe('ended')
  } else {
    const later = openViewer(`${at}/?machine=inviting`)
    await later.until((actors) => actors.length > 0)
    expect(session.view().state).toBe('confirmed')
  }
  await all[Symbol.asyncDispose]()
  await server.close()
  expect(complaints).toEqual([])
})
