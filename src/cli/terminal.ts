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

/** Milliseconds within which a SIGINT after another is the same Ctrl-C: the terminal sends it, and so does npm. */
const sameKey = 300

/** The first SIGINT or SIGTERM asks for an orderly end; a second one ends the process at once. */
export class Ending {
  readonly #asked = new AbortController()
  #interruptedAt = Number.NEGATIVE_INFINITY

  constructor(process: EventEmitter, now: () => number, end: () => void) {
    process.on('SIGTERM', () => this.#ask('SIGTERM', end))
    process.on('SIGINT', () => {
      if (now() - this.#interruptedAt < sameKey) return
      this.#interruptedAt = now()
      this.#ask('SIGINT', end)
    })
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
  return {
    env: process.env,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    ending: new Ending(
      process,
      () => performance.now(),
      () => process.exit(1),
    ),
    now: () => Date.now(),
  }
}
