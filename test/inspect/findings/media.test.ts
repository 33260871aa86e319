import { describe, expect, it } from 'vitest'
import { edited, flow, stream } from '../analysis/flow.ts'
import { ends, Script, sdp } from '../analysis/script.ts'
import { codesIn, findingOf, withMedia } from './codes.ts'

const call = (answer?: string, offer?: string) =>
  new Script()
    .registered()
    .invited({ ...(answer !== undefined && { answer }), ...(offer !== undefined && { offer }) })
    .acknowledged()

const agreed = 200_000_001
const media = (parts: Partial<Parameters<typeof stream>[0]> & { script: Script }) => {
  const { script, ...rest } = parts
  return stream({ firstAt: script.now + 50, ssrc: agreed, source: { address: '192.0.2.64', port: 15_060 }, ...rest })
}

describe('media', () => {
  it('as agreed is no finding', () => {
    const script = call()
    const clean = withMedia(
      script.pass(60).keepalive(),
      media({ script, firstAt: script.now - 30, lastAt: script.now }),
    )
    expect(codesIn(clean)).toEqual(['session-not-ended'])
  })

  it('does not come although the records would show it: no-media', () => {
    const script = call().pass(5000).keepalive()
    expect(findingOf('no-media', withMedia(script)).severity).toBe('error')
    // Records without media prove nothing by its absence.
    expect(codesIn(script)).not.toContain('no-media')
  })

  it('does not come, and the platform gives up: no-media (the device fault no-media), also in a capture without RTP', async () => {
    const story = async (pair: Parameters<NonNullable<NonNullable<Parameters<typeof flow>[0]>['story']>>[0]) => {
      await pair.ready()
      await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId })).catch(() => {})
    }
    const messages = await flow({ device: { faults: ['no-media'] }, story })
    expect(findingOf('no-media', messages).summary).toContain('10 s after its ACK')
  })

  it('stops in the middle: media-stopped', () => {
    const script = call().pass(60_000)
    const began = { script, firstAt: script.now - 59_900 }
    script.hungUp()
    expect(
      findingOf('media-stopped', withMedia(script, media({ ...began, lastAt: script.now - 30_000 }))).summary,
    ).toBe('Media flowed for 30 s, and no more came in the 30 s until the BYE.')
    expect(codesIn(withMedia(script, media({ ...began, lastAt: script.now - 100 })))).not.toContain('media-stopped')
    expect(codesIn(withMedia(script, media({ ...began, packets: 1 })))).not.toContain('media-stopped')
    const told = media({ ...began, packets: 1, stoppedAt: script.now - 20_000 })
    expect(findingOf('media-stopped', withMedia(script, told)).summary).toContain('Media flowed for 40 s')
  })

  it('begins late: media-late', () => {
    const script = call()
    const late = media({ script, firstAt: script.now + 6000 })
    expect(codesIn(withMedia(script, late))).toContain('media-late')
  })

  it('has another SSRC: ssrc-rtp-differs', () => {
    const script = call()
    expect(findingOf('ssrc-rtp-differs', withMedia(script, media({ script, ssrc: 7 }))).summary).toContain(
      '0000000007, agreed was 0200000001',
    )
    expect(codesIn(withMedia(script, media({ script })))).not.toContain('ssrc-rtp-differs')
  })

  it('has SSRC 0, or the answer has: ssrc-zero', () => {
    const script = call()
    expect(codesIn(withMedia(script, media({ script, ssrc: 0 })))).toContain('ssrc-zero')
    expect(codesIn(call(sdp(ends.device, 15_060, '0000000000')))).toContain('ssrc-zero')
  })

  it('is judged by the SSRC of the answer: ssrc-answer-differs, and no ssrc-rtp-differs', () => {
    const script = call(sdp(ends.device, 15_060, '0200000125'))
    const codes = codesIn(withMedia(script, media({ script, ssrc: 200_000_125 })))
    expect(codes).toContain('ssrc-answer-differs')
    expect(codes).not.toContain('ssrc-rtp-differs')
  })

  it('comes from another address than announced: media-from-elsewhere', () => {
    const script = call()
    const elsewhere = media({ script, source: { address: '198.51.100.7', port: 15_060 } })
    expect(codesIn(withMedia(script, elsewhere))).toContain('media-from-elsewhere')
  })

  it('is lost on the way: media-lossy', () => {
    const script = call()
    expect(findingOf('media-lossy', withMedia(script, media({ script, packets: 90, lost: 10 }))).summary).toContain(
      '(10 %)',
    )
    expect(codesIn(withMedia(script, media({ script, packets: 990, lost: 1 })))).not.toContain('media-lossy')
  })

  it('goes on after the BYE: media-after-bye', () => {
    const script = call().pass(5000).hungUp()
    const began = { script, firstAt: script.now - 4000 }
    expect(codesIn(withMedia(script, media({ ...began, lastAt: script.now + 3000 })))).toContain('media-after-bye')
    expect(codesIn(withMedia(script, media({ ...began, lastAt: script.now + 500 })))).not.toContain('media-after-bye')
  })
})

describe('an answer', () => {
  it.each([
    ['ssrc-missing', sdp(ends.device, 15_060, '')],
    ['media-port-zero', sdp(ends.device, 0, '0200000001')],
    ['sdp-address-unroutable', sdp('127.0.0.1:1', 15_060, '0200000001')],
    ['sdp-without-final-crlf', sdp(ends.device, 15_060, '0200000001', { tail: '' })],
    ['sdp-malformed', 'hello'],
    ['media-encoding-private', sdp(ends.device, 15_060, '0200000001', { map: 'HIKVISION/90000' })],
  ])('%s', (code, answer) => {
    expect(codesIn(call())).not.toContain(code)
    expect(codesIn(call(answer))).toContain(code)
  })

  it('has no description: answer-without-sdp', () => {
    const bare = edited(call().messages, /^SIP\/2.0 200[\s\S]*INVITE/, (text) =>
      text.replace(/\r\n\r\n[\s\S]*/, '\r\n\r\n'),
    )
    expect(codesIn(bare)).toContain('answer-without-sdp')
  })

  it('with a private address from a public one is behind a NAT; among private ones it is not', () => {
    expect(codesIn(call(sdp('192.168.1.64:1', 15_060, '0200000001')))).toContain('sdp-address-unroutable')
    const { messages } = call(sdp('192.168.1.64:1', 15_060, '0200000001'))
    const local = messages.map((message) => ({
      ...message,
      source: { ...message.source, address: message.source.address.replace('192.0.2', '192.168.2') },
      destination: { ...message.destination, address: message.destination.address.replace('192.0.2', '192.168.2') },
    }))
    expect(codesIn(local)).not.toContain('sdp-address-unroutable')
  })
})
