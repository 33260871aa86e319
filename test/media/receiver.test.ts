import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClipStream, startStream } from '../../src/device/stream/index.ts'
import { createEmbeddedMedia } from '../../src/media/embedded.ts'
import { type PrintableRtcp, parseRtcp, printRtcp } from '../../src/media/rtcp.ts'
import { printRtp } from '../../src/media/rtp.ts'
import type { MediaRequest, MediaSource } from '../../src/media/types.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { VirtualNetwork } from './virtual-network.ts'

const OFFERED = 200_000_001
const ANSWERED = 200_000_777
const CAMERA: MediaSource = { address: '192.0.2.64', port: 15_060 }
const OTHER: MediaSource = { address: '198.51.100.9', port: 15_060 }
const SOURCES = [CAMERA.address]
const NOT_PS = Buffer.alloc(200, 0x55)

type Said = [name: string, at: number, info?: object]

function begin(options: { from?: number; to?: number; idleMs?: number } = {}) {
  const { from = 30_000, to = 30_007, idleMs = 15_000 } = options
  const clock = new VirtualClock()
  const network = new VirtualNetwork()
  const random = () => 0.25
  const media = createEmbeddedMedia({ ports: { from, to }, bind: '192.0.2.10', clock, random, idleMs, network })
  const said: Said[] = []
  const listener = {
    onMedia: (at: number, info: object) => said.push(['media', at, info]),
    onForeign: (at: number, info: object) => said.push(['foreign', at, info]),
    onUndecodable: (at: number, info: object) => said.push(['undecodable', at, info]),
    onIdle: (at: number, info: object) => said.push(['idle', at, info]),
    onClosedByDevice: (at: number) => said.push(['bye', at]),
  }
  const open = (more: Partial<MediaRequest> = {}) =>
    media.open({ sessionId: 's1', ssrc: OFFERED, transport: 'udp', strictSsrc: false, listener, ...more })
  let sequence = 0
  /** `count` packets of one timestamp. */
  const send = (ssrc: number, source = CAMERA, count = 1, port = 30_000) => {
    for (let i = 0; i < count; i++) {
      const fields = { marker: false, payloadType: 96, sequence: sequence++, timestamp: clock.now() * 90, ssrc }
      network.deliver(port, printRtp(fields, NOT_PS), source)
    }
  }
  const sendControl = (packets: PrintableRtcp[], source: MediaSource, port = 30_001) =>
    network.deliver(port, printRtcp(packets), source)
  return { clock, network, media, said, listener, open, send, sendControl }
}

