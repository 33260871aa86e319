import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Params,
  parseNameAddr,
  parseParams,
  parseUri,
  parseVia,
  printNameAddr,
  printUri,
  sameUser,
  userOf,
} from '../../src/sip/index.ts'
import { isIpv6 } from '../../src/sip/text.ts'

describe('a SIP URI (RFC 3261 19.1)', () => {
  it.each([
    ['sip:34020000001320000001@3402000000', { user: '34020000001320000001', host: '3402000000', port: undefined }],
    ['sip:34020000001320000001@3402000000.spvmn.cn', { host: '3402000000.spvmn.cn' }],
    ['sip:34020000001320000001@192.168.1.64:5060', { host: '192.168.1.64', port: 5060 }],
    ['SIPS:bob:secret@h', { scheme: 'sips', user: 'bob', password: 'secret', host: 'h' }],
    ['sip:192.168.1.64', { user: undefined, host: '192.168.1.64' }],
    ['sip:[2001:db8::10]:5070', { host: '2001:db8::10', port: 5070 }],
    ['sip:[2001:db8::10:5070]', { host: '2001:db8::10:5070', port: undefined }],
    ['sip:user;par=u%40example.net@example.com', { user: 'user;par=u%40example.net', host: 'example.com' }],
    ['sip:a@h;lr?Route=%3Csip:x%3E', { host: 'h', headers: 'Route=%3Csip:x%3E' }],
  ])('%s', (text, expected) => {
    expect(parseUri(text)).toMatchObject(expected)
  })

  it.each([
    'sip:',
    'sip:@h',
    'sip:a@',
    'sip:a@b@c',
    'sip:a@h;x=y@z',
    'sip:a b@h',
    'sip:2001:db8::10',
    'sip:a@[2001:db8:::1]',
    'sip:a@[::1',
    'sip:a@h:',
    'sip:a@h:65536',
    'sip:a@h:x',
    'sip:a%4@h',
    'sip:a@h;;',
    'sip:a@h;=x',
    '<sip:a@h>',
    'tel:+1',
    'a@h',
    '',
  ])('%j is none', (text) => {
    expect(parseUri(text)).toBeUndefined()
  })

  it('prints to the text it was parsed from', () => {
    const text = fc.record({
      user: fc.stringMatching(/^[0-9a-zA-Z_.!~*'()&=+$,;?/-]{1,20}$/),
      host: fc.oneof(
        fc.domain(),
        fc.ipV4(),
        fc.ipV6().filter((address) => isIpv6(address)),
      ),
      port: fc.option(fc.nat(65_535), { nil: undefined }),
      flag: fc.boolean(),
    })
    fc.assert(
      fc.property(text, ({ user, host, port, flag }) => {
        const params = flag ? new Params([{ name: 'lr', value: undefined }]) : Params.none
        const printed = printUri({ user, host, port, params })
        expect(parseUri(printed)).toMatchObject({ scheme: 'sip', user, host, port })
        expect(printUri(parseUri(printed) ?? { host: 'none' })).toBe(printed)
      }),
    )
  })

  it('names the same user whatever the host, escapes undone only to compare (19.1.4)', () => {
    expect(sameUser(parseUri('sip:%75se%72@a'), parseUri('sip:user@b:5060'))).toBe(true)
    expect(sameUser(parseUri('sip:user@a'), parseUri('sip:User@a'))).toBe(false)
    expect(sameUser(parseUri('sip:a'), parseUri('sip:a'))).toBe(false)
    expect(userOf(parseUri('sip:%00@h'))).not.toBe(userOf(parseUri('sip:%00%00@h')))
  })

  it.each(['::', '::1', '1::', '2001:db8::9:255', '::ffff:192.0.2.10', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:1.2.3.4'])(
    '%s is an IPv6 address',
    (text) => expect(isIpv6(text)).toBe(true),
  )

  it.each([
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '::1.2.3',
    '1.2.3.4::',
    '1.2.3.4',
  ])('%j is not', (text) => expect(isIpv6(text)).toBe(false))
})

describe('parameters (7.3.1)', () => {
  it('are read with white space around ; and =, and flags apart from values', () => {
    const params = parseParams(' ; a = 1 ;Flag; q="x;\\"y" ', 0)
    expect(params?.get('A')).toBe('1')
    expect(params?.get('flag')).toBe('')
    expect(params?.get('q')).toBe('x;"y')
    expect(params?.get('none')).toBeUndefined()
  })

  it('are replaced where they stand', () => {
    expect(`${parseParams(';rport;branch=1', 0)?.with('rport', '5060').with('received', '::1')}`).toBe(
      ';rport=5060;branch=1;received=::1',
    )
    expect(`${parseParams(';a=1;B=2', 0)?.without('b')}`).toBe(';a=1')
  })

  it.each([';', ';;', ';a;;b', ';=1', ';a b', ';a="x', ';a="x"y', ';a=1,b', 'a=1', '; ; a'])('%j are none', (text) => {
    expect(parseParams(text, 0)).toBeUndefined()
  })

  it('may end in one semicolon, which some devices leave', () => {
    expect(`${parseParams(';tag=1;', 0)}`).toBe(';tag=1')
  })
})

describe('an address (20.10)', () => {
  it('gives parameters outside brackets to the header, inside to the URI', () => {
    expect(parseNameAddr('sip:a@h;tag=1')).toMatchObject({ uriText: 'sip:a@h', tag: '1' })
    const inside = parseNameAddr('<sip:a@h;tag=1>')
    expect(inside?.tag).toBeUndefined()
    expect(inside?.uri?.params.get('tag')).toBe('1')
  })

  it('prints a display name that it can read again', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x20-\x7e\xa0-\xff]{0,30}$/), (displayName) => {
        expect(parseNameAddr(printNameAddr({ displayName, uriText: 'sip:a@h' }))?.displayName).toBe(displayName)
      }),
    )
  })

  it('keeps a URI of another scheme as text', () => {
    expect(parseNameAddr('<tel:+8610>;tag=1')).toMatchObject({ uriText: 'tel:+8610', uri: undefined, tag: '1' })
  })
})

