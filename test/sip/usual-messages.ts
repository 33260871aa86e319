/** Messages in the form that is read in one pass, and all kinds that are nearly so; and what can be asked of one. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseMessage, SipRequest, type SipResponse } from '../../src/sip/index.ts'
import { datagramLimits, type SipLimits } from '../../src/sip/limits.ts'

export type Field = readonly [string, string]

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
    'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport',
    'SIP/2.0/UDP 192.0.2.1:5060;rport;rport;branch=z9hG4bK1',
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
  CSeq: [
    '1',
    '1  INVITE',
    '01 BYE',
    '4294967296 INVITE',
    '1 invite',
    '1 PUBLISH',
    '1 INVITES',
    'x INVITE',
    '1 ACK',
    '7 REGISTER',
  ],
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

export interface Kind {
  /** Start lines that are usual, and some that are not. */
  readonly starts: readonly string[]
  readonly oddStarts: readonly string[]
  /** The fields that are always there, in their order. */
  readonly usual: readonly Field[]
  /** Of those that may be there, in their order. */
  readonly further: readonly Field[]
}

export const messages = ({ starts, oddStarts, usual, further }: Kind) =>
  fc
    .record({
      start: rarely(fc.constantFrom(...starts), fc.constantFrom(...oddStarts)),
      missing: rarely(fc.constant(-1), fc.nat(4)),
      further: fc.subarray([...further]),
      judged: rarely(fc.constant<Field[]>([]), fc.subarray([...judged])),
      doubled: rarely(fc.constant(-1), fc.nat(usual.length + further.length - 1)),
      length: rarely(
        fc.constantFrom(`${body.length}`, undefined),
        fc.constantFrom('0', '5', '99', '-1', '', '013', '9999999999'),
      ),
      moved: rarely(fc.constant(-1), fc.nat(9)),
      tail: rarely(fc.constant(''), fc.constantFrom('\r\n', 'x', '\0')),
    })
    .chain(({ start, missing, further: chosen, judged, doubled, length, moved, tail }) => {
      const fields = [...usual.filter((_, at) => at !== missing), ...judged, ...chosen]
      if (doubled >= 0) fields.push([...usual, ...further][doubled]!)
      if (length !== undefined) fields.push(['Content-Length', length])
      if (moved >= 0) fields.splice(moved, 0, ...fields.splice(-1))
      return fc
        .tuple(...fields.map(([name, value]) => lineOf(name, value)))
        .map((lines) => `${start}\r\n${lines.join('')}\r\n${body}${tail}`)
    })

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

export const usualRequests: Kind = {
  starts: [
    'INVITE sip:34020000002000000001@3402000000 SIP/2.0',
    'INVITE sip:34020000001320000001@192.0.2.64:5060 SIP/2.0',
  ],
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
}

/** All that anybody can ask of a message, whatever it is. */
const factsOf = (message: SipRequest | SipResponse) => ({
  line: [
    message.startLine,
    ...(message instanceof SipRequest ? [message.method, message.requestUri] : [message.status, message.reason]),
  ],
  via: [message.branch, message.viaCount, message.viaTexts, message.vias.map(String), message.via.branch],
  params: [message.via.params.list, message.via.rport, message.via.received, message.via.wantsRport],
  addresses: [message.from, message.to, message.contact].map(
    (address) =>
      address && [`${address}`, address.tag, address.user, address.uri, address.expires, address.displayName],
  ),
  contacts: message.contacts.length,
  ids: [message.callId, message.cseq, message.expires, message.contentType, message.maxForwards],
  fields: message.fields(),
  byName: message.fields().map(({ name }) => [message.header(name), message.headers(name), message.values(name)]),
  absent: ['Record-Route', 'Retry-After', 'Supported', 'Via', 'Event', 'Authorization', 'x-gb-ver', ''].map((name) => [
    message.header(name),
    message.headers(name),
  ]),
  json: message.toJSON(),
  body: message.body.toString('latin1'),
})

/** What the whole grammar makes of it: an empty line before a message is skipped, and is not usual (7.5). */
function parsedWhole(bytes: Buffer): SipRequest | SipResponse | undefined {
  const result = parseMessage(Buffer.concat([Buffer.from('\r\n'), bytes]))
  return result.ok === true && result.notes.length === 0 ? result.message : undefined
}

/**
 * That what `read` takes is what the whole grammar makes of it, and that it takes what is usual and keeps to its limits.
 *
 * @param more that is asked of a message, beside all that is asked of each
 */
export function isHeldToTheGrammar<M extends SipRequest | SipResponse>(
  kind: Kind,
  read: (bytes: Buffer, limits: SipLimits) => M | undefined,
  more: (message: M) => unknown = () => undefined,
): void {
  const [start] = kind.starts
  const lines = kind.usual.map(([name, value]) => `${name}: ${value}\r\n`).join('')

  it('is what the whole grammar makes of it', () => {
    let taken = 0
    fc.assert(
      fc.property(messages(kind), (text) => {
        const bytes = Buffer.from(text, 'latin1')
        const message = read(bytes, datagramLimits)
        if (message === undefined) return
        taken++
        const whole = parsedWhole(bytes)
        expect(whole && factsOf(message)).toEqual(whole && factsOf(whole))
        expect(whole && more(message)).toEqual(whole && more(whole as M))
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
  ])('is taken %s', (_, further, body = '') => {
    const text = `${start}\r\n${lines}${further}\r\n${body}`
    expect(read(Buffer.from(text, 'latin1'), datagramLimits)?.branch).toBe('z9hG4bK0123456789abcdef')
  })

  it('keeps to the limits', () => {
    const bytes = Buffer.from(`${start}\r\n${lines}\r\n`, 'latin1')
    const taken = (limits: Partial<SipLimits>) => read(bytes, { ...datagramLimits, ...limits }) !== undefined
    const { length } = bytes
    expect([taken({}), taken({ message: length }), taken({ head: length })]).toEqual([true, true, true])
    expect([
      taken({ message: length - 1 }),
      taken({ head: length - 1 }),
      taken({ line: 40 }),
      taken({ headers: 4 }),
    ]).toEqual([false, false, false, false])
  })
}
