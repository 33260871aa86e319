import { describe, expect, it } from 'vitest'
import { readCapture, type SentMessage, writePcap } from '../../../src/inspect/capture/index.ts'
import { describePeer } from '../../interop/peers.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../../support/corpus.ts'
import { epoch, message } from './builder.ts'
import { ourMessages, tshark, tsharkMessages } from './tshark.ts'

const hosts = {
  v4: [
    { address: '192.0.2.64', port: 5060 },
    { address: '198.51.100.1', port: 15_060 },
  ],
  v6: [
    { address: '2001:db8::64', port: 5060 },
    { address: '2001:db8:0:1::1', port: 15_060 },
  ],
} as const

/** A message to and an answer from, `count` times, a millisecond apart. */
function talk(
  transport: SentMessage['transport'],
  family: keyof typeof hosts,
  sizes: readonly number[],
): SentMessage[] {
  const [camera, platform] = hosts[family]
  return sizes.flatMap((size, i) => [
    { at: epoch + 2 * i, transport, source: camera, destination: platform, bytes: message(`q${i}`, 'x'.repeat(size)) },
    { at: epoch + 2 * i + 1, transport, source: platform, destination: camera, bytes: message(`a${i}`) },
  ])
}

const sizes = [0, 100, 1400, 1401, 5000, 60_000]

const conversations: readonly (readonly [string, SentMessage[]])[] = [
  ['UDP over IPv4', talk('UDP', 'v4', sizes)],
  ['UDP over IPv6', talk('UDP', 'v6', sizes)],
  ['TCP over IPv4', talk('TCP', 'v4', [...sizes, 200_000])],
  ['TCP over IPv6', talk('TCP', 'v6', [...sizes, 200_000])],
]

const everything = [
  ...conversations.flatMap(([, messages]) => messages),
  // Another connection beside the first, opened by the other side.
  ...talk('TCP', 'v4', [10, 20]).map((sent) => ({
    ...sent,
    source: { ...sent.destination, port: sent.destination.port + 1 },
    destination: { ...sent.source, port: sent.source.port + 1 },
  })),
]

const plain = ({ at, transport, source, destination, bytes }: SentMessage) => ({
  at,
  transport,
  source,
  destination,
  bytes,
})

describe('writing a pcap file', () => {
  it.each(conversations)('%s: reading it gives the same messages at the same times', (_, messages) => {
    const capture = readCapture(writePcap(messages))
    expect(capture.messages.map(plain)).toEqual(messages)
    expect([capture.skippedCount, capture.stoppedAt]).toEqual([0, undefined])
  })

  it('messages come in the order of time, connections beside each other', () => {
    const { messages, skippedCount } = readCapture(writePcap(everything.toReversed()))
    expect(messages.map(({ at }) => at)).toEqual(everything.map(({ at }) => at).sort((a, b) => a - b))
    expect([messages.length, skippedCount]).toEqual([everything.length, 0])
  })

  it('fractions of a millisecond stay, to the microsecond', () => {
    const [sent] = talk('UDP', 'v4', [0])
    const capture = readCapture(writePcap([{ ...sent!, at: epoch + 0.125 }]))
    expect(capture.messages[0]?.at).toBe(epoch + 0.125)
  })

  it('an IPv4 address beside an IPv6 address is mapped, a name is the unspecified address', () => {
    const [sent] = talk('UDP', 'v4', [0])
    const [mapped] = readCapture(writePcap([{ ...sent!, source: { address: '::ffff:1.2.3.4', port: 1 } }])).messages
    expect([mapped?.source.address, mapped?.destination.address]).toEqual(['::ffff:102:304', '::ffff:c633:6401'])
    const [named] = readCapture(writePcap([{ ...sent!, source: { address: 'camera.example', port: 1 } }])).messages
    expect(named?.source.address).toBe('0.0.0.0')
  })

  it('a message that no datagram can hold is cut to what one can', () => {
    const [sent] = talk('UDP', 'v4', [70_000])
    expect(readCapture(writePcap([sent!]))).toMatchObject({ totalFrames: 1, messages: [{ parsed: { ok: false } }] })
  })

  it('no messages are a capture without frames', () => {
    expect(readCapture(writePcap([]))).toMatchObject({ format: 'pcap', totalFrames: 0 })
  })
})

/** What tshark finds fault with: sums, lengths, sequence numbers, contents. */
const faults =
  '_ws.malformed or _ws.expert.severity >= 0x600000 or tcp.analysis.flags or ip.checksum.status == 0 or udp.checksum.status == 0 or tcp.checksum.status == 0'
const sums = ['ip.check_checksum:TRUE', 'udp.check_checksum:TRUE', 'tcp.check_checksum:TRUE']

describePeer('tshark', 'tshark on what was written', () => {
  it.concurrent('every message is decoded, nothing is malformed', async () => {
    const pcap = writePcap(everything)
    expect(await tsharkMessages(pcap)).toEqual(ourMessages(readCapture(pcap)))
    expect(await tshark(pcap, faults, ['frame.number', '_ws.col.Info'], sums)).toEqual([])
  }, 60_000)

  it.concurrent('each connection opens with SYN and ends with FIN from both sides', async () => {
    const pcap = writePcap(everything)
    const handshakes = await tshark(pcap, 'tcp.flags.syn == 1 or tcp.flags.fin == 1', ['tcp.stream', 'tcp.flags.str'])
    const byStream = Map.groupBy(handshakes, ([stream]) => stream)
    expect(byStream.size).toBe(3)
    for (const rows of byStream.values()) {
      expect(rows.map(([, flags]) => flags?.replace(/[^SFA]/g, ''))).toEqual(['S', 'AS', 'AF', 'AF'])
    }
  }, 60_000)

  describeCorpus('pcap', 'captures that others made', () => {
    it.concurrent('written again they are the same messages', async () => {
      for (const { file } of corpusIndex('pcap')) {
        const { messages } = readCapture(readCorpus('pcap', file))
        const pcap = writePcap(messages)
        const again = readCapture(pcap)
        expect(again.messages.map(({ bytes }) => bytes)).toEqual(messages.map(({ bytes }) => bytes))
        if (messages.length > 0 && file.startsWith('live')) {
          expect(await tsharkMessages(pcap)).toEqual(ourMessages(again))
        }
      }
    }, 60_000)
  })
})
