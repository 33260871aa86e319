/**
 * Keeps one inspector told over its WebSocket, from `start` until it is gone: ten times a second what has happened since,
 * and nothing while it is behind. What waits meanwhile is bounded by the watch.
 */
import type { WebSocket } from 'ws'
import type { Clock, TimerHandle } from '../../statechart/index.ts'
import type { Encoder } from './encoder.ts'
import { Watch, type WatchOptions, type WatchSource } from './watch.ts'

/** What is used of a WebSocket. */
export type FeedSocket = Pick<WebSocket, 'send' | 'terminate' | 'bufferedAmount' | 'readyState' | 'OPEN'>

export interface FeedOptions extends WatchOptions {
  readonly source: WatchSource
  readonly encode: Encoder
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout' | 'now'>
  /** Told once, when something could not be shown for its number. */
  readonly onOverflow: (what: string) => void
}

/** Milliseconds between two tellings. */
export const period = 100
/** Bytes that may wait in the socket before nothing more is written. */
const mostBehind = 4 << 20
/** Milliseconds that a viewer may stay that far behind. */
const patience = 30_000

export class Feed {
  readonly watch: Watch
  readonly #socket: FeedSocket
  readonly #options: FeedOptions
  #timer: TimerHandle | undefined
  #behindSince: number | undefined
  #warned = false

  constructor(socket: FeedSocket, options: FeedOptions) {
    this.#socket = socket
    this.#options = options
    this.watch = new Watch(options.source, options)
    this.#tick()
  }

  /** Tells what is still to be told, and listens no more. */
  close(): void {
    this.#options.clock.clearTimeout(this.#timer)
    if (this.#socket.readyState === this.#socket.OPEN && !this.#isBehind()) this.#tell()
    this.watch.close()
  }

  #tick(): void {
    if (this.#isBehind()) this.#waitForIt()
    else this.#tell()
    this.#timer = this.#options.clock.setTimeout(() => this.#tick(), period)
  }

  #tell(): void {
    this.#behindSince = undefined
    for (const step of this.watch.take()) for (const text of this.#options.encode(step)) this.#socket.send(text)
    this.#warn()
  }

  #isBehind(): boolean {
    return this.#socket.bufferedAmount > mostBehind
  }

  #waitForIt(): void {
    const now = this.#options.clock.now()
    this.#behindSince ??= now
    if (now - this.#behindSince > patience) this.#socket.terminate()
  }

  #warn(): void {
    if (this.#warned || !(this.watch.crowded || this.watch.dropped > 0)) return
    this.#warned = true
    const { actors, steps } = this.#options
    this.#options.onOverflow(
      this.watch.crowded
        ? `more than ${actors} actors: not all are shown`
        : `more than ${steps} steps: events left out`,
    )
  }
}
