/** The registrar against GB/T 28181 9.1, RFC 3261 10.3 and 22, RFC 7616, and DESIGN.md rules 4, 5, 8 and 10. */
import { describe, expect, it } from 'vitest'
import type { DeviceSecret } from '../../src/platform/options.ts'
import { passwordHash } from '../../src/sip/digest.ts'
import {
  type Bench,
  bench,
  type Camera,
  camera,
  cameraAt,
  deviceId,
  ids,
  password,
  platformAt,
  realm,
} from './support.ts'

async function facing(...options: Parameters<typeof bench>): Promise<{ made: Bench; one: Camera }> {
  const made = await bench(...options)
  return { made, one: await camera(made) }
}

const staleOf = (challenge: string | undefined): boolean => /,stale=true$/.test(challenge ?? '')

/** Status, reason and hint of the last refusal. */
function lastRefusal({ of }: Bench) {
  const { status, reason, hint } = of('registration.rejected').at(-1) ?? {}
  return { status, reason, hint }
}

const reasons = ({ of }: Bench): string[] =>
  of('registration.rejected').map(({ status, reason }) => `${status} ${reason}`)

describe('a registration (9.1.2.1)', () => {
  it('is challenged with the realm of the platform, a nonce of 128 bits and more, and no qop', async () => {
    const { one, made } = await facing()
    const challenged = await one.challenged()
    expect(challenged.status).toBe(401)
    expect(challenged.header('WWW-Authenticate')).toMatch(
      /^Digest realm="3402000000",nonce="[0-9a-f]{44}",algorithm=MD5$/,
    )
    expect(challenged.header('X-GB-Ver')).toBe('3.0')
    expect(made.view()).toMatchObject({ state: 'challenged', online: false })
    expect(made.of('device.challenged')).toMatchObject([{ deviceId: ids.device, address: '192.0.2.64:5060' }])
  })

  it('is answered 200 with Contact and expires, Expires, the time of Beijing, and the edition', async () => {
    const { one, made } = await facing()
    const ok = await one.register({ headers: { 'X-GB-Ver': '2.0', 'User-Agent': 'Embedded Net DVR' } })
    expect([ok.status, ok.header('Contact'), ok.header('Expires'), ok.header('Date'), ok.header('X-GB-Ver')]).toEqual([
      200,
      `<sip:${ids.device}@192.0.2.64:5060>;expires=3600`,
      '3600',
      '2024-05-01T08:00:00.000',
      '3.0',
    ])
    expect(made.view()).toMatchObject({
      state: 'online',
      online: true,
      transport: 'UDP',
      address: '192.0.2.64:5060',
      registeredAt: '2024-05-01T00:00:00.000Z',
      expiresAt: '2024-05-01T01:00:00.000Z',
      gbVersion: '2.0',
      userAgent: 'Embedded Net DVR',
      profile: { name: 'hikvision', why: 'User-Agent Embedded Net DVR' },
    })
    expect(made.names()).toEqual(['device.challenged', 'device.online'])
  })

  it('gets its 200 before the first query', async () => {
    const { one, made } = await facing()
    await one.register()
    await one.query('DeviceInfo')
    const lines = made.network.log.filter(({ what, from }) => what === 'sent' && from === '192.0.2.10:5060')
    expect(lines.map(({ summary }) => summary.replace(/ sip:.*/, ''))).toEqual([
      'SIP/2.0 401 Unauthorized',
      'SIP/2.0 200 OK',
      'MESSAGE',
    ])
  })

  it('works over TCP as over UDP', async () => {
    const made = await bench()
    const one = await camera(made, { transport: 'TCP' })
    expect((await one.register()).status).toBe(200)
    expect(made.view()).toMatchObject({ state: 'online', transport: 'TCP', address: '192.0.2.64:50000' })
  })

  it('is refused with a wrong password, at the refresh and at the removal as at first', async () => {
    const { one, made } = await facing()
    await one.settleIn()
    for (const expires of [3600, 0]) {
      await one.challenged({ expires })
      const refused = await one.attempt({ expires, authorization: one.credentials({ secret: 'not it' }) })
      expect(refused.status).toBe(403)
    }
    expect(made.view().state).toBe('online')
    expect((await one.attempt({ expires: 0 })).status).toBe(401)
    expect(made.view().state).toBe('online')
  })

  it('refreshes with credentials: later expiry, no new online, no new queries', async () => {
    const { one, made } = await facing()
    await one.settleIn()
    await made.clock.pass(30_000)
    const ok = await one.register()
    expect([ok.status, made.view().expiresAt]).toEqual([200, '2024-05-01T01:00:30.000Z'])
    expect(made.of('device.online')).toHaveLength(1)
    expect(made.sent(/^MESSAGE/)).toEqual([0, 0])
  })

  it('may reuse the nonce for the refresh while it is fresh, with a CSeq that rises', async () => {
    const { one, made } = await facing()
    await one.register()
    const authorization = one.credentials()
    await made.clock.pass(299_000)
    expect((await one.attempt({ authorization })).status).toBe(200)
  })

  it('ends with Expires 0: 200, offline as unregistered', async () => {
    const { one, made } = await facing()
    await one.settleIn()
    const ok = await one.unregister()
    expect([ok.status, ok.header('Expires'), ok.header('Contact')]).toEqual([200, '0', undefined])
    expect(made.view()).toMatchObject({ state: 'offline', online: false, offlineReason: 'unregistered' })
    expect(made.of('device.offline')).toMatchObject([{ deviceId: ids.device, reason: 'unregistered' }])
  })

  it('ends with Contact * and Expires 0 too, and Contact * with anything else is a 400 (RFC 3261 10.2.2)', async () => {
    const { one, made } = await facing()
    await one.settleIn()
    expect((await one.attempt({ contact: '*', expires: 60 })).status).toBe(400)
    expect((await one.attempt({ contact: '*', expires: null })).status).toBe(400)
    expect(made.view().state).toBe('online')
    expect((await one.register({ contact: '*', expires: 0 })).status).toBe(200)
    expect(made.view().offlineReason).toBe('unregistered')
  })

  it('that never was is removed with a 200 and leaves no device behind', async () => {
    const { one, made } = await facing({ limits: { devices: 1 } })
    expect((await one.unregister()).status).toBe(200)
    const two = await camera(made, { id: ids.other, address: '192.0.2.65' })
    expect((await two.register()).status).toBe(200)
    // The platform is full now, and a removal needs no room.
    expect((await one.unregister()).status).toBe(200)
    expect(made.names()).not.toContain('device.offline')
  })
})

