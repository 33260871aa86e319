/** The two numbers that are told of a series of rounds. */

/** The middle value; of an even number of values the mean of the two in the middle. @throws RangeError on none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of nothing')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]!
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2
}

/** The least and the greatest. @throws RangeError on none */
export function spread(values: readonly number[]): { readonly least: number; readonly most: number } {
  if (values.length === 0) throw new RangeError('the spread of nothing')
  return { least: Math.min(...values), most: Math.max(...values) }
}

/** As many digits as a measurement deserves: three that count. */
export const rounded = (value: number): number => Number(value.toPrecision(3))
