/**
 * What `register-cpu` and `keepalive-cpu` share: every server is up and knows all devices, then SIPp plays them.
 *
 * The rounds are those of devices that are registered already, under their Call-ID and with rising CSeq, from the same
 * address: what a platform has to do all day, and the same duty for all. (Of a device that is new, or comes back with
 * another Call-ID, ours asks DeviceInfo and Catalog, which no peer does.) Registering them at first, answering those
 * queries, is done before the first round and not measured. A peer answers a keepalive 200 or 404 by whether the device
 * is registered, as ours does.
 */

import { programPath } from '../support/programs.ts'
import type { Bench, Measured } from './benchmark.ts'
import { registerDevices } from './devices.ts'
import { oursWith, type Peer, peers, type RunningServer } from './peers/index.ts'
import { type Contestant, roundRobin } from './rounds.ts'
import { runSipp, writeDevices } from './sipp.ts'

/** New devices a second while the servers are made ready. */
const registeringRate = 1500

/** Everybody of whom there is a server here: those that others wrote, and ours with each executor. */
export const everybody = (bench: Bench): readonly Peer[] => [
  ...peers.filter(({ name }) => !name.startsWith('kamailio') || programPath('kamailio') !== undefined),
  ...oursWith(bench),
]

export async function measureSipLoad(
  bench: Bench,
  scenario: 'register' | 'keepalive',
  compared = everybody(bench),
): Promise<readonly Measured[]> {
  const { processes, sizes } = bench
  writeDevices(processes.folder, sizes.exchanges)
  const servers: RunningServer[] = []
  try {
    for (const peer of compared) servers.push(await peer.start(processes))
    const contestants: Contestant[] = []
    for (const server of servers) contestants.push(await contestant(bench, server, scenario))
    return await roundRobin(bench, contestants, sizes.exchanges)
  } finally {
    await Promise.all(servers.map((server) => processes.stop(server)))
  }
}

async function contestant(bench: Bench, server: RunningServer, scenario: string): Promise<Contestant> {
  const { exchanges, rate } = bench.sizes
  const { name, pid, port: serverPort, interrogates } = server
  bench.progress(`  ${name}: registering ${exchanges} devices`)
  const port = await registerDevices({
    ...{ port: serverPort, count: exchanges, rate: registeringRate },
    interrogated: interrogates,
  })
  return {
    name,
    pid,
    async load(attempt) {
      // The CSeq numbers 1 and 2 were the first registration's.
      const keys = { first: 3 + 2 * attempt, second: 4 + 2 * attempt }
      const run = { scenario, server: serverPort, port, calls: exchanges, rate, keys }
      const { ok, successful, failed, strays, retransmissions } = await runSipp(bench.processes, run)
      if (!ok) return { ok, note: `${successful} successful, ${failed} failed, ${strays} uncalled for` }
      return { ok, note: retransmissions === 0 ? '' : `${retransmissions} sent again` }
    },
  }
}
