/** From the link layer to UDP: what stands between a captured frame and the message in it. */
import { describe, expect, it } from 'vitest'
import { readCapture } from '../../../src/inspect/capture/index.ts'
import { describePeer } from '../../interop/peers.ts'
import {
  camera,
  cameraV6,
  cookedV1,
  cookedV2,
  ethernet,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  join,
  loopback,
  message,
  type PcapOptions,
  pcap,
  platform,
  platformV6,
  udp,
} from './builder.ts'
import { ourMessages, tsharkMessages } from './tshark.ts'

const v4 = ipv4(udp(message()))
const v6 = ipv6(udp(message()))

const hopByHop = [0, Buffer.alloc(8)] as const
const destinationOptions = [60, join(Buffer.from([0, 1]), Buffer.alloc(14))] as const
const authentication = [51, join(Buffer.from([0, 4]), Buffer.alloc(22))] as const

/** Each holds one message; address of its sender. */
const stacks: readonly (readonly [string, Buffer, PcapOptions, string])[] = [
  ['Ethernet, IPv4', ethernet(v4), {}, camera],
  ['Ethernet, IPv6', ethernet(v6, 'ipv6'), {}, cameraV6],
  ['Ethernet with padding behind IPv4', join(ethernet(ipv4(udp(message('x')))), Buffer.alloc(9, 0x41)), {}, camera],
  ['802.1Q VLAN', ethernet(v4, 'ipv4', [0x8100]), {}, camera],
  ['QinQ (802.1ad)', ethernet(v4, 'ipv4', [0x88a8, 0x8100]), {}, camera],
  ['QinQ before it had a number', ethernet(v4, 'ipv4', [0x9100, 0x8100]), {}, camera],
  ['Linux cooked v1', cookedV1(v4), { linkType: 113 }, camera],
  ['Linux cooked v2', cookedV2(v4), { linkType: 276 }, camera],
  ['Linux cooked v2, IPv6', cookedV2(v6, 'ipv6'), { linkType: 276 }, cameraV6],
  ['loopback of a little-endian host', loopback(v4, 2, true), { linkType: 0 }, camera],
  ['loopback of a big-endian host', loopback(v4, 2, false), { linkType: 0 }, camera],
  ['loopback of macOS, IPv6', loopback(v6, 30, true), { linkType: 0 }, cameraV6],
  ['loopback of FreeBSD, IPv6', loopback(v6, 28, true), { linkType: 0 }, cameraV6],
  ['loopback of OpenBSD', loopback(v4, 2, false), { linkType: 108 }, camera],
  ['raw IP', v4, { linkType: 101 }, camera],
  ['raw IP, IPv6', v6, { linkType: 101 }, cameraV6],
  ['raw IP, as some BSDs number it', v4, { linkType: 12 }, camera],
  ['raw IPv4', v4, { linkType: 228 }, camera],
  ['raw IPv6', v6, { linkType: 229 }, cameraV6],
  ['IPv4 with options', ethernet(ipv4(udp(message()), { options: Buffer.from([0x94, 4, 0, 0]) })), {}, camera],
  ['IPv4 that leaves its length to the card', ethernet(ipv4(udp(message()), { totalLength: 0 })), {}, camera],
  [
    'IPv6 with extension headers',
    ethernet(ipv6(udp(message()), 17, [hopByHop, destinationOptions]), 'ipv6'),
    {},
    cameraV6,
  ],
  ['IPv6 with an authentication header', ethernet(ipv6(udp(message()), 17, [authentication]), 'ipv6'), {}, cameraV6],
  ['IPv4 in IPv4', ethernet(ipv4(v4, { protocol: 4, source: '10.0.0.1' })), {}, camera],
  ['IPv6 in IPv4', ethernet(ipv4(v6, { protocol: 41, source: '10.0.0.1' })), {}, cameraV6],
  ['IPv4 in IPv6', ethernet(ipv6(v4, 4), 'ipv6'), {}, camera],
  ['IPv4 in IPv4 in IPv4', ethernet(ipv4(ipv4(v4, { protocol: 4 }), { protocol: 4 })), {}, camera],
]

