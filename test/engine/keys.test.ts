/** By which numbers a message finds its transaction: the two of a branch of ours, the hash of a request's key. */
import { describe, expect, it } from 'vitest'
import { BranchNumbers, branchOf, SecretHash } from '../../src/engine/keys.ts'

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

describe('the hash of a key', () => {
  const keys = Array.from({ length: 64_000 }, (_, nth) => `z9hG4bK${nth}|192.0.2.64:5060|REGISTER|1||${nth}@192.0.2.64`)
  const rowOf = (hash: SecretHash, key: string) => hash.of(key) & 63
  const rowsOf = (hash: SecretHash, all: readonly string[]) => Map.groupBy(all, (key) => rowOf(hash, key))

  it('spreads what differs little over all rows alike', () => {
    const sizes = [...rowsOf(new SecretHash(), keys).values()].map(({ length }) => length)
    expect(sizes.length).toBe(64)
    // A thousand each, give or take six times what chance makes of it.
    for (const size of sizes) expect(Math.abs(size - 1000)).toBeLessThan(200)
  })

  it('is another one in each process: what meets in a row here is spread over all there', () => {
    const one = new SecretHash()
    const inOneRow = rowsOf(one, keys).get(rowOf(one, keys[0] ?? '')) ?? []
    expect(inOneRow.length).toBeGreaterThan(800)
    expect(rowsOf(new SecretHash(), inOneRow).size).toBeGreaterThan(50)
  })

  it('is the same for the same text, and for the empty one', () => {
    const hash = new SecretHash()
    expect(hash.of(`${keys[0]}`)).toBe(hash.of(keys[0] ?? ''))
    expect(hash.of('')).toBe(hash.of(''))
    expect(Number.isInteger(hash.of(''))).toBe(true)
  })
})
