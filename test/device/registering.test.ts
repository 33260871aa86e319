import { afterEach, describe, expect, it } from 'vitest'
import { ask, challenge, credentialsOf, ids, type letIn, password, proves, type Rig, registered, rig } from './rig.ts'

const rigs: Rig[] = []
const made = async (...parts: Parameters<typeof rig>) => {
  const one = await rig(...parts)
  rigs.push(one)
  return one
}
const inside = async (options: Parameters<typeof registered>[0] = {}) => {
  const one = await registered(options)
  rigs.push(one)
  return one
}

afterEach(() => {
  // A bug in a handler is an event, and no test may pass over one.
  for (const { events } of rigs.splice(0)) {
    expect(events.filter(({ name }) => name === 'actor.crashed' || name === 'engine.trouble')).toEqual([])
  }
})

describe('registration (GB/T 28181 9.1, protocol notes 02)', () => {
  it('goes REGISTER, 401, REGISTER with credentials, 200', async () => {
    const { peer, clock, device, events, now } = await made({}, { link: { latency: 10 } })
    const first = peer.expect({ method: 'REGISTER' })
    expect([now(), first.message.requestUri]).toEqual([10, `sip:${ids.platform}@3402000000`])
    expect(first.message.header('From')).toMatch(/^<sip:34020000001110000001@3402000000>;tag=\w+$/)
    expect(first.message.header('To')).toBe('<sip:34020000001110000001@3402000000>')
    expect(first.message.header('Contact')).toBe('<sip:34020000001110000001@192.0.2.64:5060>')
    expect(first.message.header('Authorization')).toBeUndefined()
    const names = ['Via', 'Max-Forwards', 'From', 'To', 'Call-ID', 'CSeq', 'Contact', 'Expires', 'X-GB-Ver']
    expect(first.message.fields().map(({ name }) => name)).toEqual([...names, 'User-Agent', 'Content-Length'])
    expect([first.message.expires, first.message.header('X-GB-Ver')]).toEqual([3600, '2.0'])

    peer.respond(first, 401, challenge())
    const second = peer.expect({ method: 'REGISTER' })
    expect([second.at - first.at, second.message.cseq.number]).toEqual([20, 2])
    expect(second.message.callId).toBe(first.message.callId)
    expect(second.message.from.tag).toBe(first.message.from.tag)
    expect(second.message.via.branch).not.toBe(first.message.via.branch)
    expect(proves(second.message)).toBe(true)
    expect(device.state).toBe('registering')

    peer.respond(second, 200, { Contact: `${first.message.header('Contact')};expires=600`, Expires: '3600' })
    clock.advance(10)
    expect(device.state).toBe('registered')
    expect(events).toMatchObject([{ name: 'registered', deviceId: ids.device, expires: 600, refresh: false }])
  })

  it('takes the validity of its own Contact where the platform lists others too', async () => {
    const { peer, clock, events } = await made()
    const register = peer.expect({ method: 'REGISTER' })
    const earlier = `<sip:${ids.device}@192.0.2.64:40000>;expires=20`
    peer.respond(register, 200, {
      Contact: `${earlier}, ${register.message.header('Contact')};expires=300`,
      Expires: '9',
    })
    clock.advance(0)
    expect(events).toMatchObject([{ name: 'registered', expires: 300 }])
  })

  it('refreshes at three quarters of the validity that the platform granted, with the nonce it has', async () => {
    const { peer, sent } = await inside({ keepalive: 10_000 })
    const refresh = peer.expect({ method: 'REGISTER' }, { within: 2_700_000 })
    expect(sent(/^REGISTER/)).toEqual([0, 0, 2_700_000])
    expect([refresh.message.cseq.number, proves(refresh.message)]).toEqual([3, true])
  })

  it('answers a stale nonce at once with the new one', async () => {
    const one = await inside({ keepalive: 100_000 })
    const { peer, clock, device } = one
    const refresh = peer.expect({ method: 'REGISTER' }, { within: 2_800_000 })
    peer.respond(refresh, 401, challenge('n2', ',stale=true'))
    const again = peer.expect({ method: 'REGISTER' }, { within: 1 })
    expect([credentialsOf(again)?.nonce, proves(again.message)]).toEqual(['n2', true])
    peer.respond(again, 200, { Expires: '3600' })
    clock.advance(0)
    expect(device.state).toBe('registered')
  })

  it('counts the uses of a nonce with qop=auth, and begins anew with a new nonce', async () => {
    const { peer } = await made({ keepalive: 1000 })
    const qop = ',qop="auth"'
    peer.respond(peer.expect({ method: 'REGISTER' }), 401, challenge('n1', qop))
    const first = peer.expect({ method: 'REGISTER' })
    expect([credentialsOf(first)?.nc, credentialsOf(first)?.qop, proves(first.message)]).toEqual([
      '00000001',
      'auth',
      true,
    ])
    peer.respond(first, 200, { Expires: '40' })
    const second = peer.expect({ method: 'REGISTER' }, { within: 30_000 })
    expect([credentialsOf(second)?.nc, credentialsOf(second)?.cnonce]).toEqual([
      '00000002',
      credentialsOf(first)?.cnonce,
    ])
    peer.respond(second, 401, challenge('n2', `${qop},stale=true`))
    const third = peer.expect({ method: 'REGISTER' })
    expect([credentialsOf(third)?.nc, credentialsOf(third)?.nonce]).toEqual(['00000001', 'n2'])
  })

  it.each(['SHA-256', 'SM3'])('takes %s where it is offered', async (algorithm) => {
    const { peer } = await made()
    const value = `Digest realm="3402000000",nonce="n1",algorithm=${algorithm}`
    peer.respond(peer.expect({ method: 'REGISTER' }), 401, { 'WWW-Authenticate': value })
    const second = peer.expect({ method: 'REGISTER' })
    expect([credentialsOf(second)?.algorithm, proves(second.message)]).toEqual([algorithm, true])
  })

  it('answers the challenge of a proxy with Proxy-Authorization', async () => {
    const { peer } = await made()
    peer.respond(peer.expect({ method: 'REGISTER' }), 407, { 'Proxy-Authenticate': 'Digest realm="r",nonce="n"' })
    expect(peer.expect({ method: 'REGISTER' }).message.header('Proxy-Authorization')).toContain('realm="r"')
  })

  it('asks for longer after 423', async () => {
    const { peer } = await made({ expires: 60 })
    peer.respond(peer.expect({ method: 'REGISTER' }), 423, { 'Min-Expires': '3600' })
    expect(peer.expect({ method: 'REGISTER' }).message.expires).toBe(3600)
  })

  it('waits the retry time and up to half of it more after a wrong password', async () => {
    const { peer, clock, events, sent } = await made({ password: 'wrong', random: fixedFraction(0.5) })
    peer.respond(peer.expect({ method: 'REGISTER' }), 401, challenge())
    peer.respond(peer.expect({ method: 'REGISTER' }), 401, challenge('n2'))
    clock.advance(74_999)
    expect(sent(/^REGISTER/)).toEqual([0, 0])
    clock.advance(1)
    expect(sent(/^REGISTER/)).toEqual([0, 0, 75_000])
    expect(events).toMatchObject([
      { name: 'registration.failed', reason: 'wrong-credentials', status: 401, retryIn: 75 },
    ])
  })

  it('waits at least as long as Retry-After asks', async () => {
    const { peer, clock, sent } = await made({ random: fixedFraction(0) })
    peer.respond(peer.expect({ method: 'REGISTER' }), 503, { 'Retry-After': '120' })
    clock.advance(119_999)
    expect(sent(/^REGISTER/)).toEqual([0])
    clock.advance(1)
    expect(sent(/^REGISTER/)).toEqual([0, 120_000])
  })

  it('repeats a REGISTER that nobody answers by Timer E, gives up after 64*T1 and says so', async () => {
    const { peer, clock, sent, events } = await made({ random: fixedFraction(0) })
    await peer.close()
    clock.advance(32_000)
    const schedule = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    expect(sent(/^REGISTER/)).toEqual(schedule)
    expect(events).toMatchObject([{ name: 'registration.failed', reason: 'no-final', status: null, retryIn: 60 }])
    clock.advance(60_000)
    expect(sent(/^REGISTER/)).toEqual([...schedule, 92_000])
  })

  it('says that a password is asked for where it has none', async () => {
    const { peer, clock, events } = await made({ password: undefined })
    peer.respond(peer.expect({ method: 'REGISTER' }), 401, challenge())
    clock.advance(0)
    expect(events).toMatchObject([
      { reason: 'rejected', status: 401, hint: expect.stringContaining('asks for a password') },
    ])
  })

  it('takes a 200 that grants nothing as a refusal', async () => {
    const { peer, clock, sent, events } = await made()
    peer.respond(peer.expect({ method: 'REGISTER' }), 200, { Expires: '0' })
    clock.advance(10_000)
    expect([sent(/^REGISTER/).length, events.map(({ name }) => name)]).toEqual([1, ['registration.failed']])
  })

  it('unregisters on close, answering one more challenge', async () => {
    const one = await inside()
    const { peer, clock, device, names } = one
    const closed = device.close()
    const leaving = peer.expect({ method: 'REGISTER' })
    expect([leaving.message.expires, leaving.message.cseq.number, proves(leaving.message)]).toEqual([0, 3, true])
    peer.respond(leaving, 401, challenge('n3'))
    const again = peer.expect({ method: 'REGISTER' })
    expect([again.message.expires, credentialsOf(again)?.nonce]).toEqual([0, 'n3'])
    peer.respond(again, 200)
    clock.advance(0)
    await closed
    expect([device.state, names()]).toEqual(['stopped', ['registered', 'unregistered']])
  })

  it('closes within the grace when the platform is gone, and leaves no timer', async () => {
    const one = await inside({ grace: 3 })
    const { peer, clock, device } = one
    await peer.close()
    let closed = false
    const closing = device.close().then(() => {
      closed = true
    })
    clock.advance(2999)
    await Promise.resolve()
    expect(closed).toBe(false)
    clock.advance(1)
    await closing
    expect(clock.pending).toBe(0)
  })

  it('never puts the password or an Authorization into an event', async () => {
    const one = await inside()
    ask(one, 'Catalog', 1)
    one.clock.advance(120_000)
    const text = JSON.stringify(one.events)
    expect(text).not.toContain(password)
    expect(text).not.toContain('Digest')
  })
})

