/**
 * The production clock: one timing wheel for the process, over one Node timer (PERFORMANCE.md, advice 7).
 *
 * Time is cut into ticks of 8 ms. A timer waits in the slot of the tick in which it falls due, so that it fires at most
 * one tick late (and as late as the event loop is), never early. One that is set for 5 s or more waits for the next
 * multiple of 32 ticks, so that it may be a quarter of a second late: Timers J and K end every transaction, and to end a
 * thousand of them together costs a fifth of what it costs to be woken for each dozen. Slots form a hierarchy of 64 each:
 * the slots of level 0 are the single ticks of the block of 64 that the wheel is in, those of level 1 the blocks of 64
 * ticks of the block of 4096 it is in, and so on:
 *
 *     level 0   |0|1|2| ... |63|                         each slot 1 tick    (8 ms)
 *     level 1   |  0  |  1  |  2  | ... |  63  |         each slot 64 ticks  (0.5 s)
 *     level 2   |     0     |     1     | ... |          each slot 4096      (33 s)
 *
 * When the wheel reaches a slot of a higher level, what waits there is dealt out to the levels below: a timer moves at
 * most once per level, so adding, cancelling and firing are O(1). One bit per slot says whether anybody waits, and the
 * lowest bit of the lowest level in use is where to sleep until. So nothing wakes the process that no timer asked for.
 *
 * Within a slot timers fire by due instant, then in the order in which they were set. A timer set by a firing timer
 * fires in a later tick, so that no chain of zero delays can hold the process.
 */
import { type Alarm, Call, type Clock, nowhere, type TimerHandle } from './clock.ts'

export const tickMs = 8
/** Milliseconds from which a timer is a long one, and the ticks of which it waits for a multiple. */
export const longDelay = 5_000
export const longTicks = 32
const bits = 6
const slotsPerLevel = 1 << bits
/** 64^8 ticks are 71,000 years. */
const levels = 8
const spans = Array.from({ length: levels + 1 }, (_, level) => slotsPerLevel ** level)
/** No timer is set for longer than 30,000 years, so that arithmetic on ticks stays exact. */
const longestDelay = 1e15
/** The longest delay that Node's own timer takes; a longer sleep is slept in parts. */
const longestSleep = 2 ** 31 - 1

/** The timer the wheel itself stands on: Node's, or a test's. */
export interface LowLevelTimers<Handle = unknown> {
  /** May call late, and up to a millisecond early, as Node's does. */
  setTimeout(run: () => void, ms: number): Handle
  clearTimeout(handle: Handle): void
  /** Whether the process stays alive for it. */
  hold(handle: Handle, alive: boolean): void
}

export interface TimingWheelOptions<Handle = unknown> {
  /** What a callback threw. The other timers fire all the same; reported after them. */
  readonly onError: (error: unknown) => void
  /** Milliseconds since the epoch; must never go back. Default: the process's monotonic clock. */
  readonly now?: () => number
  readonly timers?: LowLevelTimers<Handle>
}

/** Where an alarm is that waits in no slot because it was taken out of one to ring in this tick. */
const taken = -2

/** Looked up once: Node's global `performance` is a getter, which costs three times what reading the clock does. */
const { performance } = globalThis
const { timeOrigin } = performance

const monotonic = (): number => timeOrigin + performance.now()

const byDue = (a: Alarm, b: Alarm): number => a.due - b.due || a.order - b.order

const nodeTimers: LowLevelTimers<NodeJS.Timeout> = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (handle) => clearTimeout(handle),
  hold: (handle, alive) => void (alive ? handle.ref() : handle.unref()),
}

/** Position of the lowest of the 64 bits in two words; -1 for none. */
function lowestBit(low: number, high: number): number {
  if (low !== 0) return 31 - Math.clz32(low & -low)
  return high === 0 ? -1 : 63 - Math.clz32(high & -high)
}

