import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'

describe('the virtual clock', () => {
  it('fires every deadline at its own instant, those set on the way too', () => {
    const clock = new VirtualClock()
    const sentAt: number[] = []
    const retransmit = (interval: number) => {
      sentAt.push(clock.now())
      clock.setTimeout(() => retransmit(Math.min(2 * interval, 4_000)), interval)
    }
    retransmit(500)
    clock.advance(31_999)
    expect(sentAt).toEqual([0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500])
    expect(clock.now()).toBe(31_999)
  })

  it('does not fire one that a firing timer cleared at the same instant', () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.setTimeout(() => {
      fired.push('first')
      clock.clearTimeout(second)
    }, 10)
    const second = clock.setTimeout(() => fired.push('second'), 10)
    clock.advance(10)
    expect(fired).toEqual(['first'])
    expect(clock.pending).toBe(0)
  })

  it('never goes back, and takes a negative or NaN delay as none', () => {
    const clock = new VirtualClock(1_000)
    const fired: number[] = []
    clock.setTimeout(() => fired.push(clock.now()), -5)
    clock.setTimeout(() => fired.push(clock.now()), Number.NaN)
    clock.advanceTo(500)
    expect(clock.now()).toBe(1_000)
    clock.advance(0)
    expect(fired).toEqual([1_000, 1_000])
  })

  it('runs until nothing is pending and says how long that took', () => {
    const clock = new VirtualClock()
    clock.setTimeout(() => clock.setTimeout(() => {}, 20), 10)
    expect(clock.runUntilIdle(1_000)).toBe(30)
  })

  it('gives up on what ticks for ever', () => {
    const clock = new VirtualClock()
    const tick = () => void clock.setTimeout(tick, 100)
    tick()
    expect(() => clock.runUntilIdle(10_000)).toThrow('1 timers are still pending after 10000 ms')
    expect(clock.now()).toBe(10_000)
  })

  it('lets out what a timer throws, and goes on from there', () => {
    const clock = new VirtualClock()
    const fired: number[] = []
    clock.setTimeout(() => {
      throw new Error('broken timer')
    }, 10)
    clock.setTimeout(() => fired.push(clock.now()), 20)
    expect(() => clock.advance(100)).toThrow('broken timer')
    expect(clock.now()).toBe(10)
    clock.advance(100)
    expect(fired).toEqual([20])
  })

  // Whatever is set and cleared in whatever order, the rest fires by due instant, equals in the order set.
  it('fires as a sorted list would', () => {
    const timer = fc.record({ ms: fc.nat(50), cleared: fc.boolean() })
    fc.assert(
      fc.property(fc.array(timer, { maxLength: 200 }), (timers) => {
        const clock = new VirtualClock()
        const fired: number[] = []
        const handles = timers.map(({ ms }, i) => clock.setTimeout(() => fired.push(i), ms))
        for (const [i, { cleared }] of timers.entries()) if (cleared) clock.clearTimeout(handles[i])
        const kept = timers.map((t, i) => ({ ...t, i })).filter(({ cleared }) => !cleared)
        expect(clock.pending).toBe(kept.length)
        clock.advance(50)
        expect(fired).toEqual(kept.toSorted((a, b) => a.ms - b.ms || a.i - b.i).map(({ i }) => i))
      }),
    )
  })

  it('moves 10,000 timers that set themselves again without scanning them', () => {
    const clock = new VirtualClock()
    let fired = 0
    const again = (ms: number) => {
      fired++
      if (fired < 50_000) clock.setTimeout(() => again(ms), ms)
    }
    for (let i = 0; i < 10_000; i++) clock.setTimeout(() => again(1 + (i % 997)), i % 997)
    const started = performance.now()
    clock.runUntilIdle(1e9)
    expect(fired).toBeGreaterThanOrEqual(50_000)
    // A scan of 10,000 timers for each of 50,000 firings takes minutes.
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
