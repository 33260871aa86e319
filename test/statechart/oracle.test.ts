import { describe, expect, it } from 'vitest'
import { ourMachines, ourScenario } from './oracle-ours.ts'
import { randomScenario } from './oracle-scenarios.ts'
import { compare, explain, type Scenario } from './oracle-stage.ts'

const timeout = 120_000

/** What differs first, in words; empty for two executors that are alike. */
function firstDifference(first: number, count: number, scenarioOf: (seed: number) => Scenario): string {
  for (let seed = first; seed < first + count; seed++) {
    const scenario = scenarioOf(seed)
    const difference = compare(scenario)
    if (difference !== undefined) return `number ${seed}: ${explain(difference, scenario)}`
  }
  return ''
}

describe('the compiled executor does what XState does', () => {
  it.each([1, 2501, 5001, 7501])(
    'with 2500 random machines from number %i',
    (first) => {
      expect(firstDifference(first, 2500, (seed) => randomScenario(seed, 12))).toBe('')
    },
    timeout,
  )

  it.each(ourMachines.map((machine) => [machine.id, machine] as const))(
    'with %s under 1000 random sequences of its events and timers',
    (_, machine) => {
      expect(firstDifference(1, 1000, (seed) => ourScenario(machine, seed, 12))).toBe('')
    },
    timeout,
  )
})
