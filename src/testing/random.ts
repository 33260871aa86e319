/**
 * Randomness that a test can repeat: the same seed gives the same ids, tags, branches, jitter and losses.
 *
 * ```ts
 * const random = seededRandom(7)
 * random.hex(4) // the same eight digits in every run
 * ```
 */
import type { Random } from '../engine/options.ts'

/** @param seed any number; its lower 32 bits count. */
export function seededRandom(seed: number): Random {
  const next = mulberry32(seed)
  return {
    fraction: next,
    hex: (bytes) =>
      Array.from({ length: bytes }, () =>
        Math.floor(next() * 256)
          .toString(16)
          .padStart(2, '0'),
      ).join(''),
  }
}

/** A generator of 32 bits of state: enough for tests, and the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
