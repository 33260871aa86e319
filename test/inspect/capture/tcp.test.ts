/** SIP over TCP, as a capture that has all, most or some of a connection shows it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCapture } from '../../../src/inspect/capture/index.ts'
import { describePeer } from '../../interop/peers.ts'
import { ethernet, ipv4, join, message, pcap, platform, type Segment, tcp } from './builder.ts'
import { ourMessages, tsharkMessages } from './tshark.ts'

/** Before the first byte of each stream here. */
const start = 1000

const frame = (payload: Uint8Array, segment: Segment): Buffer => ethernet(ipv4(tcp(payload, segment), { protocol: 6 }))

/** A segment with the bytes `from` to `to` of a stream. */
const part = (stream: Buffer, from: number, to = stream.length): Buffer =>
  frame(stream.subarray(from, to), { sequence: start + from })

const handshake = (isn = start - 1): Buffer => frame(Buffer.alloc(0), { sequence: isn, flags: 'S' })

/** The frame and the Call-ID of each message, or the code of its rejection. */
const found = (frames: readonly Parameters<typeof pcap>[0][number][]) =>
  readCapture(pcap(frames)).messages.map(({ frame, parsed }) => [
    frame,
    parsed.ok === true ? parsed.message.callId : parsed.ok === false ? parsed.rejection.code : parsed.why,
  ])

const [one, two, three] = [message('one', '<first/>'), message('two', `<x>${'y'.repeat(3000)}</x>`), message('three')]
const stream = join(one, two, three)
const [twoAt, threeAt] = [one.length, one.length + two.length]

