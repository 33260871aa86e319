/**
 * What actors are given at their start, each different one kept once: nearly all of a machine are given the same, and it is
 * what takes most room in the record of a start.
 */
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Values } from './values.ts'

/** Beyond, an input stands in the record itself. */
const most = 1000

export class Inputs {
  readonly #values: Values
  readonly #writer = new ByteWriter()
  readonly #numbers = new Map<string, number>()
  readonly #kept: Buffer[] = []

  constructor(values: Values) {
    this.#values = values
  }

  /** From 1; 0 for one that is not kept. */
  number(input: unknown): number {
    const out = this.#writer
    out.length = 0
    this.#values.write(out, input)
    const bytes = Buffer.from(out.bytes.subarray(0, out.length))
    const content = bytes.toString('latin1')
    const known = this.#numbers.get(content)
    if (known !== undefined) return known
    if (this.#kept.length >= most) return 0
    this.#numbers.set(content, this.#kept.push(bytes))
    return this.#kept.length
  }

  value(number: number): unknown {
    const bytes = this.#kept[number - 1]
    if (bytes === undefined) throw new RangeError(`no input has the number ${number}`)
    return this.#values.read(new ByteReader(bytes))
  }
}