describe('the validity of a registration', () => {
  it.each([
    ['a Contact parameter wins over the header (RFC 3261 10.2.1.1)', 3600, ';expires=600', 600],
    ['a Contact parameter alone', null, ';expires=120', 120],
    ['neither of them: 3600', null, '', 3600],
    ['more than is granted becomes what is granted', 1_000_000, '', 86_400],
    ['the largest there is', 3600, ';expires=4294967295', 86_400],
    ['short ones are taken as they are', 60, '', 60],
  ])('%s', async (_, expires, parameter, granted) => {
    const { one, made } = await facing()
    const ok = await one.register({ expires, contact: `<${one.uri}>${parameter}` })
    expect([ok.header('Contact'), ok.header('Expires')]).toEqual([`<${one.uri}>;expires=${granted}`, `${granted}`])
    expect(made.view().expiresAt).toBe(new Date(made.clock.now() + granted * 1000).toISOString())
  })

  it('ends with expires=0 in the Contact, whatever the header says', async () => {
    const { one, made } = await facing()
    await one.settleIn()
    await one.register({ expires: 3600, contact: `<${one.uri}>;expires=0` })
    expect(made.view().offlineReason).toBe('unregistered')
  })

  it('is capped by maxExpires', async () => {
    const { one } = await facing({ maxExpires: 600 })
    expect((await one.register()).header('Expires')).toBe('600')
  })
})

