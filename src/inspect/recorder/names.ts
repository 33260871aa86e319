/**
 * Words that records repeat without end, each written as a number: machines, states, events, timers, field names, our own addresses.
 * They come from us and not from peers, so that they are few.
 */
export class Names {
  readonly #numbers = new Map<string, number>()
  readonly #texts: string[] = []
  /** By number: of the word that came after it last. What happens to one device happens to the next. */
  readonly #followers: number[] = []
  #last = 0

  number(text: string): number {
    // Of ten words nine are found like this, without a look-up by content (100 instructions).
    const expected = this.#followers[this.#last] ?? 0
    const number = this.#texts[expected] === text ? expected : this.#find(text)
    this.#last = number
    return number
  }

  #find(text: string): number {
    const number = this.#numbers.get(text) ?? this.#add(text)
    this.#followers[this.#last] = number
    return number
  }

  #add(text: string): number {
    const number = this.#texts.push(text) - 1
    this.#numbers.set(text, number)
    this.#followers.push(0)
    return number
  }

  text(number: number): string {
    const text = this.#texts[number]
    if (text === undefined) throw new RangeError(`no name has the number ${number}`)
    return text
  }
}
