import { describe, expect, it } from 'vitest'
import { plain, plainFields } from '../../../src/inspect/bridge/plain.ts'
import { parseMessage } from '../../../src/sip/parse.ts'

describe('what machines hold is shown', () => {
  it('as it is, where it is plain', () => {
    const value = { text: 'online', count: 3, yes: true, nothing: null, list: [1, 'two', { three: 3 }] }
    expect(plain(value)).toEqual(value)
  })

  it.each([
    ['a password by its key', { devicePassword: 'Pass1234' }],
    ['a password that is an object', { password: { value: 'Pass1234' } }],
    ['credentials', { authorization: 'Digest username="x", response="Pass1234"' }],
    ['HA1', { secret: { ha1: 'Pass1234' } }],
    ['a password in a URI', { contact: 'sip:34020000001110000001:Pass1234@10.0.0.1' }],
    ['a password in XML', ['<Notify><Password>Pass1234</Password></Notify>']],
    ['a digest response in a text', 'Authorization: Digest response="Pass1234"'],
    ['bytes', { body: Buffer.from('Pass1234') }],
    ['an error that tells', new Error('refused: password=Pass1234')],
    [
      'an object of a class',
      new (class Credentials {
        readonly key = 'Pass1234'
      })(),
    ],
  ])('without %s', (_, value) => {
    expect(JSON.stringify(plain(value))).not.toContain('Pass1234')
    expect(JSON.stringify(plainFields({ value }))).not.toContain('Pass1234')
  })

  it('of a SIP message by what identifies it', () => {
    const lines = [
      'REGISTER sip:34020000002000000001@3402000000 SIP/2.0',
      'Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1',
      'From: <sip:34020000001110000001@3402000000>;tag=1',
      'To: <sip:34020000001110000001@3402000000>',
      'Call-ID: abc',
      'CSeq: 2 REGISTER',
      'Authorization: Digest username="u", realm="r", nonce="n", uri="sip:x", response="0123456789abcdef"',
      'Content-Length: 8',
    ]
    const parsed = parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\nPass1234`))
    if (parsed.ok !== true) throw new Error('not parsed')
    expect(plain({ message: parsed.message })).toEqual({
      message: {
        startLine: lines[0],
        callId: 'abc',
        cseq: '2 REGISTER',
        from: '34020000001110000001',
        to: '34020000001110000001',
      },
    })
  })

  it('in bounded size, and to an end where it goes in circles', () => {
    const round: { self?: unknown } = {}
    round.self = round
    const value = { long: 'x'.repeat(1e6), many: Array.from({ length: 1e5 }, (_, index) => index), round }
    expect(JSON.stringify(plain(value)).length).toBeLessThan(5000)
    expect(JSON.stringify(plain(round))).toContain('…')
  })

  it('as JSON can say it', () => {
    expect(plain({ never: Number.NaN, big: 3n, what: undefined, run: () => 1, at: new Date(0) })).toEqual({
      never: 'NaN',
      big: '3',
      at: '(Date)',
    })
  })
})
