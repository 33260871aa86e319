import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikeRtcp, ntpMiddle, ntpOf, type PrintableRtcp, parseRtcp, printRtcp } from '../../src/media/rtcp.ts'

const u32 = fc.nat({ max: 0xffffffff })
const report = fc.record({
  ssrc: u32,
  fractionLost: fc.nat({ max: 255 }),
  cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
  highestSequence: u32,
  jitter: u32,
  lastSenderReport: u32,
  delaySinceSenderReport: u32,
})
const reports = fc.array(report, { maxLength: 3 })
const text = fc.string({ maxLength: 40 })
const printable: fc.Arbitrary<PrintableRtcp> = fc.oneof(
  fc.record({ type: fc.constant('receiver-report' as const), ssrc: u32, reports }),
  fc.record({
    type: fc.constant('sender-report' as const),
    ssrc: u32,
    ntp: fc.record({ seconds: u32, fraction: u32 }),
    rtpTimestamp: u32,
    packets: u32,
    octets: u32,
    reports,
  }),
  fc.record({
    type: fc.constant('source-description' as const),
    chunks: fc.array(fc.record({ ssrc: u32, cname: text }, { requiredKeys: ['ssrc'] }), { maxLength: 3 }),
  }),
  fc.record(
    { type: fc.constant('goodbye' as const), sources: fc.array(u32, { maxLength: 3 }), reason: text },
    { requiredKeys: ['type', 'sources'] },
  ),
)

describe('RTCP, RFC 3550 6', () => {
  it('reads what it prints, in compounds of any kind', () => {
    fc.assert(
      fc.property(fc.array(printable, { minLength: 1, maxLength: 4 }), (packets) => {
        const datagram = printRtcp(packets)
        expect(datagram.length % 4).toBe(0)
        expect(parseRtcp(datagram)).toEqual({ ok: true, packets })
      }),
    )
  })

  it('takes any octets without throwing', () => {
    const heads = fc.constantFrom([0x80, 200], [0x81, 201], [0x82, 202], [0x9f, 203], [0xa1, 203], [0x80, 204])
    const near = fc.tuple(heads, fc.uint8Array({ maxLength: 60 })).map(([head, rest]) => {
      const bytes = Buffer.from([...head, 0, 0, ...rest, 0, 0, 0]).subarray(0, 4 + (rest.length & ~3))
      bytes.writeUInt16BE(rest.length >> 2, 2)
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 60 }).map(Buffer.from)), (bytes) => {
        const parsed = parseRtcp(Buffer.from(bytes))
        expect(parsed.ok ? parsed.packets.length : parsed.fault.length).toBeGreaterThan(0)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['three octets', '80c900', 'too-short'],
    ['version 1', '40c90001 00000001', 'not-version-2'],
    ['a length beyond the datagram', '80c90002 00000001', 'length'],
    ['a tail that is no packet', '80c90001 00000001 80c9', 'length'],
    ['a report block announced and missing', '81c90001 00000001', 'truncated'],
    ['a BYE with fewer sources than it counts', '82cb0001 00000001', 'truncated'],
    ['a CNAME longer than its packet', '81ca0002 00000001 01ff6162', 'truncated'],
    ['padding of an odd length', 'a0c90002 00000001 00000003', 'padding-invalid'],
    ['padding before the last packet', 'a0c90002 00000001 00000004 80c90001 00000001', 'padding-invalid'],
  ])('refuses %s', (_, hex, fault) => {
    expect(parseRtcp(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toEqual({ ok: false, fault })
  })

  it('takes a padded last packet, and passes unknown kinds by number', () => {
    const bytes = Buffer.from('80cc0002000000014e414d45a0c900020000000900000004', 'hex')
    expect(parseRtcp(bytes)).toEqual({
      ok: true,
      packets: [
        { type: 'other', packetType: 204 },
        { type: 'receiver-report', ssrc: 9, reports: [] },
      ],
    })
  })

  it('carries time as NTP does (RFC 3550 figure 2: 10 Nov 1995 11:33:25.125 UTC)', () => {
    const ntp = ntpOf(Date.UTC(1995, 10, 10, 11, 33, 25, 125))
    expect(ntp).toEqual({ seconds: 0xb44db705, fraction: 0x20000000 })
    expect(ntpMiddle(ntp)).toBe(0xb7052000)
  })

  it('goes on after the NTP era ends on 7 Feb 2036', () => {
    expect(ntpOf(Date.UTC(2036, 1, 7, 6, 28, 16))).toEqual({ seconds: 0, fraction: 0 })
  })

  it('tells RTCP from RTP on one port (RFC 5761 4)', () => {
    expect(looksLikeRtcp(Buffer.from('80c90001', 'hex'))).toBe(true)
    expect(looksLikeRtcp(Buffer.from('80e00001', 'hex'))).toBe(false)
    expect(looksLikeRtcp(Buffer.from('80', 'hex'))).toBe(false)
  })
})