describe('SIP over TCP', () => {
  it('several messages in one segment end in one frame', () => {
    const capture = readCapture(pcap([handshake(), part(stream, 0)]))
    expect(capture.messages.map(({ transport, frame, bytes }) => [transport, frame, bytes.length])).toEqual([
      ['TCP', 2, one.length],
      ['TCP', 2, two.length],
      ['TCP', 2, three.length],
    ])
    expect(capture.sipFrames).toBe(1)
  })

  it('a message in several segments ends in the last one', () => {
    expect(
      found([part(stream, 0, 10), part(stream, 10, twoAt), part(stream, twoAt, 2000), part(stream, 2000)]),
    ).toEqual([
      [2, 'one'],
      [4, 'two'],
      [4, 'three'],
    ])
  })

  it('the two directions are streams of their own', () => {
    const back = ethernet(
      ipv4(tcp(message('back'), { from: 15_060, to: 40_000, sequence: 7 }), {
        protocol: 6,
        source: platform,
        destination: '192.0.2.64',
      }),
    )
    expect(found([part(stream, 0, 100), back, part(stream, 100)])).toEqual([
      [2, 'back'],
      [3, 'one'],
      [3, 'two'],
      [3, 'three'],
    ])
  })

  it('out of order: a message ends in the frame in which the last of its own bytes arrived', () => {
    expect(found([handshake(), part(stream, threeAt), part(stream, twoAt, threeAt), part(stream, 0, twoAt)])).toEqual([
      [2, 'three'],
      [3, 'two'],
      [4, 'one'],
    ])
    expect(found([handshake(), part(stream, 100), part(stream, 0, 100)])).toEqual([
      [2, 'two'],
      [2, 'three'],
      [3, 'one'],
    ])
  })

  it('a retransmission brings no message again', () => {
    expect(found([part(stream, 0, twoAt), part(stream, 0, twoAt), part(stream, twoAt), part(stream, 0)])).toEqual([
      [1, 'one'],
      [3, 'two'],
      [3, 'three'],
    ])
  })

  it('segments that overlap: what came first counts', () => {
    const forged = Buffer.from(stream)
    forged.fill(0x7a, 0, 200)
    expect(found([part(stream, 0, 200), part(forged, 100)])).toEqual([
      [2, 'one'],
      [2, 'two'],
      [2, 'three'],
    ])
  })

  it('sequence numbers go round', () => {
    const numbered = (from: number, to?: number) =>
      frame(stream.subarray(from, to), { sequence: (2 ** 32 - 100 + from) >>> 0 })
    expect(found([numbered(0, 50), numbered(300), numbered(50, 300)])).toEqual([
      [2, 'two'],
      [2, 'three'],
      [3, 'one'],
    ])
  })

  it('begun in mid-stream: reading sets in with the next start line', () => {
    expect(found([part(stream, twoAt + 200, 1000), part(stream, 1000)])).toEqual([[2, 'three']])
    expect(found([part(stream, 20)])).toEqual([
      [1, 'two'],
      [1, 'three'],
    ])
  })

  it('a start line that is cut in two in mid-stream is found', () => {
    expect(found([part(stream, 20, twoAt + 15), part(stream, twoAt + 15)])).toEqual([
      [2, 'two'],
      [2, 'three'],
    ])
  })

  it('a segment that the capture lost costs the messages in it, and is told', () => {
    const capture = readCapture(pcap([part(stream, 0, twoAt + 10), part(stream, twoAt + 1500)]))
    expect(ourMessages(capture).map((line) => line.slice(0, 9))).toEqual(['1 MESSAGE', '2 MESSAGE'])
    expect(capture.skipped).toMatchObject([{ frame: 1, why: 'stream-incomplete' }])
  })

  it('a new connection on the same ports starts anew', () => {
    const again = frame(message('again'), { sequence: 500 })
    expect(found([handshake(), part(stream, 0, twoAt + 10), handshake(499), again])).toEqual([
      [2, 'one'],
      [4, 'again'],
    ])
  })

  it('a SYN that is repeated, or captured late, changes nothing', () => {
    expect(found([handshake(), part(stream, 0, 100), handshake(), part(stream, 100, twoAt)])).toEqual([[4, 'one']])
    expect(found([part(stream, 0, 100), handshake(), part(stream, 100, twoAt)])).toHaveLength(1)
  })

  it('a number from nowhere does not end the stream', () => {
    const astray = frame(Buffer.from('x'), { sequence: start + 2 ** 30 })
    expect(found([part(stream, 0, twoAt), astray, part(stream, twoAt)])).toEqual([
      [1, 'one'],
      [3, 'two'],
      [3, 'three'],
    ])
  })

  it('CRLF between messages keeps the connection alive and is no message', () => {
    const alive = join(one, Buffer.from('\r\n\r\n'), three)
    expect(
      found([part(alive, 0, one.length), part(alive, one.length, one.length + 4), part(alive, one.length + 4)]),
    ).toEqual([
      [1, 'one'],
      [3, 'three'],
    ])
  })

  it('a Content-Length that is too small: the next message is found all the same, and the loss of step is told', () => {
    const wrong = Buffer.from(
      message('wrong', 'a body of some length\r\n').toString().replace('Length: 23', 'Length: 3'),
    )
    const capture = readCapture(pcap([part(join(wrong, three), 0)]))
    expect(capture.messages.map(({ parsed }) => parsed.ok === true && parsed.message.callId)).toEqual([
      'wrong',
      'three',
    ])
    expect(capture.skipped).toMatchObject([{ frame: 1, why: 'stream-out-of-step' }])
  })

  it('a Content-Length that is none: the message is rejected, the next one is read', () => {
    const wrong = Buffer.from(message('wrong').toString().replace('Length: 0', 'Length: many'))
    expect(found([part(join(one, wrong, three), 0)])).toEqual([
      [1, 'one'],
      [1, 'malformed-content-length'],
      [1, 'three'],
    ])
  })

  it('streams of other protocols leave nothing, whatever they say about SIP', () => {
    const page = Buffer.from(
      'HTTP/1.1 200 OK\r\n\r\nAn example:\r\nREGISTER sip:example.com SIP/2.0\r\n<p>and so on\r\n\r\n',
    )
    expect(readCapture(pcap([part(page, 0)]))).toMatchObject({ messages: [], skippedCount: 0, closings: [] })
  })

  it('a segment that the capture cut: the message is told, the next one is read', () => {
    const whole = part(stream, 0, threeAt)
    const frames = [{ bytes: whole.subarray(0, -100), original: whole.length }, part(stream, threeAt)]
    expect(found(frames)).toEqual([
      [1, 'one'],
      [2, 'three'],
    ])
    expect(readCapture(pcap(frames)).skipped).toMatchObject([{ frame: 1, why: 'cut-by-snaplen' }])
  })

  it('who closed a connection that carried SIP, and how; once', () => {
    const fin = frame(Buffer.alloc(0), { sequence: start + one.length, flags: 'FA' })
    const reset = ethernet(
      ipv4(tcp(Buffer.alloc(0), { from: 15_060, to: 40_000, sequence: 5, flags: 'R' }), {
        protocol: 6,
        source: platform,
        destination: '192.0.2.64',
      }),
    )
    const { closings } = readCapture(pcap([part(one, 0), fin, fin, reset]))
    expect(closings.map(({ frame, how, source }) => [frame, how, source.port])).toEqual([
      [2, 'fin', 40_000],
      [4, 'reset', 15_060],
    ])
  })

  it('a gap that nothing ever fills holds back a bounded number of segments', () => {
    const many = Array.from({ length: 3000 }, (_, i) => message(`m${i}`))
    const all = join(...many)
    const ends = many.map((_, i) => many.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0))
    const frames = ends.map((end, i) => part(all, ends[i - 1] ?? 0, end))
    const withGap = [handshake(), part(all, 0, 10), ...frames.slice(1)]
    const capture = readCapture(pcap(withGap))
    expect([capture.messages.length, capture.messages[0]?.frame]).toEqual([2999, 3])
  })

  // However a stream is cut, sent again and shuffled: each message once, in the frame that completed it.
  it('holds for any order of any segments', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 12 })
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat(1000)), (points, random) => {
        const bounds = [0, ...points.sort((a, b) => a - b), stream.length]
        const pieces = bounds.slice(1).map((to, i) => ({ from: bounds[i]!, to, key: random.next().value ?? 0 }))
        const sent = [...pieces, ...pieces.filter(({ key }) => key % 3 === 0)].sort((a, b) => a.key - b.key)
        const arrived = (from: number, to: number) =>
          Math.max(...pieces.filter((p) => p.from < to && p.to > from).map((p) => sent.indexOf(p) + 2))
        const expected = [
          [arrived(0, twoAt), 'one'],
          [arrived(twoAt, threeAt), 'two'],
          [arrived(threeAt, stream.length), 'three'],
        ]
        const frames = sent.map(({ from, to }) => part(stream, from, to))
        const byFrame = (a: (string | number)[], b: (string | number)[]) => Number(a[0]) - Number(b[0])
        expect(found([handshake(), ...frames])).toEqual(expected.sort(byFrame))
      }),
      { numRuns: 300 },
    )
  })
})

describePeer('tshark', 'tshark on the same segments', () => {
  const reassemble = ['tcp.reassemble_out_of_order:TRUE']

  it.concurrent.each([
    [
      'in order',
      [handshake(), part(stream, 0, 100), part(stream, 100, twoAt), part(stream, twoAt, 2000), part(stream, 2000)],
    ],
    ['retransmitted', [handshake(), part(stream, 0, twoAt), part(stream, 0, twoAt), part(stream, twoAt)]],
    [
      'one message a segment',
      [handshake(), part(stream, 0, twoAt), part(stream, twoAt, threeAt), part(stream, threeAt)],
    ],
  ])('finds the same messages: %s', async (_, frames) => {
    const capture = pcap(frames)
    const unique = (lines: readonly string[]) => [...new Set(lines.map((line) => line.split(/[ ,]/)[0]))]
    expect(unique(ourMessages(readCapture(capture)))).toEqual(unique(await tsharkMessages(capture, reassemble)))
  })
})
