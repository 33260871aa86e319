/**
 * Words that records repeat without end, each written as a number: machines, states, events, timers, field names, our own addresses.
 * They come from us and not from peers, so that they are few.
 */
export class Names {
  readonly #numbers = new Map<string, number>()
  readonly #texts: string[] = []

  number(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    this.#numbers.set(text, this.#texts.length)
    return this.#texts.push(text) - 1
  }

  text(number: number): string {
    const text = this.#texts[number]
    if (text === undefined) throw new RangeError(`no name has the number ${number}`)
    return text
  }
}
