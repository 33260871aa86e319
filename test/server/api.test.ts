import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deviceId, errorOf, type Harness, startAll } from './harness.ts'

const unknownId = '34020000001119999999'

describe('the HTTP API over a platform with one camera', () => {
  let all: Harness
  let channelId: string

  beforeAll(async () => {
    all = await startAll()
    const device = await all.attach()
    channelId = device.channels[0]?.id ?? ''
  })
  afterAll(() => all[Symbol.asyncDispose]())

  it('is alive and ready while the platform serves', async () => {
    expect(await all.ask('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await all.ask('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready', reasons: {} } })
  })

  it('shows the camera online, in the list and alone', async () => {
    const one = { id: deviceId, state: 'online', online: true, channelCount: 2, transport: 'UDP' }
    expect(await all.ask('GET', '/api/devices')).toMatchObject({ status: 200, body: { items: [one], total: 1 } })
    expect(await all.ask('GET', `/api/devices/${deviceId}`)).toMatchObject({ status: 200, body: one })
  })

  it('filters devices by any listed field, and refuses a parameter that is none', async () => {
    expect((await all.ask('GET', '/api/devices?state=offline')).body).toEqual({ items: [], total: 0 })
    expect((await all.ask('GET', '/api/devices?online=true&transport=UDP')).body).toMatchObject({ total: 1 })
    const refused = await all.ask('GET', '/api/devices?colour=red&limit=-1')
    expect(refused.status).toBe(400)
    expect(errorOf(refused).code).toBe('invalid-request')
    expect(errorOf(refused).message).toContain('parameter colour: is not known')
    expect(errorOf(refused).message).toContain('parameter limit')
    // An empty list would look like an answer.
    const asleep = await all.ask('GET', '/api/devices?state=asleep')
    expect(asleep.status).toBe(400)
    expect(errorOf(asleep).message).toMatch(/parameter state: .*"online"/)
  })

  it('gives the channels with the state of the catalog', async () => {
    const { body } = await all.ask('GET', `/api/devices/${deviceId}/channels?sort=-id&limit=1`)
    expect(body).toMatchObject({ total: 2, catalog: { complete: true, sumNum: 2, received: 2 } })
    expect(body).toHaveProperty('items.length', 1)
  })

  it.each([
    ['DeviceInfo', { Manufacturer: 'gb28181' }],
    ['DeviceStatus', { Online: 'ONLINE' }],
  ])('asks the camera for %s', async (cmdType, value) => {
    const answer = await all.ask('POST', `/api/devices/${deviceId}/query`, { cmdType })
    expect(answer).toMatchObject({ status: 200, body: { cmdType, complete: true, value } })
  })

  it.each([
    ['GET', `/api/devices/${unknownId}`, 'device-not-found'],
    ['DELETE', `/api/devices/${unknownId}`, 'device-not-found'],
    ['GET', `/api/devices/${unknownId}/channels`, 'device-not-found'],
    ['GET', '/api/sessions/nobody', 'session-not-found'],
    ['DELETE', '/api/sessions/nobody', 'session-not-found'],
    ['GET', '/api/actors/nobody', 'actor-not-found'],
    ['GET', '/api/nothing', 'not-found'],
    ['GET', '/', undefined],
  ])('%s %s is %s', async (method, path, code) => {
    const answer = await all.ask(method, path)
    expect(answer.status).toBe(code === undefined ? 200 : 404)
    if (code !== undefined) expect(errorOf(answer).code).toBe(code)
  })

  it('refuses a query for an unknown device, and a command that does not exist', async () => {
    const nobody = await all.ask('POST', `/api/devices/${unknownId}/query`, { cmdType: 'Catalog' })
    expect([nobody.status, errorOf(nobody).code]).toEqual([404, 'device-not-found'])
    const nothing = await all.ask('POST', `/api/devices/${deviceId}/query`, { cmdType: 'Weather' })
    expect([nothing.status, errorOf(nothing).code]).toEqual([400, 'unsupported-command'])
  })

  it('says which methods a path answers', async () => {
    const answer = await all.ask('PUT', '/api/sessions', {})
    expect([answer.status, errorOf(answer).code]).toEqual([405, 'method-not-allowed'])
    expect(answer.headers.get('allow')).toBe('POST, GET, HEAD')
  })

  it('names the field of a body that is wrong, and says when it is no JSON', async () => {
    const wrong = await all.ask('POST', '/api/sessions', { deviceId: 5, chanelId: 'x' })
    expect(wrong.status).toBe(400)
    expect(errorOf(wrong).fields).toEqual(
      expect.arrayContaining([
        { field: 'chanelId', message: 'is not known' },
        { field: 'channelId', message: 'is required' },
        expect.objectContaining({ field: 'deviceId' }),
      ]),
    )
    const broken = await all.ask('POST', '/api/sessions', '{"deviceId":')
    expect([broken.status, errorOf(broken).code]).toEqual([400, 'invalid-request'])
  })

  it('takes no body over 1 MiB, announced or not', async () => {
    const big = JSON.stringify({ deviceId, channelId: 'x'.repeat(1024 * 1024) })
    expect(await all.ask('POST', '/api/sessions', big)).toMatchObject({
      status: 413,
      body: { error: { code: 'body-too-large' } },
    })
    const chunks = new ReadableStream({
      start: (controller) => {
        for (let sent = 0; sent < 2; sent += 1) controller.enqueue(new Uint8Array(1024 * 1024))
        controller.close()
      },
    })
    const init = {
      method: 'POST',
      body: chunks,
      duplex: 'half' as const,
      headers: { 'content-type': 'application/json' },
    }
    const answer = await fetch(`${all.url}/api/sessions`, init)
    expect(answer.status).toBe(413)
    await answer.body?.cancel()
    expect((await all.ask('GET', '/healthz')).status).toBe(200)
  })

  it.each([{ type: 'playback' }, { mode: 'tcp-passive' }, { from: '2026-01-01T00:00:00Z' }])(
    'says that a session with %o is not supported yet',
    async (more) => {
      const answer = await all.ask('POST', '/api/sessions', { deviceId, channelId, ...more })
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'not-supported'])
    },
  )

  it('plays a channel, shares it, and hangs up with the last viewer', async () => {
    const started = await all.ask('POST', '/api/sessions', { deviceId, channelId })
    expect(started).toMatchObject({ status: 201, body: { deviceId, channelId, state: 'confirmed', failure: null } })
    const { id, viewerId, ssrc } = started.body as { id: string; viewerId: string; ssrc: string }
    expect(ssrc).toMatch(/^\d{10}$/)
    expect(started.headers.get('location')).toBe(`/api/sessions/${id}`)

    const second = await all.ask('POST', '/api/sessions', { deviceId, channelId })
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'session-exists', sessionId: id } } })
    const shared = await all.ask('POST', '/api/sessions', { deviceId, channelId, share: true })
    expect(shared).toMatchObject({ status: 201, body: { id, viewers: { length: 2 } } })

    const left = await all.ask('DELETE', `/api/sessions/${id}?viewer=${viewerId}`)
    expect(left).toMatchObject({ status: 200, body: { state: 'confirmed', viewers: { length: 1 } } })
    const other = (shared.body as { viewerId: string }).viewerId
    const ended = await all.ask('DELETE', `/api/sessions/${id}?viewer=${other}`)
    expect(ended).toMatchObject({ status: 200, body: { state: 'ended', viewers: [] } })
    expect((await all.ask('GET', `/api/sessions?id=${id}&state=ended`)).body).toMatchObject({ total: 1 })
  })

  it('answers 404 for a channel that the catalog does not have', async () => {
    const answer = await all.ask('POST', '/api/sessions', { deviceId, channelId: '34020000001320009999' })
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'channel-not-found'])
  })

  it('shows every live machine, and one by its id', async () => {
    const { body } = await all.ask('GET', '/api/actors?machine=registration')
    const { items } = body as { items: { id: string; key: { deviceId: string } }[] }
    expect(items.map(({ key }) => key.deviceId)).toContain(deviceId)
    const one = await all.ask('GET', `/api/actors/${encodeURIComponent(items[0]?.id ?? '')}`)
    expect(one).toMatchObject({ status: 200, body: { id: items[0]?.id } })
  })

  it('gives every answer a request id, and keeps one that it is given', async () => {
    const made = await all.ask('GET', '/api/nothing')
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    const kept = await all.ask('GET', '/healthz', undefined, { 'x-request-id': 'ticket-42' })
    expect(kept.headers.get('x-request-id')).toBe('ticket-42')
  })
})

