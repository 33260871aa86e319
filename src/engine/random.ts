/**
 * The operating system's randomness, fetched in blocks: a call into the kernel for each tag and branch costs more than
 * parsing the message that asks for them. What names something is cut from a text of a whole block, because to make each
 * costs 0.3 us, seven times a call; what is a secret never stands in one.
 */
import { randomBytes, randomFillSync } from 'node:crypto'
import type { Random } from './options.ts'

const blockSize = 8192
/** A tag has five bytes: to look them up takes a third of the two calls into the runtime that Buffer needs. */
const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
/** Names are up to so long; a key or a password is longer. */
const longestName = 12

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
  let names = ''
  let cut = 0
  const nextName = (bytes: number): string => {
    if (cut + 2 * bytes > names.length) {
      names = randomBytes(blockSize).toString('hex')
      cut = 0
    }
    cut += 2 * bytes
    return names.slice(cut - 2 * bytes, cut)
  }
  return {
    hex(bytes) {
      if (bytes <= longestName) return nextName(bytes)
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
