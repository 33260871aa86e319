import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyRtpHeader, MIN_SEQUENTIAL, parseRtp, printRtp, RtpSource, readRtpHeader } from '../../src/media/rtp.ts'

const u32 = fc.nat({ max: 0xffffffff })
const fields = fc.record({
  marker: fc.boolean(),
  payloadType: fc.nat({ max: 127 }),
  sequence: fc.nat({ max: 0xffff }),
  timestamp: u32,
  ssrc: u32,
  csrc: fc.array(u32, { maxLength: 15 }),
})

const packet = (first: number, rest: string) => Buffer.concat([Buffer.from([first]), Buffer.from(rest, 'hex')])
const FIXED = '600001000000020bebc201'

describe('RTP fixed header, RFC 3550 5.1', () => {
  it('reads what it prints, whatever the fields', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 40 }), (header, payload) => {
        const parsed = parseRtp(printRtp(header, payload))
        if (!parsed.ok) throw new Error(parsed.fault)
        const { csrc, ...rest } = header
        expect(parsed.header).toMatchObject(rest)
        expect(parsed.csrc).toEqual(csrc)
        expect(parsed.payload.equals(payload)).toBe(true)
      }),
    )
  })

  it('takes any octets without throwing, and a good header lies inside the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
        const header = emptyRtpHeader()
        if (readRtpHeader(Buffer.from(octets), header)) return
        expect(header.payloadStart).toBeGreaterThanOrEqual(12)
        expect(header.payloadStart).toBeLessThanOrEqual(header.payloadEnd)
        expect(header.payloadEnd).toBeLessThanOrEqual(octets.length)
      }),
      { numRuns: 2000 },
    )
  })

  it('skips the header extension, 5.3.1', () => {
    const parsed = parseRtp(packet(0x90, `${FIXED}bede000101020304aabb`))
    expect(parsed).toMatchObject({ ok: true, header: { extensionProfile: 0xbede, ssrc: 0x0bebc201 } })
    expect(parsed.ok && parsed.payload.toString('hex')).toBe('aabb')
  })

  it('takes the padding off', () => {
    const parsed = parseRtp(packet(0xa0, `${FIXED}aabb000003`))
    expect(parsed.ok && parsed.payload.toString('hex')).toBe('aabb')
  })

  it.each([
    ['eleven octets', packet(0x80, FIXED.slice(0, 20)), 'too-short'],
    ['version 1', packet(0x40, FIXED), 'not-version-2'],
    ['two CSRCs announced, one there', packet(0x82, `${FIXED}00000001`), 'csrc-truncated'],
    ['an extension without its head', packet(0x90, `${FIXED}bede`), 'extension-truncated'],
    ['an extension longer than the packet', packet(0x90, `${FIXED}bede000201020304`), 'extension-truncated'],
    ['padding of 0', packet(0xa0, `${FIXED}aa00`), 'padding-invalid'],
    ['more padding than payload', packet(0xa0, `${FIXED}aa03`), 'padding-invalid'],
  ])('refuses %s', (_, bytes, fault) => {
    expect(parseRtp(bytes)).toEqual({ ok: false, fault })
  })
})

const sourceFrom = (firstSequence: number, probation = 0) =>
  new RtpSource({ ssrc: 1, clockRate: 90_000, firstSequence, probation })

const receiveAll = (source: RtpSource, sequences: readonly number[]) =>
  sequences.map((sequence) => source.receive(sequence, 0, 0))