describe('the layers below SIP', () => {
  it.each(stacks)('%s', (_, frame, options, sender) => {
    const capture = readCapture(pcap([frame], options))
    expect(capture).toMatchObject({ sipFrames: 1, skipped: [] })
    const [found] = capture.messages
    expect(found).toMatchObject({ frame: 1, transport: 'UDP', source: { address: sender, port: 5060 } })
    expect(found?.destination).toEqual({ address: sender === camera ? platform : platformV6, port: 15_060 })
    expect(found?.parsed.ok).toBe(true)
    expect(found?.bytes.toString()).toMatch(/^MESSAGE .*\r\n\r\n$/s)
  })

  it('a link layer that is not known is told, frame by frame', () => {
    const { sipFrames, skipped } = readCapture(pcap([v4, v4], { linkType: 147 }))
    expect(sipFrames).toBe(0)
    expect(skipped.map(({ frame, why }) => [frame, why])).toEqual([
      [1, 'link-type-unknown'],
      [2, 'link-type-unknown'],
    ])
  })

  it('what is not IP is passed over without a word', () => {
    expect(readCapture(pcap([ethernet(Buffer.alloc(28), 'arp')]))).toMatchObject({ totalFrames: 1, skippedCount: 0 })
  })

  it('IP in IP without end is not followed', () => {
    let packet = v4
    for (let depth = 0; depth < 50; depth++) packet = ipv4(packet, { protocol: 4 })
    expect(readCapture(pcap([ethernet(packet)])).skipped).toMatchObject([{ frame: 1, why: 'nested-too-deep' }])
  })

  it('headers that contradict themselves are told', () => {
    const shortHeader = Buffer.from(v4)
    shortHeader[0] = 0x44
    const otherVersion = Buffer.from(v4)
    otherVersion[0] = 0x65
    const shortUdp = ipv4(Buffer.concat([Buffer.from([0x13, 0xc4, 0x13, 0xc4, 0, 7, 0, 0]), message()]))
    const whys = [shortHeader, otherVersion, shortUdp].map((packet) => readCapture(pcap([ethernet(packet)])).skipped)
    expect(whys).toMatchObject(Array.from({ length: 3 }, () => [{ frame: 1, why: 'damaged-header' }]))
  })

  it('a length beyond a frame that was captured whole is a wrong number, not a missing part', () => {
    const datagram = udp(message('c1', 'body'))
    const longUdp = Buffer.from(datagram)
    longUdp.writeUInt16BE(1400, 4)
    const frames = [ethernet(ipv4(datagram, { totalLength: 1400 })), ethernet(ipv4(longUdp)), ethernet(ipv4(datagram))]
    expect(readCapture(pcap(frames))).toMatchObject({ sipFrames: 3, skipped: [] })
  })
})

describe('fragments', () => {
  const big = udp(message('big', 'x'.repeat(4000)))
  const fragments = ipv4Fragments(big, 1480).map((packet) => ethernet(packet))
  const found = (frames: readonly Buffer[]) =>
    readCapture(pcap(frames)).messages.map(({ frame, bytes }) => [frame, bytes.equals(big.subarray(8))])

  it('IPv4: the message ends in the frame that completes it', () => {
    expect(fragments.length).toBe(3)
    expect(found(fragments)).toEqual([[3, true]])
  })

  it('IPv4: in any order, some of them twice', () => {
    const [a, b, c] = fragments as [Buffer, Buffer, Buffer]
    expect(found([c, b, c, a, a])).toEqual([[4, true]])
    expect(found([b, a, c])).toEqual([[3, true]])
  })

  it('IPv6, with an extension header in the fragmented part', () => {
    const chained = join(Buffer.from([17, 0]), Buffer.alloc(6), big)
    const frames = ipv6Fragments(chained, 1400, 60).map((packet) => ethernet(packet, 'ipv6'))
    expect(found(frames)).toEqual([[frames.length, true]])
  })

  it('where fragments overlap, the first wins', () => {
    const forged = Buffer.alloc(16, 0x5a)
    const overlap = ethernet(ipv4(forged, { offset: 800, more: true }))
    expect(found([fragments[0] ?? forged, overlap, ...fragments.slice(1)])).toEqual([[4, true]])
    const [before] = readCapture(pcap([overlap, ...fragments])).messages
    expect(before?.bytes.indexOf(forged)).toBe(800 - 8)
  })

  it('fragments of another datagram do not mix in', () => {
    const other = udp(message('other', 'y'.repeat(4000)))
    const others = ipv4Fragments(other, 1480, { id: 2 }).map((packet) => ethernet(packet))
    const mixed = fragments.flatMap((fragment, i) => [fragment, others[i] ?? fragment])
    expect(readCapture(pcap(mixed)).messages.map(({ frame }) => frame)).toEqual([5, 6])
  })

  it('the same identification a minute later is another datagram', () => {
    const [a, b, c] = fragments as [Buffer, Buffer, Buffer]
    const frames = [{ bytes: a }, { bytes: b, after: 61_000 }, { bytes: c, after: 61_001 }]
    const { messages, skipped } = readCapture(pcap(frames))
    expect([messages, skipped.map(({ frame }) => frame)]).toEqual([[], [1, 3]])
  })

  it('a datagram that stays incomplete is told', () => {
    expect(readCapture(pcap(fragments.slice(1))).skipped).toMatchObject([{ frame: 2, why: 'fragments-incomplete' }])
  })

  it('bytes beyond the end do not complete a datagram', () => {
    const end = ethernet(ipv4(big.subarray(0, 8), { offset: 8 }))
    const beyond = ethernet(ipv4(big.subarray(0, 16), { offset: 800, more: true }))
    expect(readCapture(pcap([beyond, end]))).toMatchObject({ messages: [], skipped: [{ why: 'fragments-incomplete' }] })
  })

  it('of a flood of first fragments a bounded number waits', () => {
    const flood = Array.from({ length: 3000 }, (_, id) => ethernet(ipv4(Buffer.alloc(8), { id, more: true })))
    const { skipped, skippedCount } = readCapture(pcap(flood))
    expect([skippedCount, skipped.length, skipped[0]?.frame]).toEqual([3000, 1000, 1])
  })
})

