/**
 * What was told and is not in bytes yet, in the order in which it was told.
 *
 * The code that puts records into bytes does not fit into the processor's caches beside all that deals with a message.
 * Where each record was written at once, that code was fetched anew for each. So while messages are dealt with they are
 * only noted, and written a hundred at a time. The numbers are used again and again; what the notes are about
 * has a new array each time: to put what is young into one that is old is a call for each, and this one is garbage at once.
 */

/**
 * So few that what they hold, events and messages, is seldom there when the garbage collector comes, and is still in the
 * caches when it is written.
 */
const most = 128
/** Of each side by side, so that they come with one access to memory: its kind, its number, its instant, and one more. */
const figures = 4
/** Likewise: whose it is, and what it is about. */
const things = 4

const emptyThings = (): unknown[] => new Array<unknown>(most * things)

export class Notes {
  length = 0
  readonly #figures = new Float64Array(most * figures)
  #things = emptyThings()

  /**
   * @param figure of a message its direction, of a start whose child it is, of a timer that is set when it is due.
   * @param whose of a message its log, of a deed its actor.
   * @returns whether this was the last one for which there is room.
   */
  add(
    kind: number,
    seq: number,
    at: number,
    figure: number,
    whose: object,
    first: unknown,
    second?: unknown,
    third?: unknown,
  ): boolean {
    const note = this.length++
    const numbers = this.#figures
    const place = note * figures
    numbers[place] = kind
    numbers[place + 1] = seq
    numbers[place + 2] = at
    numbers[place + 3] = figure
    const objects = this.#things
    const thing = note * things
    objects[thing] = whose
    objects[thing + 1] = first
    objects[thing + 2] = second
    objects[thing + 3] = third
    return note === most - 1
  }

  kind(note: number): number {
    return this.#figures[note * figures] as number
  }

  seq(note: number): number {
    return this.#figures[note * figures + 1] as number
  }

  at(note: number): number {
    return this.#figures[note * figures + 2] as number
  }

  figure(note: number): number {
    return this.#figures[note * figures + 3] as number
  }

  /** The kind of the note says what these are. */
  whose<T>(note: number): T {
    return this.#things[note * things] as T
  }

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
