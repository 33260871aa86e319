/**
 * The life of something that is started once and closed once: `start` is shared by its callers, `close` is safe at any
 * moment, shared too, and ends a start that is still running.
 */
import { Gb28181Error } from '../errors.ts'

export class Lifecycle {
  readonly #what: string
  readonly #begin: (signal: AbortSignal) => Promise<void>
  readonly #end: () => Promise<void>
  readonly #closing = new AbortController()
  #starting = false
  #started: Promise<void> | undefined
  #closed: Promise<void> | undefined
  #finished: Promise<void> | undefined

  /** `begin` opens what `end` closes; `end` is called also after a `begin` that failed. */
  constructor(what: string, begin: (signal: AbortSignal) => Promise<void>, end: () => Promise<void>) {
    this.#what = what
    this.#begin = begin
    this.#end = end
  }

  start(signal?: AbortSignal): Promise<void> {
    if (this.#closed !== undefined && this.#started === undefined)
      return Promise.reject(new Gb28181Error('closed', `${this.#what} has been closed`))
    this.#started ??= this.#run(signal)
    return this.#started
  }

  close(): Promise<void> {
    this.#closing.abort(new Gb28181Error('closed', `${this.#what} was closed while it started`))
    this.#closed ??= this.#finish()
    return this.#closed
  }

  async #run(signal: AbortSignal | undefined): Promise<void> {
    this.#starting = true
    const both = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    try {
      both.throwIfAborted()
      await this.#begin(both)
      both.throwIfAborted()
    } catch (error) {
      await this.#finishOnce()
      throw error
    } finally {
      this.#starting = false
    }
  }

  /** What says goodbye has said it when `close` returns, unless a start has to come to its end first. */
  #finish(): Promise<void> {
    if (!this.#starting) return this.#finishOnce()
    return (this.#started ?? Promise.resolve()).catch(() => {}).then(() => this.#finishOnce())
  }

  #finishOnce(): Promise<void> {
    this.#finished ??= this.#end()
    return this.#finished
  }
}

/** Waits for `promise`, but not beyond the abortion of `signal`. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