describe('what a camera does wrong, over HTTP', () => {
  it('is 504 with the evidence when no media comes', async () => {
    await using all = await startAll()
    const device = await all.attach({ faults: ['no-media'] })
    const answer = await all.ask('POST', '/api/sessions', { deviceId, channelId: device.channels[0]?.id })
    expect([answer.status, errorOf(answer).code]).toEqual([504, 'no-media'])
    expect(errorOf(answer)).toMatchObject({ hint: expect.any(String) })
    expect((errorOf(answer).evidence as { summary: string }[]).map(({ summary }) => summary).join()).toContain('INVITE')
  })

  it('is 409 when the device is offline, and 204 when it is forgotten', async () => {
    await using all = await startAll()
    const device = await all.attach()
    await device.close()
    const answer = await all.ask('POST', `/api/devices/${deviceId}/query`, { cmdType: 'Catalog' })
    expect([answer.status, errorOf(answer).code]).toEqual([409, 'device-offline'])
    expect((await all.ask('DELETE', `/api/devices/${deviceId}`)).status).toBe(204)
    expect((await all.ask('GET', '/api/devices')).body).toMatchObject({ total: 0 })
  })

  it('gives a play up when its client goes away', async () => {
    await using all = await startAll()
    const device = await all.attach({ faults: ['silent-after-100'] })
    const leaving = new AbortController()
    const body = JSON.stringify({ deviceId, channelId: device.channels[0]?.id })
    const ended = (async () => {
      for await (const event of all.platform.events({ types: ['session.ended'] })) return event
      return undefined
    })()
    const created = all.platform.on('session.created', () => leaving.abort())
    const headers = { 'content-type': 'application/json' }
    await expect(
      fetch(`${all.url}/api/sessions`, { method: 'POST', body, headers, signal: leaving.signal }),
    ).rejects.toThrow()
    created()
    expect(await ended).toMatchObject({ failure: { reason: 'cancelled' } })
  })
})

describe('the life of the server', () => {
  it('says when its port is in use', async () => {
    await using all = await startAll()
    await expect(startAll({ port: all.port })).rejects.toMatchObject({ code: 'port-in-use' })
  })

  it('is not alive any more once the platform has ended', async () => {
    await using all = await startAll()
    await all.platform.close()
    expect(await all.ask('GET', '/healthz')).toMatchObject({ status: 503, body: { status: 'stopped' } })
    expect(await all.ask('GET', '/readyz')).toMatchObject({ status: 503, body: { reasons: { sip: 'stopped' } } })
  })

  it('closes although a request is never finished', async () => {
    await using all = await startAll({ grace: 100 })
    const { connect } = await import('node:net')
    const socket = connect(all.port, '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => {})
    socket.write(
      'POST /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    await all.ask('GET', '/healthz')
    await all.http.close()
    await closed
    expect(all.http.address()).toBeUndefined()
  })
})