describe('sequence numbers, RFC 3550 A.1', () => {
  it('counts cycles when the number wraps', () => {
    const source = sourceFrom(0xfffe)
    receiveAll(source, [0xfffe, 0xffff, 0, 1])
    expect(source.report(0).highestSequence).toBe(0x10001)
    expect([source.expected, source.lost]).toEqual([4, 0])
  })

  it('holds a stranger on probation until MIN_SEQUENTIAL packets follow each other', () => {
    const source = sourceFrom(10, MIN_SEQUENTIAL)
    expect(receiveAll(source, [10, 50, 51, 52])).toEqual(['held', 'held', 'valid', 'valid'])
    expect(source.received).toBe(2)
  })

  it('takes a late packet as reordered, not as lost twice', () => {
    const source = sourceFrom(100)
    expect(receiveAll(source, [100, 102, 101])).toEqual(['valid', 'valid', 'reordered'])
    expect([source.outOfOrder, source.lost]).toEqual([1, 0])
  })

  it('holds one packet after a very large jump and begins anew when the next one follows it', () => {
    const source = sourceFrom(100)
    receiveAll(source, [100, 103])
    expect(receiveAll(source, [30_000, 30_001, 30_002])).toEqual(['held', 'restarted', 'valid'])
    expect(source.expected).toBe(2)
    expect(source.lost).toBe(2) // of before the restart: a user wants to know
  })

  it('ignores a single corrupt number', () => {
    const source = sourceFrom(100)
    expect(receiveAll(source, [100, 40_000, 101])).toEqual(['valid', 'held', 'valid'])
    expect(source.expected).toBe(2)
  })
})

describe('loss, RFC 3550 A.3', () => {
  it('gives the fraction of the interval in 256ths and the total since the beginning', () => {
    const source = sourceFrom(0)
    receiveAll(source, [0, 1, 2, 4]) // 1 of 5
    expect(source.report(0)).toMatchObject({ fractionLost: 51, cumulativeLost: 1 })
    receiveAll(source, [5, 6, 9]) // 2 of 5
    expect(source.report(0)).toMatchObject({ fractionLost: 102, cumulativeLost: 3 })
    receiveAll(source, [10, 11])
    expect(source.report(0)).toMatchObject({ fractionLost: 0, cumulativeLost: 3 })
  })

  it('reports a negative total when duplicates arrive, but shows no negative loss', () => {
    const source = sourceFrom(0)
    receiveAll(source, [0, 1, 1, 1])
    expect(source.report(0)).toMatchObject({ fractionLost: 0, cumulativeLost: -2 })
    expect(source.lost).toBe(0)
  })

  it('whatever is dropped of an ordered run, lost and received add up to what was sent', () => {
    const runs = fc.tuple(fc.nat({ max: 0xffff }), fc.array(fc.boolean(), { minLength: 1, maxLength: 400 }))
    fc.assert(
      fc.property(runs, ([first, arrives]) => {
        const source = sourceFrom(first)
        const got = [true, ...arrives, true]
        for (const [i, yes] of got.entries()) if (yes) source.receive((first + i) & 0xffff, 0, 0)
        expect(source.lost + source.received).toBe(got.length)
        expect(source.lost).toBe(got.filter((yes) => !yes).length)
      }),
    )
  })
})

describe('interarrival jitter, RFC 3550 A.8', () => {
  it('is nothing for packets that arrive as they were sampled, over a wrap of the timestamp', () => {
    const source = sourceFrom(0)
    for (let i = 0; i < 100; i++) source.receive(i, (0xffff_f000 + i * 3600) >>> 0, 1_000_000 + i * 40)
    expect(source.jitterMs).toBe(0)
  })

  it('does not take a restart, with its new timestamps, for jitter', () => {
    const source = sourceFrom(0)
    source.receive(0, 0, 0)
    for (let i = 0; i < 9; i++) source.receive(30_000 + i, 0x7000_0000 + i * 3600, 40 * i)
    expect(source.jitter).toBe(0)
  })

  it('moves by a sixteenth of each difference of transit times', () => {
    const source = sourceFrom(0)
    source.receive(0, 0, 0)
    source.receive(1, 3600, 56) // 16 ms late: 1440 units
    expect(source.jitter).toBe(90)
    source.receive(2, 7200, 80) // in time again: the same difference back
    expect(source.jitter).toBe(90 + (1440 - 90) / 16)
    expect(source.report(80).jitter).toBe(174)
  })
})

it('a report says how long ago the last sender report came, in 1/65536 s (RFC 3550 6.4.1)', () => {
  const source = sourceFrom(0)
  source.receive(0, 0, 0)
  expect(source.report(0)).toMatchObject({ lastSenderReport: 0, delaySinceSenderReport: 0 })
  source.senderReported(0xb7052000, 1000)
  // The example of RFC 3550, figure 2: 5.250 s.
  expect(source.report(6250)).toMatchObject({ lastSenderReport: 0xb7052000, delaySinceSenderReport: 0x00054000 })
})
