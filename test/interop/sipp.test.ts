/** SIPp as devices against our platform (GB/T 28181 9.1, 9.2, 9.5, 9.6). */
import { expect } from 'vitest'
import { describePeer } from './peers.ts'
import { runSipp } from './sipp.ts'
import { deviceIds, openStage, type RunningPlatform } from './stage.ts'
import { interop } from './table.ts'

const hour = 3_600_000
const succeeded = { code: 0, failures: [] }

const named = ({ events }: RunningPlatform, name: string) => events.filter((event) => event.name === name)

/** Devices whose registration holds for more than an hour from when they came online: refreshed with 7200 s. */
function refreshed({ platform, events }: RunningPlatform): number {
  const cameOnline = new Map(
    events.flatMap((event) => (event.name === 'device.online' ? [[event.deviceId, Date.parse(event.at)]] : [])),
  )
  return platform
    .devices()
    .filter(
      ({ id, online, expiresAt }) => online && Date.parse(expiresAt ?? '') > (cameOnline.get(id) ?? 0) + 1.5 * hour,
    ).length
}

describePeer('sipp', 'SIPp as devices', () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    interop(
      { peer: 'sipp', what: '100 devices: digest REGISTER, keepalive, refresh, unregister', transport },
      async () => {
        const stage = await openStage()
        const running = await stage.platform()
        const devices = deviceIds(100)
        const sipp = runSipp(stage, {
          ...{ scenario: 'life', server: running.address(transport), transport, devices },
          pause: 5000,
        })
        await expect.poll(() => refreshed(running), { timeout: 20_000 }).toBe(100)
        expect(await sipp).toMatchObject(succeeded)
        expect(named(running, 'device.online')).toHaveLength(100)
        expect(named(running, 'device.offline')).toHaveLength(100)
        expect(new Set(running.platform.devices().map(({ offlineReason }) => offlineReason))).toEqual(
          new Set(['unregistered']),
        )
        expect(named(running, 'registration.rejected')).toEqual([])
      },
    )

    interop({ peer: 'sipp', what: '100 devices with a wrong password: 403', transport }, async () => {
      const stage = await openStage()
      const running = await stage.platform()
      const devices = deviceIds(100)
      const server = running.address(transport)
      const sipp = await runSipp(stage, { scenario: 'wrong-password', server, transport, devices, password: 'guessed' })
      expect(sipp).toMatchObject(succeeded)
      const refusals = named(running, 'registration.rejected')
      expect(refusals).toHaveLength(100)
      expect(refusals[0]).toMatchObject({ status: 403, reason: 'wrong-password' })
      expect(running.platform.devices().filter(({ online }) => online)).toEqual([])
    })

    interop({ peer: 'sipp', what: 'keepalive before registering: 404, after it: 200', transport }, async () => {
      const stage = await openStage()
      const running = await stage.platform()
      const devices = deviceIds(10)
      const server = running.address(transport)
      expect(await runSipp(stage, { scenario: 'keepalive-first', server, transport, devices })).toMatchObject(succeeded)
      const states = new Set(running.platform.devices().map(({ state, offlineReason }) => offlineReason ?? state))
      // SIPp leaves without a word: over TCP that is heard at once, over UDP when keepalives are missed.
      expect(states).toEqual(new Set([transport === 'TCP' ? 'connection-closed' : 'online']))
      expect(named(running, 'device.online')).toHaveLength(10)
    })

    interop(
      { peer: 'sipp', what: 'catalog in three messages; INVITE, 100, 101, 180, 200, no media, BYE', transport },
      async () => {
        const stage = await openStage()
        const running = await stage.platform({ mediaTimeout: 500 })
        const { platform } = running
        const [deviceId = ''] = deviceIds(1)
        const sipp = runSipp(stage, {
          ...{ scenario: 'camera', answers: 'camera-answers', server: running.address(transport), transport },
          ...{ devices: [deviceId], pause: 5000 },
        })
        await expect.poll(() => platform.channels(deviceId)?.catalog.complete, { timeout: 10_000 }).toBe(true)
        expect(platform.device(deviceId)).toMatchObject({ name: 'SIPp camera', manufacturer: 'SIPp', channelCount: 4 })
        expect(await platform.query(deviceId, { cmdType: 'Catalog' })).toMatchObject({ sumNum: 4, received: 4 })
        const play = platform.play({ deviceId, channelId: '34020000001310000001' })
        await expect(play).rejects.toMatchObject({ code: 'no-media' })
        expect(await sipp).toMatchObject({ ...succeeded, log: 'INVITE\nBYE\n' })
        expect(platform.device(deviceId)).toMatchObject({ offlineReason: 'unregistered' })
      },
    )
  }
})
