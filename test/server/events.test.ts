import { describe, expect, it } from 'vitest'
import { deviceId, errorOf, type Harness, startAll } from './harness.ts'

interface Stream {
  /** Reads on until the text has what is looked for. */
  until(wanted: RegExp): Promise<string>
  close(): void
}

async function open(all: Harness, path: string, headers: Record<string, string> = {}): Promise<Stream> {
  const leaving = new AbortController()
  const response = await fetch(all.url + path, { headers, signal: leaving.signal })
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    until: async (wanted) => {
      while (!wanted.test(text)) {
        const next = await reader?.read()
        if (next?.value === undefined) return `${text}<end>`
        text += next.value
      }
      return text
    },
    close: () => leaving.abort(),
  }
}

describe('server-sent events', () => {
  it('tell what happens, with number, name and data, and when to come back', async () => {
    await using all = await startAll()
    const stream = await open(all, '/api/events')
    await stream.until(/retry: 2000\n\n/)
    await all.attach()
    const text = await stream.until(/event: catalog.committed\n.*\n\n/)
    expect(text).toMatch(/id: \d+\nevent: device\.online\ndata: \{"at":"[^"]+","deviceId":"34020000001110000001"/)
    stream.close()
  })

  it('begin after the last one that the reader has seen, by header or parameter', async () => {
    await using all = await startAll()
    await all.attach()
    const all1 = await (await open(all, '/api/events?after=0')).until(/catalog\.committed/)
    const ids = [...all1.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
    expect(ids).toEqual(ids.map((_, index) => index + 1))
    const rest = await open(all, '/api/events?after=0', { 'last-event-id': '1' })
    expect(await rest.until(/catalog\.committed/)).not.toMatch(/^id: 1$/m)
    rest.close()
  })

  it('are filtered by name and device', async () => {
    await using all = await startAll()
    await all.attach()
    const stream = await open(all, `/api/events?after=0&types=device.online,catalog.committed&deviceId=${deviceId}`)
    const text = await stream.until(/catalog\.committed/)
    expect([...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).toEqual([
      'device.online',
      'catalog.committed',
    ])
    stream.close()
  })

  it('say what they no longer have', async () => {
    await using all = await startAll()
    // Each stranger is challenged: more of that than is kept.
    const { port = 0 } = all.platform.address()[0] ?? {}
    const { createSocket } = await import('node:dgram')
    const socket = createSocket('udp4')
    const wire = (index: number) =>
      `OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK${index}\r\nbroken ${index}\r\n\r\n`
    let noted = 0
    const enough = new Promise<void>((resolve) => {
      all.platform.on('message.noted', () => {
        noted += 1
        if (noted === 1100) resolve()
        else send()
      })
    })
    let sent = 0
    const send = () => {
      sent += 1
      socket.send(wire(sent), port, '127.0.0.1')
    }
    send()
    await enough
    socket.close()
    const stream = await open(all, '/api/events', { 'last-event-id': '1' })
    expect(await stream.until(/id: \d+/)).toMatch(/^retry: 2000\n\nevent: gap\ndata: \{"missed":\d+\}\n\nid: /)
    stream.close()
  })

  it('refuse a name that no event has', async () => {
    await using all = await startAll()
    const answer = await all.ask('GET', '/api/events?types=device.onlin')
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'invalid-request'])
    expect(errorOf(answer).message).toContain('device.online')
  })

  it('send a comment when nothing happens, so that no proxy closes them', async () => {
    await using all = await startAll({ heartbeat: 20 })
    const stream = await open(all, '/api/events')
    expect(await stream.until(/:\n\n:\n\n/)).toBe('retry: 2000\n\n:\n\n:\n\n')
    stream.close()
  })

  it('leave nothing behind when a reader goes, and end when the server closes', async () => {
    await using all = await startAll({ heartbeat: 10 })
    const readers = async () =>
      /event_consumers\{kind="sse"\} (\d+)/.exec(String((await all.ask('GET', '/metrics')).body))?.[1]
    const one = await open(all, '/api/events')
    const two = await open(all, '/api/events')
    await Promise.all([one.until(/:/), two.until(/:/)])
    expect(await readers()).toBe('2')
    one.close()
    await expect.poll(readers).toBe('1')
    await all.http.close()
    expect(await two.until(/never/)).toMatch(/<end>$/)
  })
})
