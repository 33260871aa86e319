/** sipsak, a command line SIP client: registers with our platform, and asks it what it can do. */
import { expect } from 'vitest'
import { describePeer } from './peers.ts'
import { deviceIds, openStage, password, platformId } from './stage.ts'
import { interop } from './table.ts'

const [deviceId = ''] = deviceIds(1)

describePeer('sipsak', 'sipsak against our platform', () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    const over = ['-E', transport.toLowerCase()]

    interop({ peer: 'sipsak', what: 'registers with digest', transport }, async () => {
      const stage = await openStage()
      const { platform, events, address } = await stage.platform()
      const uri = `sip:${deviceId}@${address(transport)}`
      const sipsak = await stage.run('sipsak', [
        ...[...over, '-U', '-s', uri, '-C', `sip:${deviceId}@127.0.0.1:5060`, '-a', password, '-x', '3600', '-v'],
      ])
      expect(sipsak).toMatchObject({ code: 0 })
      expect(events.filter(({ name }) => name === 'device.online')).toMatchObject([{ deviceId, transport }])
      expect(platform.device(deviceId)?.expiresAt).not.toBeNull()
    })

    interop({ peer: 'sipsak', what: 'a wrong password is refused', transport }, async () => {
      const stage = await openStage()
      const { events, address } = await stage.platform()
      const uri = `sip:${deviceId}@${address(transport)}`
      const args = ['-U', '-s', uri, '-C', `sip:${deviceId}@127.0.0.1:5060`, '-a', 'guessed', '-v']
      expect((await stage.run('sipsak', [...over, ...args])).code).not.toBe(0)
      expect(events.filter(({ name }) => name === 'registration.rejected')).toMatchObject([{ status: 403 }])
    })

    interop({ peer: 'sipsak', what: 'OPTIONS is answered 200 with Allow', transport }, async () => {
      const stage = await openStage()
      const { address } = await stage.platform()
      const sipsak = await stage.run('sipsak', [...over, '-vv', '-s', `sip:${platformId}@${address(transport)}`])
      expect(sipsak).toMatchObject({ code: 0 })
      expect(sipsak.output).toMatch(/^SIP\/2\.0 200 /m)
      expect(sipsak.output).toMatch(/^Allow: .*\bMESSAGE\b/m)
    })
  }
})
