/** The file formats: where frames, times and link layers stand in them, and how reading ends in what is damaged. */
import { describe, expect, it } from 'vitest'
import { type Capture, readCapture } from '../../../src/inspect/capture/index.ts'
import { describePeer } from '../../interop/peers.ts'
import { cookedV2, epoch, ethernet, ipv4, join, message, type PcapOptions, pcap, Section, udp } from './builder.ts'
import { ourMessages, tsharkMessages } from './tshark.ts'

const packet = ipv4(udp(message()))
const frame = ethernet(packet)
const ticks = BigInt(epoch) * 1000n

const times = ({ messages }: Capture) => messages.map(({ at }) => at - epoch)

describe('pcap', () => {
  it.each<PcapOptions>([
    { littleEndian: true },
    { littleEndian: false },
    { littleEndian: true, nanoseconds: true },
    { littleEndian: false, nanoseconds: true },
    { patched: true },
    { snapLength: 0 },
    { snapLength: 64 },
    { linkType: 0x14000001 },
  ])('%o', (options) => {
    const capture = readCapture(pcap([frame, { bytes: frame, after: 1500.5 }], options))
    expect(capture).toMatchObject({ format: 'pcap', totalFrames: 2, sipFrames: 2, skipped: [] })
    expect(times(capture)).toEqual([0, 1500.5])
  })

  it('a record that is cut: all before it, and where it stops', () => {
    const { totalFrames, stoppedAt } = readCapture(pcap([frame, frame]).subarray(0, -1))
    expect([totalFrames, stoppedAt?.frame, stoppedAt?.why]).toEqual([1, 2, 'truncated'])
    const inHeader = readCapture(pcap([frame, frame]).subarray(0, -frame.length - 3))
    expect([inHeader.totalFrames, inHeader.stoppedAt?.why]).toEqual([1, 'truncated'])
  })

  it('a record that is larger than any frame is damaged', () => {
    const bytes = pcap([frame, frame])
    bytes.writeUInt32LE(300_000, 24 + 16 + frame.length + 8)
    expect(readCapture(bytes)).toMatchObject({ totalFrames: 1, stoppedAt: { frame: 2, why: 'damaged-record' } })
  })

  it('a file header alone is a capture without frames', () => {
    expect(readCapture(pcap([]))).toMatchObject({ format: 'pcap', totalFrames: 0, messages: [] })
    expect(readCapture(pcap([])).stoppedAt).toBeUndefined()
  })
})

describe('pcapng', () => {
  it.each([true, false])('little-endian: %s', (littleEndian) => {
    const section = new Section(littleEndian)
      .interface(1)
      .packet(frame, 0, ticks)
      .packet(frame, 0, ticks + 1_500_500n)
    const capture = readCapture(section.bytes)
    expect(capture).toMatchObject({ format: 'pcapng', totalFrames: 2, sipFrames: 2, skipped: [] })
    expect(times(capture)).toEqual([0, 1500.5])
  })

  it('each interface has its link layer, its resolution and its offset', () => {
    const section = new Section()
      .interface(1)
      .interface(276, { resolution: 9 })
      .interface(101, { resolution: 0x80 | 20 })
      .interface(101, { resolution: 3, offset: 3600 })
      .packet(frame, 0, ticks)
      .packet(cookedV2(packet), 1, BigInt(epoch) * 1_000_000n + 250_000n)
      .packet(packet, 2, (BigInt(epoch / 1000) << 20n) + (1n << 19n))
      .packet(packet, 3, BigInt(epoch) - 3_600_000n)
    const capture = readCapture(section.bytes)
    expect(capture.sipFrames).toBe(4)
    expect(times(capture)).toEqual([0, 0.25, 500, 0])
  })

  it('sections of either byte order follow each other, with interfaces of their own', () => {
    const first = new Section(true).interface(1).interface(1).packet(frame, 1, ticks)
    const second = new Section(false).interface(101).packet(packet, 0, ticks).packet(packet, 1, ticks)
    const capture = readCapture(join(first.bytes, second.bytes))
    expect(capture.messages.map(({ frame: number }) => number)).toEqual([1, 2])
    expect(capture).toMatchObject({ totalFrames: 3, skipped: [{ frame: 3, why: 'interface-unknown' }] })
  })

  it('simple and obsolete packet blocks are read, blocks of other kinds passed over', () => {
    const section = new Section()
    section.interface(1).block(4, section.half(0), section.half(0)).block(0x0bad, Buffer.alloc(5)).simplePacket(frame)
    const [high, low] = [section.word(Number(ticks >> 32n)), section.word(Number(ticks & 0xffffffffn))]
    const lengths = [section.word(frame.length), section.word(frame.length)]
    section.block(2, section.half(0), section.half(0), high, low, ...lengths, frame)
    section.block(5, section.word(0), high, low)
    const capture = readCapture(section.bytes)
    expect(capture).toMatchObject({ totalFrames: 2, sipFrames: 2 })
    // A simple packet has no time.
    expect(capture.messages.map(({ at }) => at)).toEqual([0, epoch])
  })

  it('a block that is cut, has a length that none can have, or is too short for its kind ends the reading', () => {
    const whole = new Section().interface(1).packet(frame, 0, ticks)
    const before = whole.bytes.length
    const next = whole.packet(frame, 0, ticks).bytes
    expect(readCapture(next.subarray(0, -1))).toMatchObject({
      totalFrames: 1,
      stoppedAt: { frame: 2, why: 'truncated' },
    })
    for (const [at, value] of [
      [before + 4, 8],
      [before + 4, 33],
      [before + 20, 70_000],
    ] as const) {
      const damaged = Buffer.from(next)
      damaged.writeUInt32LE(value, at)
      expect(readCapture(damaged)).toMatchObject({ totalFrames: 1, stoppedAt: { frame: 2, why: 'damaged-block' } })
    }
    for (const kind of [1, 2, 3, 6]) {
      const short = new Section().interface(1).block(kind).bytes
      expect([kind, readCapture(short).stoppedAt?.why]).toEqual([kind, 'damaged-block'])
    }
  })

  it('a section without a byte order cannot be read', () => {
    const bytes = new Section().interface(1).bytes
    bytes.fill(0, 8, 12)
    expect(readCapture(bytes)).toMatchObject({ format: 'pcapng', stoppedAt: { frame: 1, why: 'damaged-block' } })
  })
})

