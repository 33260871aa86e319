/**
 * A clock that stands still until a test moves it, and then fires every timer at its own instant.
 *
 * XState's `SimulatedClock` jumps first and fires afterwards, so that a retransmission chain collapses into one send.
 * This one goes deadline by deadline: a timer set by a firing timer fires within the same `advance` if it falls due in it.
 */
import type { Clock, TimerHandle } from '../statechart/clock.ts'

class Timer implements TimerHandle {
  readonly due: number
  readonly order: number
  readonly run: () => void
  /** Position in the heap; -1 when it has fired or was cleared. */
  place = -1

  constructor(due: number, order: number, run: () => void) {
    this.due = due
    this.order = order
    this.run = run
  }
}

/** Due first; among equals, set first. */
const before = (a: Timer, b: Timer): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

export class VirtualClock implements Clock {
  readonly #heap: Timer[] = []
  #now: number
  #order = 0

  /** @param start what `now()` says at first, in milliseconds. */
  constructor(start = 0) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  /** How many timers are set and have neither fired nor been cleared. */
  get pending(): number {
    return this.#heap.length
  }

  /** When the next timer is due; `Infinity` when none is set. */
  get nextDue(): number {
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY
  }

  setTimeout(run: () => void, ms: number): TimerHandle {
    const timer = new Timer(this.#now + (ms > 0 ? ms : 0), this.#order++, run)
    this.#heap.push(timer)
    this.#rise(timer, this.#heap.length - 1)
    return timer
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    if (handle instanceof Timer && this.#heap[handle.place] === handle) this.#remove(handle)
  }

  /** Lets `ms` milliseconds pass. What a timer throws comes out here, with the clock at that timer's instant. */
  advance(ms: number): void {
    this.advanceTo(this.#now + ms)
  }

  /** Moves to the instant `at`; never back. */
  advanceTo(at: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.due <= at; next = this.#heap[0]) this.#fire(next)
    if (at > this.#now) this.#now = at
  }

  /**
   * Fires until nothing is pending, and answers how many milliseconds that took.
   *
   * @param limitMs how much time it may take.
   * @throws RangeError when timers are still pending after `limitMs`: something keeps ticking.
   */
  runUntilIdle(limitMs: number): number {
    const start = this.#now
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      if (next.due > start + limitMs) {
        this.advanceTo(start + limitMs)
        throw new RangeError(`${this.pending} timers are still pending after ${limitMs} ms`)
      }
      this.#fire(next)
    }
    return this.#now - start
  }

  #fire(timer: Timer): void {
    this.#remove(timer)
    this.#now = Math.max(this.#now, timer.due)
    timer.run()
  }

  #remove(timer: Timer): void {
    const place = timer.place
    const last = this.#heap.pop()
    timer.place = -1
    if (last === undefined || last === timer) return
    this.#rise(last, place)
    this.#sink(last, last.place)
  }

  #rise(timer: Timer, from: number): void {
    let place = from
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1]!
      if (!before(timer, parent)) break
      this.#put(parent, place)
      place = (place - 1) >> 1
    }
    this.#put(timer, place)
  }

  #sink(timer: Timer, from: number): void {
    let place = from
    for (;;) {
      const left = this.#heap[2 * place + 1]
      const right = this.#heap[2 * place + 2]
      const child = left !== undefined && right !== undefined && before(right, left) ? right : left
      if (child === undefined || !before(child, timer)) break
      const vacated = child.place
      this.#put(child, place)
      place = vacated
    }
    this.#put(timer, place)
  }

  #put(timer: Timer, place: number): void {
    this.#heap[place] = timer
    timer.place = place
  }
}