describe('passwords', () => {
  it("a device's own password goes before the common one", async () => {
    const { one, made } = await facing({ passwords: { [ids.device]: 'own' } })
    expect((await one.register()).status).toBe(403)
    await one.challenged()
    expect((await one.attempt({ authorization: one.credentials({ secret: 'own' }) })).status).toBe(200)
    const other = await camera(made, { id: ids.other, address: '192.0.2.65' })
    expect((await other.register()).status).toBe(200)
  })

  it('without a common password an unknown device is refused, and told so', async () => {
    const { one, made } = await facing({ password: null, passwords: { [ids.other]: 'own' } })
    expect((await one.attempt()).status).toBe(403)
    expect(lastRefusal(made)).toMatchObject({ status: 403, reason: 'unknown-device' })
    expect(made.platform.devices()).toEqual([])
  })

  it('where nobody gives one it is made up, and holds', async () => {
    const { one, made } = await facing({ password: null })
    const { generatedPassword = '' } = made.platform
    expect(generatedPassword).toMatch(/^[0-9a-f]{12}$/)
    await one.challenged()
    expect((await one.attempt({ authorization: one.credentials({ secret: generatedPassword }) })).status).toBe(200)
  })

  it('an account without one registers without credentials; others next to it do not', async () => {
    const { one, made } = await facing({ passwords: { [ids.device]: '' } })
    expect((await one.attempt()).status).toBe(200)
    const other = await camera(made, { id: ids.other, address: '192.0.2.65' })
    expect((await other.attempt()).status).toBe(401)
  })

  it('a user name that is no device ID is the camera’s own matter', async () => {
    const { one } = await facing()
    await one.challenged()
    expect((await one.attempt({ authorization: one.credentials({ username: 'admin' }) })).status).toBe(200)
  })

  it.each(['MD5', 'SHA-256', 'SM3'])('%s is taken, whatever was offered', async (algorithm) => {
    const { one } = await facing()
    const challenged = await one.challenged()
    const challenge = (challenged.header('WWW-Authenticate') ?? '').replace('algorithm=MD5', `algorithm=${algorithm}`)
    expect((await one.attempt({ authorization: one.credentials({ challenge }) })).status).toBe(200)
  })

  it.each(['MD5-sess', 'SHA-512-256'])('%s is not: challenged again, and said why', async (algorithm) => {
    const { one, made } = await facing()
    await one.challenged()
    const authorization = one.credentials().replace('algorithm=MD5', `algorithm=${algorithm},cnonce="1"`)
    expect((await one.attempt({ authorization })).status).toBe(401)
    expect(lastRefusal(made)).toMatchObject({ status: 401, reason: 'unsupported-algorithm' })
  })

  it('takes the uri of the Authorization as it is written, not the Request-URI', async () => {
    const { one } = await facing()
    await one.challenged()
    const uri = 'sip:34020000002000000001@192.0.2.10:5060;transport=UDP'
    expect((await one.attempt({ authorization: one.credentials({ uri }) })).status).toBe(200)
  })
})

