/** Messages as a bad line or a bad programmer leaves them: cut off, bits flipped, delimiters where none belong. */
import { seededRandom } from '../../src/testing/random.ts'

/** A fraction of `below`: the same mutations on every run. */
export function randomFrom(seed: number): (below: number) => number {
  const { fraction } = seededRandom(seed)
  return (below) => fraction() * below
}

/** Delimiters, since a random byte seldom hits one. */
const edges = Buffer.from('\r\n\t \0":;,<>=@%[]?/\\\xff0z', 'latin1')

export function mutated(bytes: Buffer, random: (below: number) => number): Buffer {
  const kind = Math.floor(random(4))
  if (kind === 0) return bytes.subarray(0, Math.floor(random(bytes.length)))
  const copy = Buffer.from(bytes)
  const times = 1 + Math.floor(random(4))
  for (let time = 0; time < times; time++) {
    const at = Math.floor(random(copy.length))
    const byte = copy[at] ?? 0
    if (kind === 1) copy[at] = byte ^ (1 << Math.floor(random(8)))
    else copy[at] = edges[Math.floor(random(edges.length))] ?? 0
  }
  return kind === 3 ? copy.subarray(0, Math.floor(random(copy.length))) : copy
}
