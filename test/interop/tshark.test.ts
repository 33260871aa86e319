/** Everything that platform and device say to each other, through the eyes of tshark: nothing of it is malformed. */
import { expect } from 'vitest'
import { writePcap } from '../../src/inspect/capture/index.ts'
import { seenIn } from '../../src/inspect/recorder/index.ts'
import { freePort } from '../support/free-port.ts'
import { type Capture, startCapture } from './capture.ts'
import { describePeer } from './peers.ts'
import { deviceIds, openStage, type RunningPlatform, type Stage } from './stage.ts'
import { interop } from './table.ts'

const [deviceId = ''] = deviceIds(1)
const [rtp, rtcp] = [31_300, 31_301]

/** Registers, keeps alive, answers queries, plays with media and RTCP, ends with BYE, unregisters. The SSRC of the play. */
async function wholeRun(stage: Stage, running: RunningPlatform, transport: 'UDP' | 'TCP', capture: Capture) {
  const { platform, address } = running
  const { device } = await stage.device({
    ...{ id: deviceId, server: address(transport), transport: transport === 'UDP' ? 'udp' : 'tcp' },
    ...{ channels: 10, keepalive: 2, gbVersion: 2022 },
  })
  await expect.poll(() => platform.channels(deviceId)?.catalog.complete, { timeout: 10_000 }).toBe(true)
  await platform.query(deviceId, { cmdType: 'DeviceStatus' })
  const [channel] = platform.channels(deviceId)?.items ?? []
  const session = await platform.play({ deviceId, channelId: channel?.id ?? '' })
  await capture.seen('Sender Report')
  await capture.seen('Receiver Report')
  await session.close()
  await device.close()
  await capture.seen('200 OK (REGISTER)', 2)
  return Number(session.view().ssrc)
}

describePeer('tshark', 'tshark decodes what we send', () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    const what = 'a whole run, media and RTCP included: every frame decoded, none malformed; the recorder has the same'
    interop({ peer: 'tshark', what, transport }, async () => {
      const stage = await openStage()
      const port = await freePort()
      const sip = `${transport.toLowerCase()}.port==${port}`
      const capture = await startCapture(stage, `port ${port} or portrange ${rtp}-${rtcp}`, [
        ...[`${sip},sip`, `udp.port==${rtp},rtp`, `udp.port==${rtcp},rtcp`],
      ])
      const listen = [{ transport, address: '127.0.0.1', port }]
      const running = await stage.platform({ listen, mediaPorts: { from: rtp, to: rtcp } })
      const ssrc = await wholeRun(stage, running, transport, capture)
      await capture.stop()

      expect(await capture.frames('_ws.malformed', 'frame.number', '_ws.col.Info')).toEqual([])
      expect(await capture.warnings()).toEqual([])
      // What the kernel sends once more, as it does where the machine is busy, tshark has decoded the first time.
      const bytes = '(udp || (tcp.len > 0 && !tcp.analysis.retransmission))'
      const undecoded = `(${sip} && !sip && ${bytes}) || (udp.port == ${rtp} && !rtp) || (udp.port == ${rtcp} && !rtcp)`
      expect(await capture.frames(undecoded, 'frame.number', '_ws.col.Info')).toEqual([])

      const methods = new Set(await capture.values('sip.Request-Line', 'sip.Method'))
      expect(methods).toEqual(new Set(['REGISTER', 'MESSAGE', 'INVITE', 'ACK', 'BYE']))
      const statuses = new Set(await capture.values('sip.Status-Line', 'sip.Status-Code'))
      expect(statuses).toEqual(new Set(['100', '101', '200', '401']))
      expect(await capture.values('sdp', 'sdp.media.proto')).toEqual(['RTP/AVP', 'RTP/AVP'])
      const packets = await capture.values('rtp', 'rtp.ssrc')
      expect(packets.length).toBeGreaterThan(50)
      expect(new Set(packets.map(Number))).toEqual(new Set([ssrc]))

      const { messages } = seenIn(running.platform.recorder.recording({ deviceId }))
      const recorded = await stage.file('recorded.pcap', writePcap(messages))
      expect(await capture.framesIn(recorded, '_ws.malformed', 'frame.number', '_ws.col.Info')).toEqual([])
      // What crosses on the way is recorded in another order than it was captured in.
      const wire = (await capture.messagesIn()).toSorted()
      expect(wire.join('\n')).not.toContain('undefined')
      expect((await capture.messagesIn(recorded)).toSorted()).toEqual(wire)
    })
  }
})
