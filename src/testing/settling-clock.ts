/**
 * A virtual clock for programs that also wait for promises: it goes from deadline to deadline and lets what was promised
 * happen in between, so that code behind an `await` runs at the instant at which it would have run.
 *
 * ```ts
 * const clock = new SettlingClock()
 * await clock.pass(60_000)
 * ```
 */
import { VirtualClock } from './virtual-clock.ts'

export class SettlingClock extends VirtualClock {
  /** Lets `ms` milliseconds pass, and promises settle at every deadline on the way. */
  async pass(ms: number): Promise<void> {
    const end = this.now() + ms
    await settled()
    for (let next = this.nextDue; next <= end; next = this.nextDue) {
      this.advanceTo(next)
      await settled()
    }
    this.advanceTo(end)
    await settled()
  }

  /**
   * Lets time pass until `promise` settles, and answers what it settles to.
   * @throws RangeError when it has not settled after `limitMs`.
   */
  async passUntil<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    const end = this.now() + limitMs
    let done = false
    const watched = promise.finally(() => {
      done = true
    })
    watched.catch(() => {})
    await settled()
    while (!done) {
      const next = this.nextDue
      if (next > end) throw new RangeError(`nothing settles within ${limitMs} ms`)
      this.advanceTo(next)
      await settled()
    }
    return watched
  }
}

/** All promises that can settle without time passing have done so: Node empties that queue before an immediate. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
