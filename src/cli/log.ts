/**
 * The log of a command: lines for people, or one JSON object a line (USABILITY.md 5), on standard error. Whatever could
 * flood it is said once and then summed.
 */
import type { Logger } from '../platform/options.ts'
import type { Terminal } from './terminal.ts'

export const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type Level = (typeof levels)[number]

export interface LogOptions {
  readonly format: 'text' | 'json'
  /** Lines below it are left out. */
  readonly level: Level
}

type Details = Readonly<Record<string, unknown>>

export class Log implements Logger {
  readonly #terminal: Terminal
  readonly #options: LogOptions

  constructor(terminal: Terminal, options: LogOptions) {
    this.#terminal = terminal
    this.#options = options
  }

  enabled(level: Level): boolean {
    return levels.indexOf(level) >= levels.indexOf(this.#options.level)
  }

  trace(details: Details, message: string): void {
    this.write('trace', details, message)
  }

  debug(details: Details, message: string): void {
    this.write('debug', details, message)
  }

  info(details: Details, message: string): void {
    this.write('info', details, message)
  }

  warn(details: Details, message: string): void {
    this.write('warn', details, message)
  }

  error(details: Details, message: string): void {
    this.write('error', details, message)
  }

  write(level: Level, details: Details, message: string): void {
    if (!this.enabled(level)) return
    const time = this.#terminal.now()
    if (this.#options.format === 'json') {
      const { event, ...more } = plain(details)
      this.#terminal.err(JSON.stringify({ time, level, event, msg: message, ...more }))
    } else {
      const stack = this.enabled('debug') && details.error instanceof Error ? `\n${details.error.stack}` : ''
      this.#terminal.err(`${new Date(time).toISOString()} ${level.toUpperCase().padEnd(5)} ${message}${stack}`)
    }
  }
}

const plain = (details: Details): Details =>
  details.error instanceof Error ? { ...details, error: details.error.message } : details

/** Milliseconds for which repeats are counted before they are told. */
const window = 60_000
/** Different things that are counted at once; the rest counts as one. */
const kinds = 1000

interface Repeated {
  readonly level: Level
  readonly details: Details
  readonly message: string
  readonly since: number
  count: number
}

/** Says the first of a kind at once, and of those that follow within a minute only how many there were. */
export class Repeats {
  readonly #log: Log
  readonly #now: () => number
  readonly #seen = new Map<string, Repeated>()

  constructor(log: Log, now: () => number) {
    this.#log = log
    this.#now = now
  }

  write(kind: string, level: Level, details: Details, message: string): void {
    const key = this.#seen.size < kinds || this.#seen.has(kind) ? kind : 'others'
    const seen = this.#seen.get(key)
    if (seen !== undefined) seen.count += 1
    else {
      this.#seen.set(key, { level, details, message, since: this.#now(), count: 0 })
      this.#log.write(level, details, message)
    }
  }

  /** Tells what has been counted for a minute; with `all` also what has not. */
  flush(all = false): void {
    for (const [key, { level, details, message, since, count }] of this.#seen) {
      const seconds = Math.round((this.#now() - since) / 1000)
      if (!all && seconds * 1000 < window) continue
      this.#seen.delete(key)
      if (count > 0) this.#log.write(level, { ...details, count }, `${message} ×${count} in ${seconds} s`)
    }
  }
}
