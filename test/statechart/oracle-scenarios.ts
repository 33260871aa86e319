/** What the oracle tries: random machines with random scripts. */
import type { EventObject } from 'xstate'
import type { Random } from '../../src/engine/options.ts'
import { seededRandom } from '../../src/testing/random.ts'
import { randomMachine, sendable } from './oracle-machines.ts'
import type { Scenario, Step } from './oracle-stage.ts'

/** The scenario of a number: always the same one. */
export function randomScenario(seed: number, steps: number): Scenario {
  const random = seededRandom(seed)
  const machine = randomMachine(random)
  return {
    machine,
    input: { n: Math.floor(random.fraction() * 12) },
    listen: random.fraction() < 0.4,
    steps: Array.from({ length: steps }, () => randomStep(random)),
    probes: [randomEvent(random), randomEvent(random)],
  }
}

function randomStep(random: Random): Step {
  const kind = random.fraction()
  if (kind < 0.7) return { send: randomEvent(random) }
  if (kind < 0.96) return { pass: Math.floor(random.fraction() * 40) }
  return kind < 0.98 ? { listen: random.fraction() < 0.5 } : { stop: true }
}

function randomEvent(random: Random): EventObject {
  const type = sendable[Math.floor(random.fraction() * sendable.length)] ?? ''
  const event = { type, k: Math.floor(random.fraction() * 10) }
  return event
}
