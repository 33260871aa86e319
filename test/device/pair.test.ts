import { describe, expect, it } from 'vitest'
import { createTestPair, type TestPairOptions } from '../../src/testing/index.ts'
import { Recorded } from '../support/recorded.ts'

/** Plays the first channel for so long, and stops it. */
async function playOnce(options: TestPairOptions, ms = 5000) {
  const pair = createTestPair(options)
  const recorded = new Recorded(pair.platform)
  await pair.ready()
  const session = await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId }))
  await pair.pass(ms)
  const { media, state } = session.view()
  await pair.settle(session.close())
  await pair.pass(40_000)
  const { channels, platform, device } = { channels: pair.platform.channels(pair.device.id), ...pair }
  const result = {
    media,
    state,
    total: channels?.total,
    catalog: channels?.catalog.complete,
    device: platform.device(device.id)?.state,
    sessions: device.sessions.length,
    summary: device.summary(),
    log: pair.network.log.map(({ at, what, summary }) => `${at} ${what} ${summary}`),
  }
  await pair.close()
  recorded.mustReplay()
  return { ...result, pending: pair.clock.pending, actors: platform.actors().length }
}

describe.each(['compiled', 'xstate'] as const)('run by %s,', (executor) => {
  const by = { platform: { executor }, device: { executor } }

  describe('a platform and a device on a virtual wire', () => {
    it('register, exchange catalogs, play, stop, and leave nothing behind', async () => {
      const played = await playOnce({ ...by, device: { ...by.device, channels: 6 } })
      expect(played).toMatchObject({ state: 'confirmed', total: 6, catalog: true, device: 'online', sessions: 0 })
      expect(played.media.packets).toBeGreaterThan(125)
      expect(played.media.lost).toBe(0)
      expect(played.summary).toMatchObject({ registrations: 1, crashes: 0, sessions: { ended: { 'bye-by-peer': 1 } } })
      expect([played.pending, played.actors]).toEqual([0, 0])
    })

    it('do the same over TCP', async () => {
      const played = await playOnce({ ...by, device: { ...by.device, transport: 'tcp', channels: 2 }, latency: 5 })
      expect(played).toMatchObject({ state: 'confirmed', total: 2, device: 'online', pending: 0, actors: 0 })
    })

    it.each([1, 2, 3, 4, 5, 6, 7, 8])(
      'do the same while three of ten datagrams are lost and one comes twice (seed %i)',
      async (seed) => {
        const played = await playOnce({
          ...by,
          loss: 0.3,
          duplicate: 0.1,
          reorder: 0.05,
          latency: 20,
          jitter: 10,
          seed,
        })
        expect(played).toMatchObject({
          state: 'confirmed',
          total: 1,
          catalog: true,
          sessions: 0,
          pending: 0,
          actors: 0,
        })
        expect(played.media.packets).toBeGreaterThan(50)
        expect(played.summary.crashes).toBe(0)
      },
    )

    it('repeat a run exactly from its seed', async () => {
      const options = { ...by, loss: 0.3, latency: 20, jitter: 30, seed: 5 }
      const [one, other] = [await playOnce(options, 1000), await playOnce(options, 1000)]
      expect(one.log.some((line) => line.includes('dropped'))).toBe(true)
      expect(other.log).toEqual(one.log)
    })
  })
})
