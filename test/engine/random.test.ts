import { describe, expect, it } from 'vitest'
import { createSystemRandom } from '../../src/engine/random.ts'

describe("the operating system's randomness", () => {
  it('gives each byte out once, also across blocks', () => {
    const random = createSystemRandom()
    const seen = new Set(Array.from({ length: 5000 }, () => random.hex(12)))
    expect(seen.size).toBe(5000)
    for (const text of seen) expect(text).toMatch(/^[0-9a-f]{24}$/)
    expect(seen).not.toContain('0'.repeat(24))
  })

  it('gives fractions from 0 to below 1, all over', () => {
    const random = createSystemRandom()
    const tenths = Array.from({ length: 5000 }, () => Math.floor(random.fraction() * 10))
    expect([...new Set(tenths)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})
