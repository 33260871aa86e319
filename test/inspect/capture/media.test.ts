import { describe, expect, it } from 'vitest'
import { type CapturedMedia, readCapture } from '../../../src/inspect/capture/index.ts'
import { printRtp } from '../../../src/media/rtp.ts'
import { type CapturedFrame, camera, ethernet, ipv4, join, pcap, platform, udp } from './builder.ts'

const packStart = Buffer.from([0, 0, 1, 0xba, 0x44, 0, 4, 0])

interface Sent {
  readonly sequence: number
  readonly ssrc?: number
  readonly payloadType?: number
  readonly payload?: Buffer
  readonly to?: number
}

function rtp({
  sequence,
  ssrc = 100_000_001,
  payloadType = 96,
  payload = Buffer.alloc(20),
  to = 30_000,
}: Sent): Buffer {
  const packet = printRtp({ marker: false, payloadType, sequence, timestamp: sequence * 3600, ssrc }, payload)
  return ethernet(ipv4(udp(packet, 15_060, to)))
}

/** An offer of the platform's for its port 30000. */
function invite(format = '96 PS/90000'): Buffer {
  const [type = ''] = format.split(' ')
  const body = `v=0\r\no=x 0 0 IN IP4 ${platform}\r\ns=Play\r\nc=IN IP4 ${platform}\r\nt=0 0\r\nm=video 30000 RTP/AVP ${type}\r\na=rtpmap:${format}\r\n`
  const text =
    `INVITE sip:1@${camera} SIP/2.0\r\nVia: SIP/2.0/UDP ${platform};branch=z9hG4bK1\r\nFrom: <sip:2@${platform}>;tag=1\r\n` +
    `To: <sip:1@${camera}>\r\nCall-ID: i\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  return ethernet(ipv4(udp(Buffer.from(text)), { source: platform, destination: camera }))
}

const mediaOf = (frames: readonly (Buffer | CapturedFrame)[]): readonly CapturedMedia[] =>
  readCapture(pcap(frames)).media

describe('RTP in a capture', () => {
  it('packets in sequence are a stream: how many, when, and which are missing', () => {
    const frames = [1, 2, 3, 5, 6, 9].map((sequence) => rtp({ sequence }))
    expect(mediaOf(frames)).toEqual([
      {
        source: { address: camera, port: 15_060 },
        destination: { address: platform, port: 30_000 },
        ...{ ssrc: 100_000_001, payloadType: 96, packets: 6, lost: 3 },
        ...{ firstAt: 1_767_323_045_000, lastAt: 1_767_323_045_050, firstFrame: 1, lastFrame: 6 },
      },
    ])
  })

  it('each SSRC and each pair of addresses is a stream of its own', () => {
    const ways = [{}, { ssrc: 7 }, { to: 30_002 }]
    const frames = [1, 2, 3].flatMap((sequence) => ways.map((way) => rtp({ sequence, ...way })))
    expect(mediaOf(frames).map(({ ssrc, destination, packets }) => [ssrc, destination.port, packets])).toEqual([
      [100_000_001, 30_000, 3],
      [7, 30_000, 3],
      [100_000_001, 30_002, 3],
    ])
  })

  it('a single packet is none, unless a session description announced its address', () => {
    expect(mediaOf([rtp({ sequence: 1 })])).toEqual([])
    expect(mediaOf([invite(), rtp({ sequence: 1 })])).toMatchObject([{ packets: 1, lost: 0 }])
    expect(mediaOf([rtp({ sequence: 1 }), invite()])).toMatchObject([{ packets: 1 }])
  })

  it('RTCP and other datagrams are no streams', () => {
    const rtcp = ethernet(ipv4(udp(join(Buffer.from([0x80, 200, 0, 6]), Buffer.alloc(24)), 15_060, 30_000)))
    const dns = ethernet(ipv4(udp(Buffer.from('94a5010000010000000000000377777700', 'hex'), 5353, 53)))
    expect(mediaOf([invite(), rtcp, rtcp, dns, dns])).toEqual([])
  })

  it('the encoding is what the payload shows, else what was announced, else what the number means', () => {
    const pair = (sent: Omit<Sent, 'sequence'>) => [rtp({ sequence: 1, ...sent }), rtp({ sequence: 2, ...sent })]
    expect(mediaOf([invite('98 H264/90000'), ...pair({ payloadType: 98 })])).toMatchObject([{ encoding: 'H264' }])
    expect(mediaOf([invite('96 H264/90000'), ...pair({ payload: packStart })])).toMatchObject([{ encoding: 'PS' }])
    expect(mediaOf(pair({ payloadType: 8 }))).toMatchObject([{ encoding: 'PCMA' }])
    expect(mediaOf(pair({}))[0]).not.toHaveProperty('encoding')
  })

  it('a capture that kept only the headers has the streams too', () => {
    const frames = [1, 2, 3].map((sequence) => rtp({ sequence, payload: Buffer.alloc(1000) }))
    const cut = frames.map((bytes) => ({ bytes: bytes.subarray(0, 68), original: bytes.length }))
    expect(mediaOf(cut)).toMatchObject([{ packets: 3, lost: 0 }])
  })

  it('of a flood of SSRCs a bounded number is kept', () => {
    const flood = Array.from({ length: 5000 }, (_, ssrc) => [rtp({ sequence: 1, ssrc }), rtp({ sequence: 2, ssrc })])
    expect(mediaOf(flood.flat())).toHaveLength(4096)
  })
})
