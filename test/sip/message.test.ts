import { describe, expect, it } from 'vitest'
import { detached, parseMessage, parseNameAddr } from '../../src/sip/index.ts'
import { bytes, messageBytes, parsed, parsedRequest, parsedResponse, rejected } from './support.ts'

describe('a message (RFC 3261 section 7)', () => {
  it('has its header fields in any case and in compact form', () => {
    const message = parsed(
      bytes(`MESSAGE sip:b@example.com SIP/2.0
v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
f: <sip:a@example.com>;tag=1
t: <sip:b@example.com>
i: one@192.0.2.1
cSEQ: 1 MESSAGE
c: Application/MANSCDP+xml;charset=GB2312
l: 0

`),
    )
    expect(message.header('VIA')).toBe('SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1')
    expect(message.header('v')).toBe(message.header('Via'))
    expect(message.callId).toBe('one@192.0.2.1')
    expect(message.cseq).toEqual({ number: 1, method: 'MESSAGE' })
    expect(message.contentType).toBe('application/manscdp+xml')
    expect(message.fields().map(({ name }) => name)).toEqual(['v', 'f', 't', 'i', 'cSEQ', 'c', 'l'])
  })

  it('accepts lines that end in LF alone', () => {
    const text = messageBytes({ 'Content-Length': '3' }, 'a\r\n').toString('latin1').split('\r\n').join('\n')
    expect(parsed(Buffer.from(text.replace('a\n', 'a\r\n'), 'latin1')).body.toString()).toBe('a\r\n')
  })

  it('unfolds a value that is continued on lines beginning with white space (7.3.1)', () => {
    expect(parsed(messageBytes({ Subject: 'one:1,\r\n\ttwo:2\r\n  end' })).header('subject')).toBe('one:1, two:2 end')
  })

  it('cuts comma-joined values and repeated fields alike, but not inside quotes or brackets (7.3.1)', () => {
    const message = parsed(messageBytes({ Contact: '"a, b" <sip:a,x@h>, <sip:b@h>', contact: 'sip:c@h;q=0.1' }))
    expect(message.values('Contact')).toEqual(['"a, b" <sip:a,x@h>', '<sip:b@h>', 'sip:c@h;q=0.1'])
  })

  it('keeps unknown headers in order and repeated', () => {
    const message = parsed(messageBytes({ 'X-Vendor': '1', 'X-GB-Ver': '3.0', 'x-vendor': '2' }))
    expect(message.headers('X-Vendor')).toEqual(['1', '2'])
    expect(message.header('x-gb-ver')).toBe('3.0')
  })

  it('keeps the byte A0 at the end of an unquoted display name: it may be half of a GBK character', () => {
    expect(parseNameAddr('\xb0\xa0 <sip:340@3402000000>')?.displayName).toBe('\xb0\xa0')
  })

  it('keeps the bytes of a display name in any charset', () => {
    const name = Buffer.from([0xc9, 0xe3, 0xcf, 0xf1, 0xbb, 0xfa]) // "camera" in GB2312
    for (const quotes of ['', '"']) {
      const from = `${quotes}${name.toString('latin1')}${quotes} <sip:34020000001320000001@3402000000>;tag=1`
      const address = parsed(messageBytes({ From: from })).from
      expect(Buffer.from(address.displayName ?? '', 'latin1')).toEqual(name)
      expect(address.user).toBe('34020000001320000001')
    }
  })

  it('keeps the bytes of a body, NULs and line ends included', () => {
    const body = 'a\0b\r\n\r\n\xff'
    expect(parsed(messageBytes({}, body)).body.toString('latin1')).toBe(body)
  })

  it('keeps NULs that stand in a quoted string (RFC 4475 3.1.1.2)', () => {
    expect(parsed(messageBytes({ To: '"a\\\0b" <sip:b@h>' })).to.displayName).toBe('a\0b')
  })

  it('takes a date in the form of GB/T 28181 9.10', () => {
    expect(parsed(messageBytes({ Date: '2024-05-01T08:00:00.000' })).header('Date')).toBe('2024-05-01T08:00:00.000')
  })

  it('assumes Max-Forwards 70 where a device left it out', () => {
    expect(parsed(messageBytes()).maxForwards).toBe(70)
    expect(parsed(messageBytes({ 'Max-Forwards': '0068' })).maxForwards).toBe(68)
  })

  it('has Contact * for removing all bindings (10.2.2)', () => {
    expect(parsed(messageBytes({ Contact: '*', Expires: '0' })).contacts).toBe('*')
  })

  it('has a status and a reason that may be empty', () => {
    const text = messageBytes().toString('latin1')
    const response = (line: string) => parsedResponse(Buffer.from(text.replace(/^.*/, line), 'latin1'))
    expect(response('SIP/2.0 200 OK')).toMatchObject({ status: 200, reason: 'OK' })
    expect(response('SIP/2.0 100 ')).toMatchObject({ status: 100, reason: '' })
    expect(response('SIP/2.0 100')).toMatchObject({ status: 100, reason: '' })
  })

  it('shows no credentials in JSON', () => {
    const request = parsedRequest(
      bytes(`REGISTER sip:platform:hunter2@3402000000 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.64
From: <sip:34020000001110000001:hunter2@3402000000>;tag=1
To: <sip:34020000001110000001@3402000000>
Call-ID: 1
CSeq: 1 REGISTER
Authorization: Digest username="hunter2",response="hunter2"

`),
    )
    expect(JSON.stringify(request)).not.toContain('hunter2')
    expect(request.toJSON()).toEqual({
      startLine: 'REGISTER sip:platform@3402000000 SIP/2.0',
      callId: '1',
      cseq: '1 REGISTER',
      from: '34020000001110000001',
      to: '34020000001110000001',
    })
  })

  it('gives up no more than the id when an id is kept', () => {
    const { callId } = parsed(messageBytes())
    expect(detached(callId)).toBe('ka-3@192.0.2.64')
  })
})

