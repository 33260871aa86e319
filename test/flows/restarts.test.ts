import { describe, expect, it } from 'vitest'
import { cut, executors, stage } from './stage.ts'

const deviceId = '34020000001110000001'
const channelId = '34020000001320000001'

describe.each(executors)('run by %s,', (executor) => {
  describe('somebody restarts', () => {
    it('the platform: the next keepalive gets 404, the camera registers again, its catalog is asked again', async () => {
      const { clock, platform, camera, delivered } = stage({ executor })
      const before = platform()
      await before.start()
      const device = camera({ channels: 3 })
      await device.start()
      await clock.pass(10_000)
      expect(before.channels(deviceId)?.total).toBe(3)
      await clock.passUntil(before.close())

      const after = platform()
      await after.start()
      expect(after.device(deviceId)).toBeUndefined()
      const seen = delivered().length
      await clock.pass(60_000)
      expect(
        delivered()
          .slice(seen)
          .map((line) =>
            line
              .split(' ')
              .slice(0, line.startsWith('SIP') ? 2 : 1)
              .join(' '),
          ),
      ).toEqual([
        'MESSAGE', // the keepalive of a camera that believes itself registered
        'SIP/2.0 404',
        'REGISTER',
        'SIP/2.0 401',
        'REGISTER',
        'SIP/2.0 200',
        ...['MESSAGE', 'SIP/2.0 200', 'MESSAGE', 'SIP/2.0 200'], // DeviceInfo
        ...['MESSAGE', 'SIP/2.0 200', 'MESSAGE', 'SIP/2.0 200'], // Catalog
      ])
      expect(after.device(deviceId)).toMatchObject({ state: 'online', channelCount: 3 })
      await clock.passUntil(device.close())
      await clock.passUntil(after.close())
    })

    it('the platform, in the middle of a call: the BYE reaches the camera, which stops sending', async () => {
      const { clock, platform, camera } = stage({ executor })
      const upper = platform()
      await upper.start()
      const device = camera()
      await device.start()
      await clock.pass(5000)
      await clock.passUntil(upper.play({ deviceId, channelId }))
      expect(device.sessions).toHaveLength(1)
      await clock.passUntil(upper.close())
      await clock.pass(100)
      expect([device.sessions.length, upper.media.ports.inUse, upper.actors().length]).toEqual([0, 0, 0])
      await clock.passUntil(device.close())
    })

    it('the camera, in the middle of a call: the stream stops, the session fails of no-media, it comes back', async () => {
      const { clock, network, platform, camera } = stage({ executor })
      const upper = platform()
      await upper.start()
      const first = camera({ local: { address: '192.0.2.64', port: 5060 } })
      await first.start()
      await clock.pass(5000)
      const session = await clock.passUntil(upper.play({ deviceId, channelId }))
      // The plug is pulled: no BYE, no unregister.
      cut(network, '192.0.2.64')
      const again = camera({ local: { address: '192.0.2.65', port: 5060 } })
      await again.start()
      await clock.pass(20_000)
      expect(upper.device(deviceId)).toMatchObject({ state: 'online', address: '192.0.2.65:5060' })
      await clock.pass(40_000)
      expect(session.view()).toMatchObject({
        state: 'failed',
        failure: {
          reason: 'no-media',
          findings: ['device-restarted', 'media-stopped'],
          hint: expect.stringMatching(/registered under a new Call-ID while the session/),
        },
      })
      expect(upper.media.ports.inUse).toBe(0)
      const next = await clock.passUntil(upper.play({ deviceId, channelId }))
      expect(next.view().state).toBe('confirmed')
      await clock.passUntil(again.close())
      await clock.passUntil(first.close())
      await clock.passUntil(upper.close())
    })
  })

  describe('the network goes away', () => {
    it('for the length of one keepalive: silent and back, never offline', async () => {
      const { clock, network, platform, camera } = stage({ executor })
      const upper = platform()
      await upper.start()
      const device = camera()
      await device.start()
      await clock.pass(1000)
      const states: string[] = []
      upper.on('device.silent', () => states.push('silent'))
      upper.on('device.online', () => states.push('online'))
      upper.on('device.offline', () => states.push('offline'))
      network.setLink('192.0.2.64', '192.0.2.10', () => (clock.now() % 200_000 < 100_000 ? 'drop' : 'deliver'))
      await clock.pass(150_000)
      expect(states).toEqual(['silent', 'online'])
      await clock.passUntil(device.close())
      await clock.passUntil(upper.close())
    })

    it('for good: offline by keepalive-missed after three intervals, and what it played is over', async () => {
      const { clock, network, platform, camera } = stage({ executor })
      const upper = platform()
      await upper.start()
      const device = camera()
      await device.start()
      await clock.pass(1000)
      await clock.passUntil(upper.play({ deviceId, channelId }))
      cut(network, '192.0.2.64')
      await clock.pass(181_000)
      expect(upper.device(deviceId)).toMatchObject({ state: 'offline', offlineReason: 'keepalive-missed' })
      expect(upper.sessions()).toMatchObject([
        { state: 'failed', failure: { findings: ['media-stopped'], hint: expect.stringMatching(/^Media flowed for/) } },
      ])
      await clock.passUntil(device.close())
      await clock.passUntil(upper.close())
    })
  })

  describe('many cameras on a bad line', () => {
    it('all come online with whole catalogs, and one channel of each plays', async () => {
      const { clock, platform, camera } = stage({
        executor,
        loss: 0.3,
        duplicate: 0.1,
        latency: 20,
        jitter: 30,
        seed: 3,
      })
      const upper = platform()
      await upper.start()
      const cameras = Array.from({ length: 10 }, (_, index) =>
        camera({
          id: `3402000000111000010${index}`,
          channels: 12,
          startAfter: index,
          local: { address: `192.0.2.${100 + index}`, port: 5060 },
        }),
      )
      for (const device of cameras) await device.start()
      await clock.pass(180_000)
      for (const { id } of cameras) expect(upper.channels(id)).toMatchObject({ total: 12, catalog: { complete: true } })
      const plays = cameras.map(({ id, channels }) => upper.play({ deviceId: id, channelId: channels[0]?.id ?? '' }))
      await clock.passUntil(Promise.all(plays))
      expect(upper.sessions().filter(({ state }) => state === 'confirmed')).toHaveLength(10)
      await clock.passUntil(upper.close())
      expect([upper.media.ports.inUse, upper.actors().length]).toEqual([0, 0])
      for (const device of cameras) await clock.passUntil(device.close())
    })
  })
})
