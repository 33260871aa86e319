import { expect, it } from 'vitest'
import { type Capture, readCapture } from '../../../src/inspect/capture/index.ts'
import { SipRequest } from '../../../src/sip/message.ts'
import { parseMessage } from '../../../src/sip/parse.ts'
import { describePeer } from '../../interop/peers.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../../support/corpus.ts'
import { Section } from './builder.ts'
import { ourMessages, tsharkMessages } from './tshark.ts'

interface Entry {
  readonly file: string
  readonly frames: number
  readonly sipFrames: number
}

const read = (file: string): Capture => readCapture(readCorpus('pcap', file))

/** Everything of a capture that does not depend on the file's format. */
const content = ({ messages, media, closings, totalFrames, sipFrames, skipped }: Capture) => ({
  messages: messages.map(({ parsed, ...message }) => ({ ...message, ok: parsed.ok })),
  ...{ media, closings, totalFrames, sipFrames, skipped },
})

interface PcapRecord {
  readonly seconds: number
  readonly fraction: number
  readonly original: number
  readonly bytes: Buffer
}

/** The corpus has pcap files in both byte orders; a cut record at the end is left out. */
function records(file: Buffer): { linkType: number; records: PcapRecord[] } {
  const little = file.readUInt32LE(0) === 0xa1b2c3d4
  const word = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at))
  const found: PcapRecord[] = []
  for (let at = 24; at + 16 <= file.length; at += 16 + word(at + 8)) {
    const bytes = file.subarray(at + 16, at + 16 + word(at + 8))
    if (bytes.length < word(at + 8)) break
    found.push({ seconds: word(at), fraction: word(at + 4), original: word(at + 12), bytes })
  }
  return { linkType: word(20), records: found }
}

function bigEndianNanoseconds(file: Buffer): Buffer {
  const { linkType, records: all } = records(file)
  const words = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length)
    for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i)
    return bytes
  }
  const header = words(0xa1b23c4d, 0x00020004, 0, 0, 262_144, linkType)
  const body = all.map(({ seconds, fraction, original, bytes }) =>
    Buffer.concat([words(seconds, fraction * 1000, bytes.length, original), bytes]),
  )
  return Buffer.concat([header, ...body])
}

function pcapng(file: Buffer, littleEndian: boolean): Buffer {
  const { linkType, records: all } = records(file)
  const section = new Section(littleEndian).interface(linkType)
  for (const { seconds, fraction, original, bytes } of all) {
    section.packet(bytes, 0, BigInt(seconds) * 1_000_000n + BigInt(fraction), original)
  }
  return section.bytes
}

describeCorpus('pcap', 'captures that others made', () => {
  const entries = corpusIndex<Entry>('pcap')

  it.each(entries)('$file: the frames and the SIP frames of the index', ({ file, frames, sipFrames }) => {
    const capture = read(file)
    expect([capture.totalFrames, capture.sipFrames]).toEqual([frames, sipFrames])
    expect(capture.messages.map(({ parsed }) => parsed.ok)).toEqual(capture.messages.map(() => true))
  })

  it.each(entries)('$file: the same in the other formats and byte orders', ({ file }) => {
    const bytes = readCorpus('pcap', file)
    const expected = content(readCapture(bytes))
    expect(content(readCapture(bigEndianNanoseconds(bytes)))).toEqual(expected)
    expect(content(readCapture(pcapng(bytes, true)))).toEqual(expected)
    expect(content(readCapture(pcapng(bytes, false)))).toEqual(expected)
  })

  it('a capture that was cut while it was written: all before, and where it stops', () => {
    const { totalFrames, stoppedAt } = read('live-exosip-kamailio-udp-tcp.pcap')
    expect([totalFrames, stoppedAt?.frame, stoppedAt?.why]).toEqual([11, 12, 'truncated'])
  })

  it('an INVITE whose body the capture no longer saw is told, not made up', () => {
    const { skipped } = read('live-srs-srsbench-gb28181-tcp.pcap')
    expect(skipped).toMatchObject([{ frame: 19, why: 'stream-incomplete' }])
  })

  it('a connection on which SIP was spoken: who closed it, and how', () => {
    const { closings } = read('live-srs-srsbench-gb28181-tcp.pcap')
    expect(closings.map(({ frame, how, source }) => [frame, how, source.port])).toEqual([[17, 'fin', 55_554]])
  })

  it('times are those of the capture, to the microsecond', () => {
    const [first, second] = read('suricata-sip-body-frames.pcap').messages
    const { records: all } = records(readCorpus('pcap', 'suricata-sip-body-frames.pcap'))
    expect(first?.at).toBeCloseTo((all[0]?.seconds ?? 0) * 1000 + (all[0]?.fraction ?? 0) / 1000, 3)
    expect(second?.at).toBeGreaterThan(first?.at ?? 0)
  })

  it('the one RTP stream of sngrep-aaa, as `tshark -z rtp,streams` has it', () => {
    expect(read('sngrep-aaa.pcap').media).toMatchObject([
      {
        source: { address: '192.168.1.2', port: 30_000 },
        destination: { address: '212.242.33.36', port: 40_392 },
        ...{ ssrc: 0x3796cb71, payloadType: 8, packets: 9, lost: 0, encoding: 'PCMA', firstFrame: 624, lastFrame: 632 },
      },
    ])
  })
})

describeCorpus('gb28181', 'messages as text', () => {
  const files = corpusIndex('gb28181').map(({ file }) => file)

  it('each file is one message, parsed as it stands', () => {
    for (const file of files) {
      const bytes = readCorpus('gb28181', file)
      const { format, messages } = readCapture(bytes)
      expect([file, format, messages.length]).toEqual([file, 'sip-text', 1])
      expect([file, messages[0]?.parsed.ok]).toEqual([file, parseMessage(bytes).ok])
    }
  })

  it('all files one behind the other are as many messages', () => {
    const all = Buffer.concat(files.flatMap((file) => [readCorpus('gb28181', file), Buffer.from('\r\n')]))
    const { messages } = readCapture(all)
    expect(messages.length).toBe(files.length)
    expect(messages.map(({ at }) => at)).toEqual(files.map((_, i) => i))
  })

  it('addresses are those that Via and Request-URI tell', () => {
    for (const file of files.slice(0, 20)) {
      const [found] = readCapture(readCorpus('gb28181', file)).messages
      const parsed = found?.parsed
      if (parsed?.ok !== true) continue
      const { via } = parsed.message
      const sender = { address: via.received ?? via.host, port: via.rport ?? via.port ?? 5060 }
      expect(parsed.message instanceof SipRequest ? found?.source : found?.destination).toEqual(sender)
    }
  })
})

describeCorpus('pcap', 'captures beside tshark', () => {
  describePeer('tshark', 'tshark', () => {
    it.concurrent.each(corpusIndex<Entry>('pcap'))(
      '$file: the same frames with the same start lines',
      async ({ file }) => {
        const bytes = readCorpus('pcap', file)
        expect(ourMessages(readCapture(bytes))).toEqual(await tsharkMessages(bytes))
      },
    )
  })
})
