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
  /** By machine, the input of its last actor: as a rule the very same object. */
  readonly #last = new Map<string, { readonly input: unknown; readonly number: number }>()

  constructor(values: Values) {
    this.#values = values
  }

  /** From 1; 0 for one that is not kept. */
  number(machine: string, input: unknown): number {
    const last = this.#last.get(machine)
    if (last !== undefined && last.input === input) return last.number
    const number = this.#find(input)
    this.#last.set(machine, { input, number })
    return number
  }

  value(number: number): unknown {
    const bytes = this.#kept[number - 1]
    if (bytes === undefined) throw new RangeError(`no input has the number ${number}`)
    return this.#values.read(new ByteReader(bytes))
  }

  #find(input: unknown): number {
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
}
