import { describe, expect, it } from 'vitest'
import { checkRequest, type ServerProfile } from '../../src/sip/index.ts'
import { messageBytes, parsedRequest } from './support.ts'

const profile: ServerProfile = {
  methods: ['REGISTER', 'MESSAGE', 'INVITE', 'ACK', 'CANCEL'],
  schemes: ['sip', 'sips'],
  extensions: ['timer'],
  contentTypes: ['application/manscdp+xml', 'application/sdp'],
}

const check = (changes: Readonly<Record<string, string>>, body = '') =>
  checkRequest(parsedRequest(messageBytes(changes, body)), profile)

describe('what a server checks before the method (8.2)', () => {
  it('lets through what it knows', () => {
    expect(check({ 'Content-Type': 'APPLICATION/MANSCDP+XML;charset=GB2312' }, 'x')).toBeUndefined()
    expect(check({ CSeq: '1 INVITE', Require: 'Timer', 'Content-Type': 'application/sdp' }, 'x')).toBeUndefined()
  })

  it('8.2.1: an unknown method is answered 405 with Allow', () => {
    expect(check({ CSeq: '1 PUBLISH' })).toEqual({
      status: 405,
      headers: [{ name: 'Allow', value: 'REGISTER, MESSAGE, INVITE, ACK, CANCEL' }],
    })
  })

  it('8.2.2.1: an unknown scheme is answered 416', () => {
    const text = messageBytes().toString('latin1').replace('MESSAGE sip:', 'MESSAGE tel:')
    expect(checkRequest(parsedRequest(Buffer.from(text, 'latin1')), profile)).toEqual({ status: 416, headers: [] })
  })

  it('8.2.2.3: an unknown extension is answered 420 with Unsupported, but not in a CANCEL or an ACK', () => {
    const headers = [{ name: 'Unsupported', value: '100rel, x' }]
    expect(check({ Require: '100rel, timer', require: 'x' })).toEqual({ status: 420, headers })
    expect(check({ CSeq: '1 CANCEL', Require: '100rel' })).toBeUndefined()
    expect(check({ CSeq: '1 ACK', Require: '100rel' })).toBeUndefined()
  })

  it('8.2.3: a body of an unknown type is answered 415 with Accept, unless its sender calls it optional', () => {
    const headers = [{ name: 'Accept', value: 'application/manscdp+xml, application/sdp' }]
    expect(check({ 'Content-Type': 'text/plain' }, 'x')).toEqual({ status: 415, headers })
    expect(check({ 'Content-Type': 'text/plain' })).toBeUndefined()
    expect(check({ 'Content-Type': 'text/plain', 'Content-Disposition': 'x; handling=optional' }, 'x')).toBeUndefined()
  })

  it('8.2.3: an encoded body is answered 415 with Accept-Encoding', () => {
    const changes = { 'Content-Type': 'application/sdp', e: 'gzip' }
    expect(check(changes, 'x')).toEqual({ status: 415, headers: [{ name: 'Accept-Encoding', value: 'identity' }] })
  })

  it.each([
    ['text/nobodyKnowsThis', 406],
    ['', 406],
    ['text/plain, application/SDP;level=1', undefined],
    ['application/*', undefined],
    ['*/*;q=0.1', undefined],
  ])('21.4.7: an INVITE that accepts %j is answered %j', (accept, status) => {
    expect(check({ CSeq: '1 INVITE', Accept: accept })?.status).toBe(status)
  })

  it('an Accept of another method is not a reason to refuse', () => {
    expect(check({ Accept: 'text/plain' })).toBeUndefined()
  })
})
