import { describe, expect, it } from 'vitest'
import { median, rounded, spread } from './statistics.ts'

describe('statistics of rounds', () => {
  it.each([
    [[5], 5],
    [[9, 1, 5], 5],
    [[4, 1, 2, 3], 2.5],
    // One bad round moves a mean, not the median.
    [[50, 51, 900], 51],
    // By number, not by spelling.
    [[100, 20, 3], 20],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected)
  })

  it('leaves the rounds in their order', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('has no median and no spread of nothing', () => {
    expect(() => median([])).toThrow(RangeError)
    expect(() => spread([])).toThrow(RangeError)
  })

  it('spreads from the least to the greatest', () => {
    expect(spread([52, 51, 55])).toEqual({ least: 51, most: 55 })
  })

  it.each([
    [51.4999, 51.5],
    [0.64561, 0.646],
    [5983.2, 5980],
  ])('tells three digits of %d', (value, expected) => {
    expect(rounded(value)).toBe(expected)
  })
})