describe('which packets are the stream (GB/T 28181-2022 annex G, y=)', () => {
  it.each([
    // answered y=, strict, arriving SSRC, source, verdict
    ['the offered SSRC when the answer has no y=', undefined, true, OFFERED, CAMERA, 'media'],
    ['the answered SSRC when it has', ANSWERED, true, ANSWERED, CAMERA, 'media'],
    ['the promised SSRC from a source that nobody announced', ANSWERED, true, ANSWERED, OTHER, 'media'],
    ['an announced source with SSRC 0, as Dahua sends', undefined, false, 0, CAMERA, 'media differs'],
    ['an announced source with an SSRC of its own', ANSWERED, false, 12_345, CAMERA, 'media differs'],
    [
      'the offered SSRC although another was answered, from the source',
      ANSWERED,
      false,
      OFFERED,
      CAMERA,
      'media differs',
    ],
    ['not: another SSRC from the source, when strict', undefined, true, 0, CAMERA, 'foreign'],
    ['not: another SSRC from elsewhere', undefined, false, 12_345, OTHER, 'foreign'],
    ['not: the offered SSRC when another was answered, when strict', ANSWERED, true, OFFERED, CAMERA, 'foreign'],
  ] as const)('%s', async (_, answered, strictSsrc, ssrc, source, verdict) => {
    const { said, open, send, clock } = begin()
    const receiver = await open({ strictSsrc })
    receiver.expect({ sources: SOURCES, ...(answered !== undefined && { ssrc: answered }) })
    clock.advance(100)
    send(ssrc, source, 3)
    const differs = verdict === 'media differs'
    const info = verdict === 'foreign' ? { ssrc, source } : { ssrc, source, ssrcDiffers: differs }
    expect(said).toEqual([[verdict === 'foreign' ? 'foreign' : 'media', 100, info]])
    const { packets, strayPackets, strays } = receiver.statistics()
    expect([packets, strayPackets]).toEqual(verdict === 'foreign' ? [0, 3] : [3, 0])
    expect(strays).toEqual(verdict === 'foreign' ? [{ ssrc, ...source, packets: 3 }] : [])
  })

  it('judges what came before the answer when the answer comes: Dahua sends at once', async () => {
    const { said, open, send, clock } = begin()
    const receiver = await open()
    send(777, OTHER, 2)
    send(ANSWERED, CAMERA, 5)
    clock.advance(300)
    expect(said).toEqual([])
    expect(receiver.statistics()).toMatchObject({ packets: 0, strayPackets: 7 })
    receiver.expect({ ssrc: ANSWERED, sources: SOURCES })
    expect(said).toEqual([
      ['media', 300, { ssrc: ANSWERED, source: CAMERA, ssrcDiffers: false }],
      ['foreign', 300, { ssrc: 777, source: OTHER }],
    ])
    expect(receiver.statistics()).toMatchObject({ packets: 5, firstPacketAt: 0, strayPackets: 2 })
  })

  it('prefers the promised SSRC among what came early, and the later of two others', async () => {
    const early = begin()
    const receiver = await early.open()
    early.send(1, CAMERA)
    early.send(OFFERED, OTHER)
    receiver.expect({ sources: SOURCES })
    expect(receiver.statistics().ssrc).toBe(OFFERED)

    const others = begin()
    const second = await others.open()
    others.send(1, CAMERA) // the stream of an ended session, still coming to the reused port
    others.clock.advance(1000)
    others.send(2, CAMERA)
    second.expect({ sources: SOURCES })
    expect(second.statistics().ssrc).toBe(2)
  })

  it('locks on to the SSRC it took by source; the next one is a stray', async () => {
    const { said, open, send } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(5, CAMERA, 2)
    send(6, CAMERA, 3)
    send(5, CAMERA, 2)
    expect(said.map(([name]) => name)).toEqual(['media', 'foreign'])
    expect(receiver.statistics()).toMatchObject({ packets: 4, ssrc: 5, strayPackets: 3 })
  })

  it('an SSRC taken by source is not the stream when a stranger uses it', async () => {
    const { open, send } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(0, CAMERA, 2)
    send(0, OTHER, 9)
    expect(receiver.statistics()).toMatchObject({ packets: 2, source: CAMERA, strayPackets: 9 })
  })

  it('gives way to the promised SSRC when that arrives after another', async () => {
    const { said, open, send } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(5)
    send(OFFERED, CAMERA, 2)
    send(5)
    expect(said.slice(0, 2).map(([name, , info]) => [name, info])).toEqual([
      ['media', { ssrc: 5, source: CAMERA, ssrcDiffers: true }],
      ['media', { ssrc: OFFERED, source: CAMERA, ssrcDiffers: false }],
    ])
    expect(receiver.statistics()).toMatchObject({ packets: 2, ssrc: OFFERED, strayPackets: 1 })
  })

  it('follows the promised SSRC to another port of the sender, with no gap in its numbers', async () => {
    const { said, open, send } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(OFFERED, CAMERA, 3)
    send(OFFERED, { ...CAMERA, port: 40_000 }, 3)
    expect(receiver.statistics()).toMatchObject({ packets: 6, lost: 0, source: { ...CAMERA, port: 40_000 } })
    expect(said.length).toBe(1)
  })

  it('a second answer moves the expectation and keeps what still fits', async () => {
    const { said, open, send } = begin()
    const receiver = await open({ strictSsrc: true })
    receiver.expect({ ssrc: ANSWERED, sources: SOURCES })
    send(ANSWERED, CAMERA, 2)
    receiver.expect({ ssrc: ANSWERED, sources: [] })
    expect(said.length).toBe(1)
    receiver.expect({ ssrc: OFFERED, sources: SOURCES })
    expect(receiver.statistics().packets).toBe(0)
    send(OFFERED)
    expect(said.map(([name]) => name)).toEqual(['media', 'foreign', 'media'])
  })
})