describe('Via (20.42, RFC 3581)', () => {
  it('reads white space wherever the grammar allows it', () => {
    const via = parseVia('SIP  / 2.0  / tcp     spindle.example.com : 5062  ; branch  =   z9hG4bK9ikj8')
    expect(via).toMatchObject({ transport: 'TCP', host: 'spindle.example.com', port: 5062, branch: 'z9hG4bK9ikj8' })
  })

  it('tells rport asked for from rport given, and both from none', () => {
    expect(parseVia('SIP/2.0/UDP h;rport')).toMatchObject({ wantsRport: true, rport: undefined })
    expect(parseVia('SIP/2.0/UDP h;rport=5062')).toMatchObject({ wantsRport: true, rport: 5062 })
    expect(parseVia('SIP/2.0/UDP h')).toMatchObject({ wantsRport: false, rport: undefined })
  })

  it('has received without the brackets it may be written in (RFC 5118 4.5)', () => {
    expect(parseVia('SIP/2.0/UDP h;received=[2001:db8::1]')?.received).toBe('2001:db8::1')
    expect(parseVia('SIP/2.0/UDP h;received=2001:db8::1')?.received).toBe('2001:db8::1')
  })

  it('identifies a transaction by a branch that is more than the cookie (RFC 4475 3.2.1)', () => {
    expect(parseVia('SIP/2.0/UDP h;branch=z9hG4bK1')?.hasMagicCookie).toBe(true)
    expect(parseVia('SIP/2.0/UDP h;branch=z9hG4bK')?.hasMagicCookie).toBe(false)
    expect(parseVia('SIP/2.0/UDP h;branch=390skdjuw')?.hasMagicCookie).toBe(false)
    expect(parseVia('SIP/2.0/UDP h')?.hasMagicCookie).toBe(false)
  })

  it('has ttl and maddr', () => {
    expect(parseVia('SIP/2.0/UDP h;maddr=224.2.0.1;ttl=16')).toMatchObject({ maddr: '224.2.0.1', ttl: 16 })
  })
})
