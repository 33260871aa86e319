import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { longDelay, longTicks, TimingWheel, tickMs } from '../../src/statechart/wheel.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'

const day = 86_400_000

/** A wheel over virtual low-level timers that count how often they wake it and may come `late`. */
function wheelOn(clock: VirtualClock, options: { late?: () => number; onError?: (error: unknown) => void } = {}) {
  const seen = { wakes: 0, sleeping: 0, held: true }
  const wheel = new TimingWheel({
    now: () => clock.now(),
    onError: options.onError ?? ((error) => expect.unreachable(String(error))),
    timers: {
      setTimeout: (run, ms) => {
        seen.sleeping++
        // Node takes a longer one for 1 ms.
        expect(ms).toBeLessThan(2 ** 31)
        return clock.setTimeout(
          () => {
            seen.sleeping--
            seen.wakes++
            run()
          },
          Math.max(0.1, ms + (options.late?.() ?? 0)),
        )
      },
      clearTimeout: (handle) => {
        seen.sleeping--
        clock.clearTimeout(handle)
      },
      hold: (_, alive) => {
        seen.held = alive
      },
    },
  })
  return { wheel, seen }
}

describe('the timing wheel', () => {
  it('never fires early and at most one tick late, a quarter of a second where it is set for long', () => {
    const clock = new VirtualClock(1_700_000_000_123.4)
    const { wheel } = wheelOn(clock)
    const lateness: number[] = []
    /** Beyond what is allowed. */
    const excess: number[] = []
    for (let ms = 0; ms < 40_000; ms += 13.7) {
      const allowed = ms >= longDelay ? longTicks * tickMs : tickMs
      const timer = wheel.setTimeout(() => {
        lateness.push(clock.now() - timer.due)
        excess.push(clock.now() - timer.due - allowed)
      }, ms)
    }
    clock.advance(50_000)
    expect(lateness).toHaveLength(2_920)
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...excess)).toBeLessThanOrEqual(1)
  })

  it('sleeps until its next entry: an idle hour costs a handful of wakes, an empty wheel none', () => {
    const clock = new VirtualClock()
    const { wheel, seen } = wheelOn(clock)
    let fired = 0
    wheel.setTimeout(() => fired++, 3_600_000)
    clock.advance(3_600_300)
    expect(fired).toBe(1)
    expect(seen.wakes).toBeLessThanOrEqual(4)
    expect([wheel.size, seen.sleeping, clock.pending]).toEqual([0, 0, 0])
  })

  it('stands on one low-level timer, and on none when the last entry is cancelled', () => {
    const clock = new VirtualClock()
    const { wheel, seen } = wheelOn(clock)
    const handles = [5_000, 50, 700, 3].map((ms) => wheel.setTimeout(() => {}, ms))
    expect(seen.sleeping).toBe(1)
    for (const handle of handles) wheel.clearTimeout(handle)
    expect([wheel.size, seen.sleeping]).toEqual([0, 0])
  })

  it('takes delays of days, and of more than Node itself can sleep', () => {
    const clock = new VirtualClock()
    const { wheel } = wheelOn(clock)
    const fired: [string, number][] = []
    wheel.setTimeout(() => fired.push(['month', clock.now()]), 30 * day)
    wheel.setTimeout(() => fired.push(['day', clock.now()]), day)
    wheel.setTimeout(() => fired.push(['never', clock.now()]), Number.POSITIVE_INFINITY)
    clock.advance(60 * day)
    expect(fired.map(([name]) => name)).toEqual(['day', 'month'])
    expect(fired[1]![1] - 30 * day).toBeLessThanOrEqual(tickMs)
    expect(wheel.size).toBe(1)
  })

  it('still keeps time after a process has run for two years', () => {
    const clock = new VirtualClock()
    const { wheel } = wheelOn(clock)
    clock.advance(700 * day)
    const at: number[] = []
    wheel.setTimeout(() => at.push(clock.now() - 700 * day), 500)
    wheel.setTimeout(() => at.push(clock.now() - 700 * day), 32_000)
    clock.advance(40_000)
    expect(at).toEqual([504, 32_000])
  })

  it('fires what is due within one tick in due order, equals in the order set', () => {
    const clock = new VirtualClock()
    const { wheel } = wheelOn(clock)
    const fired: string[] = []
    wheel.setTimeout(() => fired.push('c'), 6)
    wheel.setTimeout(() => fired.push('a'), 2)
    wheel.setTimeout(() => fired.push('d'), 6)
    wheel.setTimeout(() => fired.push('b'), 5)
    clock.advance(tickMs)
    expect(fired).toEqual(['a', 'b', 'c', 'd'])
  })

  it('catches up in due order after the event loop was held up', () => {
    const clock = new VirtualClock()
    let held = 0
    const { wheel } = wheelOn(clock, { late: () => held })
    const fired: number[] = []
    held = 60_000
    for (const ms of [33_000, 20, 500, 4_000]) wheel.setTimeout(() => fired.push(ms), ms)
    clock.advance(70_000)
    expect(fired).toEqual([20, 500, 4_000, 33_000])
  })

  it('does not fire an entry that one firing before it in the same tick cancelled', () => {
    const clock = new VirtualClock()
    const { wheel } = wheelOn(clock)
    const fired: string[] = []
    wheel.setTimeout(() => {
      fired.push('first')
      wheel.clearTimeout(second)
    }, 3)
    const second = wheel.setTimeout(() => fired.push('second'), 4)
    clock.advance(100)
    expect([fired, wheel.size]).toEqual([['first'], 0])
  })

  it('is not held by a chain of timers of no delay', () => {
    const clock = new VirtualClock()
    const { wheel, seen } = wheelOn(clock)
    let fired = 0
    const again = () => {
      fired++
      wheel.setTimeout(again, 0)
    }
    again()
    clock.advance(80)
    expect(fired).toBeGreaterThan(5)
    expect(fired).toBeLessThanOrEqual(seen.wakes + 2)
  })

  it('loses no other timer when one throws, and reports it', () => {
    const clock = new VirtualClock()
    const errors: unknown[] = []
    const { wheel } = wheelOn(clock, { onError: (error) => errors.push(error) })
    const fired: string[] = []
    const broken = new Error('broken timer')
    wheel.setTimeout(() => {
      throw broken
    }, 3)
    wheel.setTimeout(() => fired.push('same tick'), 4)
    wheel.setTimeout(() => fired.push('later'), 400)
    clock.advance(500)
    expect([fired, errors]).toEqual([['same tick', 'later'], [broken]])
  })

  it('keeps the process alive like any timer, unless unref was called', () => {
    const { wheel, seen } = wheelOn(new VirtualClock())
    wheel.setTimeout(() => {}, 100)
    expect(seen.held).toBe(true)
    wheel.unref()
    expect(seen.held).toBe(false)
    wheel.ref()
    expect(seen.held).toBe(true)
  })

  it('closes also while it fires: nothing that waits fires, nothing new is taken', () => {
    const clock = new VirtualClock()
    const { wheel, seen } = wheelOn(clock)
    const fired: string[] = []
    wheel.setTimeout(() => {
      fired.push('last')
      wheel.close()
    }, 3)
    const after = wheel.setTimeout(() => fired.push('same tick'), 4)
    wheel.setTimeout(() => fired.push('later'), 4_000)
    clock.advance(10)
    wheel.clearTimeout(after)
    wheel.setTimeout(() => fired.push('new'), 10)
    clock.advance(10_000)
    expect([fired, wheel.size, seen.sleeping, clock.pending]).toEqual([['last'], 0, 0, 0])
  })

  it('runs on the real clock: monotonic, since the epoch, not early', async () => {
    const wheel = new TimingWheel({ onError: (error) => expect.unreachable(String(error)) })
    const early = await new Promise<number>((resolve) => {
      const timer = wheel.setTimeout(() => resolve(timer.due - wheel.now()), 5)
    })
    expect(early).toBeLessThanOrEqual(0)
    expect(Math.abs(wheel.now() - Date.now())).toBeLessThan(60_000)
  })

  const delay = fc.oneof(
    fc.nat(20),
    fc.nat(1_000),
    fc.nat(40_000),
    fc.nat(3 * day),
    fc.double({ min: 0, max: 600, noNaN: true }),
  )
  type Step =
    | { type: 'set'; ms: number; resetting: boolean }
    | { type: 'clear'; nth: number }
    | { type: 'wait'; ms: number }
  const stepOf = (delays: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant('set' as const), ms: delays, resetting: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('clear' as const), nth: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: delays }) },
    )

  /** How late the wheel may be with a timer of this delay, milliseconds. */
  const slack = (ms: number) => (ms >= longDelay ? longTicks * tickMs : tickMs)

  // Set, clear and wait as they may: what a sorted list would fire has fired, in its order, never early, and late by no
  // more than its slack and the low-level timer's own lateness; what waits is what was set and neither fired nor cleared.
  // A long timer alone may be overtaken, by short ones that fall due within its slack.
  const asSortedList = (steps: Step[], lateMs: number) => {
    const clock = new VirtualClock(1_000.5)
    const { wheel, seen } = wheelOn(clock, { late: () => lateMs - 1 })
    const waiting: { ms: number; due: number; order: number; handle: { due: number } }[] = []
    let order = 0
    const set = (ms: number, resetting: boolean) => {
      const entry = { ms, due: clock.now() + ms, order: order++, handle: { due: 0 } }
      waiting.push(entry)
      entry.handle = wheel.setTimeout(() => {
        const first = waiting
          .filter((other) => slack(other.ms) <= slack(ms) || other.due + slack(other.ms) < entry.due)
          .toSorted((a, b) => a.due - b.due || a.order - b.order)[0]
        expect(first?.order).toBe(entry.order)
        expect(clock.now()).toBeGreaterThanOrEqual(entry.due)
        waiting.splice(waiting.indexOf(entry), 1)
        if (resetting) set(ms, false)
      }, ms)
    }
    for (const each of steps) {
      if (each.type === 'set') set(each.ms, each.resetting)
      if (each.type === 'wait') clock.advance(each.ms)
      if (each.type === 'clear' && waiting.length > 0) {
        const [gone] = waiting.splice(each.nth % waiting.length, 1)
        wheel.clearTimeout(gone?.handle)
      }
      expect(wheel.size).toBe(waiting.length)
      expect(seen.sleeping).toBe(waiting.length === 0 ? 0 : 1)
      for (const { ms, due } of waiting) expect(clock.now() - due).toBeLessThanOrEqual(slack(ms) + 1 + lateMs)
    }
  }

  it('fires as a sorted list would', () => {
    fc.assert(fc.property(fc.array(stepOf(delay), { maxLength: 120 }), fc.nat(5), asSortedList))
  })

  it('fires as a sorted list would about where a timer becomes a long one', () => {
    const about = fc.oneof(fc.nat(300), fc.integer({ min: longDelay - 300, max: longDelay + 300 }))
    fc.assert(fc.property(fc.array(stepOf(about), { maxLength: 60 }), fc.nat(5), asSortedList), { numRuns: 1_000 })
  })
})
