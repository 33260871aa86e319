/**
 * `actor-cost`: one more actor among 100,000 against one more among 100. Is anything searched, copied or walked that
 * grows with the living, the ratio tells.
 */
import type { Bench, Benchmark, Measured } from './benchmark.ts'
import { measureBy } from './programs.ts'

const few = 100
/** Two processes of the same code differ by up to a third for as long as they live: each is over in a second or two. */
const processesARound = 3

export const actorCost: Benchmark = {
  name: 'actor-cost',
  what: 'spawn, one event, end of a transaction, with many actors alive',
  unit: 'us',
  needs: [],
  async run(bench): Promise<readonly Measured[]> {
    const all: Measured[] = []
    for (const executor of bench.executors)
      all.push(...(await costsOf(bench, executor, executor === bench.executors[0])))
    return all
  },
}

/** With many alive, and for the executor that is judged with few besides, in turn. */
async function costsOf(bench: Bench, executor: string, judged: boolean): Promise<readonly Measured[]> {
  const { rounds, actors } = bench.sizes
  const [many, beside]: [number[], number[]] = [[], []]
  for (let process = 0; process < processesARound * rounds; process++) {
    if (judged) beside.push(await measureBy(bench, 'actor-cost.ts', [executor, String(few)]))
    many.push(await measureBy(bench, 'actor-cost.ts', [executor, String(actors)]))
  }
  const atFew = judged ? [{ name: `at-${few}`, rounds: beside }] : []
  return [{ name: executor, rounds: many }, ...atFew]
}
