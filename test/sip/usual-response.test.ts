/** A response that is taken in one pass is what the whole grammar makes of it: in all that anybody can ask. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMessage, SipResponse } from '../../src/sip/index.ts'
import { datagramLimits } from '../../src/sip/limits.ts'
import { usualResponse } from '../../src/sip/usual-response.ts'

type Field = readonly [string, string]

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

/** What the whole grammar is for. */
const judged: readonly Field[] = [
  ['Expires', '3600'],
  ['Record-Route', '<sip:192.0.2.9;lr>'],
  ['Event', 'presence'],
  ['Max-Forwards', '300'],
  ['Retry-After', '5 (busy)'],
  ['Route', '<sip:192.0.2.9;lr>'],
  ['u', 'presence'],
]

/** What may stand in the place of something usual, taken by the grammar or not. */
const odd = {
  start: [
    'SIP/2.0 200 ',
    'SIP/2.0 200',
    'SIP/2.0 099 OK',
    'SIP/2.0 700 OK',
    'SIP/2.0 2000 OK',
    'SIP/2.1 200 OK',
    'sip/2.0 200 OK',
  ],
  Via: [
    'SIP/2.0/TCP cam;branch=z9hG4bK1;received=192.0.2.2',
    'SIP/2.0/UDP 192.0.2.1:5060;rport=5061;received=192.0.2.2;branch=z9hG4bK1',
    'SIP/2.0/UDP 192.0.2.1:5060;branch=',
    'SIP/2.0/UDP 192.0.2.1:5060;branch;branch=z9hG4bK1',
    'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;branch=z9hG4bK2',
    'SIP/2.0/UDP 192.0.2.1:5060;Branch=z9hG4bK1',
    'SIP/2.0/UDP 192.0.2.1:65536;branch=z9hG4bK1',
    'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.3',
    'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;',
    'SIP/2.0/UDP 192.0.2.1:5060;;branch=z9hG4bK1',
    'SIP/2.0/TLS 192.0.2.1',
    'SIP/3.0/UDP 192.0.2.1',
    'SIP/2.0/UDP [::1]:5060',
    'SIP/2.0/UDP ',
  ],
  address: [
    '<sip:3402@3402000000>',
    '<sip:3402@3402000000>;tag=',
    '<sip:3402@3402000000>;tag=a;x=y',
    '<sip:3402@3402000000>;expires=60',
    '<sip:3402@3402000000:66000>',
    '<sip:3402000000>',
    'sip:3402@3402000000;tag=1',
    '"Cam" <sip:3402@3402000000>;tag=1',
    '<sip:3402@3402000000>, <sip:3403@3402000000>',
    '<sip:3402@3402000000',
    '*',
  ],
  'Call-ID': ['', 'a b', 'a@192.0.2.1', '\xc4'],
  CSeq: ['1', '1  INVITE', '01 BYE', '4294967296 INVITE', '1 invite', '1 PUBLISH', '1 INVITES', 'x INVITE', '1 ACK'],
  number: ['-1', '4294967296', '99999999999', '1 ', 'x'],
}

const oddOf = (name: string): readonly string[] => {
  if (name === 'From' || name === 'To' || name === 'Contact') return odd.address
  if (name === 'Expires' || name === 'Content-Length') return odd.number
  return name === 'Via' || name === 'Call-ID' || name === 'CSeq' ? odd[name] : ['a\tb', 'a\rb', '\0', '\x7f']
}

const rarely = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: odd })

const compact = {
  Via: 'v',
  From: 'f',
  To: 't',
  'Call-ID': 'i',
  Contact: 'm',
  'Content-Type': 'c',
  'Content-Length': 'l',
}

const lineOf = (name: string, value: string) => {
  const spelling = rarely(
    fc.constant(`${name}: `),
    fc.constantFrom(
      ...[`${name}:`, `${name} : `, `${name.toLowerCase()}: `, `${name.toUpperCase()}:  `, `${name}`, `${name}:\r\n `],
      ...[`${compact[name as keyof typeof compact] ?? 'x'}: `, `\x80${name}: `, ` ${name}: `],
    ),
  )
  const end = rarely(fc.constant('\r\n'), fc.constantFrom('\n', ' \r\n', '\r\r\n', '\r', ''))
  return fc
    .tuple(spelling, rarely(fc.constant(value), fc.constantFrom(...oddOf(name))), end)
    .map((parts) => parts.join(''))
}

const body = 'v=0\r\ns=Play\r\n'

const responses = fc
  .record({
    start: rarely(
      fc.constantFrom('SIP/2.0 200 OK', 'SIP/2.0 100 Trying', 'SIP/2.0 603 \xd0'),
      fc.constantFrom(...odd.start),
    ),
    missing: rarely(fc.constant(-1), fc.nat(4)),
    further: fc.subarray([...further]),
    judged: rarely(fc.constant<Field[]>([]), fc.subarray([...judged])),
    doubled: rarely(fc.constant(-1), fc.nat(4)),
    length: rarely(
      fc.constantFrom(`${body.length}`, undefined),
      fc.constantFrom('0', '5', '99', '-1', '', '013', '9999999999'),
    ),
    moved: rarely(fc.constant(-1), fc.nat(9)),
    tail: rarely(fc.constant(''), fc.constantFrom('\r\n', 'x', '\0')),
  })
  .chain(({ start, missing, further, judged, doubled, length, moved, tail }) => {
    const fields = [...usual.filter((_, at) => at !== missing), ...judged, ...further]
    if (doubled >= 0) fields.push(usual[doubled]!)
    if (length !== undefined) fields.push(['Content-Length', length])
    if (moved >= 0) fields.splice(moved, 0, ...fields.splice(-1))
    return fc
      .tuple(...fields.map(([name, value]) => lineOf(name, value)))
      .map((lines) => `${start}\r\n${lines.join('')}\r\n${body}${tail}`)
  })

const facts = (response: SipResponse) => ({
  line: [response.status, response.reason, response.startLine],
  via: [response.branch, response.viaCount, response.viaTexts, response.vias.map(String), response.via.branch],
  params: [response.via.params.list, response.via.rport, response.via.received, response.via.wantsRport],
  addresses: [response.from, response.to, response.contact].map(
    (address) =>
      address && [`${address}`, address.tag, address.user, address.uri, address.expires, address.displayName],
  ),
  contacts: response.contacts.length,
  ids: [response.callId, response.cseq, response.expires, response.contentType, response.maxForwards],
  fields: response.fields(),
  byName: response.fields().map(({ name }) => [response.header(name), response.headers(name), response.values(name)]),
  absent: ['Record-Route', 'Retry-After', 'Supported', 'Via', 'Event', ''].map((name) => response.header(name)),
  json: response.toJSON(),
  body: response.body.toString('latin1'),
})

/** What the whole grammar makes of it: an empty line before a message is skipped, and is not usual (7.5). */
function parsedWhole(bytes: Buffer): SipResponse | undefined {
  const result = parseMessage(Buffer.concat([Buffer.from('\r\n'), bytes]))
  return result.ok === true && result.message instanceof SipResponse && result.notes.length === 0
    ? result.message
    : undefined
}

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
        expect(whole && facts(response)).toEqual(whole && facts(whole))
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
