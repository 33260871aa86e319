import { describe, expect, it } from 'vitest'
import { createFleet, type FleetOptions } from '../../src/device/index.ts'
import { createPlatform } from '../../src/platform/create.ts'
import { SettlingClock, seededRandom, VirtualNetwork } from '../../src/testing/index.ts'

const password = 'Pass1234'

async function fleetRig(options: Partial<FleetOptions>) {
  const clock = new SettlingClock(Date.UTC(2024, 4, 1))
  const network = new VirtualNetwork({ clock, link: { latency: 5 } })
  const world = { clock, network, random: seededRandom(1) }
  const listen = [{ transport: 'UDP', address: '192.0.2.10', port: 5060 }] as const
  const platform = createPlatform({ password, listen, ...world, random: seededRandom(2) })
  await platform.start()
  const fleet = createFleet({
    server: '192.0.2.10',
    password,
    count: 20,
    local: { address: '192.0.2.64' },
    openRtp: network.openRtp,
    ...world,
    ...options,
  })
  return { clock, network, platform, fleet }
}

describe('a fleet', () => {
  it.each([
    ['one socket for all', true],
    ['a socket each', false],
  ])('registers, is asked and leaves with %s', async (_, sharedSocket) => {
    const { clock, network, platform, fleet } = await fleetRig({ sharedSocket, channels: 3, spread: 10 })
    await fleet.start()
    await clock.pass(5000)
    expect(fleet.summary().registered).toBe(10)
    await clock.pass(7000)
    expect(fleet.summary()).toMatchObject({
      devices: 20,
      registered: 20,
      queries: { Catalog: 20, DeviceInfo: 20 },
      failed: {},
      crashes: 0,
    })
    expect(platform.devices().map(({ id, channelCount, state }) => [id, channelCount, state])).toEqual(
      fleet.ids.map((id) => [id, 3, 'online']),
    )
    const channels = fleet.ids.flatMap((id) => platform.channels(id)?.items.map((channel) => channel.id) ?? [])
    expect(new Set(channels).size).toBe(60)
    const sources = new Set(network.log.filter(({ summary }) => summary.startsWith('REG')).map(({ from }) => from))
    expect(sources.size).toBe(sharedSocket ? 1 : 20)

    await clock.pass(60_000)
    expect(fleet.summary().keepalives).toEqual({ sent: 20, answered: 20, unanswered: 0 })
    await clock.passUntil(fleet.close())
    expect(platform.devices().map(({ offlineReason }) => offlineReason)).toEqual(Array(20).fill('unregistered'))
    await clock.passUntil(platform.close())
  })

  it('has the IDs that follow the first, in the last six digits', () => {
    const { ids } = createFleet({ server: 'x', count: 3, id: '34020000001110000098' })
    expect(ids).toEqual(['34020000001110000098', '34020000001110000099', '34020000001110000100'])
  })

  it.each([
    [{ count: 0 }, /^count: /],
    [{ count: 2, id: '34020000001110999999' }, /^count: .*do not fit/],
    [{ count: 2, local: { port: 5060 } }, /^local\.port: /],
    [{ count: 1, spread: -1 }, /^spread: /],
    [{ count: 1, id: '42' }, /^id: 20 digits, not "42"/],
    [{ count: 1, server: '' }, /^server: /],
    [{ count: 1, faults: ['loss=30', 'nonsense'] }, /^faults\[1\]: .*not "nonsense"/],
    [{ count: 1, faults: ['no-200=3'] }, /^faults\[0\]: /],
    [{ count: 1, faults: ['loss=101'] }, /^faults\[0\]: /],
    [{ count: 1, keepalive: 0 }, /^keepalive: /],
    [{ count: 1, profile: 'acme' }, /^profile: one of generic, hikvision, dahua/],
    [{ count: 1, local: { address: 'here' } }, /^local\.address: /],
  ])('refuses %j', (options, message) => {
    expect(() => createFleet({ server: '192.0.2.10', ...options })).toThrow(message)
    expect(() => createFleet({ server: '192.0.2.10', ...options })).toThrow(TypeError)
  })
})
