import { describe, expect, it } from 'vitest'
import {
  parseMessage,
  printMessage,
  printRequest,
  printResponse,
  type Rejection,
  responseTo,
  responseToRejection,
  statelessTag,
  toWire,
} from '../../src/sip/index.ts'
import { printOwnRequest } from '../../src/sip/print.ts'
import { meaning, messageBytes, parsed, parsedRequest, parsedResponse, rejected } from './support.ts'

const source = { address: '203.0.113.9', port: 40_000 }
const lineOf = (wire: string | undefined, name: string) =>
  wire?.split('\r\n').find((line) => line.startsWith(`${name}:`))

describe('printing', () => {
  it('computes Content-Length from the bytes and prints it last, whatever was given', () => {
    const body = Buffer.from('摄像机', 'utf8')
    const headers = [
      { name: 'l', value: '1' },
      { name: 'Via', value: 'SIP/2.0/UDP h' },
    ]
    const wire = printRequest({ method: 'MESSAGE', uri: 'sip:a@h', headers, body })
    expect(wire).toBe(
      `MESSAGE sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nContent-Length: 9\r\n\r\n${body.toString('latin1')}`,
    )
  })

  it('uses the phrase of the standard, that of the class, or the given one', () => {
    const line = (status: number, reason?: string) => printResponse({ status, reason, headers: [] }).split('\r\n')[0]
    expect(line(489)).toBe('SIP/2.0 489 Bad Event')
    expect(line(299)).toBe('SIP/2.0 299 OK')
    expect(line(404, 'device not found')).toBe('SIP/2.0 404 device not found')
    expect(line(404, toWire('无'))).toBe(`SIP/2.0 404 ${Buffer.from('无').toString('latin1')}`)
  })

  it.each([
    [
      'a header value',
      () => printRequest({ method: 'INFO', uri: 'sip:a@h', headers: [{ name: 'X', value: 'a\r\nTo: b' }] }),
    ],
    ['a header name', () => printRequest({ method: 'INFO', uri: 'sip:a@h', headers: [{ name: 'X\n', value: '' }] })],
    ['a Request-URI', () => printRequest({ method: 'INFO', uri: 'sip:a@h\r\n', headers: [] })],
    ['a method', () => printRequest({ method: 'IN\rFO', uri: 'sip:a@h', headers: [] })],
    ['a reason', () => printResponse({ status: 200, reason: 'OK\nX: 1', headers: [] })],
    ['a To tag', () => responseTo(parsedRequest(messageBytes()), { status: 200, toTag: 'a\r\nX: 1' })],
    ['text that is not one byte a character', () => printResponse({ status: 200, reason: '好', headers: [] })],
    ['a status that is none', () => printResponse({ status: 99, headers: [] })],
  ])('refuses %s that would change the message', (_, print) => {
    expect(print).toThrow(TypeError)
  })

  it('prints what it parsed to the same meaning', () => {
    const message = parsedRequest(messageBytes({ Subject: 'a\r\n b', 'X-Odd': ';;,,', 'Content-Length': '1' }, 'xyz'))
    expect(meaning(parsed(Buffer.from(printMessage(message), 'latin1')))).toEqual(meaning(message))
  })
})