describe('keepalive (GB/T 28181 9.6)', () => {
  it('is sent every interval as Notify Keepalive, each MESSAGE with a Call-ID of its own', async () => {
    const one = await inside({ keepalive: 30 })
    const { peer, sent } = one
    const first = peer.expect({ method: 'MESSAGE' }, { within: 30_000 })
    peer.respond(first, 200)
    const second = peer.expect({ method: 'MESSAGE' }, { within: 30_000 })
    expect(sent(/^MESSAGE/)).toEqual([30_000, 60_000])
    expect(second.message.callId).not.toBe(first.message.callId)
    expect(first.message.contentType).toBe('application/manscdp+xml')
    expect(first.message.body.toString('latin1').split('\r\n')).toEqual([
      '<?xml version="1.0" encoding="GB2312"?>',
      '<Notify>',
      '<CmdType>Keepalive</CmdType>',
      '<SN>1</SN>',
      `<DeviceID>${ids.device}</DeviceID>`,
      '<Status>OK</Status>',
      '</Notify>',
      '',
    ])
  })

  it('registers again at once when a keepalive is answered 404', async () => {
    const one = await inside()
    const { peer, events, names, sent } = one
    peer.respond(peer.expect({ method: 'MESSAGE' }, { within: 60_000 }), 404)
    const again = peer.expect({ method: 'REGISTER' }, { within: 1 })
    expect([again.message.cseq.number, again.message.header('Authorization')]).toEqual([3, undefined])
    expect(sent(/^REGISTER/)).toEqual([0, 0, 60_000])
    expect(names()).toEqual(['registered', 'lost'])
    expect(events.find(({ name }) => name === 'lost')).toMatchObject({ reason: 'keepalive-refused' })
    letIn2(one, again)
    expect(one.device.state).toBe('registered')
  })

  it('counts the platform as lost after three keepalives without an answer, and registers again', async () => {
    const one = await inside({ keepalive: 60 })
    const { clock, sent, events } = one
    clock.advance(180_000 + 32_000 - 1)
    expect(sent(/^REGISTER/)).toEqual([0, 0])
    clock.advance(1)
    expect(sent(/^REGISTER/)).toEqual([0, 0, 212_000])
    expect(events.find(({ name }) => name === 'lost')).toMatchObject({ reason: 'keepalive-missed' })
  })

  it('begins counting anew after one that was answered', async () => {
    const one = await inside({ keepalive: 60 })
    const { peer, clock, sent } = one
    clock.advance(150_000)
    peer.skip()
    const third = peer.expect({ method: 'MESSAGE' }, { within: 40_000 })
    peer.respond(third, 200)
    clock.advance(100_000)
    expect(sent(/^REGISTER/)).toEqual([0, 0])
  })

  it('takes a 503 as unanswered, not as a refusal', async () => {
    const one = await inside()
    one.peer.respond(one.peer.expect({ method: 'MESSAGE' }, { within: 60_000 }), 503)
    one.clock.advance(0)
    expect(one.device.state).toBe('registered')
  })
})

