/**
 * `device-memory`: what a registered device adds to the resident memory of a platform, all in: registration, binding,
 * catalog of one channel, evidence. The devices register over UDP and answer what they are asked; memory is read when
 * their transactions are over and garbage has been collected, as it is again and again where keepalives come in. (V8 sees
 * no reason to collect while nothing happens, and on a machine with room lets garbage grow to a multiple of the rest.)
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Benchmark, Measured } from './benchmark.ts'
import { registerDevices } from './devices.ts'
import { type Executor, ours, type RunningServer } from './peers/index.ts'
import { residentBytes } from './proc.ts'
import { nextMessage } from './processes.ts'

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
  const server = await ours(executor).start(bench.processes, ['--expose-gc'])
  try {
    const empty = await tidied(server)
    await registerDevices({ port: server.port, count: devices, rate, interrogated: true })
    await sleep(rest)
    const untidied = residentBytes(server.pid)
    const full = await tidied(server)
    const each = (bytes: number) => `${((bytes - empty) / devices / 1024).toFixed(1)} KiB a device`
    bench.progress(`  ${executor}: ${each(full)}; before the collection of garbage ${each(untidied)}`)
    return (full - empty) / devices
  } finally {
    await bench.processes.stop(server)
  }
}

/** Resident memory after a collection of garbage. */
async function tidied(server: RunningServer): Promise<number> {
  const done = nextMessage(server)
  server.child.send('tidy')
  await done
  return residentBytes(server.pid)
}
