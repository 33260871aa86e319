/** What a command has of the world: its environment, two streams, and the wish of the user that it ends. */
import type { EventEmitter } from 'node:events'

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Results. */
  out(line: string): void
  /** Everything else. */
  err(line: string): void
  readonly ending: Ending
  /** Milliseconds since the epoch. */
  now(): number
}

/** Arguments that cannot be used: exit code 2. */
export class Unusable extends Error {}

/** Milliseconds within which a signal after another of its kind is the same wish: the group gets it, and npm passes it on. */
const sameWish = 300

/** Milliseconds between looks at who our parent is. */
const parentWatch = 500

/** The first SIGINT or SIGTERM asks for an orderly end; a second one ends the process at once. */
export class Ending {
  readonly #asked = new AbortController()
  readonly #lastAt = new Map<string, number>()

  constructor(process: EventEmitter, now: () => number, end: () => void) {
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.on(signal, () => {
        const last = this.#lastAt.get(signal) ?? Number.NEGATIVE_INFINITY
        if (now() - last < sameWish) return
        this.#lastAt.set(signal, now())
        this.#ask(signal, end)
      })
  }

  /** Whoever started this has gone, without a word to us. */
  orphaned(): void {
    if (!this.signal.aborted) this.#asked.abort(new Interrupted('the end of npm'))
  }

  #ask(signal: string, end: () => void): void {
    if (this.signal.aborted) end()
    else this.#asked.abort(new Interrupted(signal))
  }

  /** Aborted when the end is asked for. */
  get signal(): AbortSignal {
    return this.#asked.signal
  }

  /** Resolves when the end is asked for. */
  async asked(): Promise<void> {
    if (this.signal.aborted) return
    await new Promise((resolve) => this.signal.addEventListener('abort', resolve, { once: true }))
  }
}

/** Why something that was waited for was given up. */
export class Interrupted extends Error {
  constructor(signal: string) {
    super(`ended by ${signal}`)
  }
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // Whoever read the output has gone: that ends neither what plays nor what is registered.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const early = earlyHandlers()
  const ending = new Ending(
    process,
    () => performance.now(),
    () => process.exit(1),
  )
  for (const [signal, handler] of early) process.off(signal, handler)
  watchParent(ending)
  return {
    env: process.env,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    ending,
    now: () => Date.now(),
  }
}

/**
 * Those by which the launcher has ended the process so far. They are taken away only after others listen: with nobody
 * listening in between, a signal that has arrived while modules were loading would be lost.
 */
function earlyHandlers(): [signal: string, handler: NodeJS.SignalsListener][] {
  const signals = ['SIGINT', 'SIGTERM'] as const
  return signals.flatMap((signal) =>
    process.listeners(signal).map((handler): [string, NodeJS.SignalsListener] => [signal, handler]),
  )
}

/** Under npm a shell stands between: a SIGTERM to npm ends npm and the shell, and nobody tells us. */
function watchParent(ending: Ending): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    ending.orphaned()
  }, parentWatch)
  timer.unref()
}
