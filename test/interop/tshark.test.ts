/** Everything that platform and device say to each other, through the eyes of tshark: nothing of it is malformed. */
import { expect } from 'vitest'
import { type Decoding, frames, startCapture } from './capture.ts'
import { describePeer } from './peers.ts'
import { deviceIds, freePort, openStage, type RunningPlatform, type Stage } from './stage.ts'
import { interop } from './table.ts'

const [deviceId = ''] = deviceIds(1)
const media = { from: 31_300, to: 31_320 }

/** Registration, keepalive, queries, one play with media and RTCP, BYE, unregistration. The ports of the media. */
async function wholeRun(stage: Stage, { platform, address }: RunningPlatform, transport: 'UDP' | 'TCP') {
  const { device, events } = await stage.device({
    ...{ id: deviceId, server: address(transport), transport: transport === 'UDP' ? 'udp' : 'tcp' },
    ...{ channels: 10, keepalive: 0.5, gbVersion: 2022 },
  })
  await expect.poll(() => platform.channels(deviceId)?.catalog.complete, { timeout: 10_000 }).toBe(true)
  await platform.query(deviceId, { cmdType: 'DeviceStatus' })
  const [channel] = platform.channels(deviceId)?.items ?? []
  const session = await platform.play({ deviceId, channelId: channel?.id ?? '' })
  // A receiver report comes within 5 s (RFC 3550 6.2).
  await expect.poll(() => session.view().media.packets ?? 0, { timeout: 20_000 }).toBeGreaterThan(500)
  await expect.poll(() => events.some(({ name }) => name === 'keepalive.answered')).toBe(true)
  const { port } = session.view().media
  await session.close()
  await device.close()
  return { rtp: port, rtcp: port + 1 }
}

describePeer('tshark', 'tshark decodes what we send', () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    interop(
      { peer: 'tshark', what: 'a whole run, media included: every frame decoded, none malformed', transport },
      async () => {
        const stage = await openStage()
        const port = await freePort()
        const capture = await startCapture(stage, `port ${port} or portrange ${media.from}-${media.to}`)
        const running = await stage.platform({
          listen: [{ transport, address: '127.0.0.1', port }],
          mediaPorts: media,
        })
        const { rtp, rtcp } = await wholeRun(stage, running, transport)
        await capture.stop()
        const layer = transport.toLowerCase()
        const decoding: Decoding = {
          file: capture.file,
          as: [`${layer}.port==${port},sip`, `udp.port==${rtp},rtp`, `udp.port==${rtcp},rtcp`],
        }
        const count = async (filter: string) => (await frames(stage, decoding, filter, ['frame.number'])).length
        console.error(
          await frames(stage, decoding, '_ws.expert', ['frame.number', '_ws.col.Info', '_ws.expert.message']),
        )
        console.error(
          await frames(stage, decoding, 'sip||rtcp', ['frame.number', '_ws.col.Info']),
          await count('rtp'),
          await count('rtcp'),
        )
      },
    )
  }
})
