import { describe, expect, it } from 'vitest'
import { startAll } from './harness.ts'

describe('/metrics', () => {
  it('has every outcome from the first scrape on, at zero', async () => {
    await using all = await startAll()
    const { headers, body } = await all.ask('GET', '/metrics')
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(body).toContain('gb28181_build_info{version="1.2.3"} 1\n')
    for (const line of [
      'gb28181_devices{state="online"} 0',
      'gb28181_registrations_total{result="rejected"} 0',
      'gb28181_device_offline_total{reason="keepalive-missed"} 0',
      'gb28181_sessions_ended_total{type="play",outcome="no-media"} 0',
      'gb28181_sip_messages_total{direction="in"} 0',
      'gb28181_explanations_total{outcome="skipped"} 0',
    ])
      expect(body).toContain(`${line}\n`)
  })

  it('counts what happened, and names no device, channel, Call-ID or address', async () => {
    await using all = await startAll()
    const device = await all.attach()
    const channelId = device.channels[0]?.id
    const { body: session } = await all.ask('POST', '/api/sessions', { deviceId: device.id, channelId })
    const { id, callId } = session as { id: string; callId: string }
    await all.ask('DELETE', `/api/sessions/${id}`)
    const body = String((await all.ask('GET', '/metrics')).body)
    expect(body).toContain('gb28181_devices{state="online"} 1\n')
    expect(body).toContain('gb28181_sessions_ended_total{type="play",outcome="success"} 1\n')
    expect(body).toMatch(/gb28181_actors\{machine="registration"\} 1\n/)
    for (const name of [device.id, channelId, id, callId, '127.0.0.1']) expect(body).not.toContain(name)
  })

  it('is well formed: HELP and TYPE before the samples of each family, every family once', async () => {
    await using all = await startAll()
    await all.attach()
    const families = String((await all.ask('GET', '/metrics')).body)
      .split('# HELP ')
      .slice(1)
    const names = families.map((family) => family.split(' ', 1)[0])
    expect(new Set(names).size).toBe(names.length)
    for (const family of families) {
      const [help = '', type = '', ...samples] = family.trimEnd().split('\n')
      const name = help.split(' ', 1)[0] ?? ''
      expect(name).toMatch(/^(gb28181|nodejs)_[a-z_]+$/)
      expect(type).toMatch(new RegExp(`^# TYPE ${name} (gauge|counter)$`))
      if (type.endsWith('counter')) expect(name).toMatch(/_total$/)
      for (const sample of samples)
        expect(sample).toMatch(new RegExp(`^${name}(\\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\\})? [0-9.e+-]+$`))
    }
  })
})