describe('the authenticate hook', () => {
  const ha1 = passwordHash({ algorithm: 'MD5', username: ids.device, realm, password })
  const never = () => new Promise<never>(() => {})

  it.each([
    ['a password', { password }, 200],
    ['a hash', { ha1 }, 200],
    ['null: refused', null, 403],
    ['undefined: the common password', undefined, 200],
    ['another password', { password: 'other' }, 403],
  ] as const)('answers %s, at once or later', async (_, secret, status) => {
    for (const authenticate of [() => secret, async () => secret]) {
      const { one } = await facing({ authenticate })
      if (secret === null) expect((await one.attempt()).status).toBe(403)
      else expect((await one.register()).status).toBe(status)
    }
  })

  it('may change its mind: the new password is asked for at once, and the old one is wrong', async () => {
    let secret: DeviceSecret = { password }
    const { one, made } = await facing({ authenticate: () => secret })
    expect((await one.register()).status).toBe(200)
    expect((await one.register()).status).toBe(200)
    secret = { password: 'new' }
    expect((await one.register()).status).toBe(403)
    expect(lastRefusal(made).reason).toBe('wrong-password')
    secret = { ha1 }
    expect((await one.register()).status).toBe(200)
    secret = { password }
    expect((await one.register()).status).toBe(200)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error(`no database for ${password}`)
      },
    ],
    ['rejects', () => Promise.reject(new Error(`no database for ${password}`))],
  ])('that %s is answered 503 with Retry-After, and said without its words', async (_, authenticate) => {
    const { one, made } = await facing({ authenticate })
    const refused = await one.attempt()
    expect([refused.status, refused.header('Retry-After')]).toEqual([503, '60'])
    expect(lastRefusal(made)).toMatchObject({ status: 503, reason: 'authenticator-failed' })
    expect(JSON.stringify(made.events)).not.toContain(password)
  })

  it('that takes more than 5 s is answered 503 then, once, however often the REGISTER came', async () => {
    const { one, made } = await facing({ authenticate: never })
    const callId = 'late@192.0.2.64'
    await expect(one.attempt({ callId, cseq: 1 })).rejects.toThrow('no such response')
    expect((await one.answerTo(callId, 1, 4001)).status).toBe(503)
    expect(made.now()).toBe(5000)
    expect(reasons(made)).toEqual(['503 authenticator-failed'])
  })

  it('that answers after its 5 s changes nothing any more', async () => {
    const { promise, resolve: answer } = Promise.withResolvers<DeviceSecret>()
    const authenticate = () => promise
    const { one, made } = await facing({ authenticate })
    await expect(one.attempt({ callId: 'late@192.0.2.64', cseq: 1 })).rejects.toThrow('no such response')
    await made.clock.pass(6000)
    answer({ password })
    await made.clock.pass(0)
    expect(made.platform.devices()).toEqual([])
  })

  it('that answers after the platform has closed wakes nothing, and holds no timer until then', async () => {
    const { promise, resolve: answer } = Promise.withResolvers<DeviceSecret>()
    const authenticate = () => promise
    const { one, made } = await facing({ authenticate })
    await expect(one.attempt()).rejects.toThrow('no such response')
    await made.end()
    answer({ password })
    await made.end()
  })

  it('that answers nonsense is a failed one: the platform lives, the next device is served', async () => {
    // What a caller without types can hand back.
    const nonsense: unknown = { pass: 'word' }
    for (const authenticate of [() => nonsense, async () => nonsense, () => 'word', async () => 7]) {
      const asked = authenticate as unknown
      const { one, made } = await facing({ authenticate: asked as () => DeviceSecret })
      expect((await one.attempt()).status).toBe(503)
      expect(lastRefusal(made).reason).toBe('authenticator-failed')
    }
  })
})

