import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HashTable } from '../../src/engine/hash-table.ts'

class Element {
  after: Element | undefined = undefined
  readonly hash: number

  constructor(hash: number) {
    this.hash = hash
  }
}

/** Few numbers, so that they meet; a whole row, so that elements share it; and any. */
const numbers = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -9, max: 9 }).map((n) => n << 12),
  fc.integer(),
)
const steps = fc.array(fc.record({ hash: numbers, deletes: fc.boolean() }), { maxLength: 400 })

it('finds what a map finds, whatever comes and goes', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const table = new HashTable<Element>()
      const map = new Map<number, Element>()
      for (const { hash, deletes } of all) {
        const known = map.get(hash)
        if (known !== undefined && deletes) {
          table.delete(known)
          map.delete(hash)
          expect(known.after).toBeUndefined()
        } else if (known === undefined) {
          const element = new Element(hash)
          table.add(element)
          map.set(hash, element)
        }
        expect(table.size).toBe(map.size)
        expect(table.find(hash)).toBe(map.get(hash))
      }
      for (const [hash, element] of map) expect(table.find(hash)).toBe(element)
    }),
  )
})

it('finds all of many, whose rows are made anew as they become more, and no others', () => {
  const table = new HashTable<Element>()
  const elements = Array.from({ length: 1000 }, (_, nth) => new Element(Math.imul(nth, 0x9e3779b9) & ~7))
  for (const element of elements) table.add(element)
  for (const element of elements) expect(table.find(element.hash)).toBe(element)
  expect(table.find(1)).toBeUndefined()
  for (const element of elements) table.delete(element)
  expect(table.size).toBe(0)
})

it('of two with one number, finds the later one, and the other when that has gone', () => {
  const table = new HashTable<Element>()
  const [earlier, later] = [new Element(7), new Element(7)]
  table.add(earlier)
  table.add(later)
  expect(table.find(7)).toBe(later)
  table.delete(later)
  expect(table.find(7)).toBe(earlier)
  table.delete(earlier)
  table.delete(earlier)
  expect([table.find(7), table.size]).toEqual([undefined, 0])
})

it('finds all of one number, the last first, also when rows have been made anew', () => {
  const table = new HashTable<Element>()
  const same = Array.from({ length: 3 }, () => new Element(7))
  for (const element of same) table.add(element)
  for (let hash = 8; hash < 500; hash++) table.add(new Element(hash))
  const [first, second, third] = same as [Element, Element, Element]
  expect(table.find(7)).toBe(third)
  expect(table.findBefore(third)).toBe(second)
  expect(table.findBefore(second)).toBe(first)
  expect(table.findBefore(first)).toBeUndefined()
})
