import { describe, expect, it } from 'vitest'
import { edited, flow, moved } from '../analysis/flow.ts'
import { Script } from '../analysis/script.ts'
import { codesIn, findingOf } from './codes.ts'

const clean = await flow()
const response = /^SIP\/2.0/
const register = /^REGISTER/

describe('a response', () => {
  it('goes to another port than its request came from: response-to-other-port', () => {
    const records = moved(clean, /^SIP\/2.0 401/, ({ destination }) => ({
      destination: { ...destination, port: 5061 },
    }))
    expect(findingOf('response-to-other-port', records)).toMatchObject({
      severity: 'error',
      evidence: [{ frame: 2 }, { frame: 1 }],
    })
  })

  it('comes from another port than its request went to: response-from-other-port', () => {
    const records = moved(clean, /^SIP\/2.0 401/, ({ source }) => ({ source: { ...source, port: 41_234 } }))
    expect(findingOf('response-from-other-port', records).summary).toContain(':41234')
  })

  it('does not fill in rport: rport-ignored', () => {
    const records = edited(clean, response, (text) => text.replace(/;rport=\d+/, ';rport'))
    expect(codesIn(records)).toContain('rport-ignored')
  })
})

describe('an address', () => {
  it.each([
    ['contact-unroutable', /(Contact: <sip:\d+)@[^>]*/, '$1@0.0.0.0:5060'],
    ['contact-unroutable', /(Contact: <sip:\d+)@[^>]*/, '$1@192.168.1.64:5060'],
    ['via-unroutable', /(Via: SIP\/2.0\/UDP )[^;]*/, '$1127.0.0.1:5060'],
  ] as const)('%s', (code, what, by) => {
    expect(codesIn(clean)).not.toContain(code)
    expect(codesIn(edited(clean, register, (text) => text.replace(what, by)))).toContain(code)
  })
})

describe('a private address', () => {
  it('in Contact is no finding where the message was captured on the loopback of its sender', () => {
    const local = moved(
      edited(clean, register, (text) => text.replace(/(Contact: <sip:\d+)@[^>]*/, '$1@192.168.1.64:5060')),
      register,
      ({ source }) => ({ source: { ...source, address: '127.0.0.1' } }),
    )
    expect(codesIn(local)).not.toContain('contact-unroutable')
  })
})

describe('a message', () => {
  it('promises more bytes than it has: content-length-too-long (the device fault wrong-length)', async () => {
    const messages = await flow({
      device: { faults: ['wrong-length'] },
      story: async (pair) => void (await pair.ready()),
    })
    expect(findingOf('content-length-too-long', messages).count).toBe(2)
  })

  it('promises less bytes than it has: content-length-too-short', () => {
    const records = edited(
      clean,
      /Keepalive/,
      (text) => text.replace(/Content-Length: \d+/, 'Content-Length: 20'),
      true,
    )
    expect(codesIn(records)).toContain('content-length-too-short')
  })

  it('is no SIP: sip-malformed, with the code of the rejection', () => {
    const records = edited(clean, register, (text) => text.replace(/Call-ID: .*\r\n/, ''))
    expect(findingOf('sip-malformed', records).summary).toContain('missing-header')
  })

  it('is larger than a datagram should be: datagram-large', () => {
    const large = (transport: 'UDP' | 'TCP') =>
      new Script()
        .request({ method: 'OPTIONS', by: 'device', transport, headers: { 'X-Filler': 'x'.repeat(1400) } })
        .respond(200)
    expect(codesIn(large('UDP'))).toContain('datagram-large')
    expect(codesIn(large('TCP'))).not.toContain('datagram-large')
  })
})
