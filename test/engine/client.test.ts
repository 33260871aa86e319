/** Requests out: what the transaction's user hears, exactly once. RFC 3261 9.1, 17.1, 13.2.2.4. */
import { describe, expect, it } from 'vitest'
import type { ClientUser } from '../../src/engine/client-transaction.ts'
import type { Flow } from '../../src/engine/network.ts'
import { Trail } from '../../src/engine/trail.ts'
import { BrokenWire } from '../platform/broken-wire.ts'
import { type EngineRig, engineRig, peerAt, serverAt } from './rig.ts'

class Hearing implements ClientUser {
  readonly heard: (number | string)[] = []
  provisional = ({ status }: { status: number }) => void this.heard.push(status)
  final: ClientUser['final'] = ({ status }) => void this.heard.push(status)
  failed = (reason: string) => void this.heard.push(reason)
}

const request = (method: string, flow: Flow, cseq = 1) => ({
  method,
  uri: 'sip:34020000001110000001@192.0.2.64:5060',
  flow,
  routes: ['<sip:192.0.2.64;lr>'],
  from: '<sip:a@b>;tag=f',
  to: '<sip:c@d>',
  callId: `c${cseq}`,
  cseq,
})

function way({ engine }: EngineRig, transport: 'UDP' | 'TCP' = 'UDP'): Flow {
  const flow = engine.flowTo(transport, peerAt)
  if (flow === undefined) throw new Error('no way')
  return flow
}

describe('a request', () => {
  it('carries a Via of ours with rport, its branch new each time, and the name of the program', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    rig.engine.send(request('MESSAGE', way(rig)), new Hearing())
    rig.engine.send(request('MESSAGE', way(rig), 2), new Hearing())
    const [first, second] = [one.expect({ method: 'MESSAGE' }), one.expect({ method: 'MESSAGE' })]
    expect(first.message.header('Via')).toMatch(/^SIP\/2\.0\/UDP 192\.0\.2\.10:5060;rport;branch=z9hG4bK\w{16}$/)
    expect(first.message.via.branch).not.toBe(second.message.via.branch)
    expect(first.message.header('User-Agent')).toBe('test')
  })

  it('has a branch of its own, also where chance gives the same twice', async () => {
    const given = ['0', '1', '1', '2'].map((digit) => digit.repeat(16))
    const hex = () => given.shift() ?? ''
    const rig = await engineRig({ random: { hex, fraction: () => 0 } })
    const one = await rig.peer()
    for (const cseq of [1, 2, 3]) rig.engine.send(request('MESSAGE', way(rig), cseq), new Hearing())
    const branches = [1, 2, 3].map(() => one.expect({ method: 'MESSAGE' }).message.via.branch)
    expect(branches).toEqual(['0', '1', '2'].map((digit) => `z9hG4bK${digit.repeat(16)}`))
  })

  it('is not sent where chance gives the same for ever', async () => {
    const rig = await engineRig({ random: { hex: () => '7'.repeat(16), fraction: () => 0 } })
    await rig.peer()
    rig.engine.send(request('MESSAGE', way(rig)), new Hearing())
    expect(() => rig.engine.send(request('MESSAGE', way(rig), 2), new Hearing())).toThrow('random')
  })

  it('with a line break in a header is a fault of ours, and is not sent', async () => {
    const rig = await engineRig()
    await rig.peer()
    const headers = [{ name: 'Subject', value: 'a\r\nX-Evil: 1' }]
    expect(() => rig.engine.send({ ...request('INVITE', way(rig)), headers }, new Hearing())).toThrow('line break')
    expect(rig.sent()).toEqual([])
    await expect(engineRig({ userAgent: 'a\nb' })).rejects.toThrow('line break')
    await expect(engineRig({ advertise: 'a\rb' })).rejects.toThrow('line break')
  })

  it('is not answered by a response whose branch has only one half of its own', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const user = new Hearing()
    rig.engine.send(request('MESSAGE', way(rig)), user)
    const got = one.expect({ method: 'MESSAGE' })
    const { branch = '' } = got.message.via
    const answer = (to: string) =>
      `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=${to}\r\nFrom: <sip:a@b>;tag=f\r\nTo: <sip:c@d>;tag=t\r\n` +
      'Call-ID: c1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n'
    one.send(answer(`z9hG4bK00000000${branch.slice(15)}`), serverAt)
    one.send(answer(`${branch.slice(0, 15)}00000000`), serverAt)
    rig.clock.advance(0)
    expect(rig.engine.counters.all()).toMatchObject({ 'dropped-response-without-transaction': 2 })
    one.send(answer(branch), serverAt)
    rig.clock.advance(0)
    expect(user.heard).toEqual([200])
  })

  it('that is answered at once tells it once, and absorbs repetitions for Timer K', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const user = new Hearing()
    rig.engine.send(request('MESSAGE', way(rig)), user)
    const got = one.expect({ method: 'MESSAGE' })
    for (let time = 0; time < 3; time++) one.respond(got, 200)
    rig.clock.advance(4999)
    expect(rig.engine.directory.count('nonInviteClient')).toBe(1)
    rig.clock.advance(1)
    expect(rig.engine.directory.count()).toBe(0)
    expect(user.heard).toEqual([200])
  })

  it('that nobody answers fails by timeout after 64*T1', async () => {
    const rig = await engineRig()
    const user = new Hearing()
    rig.engine.send(request('MESSAGE', way(rig)), user)
    rig.clock.advance(31_999)
    expect(user.heard).toEqual([])
    rig.clock.advance(1)
    expect(user.heard).toEqual(['timeout'])
    expect(rig.engine.directory.count()).toBe(0)
  })

  it.each(['MESSAGE', 'INVITE'])('%s that the network refuses fails by transport, at once', async (method) => {
    const wire = new BrokenWire((text) => text.startsWith(method))
    const rig = await engineRig({ network: wire, listen: [] })
    wire.over(rig.network)
    await rig.engine.listen([{ transport: 'UDP', ...serverAt }])
    const user = new Hearing()
    rig.engine.send(request(method, way(rig)), user)
    rig.clock.advance(0)
    expect(user.heard).toEqual(['transport'])
    expect(rig.engine.directory.count()).toBe(0)
  })

  it.each(['MESSAGE', 'INVITE'])('%s over TCP to where nobody listens fails by transport', async (method) => {
    const rig = await engineRig()
    const user = new Hearing()
    rig.engine.send(request(method, way(rig, 'TCP')), user)
    rig.clock.advance(0)
    expect(user.heard).toEqual(['transport'])
  })

  it('over TCP is not repeated', async () => {
    const rig = await engineRig()
    const one = await rig.peer({}, 'TCP')
    rig.engine.send(request('MESSAGE', way(rig, 'TCP')), new Hearing())
    rig.clock.advance(32_000)
    expect(one.received.length).toBe(1)
  })
})