describe('a response to a request (8.2.6.2)', () => {
  it('copies Via, From, To, Call-ID and CSeq, adds our tag, then what was given', () => {
    const request = parsedRequest(messageBytes({ via: 'SIP/2.0/TCP proxy.example.com, SIP/2.0/TCP next.example.com' }))
    expect(responseTo(request, { status: 404, toTag: 's3', headers: [{ name: 'X-GB-Ver', value: '3.0' }] })).toBe(
      [
        'SIP/2.0 404 Not Found',
        'Via: SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKd020',
        'Via: SIP/2.0/TCP proxy.example.com',
        'Via: SIP/2.0/TCP next.example.com',
        'From: <sip:34020000001110000001@3402000000>;tag=k3',
        'To: <sip:34020000002000000001@3402000000>;tag=s3',
        'Call-ID: ka-3@192.0.2.64',
        'CSeq: 20 MESSAGE',
        'X-GB-Ver: 3.0',
        'Content-Length: 0\r\n\r\n',
      ].join('\r\n'),
    )
  })

  it('leaves a To that has a tag, and the To of a 100, as they are', () => {
    const tagged = parsedRequest(messageBytes({ To: '<sip:b@h>;tag=1' }))
    expect(lineOf(responseTo(tagged, { status: 200, toTag: '2' }), 'To')).toBe('To: <sip:b@h>;tag=1')
    const untagged = parsedRequest(messageBytes({ To: '<sip:b@h>' }))
    expect(lineOf(responseTo(untagged, { status: 100, toTag: '2' }), 'To')).toBe('To: <sip:b@h>')
  })

  it('without a tag from us: one that is the same for each retransmission (8.2.7)', () => {
    const [first, again, other] = [{}, {}, { CSeq: '21 MESSAGE' }].map((change) => parsedRequest(messageBytes(change)))
    expect(statelessTag(first!)).toBe(statelessTag(again!))
    expect(statelessTag(first!)).not.toBe(statelessTag(other!))
    expect(lineOf(responseTo(first!, { status: 404 }), 'To')).toContain(`;tag=${statelessTag(first!)}`)
  })

  it.each([
    [
      'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=1',
      'SIP/2.0/UDP 192.0.2.64:5060;rport=40000;branch=1;received=203.0.113.9',
    ],
    ['SIP/2.0/UDP 203.0.113.9;rport;branch=1', 'SIP/2.0/UDP 203.0.113.9;rport=40000;branch=1;received=203.0.113.9'],
    ['SIP/2.0/UDP 192.0.2.64;rport=5060;branch=1', 'SIP/2.0/UDP 192.0.2.64;rport=40000;branch=1;received=203.0.113.9'],
    ['SIP/2.0/UDP device.local;branch=1', 'SIP/2.0/UDP device.local;branch=1;received=203.0.113.9'],
    ['SIP/2.0/UDP 203.0.113.9:5061;branch=1', 'SIP/2.0/UDP 203.0.113.9:5061;branch=1'],
    ['SIP/2.0/UDP h;received=10.0.0.1;branch=1', 'SIP/2.0/UDP h;received=203.0.113.9;branch=1'],
    ['SIP/2.0/UDP [2001:db8::1]:5060;rport', 'SIP/2.0/UDP [2001:db8::1]:5060;rport=40000;received=203.0.113.9'],
  ])('received and rport by RFC 3581: %s', (via, expected) => {
    const request = parsedRequest(messageBytes({ Via: via }))
    expect(lineOf(responseTo(request, { status: 200, source }), 'Via')).toBe(`Via: ${expected}`)
  })

  it.each([
    [100, 0],
    [180, 2],
    [200, 2],
    [302, 0],
    [404, 0],
  ])('copies Record-Route into a %i: %i times', (status, times) => {
    const routes = { 'Record-Route': '<sip:p1;lr>', 'record-route': '<sip:p2;lr>' }
    const request = parsedRequest(messageBytes({ ...routes, CSeq: '1 INVITE' }))
    const response = parsedResponse(Buffer.from(responseTo(request, { status, toTag: '1' }), 'latin1'))
    expect(response.headers('Record-Route').length).toBe(times)
  })

  it('carries a body', () => {
    const wire = responseTo(parsedRequest(messageBytes()), { status: 200, body: Buffer.from('v=0\r\n') })
    expect(parsed(Buffer.from(wire, 'latin1')).body.toString()).toBe('v=0\r\n')
  })
})

