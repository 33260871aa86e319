/** `keepalive-cpu`: MESSAGE with a MANSCDP Keepalive from a registered device, 200; the server's CPU for each. */
import type { Benchmark } from './benchmark.ts'
import { measureSipLoad } from './sip-load.ts'

export const keepaliveCpu: Benchmark = {
  name: 'keepalive-cpu',
  what: 'Keepalive MESSAGE, 200',
  unit: 'us',
  needs: ['sipp'],
  run: (bench) => measureSipLoad(bench, 'keepalive'),
}
