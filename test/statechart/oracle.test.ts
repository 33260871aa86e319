import { describe, expect, it } from 'vitest'
import { randomScenario } from './oracle-scenarios.ts'
import { firstDifference } from './oracle-stage.ts'

describe('the compiled executor does what XState does', () => {
  it.each([1, 2501, 5001, 7501])(
    'with 2500 random machines from number %i',
    (first) => {
      expect(firstDifference(first, 2500, (seed) => randomScenario(seed, 12))).toBe('')
    },
    120_000,
  )
})