describe('credentials that are no proof (DESIGN.md rule 4)', () => {
  /** A device that is registered, and the Authorization that it used. */
  async function registered() {
    const { made, one } = await facing()
    await one.settleIn()
    return { made, one, used: one.credentials() }
  }

  it('a wrong password is a 403, counted by source, and neither event nor answer says a password', async () => {
    const { one, made } = await facing()
    await one.challenged()
    for (let tries = 0; tries < 3; tries++)
      expect((await one.attempt({ authorization: one.credentials({ secret: 'Wr0ng' }) })).status).toBe(403)
    const other = await camera(made, { id: ids.other, address: '192.0.2.65' })
    await other.challenged()
    await other.attempt({ authorization: other.credentials({ secret: 'Wr0ng' }) })
    const rejected = made.of('registration.rejected')
    expect(rejected.map(({ status, reason, wrongPasswords }) => [status, reason, wrongPasswords])).toEqual([
      [403, 'wrong-password', 1],
      [403, 'wrong-password', 2],
      [403, 'wrong-password', 3],
      [403, 'wrong-password', 1],
    ])
    expect(lastRefusal(made).hint).toMatch(/the password differs\. Enter the password again on both sides/)
    const told = JSON.stringify([made.events, one.peer.received.map(({ text }) => text), made.platform.devices()])
    for (const secret of [password, 'Wr0ng', one.credentials().match(/response="(\w+)"/)?.[1] ?? ''])
      expect(told).not.toContain(secret)
  })

  it('what was presented is told input by input, with the password that was tried', async () => {
    const { one, made } = await facing()
    await one.challenged()
    await made.clock.pass(1500)
    await one.attempt({ authorization: one.credentials({ secret: 'Wr0ng' }) })
    const [right] = made.of('registration.rejected')
    expect(right?.presented).toEqual({
      username: one.id,
      realm: made.platform.realm,
      uri: expect.stringMatching(/^sip:\d{20}@/),
      algorithm: 'MD5',
      qop: null,
      nonceAgeMs: expect.any(Number),
      differs: ['password'],
      passwordFrom: 'password',
    })
    expect(right?.presented?.nonceAgeMs).toBeGreaterThanOrEqual(1500)
    const wrong = one
      .credentials()
      .replace(/realm="[^"]*"/, 'realm="elsewhere"')
      .replace(/nonce="[^"]*"/, 'nonce="x"')
    await one.attempt({ authorization: wrong.replace(/uri="[^"]*"/, 'uri="sip:a:s3cret@b"') })
    expect(made.of('registration.rejected').at(-1)).toMatchObject({
      reason: 'foreign-realm',
      presented: { realm: 'elsewhere', uri: 'sip:a@b', nonceAgeMs: null, differs: ['realm', 'uri', 'nonce'] },
    })
    await one.attempt({ authorization: 'Digest nonsense' })
    expect(made.of('registration.rejected').at(-1)).toMatchObject({ reason: 'malformed-credentials', presented: null })
  })

  it('wrong passwords are counted for a bounded number of sources, the oldest forgotten first', async () => {
    const made = await bench({ limits: { sources: 2 } })
    const one = await camera(made, { address: '192.0.2.1' })
    const two = await camera(made, { address: '192.0.2.2' })
    const three = await camera(made, { address: '192.0.2.3' })
    const counts: number[] = []
    for (const next of [one, two, one, three, two]) {
      await next.challenged()
      await next.attempt({ authorization: next.credentials({ secret: 'no' }) })
      counts.push(made.of('registration.rejected').at(-1)?.wrongPasswords ?? 0)
    }
    // 192.0.2.2 was the one heard of longest ago when 192.0.2.3 came.
    expect(counts).toEqual([1, 1, 2, 1, 1])
  })

  it('an expired nonce is challenged again as stale, and the new one lets the device in', async () => {
    const { one, made, used } = await registered()
    await made.clock.pass(300_001)
    const again = await one.challenged({ authorization: used })
    expect([again.status, staleOf(one.challenge)]).toEqual([401, true])
    expect(lastRefusal(made)).toMatchObject({ status: 401, reason: 'expired-nonce' })
    expect((await one.attempt({ authorization: one.credentials() })).status).toBe(200)
  })

  it('expired nonces are no wrong passwords', async () => {
    const { one, made, used } = await registered()
    await made.clock.pass(300_001)
    await one.challenged({ authorization: used })
    expect(made.of('registration.rejected')).toMatchObject([{ wrongPasswords: 0 }])
  })

  it.each([
    ['of another device', { id: ids.other }],
    ['of another source IP address', { address: '192.0.2.65' }],
  ])('a nonce %s is foreign: challenged again as stale', async (_, other) => {
    const { one, made } = await facing()
    await one.challenged()
    const two = await camera(made, { port: 5070, ...other })
    const again = await two.challenged({ authorization: two.credentials({ challenge: one.challenge ?? '' }) })
    expect([again.status, staleOf(two.challenge)]).toEqual([401, true])
    expect(reasons(made)).toEqual(['401 foreign-nonce'])
  })

  it('a nonce is good for another port of the same source: a NAT may change it', async () => {
    const { one, made } = await facing()
    await one.challenged()
    const moved = await camera(made, { port: 5070 })
    const ok = await moved.attempt({ authorization: moved.credentials({ challenge: one.challenge ?? '' }), cseq: 2 })
    expect([ok.status, made.view().address]).toEqual([200, '192.0.2.64:5070'])
  })

  it('a nonce of nobody, and an empty one, are challenged again', async () => {
    const { one, made } = await facing()
    for (const nonce of ['0123456789abcdef', '', '0'.repeat(44)]) {
      const challenge = `Digest realm="${realm}",nonce="${nonce}",algorithm=MD5`
      expect((await one.attempt({ authorization: one.credentials({ challenge }) })).status).toBe(401)
    }
    expect(reasons(made)).toEqual(Array(3).fill('401 foreign-nonce'))
  })

  it('a foreign realm is challenged again with ours', async () => {
    const { one, made } = await facing()
    await one.challenged()
    const challenge = (one.challenge ?? '').replace(realm, '4401000000')
    const again = await one.challenged({ authorization: one.credentials({ challenge }) })
    expect([again.status, one.challenge?.includes(`realm="${realm}"`)]).toEqual([401, true])
    expect(reasons(made)).toEqual(['401 foreign-realm'])
  })

  it('an Authorization for another device is a 403, even with the right password', async () => {
    const { one, made } = await facing()
    await one.challenged()
    expect((await one.attempt({ authorization: one.credentials({ username: ids.other }) })).status).toBe(403)
    expect(reasons(made)).toEqual(['403 username-of-another-device'])
  })

  it('an identical message within 32 s gets the identical answer, and happened once', async () => {
    const { one, made } = await facing()
    await one.challenged()
    const register = { cseq: 2, authorization: one.credentials(), headers: { Via: viaOf('z9hG4bKsame') } }
    const first = await one.attempt(register)
    await made.clock.pass(31_000)
    const second = await one.attempt(register)
    expect([second.status, second.header('Date')]).toEqual([200, first.header('Date')])
    expect(made.view().expiresAt).toBe('2024-05-01T01:00:00.000Z')
    expect(made.platform.counters()['retransmissions-absorbed']).toBe(1)
  })

  it('an identical message after its transaction is over is a replay: 401, and nothing moves', async () => {
    const { one, made } = await facing()
    await one.challenged()
    const register = { cseq: 2, authorization: one.credentials(), headers: { Via: viaOf('z9hG4bKsame') } }
    await one.attempt(register)
    await made.clock.pass(33_000)
    expect((await one.attempt(register)).status).toBe(401)
    expect(reasons(made)).toEqual(['401 cseq-not-rising'])
    expect(made.view().expiresAt).toBe('2024-05-01T01:00:00.000Z')
  })

  it.each([2, 1, 0])('CSeq %i after 2 in the same Call-ID is a 401, and nothing moves', async (cseq) => {
    const { one, made, used } = await registered()
    await made.clock.pass(1000)
    expect((await one.attempt({ cseq, authorization: used, expires: 0 })).status).toBe(401)
    expect(reasons(made)).toEqual(['401 cseq-not-rising'])
    expect(made.view().state).toBe('online')
  })

  it('a used Authorization under a new Call-ID is a replay', async () => {
    const { one, made, used } = await registered()
    const replayed = await one.attempt({ callId: 'new@192.0.2.64', cseq: 99, authorization: used, expires: 0 })
    expect(replayed.status).toBe(401)
    expect(reasons(made)).toEqual(['401 replayed-credentials'])
    expect(made.view().state).toBe('online')
  })

  it('the REGISTER before the last one is a replay too, while its nonce is still fresh', async () => {
    const { one, made, used } = await registered()
    const [first, firstCSeq] = [one.callId, one.cseq]
    await made.clock.pass(10_000)
    expect((await one.register({ callId: 'second@192.0.2.64' })).status).toBe(200)
    const replayed = await one.attempt({ callId: first, cseq: firstCSeq, authorization: used, expires: 0 })
    expect(replayed.status).toBe(401)
    expect(reasons(made)).toEqual(['401 replayed-credentials'])
    expect(made.view().state).toBe('online')
  })

  it('the REGISTER of before a removal does not undo the removal', async () => {
    const { one, made, used } = await registered()
    await made.clock.pass(1000)
    await one.unregister({ callId: 'removal@192.0.2.64' })
    expect((await one.attempt({ cseq: 2, authorization: used })).status).toBe(401)
    expect(made.view().offlineReason).toBe('unregistered')
  })

  it('nor does a refresh that the network held back until after the removal', async () => {
    const { one, made, used } = await registered()
    expect((await one.attempt({ cseq: 4, authorization: used, expires: 0 })).status).toBe(200)
    expect((await one.attempt({ cseq: 3, authorization: used })).status).toBe(401)
    expect(made.view().offlineReason).toBe('unregistered')
  })

  it('with qop=auth the nonce count must rise', async () => {
    const { one, made } = await facing()
    await one.challenged()
    const challenge = `${one.challenge},qop="auth"`
    const count = (nonceCount: number) => ({ authorization: one.credentials({ challenge, nonceCount }) })
    expect((await one.attempt(count(1))).status).toBe(200)
    expect((await one.attempt(count(1))).status).toBe(401)
    expect((await one.attempt(count(3))).status).toBe(200)
    expect((await one.attempt(count(2))).status).toBe(401)
    expect(reasons(made)).toEqual(['401 replayed-credentials', '401 replayed-credentials'])
  })

  it.each([
    ['qop without nc', (text: string) => `${text},qop=auth,cnonce="1"`],
    ['qop without cnonce', (text: string) => `${text},qop=auth,nc=00000001`],
    ['a qop of nobody', (text: string) => `${text},qop=auth-conf,nc=00000001,cnonce="1"`],
    ['a response that is no hash', (text: string) => text.replace(/response="\w+"/, 'response="1234"')],
    ['no response', (text: string) => text.replace(/,response="\w+"/, '')],
    ['no nonce', (text: string) => text.replace(/,nonce="\w+"/, '')],
    ['an open quote', (text: string) => `${text},opaque="`],
    ['a parameter twice', (text: string) => `${text},realm="${realm}"`],
    ['nothing but the scheme', () => 'Digest'],
  ])('%s is malformed: 400', async (_, mangle) => {
    const { one, made } = await facing()
    await one.challenged()
    expect((await one.attempt({ authorization: mangle(one.credentials()) })).status).toBe(400)
    expect(reasons(made)).toEqual(['400 malformed-credentials'])
  })

  it.each(['NoOneKnowsThisScheme opaque-data=here', 'Basic YWRtaW46', 'Capability algorithm="A:SM2;H:SM3"', ''])(
    'the scheme of "%s" is not ours: challenged (RFC 4475 3.3.7)',
    async (authorization) => {
      const { one } = await facing()
      const challenged = await one.challenged({ authorization })
      expect([challenged.status, staleOf(one.challenge)]).toEqual([401, false])
    },
  )

  it('two Digest Authorizations are a 400; one beside another scheme is taken', async () => {
    const { one, made } = await facing()
    await one.challenged()
    const twice = { headers: { authorization: one.credentials() }, authorization: one.credentials() }
    expect((await one.attempt(twice)).status).toBe(400)
    expect(reasons(made)).toEqual(['400 several-authorizations'])
    expect((await one.attempt({ ...twice, headers: { authorization: 'Basic YWRtaW46' } })).status).toBe(200)
  })
})

const viaOf = (branch: string): string => `SIP/2.0/UDP ${cameraAt.address}:${cameraAt.port};rport;branch=${branch}`

describe('who may register as whom', () => {
  it.each(['3402000000111000001', '340200000011100000012', 'gatekeeper', '3402000000111000000a'])(
    'the ID %s is not of 20 digits: 403',
    async (id) => {
      const made = await bench()
      const one = await camera(made, { id })
      expect((await one.attempt()).status).toBe(403)
      expect(lastRefusal(made)).toMatchObject({ status: 403, reason: 'id-not-20-digits' })
      expect(made.platform.devices()).toEqual([])
    },
  )

  it("the platform's own ID is refused with the clear reason (protocol notes 08, section 1)", async () => {
    const made = await bench()
    const one = await camera(made, { id: ids.platform })
    expect((await one.attempt()).status).toBe(403)
    expect(lastRefusal(made)).toMatchObject({
      reason: 'id-is-platform',
      hint: expect.stringMatching(/Give it an ID of its own/),
    })
  })

  it('From and To must name one device', async () => {
    const { one, made } = await facing()
    expect((await one.attempt({ headers: { To: `<sip:${ids.other}@${realm}>` } })).status).toBe(403)
    expect(reasons(made)).toEqual(['403 from-to-differ'])
  })

  it('a To tag, which some devices send, changes nothing: challenged, verified, and the tag kept', async () => {
    const { one } = await facing()
    const headers = { To: `<sip:${ids.device}@${realm}>;tag=mine` }
    const challenged = await one.challenged({ headers })
    expect([challenged.status, challenged.to.tag]).toEqual([401, 'mine'])
    expect((await one.attempt({ headers, authorization: one.credentials() })).status).toBe(200)
  })

  it('more devices than there is room for are answered 503 with Retry-After; those inside refresh', async () => {
    const made = await bench({ limits: { devices: 1 } })
    const one = await camera(made)
    await one.register()
    const two = await camera(made, { id: ids.other, address: '192.0.2.65' })
    const refused = await two.register()
    expect([refused.status, refused.header('Retry-After')]).toEqual([503, '60'])
    expect(reasons(made)).toEqual(['503 too-many-devices'])
    expect((await one.register()).status).toBe(200)
    expect(made.platform.forget(ids.device)).toBe(true)
    expect((await two.register()).status).toBe(200)
  })
})

describe('strangers (DESIGN.md rules 4 and 8)', () => {
  const watched = ({ platform }: Bench) => platform.actors().filter(({ machine }) => machine === 'registration')

  it('2,000 of them are 1,000 actors, the oldest gone first; after 32 s without an answer there are none', async () => {
    const made = await bench()
    const one = await camera(made)
    for (let nth = 1; nth <= 2000; nth++) {
      one.peer.request('REGISTER', platformAt, {
        uri: `sip:${ids.platform}@${realm}`,
        headers: { From: `<sip:${deviceId(nth)}@${realm}>;tag=1`, To: `<sip:${deviceId(nth)}@${realm}>` },
      })
    }
    await made.clock.pass(0)
    expect(one.peer.received.filter(({ text }) => text.startsWith('SIP/2.0 401'))).toHaveLength(2000)
    expect(watched(made)).toHaveLength(1000)
    expect(made.platform.device(deviceId(1000))).toBeUndefined()
    expect(made.platform.device(deviceId(1001))?.state).toBe('challenged')
    await made.clock.pass(32_000)
    expect(made.platform.actors()).toEqual([])
  })

  it('that was forgotten between its 401 and its answer is let in all the same', async () => {
    const made = await bench({ limits: { strangers: 1 } })
    const one = await camera(made)
    await one.challenged()
    const two = await camera(made, { id: ids.other, address: '192.0.2.65' })
    await two.challenged()
    expect(made.platform.device(ids.device)).toBeUndefined()
    expect((await one.attempt({ authorization: one.credentials() })).status).toBe(200)
    expect(made.view().state).toBe('online')
  })

  it('is shown with the instant at which the challenge lapses, and each attempt begins anew', async () => {
    const { one, made } = await facing()
    await one.challenged()
    await made.clock.pass(20_000)
    await one.challenged()
    expect(made.view().nextDeadline).toEqual({ what: 'challenge', at: '2024-05-01T00:00:52.000Z' })
    await made.clock.pass(31_999)
    expect(made.view().state).toBe('challenged')
    await made.clock.pass(1)
    expect(made.platform.device(ids.device)).toBeUndefined()
  })

  it('does not push out a device that has registered', async () => {
    const made = await bench({ limits: { strangers: 1 } })
    const one = await camera(made)
    await one.settleIn()
    await one.challenged()
    const two = await camera(made, { id: ids.other, address: '192.0.2.65' })
    await two.challenged()
    expect(made.view()).toMatchObject({ state: 'online' })
  })
})
