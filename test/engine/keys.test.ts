/** The branch of a request of ours as two numbers, by which its responses find it. */
import { describe, expect, it } from 'vitest'
import { BranchNumbers, branchOf } from '../../src/engine/keys.ts'

describe('a branch of ours', () => {
  it.each([
    ['z9hG4bK0000000000000000', 0, 0],
    ['z9hG4bK00000001deadbeef', 1, 0xdeadbeef | 0],
    ['z9hG4bKffffffff7fffffff', -1, 0x7fffffff],
  ])('%s is two numbers, and they are it', (branch, first, second) => {
    const numbers = new BranchNumbers()
    expect(numbers.read(branch)).toBe(true)
    expect([numbers.first, numbers.second]).toEqual([first, second])
    expect(branchOf(first, second)).toBe(branch)
  })

  it.each([
    ['nothing', ''],
    ['the cookie alone', 'z9hG4bK'],
    ['another cookie', 'z9hG4bk0000000000000000'],
    ['a digit too few', 'z9hG4bK000000000000000'],
    ['a digit too many', 'z9hG4bK00000000000000000'],
    ['a capital digit', 'z9hG4bK000000000000000A'],
    ['a capital digit in the first half', 'z9hG4bKA000000000000000'],
    ['what is no digit', 'z9hG4bK00000000000000-0'],
    ['what is no byte', 'z9hG4bK00000000000000\u01300'],
  ])('is not %s', (_, branch) => {
    expect(new BranchNumbers().read(branch)).toBe(false)
  })
})
