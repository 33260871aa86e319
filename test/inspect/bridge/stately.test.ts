/** Our client against the server and the receiver that `@statelyai/inspect` ships, over real sockets, without its page. */
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect'
import { createInspectorServer } from '@statelyai/inspect/server'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { InspectorClient } from '../../../src/inspect/bridge/index.ts'
import { deviceId, password, startAll } from '../../server/harness.ts'
import { freePort } from '../../support/free-port.ts'
import { lamps } from './lamps.ts'

/** What comes over sockets comes when it does. */
const soon = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 10_000 })

/** The server tells nobody when it listens. */
const listening = (port: number) =>
  soon(() => fetch(`http://localhost:${port}/`).then(({ status }) => status)).toBe(200)

it('tells its server of a registration, and a page of it would read the same', async () => {
  const port = await freePort()
  const relay = createInspectorServer({ port, autoOpen: false, url: 'about:blank' })
  onTestFinished(() => relay.stop())
  await listening(port)
  const received: StatelyInspectionEvent[] = []
  createWebSocketReceiver({ server: `ws://localhost:${port}` }).subscribe((event) => received.push(event))

  await using all = await startAll()
  const { engine } = all.platform
  const logged: string[] = []
  const client = new InspectorClient({
    source: engine.statecharts,
    url: `ws://localhost:${port}`,
    clock: engine.options.clock,
    log: (_level, { event }) => logged.push(String(event)),
  })
  client.start()
  onTestFinished(() => client.close())
  await soon(() => received.some(({ type }) => type === '@xstate.actor')).toBe(true)
  await all.attach()

  const actor = () => received.find((event) => event.type === '@xstate.actor' && event.name.startsWith('registration:'))
  const statesOf = (sessionId: string | undefined) =>
    received.flatMap((event) =>
      event.sessionId === sessionId && event.type !== '@xstate.event'
        ? [JSON.parse(JSON.stringify(event.snapshot))]
        : [],
    )
  await soon(() => statesOf(actor()?.sessionId).at(-1)?.value).toBe('online')
  expect(actor()).toMatchObject({ name: `registration:${deviceId}`, id: null, _version: '0.7.2' })
  const { definition = '' } = actor() as { definition?: string }
  expect(JSON.parse(definition)).toMatchObject({ id: 'registration', initial: 'challenged' })
  expect(statesOf(actor()?.sessionId)[0]).toMatchObject({ status: 'active', value: 'challenged' })
  const children = () =>
    received.filter((event) => event.type === '@xstate.actor' && event.parentId === actor()?.sessionId)
  await soon(() => children().length).toBeGreaterThan(0)
  const events = () => received.flatMap((event) => (event.type === '@xstate.event' ? [event.event.type] : []))
  await soon(events).toEqual(expect.arrayContaining(['register.challenged', 'register.accepted', 'request.accepted']))
  expect(JSON.stringify(received)).not.toContain(password)
  expect(logged).toEqual(['inspector.connected'])
})

it('tries again every five seconds while nobody is there, says so once, and nobody listens meanwhile', async () => {
  const { source, clock, listeners, light } = lamps()
  light('a')
  const port = await freePort()
  const logged: string[] = []
  const log = (_level: string, { event }: Readonly<Record<string, unknown>>) => logged.push(String(event))
  const client = new InspectorClient({ source, url: `ws://127.0.0.1:${port}`, clock, log })
  client.start()
  for (const _ of [1, 2]) {
    await soon(() => clock.pending).toBe(1)
    clock.advance(5000)
  }
  await soon(() => clock.pending).toBe(1)
  expect([logged, listeners()]).toEqual([['inspector.lost'], 0])

  const server = new WebSocketServer({ host: '127.0.0.1', port })
  const heard = new Promise<string>((resolve) =>
    server.on('connection', (socket) => socket.on('message', (data) => resolve(String(data)))),
  )
  clock.advance(5000)
  expect(JSON.parse(await heard)).toMatchObject({ type: '@xstate.actor', name: 'a', snapshot: { value: 'dark' } })
  expect([logged, listeners()]).toEqual([['inspector.lost', 'inspector.connected'], 1])

  for (const socket of server.clients) socket.terminate()
  await soon(listeners).toBe(0)
  expect(logged).toEqual(['inspector.lost', 'inspector.connected', 'inspector.lost'])
  await client.close()
  expect(clock.pending).toBe(0)
  server.close()
})

it('hangs up when it is closed, also while it is still connecting', async () => {
  const { source, clock } = lamps()
  const port = await freePort()
  const client = new InspectorClient({ source, url: `ws://127.0.0.1:${port}`, clock, log: () => {} })
  client.start()
  await client.close()
  await client.close()
  expect(clock.pending).toBe(0)
})
