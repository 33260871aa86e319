/** A request that is taken in one pass is what the whole grammar makes of it: in all that anybody can ask. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { responseTo, type SipRequest } from '../../src/sip/index.ts'
import { datagramLimits } from '../../src/sip/limits.ts'
import { usualRequest } from '../../src/sip/usual-request.ts'
import { body, type Field, factsOf, messages, parsedWhole } from './usual-messages.ts'

const start = 'INVITE sip:34020000002000000001@3402000000 SIP/2.0'

const usual: readonly Field[] = [
  ['Via', 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK0123456789abcdef'],
  ['From', '<sip:34020000001320000001@3402000000>;tag=a1'],
  ['To', '<sip:34020000002000000001@3402000000>'],
  ['Call-ID', '0123456789abcdef@192.0.2.64'],
  ['CSeq', '1 INVITE'],
]

const further: readonly Field[] = [
  ['Contact', '<sip:34020000001320000001@192.0.2.64:5060>'],
  ['Authorization', 'Digest username="34020000001320000001", realm="3402000000", nonce="0", uri="sip:x", response="0"'],
  ['User-Agent', 'IP Camera'],
  ['Content-Type', 'APPLICATION/SDP'],
  ['X-GB-Ver', '3.0'],
  ['X-RegID', '\xb4\xf3'],
  ['Max-Forwards', '70'],
  ['Subject', ''],
  ['Expires', '3600'],
  ['Supported', '100rel'],
  ['Supported', 'timer'],
]

const answerTo = (request: SipRequest) =>
  responseTo(request, { status: 200, toTag: 'c3', source: { address: '192.0.2.65', port: 5070 } })

const requests = messages({
  starts: [start, 'INVITE sip:34020000001320000001@192.0.2.64:5060 SIP/2.0'],
  oddStarts: [
    'INVITE sip:34020000001320000001 SIP/2.0',
    'INVITE sip:34020000001320000001@192.0.2.64:66000 SIP/2.0',
    'INVITE sip:34020000001320000001@192.0.2.64;transport=tcp SIP/2.0',
    'INVITE tel:110 SIP/2.0',
    'invite sip:3402@3402000000 SIP/2.0',
    'INVITE  sip:3402@3402000000 SIP/2.0',
    'INVITE sip:3402@3402000000 SIP/2.0 ',
    'INVITE sip:3402@3402000000 SIP/2.1',
    'INVITE sip:3402@3402000000 sip/2.0',
    'PUBLISH sip:3402@3402000000 SIP/2.0',
    'REGISTER sip:3402000000 SIP/2.0',
    'SIP/2.0 200 OK',
  ],
  usual,
  further,
})

describe('a usual request', () => {
  it('is what the whole grammar makes of it', () => {
    let taken = 0
    fc.assert(
      fc.property(requests, (text) => {
        const bytes = Buffer.from(text, 'latin1')
        const request = usualRequest(bytes, datagramLimits)
        if (request === undefined) return
        taken++
        const whole = parsedWhole(bytes)
        expect(whole && factsOf(request)).toEqual(whole && factsOf(whole))
        expect(whole && answerTo(request)).toBe(whole && answerTo(whole as SipRequest))
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
    const text = `${start}\r\n${lines}${more}\r\n${body}`
    expect(usualRequest(Buffer.from(text, 'latin1'), datagramLimits)?.branch).toBe('z9hG4bK0123456789abcdef')
  })

  it('keeps to the limits', () => {
    const lines = usual.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const bytes = Buffer.from(`${start}\r\n${lines}\r\n`, 'latin1')
    const taken = (limits: Partial<typeof datagramLimits>) =>
      usualRequest(bytes, { ...datagramLimits, ...limits }) !== undefined
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
