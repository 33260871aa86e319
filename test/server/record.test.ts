import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { readCapture } from '../../src/inspect/capture/index.ts'
import type { Bundle } from '../../src/inspect/recorder/index.ts'
import { deviceId, errorOf, type Harness, startAll } from './harness.ts'

const channelId = '34020000001320000001'

async function bytesOf({ url }: Harness, query = '', id = deviceId) {
  const response = await fetch(`${url}/api/devices/${id}/record${query}`)
  return { response, bytes: Buffer.from(await response.arrayBuffer()) }
}

describe('GET /api/devices/{id}/record', () => {
  it('is a bundle of everything that the device and the platform said, without secrets', async () => {
    await using all = await startAll()
    await all.attach()
    const { response, bytes } = await bytesOf(all)
    const bundle: Bundle = JSON.parse(bytes.toString())
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="34020000001110000001_.*\.json"$/,
    )
    expect(bundle).toMatchObject({
      format: 'gb28181-bundle',
      version: 1,
      recorder: 'gb28181 1.2.3',
      recordedBy: all.platform.id,
      subject: { deviceId },
      dropped: 0,
    })
    expect(readCapture(bytes).messages.map(({ parsed }) => parsed.ok)).toEqual(Array(12).fill(true))
    expect(bytes.toString()).toMatch(/response=\\"\*{32}\\"/)
    expect(bytes.toString()).not.toMatch(/response=\\"[0-9a-f]/)
  })

  it('is a capture with the same messages, raw only when asked', async () => {
    await using all = await startAll()
    await all.attach()
    const { bytes } = await bytesOf(all, '?format=pcap')
    const { bytes: raw } = await bytesOf(all, '?format=pcap&raw=true')
    expect([readCapture(bytes).format, readCapture(bytes).messages.length]).toEqual(['pcap', 12])
    expect([/response="\*{32}"/.test(bytes.toString()), /response="[0-9a-f]{32}"/.test(raw.toString())]).toEqual([
      true,
      true,
    ])
    const { bytes: json } = await bytesOf(all, '?raw=true')
    expect(json.toString()).not.toMatch(/response=\\"[0-9a-f]/)
  })

  it('is a page that needs nothing else', async () => {
    await using all = await startAll()
    await all.attach()
    const { response, bytes } = await bytesOf(all, '?format=html')
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(bytes.toString()).toContain('401 Unauthorized (REGISTER)')
    expect(bytes.toString()).not.toMatch(/<script|src=|href="http/)
  })

  it('is of one session where its Call-ID is given', async () => {
    await using all = await startAll()
    await all.attach()
    const { body } = await all.ask('POST', '/api/sessions', { deviceId, channelId })
    const { callId } = body as { callId: string }
    const { bytes } = await bytesOf(all, `?callId=${callId}`)
    const { messages } = readCapture(bytes)
    expect(messages.map(({ parsed }) => parsed.ok === true && parsed.message.callId)).toEqual(
      Array(messages.length).fill(callId),
    )
    expect(messages.length).toBeGreaterThanOrEqual(4)
  })

  it('is of a stranger that was refused too, and 404 for whom nothing is known of', async () => {
    await using all = await startAll()
    const stranger = '34020000001110000009'
    const failing = all.attach({ id: stranger, password: 'wrong' }).catch(() => {})
    await firstOf(all.platform.events({ types: ['registration.rejected'] }))
    const { bytes } = await bytesOf(all, '', stranger)
    expect(readCapture(bytes).messages.length).toBeGreaterThanOrEqual(4)
    expect(errorOf(await all.ask('GET', '/api/devices/1/record'))).toMatchObject({ code: 'device-not-found' })
    expect((await all.ask('GET', `/api/devices/${stranger}/record?format=exe`)).status).toBe(400)
    void failing
  })
})

async function firstOf<T>(events: AsyncIterable<T>): Promise<T | undefined> {
  for await (const event of events) return event
  return undefined
}

type Frame = { type: string; records?: { seq: number; kind: string }[]; actor?: { state: string; context: object } }

/** A reader of the live stream, and what it was sent. */
async function reader({ port }: Harness, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/inspect`, { headers })
  const frames: Frame[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)))
    for (const look of waiting) look()
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return {
    frames,
    socket,
    send: (frame: unknown) => socket.send(JSON.stringify(frame)),
    until: (fits: (frames: readonly Frame[]) => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!fits(frames)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

const recordsIn = (frames: readonly Frame[]) => frames.flatMap(({ records = [] }) => records)

describe('GET /api/inspect', () => {
  it('sends what is kept of a device, then what happens to it, each once and in order', async () => {
    await using all = await startAll()
    const device = await all.attach()
    const { frames, send, until } = await reader(all)
    send({ follow: { deviceId } })
    await until((sent) => recordsIn(sent).length > 50)
    const before = recordsIn(frames).length
    await all.ask('POST', '/api/sessions', { deviceId, channelId })
    await until((sent) => recordsIn(sent).length > before + 15)
    await device.close()
    const seqs = recordsIn(frames).map(({ seq }) => seq)
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
    expect(frames.filter(({ type }) => type !== 'records')).toEqual([])
  })

  it('goes on after the record that the reader had last', async () => {
    await using all = await startAll()
    await all.attach()
    const { frames, send, until } = await reader(all)
    send({ follow: { deviceId }, after: 30 })
    await until((sent) => recordsIn(sent).length > 0)
    expect(Math.min(...recordsIn(frames).map(({ seq }) => seq))).toBeGreaterThan(30)
  })

  it('shows one actor as it changes, what it holds, and that it is gone', async () => {
    await using all = await startAll()
    const device = await all.attach()
    const { frames, send, until } = await reader(all)
    send({ actor: `registration:${deviceId}` })
    await until((sent) => sent.some(({ actor }) => actor?.state === 'online'))
    await device.close()
    await until((sent) => sent.some(({ actor }) => actor?.state === 'offline'))
    expect(frames[0]?.actor?.context).toMatchObject({ keepalive: 60_000, keepaliveLimit: 3 })
    await all.ask('DELETE', `/api/devices/${deviceId}`)
    await until((sent) => sent.some(({ type }) => type === 'actor.gone'))
  })

  it('says what it does not understand, and goes on', async () => {
    await using all = await startAll()
    await all.attach()
    const { frames, send, socket, until } = await reader(all)
    socket.send('{')
    for (const frame of [7, {}, { follow: 3 }, { follow: { deviceId, callId: 1 } }, { actor: [] }]) send(frame)
    send({ actor: `registration:${deviceId}` })
    await until((sent) => sent.some(({ type }) => type === 'actor'))
    expect(frames.map(({ type }) => type)).toEqual([...Array(6).fill('error'), 'actor'])
  })

  it('is for whom the API is for: Host, Origin and token are looked at', async () => {
    await using all = await startAll({ token: 'secret' })
    await expect(reader(all)).rejects.toThrow('401')
    await expect(reader(all, { authorization: 'Bearer secret', origin: 'http://evil.example' })).rejects.toThrow('403')
    const { socket } = await reader(all, { authorization: 'Bearer secret' })
    expect(socket.readyState).toBe(WebSocket.OPEN)
  })

  it('ends with the server, and is no page', async () => {
    const all = await startAll()
    const { socket } = await reader(all)
    const { status, headers } = await all.ask('GET', '/api/inspect')
    expect([status, headers.get('upgrade')]).toEqual([426, 'websocket'])
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await all[Symbol.asyncDispose]()
    await closed
  })
})

describe('GET /api/actors/{id}', () => {
  it('tells what the machine holds', async () => {
    await using all = await startAll()
    await all.attach()
    const { body } = await all.ask('GET', `/api/actors/registration:${deviceId}`)
    expect(body).toMatchObject({ state: 'online', context: { keepaliveLimit: 3, offlineReason: null } })
  })
})
