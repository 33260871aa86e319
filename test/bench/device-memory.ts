/**
 * `device-memory`: what a registered device adds to the resident memory of a platform, all in: registration, binding,
 * catalog of one channel, evidence. The devices register over UDP and answer what they are asked; memory is read when
 * their transactions are over.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Benchmark, Measured } from './benchmark.ts'
import { registerDevices } from './devices.ts'
import { type Executor, ours } from './peers/index.ts'
import { residentBytes } from './proc.ts'

/** New devices a second: four transactions each, kept for 32 s, stay below the platform's limit. */
const rate = 1000

export const deviceMemory: Benchmark = {
  name: 'device-memory',
  what: 'resident memory per registered device',
  unit: 'bytes',
  needs: [],
  async run(bench): Promise<readonly Measured[]> {
    const all: Measured[] = []
    for (const executor of bench.executors) all.push({ name: executor, rounds: [await perDevice(bench, executor)] })
    return all
  },
}

async function perDevice(bench: Bench, executor: Executor): Promise<number> {
  const { devices, rest } = bench.sizes
  const server = await ours(executor).start(bench.processes)
  try {
    const before = residentBytes(server.pid)
    await registerDevices({ port: server.port, count: devices, rate, interrogated: true })
    const atOnce = residentBytes(server.pid)
    await sleep(rest)
    const after = residentBytes(server.pid)
    const mebibytes = [before, atOnce, after].map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`)
    bench.progress(`  ${executor}: ${mebibytes.join(', then ')}`)
    return (after - before) / devices
  } finally {
    await bench.processes.stop(server)
  }
}
