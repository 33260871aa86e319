import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Branches } from '../../src/engine/branches.ts'

class Element {
  after: Element | undefined = undefined
  readonly second: number

  constructor(second: number) {
    this.second = second
  }
}

/** Few numbers, so that they meet; a whole row, so that elements share it; and any. */
const numbers = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -9, max: 9 }).map((n) => n << 12),
  fc.integer(),
)
const steps = fc.array(fc.record({ second: numbers, deletes: fc.boolean() }), { maxLength: 400 })

it('finds what a map finds, whatever comes and goes', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const branches = new Branches<Element>()
      const map = new Map<number, Element>()
      for (const { second, deletes } of all) {
        const known = map.get(second)
        if (known !== undefined && deletes) {
          branches.delete(known)
          map.delete(second)
          expect(known.after).toBeUndefined()
        } else if (known === undefined) {
          const element = new Element(second)
          branches.add(element)
          map.set(second, element)
        }
        expect(branches.size).toBe(map.size)
        expect(branches.find(second)).toBe(map.get(second))
      }
      for (const [second, element] of map) expect(branches.find(second)).toBe(element)
    }),
  )
})

it('finds all of many, whose rows are made anew as they become more, and no others', () => {
  const branches = new Branches<Element>()
  const elements = Array.from({ length: 1000 }, (_, nth) => new Element(Math.imul(nth, 0x9e3779b9) & ~7))
  for (const element of elements) branches.add(element)
  for (const element of elements) expect(branches.find(element.second)).toBe(element)
  expect(branches.find(1)).toBeUndefined()
  for (const element of elements) branches.delete(element)
  expect(branches.size).toBe(0)
})

it('of two with one number, finds the later one, and the other when that has gone', () => {
  const branches = new Branches<Element>()
  const [earlier, later] = [new Element(7), new Element(7)]
  branches.add(earlier)
  branches.add(later)
  expect(branches.find(7)).toBe(later)
  branches.delete(later)
  expect(branches.find(7)).toBe(earlier)
  branches.delete(earlier)
  branches.delete(earlier)
  expect([branches.find(7), branches.size]).toEqual([undefined, 0])
})
