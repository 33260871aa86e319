/** Damaged files: they are read as far as they go, and nothing throws. */
import { describe, expect, it } from 'vitest'
import { type Capture, readCapture, writePcap } from '../../../src/inspect/capture/index.ts'
import { readPcap } from '../../../src/inspect/capture/pcap.ts'
import { seededRandom } from '../../../src/testing/random.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../../support/corpus.ts'
import { bundleOf, bytesOf, type LooseRecord } from '../recorder/bundles.ts'
import {
  cookedV2,
  epoch,
  ethernet,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Fragments,
  join,
  message,
  pcap,
  Section,
  tcp,
  udp,
} from './builder.ts'

const whole = udp(message('big', 'x'.repeat(3000)))
const segment = (payload: Buffer, sequence: number) => ethernet(ipv4(tcp(payload, { sequence }), { protocol: 6 }))
const [one, two] = [message('one', '<a/>'), message('two')]

/** Every layer that there is, in few bytes. */
const frames = [
  ethernet(ipv4(udp(message())), 'ipv4', [0x88a8, 0x8100]),
  ethernet(ipv6(udp(message()), 17, [[0, Buffer.alloc(8)]]), 'ipv6'),
  ethernet(ipv4(ipv4(udp(message())), { protocol: 4 })),
  ...ipv4Fragments(whole, 1480).map((packet) => ethernet(packet)),
  ...ipv6Fragments(whole, 1480).map((packet) => ethernet(packet, 'ipv6')),
  segment(one.subarray(0, 100), 1000),
  segment(join(one.subarray(100), two), 1100),
  segment(two, 1000 + one.length + two.length + 50),
]
const actors: readonly LooseRecord[] = [
  {
    kind: 'actor.started',
    at: epoch,
    actor: 'a',
    machine: 'inviting',
    parent: null,
    key: { callId: 'c1' },
    input: { limits: {} },
    state: 'inviting.calling',
  },
  {
    kind: 'actor.stepped',
    at: epoch + 1,
    actor: 'a',
    event: { type: 'media.arrived', at: epoch, ssrc: 7, source: '192.0.2.64:15060' },
    state: 'confirmed.playing',
  },
  { kind: 'timer.set', at: epoch + 1, actor: 'a', timer: 'answerLimit', due: epoch + 10_000 },
  { kind: 'actor.ended', at: epoch + 2, actor: 'a', status: 'stopped' },
]
const made: readonly (readonly [string, Buffer])[] = [
  ['pcap of every layer', pcap(frames)],
  ['pcapng of several interfaces', severalInterfaces()],
  ['SIP text', join(message('a', 'body\r\n'), message('b'), message('c', 'more'))],
  ['what we write', writePcap(readCapture(pcap(frames)).messages)],
  ['a bundle', bytesOf(bundleOf(readCapture(pcap(frames)).messages, actors))],
]

function severalInterfaces(): Buffer {
  const section = new Section().interface(1, { resolution: 9, offset: 3 }).interface(276)
  for (const [i, frame] of frames.entries()) section.packet(frame, 0, BigInt(i))
  section.packet(cookedV2(ipv4(udp(message()))), 1, 5n).simplePacket(frames[0]!)
  return join(section.bytes, new Section(false).interface(101).packet(ipv4(udp(message())), 0, 1n).bytes)
}

/** What holds of a capture, whatever it was read from. */
function expectSound({ messages, sipFrames, totalFrames, skipped, skippedCount, media }: Capture, size: number): void {
  let last = 1
  for (const { frame, at, bytes } of messages) {
    if (frame < last || frame > totalFrames || !Number.isFinite(at) || bytes.length === 0) {
      expect.unreachable(`a message of frame ${frame} after ${last} of ${totalFrames}, at ${at}`)
    }
    last = frame
  }
  expect(sipFrames).toBeLessThanOrEqual(Math.min(messages.length, totalFrames))
  expect(skipped.length).toBeLessThanOrEqual(Math.min(skippedCount, 1000))
  expect(media.length).toBeLessThanOrEqual(totalFrames)
  expect(messages.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(size)
}

function expectSoundWhenFlipped(name: string, bytes: Buffer, times: number): void {
  const random = seededRandom(name.length + bytes.length)
  const pick = (below: number) => Math.floor(random.fraction() * below)
  for (let time = 0; time < times; time++) {
    const damaged = Buffer.from(bytes)
    for (let flips = 1 + pick(4); flips > 0; flips--) damaged[pick(bytes.length)]! ^= 1 << pick(8)
    expectSound(readCapture(damaged), bytes.length)
  }
}

describe('captures made here', () => {
  it.each(made)('%s, cut at every byte', (_, bytes) => {
    const all = readCapture(bytes)
    for (let length = 0; length < bytes.length; length++) {
      const cut = readCapture(bytes.subarray(0, length))
      expectSound(cut, length)
      expect(cut.messages.length).toBeLessThanOrEqual(all.messages.length)
    }
  })

  it.each(made)(
    '%s, with bits flipped',
    (name, bytes) => {
      expectSoundWhenFlipped(name, bytes, 2500)
    },
    60_000,
  )
})

describeCorpus('pcap', 'captures that others made', () => {
  const files = corpusIndex('pcap').map(({ file }) => file)
  const ignore = { frame: () => {}, skip: () => {} }

  /** Bytes after each record, which is where reading a cut file ends. */
  function recordEnds(bytes: Buffer): number[] {
    const ends = [24]
    const frame = ({ bytes: captured }: { bytes: Buffer }) => void ends.push((ends.at(-1) ?? 0) + 16 + captured.length)
    readPcap(bytes, { ...ignore, frame })
    return ends
  }

  it.each(files)('%s, cut at every byte: the frames before, and where it stops', (file) => {
    const bytes = readCorpus('pcap', file)
    const ends = recordEnds(bytes)
    for (let length = 24, before = 0; length < bytes.length; length++) {
      while ((ends[before + 1] ?? Number.POSITIVE_INFINITY) <= length) before++
      const { totalFrames, stoppedAt } = readPcap(bytes.subarray(0, length), ignore)
      const stop = ends[before] === length ? undefined : before + 1
      if (totalFrames !== before || stoppedAt?.frame !== stop) {
        expect([length, totalFrames, stoppedAt?.frame]).toEqual([length, before, stop])
      }
    }
  })

  it.each(files)('%s, cut after every frame: the messages before', (file) => {
    const bytes = readCorpus('pcap', file)
    const all = readCapture(bytes).messages
    for (const end of recordEnds(bytes)) {
      const cut = readCapture(bytes.subarray(0, end))
      expectSound(cut, end)
      const before = all.filter(({ frame }) => frame <= cut.totalFrames)
      expect(cut.messages.map(({ frame }) => frame)).toEqual(before.map(({ frame }) => frame))
    }
  })

  it.each(files)(
    '%s, with bits flipped',
    (file) => {
      expectSoundWhenFlipped(file, readCorpus('pcap', file).subarray(0, 8192), 1000)
    },
    60_000,
  )
})
