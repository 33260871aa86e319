import { expect, it } from 'vitest'
import {
  checkRequest,
  parseCredentials,
  parseMessage,
  printMessage,
  responseToRejection,
  type ServerProfile,
  SipRequest,
  type SipResponse,
  StreamFramer,
} from '../../src/sip/index.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../support/corpus.ts'
import { meaning, parsed, parsedRequest, parsedResponse } from './support.ts'

const profile: ServerProfile = {
  methods: ['REGISTER', 'MESSAGE', 'INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'SUBSCRIBE', 'NOTIFY'],
  schemes: ['sip', 'sips'],
  extensions: [],
  contentTypes: ['application/manscdp+xml', 'application/sdp'],
}

/** One word for what becomes of a message: `ok`, a refusal's status, or the code of a rejection and how it is answered. */
function verdict(bytes: Buffer): string {
  const result = parseMessage(bytes)
  if (result.ok === 'ignored') return result.why
  if (result.ok) {
    const refusal = result.message instanceof SipRequest ? checkRequest(result.message, profile) : undefined
    return refusal === undefined ? 'ok' : `ok ${refusal.status}`
  }
  const answer = responseToRejection(result.rejection, { address: '192.0.2.1', port: 5060 }, 't')
  return `${result.rejection.code} ${answer === undefined ? 'dropped' : answer.slice(8, 11)}`
}

const reprinted = (message: SipRequest | SipResponse) => parsed(Buffer.from(printMessage(message), 'latin1'))

const rfc4475: Readonly<Record<string, string>> = {
  wsinv: 'ok',
  intmeth: 'ok 405',
  esc01: 'ok',
  escnull: 'ok',
  esc02: 'ok 405',
  lwsdisp: 'ok',
  longreq: 'ok',
  dblreq: 'ok',
  semiuri: 'ok',
  transports: 'ok',
  mpart01: 'ok 415',
  unreason: 'ok',
  noreason: 'ok',
  badinv01: 'malformed-via dropped', // its only Via is the broken one
  clerr: 'content-length-beyond-datagram 400',
  ncl: 'malformed-content-length 400',
  scalar02: 'malformed-cseq 400',
  scalarlg: 'malformed-cseq dropped',
  quotbal: 'malformed-to 400',
  ltgtruri: 'malformed-request-uri 400',
  lwsruri: 'malformed-start-line 400',
  lwsstart: 'malformed-start-line 400',
  trws: 'malformed-start-line 400',
  escruri: 'malformed-request-uri 400',
  baddate: 'ok', // Date is ignored: GB/T 28181 has another form of it
  regbadct: 'malformed-contact 400',
  badaspec: 'malformed-to 400',
  baddn: 'head-unterminated 400', // the file has no empty line; its display names alone would be taken
  badvers: 'unsupported-version 505',
  mismatch01: 'cseq-method-mismatch 400',
  mismatch02: 'cseq-method-mismatch 400',
  bigcode: 'status-out-of-range dropped',
  badbranch: 'ok',
  insuf: 'missing-header 400',
  unkscm: 'ok 416',
  novelsc: 'ok 416',
  unksm2: 'ok 400',
  bext01: 'ok 420',
  invut: 'ok 415',
  regaut01: 'ok',
  multi01: 'multiple-single-value-header 400',
  mcl01: 'conflicting-content-length 400',
  bcast: 'ok',
  zeromf: 'ok',
  cparam01: 'ok',
  cparam02: 'ok',
  regescrt: 'ok',
  sdp01: 'ok 406',
  inv2543: 'ok',
}

/** Where we depart from `valid`: a lenient reading that its `expect` allows. */
const lenient = new Set(['baddate'])

describeCorpus('rfc4475', 'the torture messages of RFC 4475', () => {
  const index = corpusIndex<{ file: string; name: string; section: string; valid: boolean }>('rfc4475')

  it('are all judged', () => {
    expect(index.map(({ name }) => name).toSorted()).toEqual(Object.keys(rfc4475).toSorted())
  })

  it.each(index)('$section $name', ({ file, name, valid }) => {
    const bytes = readCorpus('rfc4475', file)
    expect(verdict(bytes)).toBe(rfc4475[name])
    const result = parseMessage(bytes)
    expect(result.ok).toBe(valid || lenient.has(name))
    if (result.ok === true) expect(meaning(reprinted(result.message))).toEqual(meaning(result.message))
  })

  const request = (name: string) => parsedRequest(readCorpus('rfc4475', `${name}.dat`))

  it('3.1.1.1: what wsinv means, through all its white space', () => {
    const wsinv = request('wsinv')
    expect(wsinv.vias.map(({ transport, host, branch }) => [transport, host, branch])).toEqual([
      ['UDP', '192.0.2.2', '390skdjuw'],
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ])
    expect(wsinv.from).toMatchObject({ displayName: 'J Rosenberg \\"', tag: '98asjd8' })
    expect(wsinv.to).toMatchObject({ user: 'vivekg', tag: '1918181833n' })
    expect(wsinv).toMatchObject({ maxForwards: 68, cseq: { number: 9, method: 'INVITE' } })
    expect(wsinv.contact?.params.get('newparam')).toBe('newvalue')
    expect(wsinv.header('Subject')).toBe('')
    expect(wsinv.header('NewFangledHeader')).toBe('newfangled value continued newfangled value')
    expect(wsinv.header('UnknownHeaderWithUnusualValue')).toBe(';;,,;;,;')
    expect(wsinv.body.length).toBe(150)
  })

  it('3.1.1.3: nothing is unescaped before it is parsed', () => {
    expect(request('esc01').uri).toMatchObject({ user: 'sips%3Auser%40example.com', host: 'example.net' })
    expect(request('esc01').to.user).toBe('user')
    expect(request('esc02').method).toBe('RE%47IST%45R')
    expect(request('esc02').contacts.length).toBe(2)
  })

  it('3.1.1.4: %00 and %00%00 are two users', () => {
    const contacts = request('escnull').contacts
    expect(contacts === '*' ? [] : contacts.map(({ user }) => user)).toEqual(['\0', '\0\0'])
  })

  it('3.1.1.8: a datagram is one message; on a stream its octets are two, and then none', () => {
    expect(request('dblreq').body.length).toBe(0)
    const outputs = new StreamFramer().push(readCorpus('rfc4475', 'dblreq.dat'))
    const told = outputs.map((output) => (output.type === 'message' ? output.message.cseq.method : output.type))
    // The second body is longer than its Content-Length, and what is left is no start of a message.
    expect(told).toEqual(['REGISTER', 'INVITE', 'rejected'])
  })

  it('3.1.1.9: a semicolon in the user part starts no parameter', () => {
    expect(request('semiuri').uri).toMatchObject({ user: 'user;par=u%40example.net', host: 'example.com' })
  })

  it('3.1.1.12: a reason phrase keeps its bytes', () => {
    const { reason } = parsedResponse(readCorpus('rfc4475', 'unreason.dat'))
    expect(Buffer.from(reason, 'latin1').toString('utf8')).toBe('= 2**3 * 5**2 но сто девяносто девять - простое')
  })

  it('3.2.1: the bare cookie names no transaction', () => {
    expect(request('badbranch').via.hasMagicCookie).toBe(false)
  })

  it('3.3.7: an unknown scheme is no credentials', () => {
    expect(parseCredentials(request('regaut01').header('Authorization') ?? '')).toBeUndefined()
  })

  it('3.3.10: a response with a second Via is seen as one that is not ours', () => {
    expect(parsedResponse(readCorpus('rfc4475', 'bcast.dat')).vias.map(({ host }) => host)).toEqual([
      '192.0.2.198',
      '255.255.255.255',
    ])
  })

  it('3.3.11: Max-Forwards 0 is for a proxy to refuse', () => {
    expect(request('zeromf').maxForwards).toBe(0)
  })

  it('3.3.12, 3.3.13: a parameter belongs to the Contact outside brackets, to the URI inside', () => {
    expect(request('cparam01').contact?.params.has('unknownparam')).toBe(true)
    expect(request('cparam02').contact?.uri?.params.has('unknownparam')).toBe(true)
  })

  it('3.4.1: a request of RFC 2543 has neither tag, branch nor length', () => {
    const old = request('inv2543')
    expect([old.from.tag, old.via.branch, old.body.length]).toEqual([undefined, undefined, 105])
  })
})

const rfc5118: Readonly<Record<string, string>> = {
  'ipv6-good': 'ok',
  'ipv6-bad': 'malformed-request-uri 400',
  'port-ambiguous': 'ok',
  'port-unambiguous': 'ok',
  'via-received-param-with-delim': 'ok',
  'via-received-param-no-delim': 'ok',
  'ipv6-in-sdp': 'ok',
  'mult-ip-in-header': 'ok',
  'mult-ip-in-sdp': 'ok',
  'ipv4-mapped-ipv6': 'ok',
  'ipv6-bug-abnf-3-colons': 'malformed-request-uri 400',
  'ipv6-correct-abnf-2-colons': 'ok',
}

describeCorpus('rfc5118', 'the IPv6 torture messages of RFC 5118', () => {
  const index = corpusIndex<{ file: string; name: string; section: string; valid: boolean }>('rfc5118')

  it('are all judged', () => {
    expect(index.map(({ name }) => name).toSorted()).toEqual(Object.keys(rfc5118).toSorted())
  })

  it.each(index)('$section $name', ({ file, name, valid }) => {
    const bytes = readCorpus('rfc5118', file)
    expect(verdict(bytes)).toBe(rfc5118[name])
    const result = parseMessage(bytes)
    expect(result.ok).toBe(valid)
    if (result.ok === true) expect(meaning(reprinted(result.message))).toEqual(meaning(result.message))
  })

  const request = (name: string) => parsedRequest(readCorpus('rfc5118', `${name}.sip`))

  it('4.3, 4.4: a port is what stands after the bracket', () => {
    expect(request('port-ambiguous').uri).toMatchObject({ host: '2001:db8::10:5070', port: undefined })
    expect(request('port-unambiguous').uri).toMatchObject({ host: '2001:db8::10', port: 5070 })
  })

  it('4.5: received with and without brackets is one address', () => {
    expect(request('via-received-param-with-delim').via.received).toBe('2001:db8::9:255')
    expect(request('via-received-param-no-delim').via.received).toBe('2001:db8::9:255')
  })
})

interface Captured {
  readonly file: string
  readonly lengthMatches: boolean | null
}

describeCorpus('gb28181', 'messages of real devices and platforms', () => {
  const index = corpusIndex<Captured>('gb28181')

  it.each(index.filter(({ lengthMatches }) => lengthMatches !== false))('$file parses and re-prints', ({ file }) => {
    const result = parseMessage(readCorpus('gb28181', file))
    expect(result).toMatchObject({ ok: true, notes: [] })
    if (result.ok !== true) return
    expect(meaning(reprinted(result.message))).toEqual(meaning(result.message))
    expect(result.message instanceof SipRequest && checkRequest(result.message, profile)).toBeFalsy()
  })

  const counted: Readonly<Record<string, { verdict: string; note?: string }>> = {
    'gogb9-01.sip': { verdict: 'ok', note: 'content-length-short-of-body' },
    'gogb9-02.sip': { verdict: 'content-length-beyond-datagram 400' }, // its body is no XML
    'talk-01.sip': { verdict: 'content-length-beyond-datagram dropped' },
    'talk-02.sip': { verdict: 'content-length-beyond-datagram 400' },
    'peer-ellean-015.sip': { verdict: 'ok', note: 'content-length-short-of-body' },
    'peer-ellean-039.sip': { verdict: 'ok', note: 'content-length-short-of-body' },
  }

  it.each(index.filter(({ lengthMatches }) => lengthMatches === false))('$file miscounts its body', ({ file }) => {
    const result = parseMessage(readCorpus('gb28181', file))
    expect(verdict(readCorpus('gb28181', file))).toBe(counted[file]?.verdict)
    expect(result.ok === true ? result.notes[0]?.code : undefined).toBe(counted[file]?.note)
  })

  it('a real MANSCDP body whose length is counted too long is taken whole', () => {
    for (const { file } of index) {
      const bytes = readCorpus('gb28181', file)
      const message = parseMessage(bytes)
      if (message.ok !== true || message.notes.length > 0 || message.message.contentType !== 'application/manscdp+xml')
        continue
      const longer = bytes.toString('latin1').replace(/^(Content-Length: *)\d+/im, '$19999')
      const taken = parseMessage(Buffer.from(longer, 'latin1'))
      expect(taken).toMatchObject({ ok: true, notes: [{ code: 'content-length-beyond-datagram' }] })
      expect(taken.ok === true && taken.message.body.equals(message.message.body)).toBe(true)
    }
  })
})
