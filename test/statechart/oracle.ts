/**
 * The oracle at length, beyond what `npm test` has time for:
 *
 *     node test/statechart/oracle.ts --machines 1000000 --sequences 10000
 *
 * `--machines`: random machines, one random script each. `--sequences`: random scripts for every machine of the
 * protocol. `--first`: the number to begin with, to go on or to see one again. Ends with 1 at the first difference.
 */
import { parseArgs } from 'node:util'
import { ourMachines, ourScenario } from './oracle-ours.ts'
import { randomScenario } from './oracle-scenarios.ts'
import { compare, explain, type Scenario } from './oracle-stage.ts'

const { values } = parseArgs({
  options: {
    machines: { type: 'string', default: '10000' },
    sequences: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    steps: { type: 'string', default: '12' },
  },
})
const [first, steps] = [Number(values.first), Number(values.steps)]

function run(what: string, count: number, scenarioOf: (seed: number) => Scenario): void {
  const began = performance.now()
  for (let seed = first; seed < first + count; seed++) {
    const scenario = scenarioOf(seed)
    const difference = compare(scenario)
    if (difference !== undefined) {
      process.stdout.write(`${what}, number ${seed}: ${explain(difference, scenario)}\n`)
      process.exit(1)
    }
    if ((seed - first + 1) % 10_000 === 0) process.stdout.write(`${what}: ${seed - first + 1}\n`)
  }
  const seconds = (performance.now() - began) / 1000
  process.stdout.write(`${what}: ${count} alike, ${count * steps} steps, ${seconds.toFixed(1)} s\n`)
}

run('random machines', Number(values.machines), (seed) => randomScenario(seed, steps))
for (const machine of ourMachines)
  run(machine.id, Number(values.sequences), (seed) => ourScenario(machine, seed, steps))
