import { describe, expect, it } from 'vitest'
import { edited, flow, inOrder, repeated } from '../analysis/flow.ts'
import { deviceId, Script } from '../analysis/script.ts'
import { codesIn, findingOf, found } from './codes.ts'

const clean = await flow()
const start = async (pair: Parameters<NonNullable<Parameters<typeof flow>[0]>['story'] & {}>[0]) => {
  await pair.start()
  await pair.pass(130_000)
}
const refusedFlow = await flow({ device: { password: 'Other9999' }, story: start })

const withCredentials = /^REGISTER[\s\S]*\r\nAuthorization:/
/** The clean flow with the first credentials changed and refused. */
const refused = (change: (text: string) => string) => {
  const credentials = clean[2]
  const answer = clean[3]
  const changed = edited(clean, (message) => message === credentials, change)
  return edited(
    changed,
    (message) => message === answer,
    (text) => text.replace('200 OK', '403 Forbidden'),
  )
}

describe('a refused digest', () => {
  it('is a wrong password where every input that the wire shows agrees', () => {
    const finding = findingOf('wrong-password', refusedFlow)
    expect(finding).toMatchObject({ severity: 'error', deviceId, count: 2 })
    expect(finding.evidence.slice(0, 3).map(({ frame }) => frame)).toEqual([3, 4, 2])
  })

  it('names neither password nor response', () => {
    const text = JSON.stringify(found(refusedFlow))
    expect(text).not.toMatch(/Other9999|Pass1234|[0-9a-f]{32}\b/)
  })

  it('has the wrong realm where the device echoes another than it was asked with', () => {
    const records = refused((text) => text.replace('realm="3402000000"', 'realm="3402000001"'))
    expect(findingOf('digest-realm-differs', records).summary).toContain('"3402000000"')
    expect(codesIn(records)).not.toContain('wrong-password')
  })

  it('has a nonce that was issued to nobody', () => {
    const records = refused((text) => text.replace(/nonce="[^"]*"/, 'nonce="00"'))
    expect(codesIn(records)).toContain('digest-nonce-foreign')
    expect(codesIn(records)).not.toContain('wrong-password')
  })

  it('is made with an algorithm that was not asked for', () => {
    const records = refused((text) => text.replace('algorithm=MD5', 'algorithm=SHA-256'))
    expect(findingOf('digest-algorithm-unknown', records).summary).toContain('SHA-256')
    expect(codesIn(records)).not.toContain('wrong-password')
  })

  it('is made with an algorithm that nobody knows', () => {
    const records = refused((text) => text.replace('algorithm=MD5', 'algorithm=MD6'))
    expect(codesIn(records)).toContain('digest-algorithm-unknown')
  })
})

describe('credentials', () => {
  it.each([
    ['digest-uri-differs', /uri="[^"]*"/, 'uri="sip:192.0.2.10:5060"'],
    ['digest-username-differs', /username="\d+"/, 'username="admin"'],
    ['digest-nonce-count-missing', 'algorithm=MD5', 'algorithm=MD5,qop=auth'],
  ] as const)('%s', (code, what, by) => {
    const records = edited(clean, withCredentials, (text) => text.replace(what, by))
    expect(findingOf(code, records).deviceId).toBe(deviceId)
    expect(codesIn(clean)).not.toContain(code)
  })

  it('come again under another Call-ID: digest-nonce-reused', () => {
    const first = clean[2]
    const records = repeated(
      clean,
      (message) => message === first,
      [5000],
      (text) => text.replace(/Call-ID: \w+/, 'Call-ID: another').replace(/branch=\w+/, 'branch=z9hG4bKanother'),
    )
    expect(findingOf('digest-nonce-reused', records).summary).toContain('another')
  })

  it('come with an nc that has not risen: digest-nonce-count-not-rising', () => {
    const counted = edited(clean, withCredentials, (text) =>
      text.replace('algorithm=MD5', 'algorithm=MD5,qop=auth,nc=00000002,cnonce="a"'),
    )
    // The REGISTER that takes the registration back uses the nonce once more.
    expect(findingOf('digest-nonce-count-not-rising', counted).summary).toBe('nc is 2 after 2 for the same nonce.')
  })
})

const challenge = (nonce: string, more = '') => ({
  'WWW-Authenticate': `Digest realm="3402000000",nonce="${nonce}"${more}`,
})
const credentials = (nonce: string) => ({
  Authorization: `Digest username="${deviceId}",realm="3402000000",nonce="${nonce}",uri="sip:x",response="00000000000000000000000000000000"`,
  Expires: '3600',
})
const register = (script: Script, cseq: number, headers: Record<string, string> = { Expires: '3600' }) =>
  script.request({ method: 'REGISTER', by: 'device', callId: 'r', cseq, headers })

describe('challenges', () => {
  it('call one nonce after the other stale: digest-stale-loop, and each is nonce-expired', () => {
    const script = register(new Script(), 1).respond(401, { headers: challenge('a') })
    register(script, 2, credentials('a')).respond(401, { headers: challenge('b', ',stale=true') })
    expect(codesIn(script)).not.toContain('digest-stale-loop')
    register(script, 3, credentials('b')).respond(401, { headers: challenge('c', ',stale=true') })
    expect(codesIn(script)).toEqual(expect.arrayContaining(['digest-stale-loop', 'nonce-expired']))
    expect(codesIn(script)).not.toContain('wrong-password')
  })

  it('are never answered: challenge-unanswered', () => {
    const script = register(new Script(), 1)
      .respond(401, { headers: challenge('a') })
      .pass(60_000)
    expect(codesIn(script)).not.toContain('challenge-unanswered')
    register(script, 2).respond(401, { headers: challenge('b') })
    expect(findingOf('challenge-unanswered', script).summary).toContain('2 times')
  })

  it('cannot be answered by anybody: challenge-unusable', () => {
    const script = register(new Script(), 1).respond(401, { headers: { 'WWW-Authenticate': 'Basic realm="x"' } })
    expect(codesIn(script)).toContain('challenge-unusable')
  })

  it('that give out one nonce twice make no replay of its second use', () => {
    const script = register(new Script(), 1).respond(401, { headers: challenge('a') })
    register(script, 2, credentials('a')).respond(200)
    script
      .pass(100)
      .request({ method: 'REGISTER', by: 'device', callId: 'q', cseq: 1 })
      .respond(401, { headers: challenge('a') })
    script.request({ method: 'REGISTER', by: 'device', callId: 'q', cseq: 2, headers: credentials('a') }).respond(200)
    expect(codesIn(script)).not.toContain('digest-nonce-reused')
  })
})

it('the records of a flow in which nothing is wrong have no findings but that the device took its leave', () => {
  expect(codesIn(clean)).toEqual(['unregistered'])
  expect(inOrder(clean)).toHaveLength(clean.length)
})
