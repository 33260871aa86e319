import { describe, expect, it } from 'vitest'
import { randomScenario } from './oracle-scenarios.ts'
import { compare } from './oracle-stage.ts'
import { faults, withFault } from './planted-faults.ts'

/** The first random machine that tells the executor with this fault from XState. */
function foundBy(fault: (typeof faults)[number] | undefined, machines: number): number | undefined {
  return withFault(fault, (make) => {
    for (let seed = 1; seed <= machines; seed++) {
      if (compare(randomScenario(seed, 12), make) !== undefined) return seed
    }
    return undefined
  })
}

describe('the oracle finds', () => {
  it('nothing in an executor without a fault', () => {
    expect(foundBy(undefined, 100)).toBeUndefined()
  })

  it.each(faults.map((fault) => [fault.name, fault] as const))('%s', (_, fault) => {
    expect(foundBy(fault, 1000)).toBeDefined()
  })
})
