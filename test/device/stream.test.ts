import { describe, expect, it } from 'vitest'
import {
  type AccessUnit,
  createClipStream,
  packFrame,
  type StreamOptions,
  splitAccessUnits,
  startStream,
} from '../../src/device/stream/index.ts'
import { crc32Mpeg } from '../../src/device/stream/ps.ts'
import { parseRtcp, type RtcpPacket } from '../../src/media/rtcp.ts'
import { parseRtp } from '../../src/media/rtp.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { describePeer } from '../interop/peers.ts'
import { type CapturedDatagram, pcapOf, runOver } from '../media/tools.ts'

const clip = createClipStream()
const SSRC = 0x0bebc201

interface SentRtp {
  readonly at: number
  readonly packet: Buffer
  readonly marker: boolean
  readonly sequence: number
  readonly timestamp: number
  readonly payload: Buffer
}

function begin(options: Partial<StreamOptions> = {}) {
  const clock = new VirtualClock(1_700_000_000_000)
  const startedAt = clock.now()
  const rtp: SentRtp[] = []
  const rtcp: { at: number; packet: Buffer }[] = []
  const ended: number[] = []
  const stream = startStream({
    clip,
    clock,
    ssrc: SSRC,
    payloadType: 96,
    random: () => 0.9999999,
    send(packet) {
      const parsed = parseRtp(packet)
      if (!parsed.ok) throw new Error(parsed.fault)
      const { marker, sequence, timestamp } = parsed.header
      rtp.push({ at: clock.now() - startedAt, packet, marker, sequence, timestamp, payload: parsed.payload })
    },
    sendRtcp: (packet) => rtcp.push({ at: clock.now() - startedAt, packet }),
    onEnd: () => ended.push(clock.now() - startedAt),
    ...options,
  })
  return { clock, stream, rtp, rtcp, ended }
}

/** The program stream without RTP, as a receiver would write it. */
const programStream = (rtp: readonly SentRtp[]) => Buffer.concat(rtp.map(({ payload }) => payload))

const framesOf = (rtp: readonly SentRtp[]) => [...Map.groupBy(rtp, (packet) => packet.timestamp).values()]

const nalTypes = (data: Buffer) =>
  data
    .toString('latin1')
    .split('\0\0\x01')
    .slice(1)
    .map((nal) => nal.charCodeAt(0) & 0x1f)

const control = (packet: Buffer): readonly RtcpPacket[] => {
  const parsed = parseRtcp(packet)
  if (!parsed.ok) throw new Error(parsed.fault)
  return parsed.packets
}

describe('the clip', () => {
  it('is 100 access units, each keyframe with its parameter sets, and under 200 KB', () => {
    expect(clip.units.length).toBe(100)
    expect(clip.units.flatMap((unit, i) => (unit.keyframe ? [i] : []))).toEqual([0, 50])
    for (const { data } of clip.units.filter((unit) => unit.keyframe)) expect(nalTypes(data)).toEqual([9, 7, 8, 5])
    expect(clip.units.reduce((sum, unit) => sum + unit.data.length, 0)).toBeLessThan(200 * 1024)
  })

  it('is cut without a gap or an overlap', () => {
    const joined = Buffer.concat(clip.units.map((unit) => unit.data))
    expect(clip.units.every(({ data }) => data.toString('hex', 0, 5) === '0000000109')).toBe(true)
    expect(splitAccessUnits(Buffer.concat([Buffer.from([1, 2, 3]), joined]))).toEqual(clip.units)
  })
})