describe('TCP (GB/T 28181 9.1.1 f)', () => {
  it('keeps to one connection, and registers again after the retry time when that is closed', async () => {
    const one = await inside({ transport: 'tcp', random: fixedFraction(0) })
    const { peer, clock, sent, names } = one
    const keepalive = peer.expect({ method: 'MESSAGE' }, { within: 60_000 })
    const register = peer.received[0]
    expect(keepalive.flow).toBe(register?.flow)
    expect(keepalive.message.via.transport).toBe('TCP')
    expect(register?.message.header('Contact')).toBe(`<sip:${ids.device}@192.0.2.64:5060;transport=tcp>`)
    await peer.close()
    clock.advance(0)
    expect(names()).toEqual(['registered', 'lost'])
    clock.advance(60_000)
    expect(sent(/^REGISTER/)).toEqual([0, 0, 120_000])
  })

  it('says `transport` and tries again when nobody listens', async () => {
    const { peer, clock, events } = await made({ transport: 'tcp' })
    await peer.close()
    clock.advance(0)
    expect(events[0]).toMatchObject({ name: 'registration.failed', reason: 'transport' })
  })
})

function letIn2(one: Rig, register: ReturnType<typeof letIn>): void {
  one.peer.respond(register, 401, challenge('n9'))
  one.peer.respond(one.peer.expect({ method: 'REGISTER' }), 200, { Expires: '3600' })
  one.clock.advance(0)
}

function fixedFraction(value: number) {
  let serial = 0
  return { fraction: () => value, hex: (bytes: number) => String(++serial).padStart(2 * bytes, '0') }
}