describePeer('tshark', 'tshark on the same files', () => {
  it.concurrent('reads pcapng with several interfaces and sections alike', async () => {
    const first = new Section(true)
      .interface(1)
      .interface(276)
      .packet(frame, 0, ticks)
      .packet(cookedV2(packet), 1, ticks)
    const capture = join(first.bytes, new Section(false).interface(101).packet(packet, 0, ticks).bytes)
    expect(ourMessages(readCapture(capture))).toEqual(await tsharkMessages(capture))
  })
})

describe('SIP as text', () => {
  const text = (...parts: readonly (string | Buffer)[]) => readCapture(join(...parts.map((part) => Buffer.from(part))))
  const ids = ({ messages }: Capture) =>
    messages.map(({ parsed }) => (parsed.ok === true ? parsed.message.callId : 'rejected'))

  it('messages one behind the other, each with its index for a time', () => {
    const capture = text(message('a', 'body\r\n'), message('b'), '\r\n\r\n', message('c', 'x'))
    expect([capture.format, ids(capture), capture.totalFrames]).toEqual(['sip-text', ['a', 'b', 'c'], 3])
    expect(capture.messages.map(({ frame: number, at }) => [number, at])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ])
  })

  it('pasted text with bare line feeds, a byte order mark and empty lines before it', () => {
    const pasted = (callId: string) => message(callId, 'body\r\n').toString().replaceAll('\r\n', '\n')
    expect(ids(text('\ufeff\n\n', pasted('a'), '\n', pasted('b')))).toEqual(['a', 'b'])
  })

  it('a body whose line ends have become LF is what Content-Length was counted for', () => {
    const sdp = 'v=0\r\no=- 0 0 IN IP4 192.0.2.1\r\ns=Play\r\n'
    const [found] = text(message('a', sdp).toString().replaceAll('\r\n', '\n')).messages
    expect(found?.parsed.ok === true && found.parsed.message.body.toString()).toBe(sdp)
  })

  it('a body with a start line in it belongs to its message, where Content-Length says so', () => {
    expect(ids(text(message('outer', message('inner').toString()), message('next')))).toEqual(['outer', 'next'])
  })

  it('a response comes from where its request went', () => {
    const request = message('a').toString()
    const response = request.replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n')
    const [, answer] = text(request.replace('@3402000000 SIP', '@192.0.2.9:5070 SIP'), response).messages
    expect(answer?.source).toEqual({ address: '192.0.2.9', port: 5070 })
    expect(text(response).messages[0]?.source).toEqual({ address: '0.0.0.0', port: 0 })
  })
})

describe('what is no capture', () => {
  it.each([
    ['nothing', ''],
    ['a few bytes', '\xd4\xc3'],
    ['a picture', '\x89PNG\r\n\x1a\n'.padEnd(100, '\0')],
    ['prose', 'The camera sends REGISTER sip:x SIP/2.0 and then nothing.\n'],
  ])('%s', (_, text) => {
    const capture = readCapture(Buffer.from(text, 'latin1'))
    expect(capture).toMatchObject({ format: 'unknown', messages: [], stoppedAt: { why: 'format-unknown' } })
  })
})
