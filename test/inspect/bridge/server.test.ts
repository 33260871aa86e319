/** The inspector's server over real loopback sockets, with the actors' clock moved by hand. */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { InspectorServer, type InspectorServerOptions } from '../../../src/inspect/bridge/inspector-server.ts'
import { Access, type AccessOptions } from '../../../src/server/access.ts'
import { lamps } from './lamps.ts'

const host = '127.0.0.1'
const inspecting = JSON.stringify({ type: 'xstate.inspecting' })

async function stage(options: Partial<InspectorServerOptions> = {}, access: Partial<AccessOptions> = {}) {
  const rig = lamps()
  const logged: string[] = []
  const server = new InspectorServer({
    source: rig.source,
    clock: rig.clock,
    host,
    port: 0,
    gate: new Access({ host, ...access }),
    deviceOf: ({ id }) => (id.startsWith('of-') ? id.slice(3) : undefined),
    log: (_level, { event }) => logged.push(String(event)),
    ...options,
  })
  await server.start()
  onTestFinished(() => server.close())
  return { ...rig, server, logged, url: `ws://${host}:${server.address()?.port}` }
}

interface Message {
  readonly type: string
  readonly sessionId: string
  readonly id?: string
  readonly state?: string
}

async function connect(url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url, { headers })
  const messages: Message[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  await once(socket, 'open')
  /** What is on its way arrives before an answer to this: the connection keeps the order. */
  const caughtUp = async () => {
    socket.ping()
    await once(socket, 'pong')
  }
  const say = async (text: string) => {
    socket.send(text)
    await caughtUp()
  }
  return { socket, messages, say, caughtUp }
}

/** The status with which a connection is refused. */
async function refused(url: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(url, { headers })
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  return response.statusCode
}

describe('who may connect', () => {
  it('nobody under a foreign name, and no foreign page', async () => {
    const { url, logged } = await stage()
    expect(await refused(url, { host: 'rebound.example' })).toBe(403)
    expect(await refused(url, { origin: 'https://stately.ai' })).toBe(403)
    expect(logged).toEqual(['inspector.refused', 'inspector.refused'])
  })

  it('a page that was named', async () => {
    const { url } = await stage({}, { origins: ['https://stately.ai'] })
    const { socket } = await connect(url, { origin: 'https://stately.ai' })
    socket.close()
    expect(await refused(url, { origin: 'https://stately.ai.example' })).toBe(403)
  })

  it('with a token where one is set, in the header or, for browsers, in the address', async () => {
    const { url } = await stage({}, { token: 'abc' })
    expect(await refused(url)).toBe(401)
    expect(await refused(`${url}/?token=abd`)).toBe(401)
    for (const socket of [await connect(`${url}/?token=abc`), await connect(url, { authorization: 'Bearer abc' })])
      socket.socket.close()
  })

  it('so many at once', async () => {
    const { url } = await stage({ limits: { viewers: 1 } })
    const first = await connect(url)
    expect(await refused(url)).toBe(503)
    first.socket.close()
    await once(first.socket, 'close')
    await expect.poll(() => connect(url), { timeout: 10_000 }).toBeDefined()
  })

  it('and a browser that opens the address is told what it is', async () => {
    const { server } = await stage()
    const answer = await fetch(`http://${host}:${server.address()?.port}/`)
    expect([answer.status, await answer.text()]).toEqual([426, expect.stringContaining('@xstate/inspect')])
  })
})

