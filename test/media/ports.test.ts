import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPortPool } from '../../src/media/ports.ts'

describe('media ports (RFC 3550 11: RTP even, RTCP the odd one above)', () => {
  it.each([
    [30_000, 30_500, 250, 30_000],
    [30_000, 30_501, 251, 30_000],
    [30_001, 30_004, 1, 30_002],
    [65_534, 65_535, 1, 65_534],
  ])('%i-%i hold %i pairs, the first at %i', (from, to, total, first) => {
    const pool = createPortPool({ from, to })
    expect([pool.total, pool.inUse, pool.acquire()]).toEqual([total, 0, first])
  })

  it.each([
    [30_001, 30_002],
    [30_000, 30_000],
    [30_010, 30_000],
    [0, 10],
    [65_000, 65_536],
    [Number.NaN, 40_000],
    [30_000.5, 30_010],
  ])('refuses %d-%d', (from, to) => {
    expect(() => createPortPool({ from, to })).toThrow(RangeError)
  })

  it('gives a freed port again only after all others', () => {
    const pool = createPortPool({ from: 30_000, to: 30_007 })
    const first = pool.acquire()!
    pool.release(first)
    expect(Array.from({ length: 5 }, () => pool.acquire())).toEqual([30_002, 30_004, 30_006, 30_000, undefined])
  })

  it('is loud about a port that comes back twice', () => {
    const pool = createPortPool({ from: 30_000, to: 30_007 })
    const port = pool.acquire()!
    pool.release(port)
    expect(() => pool.release(port)).toThrow('not taken')
  })

  it('never gives one port to two, and loses none, in any order of taking and giving back', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat({ max: 9 }))), (steps) => {
        const pool = createPortPool({ from: 30_000, to: 30_019 })
        const held: number[] = []
        for (const step of steps) {
          if (step === null) {
            const port = pool.acquire()
            expect(port === undefined).toBe(held.length === 10)
            if (port !== undefined) held.push(port)
          } else if (step < held.length) pool.release(held.splice(step, 1)[0]!)
          expect(new Set(held).size).toBe(pool.inUse)
        }
      }),
    )
  })
})
