import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClipStream, startStream } from '../../src/device/stream/index.ts'
import { PsProbe } from '../../src/media/ps.ts'
import { parseRtp } from '../../src/media/rtp.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'

const clip = createClipStream()

/** The RTP payloads of our own test stream. */
function ownStream(ms: number, maxPayload = 1400) {
  const clock = new VirtualClock()
  const payloads: { payload: Buffer; timestamp: number }[] = []
  const send = (packet: Buffer) => {
    const parsed = parseRtp(packet)
    if (parsed.ok) payloads.push({ payload: parsed.payload, timestamp: parsed.header.timestamp })
  }
  const stream = startStream({ clip, clock, send, ssrc: 1, payloadType: 96, random: () => 0.5, maxPayload })
  clock.advance(ms)
  stream.stop()
  return payloads
}

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const PACK = '000001ba 44 0004000401 009c43 f8'
const SYSTEM = '000001bb 0009 804e21 00e17f e0e0e8'
const VIDEO = '000001e0 0008 808005 2100010001'

/** A program stream map of [stream type, stream id] with an info descriptor of the program before the list. */
function map(...entries: [type: number, id: number][]): string {
  const list = entries.map(([type, id]) => Buffer.from([type, id, 0, 0]).toString('hex')).join('')
  const sizes = [14 + 4 * entries.length, 4 * entries.length].map((size) => size.toString(16).padStart(4, '0'))
  return `000001bc ${sizes[0]} e0ff 0004 0502aabb ${sizes[1]} ${list} 00000000`
}

const look = (probe: PsProbe, payload: Buffer, timestamp = 0, payloadType = 96) =>
  probe.look(payload, 0, payload.length, payloadType, timestamp)

describe('a program stream', () => {
  it('is found in our own test stream, with its codec and every frame', () => {
    const probe = new PsProbe()
    for (const { payload, timestamp } of ownStream(3960)) look(probe, payload, timestamp)
    expect(probe).toMatchObject({ encoding: 'PS', video: 'H264', frames: 100 })
    expect(probe.audio).toBeUndefined()
  })

  it.each([
    [0x1b, 0x90, 'H264', 'PCMA'],
    [0x24, 0x0f, 'H265', 'AAC'],
    [0x10, 0x91, 'MPEG4', 'PCMU'],
    [0x80, 0x9b, 'SVAC', 'SVAC-audio'],
  ])('says what its map says: stream types %i and %i are %s and %s (annex C)', (video, audio, videoName, audioName) => {
    const probe = new PsProbe()
    expect(look(probe, bytes(PACK + SYSTEM + map([video, 0xe0], [audio, 0xc0]) + VIDEO))).toBe('frame')
    expect([probe.video, probe.audio]).toEqual([videoName, audioName])
  })

  it('counts a frame once when it has several packs or PES packets, and no audio as frames', () => {
    const probe = new PsProbe()
    const audio = bytes(`${PACK} 000001c0 0004 800000 55`)
    const verdicts = [
      look(probe, bytes(PACK + VIDEO), 3600),
      look(probe, bytes(PACK + VIDEO), 3600),
      look(probe, audio, 3600),
      look(probe, bytes(PACK + VIDEO), 7200),
    ]
    expect(verdicts).toEqual(['frame', 'nothing', 'nothing', 'frame'])
  })

  it('is found when packs do not begin with packets', () => {
    const joined = Buffer.concat([Buffer.alloc(700, 0x55), ...ownStream(400).map(({ payload }) => payload)])
    const probe = new PsProbe()
    for (let at = 0; at < joined.length; at += 1300) look(probe, joined.subarray(at, at + 1300), at)
    expect(probe).toMatchObject({ encoding: 'PS', video: 'H264' })
  })

  it('skips the stuffing of a pack header (2.5.3.3)', () => {
    const probe = new PsProbe()
    look(probe, bytes(`${PACK.slice(0, -2)}fb ffffff ${map([0x24, 0xe0])}`))
    expect(probe.video).toBe('H265')
  })

  it('looks at nothing outside the payload', () => {
    const packet = bytes(PACK + map([0x1b, 0xe0]) + VIDEO)
    const probe = new PsProbe()
    for (let end = 0; end < 4; end++) probe.look(packet, 0, end, 96, end)
    expect(probe.encoding).toBeUndefined()
    for (let end = 4; end < 18; end++) probe.look(packet, 0, end, 96, end)
    expect([probe.encoding, probe.video, probe.frames]).toEqual(['PS', undefined, 0])
  })

  it('takes any octets without throwing', () => {
    const head = fc.constantFrom(PACK, PACK + SYSTEM, PACK + map([0x1b, 0xe0]).slice(0, 40), '')
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 60 }), (start, rest) => {
        const probe = new PsProbe()
        look(probe, Buffer.concat([bytes(start), rest]))
        expect(probe.packets).toBe(1)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('what is no program stream', () => {
  it('is undecodable once five frames and 50 packets had no pack header', () => {
    const probe = new PsProbe()
    const said = Array.from({ length: 200 }, (_, i) => look(probe, Buffer.alloc(1400, 0x55), Math.floor(i / 4) * 3600))
    expect(said.flatMap((it, i) => (it === 'undecodable' ? [i + 1] : []))).toEqual([50])
    expect(probe.encoding).toBe('undecodable')
  })

  it('is not decided within one large keyframe', () => {
    const probe = new PsProbe()
    for (let i = 0; i < 900; i++) look(probe, Buffer.alloc(1400, 0x55), 3600)
    expect(probe.encoding).toBeUndefined()
    look(probe, bytes(PACK + VIDEO), 7200)
    expect(probe.encoding).toBe('PS')
  })

  it('is decided at 1000 packets by a sender that never changes its timestamp', () => {
    const probe = new PsProbe()
    const said = Array.from({ length: 1000 }, () => look(probe, Buffer.alloc(1400, 0x55), 3600))
    expect(said.indexOf('undecodable')).toBe(999)
  })

  it('may be what its payload type says: 98 is H.264 itself, a frame for each timestamp', () => {
    const probe = new PsProbe()
    for (let i = 0; i < 100; i++) look(probe, Buffer.alloc(100, 0x55), Math.floor(i / 4) * 3600, 98)
    expect(probe).toMatchObject({ encoding: 'H264', frames: 25 })
  })
})
