/** `register-cpu`: REGISTER, 401, REGISTER with digest, 200; the server's CPU for each. Two transactions. */
import type { Benchmark } from './benchmark.ts'
import { measureSipLoad } from './sip-load.ts'

export const registerCpu: Benchmark = {
  name: 'register-cpu',
  what: 'REGISTER, 401, REGISTER with digest, 200',
  unit: 'us',
  needs: ['sipp'],
  run: (bench) => measureSipLoad(bench, 'register'),
}