describe('a response to a request that could not be parsed', () => {
  const answer = (rejection: Rejection) => responseToRejection(rejection, source, 's1')

  it('tells the reason, and is a message itself', () => {
    const wire = answer(rejected(messageBytes({ Expires: 'never' })))
    const response = parsedResponse(Buffer.from(wire ?? '', 'latin1'))
    expect(response.status).toBe(400)
    expect(response.reason).toBe('Bad Request (scalar-out-of-range: expires is not a number in its range)')
    expect(response.via).toMatchObject({ received: source.address, rport: source.port })
    expect(response.to.tag).toBe('s1')
    expect(response.callId).toBe('ka-3@192.0.2.64')
  })

  it('answers with what there is (RFC 4475 3.3.1)', () => {
    const wire = answer(rejected(messageBytes({ From: undefined, To: undefined, 'Call-ID': undefined })))
    expect(wire?.split('\r\n').map((line) => line.split(':')[0])).toEqual([
      'SIP/2.0 400 Bad Request (missing-header',
      'Via',
      'CSeq',
      'Content-Length',
      '',
      '',
    ])
  })

  it('carries no line break that a peer smuggled', () => {
    const wire = answer(rejected(messageBytes({ 'Call-ID': 'a\rInjected: yes', To: '<sip:b@h>\rX: 1' })))
    expect(lineOf(wire, 'Call-ID')).toBe('Call-ID: a Injected: yes')
    expect(wire?.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  it('is answered 505 in the peer’s own version of Via (RFC 4475 3.1.2.16)', () => {
    const text = messageBytes({ Via: 'SIP/7.0/UDP h;branch=1' })
      .toString('latin1')
      .replace('SIP/2.0\r\n', 'SIP/7.0\r\n')
    const wire = answer(rejected(Buffer.from(text, 'latin1')))
    expect(wire).toMatch(/^SIP\/2\.0 505 /)
    expect(lineOf(wire, 'Via')).toBe('Via: SIP/7.0/UDP h;branch=1;received=203.0.113.9')
  })

  it('is not sent where no answer is due', () => {
    const result = parseMessage(messageBytes({ Via: undefined }))
    expect(result.ok === false && answer(result.rejection)).toBeUndefined()
  })
})

describe('a request of ours', () => {
  const via = { start: 'SIP/2.0/UDP 192.0.2.1:5060;rport;branch=', branch: 'z9hG4bK1' }
  const own = {
    ...{
      method: 'INVITE',
      uri: 'sip:a@h',
      routes: ['<sip:r;lr>'],
      from: '<sip:b@h>;tag=1',
      to: '<sip:a@h>',
      callId: 'c',
    },
    ...{ cseq: 1, headers: [{ name: 'Subject', value: 's' }], body: 'v=0\r\n' },
  }

  it('has its parts in order, and Content-Length computed', () => {
    const headers = [...own.headers, { name: 'l', value: '99' }, { name: 'Content-Length', value: '99' }]
    expect(printOwnRequest(via, { ...own, headers }, 'ours').toString('latin1')).toBe(
      `INVITE sip:a@h SIP/2.0\r\nVia: ${via.start}${via.branch}\r\nMax-Forwards: 70\r\nRoute: <sip:r;lr>\r\n` +
        'From: <sip:b@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nSubject: s\r\nUser-Agent: ours\r\n' +
        'Content-Length: 5\r\n\r\nv=0\r\n',
    )
  })

  const smuggled = {
    'a whole line': '\r\nX: 1',
    'a CR': '\r',
    'an LF': '\n',
    'an empty line': '\r\n\r\n',
    'a wide one': '摄',
  }
  const parts: Record<string, (bad: string) => Buffer> = {
    method: (bad) => printOwnRequest(via, { ...own, method: `INVITE${bad}` }, 'ours'),
    uri: (bad) => printOwnRequest(via, { ...own, uri: `sip:a@h${bad}` }, 'ours'),
    'start of Via': (bad) => printOwnRequest({ ...via, start: bad + via.start }, own, 'ours'),
    branch: (bad) => printOwnRequest({ ...via, branch: via.branch + bad }, own, 'ours'),
    Route: (bad) => printOwnRequest(via, { ...own, routes: ['<sip:r>', `<sip:r>${bad}`] }, 'ours'),
    From: (bad) => printOwnRequest(via, { ...own, from: own.from + bad }, 'ours'),
    To: (bad) => printOwnRequest(via, { ...own, to: bad + own.to }, 'ours'),
    'Call-ID': (bad) => printOwnRequest(via, { ...own, callId: bad }, 'ours'),
    'name of a header': (bad) => printOwnRequest(via, { ...own, headers: [{ name: `X${bad}`, value: '1' }] }, 'ours'),
    'value of a header': (bad) => printOwnRequest(via, { ...own, headers: [{ name: 'X', value: `${bad}1` }] }, 'ours'),
    'User-Agent': (bad) => printOwnRequest(via, own, `ours${bad}`),
  }
  for (const [part, print] of Object.entries(parts))
    it.each(Object.entries(smuggled))(`is not printed with a ${part} that has %s`, (_, bad) => {
      expect(print('').length).toBeGreaterThan(0)
      expect(() => print(bad)).toThrow(/line/)
    })
})