describe('an INVITE', () => {
  it('tells provisional responses, and each 2xx again', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const user = new Hearing()
    rig.engine.send(request('INVITE', way(rig)), user)
    const got = one.expect({ method: 'INVITE' })
    for (const status of [100, 180, 200, 200]) one.respond(got, status)
    rig.clock.advance(0)
    expect(user.heard).toEqual([100, 180, 200, 200])
  })

  it('that is cancelled: same Request-URI, Via, From, To, Call-ID, Route and CSeq number (9.1)', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const user = new Hearing()
    const tx = rig.engine.send(request('INVITE', way(rig), 7), user)
    const invite = one.expect({ method: 'INVITE' })
    one.respond(invite, 100)
    rig.clock.advance(0)
    const cancelling = new Hearing()
    rig.engine.cancel(tx, cancelling)
    const cancel = one.expect({ method: 'CANCEL' })
    for (const name of ['Via', 'From', 'To', 'Call-ID', 'Route'])
      expect(cancel.message.headers(name)).toEqual(invite.message.headers(name))
    expect(cancel.message.requestUri).toBe(invite.message.requestUri)
    expect(cancel.message.cseq).toMatchObject({ number: 7, method: 'CANCEL' })
    one.respond(cancel, 200)
    one.respond(invite, 487)
    rig.clock.advance(0)
    expect([user.heard, cancelling.heard]).toEqual([[100, 487], [200]])
    const ack = one.expect({ method: 'ACK' })
    expect(ack.message.headers('Via')).toEqual(invite.message.headers('Via'))
    expect(ack.message.headers('Route')).toEqual(invite.message.headers('Route'))
  })

  it('that is abandoned is over at once, unless its final response has come', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const waiting = rig.engine.send(request('INVITE', way(rig)), new Hearing())
    const done = rig.engine.send(request('INVITE', way(rig), 2), new Hearing())
    one.expect({ method: 'INVITE' })
    const refused = one.expect({ method: 'INVITE' })
    one.respond(refused, 486)
    rig.clock.advance(0)
    rig.engine.abandon(waiting)
    rig.engine.abandon(done)
    expect(rig.engine.directory.count('inviteClient')).toBe(1)
    one.expect({ method: 'ACK' })
    one.respond(refused, 486)
    one.expect({ method: 'ACK' })
    rig.clock.advance(32_000)
    expect(rig.engine.directory.count()).toBe(0)
  })
})