describe('bytes that are no message', () => {
  it.each(['', '\r\n', '\r\n\r\n', '\0', '\0\0\0\0', '   \r\n'])('%j keeps a binding open and is ignored', (text) => {
    expect(parseMessage(Buffer.from(text))).toEqual({ ok: 'ignored', why: 'keepalive' })
  })

  it.each(['jaK', 'ab', '\xff\xfe\x01\x02'])('%j is junk of a few bytes and is ignored', (text) => {
    expect(parseMessage(Buffer.from(text, 'latin1'))).toEqual({ ok: 'ignored', why: 'junk' })
  })

  it('skips empty lines before the start line (7.5)', () => {
    expect(parsed(Buffer.concat([Buffer.from('\r\n\r\n'), messageBytes()])).callId).toBe('ka-3@192.0.2.64')
  })

  it.each(['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', 'hello there\r\n\r\n'])(
    '%j is not SIP',
    (text) => {
      expect(rejected(Buffer.from(text, 'latin1'))).toMatchObject({ code: 'not-sip', kind: 'unknown' })
    },
  )

  it.each([
    [{ From: undefined }, 'missing-header'],
    [{ To: undefined }, 'missing-header'],
    [{ 'Call-ID': undefined }, 'missing-header'],
    [{ CSeq: '20' }, 'malformed-cseq'],
    [{ CSeq: '2147483648 MESSAGE' }, 'malformed-cseq'],
    [{ CSeq: '-1 MESSAGE' }, 'malformed-cseq'],
    [{ 'Call-ID': '' }, 'malformed-call-id'],
    [{ 'Call-ID': 'a b' }, 'malformed-call-id'],
    [{ From: '<sip:a@h>;tag=' }, 'malformed-from'],
    [{ From: '<sip:a@h>, <sip:b@h>' }, 'malformed-from'],
    [{ From: 'sip:a@h?x=y' }, 'malformed-from'],
    [{ To: '"open <sip:b@h>' }, 'malformed-to'],
    [{ To: '<sip:b@h' }, 'malformed-to'],
    [{ To: '<sip:b@h:65536>' }, 'malformed-to'],
    [{ Contact: '<sip:a@h>,' }, 'malformed-contact'],
    [{ Contact: '<sip:a@h>;expires=4294967296' }, 'scalar-out-of-range'],
    [{ Expires: '4294967296' }, 'scalar-out-of-range'],
    [{ 'Max-Forwards': '256' }, 'scalar-out-of-range'],
    [{ 'Retry-After': 'soon' }, 'scalar-out-of-range'],
    [{ To: '<sip:b@h>', t: '<sip:b@h>' }, 'multiple-single-value-header'],
    [{ 'Content-Type': 'a/b', c: 'a/b' }, 'multiple-single-value-header'],
    [{ 'Bad Name': '1' }, 'malformed-header'],
    [{ Subject: 'a\rb' }, 'bare-cr'],
  ] as const)('a request with %o is answered 400: %s', (changes, code) => {
    const rejection = rejected(messageBytes(changes))
    expect(rejection).toMatchObject({ code, status: 400, kind: 'request' })
    expect(rejection.answerable?.vias).toEqual(['SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKd020'])
  })

  it.each([undefined, '', 'nonsense', 'SIP/2.0/UDP', 'SIP/2.0/UDP h;;', 'SIP/2.0/UDP h:99999'])(
    'a request whose Via is %j cannot be answered',
    (via) => {
      const rejection = rejected(messageBytes({ Via: via }))
      expect(rejection.status).toBe(400)
      expect(rejection.answerable).toBeUndefined()
    },
  )

  it.each(['Via', 'via'])('a Via of another version is not taken, on top or below: %s', (name) => {
    expect(rejected(messageBytes({ [name]: 'SIP/3.0/UDP h' })).code).toBe('malformed-via')
  })

  it('never answers a response or an ACK, however wrong', () => {
    expect(rejected(messageBytes({ CSeq: '20 ACK', To: undefined }))).toMatchObject({ kind: 'request' })
    expect(rejected(messageBytes({ CSeq: '20 ACK', To: undefined })).answerable).toBeUndefined()
    const text = messageBytes({ To: undefined }).toString('latin1').replace(/^.*/, 'SIP/2.0 200 OK')
    const response = rejected(Buffer.from(text, 'latin1'))
    expect(response).toMatchObject({ kind: 'response', code: 'missing-header' })
    expect(response.answerable).toBeUndefined()
  })

  it.each(['SIP/2.0 099 x', 'SIP/2.0 700 x', 'SIP/2.0 20 x', 'SIP/2.0 2000 x', 'SIP/2.0 0200 x'])(
    '%j has no status between 100 and 699',
    (line) => {
      const text = messageBytes().toString('latin1').replace(/^.*/, line)
      expect(rejected(Buffer.from(text, 'latin1'))).toMatchObject({ code: 'status-out-of-range', kind: 'response' })
    },
  )
})

