/** A response that is taken in one pass is what the whole grammar makes of it: in all that anybody can ask. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { datagramLimits } from '../../src/sip/limits.ts'
import { usualResponse } from '../../src/sip/usual-response.ts'
import { body, type Field, factsOf, messages, parsedWhole } from './usual-messages.ts'

const usual: readonly Field[] = [
  ['Via', 'SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK0123456789abcdef'],
  ['From', '<sip:34020000002000000001@3402000000>;tag=a1'],
  ['To', '<sip:34020000001320000001@3402000000>;tag=b2'],
  ['Call-ID', '0123456789abcdef'],
  ['CSeq', '1 INVITE'],
]

const further: readonly Field[] = [
  ['Contact', '<sip:34020000001320000001@192.0.2.64:5060>'],
  ['User-Agent', 'IP Camera'],
  ['Content-Type', 'APPLICATION/SDP'],
  ['Server', '\xb4\xf3\xbb\xaa'],
  ['Subject', ''],
  ['X-GB-Ver', '3.0'],
]

const responses = messages({
  starts: ['SIP/2.0 200 OK', 'SIP/2.0 100 Trying', 'SIP/2.0 603 \xd0'],
  oddStarts: [
    'SIP/2.0 200 ',
    'SIP/2.0 200',
    'SIP/2.0 099 OK',
    'SIP/2.0 700 OK',
    'SIP/2.0 2000 OK',
    'SIP/2.1 200 OK',
    'sip/2.0 200 OK',
  ],
  usual,
  further,
})

describe('a usual response', () => {
  it('is what the whole grammar makes of it', () => {
    let taken = 0
    fc.assert(
      fc.property(responses, (text) => {
        const bytes = Buffer.from(text, 'latin1')
        const response = usualResponse(bytes, datagramLimits)
        if (response === undefined) return
        taken++
        const whole = parsedWhole(bytes)
        expect(whole && factsOf(response)).toEqual(whole && factsOf(whole))
        expect(whole).toBeDefined()
      }),
      { numRuns: 20_000 },
    )
    expect(taken).toBeGreaterThan(2000)
  })

  it.each([
    ['as it came', ''],
    ['with what a device says of itself', 'User-Agent: IP Camera\r\nDate: 2026-11-26T18:04:50.000\r\n'],
    [
      'with a body',
      'Contact: <sip:3402@192.0.2.64:5060>\r\nContent-Type: APPLICATION/SDP\r\nContent-Length:   13\r\n',
      body,
    ],
  ])('is taken %s', (_, more, body = '') => {
    const lines = usual.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const text = `SIP/2.0 200 OK\r\n${lines}${more}\r\n${body}`
    expect(usualResponse(Buffer.from(text, 'latin1'), datagramLimits)?.branch).toBe('z9hG4bK0123456789abcdef')
  })

  it('keeps to the limits', () => {
    const lines = usual.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const bytes = Buffer.from(`SIP/2.0 200 OK\r\n${lines}\r\n`, 'latin1')
    const taken = (limits: Partial<typeof datagramLimits>) =>
      usualResponse(bytes, { ...datagramLimits, ...limits }) !== undefined
    const { length } = bytes
    expect([taken({}), taken({ message: length }), taken({ head: length })]).toEqual([true, true, true])
    expect([
      taken({ message: length - 1 }),
      taken({ head: length - 1 }),
      taken({ line: 40 }),
      taken({ headers: 4 }),
    ]).toEqual([false, false, false, false])
  })
})
