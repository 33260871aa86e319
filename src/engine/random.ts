/**
 * The operating system's randomness, fetched in blocks: a call into the kernel for each tag and branch costs more than
 * parsing the message that asks for them.
 */
import { randomFillSync } from 'node:crypto'
import type { Random } from './options.ts'

const blockSize = 8192
/** A tag has five bytes: to look them up takes a third of the two calls into the runtime that Buffer needs. */
const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function createSystemRandom(): Random {
  const block = Buffer.alloc(blockSize)
  let used = blockSize
  /** Where `bytes` unused random bytes stand; each is given out once. */
  const take = (bytes: number): number => {
    if (used + bytes > blockSize) {
      randomFillSync(block)
      used = 0
    }
    used += bytes
    return used - bytes
  }
  return {
    hex(bytes) {
      const start = take(bytes)
      let text = ''
      for (let at = start; at < start + bytes; at++) {
        text += hexOf[block[at] ?? 0]
        // A nonce key or password made of it does not stay in memory here.
        block[at] = 0
      }
      return text
    },
    fraction: () => block.readUInt32LE(take(4)) / 2 ** 32,
  }
}