describe('an INVITE that was accepted', () => {
  it('ends when its user has gone: a 2xx that comes again has nobody who could acknowledge it', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const user = new Hearing()
    const accepted = rig.engine.send(request('INVITE', way(rig)), user)
    const invite = one.expect({ method: 'INVITE' })
    one.respond(invite, 200)
    rig.clock.advance(0)
    expect(rig.engine.directory.count('inviteClient')).toBe(1)
    rig.engine.abandon(accepted)
    expect(rig.engine.directory.count()).toBe(0)
    one.respond(invite, 200)
    rig.clock.advance(0)
    expect(user.heard).toEqual([200])
    expect(rig.engine.counters.all()).toMatchObject({ 'dropped-response-without-transaction': 1 })
    expect(rig.clock.pending).toBe(0)
  })
})

describe('a user that throws', () => {
  it('ends that transaction alone: told, counted, and the next one is served', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const user = new Hearing()
    user.final = () => {
      throw new Error('a fault of ours')
    }
    rig.engine.send(request('MESSAGE', way(rig)), user)
    const next = new Hearing()
    rig.engine.send(request('MESSAGE', way(rig), 2), next)
    one.respond(one.expect({ method: 'MESSAGE' }), 200)
    one.respond(one.expect({ method: 'MESSAGE' }), 200)
    rig.clock.advance(0)
    expect(rig.user.crashes).toMatchObject([{ id: expect.stringMatching(/^nonInviteClient:/) }])
    expect(rig.engine.counters.get('crashed')).toBe(1)
    expect(user.heard).toEqual([])
    expect(next.heard).toEqual([200])
    expect(rig.engine.directory.count()).toBe(1)
  })

  it('at a provisional response still hears that there is nothing more to wait for', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const user = new Hearing()
    user.provisional = () => {
      throw new Error('a fault of ours')
    }
    rig.engine.send(request('INVITE', way(rig)), user)
    one.respond(one.expect({ method: 'INVITE' }), 100)
    rig.clock.advance(0)
    expect(user.heard).toEqual(['transport'])
  })
})

describe('a trail', () => {
  it('keeps the first and the last messages, in order, with what names them, and no credentials', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const trail = new Trail()
    const flow = way(rig)
    const message = request('MESSAGE', flow, 9)
    rig.engine.send(
      { ...message, headers: [{ name: 'Authorization', value: 'Digest response="secret"' }] },
      new Hearing(),
      { trail },
    )
    one.respond(one.expect({ method: 'MESSAGE' }), 403)
    rig.clock.advance(0)
    expect(trail.entries()).toEqual([
      {
        at: '2024-05-01T00:00:00.000Z',
        direction: 'out',
        transport: 'UDP',
        remote: '192.0.2.64:5060',
        summary: 'MESSAGE sip:34020000001110000001@192.0.2.64:5060 SIP/2.0',
        callId: 'c9',
        cseq: '9 MESSAGE',
      },
      {
        at: '2024-05-01T00:00:00.000Z',
        direction: 'in',
        transport: 'UDP',
        remote: '192.0.2.64:5060',
        summary: '403 Forbidden (MESSAGE)',
        callId: 'c9',
        cseq: '9 MESSAGE',
      },
    ])
    for (let nth = 0; nth < 100; nth++) trail.answered(nth, flow, `${nth}`, 'c9')
    const kept = trail.entries().map(({ summary }) => summary)
    expect(kept.length).toBe(32)
    expect(kept.slice(2, 8)).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(kept.slice(8)).toEqual(Array.from({ length: 24 }, (_, nth) => `${76 + nth}`))
  })
})
