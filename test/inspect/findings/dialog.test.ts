import { describe, expect, it } from 'vitest'
import { edited, flow, moved } from '../analysis/flow.ts'
import { deviceId, Script } from '../analysis/script.ts'
import { codesIn, findingOf } from './codes.ts'

const play = async (pair: Parameters<NonNullable<NonNullable<Parameters<typeof flow>[0]>['story']>>[0]) => {
  await pair.ready()
  await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId })).catch(() => {})
  await pair.pass(60_000)
}
const faulty = (fault: string) => flow({ device: { faults: [fault] }, story: play })
const answered = () => new Script().registered().invited()

describe('the ACK', () => {
  it('does not arrive, so that the 200 is repeated: ack-missing (the device fault drop-ack)', async () => {
    expect(findingOf('ack-missing', await faulty('drop-ack'))).toMatchObject({ severity: 'error', deviceId })
  })

  it('was never sent: ack-missing', () => {
    expect(codesIn(answered().pass(500).again())).toContain('ack-missing')
    expect(codesIn(answered())).not.toContain('ack-missing')
  })

  it('goes to another address than the 200 came from: ack-misaddressed', () => {
    const script = answered().acknowledged({ destination: '10.0.0.5:5060' })
    expect(findingOf('ack-misaddressed', script).summary).toContain('10.0.0.5:5060')
  })

  it('has another CSeq than the INVITE: ack-cseq-differs', () => {
    const { messages } = answered().acknowledged()
    expect(codesIn(messages)).not.toContain('ack-cseq-differs')
    expect(codesIn(edited(messages, /^ACK/, (text) => text.replace('CSeq: 1', 'CSeq: 2')))).toContain(
      'ack-cseq-differs',
    )
  })
})

describe('the answer to an INVITE', () => {
  const invite = () => new Script().request({ method: 'INVITE', by: 'platform', callId: 'inv', branch: 'z9hG4bKi' })
  const cancel = { method: 'CANCEL', by: 'platform', callId: 'inv', branch: 'z9hG4bKi' } as const

  it.each([
    ['invite-refused', 486],
    ['sdp-refused', 415],
    ['sdp-refused', 488],
  ])('%s: %i', (code, status) => {
    const script = invite().respond(status).acknowledged({ branch: 'z9hG4bKi' })
    expect(codesIn(script)).toEqual([code])
  })

  it('stops at 100: silent-after-trying (the device fault silent-after-100)', async () => {
    expect(findingOf('silent-after-trying', await faulty('silent-after-100'))).toMatchObject({
      severity: 'error',
      deviceId,
    })
  })

  it('crosses the CANCEL: answered-after-cancel', () => {
    const script = invite().respond(100).pass(100).request(cancel).respond(200, {}, 'INVITE')
    expect(codesIn(script)).toContain('answered-after-cancel')
  })

  it('has not begun when the CANCEL goes out: cancel-too-early', () => {
    expect(codesIn(invite().request(cancel).respond(200))).toContain('cancel-too-early')
    expect(codesIn(invite().respond(100).request(cancel).respond(200))).not.toContain('cancel-too-early')
  })

  it.each([
    ['answer-without-contact', /Contact: .*\r\n/],
    ['answer-without-tag', /;tag=t1/],
  ])('%s', (code, what) => {
    const { messages } = answered().acknowledged()
    expect(codesIn(messages)).not.toContain(code)
    const changed = edited(messages, /^SIP\/2.0 200[\s\S]*INVITE/, (text) => text.replace(what, ''))
    expect(codesIn(changed)).toContain(code)
  })
})

describe('a session', () => {
  const running = () => answered().acknowledged().pass(5000)

  it('is ended by the device: bye-by-device', () => {
    expect(codesIn(running().hungUp('device'))).toContain('bye-by-device')
    expect(codesIn(running().hungUp('platform'))).not.toContain('bye-by-device')
  })

  it('is not known to the other side any more: bye-unknown-dialog', () => {
    expect(codesIn(running().hungUp('platform', 481))).toContain('bye-unknown-dialog')
  })

  it('is ended by a BYE that nobody answers: bye-unanswered', () => {
    expect(codesIn(running().hungUp('platform', null).pass(33_000).keepalive())).toContain('bye-unanswered')
  })

  it('is still up: session-not-ended; begun again without a BYE: bye-missing', () => {
    expect(codesIn(running())).toContain('session-not-ended')
    expect(codesIn(running())).not.toContain('bye-missing')
    const offer =
      'v=0\r\no=x 0 0 IN IP4 192.0.2.10\r\ns=Play\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=video 30002 RTP/AVP 96\r\ny=0200000002\r\n'
    const script = running().invited({ callId: 'second', offer })
    expect(codesIn(script)).toContain('bye-missing')
  })
})

describe('addresses of a dialog', () => {
  it('of an ACK to the right place are no finding, also behind a NAT that shows another port', () => {
    const messages = moved(
      answered().acknowledged().messages,
      () => true,
      ({ source, destination }) => ({
        source: source.port === 5060 && source.address === '192.0.2.64' ? { ...source, port: 6111 } : source,
        destination: destination.address === '192.0.2.64' ? { ...destination, port: 6111 } : destination,
      }),
    )
    expect(codesIn(messages)).not.toContain('ack-misaddressed')
  })
})
