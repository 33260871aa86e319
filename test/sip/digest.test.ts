import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AnswerParts,
  answerChallenge,
  type Challenge,
  chooseChallenge,
  type DigestAlgorithm,
  parseChallenge,
  parseCredentials,
  passwordHash,
  printChallenge,
  verifyCredentials,
} from '../../src/sip/index.ts'

// The computed example of protocol/02 section 2.
const username = '34020000001320000001'
const realm = '3402000000'
const password = 'Pass1234'
const nonce = '8c2f6f5d0a3b4e7f9d1c2b3a4f5e6d7c'
const uri = 'sip:34020000002000000001@3402000000'

const challenge = (change: Partial<Challenge> = {}): Challenge => ({
  realm,
  nonce,
  algorithm: 'MD5',
  qop: [],
  opaque: undefined,
  stale: false,
  ...change,
})

const answer = (change: Partial<AnswerParts> = {}) =>
  answerChallenge({
    challenge: challenge(),
    username,
    password,
    method: 'REGISTER',
    uri,
    cnonce: '0a4f113b',
    nonceCount: 1,
    ...change,
  })

const read = (value: string) => {
  const credentials = parseCredentials(value)
  if (credentials === undefined) throw new Error('no credentials')
  return credentials
}

const verify = (value: string, change: Partial<Parameters<typeof verifyCredentials>[0]> = {}) =>
  verifyCredentials({ credentials: read(value), method: 'REGISTER', realm, secret: { password }, ...change })