describe('a viewer', () => {
  it('costs nothing before it inspects and after it has left', async () => {
    const { url, listeners, clock } = await stage()
    const { socket, say } = await connect(url)
    await say('{"type":"hello"}')
    expect([listeners(), clock.pending]).toEqual([0, 0])
    await say(inspecting)
    await say(inspecting)
    expect([listeners(), clock.pending]).toEqual([1, 1])
    socket.close()
    await expect.poll(() => [listeners(), clock.pending], { timeout: 10_000 }).toEqual([0, 0])
  })

  it('is told at once who lives, then ten times a second what has happened', async () => {
    const { url, light, clock } = await stage()
    const lamp = light('a')
    const { messages, say, caughtUp } = await connect(url)
    await say(inspecting)
    expect(messages.map(({ type, id }) => [type, id])).toEqual([['service.register', 'a']])
    lamp.send({ type: 'switch' })
    clock.advance(99)
    await caughtUp()
    expect(messages).toHaveLength(1)
    clock.advance(1)
    await caughtUp()
    expect(messages.slice(1).map(({ type }) => type)).toEqual(['service.event', 'service.state'])
    expect(JSON.parse(messages[2]?.state ?? '')).toMatchObject({ value: 'lit', done: false })
    lamp.send({ type: 'break' })
    clock.advance(100)
    await caughtUp()
    expect(messages.slice(3).map(({ type }) => type)).toEqual(['service.event', 'service.state', 'service.stop'])
    expect(messages[4]?.state).toContain('burst')
    expect(messages[4]?.state).not.toContain('Pass1234')
  })

  it('is shown what it asks for', async () => {
    const { url, light } = await stage()
    for (const id of ['of-1', 'of-2', 'c']) light(id)
    const ids = async (query: string) => {
      const { messages, say } = await connect(`${url}/?${query}`)
      await say(inspecting)
      return messages.map(({ id }) => id)
    }
    expect(await ids('device=2')).toEqual(['of-2'])
    expect(await ids('machine=lamp,candle')).toEqual(['of-1', 'of-2', 'c'])
    expect(await ids('machine=candle')).toEqual([])
  })

  it('that talks nonsense is ignored; one that talks too much is cut off', async () => {
    const { url, listeners } = await stage()
    const { socket, say } = await connect(url)
    for (const text of ['', '{', 'null', '[]', '7', '{"type":7}', '{"type":"xstate.event","event":"{"}'])
      await say(text)
    await say(inspecting)
    expect(listeners()).toBe(1)
    socket.send('x'.repeat(70_000))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
  })
})

describe('an event from a viewer', () => {
  const event = (origin: string, name: string) =>
    JSON.stringify({ type: 'xstate.event', event: JSON.stringify({ name, data: { type: name, at: 5 }, origin }) })

  it('is refused', async () => {
    const { url, light, logged } = await stage()
    const lamp = light('a')
    const { messages, say } = await connect(url)
    await say(inspecting)
    await say(event(messages[0]?.sessionId ?? '', 'switch'))
    expect(lamp.value).toBe('dark')
    expect(logged).toContain('inspector.event.refused')
  })

  it('is refused too where events are allowed, unless it is one by which an operator ends something', async () => {
    const { url, light, logged } = await stage({ acceptEvents: true })
    const lamp = light('a')
    const { messages, say } = await connect(url)
    await say(inspecting)
    await say(event(messages[0]?.sessionId ?? '', 'remove'))
    await say(event('x:none', 'stop'))
    expect(lamp.value).toBe('dark')
    // Said once: a viewer cannot fill the log.
    expect(logged.filter((name) => name === 'inspector.event.refused')).toHaveLength(1)
  })
})

describe('the end', () => {
  it('tells viewers the rest and says goodbye', async () => {
    const { url, server, light, listeners } = await stage()
    const lamp = light('a')
    const { socket, messages, say } = await connect(url)
    await say(inspecting)
    lamp.send({ type: 'remove' })
    const gone = once(socket, 'close')
    await Promise.all([server.close(), server.close()])
    expect((await gone)[0]).toBe(1001)
    expect(messages.at(-1)?.type).toBe('service.stop')
    expect(JSON.parse(messages.at(-2)?.state ?? '')).toMatchObject({ value: 'gone', done: true })
    expect([server.address(), listeners()]).toEqual([undefined, 0])
  })

  it('does not wait for a viewer that does not answer', async () => {
    const { url, server } = await stage({ limits: { grace: 50 } })
    const { socket } = await connect(url)
    socket.pause()
    await server.close()
    socket.terminate()
  })

  it('lets nobody in who comes while it lasts', async () => {
    const { server } = await stage()
    const late = connectTcp(server.address()?.port ?? 0, host)
    await once(late, 'connect')
    // Connections are taken in order: when a later one is answered, this one is the server's.
    await fetch(`http://${host}:${server.address()?.port}/`)
    const closed = server.close()
    late.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const [answer] = await once(late, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 503 /)
    await closed
  })

  it('of one that never started is over at once', async () => {
    const { server, ...rig } = await stage()
    const second = new InspectorServer({
      source: rig.source,
      clock: rig.clock,
      host,
      port: server.address()?.port ?? 0,
      gate: new Access({ host }),
      deviceOf: () => undefined,
      log: () => {},
    })
    await expect(second.start()).rejects.toMatchObject({ code: 'port-in-use' })
    await second.close()
  })
})
