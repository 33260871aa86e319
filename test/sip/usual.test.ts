/** The quick way through the usual forms comes to what the whole grammar comes to: on everything it takes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNameAddr, parseVia } from '../../src/sip/headers.ts'
import { isSipUri } from '../../src/sip/uri.ts'
import { isUsualUri, usualAddress, usualVia } from '../../src/sip/usual.ts'

/** Mostly what is usual, with single pieces of it missing, doubled, or something else. */
const soup = (pieces: readonly string[]) =>
  fc.array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...pieces) }, fc.constantFrom(...odd)), { maxLength: 14 })

const odd = [
  '',
  ' ',
  ';',
  '=',
  ',',
  '<',
  '>',
  '"',
  '%41',
  ':',
  '@',
  '\t',
  '\x7f',
  '\xc4',
  '[::1]',
  '?a=b',
  'SIP',
  '66000',
  '0',
]
const user = ['34020000001320000001', 'a.b_c', '~-!']
const host = ['3402000000', '192.0.2.64', 'cam.example', 'h_1']
const port = ['', ':5060', ':60000', ':64999', ':65535', ':65536', ':99999', ':1', ':']

const mutated = (usual: fc.Arbitrary<string>, pieces: readonly string[]) =>
  fc.oneof(
    usual,
    fc.tuple(usual, fc.nat(), fc.constantFrom(...odd)).map(([text, at, piece]) => {
      const cut = at % (text.length + 1)
      return text.slice(0, cut) + piece + text.slice(cut + (at % 2))
    }),
    soup(pieces).map((parts) => parts.join('')),
  )

const uris = fc
  .tuple(fc.constantFrom(...user), fc.constantFrom(...host), fc.constantFrom(...port))
  .map(([name, at, of]) => `sip:${name}@${at}${of}`)
const addresses = fc
  .tuple(uris, fc.constantFrom('', ';tag=1d2f', ';tag=a=b', ';tag=', ';TAG=x', ';tag', ';expires=60', ';tag=1;x=y'))
  .map(([uri, params]) => `<${uri}>${params}`)
const vias = fc
  .tuple(
    fc.constantFrom('UDP', 'TCP', 'udp', 'TLS'),
    fc.constantFrom(...host),
    fc.constantFrom(...port),
    fc.array(
      fc.constantFrom(
        ...[
          ';rport',
          ';branch=z9hG4bK776',
          ';branch=',
          ';received=192.0.2.1',
          ';rport=5',
          ';x',
          ';keep=1',
          ';Branch=b',
        ],
        ...[';maddr=239.0.0.1', ';ttl=1', ';RPORT'],
      ),
      { maxLength: 4 },
    ),
  )
  .map(([transport, at, of, params]) => `SIP/2.0/${transport} ${at}${of}${params.join('')}`)

const runs = { numRuns: 20_000 }
/** As it stands in a message: something before it, something behind it. */
const inMessage = (text: string) => {
  const whole = `Name: ${text}\r\nNext: 1`
  return { bytes: Buffer.from(whole, 'latin1'), whole, from: 6, to: 6 + text.length }
}

describe('what the quick way takes, the whole grammar takes alike', () => {
  it('URIs', () => {
    fc.assert(
      fc.property(mutated(uris, ['sip:', ...user, '@', ...host, ...port]), (text) => {
        const { bytes, from, to } = inMessage(text)
        if (isUsualUri(bytes, from, to)) expect(isSipUri(text)).toBe(true)
      }),
      runs,
    )
  })

  it('addresses', () => {
    fc.assert(
      fc.property(mutated(addresses, ['<', 'sip:', ...user, '@', ...host, '>', ';tag=', 'x1']), (text) => {
        const { bytes, whole, from, to } = inMessage(text)
        const usual = usualAddress(bytes, whole, from, to)
        if (usual === undefined) return
        const { displayName, uriText, user, tag, params, expires } = parseNameAddr(text) ?? {}
        expect({
          ...{ displayName: usual.displayName, uriText: usual.uriText, user: usual.user, tag: usual.tag },
        }).toEqual({ displayName, uriText, user, tag })
        expect([usual.params.list, usual.expires, usual.toString(), usual.uri]).toEqual([
          ...[params?.list, expires, parseNameAddr(text)?.toString(), parseNameAddr(text)?.uri],
        ])
      }),
      runs,
    )
  })

  it('Vias', () => {
    fc.assert(
      fc.property(mutated(vias, ['SIP/2.0/UDP ', ...host, ...port, ';rport', ';branch=', 'z9hG4bK1']), (text) => {
        const { bytes, whole, from, to } = inMessage(text)
        const usual = usualVia(bytes, whole, from, to)
        if (usual === undefined) return
        const known = parseVia(text)
        const facts = (via: typeof known) =>
          via && [via.version, via.transport, via.host, via.port, via.branch, via.wantsRport, via.rport, via.received]
        expect(facts(usual)).toEqual(facts(known))
        expect([usual.params.list, usual.toString()]).toEqual([known?.params.list, known?.toString()])
        if (usual.rportEnd >= 0) expect(text.slice(0, usual.rportEnd)).toMatch(/;rport$/)
      }),
      runs,
    )
  })
})

describe('what is usual is taken', () => {
  const taken = (text: string) => {
    const { bytes, whole, from, to } = inMessage(text)
    return {
      uri: isUsualUri(bytes, from, to),
      address: usualAddress(bytes, whole, from, to),
      via: usualVia(bytes, whole, from, to),
    }
  }

  it('so that the tests above test something', () => {
    expect(taken('sip:34020000001320000001@3402000000').uri).toBe(true)
    expect(taken('<sip:34020000001320000001@192.0.2.64:5060>').address?.user).toBe('34020000001320000001')
    expect(taken('<sip:34020000001320000001@3402000000>;tag=1d2f').address?.tag).toBe('1d2f')
    expect(taken('SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK776').via?.branch).toBe('z9hG4bK776')
    expect(taken('SIP/2.0/TCP cam;branch=z9hG4bK1;alias').via?.params.has('alias')).toBe(true)
  })
})