describe('the program stream, ISO/IEC 13818-1 2.5', () => {
  const frame = (length: number, keyframe = false): AccessUnit => ({ data: Buffer.alloc(length, 7), keyframe })

  it('puts system header and program stream map before a keyframe only', () => {
    const starts = (pack: Buffer) => [0xba, 0xbb, 0xbc, 0xe0].map((id) => pack.indexOf(Buffer.from([0, 0, 1, id])) >= 0)
    expect(starts(packFrame(frame(10, true), 0, 0))).toEqual([true, true, true, true])
    expect(starts(packFrame(frame(10), 0, 0))).toEqual([true, false, false, true])
  })

  it('checks its program stream map: the CRC over all of it is zero (annex A)', () => {
    const pack = packFrame(frame(10, true), 0, 0)
    const map = pack.indexOf(Buffer.from([0, 0, 1, 0xbc]))
    expect(crc32Mpeg(pack.subarray(map, map + 6 + pack.readUInt16BE(map + 4)))).toBe(0)
  })

  it('writes 33-bit times with their marker bits', () => {
    const pack = packFrame(frame(1), 2 ** 33 - 1, 0)
    // SCR base all ones, extension 0; PTS all ones.
    expect(pack.subarray(4, 10).toString('hex')).toBe('7ffffffffc01')
    expect(pack.subarray(14 + 9, 14 + 14).toString('hex')).toBe('2fffffffff')
    expect(
      packFrame(frame(1), 2 ** 33, 0)
        .subarray(23, 28)
        .toString('hex'),
    ).toBe('2100010001')
  })

  it.each([65_527, 65_528, 200_000])('splits a frame of %i octets where a PES length ends (2.4.3.7)', (length) => {
    const pack = packFrame(frame(length), 0, 0)
    let octets = 0
    let packets = 0
    for (let at = 14; at < pack.length; at += 6 + pack.readUInt16BE(at + 4)) {
      expect(pack.readUInt32BE(at)).toBe(0x1e0)
      octets += pack.readUInt16BE(at + 4) - 3 - pack[at + 8]!
      packets++
    }
    expect([octets, packets]).toEqual([length, length === 65_527 ? 1 : length === 65_528 ? 2 : 4])
  })
})

describe('RTP of the stream', () => {
  it('gives all packets of a frame one timestamp, different frames different ones, the marker to the last', () => {
    const { clock, rtp } = begin()
    clock.advance(3960)
    const frames = framesOf(rtp)
    expect(frames.length).toBe(100)
    for (const packets of frames) {
      expect(packets.map(({ marker }) => marker)).toEqual(packets.map((_, i) => i === packets.length - 1))
      expect(packets[0]!.payload.readUInt32BE(0)).toBe(0x1ba)
      expect(new Set(packets.map(({ at }) => at)).size).toBe(1)
    }
  })

  it('counts sequence numbers up by one and timestamps by 3600 a frame, over both wraps', () => {
    const { clock, rtp } = begin()
    clock.advance(10_000)
    expect(rtp.every(({ sequence }, i) => i === 0 || sequence === ((rtp[i - 1]!.sequence + 1) & 0xffff))).toBe(true)
    expect(rtp.at(-1)!.sequence).toBeLessThan(rtp[0]!.sequence)
    const timestamps = framesOf(rtp).map((packets) => packets[0]!.timestamp)
    expect(timestamps.every((it, i) => i === 0 || it === (timestamps[i - 1]! + 3600) % 2 ** 32)).toBe(true)
    expect(timestamps.at(-1)!).toBeLessThan(timestamps[0]!)
  })

  it('keeps its packets within the payload limit', () => {
    const { clock, rtp } = begin({ maxPayload: 500 })
    clock.advance(1000)
    expect(Math.max(...rtp.map(({ payload }) => payload.length))).toBe(500)
  })

  it('sends 25 frames a second without drift, and another rate when asked', () => {
    const { clock, stream } = begin()
    clock.advance(600_000)
    expect(stream.statistics().frames).toBe(15_001)
    const film = begin({ fps: 30 })
    film.clock.advance(60_000)
    expect(film.stream.statistics().frames).toBe(1801)
    expect(framesOf(film.rtp).at(-1)![0]!.timestamp).toBe((film.rtp[0]!.timestamp + 60 * 90_000) % 2 ** 32)
  })

  it('does not burst after a stall of its process, and its timestamps say that time has passed', () => {
    const clock = new VirtualClock()
    let stalled = 0
    const late = {
      now: () => clock.now() + stalled,
      setTimeout: (run: () => void, ms: number) => clock.setTimeout(run, ms),
      clearTimeout: () => {},
    }
    const { rtp, stream } = begin({ clock: late })
    clock.advance(400)
    const before = stream.statistics().frames
    stalled = 60_000
    clock.advance(400)
    expect(stream.statistics().frames - before).toBe(10)
    const timestamps = framesOf(rtp).map((packets) => packets[0]!.timestamp)
    expect((timestamps.at(-1)! - timestamps[0]! + 2 ** 32) % 2 ** 32).toBe((800 + 60_000) * 90)
  })

  it('stops at once and leaves no timer, also in the middle of a frame', () => {
    const { clock, stream, rtp } = begin()
    clock.advance(1000)
    stream.stop()
    stream.stop()
    const sent = rtp.length
    clock.advance(10_000)
    expect([rtp.length, clock.pending]).toEqual([sent, 0])

    const sentThen: Buffer[] = []
    const inSecondFrame = Math.ceil(clip.units[0]!.data.length / 100) + 4
    const other = begin({
      maxPayload: 100,
      send(packet) {
        sentThen.push(packet)
        if (sentThen.length === inSecondFrame) other.stream.stop()
      },
    })
    other.clock.advance(10_000)
    expect([sentThen.length, other.clock.pending]).toEqual([inSecondFrame, 0])
  })

  it('ends after the clip when it is not to loop', () => {
    const { clock, stream, ended } = begin({ loop: false })
    clock.advance(60_000)
    expect([stream.statistics().frames, ended, clock.pending]).toEqual([100, [3960], 0])
  })
})

