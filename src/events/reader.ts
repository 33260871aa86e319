/**
 * One reader of events, as an async iterator: hears from the moment it is made, until it is left, its signal aborts or
 * its source has ended. What it has not read waits in a bounded queue; a reader that is too far behind loses the oldest
 * events and is told how many.
 */
import type { EventGap } from './event.ts'

export interface ReaderOptions<Event> {
  /** What comes before anything new. */
  readonly first: readonly (Event | EventGap)[]
  /** Events that may wait. */
  readonly limit: number
  readonly signal: AbortSignal | undefined
  /** The reader hears no more. */
  readonly left: () => void
}

type Result<Event> = IteratorResult<Event | EventGap, void>

export class EventReader<Event extends object> implements AsyncGenerator<Event | EventGap, void, undefined> {
  readonly #options: ReaderOptions<Event>
  readonly #waiting: (Event | EventGap)[]
  readonly #asking: ((result: Result<Event>) => void)[] = []
  readonly #abort = () => this.leave()
  #ended = false

  constructor(options: ReaderOptions<Event>) {
    this.#options = options
    this.#waiting = [...options.first]
    options.signal?.addEventListener('abort', this.#abort, { once: true })
  }

  push(event: Event): void {
    if (this.#ended) return
    const asking = this.#asking.shift()
    if (asking !== undefined) return asking({ done: false, value: event })
    this.#waiting.push(event)
    if (this.#waiting.length > this.#options.limit) this.#dropOldest()
  }

  /** Nothing more will come; what waits can still be read. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#options.left()
    for (const answer of this.#asking.splice(0)) answer(over)
  }

  async next(): Promise<Result<Event>> {
    const value = this.#waiting.shift()
    if (value !== undefined) return { done: false, value }
    if (this.#ended) return over
    return new Promise((resolve) => this.#asking.push(resolve))
  }

  async return(): Promise<Result<Event>> {
    this.leave()
    return over
  }

  async throw(error: unknown): Promise<Result<Event>> {
    this.leave()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave()
  }

  /** Hears no more, and what waits is not read. */
  leave(): void {
    this.#waiting.length = 0
    this.end()
  }

  #dropOldest(): void {
    const [first, second] = this.#waiting
    if (first === undefined || second === undefined) return
    this.#waiting.splice(0, 2, { name: 'gap', missed: missedIn(first) + missedIn(second) })
  }
}

const over = { done: true, value: undefined } as const

const missedIn = (entry: object): number => ('missed' in entry && typeof entry.missed === 'number' ? entry.missed : 1)
