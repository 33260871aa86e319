/**
 * What was told and is not in bytes yet, in the order in which it was told.
 *
 * The code that puts records into bytes does not fit into the processor's caches beside all that deals with a message.
 * Where each record was written at once, that code was fetched anew for each. So while messages are dealt with they are
 * only noted, and written a hundred at a time. The numbers are used again and again; what the notes are about
 * has a new array each time: to put what is young into one that is old is a call for each, and this one is garbage at once.
 */
import type { FlightLog } from '../../engine/flight.ts'

/**
 * So few that what they hold, events and messages, is seldom there when the garbage collector comes, and is still in the
 * caches when it is written.
 */
const most = 128
/**
 * Of each side by side, so that they come with one access to memory: the number of the record, its instant, whose it is,
 * and one that its kind has.
 */
const figures = 4
/** Likewise: the log, and what it is about. */
const things = 4

const emptyThings = (): unknown[] => new Array<unknown>(most * things)

export class Notes {
  length = 0
  readonly #kinds = new Uint8Array(most)
  readonly #figures = new Float64Array(most * figures)
  #things = emptyThings()

  get isFull(): boolean {
    return this.length === most
  }

  /** @param actor its number; for a message its direction. */
  add(kind: number, log: FlightLog, seq: number, at: number, actor: number, figure: number): void {
    const note = this.length++
    this.#kinds[note] = kind
    const place = note * figures
    this.#figures[place] = seq
    this.#figures[place + 1] = at
    this.#figures[place + 2] = actor
    this.#figures[place + 3] = figure
    this.#things[note * things] = log
  }

  /** What the last note is about. */
  about(first: unknown, second?: unknown, third?: unknown): void {
    const thing = (this.length - 1) * things
    this.#things[thing + 1] = first
    this.#things[thing + 2] = second
    this.#things[thing + 3] = third
  }

  kind(note: number): number {
    return this.#kinds[note] as number
  }

  seq(note: number): number {
    return this.#figures[note * figures] as number
  }

  at(note: number): number {
    return this.#figures[note * figures + 1] as number
  }

  actor(note: number): number {
    return this.#figures[note * figures + 2] as number
  }

  /** When the timer is due; whose child the actor is. */
  figure(note: number): number {
    return this.#figures[note * figures + 3] as number
  }

  log(note: number): FlightLog {
    return this.#things[note * things] as FlightLog
  }

  /** The kind of the note says what these are. */
  first<T>(note: number): T {
    return this.#things[note * things + 1] as T
  }

  second<T>(note: number): T {
    return this.#things[note * things + 2] as T
  }

  third<T>(note: number): T {
    return this.#things[note * things + 3] as T
  }

  clear(): void {
    this.#things = emptyThings()
    this.length = 0
  }
}
