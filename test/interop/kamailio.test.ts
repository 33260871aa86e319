/** Our device, as the real command, with Kamailio as its registrar (GB/T 28181 9.1 and 9.6, RFC 3261 10.2 and 22). */
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { describePeer } from './peers.ts'
import { deviceIds, openStage, password, type Running, type Stage } from './stage.ts'
import { interop } from './table.ts'

type Define = 'WITH_QOP' | 'WITH_SHA256' | 'WITH_SHORT_NONCE'

const [deviceId = ''] = deviceIds(1)
const command = resolve(import.meta.dirname, '../../src/cli/gb28181.js')

async function startKamailio(stage: Stage, port: number, defines: readonly Define[]): Promise<Running> {
  const kamailio = stage.start('kamailio', [
    ...['-f', join(import.meta.dirname, 'kamailio/registrar.cfg'), '-DD', '-E', '-m', '32', '-M', '4'],
    ...['-w', stage.folder, '-Y', stage.folder, '-l', `udp:127.0.0.1:${port}`, '-l', `tcp:127.0.0.1:${port}`],
    ...defines.flatMap((define) => ['-A', define]),
  ])
  await expect.poll(() => kamailio.output, { timeout: 10_000 }).toContain('interop: ready')
  return kamailio
}

/** What the configuration said so far, without `ready`. */
const told = ({ output }: Running): readonly string[] =>
  output.split('\n').flatMap((line) => /interop: (?!ready)(\S.*)/.exec(line)?.slice(1) ?? [])

const count = (lines: readonly string[], line: string): number => lines.filter((candidate) => candidate === line).length

function startDevice(stage: Stage, port: number, transport: 'UDP' | 'TCP'): Running {
  return stage.start(
    process.execPath,
    [
      ...[command, 'device', '--server', `127.0.0.1:${port}`, '--id', deviceId, '--transport', transport.toLowerCase()],
      ...['--expires', '4', '--keepalive', '1', '--json'],
    ],
    { GB28181_PASSWORD: password },
  )
}

/** Challenges that a registration with one refresh costs: the first, and another where the nonce is over by then. */
const cases = [
  { what: 'digest without qop', by: 'MD5', defines: [], challenges: 1 },
  { what: 'digest with qop=auth, nonce count checked', by: 'MD5 with qop', defines: ['WITH_QOP'], challenges: 1 },
  { what: 'SHA-256 with qop=auth', by: 'SHA-256 with qop', defines: ['WITH_QOP', 'WITH_SHA256'], challenges: 1 },
  { what: 'a stale nonce at the refresh', by: 'MD5', defines: ['WITH_SHORT_NONCE'], challenges: 2 },
] as const

describePeer('kamailio', 'Kamailio as registrar', () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    for (const { what, by, defines, challenges } of cases) {
      const outcome = 'registered, kept alive, refreshed, gone after SIGTERM'
      interop({ peer: 'kamailio', what: `our device, ${what}: ${outcome}`, transport }, async () => {
        const stage = await openStage()
        const port = await freePort()
        const kamailio = await startKamailio(stage, port, defines)
        const device = startDevice(stage, port, transport)
        await expect.poll(() => count(told(kamailio), `bound ${deviceId} by ${by}`), { timeout: 15_000 }).toBe(2)
        expect(count(told(kamailio), `challenged ${deviceId}`)).toBe(challenges)
        device.signal('SIGTERM')
        expect((await device.ended).code).toBe(0)
        await expect.poll(() => told(kamailio).at(-1)).toBe(`gone ${deviceId}`)
        expect(told(kamailio)).toContain(`keepalive ${deviceId} 200`)
        expect(told(kamailio)).not.toContain(`keepalive ${deviceId} 404`)
      })
    }
  }
})
