/** `recorder-cpu`: what `register-cpu` costs with the flight recorder, as a platform has it, against the same without. */
import type { Benchmark } from './benchmark.ts'
import { ours, unrecorded } from './peers/index.ts'
import { measureSipLoad } from './sip-load.ts'

export const recorderCpu: Benchmark = {
  name: 'recorder-cpu',
  what: 'REGISTER, 401, REGISTER with digest, 200; with the flight recorder against without',
  unit: 'us',
  needs: ['sipp'],
  run: (bench) => {
    const executors = bench.executors.slice(0, 1)
    const pair = [...executors.map(ours), ...executors.map(unrecorded)]
    return measureSipLoad(bench, 'register', Array<typeof pair>(bench.sizes.twins).fill(pair).flat())
  },
}
