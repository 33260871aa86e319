import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createClipStream, startStream } from '../../src/device/stream/index.ts'
import { createEmbeddedMedia } from '../../src/media/index.ts'
import { parseRtcp } from '../../src/media/rtcp.ts'
import { printRtp } from '../../src/media/rtp.ts'
import type { MediaListener } from '../../src/media/types.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'

const OFFERED = 200_000_001
const silent: MediaListener = { onMedia() {}, onForeign() {}, onUndecodable() {}, onIdle() {} }
const LOOPBACK = '127.0.0.1'

async function bound(port: number): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(port, LOOPBACK)
  await once(socket, 'listening')
  return socket
}

/** Fifty pairs of ports, of which the first is free. */
async function freeRange(): Promise<{ from: number; to: number }> {
  const probe = await bound(0)
  const { port } = probe.address()
  probe.close()
  const from = Math.min(port + (port % 2), 65_000)
  try {
    for (const wanted of [from, from + 1]) (await bound(wanted)).close()
  } catch {
    return freeRange()
  }
  return { from, to: from + 99 }
}

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'))

describe('over real sockets', () => {
  it('receives our own stream, reports back, gives the port back to the system', async () => {
    const clock = new VirtualClock()
    const ports = await freeRange()
    const media = createEmbeddedMedia({ ports, bind: LOOPBACK, clock, random: Math.random })
    const began = Promise.withResolvers<object>()
    const left = Promise.withResolvers<number>()
    const listener: MediaListener = {
      ...silent,
      onMedia: (_at, info) => began.resolve(info),
      onClosedByDevice: (at) => left.resolve(at),
    }
    const receiver = await media.open({ sessionId: 's', ssrc: OFFERED, transport: 'udp', strictSsrc: true, listener })
    receiver.expect({ sources: [LOOPBACK] })

    const rtp = await bound(0)
    const rtcp = await bound(0)
    const stream = startStream({
      clip: createClipStream(),
      clock,
      ssrc: OFFERED,
      payloadType: 96,
      random: Math.random,
      send: (packet) => rtp.send(packet, receiver.port, LOOPBACK),
      sendRtcp: (packet) => rtcp.send(packet, receiver.port + 1, LOOPBACK),
    })
    const source = { address: LOOPBACK, port: rtp.address().port }
    expect(await began.promise).toEqual({ ssrc: OFFERED, source, ssrcDiffers: false })

    clock.advance(2000)
    // Two sockets keep no order between them: all RTP is waited for before the BYE is sent.
    while (receiver.statistics().packets < stream.statistics().packets) await setImmediate()
    stream.stop()
    await left.promise
    expect(receiver.statistics()).toMatchObject({ frames: 51, encoding: 'PS', video: 'H264', lost: 0, source })

    const report = once(rtcp, 'message')
    clock.advance(5000)
    const [datagram] = (await report) as [Buffer]
    expect(parseRtcp(datagram)).toMatchObject({
      packets: [{ type: 'receiver-report' }, { type: 'source-description' }],
    })

    await media.close()
    for (const port of [receiver.port, receiver.port + 1]) (await bound(port)).close()
    rtp.close()
    rtcp.close()
  })

  it.skipIf(!hasIPv6)('serves an IPv4 camera on an IPv6 socket under the address that its signalling has', async () => {
    const clock = new VirtualClock()
    const media = createEmbeddedMedia({ ports: await freeRange(), bind: '::', clock, random: Math.random })
    const began = Promise.withResolvers<object>()
    const listener: MediaListener = { ...silent, onMedia: (_at, info) => began.resolve(info) }
    const receiver = await media.open({ sessionId: 's', ssrc: OFFERED, transport: 'udp', strictSsrc: false, listener })
    receiver.expect({ sources: [LOOPBACK] })
    const camera = await freeRange()
    const rtp = await bound(camera.from)
    const rtcp = await bound(camera.from + 1)
    const fields = { marker: false, payloadType: 96, sequence: 1, timestamp: 0, ssrc: 7 }
    rtp.send(printRtp(fields, Buffer.alloc(9)), receiver.port, LOOPBACK)
    const source = { address: LOOPBACK, port: camera.from }
    expect(await began.promise).toEqual({ ssrc: 7, source, ssrcDiffers: true })

    const report = once(rtcp, 'message')
    clock.advance(5000)
    const [datagram] = (await report) as [Buffer]
    expect(parseRtcp(datagram).ok).toBe(true)
    await media.close()
    rtp.close()
    rtcp.close()
  })

  it('steps over a pair whose RTCP port another program holds', async () => {
    const ports = await freeRange()
    const other = await bound(ports.from + 1)
    const media = createEmbeddedMedia({ ports, bind: LOOPBACK, clock: new VirtualClock(), random: Math.random })
    const request = { sessionId: 's', ssrc: OFFERED, transport: 'udp', strictSsrc: true, listener: silent } as const
    const receiver = await media.open(request)
    expect(receiver.port).toBeGreaterThan(ports.from)
    expect(media.ports).toEqual({ total: 50, inUse: 1 })
    await media.close()
    ;(await bound(ports.from)).close()
    other.close()
  })

  it('fails typed when the address is not of this host', async () => {
    const clock = new VirtualClock()
    const media = createEmbeddedMedia({
      ports: { from: 30_000, to: 30_500 },
      bind: '192.0.2.1',
      clock,
      random: Math.random,
    })
    const request = { sessionId: 's', ssrc: OFFERED, transport: 'udp', strictSsrc: true, listener: silent } as const
    await expect(media.open(request)).rejects.toMatchObject({ code: 'media-port-unavailable' })
    expect(media.ports.inUse).toBe(0)
  })
})
