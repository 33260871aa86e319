/** `registration-bytes` and `transaction-bytes`: heap that one actor holds while it lives. */
import type { Bench, Benchmark, Measured } from './benchmark.ts'
import { measureBy } from './programs.ts'

export const registrationBytes: Benchmark = {
  name: 'registration-bytes',
  what: 'heap of a registration, its key and map slot included',
  unit: 'bytes',
  needs: [],
  run: (bench) => measure(bench, 'registration'),
}

export const transactionBytes: Benchmark = {
  name: 'transaction-bytes',
  what: 'heap of an answered transaction, its key, map slot and 390 bytes of answer included',
  unit: 'bytes',
  needs: [],
  run: (bench) => measure(bench, 'transaction'),
}

async function measure(bench: Bench, kind: string): Promise<readonly Measured[]> {
  const all: Measured[] = []
  for (const executor of bench.executors) {
    const rounds: number[] = []
    for (let round = 0; round < bench.sizes.rounds; round++)
      rounds.push(await measureBy(bench, 'actor-bytes.ts', [executor, String(bench.sizes.actors), kind]))
    all.push({ name: executor, rounds })
  }
  return all
}
