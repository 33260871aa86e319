/** Where a response goes, and what a peer is told to reach us by: RFC 3261 18.2, RFC 3581 4, protocol notes 07, section 10. */
import { describe, expect, it } from 'vitest'
import { engineRig, ids, peerAt, serverAt, statuses, text } from './rig.ts'

describe('a response over UDP', () => {
  it('goes where the request came from, with rport filled in and received always beside it', async () => {
    const { clock, peer } = await engineRig()
    const one = await peer({ port: 40_123 })
    one.send(text(), serverAt)
    clock.advance(0)
    const [{ message } = { message: undefined }] = one.received
    expect(message?.header('Via')).toBe('SIP/2.0/UDP 192.0.2.64:5060;rport=40123;branch=z9hG4bKone;received=192.0.2.64')
  })

  it('goes to the source port too where no rport was asked for: NAT forgets everything else', async () => {
    const { clock, peer } = await engineRig()
    const one = await peer({ port: 40_123 })
    one.send(text({ Via: 'SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKone' }), serverAt)
    clock.advance(0)
    expect(one.received[0]?.message.header('Via')).toBe(
      'SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKone;received=192.0.2.64',
    )
  })

  it('leaves a Via alone that asks for nothing and says the truth', async () => {
    const { clock, peer } = await engineRig()
    const one = await peer()
    one.send(text({ Via: 'SIP/2.0/UDP 192.0.2.64;branch=z9hG4bKone' }), serverAt)
    clock.advance(0)
    expect(one.received[0]?.message.header('Via')).toBe('SIP/2.0/UDP 192.0.2.64;branch=z9hG4bKone')
  })

  it('keeps all Vias, in order', async () => {
    const { clock, peer } = await engineRig()
    const one = await peer()
    const vias = 'SIP/2.0/UDP 192.0.2.64:5060;branch=z9hG4bKtop, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKlast'
    one.send(text({ Via: vias }), serverAt)
    clock.advance(0)
    expect(one.received[0]?.message.headers('Via')).toEqual([
      'SIP/2.0/UDP 192.0.2.64:5060;branch=z9hG4bKtop',
      'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKlast',
    ])
  })

  it('goes over IPv6 from the IPv6 address, beside an IPv4 one', async () => {
    const six = { address: '2001:db8::10', port: 5060 }
    const { clock, network, engine, peer } = await engineRig({
      listen: [
        { transport: 'UDP', ...serverAt },
        { transport: 'UDP', ...six },
      ],
    })
    const one = await peer({ address: '2001:db8::64' })
    one.send(text({ Via: 'SIP/2.0/UDP [2001:db8::64]:5060;rport;branch=z9hG4bKsix' }), six)
    clock.advance(0)
    expect(one.received[0]?.message.header('Via')).toBe(
      'SIP/2.0/UDP [2001:db8::64]:5060;rport=5060;branch=z9hG4bKsix;received=2001:db8::64',
    )
    expect(network.log.at(-1)).toMatchObject({ from: '[2001:db8::10]:5060', to: '[2001:db8::64]:5060' })
    expect(engine.flowTo('UDP', one.local)?.local).toEqual(six)
    expect(engine.flowTo('UDP', peerAt)?.local).toEqual(serverAt)
    expect(engine.flowTo('TCP', peerAt)).toBeUndefined()
  })
})

describe('a response over TCP', () => {
  it('goes back on the connection that the request came on', async () => {
    const { clock, network, peer } = await engineRig()
    const one = await peer({}, 'TCP')
    one.send(text({ Via: 'SIP/2.0/TCP 192.0.2.64:5060;branch=z9hG4bKtcp' }), serverAt)
    clock.advance(0)
    expect(statuses(one)).toEqual([200])
    const [request, response] = network.log.filter(({ what }) => what === 'sent')
    expect([response?.from, response?.to]).toEqual([request?.to, request?.from])
  })

  it('that comes when the connection has closed is lost, and its transaction ends', async () => {
    const { clock, engine, user, peer } = await engineRig()
    user.handle = () => {}
    const one = await peer({}, 'TCP')
    one.send(text({ Via: 'SIP/2.0/TCP 192.0.2.64:5060;branch=z9hG4bKtcp' }), serverAt)
    clock.advance(0)
    await one.close()
    clock.advance(0)
    expect(user.closed.length).toBe(1)
    user.requests[0]?.respond(200)
    clock.advance(0)
    expect(statuses(one)).toEqual([])
    expect(engine.directory.count()).toBe(0)
  })
})

describe('what a peer is told to reach us by', () => {
  const remote = { address: '192.0.2.64', port: 5060 }

  it('is the address that is listened on', async () => {
    const { engine } = await engineRig()
    const flow = engine.flowTo('UDP', remote)
    expect(flow && engine.contact(ids.server, flow)).toBe(`<sip:${ids.server}@192.0.2.10:5060>`)
  })

  it('says transport=tcp where it must come back over TCP', async () => {
    const { engine } = await engineRig()
    const flow = engine.flowTo('TCP', remote)
    expect(flow && engine.contact(ids.server, flow)).toBe(`<sip:${ids.server}@192.0.2.10:5060;transport=tcp>`)
  })

  it('is the advertised address with the port of the listener', async () => {
    const { engine } = await engineRig({ advertise: '203.0.113.7' })
    const flow = engine.flowTo('UDP', remote)
    expect(flow && engine.reachableAt(flow)).toEqual({ address: '203.0.113.7', port: 5060 })
  })

  it.each([
    ['0.0.0.0', '127.0.0.1', '127.0.0.1'],
    ['::', '::1', '::1'],
  ])('for a socket on %s and a peer at %s it is %s', async (address, from, told) => {
    const { engine } = await engineRig({ listen: [{ transport: 'UDP', address, port: 5060 }] })
    const flow = engine.flowTo('UDP', { address: from, port: 5060 })
    expect(flow && engine.reachableAt(flow)).toEqual({ address: told, port: 5060 })
  })

  it('is written with brackets where it is IPv6', async () => {
    const { engine } = await engineRig({ listen: [{ transport: 'UDP', address: '2001:db8::10', port: 5060 }] })
    const flow = engine.flowTo('UDP', { address: '2001:db8::64', port: 5060 })
    expect(flow && engine.contact(ids.server, flow)).toBe(`<sip:${ids.server}@[2001:db8::10]:5060>`)
  })
})
