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
  credentialsFor,
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
