/** baresip, a SIP phone that has never heard of GB/T 28181, registers with our platform and leaves it in order. */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { describePeer } from './peers.ts'
import { deviceIds, openStage, password, type Running, type RunningPlatform, type Stage } from './stage.ts'
import { interop } from './table.ts'

const [deviceId = ''] = deviceIds(1)

async function startBaresip(stage: Stage, server: string, transport: string): Promise<Running> {
  await copyFile(join(import.meta.dirname, 'baresip/config'), join(stage.folder, 'config'))
  const credentials = `auth_user=${deviceId};auth_pass=${password}`
  await stage.file('accounts', `<sip:${deviceId}@${server};transport=${transport}>;${credentials};regint=600\n`)
  return stage.start('baresip', ['-f', stage.folder, '-s'])
}

const queryFailures = ({ events }: RunningPlatform) =>
  events.flatMap((event) => (event.name === 'query.failed' ? [`${event.cmdType} ${event.reason}`] : []))

describePeer('baresip', 'baresip as a device', () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    interop(
      {
        peer: 'baresip',
        what: 'registers with digest; refuses our queries with 501; unregisters when it quits',
        transport,
      },
      async () => {
        const stage = await openStage()
        const running = await stage.platform()
        const { platform } = running
        const baresip = await startBaresip(stage, running.address(transport), transport.toLowerCase())
        await expect.poll(() => platform.device(deviceId)?.online, { timeout: 10_000 }).toBe(true)
        expect(platform.device(deviceId)).toMatchObject({ transport, gbVersion: null })
        expect(platform.device(deviceId)?.userAgent).toMatch(/^baresip/)
        await expect.poll(() => queryFailures(running)).toEqual(['DeviceInfo rejected', 'Catalog rejected'])
        baresip.signal('SIGINT')
        expect((await baresip.ended).code).toBe(0)
        await expect.poll(() => platform.device(deviceId)?.offlineReason).toBe('unregistered')
      },
    )
  }
})