describe('RTCP of the stream, RFC 3550 6.4.1 and 6.6', () => {
  it('sends sender reports every 5 s with what has been sent until then', () => {
    const { clock, rtp, rtcp } = begin()
    clock.advance(11_000)
    expect(rtcp.map(({ at }) => at)).toEqual([0, 5000, 10_000])
    const [report, description] = control(rtcp[1]!.packet)
    const sent = rtp.filter(({ at }) => at <= 5000)
    expect(report).toMatchObject({
      type: 'sender-report',
      ssrc: SSRC,
      packets: sent.length,
      octets: sent.reduce((sum, { payload }) => sum + payload.length, 0),
      rtpTimestamp: (rtp[0]!.timestamp + 450_000) % 2 ** 32,
    })
    expect(description).toEqual({ type: 'source-description', chunks: [{ ssrc: SSRC, cname: 'stream' }] })
  })

  it('says BYE once when it stops', () => {
    const { stream, rtcp } = begin()
    stream.stop()
    stream.stop()
    expect(rtcp.map(({ packet }) => control(packet).at(-1))).toEqual([
      { type: 'source-description', chunks: [{ ssrc: SSRC, cname: 'stream' }] },
      { type: 'goodbye', sources: [SSRC] },
    ])
  })
})

describePeer('ffmpeg', 'the stream as ffmpeg sees it', () => {
  it('decodes two and a half rounds of the clip without an error, each frame 40 ms after the one before', () => {
    const { clock, rtp, stream } = begin()
    clock.advance(249 * 40)
    stream.stop()
    const file = programStream(rtp)

    const decoded = runOver('ffmpeg', ['-v', 'warning', '-xerror', '-i', 'FILE', '-f', 'null', '-'], file, 'stream.ps')
    expect([decoded.stderr, decoded.status]).toEqual(['', 0])

    const entries = 'stream=codec_name,profile,width,height,nb_read_frames:frame=pts,key_frame'
    const args = ['-v', 'warning', '-count_frames', '-show_entries', entries, '-of', 'json', 'FILE']
    const probed = runOver('ffprobe', args, file, 'stream.ps')
    expect(probed.stderr).toBe('')
    const { frames, streams } = JSON.parse(probed.stdout) as {
      frames: { pts: number; key_frame: number }[]
      streams: object[]
    }
    expect(streams).toMatchObject([
      { codec_name: 'h264', profile: 'Constrained Baseline', width: 640, height: 360, nb_read_frames: '250' },
    ])
    expect(frames.map(({ pts }) => pts)).toEqual(frames.map((_, i) => 3600 * (i + 1)))
    expect(frames.filter(({ key_frame }) => key_frame === 1).length).toBe(5)
  })
})

describePeer('tshark', 'the stream as tshark sees it', () => {
  it('dissects every packet as RTP and RTCP without a malformed mark', () => {
    const { clock, rtp, rtcp, stream } = begin()
    clock.advance(6000)
    stream.stop()
    const datagrams: CapturedDatagram[] = [
      ...rtp.map(({ at, packet }) => ({ at, port: 30_000, payload: packet })),
      ...rtcp.map(({ at, packet }) => ({ at, port: 30_001, payload: packet })),
    ]
    const decodeAs = ['-d', 'udp.port==30000,rtp', '-d', 'udp.port==30001,rtcp']
    const fields = ['rtp.ssrc', 'rtp.p_type', 'rtcp.pt', 'rtcp.length_check', '_ws.malformed', '_ws.expert.message']
    const args = ['-r', 'FILE', ...decodeAs, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])]
    const { stdout } = runOver('tshark', args, pcapOf(datagrams), 'stream.pcap')
    const rows = stdout.split('\n').slice(0, -1)
    const counts = Map.groupBy(rows, (row) => row)
    const rtpRow = '0x0bebc201\t96\t\t\t\t'
    expect([...counts].map(([row, { length }]) => [row, length])).toEqual([
      [rtpRow, rtp.length],
      ['\t\t200,202\t1\t\t', 2],
      ['\t\t200,202,203\t1\t\t', 1],
    ])
  })
})
