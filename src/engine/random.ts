/**
 * The operating system's randomness, fetched in blocks: a call into the kernel for each tag and branch costs more than
 * parsing the message that asks for them.
 */
import { randomFillSync } from 'node:crypto'
import type { Random } from './options.ts'

const blockSize = 8192
const digitCodes = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))

export function createSystemRandom(): Random {
  const block = Buffer.alloc(blockSize)
  let used = blockSize
  /** The codes of the digits, by how many bytes they are. */
  const codesOfLength: number[][] = []
  /** Where `bytes` unused random bytes stand; each is given out once. */
  const take = (bytes: number): number => {
    if (used + bytes > blockSize) {
      randomFillSync(block)
      used = 0
    }
    used += bytes
    return used - bytes
  }
  const codesFor = (bytes: number): number[] => {
    codesOfLength[bytes] ??= Array.from({ length: 2 * bytes }, () => 0)
    return codesOfLength[bytes]
  }
  return {
    hex(bytes) {
      const start = take(bytes)
      const codes = codesFor(bytes)
      for (let at = 0; at < bytes; at++) {
        const byte = block[start + at] ?? 0
        codes[2 * at] = digitCodes[byte >> 4] ?? 0
        codes[2 * at + 1] = digitCodes[byte & 15] ?? 0
        // A nonce key or password made of it does not stay in memory here, nor do its digits.
        block[start + at] = 0
      }
      // In one piece: a text put together from pairs of digits is an object for each, until somebody looks at it.
      const text = String.fromCharCode(...codes)
      for (let at = 0; at < codes.length; at++) codes[at] = 0
      return text
    },
    fraction: () => block.readUInt32LE(take(4)) / 2 ** 32,
  }
}