export class TimingWheel<Handle = unknown> implements Clock {
  readonly #onError: (error: unknown) => void
  readonly #sleep: Sleep
  /** First alarm of every slot, level by level; and two words of 32 bits per level that say which have one. */
  readonly #slots: (Alarm | undefined)[] = new Array(levels * slotsPerLevel).fill(undefined)
  readonly #occupied = new Int32Array(levels * 2)
  readonly #start: number
  readonly now: () => number
  /** The last tick dealt with: no alarm waits in it or before it, save while it rings. */
  #tick = 0
  /** Level by level where the block ends that the wheel is in. */
  readonly #ends = Float64Array.from(spans.slice(1))
  #size = 0
  #order = 0
  #closed = false

  constructor(options: TimingWheelOptions<Handle>) {
    this.#onError = options.onError
    this.now = options.now ?? monotonic
    this.#start = this.now()
    this.#sleep = new Sleep(options.timers ?? nodeTimers, () => this.#wake())
  }

  /** How many timers wait. */
  get size(): number {
    return this.#size
  }

  setTimeout(run: () => void, ms: number): TimerHandle {
    const alarm = new Call(run)
    this.schedule(alarm, ms)
    return alarm
  }

  schedule(alarm: Alarm, ms: number, now = this.now()): void {
    alarm.due = now + (ms > 0 ? Math.min(ms, longestDelay) : 0)
    alarm.order = this.#order++
    const tick = Math.max(Math.ceil((alarm.due - this.#start) / tickMs), this.#tick + 1)
    alarm.tick = ms >= longDelay ? Math.ceil(tick / longTicks) * longTicks : tick
    if (this.#closed) return
    this.#size++
    this.#link(alarm)
    this.#sleep.noLaterThan(this.#timeOf(alarm.tick), now)
  }

  clearTimeout(handle: TimerHandle | undefined): void {
    if (handle instanceof Call) this.cancel(handle)
  }

  cancel(alarm: Alarm): void {
    if (alarm.slot === nowhere || this.#closed) return
    this.#unlink(alarm)
    if (--this.#size === 0) this.#sleep.cancel()
  }

  /** Lets the process end although timers wait, as `unref` of a Node timer does; for all of them, also later ones. */
  unref(): this {
    this.#sleep.hold(false)
    return this
  }

  ref(): this {
    this.#sleep.hold(true)
    return this
  }

  /** Cancels every timer. What is set afterwards never fires. */
  close(): void {
    this.#closed = true
    this.#sleep.cancel()
    for (let slot = 0; slot < this.#slots.length; slot++) {
      for (const alarm of this.#empty(slot)) alarm.slot = nowhere
    }
    this.#size = 0
  }

  #wake(): void {
    const failures: unknown[] = []
    const target = this.#lastTickAt(this.now())
    for (let slot = this.#nextSlot(); slot !== -1; slot = this.#nextSlot()) {
      const tick = this.#tickOf(slot)
      if (tick > target) break
      this.#advance(tick)
      const alarms = this.#empty(slot)
      if (slot < slotsPerLevel) this.#ring(alarms, failures)
      else for (const alarm of alarms) this.#link(alarm)
    }
    this.#sleepUntilNext()
    for (const failure of failures) this.#onError(failure)
  }

  #advance(tick: number): void {
    this.#tick = tick
    for (let level = 0; tick >= this.#ends[level]!; level++)
      this.#ends[level] = this.#blockOf(level) + spans[level + 1]!
  }

  #ring(alarms: Alarm[], failures: unknown[]): void {
    for (const alarm of alarms.sort(byDue)) {
      // Cleared, or the wheel closed, by one that rang before it in this same tick.
      if (alarm.slot !== taken || this.#closed) continue
      alarm.slot = nowhere
      this.#size--
      try {
        alarm.ring()
      } catch (error) {
        failures.push(error)
      }
    }
  }

  #sleepUntilNext(): void {
    const slot = this.#nextSlot()
    if (slot !== -1) this.#sleep.noLaterThan(this.#timeOf(this.#tickOf(slot)), this.now())
  }

  #lastTickAt(now: number): number {
    return Math.floor((now - this.#start) / tickMs)
  }

  #timeOf(tick: number): number {
    return this.#start + tick * tickMs
  }

  /** The first slot in time that has alarms: of the lowest level in use, as higher levels begin after its block. */
  #nextSlot(): number {
    for (let level = 0; level < levels; level++) {
      const slot = lowestBit(this.#occupied[2 * level]!, this.#occupied[2 * level + 1]!)
      if (slot !== -1) return level * slotsPerLevel + slot
    }
    return -1
  }

  /** The tick with which a slot begins, in the block that the wheel is in. */
  #tickOf(slot: number): number {
    const level = slot >> bits
    return this.#blockOf(level) + (slot & (slotsPerLevel - 1)) * spans[level]!
  }

  /** The tick with which the block begins that the wheel is in. */
  #blockOf(level: number): number {
    const block = spans[level + 1]!
    return Math.floor(this.#tick / block) * block
  }

  /** On the lowest level on which the tick is in the same block as the wheel. */
  #link(alarm: Alarm): void {
    const { tick } = alarm
    let level = 0
    while (tick >= this.#ends[level]!) level++
    // Without a shift: the ticks of a year exceed 32 bits. What is behind the comma is cut off by `&`.
    const place = (tick / spans[level]!) & (slotsPerLevel - 1)
    const slot = level * slotsPerLevel + place
    const first = this.#slots[slot]
    alarm.slot = slot
    alarm.next = first
    if (first !== undefined) first.previous = alarm
    this.#slots[slot] = alarm
    this.#occupied[2 * level + (place >> 5)]! |= 1 << (place & 31)
  }

  #unlink(alarm: Alarm): void {
    const { slot, previous, next } = alarm
    alarm.slot = nowhere
    if (slot === taken) return
    if (next !== undefined) next.previous = previous
    if (previous !== undefined) previous.next = next
    else this.#slots[slot] = next
    if (this.#slots[slot] === undefined) this.#vacate(slot)
    alarm.previous = alarm.next = undefined
  }

  /** Takes all alarms out of a slot. */
  #empty(slot: number): Alarm[] {
    const alarms: Alarm[] = []
    for (let alarm = this.#slots[slot]; alarm !== undefined; ) {
      const next: Alarm | undefined = alarm.next
      alarm.slot = taken
      alarm.previous = alarm.next = undefined
      alarms.push(alarm)
      alarm = next
    }
    this.#slots[slot] = undefined
    this.#vacate(slot)
    return alarms
  }

  #vacate(slot: number): void {
    this.#occupied[(slot >> bits) * 2 + ((slot >> 5) & 1)]! &= ~(1 << (slot & 31))
  }
}

/** The wheel's single low-level timer: set when somebody waits, moved only to be earlier. */
class Sleep {
  readonly #timers: LowLevelTimers
  readonly #wake: () => void
  #handle: { readonly timer: unknown } | undefined
  #until = 0
  #alive = true

  constructor(timers: LowLevelTimers, wake: () => void) {
    this.#timers = timers
    this.#wake = () => {
      this.#handle = undefined
      wake()
    }
  }

  noLaterThan(until: number, now: number): void {
    if (this.#handle !== undefined && this.#until <= until) return
    this.cancel()
    this.#until = until
    const ms = Math.min(Math.max(Math.ceil(until - now), 1), longestSleep)
    this.#handle = { timer: this.#timers.setTimeout(this.#wake, ms) }
    if (!this.#alive) this.#timers.hold(this.#handle.timer, false)
  }

  cancel(): void {
    if (this.#handle === undefined) return
    this.#timers.clearTimeout(this.#handle.timer)
    this.#handle = undefined
  }

  hold(alive: boolean): void {
    this.#alive = alive
    if (this.#handle !== undefined) this.#timers.hold(this.#handle.timer, alive)
  }
}