describe('limits', () => {
  const limits = { message: 2000, head: 1000, headers: 20, line: 200 }

  it.each([
    ['a message', messageBytes({}, 'x'.repeat(2000)), 'message-too-large', 513],
    [
      'a head',
      messageBytes(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`X-${at}`, 'x'.repeat(90)]))),
      'head-too-large',
      513,
    ],
    [
      'headers',
      messageBytes(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`X-${at}`, '']))),
      'too-many-headers',
      400,
    ],
    ['folds', messageBytes({ Subject: '\r\n a'.repeat(30) }), 'too-many-headers', 400],
    ['a header', messageBytes({ Subject: 'x'.repeat(200) }), 'header-too-long', 400],
    ['a folded header', messageBytes({ Subject: `\r\n ${'x'.repeat(60)}`.repeat(4) }), 'header-too-long', 400],
  ] as const)('%s beyond its limit is rejected as such', (_, input, code, status) => {
    expect(rejected(input, { limits })).toMatchObject({ code, status })
    expect(rejected(input, { limits }).answerable).toBeDefined()
  })

  it('a request line beyond its limit is answered 414', () => {
    const text = messageBytes()
      .toString('latin1')
      .replace('MESSAGE sip:', `MESSAGE sip:${'1'.repeat(200)}`)
    expect(rejected(Buffer.from(text, 'latin1'), { limits })).toMatchObject({
      code: 'start-line-too-long',
      status: 414,
    })
  })

  it('a datagram of 65,507 bytes is a message like any other', () => {
    const head = messageBytes({ 'Content-Type': 'text/plain' })
    const input = Buffer.concat([head, Buffer.alloc(65_507 - head.length, 0x61)])
    expect(parsed(input).body.length).toBe(65_507 - head.length)
    expect(parsed(input).from.user).toBe('34020000001110000001')
  })
})
