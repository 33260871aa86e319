/** Our device and our platform over a network that loses 30 % of the datagrams, both ways, and doubles as many. */
import { describe, expect } from 'vitest'
import { parseHostPort } from '../../src/sip/uri.ts'
import { openLossyRelay } from '../support/lossy-relay.ts'
import { deviceIds, openStage, type Stage } from './stage.ts'
import { interop } from './table.ts'

const [deviceId = ''] = deviceIds(1)

async function openRelay(stage: Stage, server: string, seed: number) {
  const { host = '', port = 0 } = parseHostPort(server) ?? {}
  const relay = await openLossyRelay({ server: { address: host, port }, loss: 0.3, duplicate: 0.3, seed })
  stage.defer(() => relay[Symbol.asyncDispose]())
  return relay
}

const ending = (events: readonly { name: string }[], ...names: string[]) =>
  events.filter(({ name }) => names.includes(name))

describe('a lossy network', () => {
  for (const seed of [1, 2, 3]) {
    const what = `30 % loss and 30 % duplication each way (seed ${seed}): register, catalog, play, BYE, unregister`
    interop(
      { peer: 'lossy relay', what, transport: 'UDP' },
      async () => {
        const stage = await openStage()
        const { platform, events, address } = await stage.platform()
        const relay = await openRelay(stage, address('UDP'), seed)
        // The grace is as long as a request may take until it is given up (RFC 3261 17.1.2.2, timer F).
        const { device, events: told } = await stage.device({
          id: deviceId,
          server: relay.address,
          channels: 12,
          grace: 32,
        })
        await expect.poll(() => platform.channels(deviceId)?.catalog.complete, { timeout: 45_000 }).toBe(true)
        expect(platform.channels(deviceId)).toMatchObject({ total: 12, catalog: { sumNum: 12, received: 12 } })

        const [channel] = platform.channels(deviceId)?.items ?? []
        const session = await platform.play({ deviceId, channelId: channel?.id ?? '' })
        await expect.poll(() => session.view().media.packets ?? 0, { timeout: 10_000 }).toBeGreaterThan(50)
        expect(session.view().state).toBe('confirmed')
        await session.close()
        expect(platform.session(session.id)).toMatchObject({ state: 'ended', failure: null })
        expect(ending(told, 'session.started', 'session.ended')).toHaveLength(2)

        await device.close()
        expect(platform.device(deviceId)).toMatchObject({ online: false, offlineReason: 'unregistered' })
        // Nothing was done twice, whatever came twice.
        expect(ending(events, 'device.online', 'session.created', 'session.started', 'session.ended')).toHaveLength(4)
        expect(ending(events, 'actor.crashed')).toEqual([])
        for (const way of ['up', 'down'] as const) expect(relay.tally[way].lost).toBeGreaterThan(0)
      },
      120_000,
    )
  }
})
