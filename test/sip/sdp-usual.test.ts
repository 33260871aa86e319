/** The quick way through a usual description comes to what the whole grammar comes to: on everything it takes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSdp, printSdp } from '../../src/sip/sdp.ts'
import { mediaIn, mediaOf, playOffer, playOfferText } from '../../src/sip/sdp-gb.ts'
import { usualMedia } from '../../src/sip/sdp-usual.ts'

const usual = [
  'v=0',
  'o=34020000001320000001 0 0 IN IP4 192.168.1.64',
  's=Play',
  'c=IN IP4 192.168.1.64',
  't=0 0',
  'm=video 15060 RTP/AVP 96 97',
  'a=sendonly',
  'a=rtpmap:97 H264/90000',
  'a=rtpmap:96 PS/90000',
  'y=0200000001',
  'f=v/2/6/25/2/4096a/1/8/1',
]

const odd = [
  ...['v=1', 'c=IN IP6 ::1', 'c=IN IP4 10.0.0.1', 'c=IN IP4', 'c=IN IP4 10.0.0.1 ', 'C=IN IP4 1.1.1.1'],
  ...['m=audio 9 RTP/AVP 8', 'm=video 0 RTP/AVP 96', 'm=video 65536 RTP/AVP 96', 'm=video 9 TCP/RTP/AVP 96'],
  ...['m=video 9 RTP/AVP', 'm=video  9 RTP/AVP 96', 'm=video 9/2 RTP/AVP 96', 'm=video 000009 RTP/AVP 96', 'm=video'],
  ...['m=image 9 RTP/AVP 96', 'm=video 9 RTP/AVP 096', 'm=video 9 RTP/AVP 1234', 'm=video 9 RTP/AVP 96\t97'],
  ...['a=setup:active', 'a=Setup:passive', 'a=sendrecv', 'a=recvonly', 'a=RTPMAP:96 X/1', 'a=rtpmap:96', 'a=rtcp:9'],
  ...['a=rtpmap:96 PS', 'a=rtpmap:96 PS/90000/1', 'a=rtpmap:96  PS/9', 'a=rtpmap: 96 PS/9', 'a=rtpmap:96 PS/'],
  ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:96 H264/1', 'a=rtpmap:96 PS/1234567890', 'a=', 'a', 'a=streamnumber:0'],
  ...['y=0', 'y=', 'y=4294967296', 'y=12345678901', 'y= 1', 'y=1 ', 'y=abc', 'f=', 'u=1:2', 'b=AS:1', '', ' '],
  ...['x', '=', '1=2', 's=\xc4\xe3', 's=\x81', 'i=\xc4', 't=0\r0', 't=0\n0', 'a=x\0', '\0'],
]

const texts = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...odd), fc.boolean()), { maxLength: 4 }),
    fc.oneof({ weight: 8, arbitrary: fc.constant('\r\n') }, fc.constantFrom('\n', '\r', '\n\r')),
    fc.oneof({ weight: 4, arbitrary: fc.constant('\r\n') }, fc.constantFrom('', '\n', '\0', ' ')),
  )
  .map(([changes, between, last]) => {
    const lines = [...usual]
    for (const [at, line, instead] of changes) lines.splice(at % (lines.length + 1), instead ? 1 : 0, line)
    return lines.join(between) + last
  })

function bySdp(body: Buffer) {
  const parsed = parseSdp(body)
  return parsed.ok ? mediaOf(parsed.sdp) : undefined
}

describe('the usual description', () => {
  it('is taken', () =>
    expect(usualMedia(`${usual.join('\r\n')}\r\n`)).toEqual({
      kind: 'video',
      port: 15_060,
      transport: 'udp',
      address: '192.168.1.64',
      payloadType: 96,
      encodingName: 'PS',
      clockRate: 90_000,
      ssrcText: '0200000001',
      ssrc: 200_000_001,
    }))

  it('means what the whole grammar makes of it, however it is changed', () => {
    let taken = 0
    fc.assert(
      fc.property(texts, (text) => {
        const body = Buffer.from(text, 'latin1')
        const quick = usualMedia(text)
        if (quick !== undefined) taken += 1
        if (quick !== undefined) expect(quick).toEqual(bySdp(body))
        expect(mediaIn(body)).toEqual(bySdp(body))
      }),
      // Of which some 2,200 are taken.
      { numRuns: 10_000 },
    )
    expect(taken).toBeGreaterThan(1000)
  })
})

it.each(['192.0.2.20', '2001:db8::1'])('an offer is the same written at once, to %s', (address) => {
  const offer = { id: '34020000002000000001', address, port: 30_000, ssrc: '0200000001' }
  expect(playOfferText(offer)).toBe(printSdp(playOffer({ ...offer, transport: 'udp' })))
})
