import { describe, expect, it } from 'vitest'
import { createDevice } from '../../src/device/index.ts'
import { createPlatform } from '../../src/platform/create.ts'

describe('over the loopback interface', () => {
  it.each(['udp', 'tcp'] as const)('a device registers, is asked, plays and leaves over %s', async (transport) => {
    const password = 'Pass1234'
    const address = '127.0.0.1'
    await using platform = createPlatform({
      password,
      listen: [{ transport: transport === 'udp' ? 'UDP' : 'TCP', address, port: 0 }],
      mediaPorts: { from: 33_000, to: 33_100 },
    })
    await platform.start()
    const port = platform.address()[0]?.port ?? 0
    const committed = new Promise<void>((resolve) => void platform.on('catalog.committed', () => resolve()))
    const device = createDevice({ server: { host: 'localhost', port }, password, transport, channels: 5 })
    await device.start()
    await committed
    expect(platform.channels(device.id)?.items.map(({ name }) => name)).toEqual(
      ['1', '2', '3', '4', '5'].map((digit) => `通道${digit}`),
    )

    const channelId = device.channels[4]?.id ?? ''
    const session = await platform.play({ deviceId: device.id, channelId })
    expect(session.view()).toMatchObject({ state: 'confirmed', failure: null })
    await session.close()
    expect(device.sessions).toEqual([])

    await device.close()
    expect(platform.device(device.id)).toMatchObject({ state: 'offline', offlineReason: 'unregistered' })
    expect(device.summary()).toMatchObject({ crashes: 0, sessions: { ended: { 'bye-by-peer': 1 } } })
  })
})
