import { describe, expect, it } from 'vitest'
import { ourMachines, ourScenario } from './oracle-ours.ts'
import { firstDifference } from './oracle-stage.ts'

describe('the compiled executor does what XState does with the machines of the protocol', () => {
  it.each(ourMachines.map((machine) => [machine.id, machine] as const))(
    '%s, under 10,000 random sequences of its events and timers',
    (_, machine) => {
      expect(firstDifference(1, 10_000, (seed) => ourScenario(machine, seed, 12))).toBe('')
    },
    120_000,
  )
})