describe('recognising SIP', () => {
  const framesOf = (payload: Uint8Array, from = 33_333, to = 44_444) =>
    readCapture(pcap([ethernet(ipv4(udp(payload, from, to)))]))

  it('on any port, by content', () => {
    expect(framesOf(message())).toMatchObject({ sipFrames: 1 })
    expect(framesOf(Buffer.from('SIP/2.0 200 OK\r\nVia: nonsense\r\n\r\n'))).toMatchObject({ sipFrames: 1 })
  })

  it('empty lines before the start line belong to the message', () => {
    expect(framesOf(join(Buffer.from('\r\n\r\n'), message())).messages[0]?.parsed.ok).toBe(true)
  })

  it('keepalives of CRLF and NUL are no messages', () => {
    for (const text of ['\r\n\r\n', '\r\n', '\0\0\0\0', '\0']) {
      expect(framesOf(Buffer.from(text), 5060, 5060)).toMatchObject({ sipFrames: 0, skippedCount: 0 })
    }
  })

  it('other protocols in text are not SIP', () => {
    for (const text of ['GET / HTTP/1.1\r\n\r\n', 'NOTIFY * HTTP/1.1\r\nHOST: x\r\n\r\n', 'RTSP/1.0 200 OK\r\n\r\n']) {
      expect(framesOf(Buffer.from(text))).toMatchObject({ sipFrames: 0, skippedCount: 0 })
    }
  })

  it('a message that only its start line makes SIP is one, with the reason of its rejection', () => {
    const { messages } = framesOf(Buffer.from('REGISTER sip:34020000002000000001@3402000000 SIP/2.0\r\nnonsense'))
    expect(messages[0]?.parsed).toMatchObject({ ok: false, rejection: { code: 'head-unterminated' } })
  })

  it('so is one whose method no method can be, or whose first line ends with CR alone', () => {
    const codes = ['MESS@GE sip:x@y SIP/2.0\r\n\r\n', 'MESSAGE sip:x@y SIP/2.0\rVia: x\r\n\r\n'].map((text) => {
      const parsed = framesOf(Buffer.from(text)).messages[0]?.parsed
      return parsed?.ok === false ? parsed.rejection.code : parsed
    })
    expect(codes).toEqual(['malformed-start-line', 'not-sip'])
  })

  it('a datagram that ends within its first line is no message, and is told', () => {
    const capture = framesOf(Buffer.from('REGISTER sip:34020000002000000001@34020'))
    expect(capture).toMatchObject({ messages: [], skipped: [{ frame: 1, why: 'start-line-incomplete' }] })
  })

  describe('in a capture that kept the beginning of each frame only', () => {
    const snapped = (payload: Buffer, kept: number) => {
      const frame = ethernet(ipv4(udp(payload)))
      const bytes = frame.subarray(0, kept)
      return readCapture(pcap([{ bytes, original: frame.length }], { snapLength: kept }))
    }

    it('a message that is cut is skipped, wherever it is cut', () => {
      const payload = message('c1', 'body')
      for (let kept = 0; kept < 42 + payload.length; kept += kept < 110 ? 1 : 17) {
        const { messages, skipped } = snapped(payload, kept)
        expect([kept, messages.length, skipped.map(({ why }) => why)]).toEqual([
          kept,
          0,
          // Of the first bytes of a datagram nobody can say that they are SIP.
          kept > 42 && kept < 42 + 'MESSAGE sip:'.length ? [] : ['cut-by-snaplen'],
        ])
      }
    })

    it('a message is read if only what follows its body is cut', () => {
      const payload = join(message('c1', 'body'), Buffer.alloc(20, 0x20))
      expect(snapped(payload, 42 + payload.length - 20)).toMatchObject({ sipFrames: 1, skipped: [] })
    })
  })
})

describePeer('tshark', 'tshark on the same layers', () => {
  /** What tshark cannot make out by itself: an IPv4 length of 0, and the byte order of a loopback capture. */
  const known = stacks.filter(([name]) => !name.includes('leaves its length'))

  it.concurrent('finds the same messages behind each of them', async () => {
    const byLink = Map.groupBy(known, ([, , { linkType = 1 }]) => linkType)
    for (const [linkType, ofLink] of byLink) {
      const capture = pcap(
        ofLink.map(([, frame]) => frame),
        { linkType },
      )
      expect([linkType, ourMessages(readCapture(capture))]).toEqual([linkType, await tsharkMessages(capture)])
    }
  }, 60_000)

  it.concurrent('finds fragmented messages in the same frames', async () => {
    const big = udp(message('big', 'x'.repeat(4000)))
    const [a, b, c] = ipv4Fragments(big, 1480).map((packet) => ethernet(packet)) as [Buffer, Buffer, Buffer]
    const more = ipv6Fragments(big, 1400).map((packet) => ethernet(packet, 'ipv6'))
    const capture = pcap([b, c, a, ...more])
    expect(ourMessages(readCapture(capture))).toEqual(await tsharkMessages(capture))
  })
})