describe('strangers on the port', () => {
  it('are told at most 8 times and kept in a table of 16, however many there are', async () => {
    const { said, open, send } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    for (let ssrc = 1; ssrc <= 1000; ssrc++) send(ssrc, { address: '203.0.113.1', port: ssrc })
    expect(said.map(([name]) => name)).toEqual(Array(8).fill('foreign'))
    expect(receiver.statistics()).toMatchObject({ packets: 0, strayPackets: 1000 })
    expect(receiver.statistics().strays.length).toBe(16)
    // They do not keep the stream out.
    send(OFFERED)
    expect(said.at(-1)![0]).toBe('media')
    send(1, { address: '203.0.113.1', port: 1 })
    expect(receiver.statistics()).toMatchObject({ packets: 1, strayPackets: 1001 })
  })

  it('do not push the stream out of the table, even from its own address', async () => {
    const { open, send } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    for (let ssrc = 1; ssrc <= 100; ssrc++) send(ssrc)
    receiver.expect({ sources: SOURCES })
    expect(receiver.statistics()).toMatchObject({ ssrc: 1, packets: 1, strayPackets: 99 })
    expect(receiver.statistics().strays.map(({ ssrc }) => ssrc)).toEqual(Array.from({ length: 15 }, (_, i) => 86 + i))
  })

  it('count as invalid when they send no RTP, and do no harm', async () => {
    const { said, open, network } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    network.deliver(30_000, Buffer.alloc(0), CAMERA)
    network.deliver(30_000, Buffer.from('not rtp at all'), CAMERA)
    network.deliver(30_001, Buffer.from('not rtcp'), CAMERA)
    network.deliver(30_000, Buffer.from('80c90009', 'hex'), CAMERA)
    expect(receiver.statistics()).toMatchObject({ invalid: 4, packets: 0 })
    expect(said).toEqual([])
  })

  it('whatever arrives, packets and strays add up, and one SSRC at most is the stream', async () => {
    const step = fc.record({
      ssrc: fc.constantFrom(0, 5, OFFERED, ANSWERED),
      source: fc.constantFrom(CAMERA, OTHER, { ...CAMERA, port: 9 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.nat({ max: 40 }),
        fc.boolean(),
        async (steps, when, strict) => {
          const { said, open, send } = begin()
          const receiver = await open({ strictSsrc: strict })
          for (const [i, { ssrc, source }] of steps.entries()) {
            if (i === when) receiver.expect({ sources: SOURCES })
            send(ssrc, source)
            const { packets, strayPackets, strays } = receiver.statistics()
            expect(strays.reduce((sum, stray) => sum + stray.packets, 0)).toBe(strayPackets)
            expect(packets + strayPackets).toBeLessThanOrEqual(i + 1)
          }
          const medias = said.filter(([name]) => name === 'media').length
          expect(medias).toBeLessThanOrEqual(strict ? 1 : 2)
          expect(said.length - medias).toBeLessThanOrEqual(8)
        },
      ),
    )
  })
})

describe('what is told of the stream', () => {
  const clip = createClipStream()

  function play(session: ReturnType<typeof begin>, drop: (nth: number) => boolean = () => false) {
    let nth = 0
    return startStream({
      clip,
      clock: session.clock,
      ssrc: OFFERED,
      payloadType: 96,
      random: () => 0.5,
      send: (packet) => !drop(nth++) && session.network.deliver(30_000, packet, CAMERA),
      sendRtcp: (packet) => session.network.deliver(30_001, packet, { ...CAMERA, port: 15_061 }),
    })
  }

  it('a program stream with H.264, its frames, its rate, nothing lost', async () => {
    const session = begin()
    const receiver = await session.open()
    receiver.expect({ sources: SOURCES, payloadType: 96 })
    const stream = play(session)
    session.clock.advance(10_000)
    const sent = stream.statistics()
    expect(receiver.statistics()).toMatchObject({
      packets: sent.packets,
      bytes: sent.bytes,
      frames: 251,
      encoding: 'PS',
      video: 'H264',
      payloadType: 96,
      lost: 0,
      outOfOrder: 0,
      firstPacketAt: 0,
      lastPacketAt: 10_000,
      ssrc: OFFERED,
      source: CAMERA,
      strays: [],
      invalid: 0,
    })
    // A window of one second against the mean over all of the looping clip.
    const mean = (sent.bytes * 8) / 10
    expect(receiver.statistics().bitrate / mean).toBeGreaterThan(0.7)
    expect(receiver.statistics().bitrate / mean).toBeLessThan(1.4)
    stream.stop()
    session.clock.advance(5000)
    expect(receiver.statistics().bitrate).toBe(0)
  })

  it('counts what the network lost', async () => {
    const session = begin()
    const receiver = await session.open()
    receiver.expect({ sources: SOURCES })
    const stream = play(session, (nth) => nth > 0 && nth % 10 === 0)
    session.clock.advance(4000)
    const { packets, lost } = receiver.statistics()
    expect(lost).toBe(Math.floor((stream.statistics().packets - 1) / 10))
    expect(packets + lost).toBe(stream.statistics().packets)
  })

  it('is undecodable when no pack header comes, told once', async () => {
    const { said, open, send, clock } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    for (let frame = 0; frame < 40; frame++) {
      send(OFFERED, CAMERA, 5)
      clock.advance(40)
    }
    expect(said.slice(1)).toEqual([['undecodable', 9 * 40, { payloadType: 96, packets: 50 }]])
    expect(receiver.statistics().encoding).toBe('undecodable')
  })

  it('is undecodable at once when that had shown before the answer', async () => {
    const { said, open, send, clock } = begin()
    const receiver = await open()
    for (let frame = 0; frame < 40; frame++) {
      send(OFFERED, CAMERA, 5)
      clock.advance(40)
    }
    receiver.expect({ sources: SOURCES })
    expect(said.map(([name, at]) => [name, at])).toEqual([
      ['media', 1600],
      ['undecodable', 1600],
    ])
  })

  it('that nothing has come for idleMs, once for each silence', async () => {
    const { said, open, send, clock } = begin({ idleMs: 6000 })
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    clock.advance(60_000)
    expect(said).toEqual([]) // silence before the first packet is the session's own timer
    for (let i = 0; i < 5; i++) {
      send(OFFERED)
      clock.advance(4000)
    }
    clock.advance(60_000)
    send(OFFERED)
    clock.advance(60_000)
    expect(said.slice(1)).toEqual([
      ['idle', 82_000, { lastPacketAt: 76_000 }],
      ['idle', 146_000, { lastPacketAt: 140_000 }],
    ])
  })

  it('that it fell silent, also when it did so before the answer came', async () => {
    const { said, open, send, clock } = begin({ idleMs: 6000 })
    const receiver = await open()
    send(OFFERED)
    clock.advance(1000)
    receiver.expect({ sources: SOURCES })
    clock.advance(10_000)
    expect(said.slice(1)).toEqual([['idle', 7000, { lastPacketAt: 0 }]])
  })

  it('a sender that begins anew with another SSRC after silence is taken again', async () => {
    const { said, open, send, clock } = begin({ idleMs: 6000 })
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(5)
    clock.advance(10_000)
    send(6)
    expect(said.map(([name]) => name)).toEqual(['media', 'idle', 'media'])
    expect(receiver.statistics().ssrc).toBe(6)
  })

  it('a stream that goes on after silence keeps its place', async () => {
    const { said, open, send, clock } = begin({ idleMs: 6000 })
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(5)
    clock.advance(10_000)
    send(5)
    send(6)
    expect(said.map(([name]) => name)).toEqual(['media', 'idle', 'foreign'])
    expect(receiver.statistics()).toMatchObject({ ssrc: 5, packets: 2 })
  })
})

describe('RTCP (RFC 3550 6)', () => {
  const sender = { type: 'sender-report', rtpTimestamp: 0, packets: 1, octets: 1, reports: [] } as const
  const ntp = { seconds: 0x1111aaaa, fraction: 0xbbbb2222 }

  it('reports every 5 s to the port above that of the packets, with our canonical name, until closed', async () => {
    const { network, open, send, clock } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    clock.advance(20_000)
    expect(network.sent).toEqual([])
    send(OFFERED, CAMERA, 3)
    clock.advance(11_000)
    expect(network.sent.map(({ from, to }) => [from, to])).toEqual(Array(2).fill([30_001, { ...CAMERA, port: 15_061 }]))
    expect(parseRtcp(network.sent[0]!.packet)).toMatchObject({
      packets: [
        {
          type: 'receiver-report',
          ssrc: 0x40000000,
          reports: [{ ssrc: OFFERED, highestSequence: 2, fractionLost: 0 }],
        },
        { type: 'source-description', chunks: [{ ssrc: 0x40000000, cname: 'gb28181-40000000' }] },
      ],
    })
    await receiver.close()
    expect(clock.pending).toBe(0)
    expect(network.sent.length).toBe(2)
  })

  it('answers sender reports: where they come from, and how long ago (6.4.1, LSR and DLSR)', async () => {
    const { network, open, send, sendControl, clock } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(OFFERED)
    clock.advance(3000)
    sendControl([{ ...sender, ssrc: OFFERED, ntp }], { ...CAMERA, port: 50_001 })
    sendControl([{ ...sender, ssrc: OFFERED, ntp: { seconds: 1, fraction: 1 } }], { ...OTHER, port: 50_002 })
    clock.advance(2000)
    send(OFFERED, OTHER) // the sender has moved: what was known of its RTCP port is not any more
    clock.advance(5000)
    expect(network.sent.map(({ to }) => to)).toEqual([
      { ...CAMERA, port: 50_001 },
      { ...OTHER, port: 15_061 },
    ])
    expect(parseRtcp(network.sent[0]!.packet)).toMatchObject({
      packets: [{ reports: [{ lastSenderReport: 0xaaaabbbb, delaySinceSenderReport: 2 * 65_536 }] }, {}],
    })
  })

  it('has no port to report to above 65535', async () => {
    const { network, open, send, clock } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(OFFERED, { ...CAMERA, port: 65_535 })
    clock.advance(20_000)
    expect(network.sent).toEqual([])
  })

  it.each([
    ['on the RTCP port', 30_001],
    ['on the RTP port (RFC 5761)', 30_000],
  ])('tells once of a BYE of the stream %s', async (_, port) => {
    const { said, open, send, sendControl } = begin()
    const receiver = await open()
    receiver.expect({ sources: SOURCES })
    send(OFFERED)
    sendControl([{ type: 'goodbye', sources: [OFFERED + 1] }], CAMERA, port)
    sendControl([{ type: 'goodbye', sources: [OFFERED] }], OTHER, port)
    expect(said.length).toBe(1)
    sendControl([{ type: 'goodbye', sources: [OFFERED] }], CAMERA, port)
    sendControl([{ type: 'goodbye', sources: [OFFERED] }], CAMERA, port)
    expect(said.slice(1)).toEqual([['bye', 0]])
  })
})

describe('the port goes back whatever happens', () => {
  it('closed once, closed twice, closed while closing', async () => {
    const { media, network, open } = begin()
    const receiver = await open()
    expect([receiver.address, receiver.port, media.ports]).toEqual(['192.0.2.10', 30_000, { total: 4, inUse: 1 }])
    await Promise.all([receiver.close(), receiver.close()])
    await receiver.close()
    expect([media.ports.inUse, network.bound.size]).toEqual([0, 0])
  })

  it('closed by its listener in the middle of a packet', async () => {
    const { media, network, listener, open, send, clock } = begin()
    const receiver = await open({ listener: { ...listener, onMedia: () => void receiver.close() } })
    receiver.expect({ sources: SOURCES })
    send(OFFERED, CAMERA, 3)
    await receiver.close()
    receiver.expect({ sources: SOURCES })
    expect([media.ports.inUse, network.bound.size, clock.pending]).toEqual([0, 0, 0])
    expect(receiver.statistics().packets).toBe(1)
  })

  it('cancelled before, or while the port is being opened', async () => {
    const { media, network, open } = begin()
    await expect(open({ signal: AbortSignal.abort('stop') })).rejects.toMatchObject({
      code: 'cancelled',
      cause: 'stop',
    })
    expect(network.tried).toEqual([])
    for (const port of [30_000, 30_003]) {
      const abort = new AbortController()
      network.onBind = (bound) => bound === port && abort.abort()
      await expect(open({ signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' })
    }
    expect([media.ports.inUse, network.bound.size]).toEqual([0, 0])
  })

  it('the server closed while a port is being opened, and while others are open', async () => {
    const { media, network, open } = begin()
    await open()
    const opening = expect(open()).rejects.toMatchObject({ code: 'closed' })
    await media.close()
    expect([media.ports.inUse, network.bound.size]).toEqual([0, 0])
    await opening
    await expect(open()).rejects.toMatchObject({ code: 'closed' })
    await media.close()
  })

  it.each(['EADDRINUSE', 'EACCES'])(
    'another program holds the RTP or the RTCP port (%s): the next pair',
    async (code) => {
      const { media, network, open } = begin()
      network.refused.set(30_000, code).set(30_003, code)
      const receiver = await open()
      expect(receiver.port).toBe(30_004)
      expect(network.tried).toEqual([30_000, 30_002, 30_003, 30_004, 30_005])
      expect([media.ports.inUse, [...network.bound.keys()]]).toEqual([1, [30_004, 30_005]])
    },
  )

  it('all ports are in use by sessions', async () => {
    const { media, open } = begin({ from: 30_000, to: 30_003 })
    const first = await open()
    await open()
    await expect(open()).rejects.toMatchObject({
      name: 'MediaError',
      code: 'media-port-unavailable',
      message: 'no media port in 30000-30003 can be opened (2 of 2 in use by sessions)',
    })
    await first.close()
    expect((await open()).port).toBe(30_000)
    expect(media.ports.inUse).toBe(2)
  })

  it('all ports are in use by other programs: each is tried once', async () => {
    const { media, network, open } = begin()
    for (const port of [30_000, 30_002, 30_004, 30_006]) network.refused.set(port, 'EADDRINUSE')
    await expect(open()).rejects.toMatchObject({
      code: 'media-port-unavailable',
      message: expect.stringContaining('EADDRINUSE'),
      cause: { code: 'EADDRINUSE' },
    })
    expect(network.tried).toEqual([30_000, 30_002, 30_004, 30_006])
    expect(media.ports.inUse).toBe(0)
  })

  it('an address that is not ours is no matter of the port: no other is tried', async () => {
    const { media, network, open } = begin()
    network.refused.set(30_000, 'EADDRNOTAVAIL')
    await expect(open()).rejects.toMatchObject({ code: 'media-port-unavailable', cause: { code: 'EADDRNOTAVAIL' } })
    expect([network.tried, media.ports.inUse]).toEqual([[30_000], 0])
  })
})

it('refuses at construction a port range without a pair', () => {
  expect(() => begin({ from: 30_001, to: 30_002 })).toThrow(RangeError)
})
