/** Who is compared: ours with each executor, and the servers that others wrote. */
import { join } from 'node:path'
import { runtimeEnvironment, runtimeFlags } from '../../../src/cli/runtime.ts'
import { programPath } from '../../support/programs.ts'
import type { Bench } from '../benchmark.ts'
import { freeUdpPort, type Processes, type Running } from '../processes.ts'

export interface RunningServer extends Running {
  readonly name: string
  readonly port: number
  /** It asks DeviceInfo and Catalog of a device that has registered. */
  readonly interrogates: boolean
}

export interface Peer {
  readonly name: string
  /** `flags`: of Node, for a server that runs on it. */
  start(processes: Processes, flags?: readonly string[]): Promise<RunningServer>
}

export type Executor = 'compiled' | 'xstate'

/** Ours, named by its executor. */
export const ours = (executor: Executor): Peer => platform(executor, executor)

/** Ours, with nothing recorded. */
export const unrecorded = (executor: Executor): Peer => platform('unrecorded', executor, 'unrecorded')

const platform = (name: string, ...args: readonly string[]): Peer =>
  nodeServer(name, 'platform.ts', args, true, runtimeFlags, runtimeEnvironment(process.env))

/** Ours with each executor, the one that is judged in several processes (`Sizes.twins`). */
export const oursWith = ({ executors, sizes }: Bench): readonly Peer[] =>
  executors.flatMap((executor, nth) => Array.from({ length: nth === 0 ? sizes.twins : 1 }, () => ours(executor)))

/** In the order in which they are measured. */
export const peers: readonly Peer[] = [
  kamailio('kamailio', []),
  kamailio('kamailio-tm', ['-A', 'WITH_TM']),
  nodeServer('npm-sip', 'npm-sip.ts', [], false),
  nodeServer('raw-dgram', 'raw-dgram.ts', [], false),
]

function nodeServer(
  name: string,
  file: string,
  args: readonly string[],
  interrogates: boolean,
  always: readonly string[] = [],
  env = process.env,
): Peer {
  return {
    name,
    async start(processes, flags = []) {
      const { message, ...running } = await processes.startNode(join('peers', file), args, [...always, ...flags], env)
      return { ...running, name, interrogates, port: portIn(message) }
    },
  }
}

function kamailio(name: string, defines: readonly string[]): Peer {
  return {
    name,
    async start(processes) {
      const port = await freeUdpPort()
      const config = join(import.meta.dirname, 'kamailio.cfg')
      const args = ['-f', config, '-DD', '-E', '-m', '2048', '-M', '64', '-l', `udp:127.0.0.1:${port}`, ...defines]
      const folders = ['-w', processes.folder, '-Y', processes.folder]
      const running = await processes.startServer(
        programPath('kamailio') ?? 'kamailio',
        [...args, ...folders],
        'bench: ready',
      )
      return { ...running, name, interrogates: false, port }
    },
  }
}

function portIn(message: unknown): number {
  if (typeof message !== 'object' || message === null || !('port' in message) || typeof message.port !== 'number')
    throw new Error('the server did not say its port')
  return message.port
}
