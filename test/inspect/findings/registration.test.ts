import { describe, expect, it } from 'vitest'
import { edited, flow } from '../analysis/flow.ts'
import { deviceId, ends, Script } from '../analysis/script.ts'
import { codesIn, findingOf } from './codes.ts'

const clean = await flow()
const register = /^REGISTER/
const accepted = /^SIP\/2.0 200[\s\S]*CSeq: \d+ REGISTER/

describe('a REGISTER', () => {
  it.each([
    ['register-to-tag', register, /(To: <[^>]*>)/, '$1;tag=x'],
    ['register-expires-missing', register, /Expires: \d+\r\n/, ''],
    ['gb-version-missing', register, /X-GB-Ver: .*\r\n/, ''],
    ['device-id-invalid', register, /(From|To): <sip:\d+/g, '$1: <sip:camera1'],
    ['from-to-differ', register, /From: <sip:\d+/, 'From: <sip:34020000001110000009'],
    ['device-id-is-platform-id', register, /(From|To): <sip:\d+/g, '$1: <sip:34020000002000000001'],
    ['route-in-register', register, /Max-Forwards/, 'Route: <sip:192.0.2.10;lr>\r\nMax-Forwards'],
    ['register-answer-without-contact', accepted, /Contact: .*\r\n/, ''],
    ['date-missing', accepted, /Date: .*\r\n/, ''],
    ['registration-validity-short', accepted, /(expires=|Expires: )3600/g, '$160'],
  ] as const)('%s', (code, which, what, by) => {
    expect(codesIn(clean)).not.toContain(code)
    expect(codesIn(edited(clean, which, (text) => text.replace(what, by)))).toContain(code)
  })

  it('is refused without credentials: register-refused', () => {
    const script = new Script().request({ method: 'REGISTER', by: 'device' }).respond(404, { reason: 'Not Found' })
    expect(findingOf('register-refused', script).summary).toContain('404 Not Found')
  })

  it('comes six times within seconds: register-burst', () => {
    const script = new Script()
    for (let cseq = 1; cseq <= 5; cseq++) script.registered('r', cseq).pass(1000)
    expect(codesIn(script)).not.toContain('register-burst')
    expect(findingOf('register-burst', script.registered('r', 6)).evidence).toHaveLength(6)
  })

  it('takes the registration back: unregistered', () => {
    expect(findingOf('unregistered', clean)).toMatchObject({ severity: 'info', deviceId })
  })
})

describe('a registration', () => {
  const alive = (script: Script, times: number) => {
    for (let each = 0; each < times; each++) script.pass(60_000).keepalive()
    return script
  }

  it('runs out although the device lives: registration-expired', () => {
    const script = alive(new Script().registered('r', 1, 600), 11)
    expect(findingOf('registration-expired', script)).toMatchObject({
      deviceId,
      evidence: [{ frame: 2 }, { frame: 1 }],
    })
  })

  it('is refreshed at the last moment: refresh-late', () => {
    const script = alive(new Script().registered('r', 1, 600), 9)
      .pass(50_000)
      .registered('r', 2, 600)
    expect(findingOf('refresh-late', script).summary).toContain('10 s before the end')
    expect(codesIn(script)).not.toContain('registration-expired')
  })

  it('is refreshed too late: refresh-late and registration-expired', () => {
    const script = alive(new Script().registered('r', 1, 600), 10)
      .pass(5000)
      .registered('r', 2, 600)
    expect(findingOf('refresh-late', script).summary).toContain('5 s after the end')
    expect(codesIn(script)).toContain('registration-expired')
  })

  it('over TCP loses its connection: connection-closed, whether the end was seen or a new one only', async () => {
    const script = new Script()
    const say = (source: string, cseq: number) =>
      script
        .request({
          method: 'REGISTER',
          by: 'device',
          callId: 'r',
          cseq,
          source,
          transport: 'TCP',
          headers: { Expires: '3600' },
        })
        .respond(200)
    say('192.0.2.64:41000', 1).pass(20_000)
    const [first] = script.messages
    if (first === undefined) throw new Error('no message')
    const { source, destination } = first
    const closings = [{ frame: 9, at: script.now, how: 'reset' as const, source, destination }]
    expect(findingOf('connection-closed', { messages: script.messages, closings }).summary).toContain('frame 9')
    expect(codesIn(script)).not.toContain('connection-closed')
    expect(findingOf('connection-closed', say('192.0.2.64:41002', 2)).summary).toContain('41002')
  })

  it('is begun from scratch in the middle of a session: device-restarted', () => {
    const script = new Script().registered('before').pass(1000).invited().acknowledged().pass(5000).registered('after')
    expect(findingOf('device-restarted', script)).toMatchObject({ deviceId, callId: 'inv' })
    const later = new Script().registered('before').invited().acknowledged().hungUp().pass(5000).registered('after')
    expect(codesIn(later)).not.toContain('device-restarted')
  })
})

describe('keepalives', () => {
  it('are refused by a platform that has forgotten the device: keepalive-refused', () => {
    const script = new Script().registered().pass(60_000).keepalive(404).pass(2000).registered('again')
    expect(findingOf('keepalive-refused', script).summary).toContain('registered again 2 s later')
  })

  it('get no answer: keepalive-unanswered', () => {
    const script = new Script().registered().pass(60_000).keepalive(null).pass(60_000).keepalive()
    expect(codesIn(script)).toContain('keepalive-unanswered')
  })

  it('never come: keepalive-absent', () => {
    const script = new Script().registered().pass(200_000).request({ method: 'OPTIONS', by: 'platform' })
    expect(codesIn(script)).toContain('keepalive-absent')
    expect(codesIn(script)).not.toContain('device-vanished')
  })

  const lively = () =>
    new Script().registered().pass(60_000).keepalive().pass(60_000).keepalive().pass(60_000).keepalive()

  it('stop for good: device-vanished', () => {
    const script = lively().pass(200_000).request({ method: 'OPTIONS', by: 'platform' })
    expect(codesIn(script)).toContain('device-vanished')
    expect(codesIn(script)).not.toContain('keepalive-missed')
  })

  it('stop for good, where nothing came afterwards but the recording went on: device-vanished', () => {
    const { messages, now } = lively()
    expect(codesIn({ messages })).not.toContain('device-vanished')
    expect(codesIn({ messages, until: now + 200_000 })).toContain('device-vanished')
  })

  it('stop for a while: keepalive-missed, keepalive-irregular', () => {
    const script = lively().pass(200_000).keepalive()
    expect(codesIn(script)).toEqual(expect.arrayContaining(['keepalive-missed', 'keepalive-irregular']))
    expect(codesIn(script)).not.toContain('device-vanished')
  })

  it('stop again and again: device-flapping', () => {
    const script = lively().pass(200_000).keepalive()
    expect(codesIn(script)).not.toContain('device-flapping')
    expect(codesIn(script.pass(60_000).keepalive().pass(200_000).keepalive())).toContain('device-flapping')
  })

  it('come from another port than before: device-address-changed', () => {
    const script = new Script().registered().pass(1000)
    script.request({ method: 'REGISTER', by: 'device', callId: 'reg', cseq: 2, source: '192.0.2.64:6000' }).respond(200)
    expect(findingOf('device-address-changed', script).summary).toContain(`${ends.device}, and then at 192.0.2.64:6000`)
  })
})