describe('digest (RFC 7616, RFC 8760, GB/T 28181-2022 8.3)', () => {
  it.each<[DigestAlgorithm, string[], string]>([
    ['MD5', [], '5e112f4edb058609b72e8f5b40a60a7a'],
    ['MD5', ['auth'], '850ae9f463a084eb672b9226c77b9e0e'],
    ['SHA-256', [], '1955e612441f927c455d137998be342ee923d7de135ca7714b7bfa284a93ec25'],
    ['SHA-256', ['auth'], '0f737da806ec78edcf1ac0fe38cd7c44d69a5e43bad3c4f1af02ca2f508a43bf'],
    ['SM3', [], 'ec285ad73b5f842df50746961fd4739aa22866f8dcb6782bdac81e4a1412e786'],
  ])('%s with qop %j gives the response of the computed example', (algorithm, qop, response) => {
    const value = answer({ challenge: challenge({ algorithm, qop }) })
    expect(read(value).response).toBe(response)
    expect(verify(value)).toEqual({ ok: true })
  })

  it.each<[DigestAlgorithm, string]>([
    ['MD5', '47d59778aed103b40358ffe17ce73c37'],
    ['SHA-256', '6f292f52fb1d62cc4cf7ab7daa4c23030c755c3352adddad367aa959dc34ec5b'],
    ['SM3', '0f016d82ea658d6c11bc16f16caa60d3025b475b4426d039fea9cb65916d386a'],
  ])('%s: HA1 of the computed example', (algorithm, ha1) => {
    expect(passwordHash({ algorithm, username, realm, password })).toBe(ha1)
  })

  it('MD5 with qop=auth gives the response of RFC 2617 3.5', () => {
    const value = answerChallenge({
      challenge: challenge({ realm: 'testrealm@host.com', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', qop: ['auth'] }),
      username: 'Mufasa',
      password: 'Circle Of Life',
      method: 'GET',
      uri: '/dir/index.html',
      cnonce: '0a4f113b',
      nonceCount: 1,
    })
    expect(read(value).response).toBe('6629fae49393a05397450978507c4ef1')
  })

  it('SHA-256 with qop=auth gives the response of RFC 7616 3.9.1', () => {
    const value = answerChallenge({
      challenge: challenge({
        realm: 'http-auth@example.org',
        algorithm: 'SHA-256',
        qop: ['auth', 'auth-int'],
        nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      }),
      username: 'Mufasa',
      password: 'Circle of Life',
      method: 'GET',
      uri: '/dir/index.html',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      nonceCount: 1,
    })
    expect(read(value).response).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1')
  })

  it('whoever knows the password is let in, nobody else, whatever the form', () => {
    const forms = fc.record({
      algorithm: fc.constantFrom<DigestAlgorithm>('MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SM3'),
      qop: fc.constantFrom([], ['auth'], ['auth-int']),
      password: fc.string({ unit: 'binary', maxLength: 20 }),
      nonceCount: fc.nat(0xffffffff),
      body: fc.uint8Array({ maxLength: 20 }),
    })
    fc.assert(
      fc.property(forms, ({ algorithm, qop, ...rest }) => {
        const value = answer({ challenge: challenge({ algorithm, qop }), ...rest })
        const { body } = rest
        expect(verify(value, { body, secret: { password: rest.password } })).toEqual({ ok: true })
        expect(verify(value, { body, secret: { password: `${rest.password}x` } })).toEqual({
          ok: false,
          reason: 'response',
        })
        expect(verify(value, { body, secret: { password: rest.password }, method: 'INVITE' }).ok).toBe(false)
        const ha1 = passwordHash({ algorithm, username, realm, password: rest.password })
        expect(verify(value, { body, secret: { ha1, algorithm } })).toEqual({ ok: true })
      }),
      { numRuns: 200 },
    )
  })

  it('qop=auth-int protects the body', () => {
    const value = answer({ challenge: challenge({ qop: ['auth-int'] }), body: Buffer.from('a') })
    expect(verify(value, { body: Buffer.from('b') })).toEqual({ ok: false, reason: 'response' })
  })

  it('a password that is not ASCII is hashed as UTF-8', () => {
    const value = answer({ password: '密码' })
    const wire = Buffer.from('密码', 'utf8').toString('latin1')
    expect(wire).not.toBe('密码')
    expect(verify(value, { secret: { password: '密码' } })).toEqual({ ok: true })
    expect(passwordHash({ algorithm: 'MD5', username: 'a', realm: 'b', password: '密码' })).toBe(
      '1c868ce87025745ff633200ab8731c1a',
    )
  })
})

describe('credentials', () => {
  const value = answer({ challenge: challenge({ qop: ['auth'] }) })

  it.each([
    ['spaces and unknown parameters', value.replaceAll(',', ' ,  ').replace('Digest', 'dIGEST  vendor=1, ')],
    ['qop and nc in quotes', value.replace('qop=auth', 'qop="auth"').replace('nc=00000001', 'nc="00000001"')],
    ['the algorithm in quotes and lower case', value.replace('algorithm=MD5', 'algorithm="md5"')],
    [
      'a response in upper case',
      value.replace(/response="(.*?)"/, (_, hex: string) => `response="${hex.toUpperCase()}"`),
    ],
    ['a comma at the end', `${value},`],
  ])('with %s are accepted, because devices write them so', (_, written) => {
    expect(verify(written)).toEqual({ ok: true })
  })

  it('take their uri as it is written, whatever the Request-URI looks like', () => {
    const other = answer({ uri: 'sip:34020000002000000001@192.0.2.1:5060;transport=UDP' })
    expect(read(other).uri).toBe('sip:34020000002000000001@192.0.2.1:5060;transport=UDP')
    expect(verify(other)).toEqual({ ok: true })
  })

  it.each([
    ['another realm', value.replace(`realm="${realm}"`, 'realm="other"'), 'realm'],
    ['an unknown algorithm', value.replace('algorithm=MD5', 'algorithm=MD4'), 'algorithm'],
    ['qop without nc', value.replace(/,nc=\w+/, ''), 'malformed'],
    ['qop without cnonce', value.replace(/,cnonce="\w+"/, ''), 'malformed'],
    ['an nc of seven digits', value.replace('nc=00000001', 'nc=0000001'), 'malformed'],
    ['an unknown qop', value.replace('qop=auth', 'qop=none'), 'malformed'],
    ['a response that is no hash', value.replace(/response="\w+"/, 'response="1"'), 'malformed'],
    ['another nonce', value.replace(nonce, 'x'), 'response'],
    ['another nc', value.replace('nc=00000001', 'nc=00000002'), 'response'],
    ['qop left out', value.replace(',qop=auth', ''), 'response'],
  ])('with %s are refused', (_, written, reason) => {
    expect(verify(written)).toEqual({ ok: false, reason })
  })

  it('of an algorithm that was not offered, or not the stored hash’s, are refused', () => {
    expect(verify(value, { algorithms: ['SHA-256', 'SM3'] })).toEqual({ ok: false, reason: 'algorithm' })
    expect(verify(value, { secret: { ha1: 'x', algorithm: 'SM3' } })).toEqual({ ok: false, reason: 'algorithm' })
  })

  it.each([
    'NoOneKnowsThisScheme opaque-data=here',
    'Digest',
    'Digest ',
    'Basic dTpw',
    '',
    'Digest username="a"',
    'Capability algorithm="A:RSA/ECB/PKCS1;H:SHA256;S:DES/ECB/PKCS5"',
    value.replace('realm="', 'realm='),
    `${value},realm="twice"`,
    `${value},open="`,
    `${value} x`,
    `${value},=x`,
  ])('%j are none', (written) => {
    expect(parseCredentials(written)).toBeUndefined()
  })

  it('whose values read like names are taken as they stand', () => {
    const written = 'Digest username="realm",realm="nonce",nonce="uri",uri="response",response="username"'
    const { username, realm, nonce, uri, response } = parseCredentials(written) ?? {}
    expect([username, realm, nonce, uri, response]).toEqual(['realm', 'nonce', 'uri', 'response', 'username'])
    expect(parseCredentials(`${written},realm="again"`)).toBeUndefined()
  })

  it('count their nonce', () => {
    expect(read(answer({ challenge: challenge({ qop: ['auth'] }), nonceCount: 300 })).nonceCount).toBe(300)
    expect(read(answer()).nonceCount).toBeUndefined()
  })

  it('do not show their response', () => {
    const { response } = read(value)
    expect(JSON.stringify(read(value))).not.toContain(response)
    expect(inspect(read(value), { depth: 9, showHidden: true })).not.toContain(response)
  })
})

describe('challenges', () => {
  it('print to what they parse from', () => {
    expect(printChallenge({ realm, nonce })).toBe(`Digest realm="${realm}",nonce="${nonce}",algorithm=MD5`)
    const full = printChallenge({ realm, nonce, algorithm: 'SM3', qop: ['auth', 'auth-int'], opaque: 'o', stale: true })
    expect(parseChallenge(full)).toEqual({
      realm,
      nonce,
      algorithm: 'SM3',
      qop: ['auth', 'auth-int'],
      opaque: 'o',
      stale: true,
    })
  })

  it('without algorithm mean MD5', () => {
    expect(parseChallenge(`Digest realm="${realm}", nonce="${nonce}"`)).toMatchObject({
      algorithm: 'MD5',
      qop: [],
      stale: false,
    })
  })

  it('are answered with their opaque, and with qop only where it is offered', () => {
    expect(answer({ challenge: challenge({ opaque: 'o' }) })).toContain(',opaque="o"')
    expect(answer()).not.toContain('cnonce')
    expect(answer({ challenge: challenge({ algorithm: 'MD5-sess' }) })).toContain(',cnonce="0a4f113b"')
  })

  it('the first that we know is chosen (RFC 8760 2.4)', () => {
    const [unknown, odd, sha, md5] = [
      challenge({ algorithm: undefined }),
      challenge({ qop: ['other'] }),
      challenge({ algorithm: 'SHA-256' }),
      challenge(),
    ]
    expect(chooseChallenge([unknown, odd, sha, md5])).toBe(sha)
    expect(chooseChallenge([unknown, odd])).toBeUndefined()
    expect(() => answer({ challenge: unknown })).toThrow(TypeError)
  })

  it.each(['Digest', 'Basic realm="x"', 'Digest realm="x"', 'Unidirection algorithm="A:SM2", random1="b"'])(
    '%j is none',
    (value) => {
      expect(parseChallenge(value)).toBeUndefined()
    },
  )
})
