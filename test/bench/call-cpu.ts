/**
 * `call-cpu`: INVITE 100 101 200 ACK BYE 200; the caller's CPU for each. Ours plays channels of registered devices and
 * stops each play at once; SIPp is the devices. The peer is SIPp as the caller of the same scenario: no registrar, no
 * sessions, no media port, one scenario by heart, and gone when its last call is.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Benchmark, Measured } from './benchmark.ts'
import { registerDevices } from './devices.ts'
import { oursWith, type RunningServer } from './peers/index.ts'
import type { CallOrder } from './peers/platform.ts'
import { freeUdpPort, nextMessage } from './processes.ts'
import { type Contestant, type Load, roundRobin } from './rounds.ts'
import { runSipp, type SippResult, writeDevices } from './sipp.ts'

/** Each is called several times in turn; a device plays one channel to one session at a time. */
const devices = 1000
/** Milliseconds in which SIPp is listening. */
const sippStarts = 500

export const callCpu: Benchmark = {
  name: 'call-cpu',
  what: 'INVITE 100 101 200 ACK BYE 200, as caller',
  unit: 'us',
  needs: ['sipp'],
  async run(bench): Promise<readonly Measured[]> {
    const { processes, sizes } = bench
    writeDevices(processes.folder, devices)
    const servers: RunningServer[] = []
    try {
      const contestants: Contestant[] = [sippAsCaller(bench)]
      for (const peer of oursWith(bench)) {
        const server = await peer.start(processes)
        servers.push(server)
        contestants.push(await platformAsCaller(bench, server))
      }
      return await roundRobin(bench, contestants, sizes.calls)
    } finally {
      await Promise.all(servers.map((server) => processes.stop(server)))
    }
  },
}

function sippAsCaller({ processes, sizes }: Bench): Contestant {
  const { calls, callRate: rate } = sizes
  return {
    name: 'sipp',
    pid: undefined,
    async load() {
      const server = await freeUdpPort()
      const answering = runSipp(processes, { scenario: 'answer-call', port: server, calls })
      await sleep(sippStarts)
      const caller = await runSipp(processes, { scenario: 'call', server, port: await freeUdpPort(), calls, rate })
      return { ...loadOf(await answering, caller.ok ? '' : `${caller.failed} failed`), cpu: caller.cpu }
    },
  }
}

async function platformAsCaller({ processes, sizes }: Bench, server: RunningServer): Promise<Contestant> {
  const { calls, callRate: rate } = sizes
  const port = await registerDevices({ port: server.port, count: devices, rate: 1000, interrogated: true })
  const order: CallOrder = { calls, devices, rate }
  return {
    name: server.name,
    pid: server.pid,
    async load() {
      const answering = runSipp(processes, { scenario: 'answer-call', port, calls })
      await sleep(sippStarts)
      const over = nextMessage(server)
      server.child.send(order)
      const [answered, told] = await Promise.all([answering, over])
      return loadOf(answered, troubleIn(told))
    },
  }
}

function loadOf(answering: SippResult, trouble: string): Load {
  const { ok, successful, failed, retransmissions } = answering
  if (!ok) return { ok: false, note: `${successful} answered, ${failed} failed; ${trouble}` }
  return { ok: trouble === '', note: trouble || (retransmissions === 0 ? '' : `${retransmissions} sent again`) }
}

function troubleIn(message: unknown): string {
  const { failed, why } = message as { failed: number; why: string }
  return failed === 0 ? '' : `${failed} failed: ${why}`
}
