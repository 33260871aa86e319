/** What a benchmark is, what it is given, and what it finds. */
import type { Executor } from './peers/index.ts'
import type { Processes } from './processes.ts'

export interface Sizes {
  /** Registrations or keepalives of one round, each of another device. */
  readonly exchanges: number
  /** Of these a second. */
  readonly rate: number
  /** Calls of one round, and calls a second. */
  readonly calls: number
  readonly callRate: number
  /** Rounds that count; one cold round before them does not. */
  readonly rounds: number
  /**
   * Processes of each, where that matters more than what is to be seen: two processes of the very same code differ by up to
   * 15 % for as long as they live.
   */
  readonly twins: number
  /**
   * Milliseconds from the end of a load to the reading of what it cost. Past 32 s the end of Timer J and its garbage are
   * in it (RFC 3261 17.2.2).
   */
  readonly rest: number
  /** Actors alive beside the one that is measured, or whose memory is. */
  readonly actors: number
  /** Devices registered when memory is read. */
  readonly devices: number
}

/** What judges: PERFORMANCE as promised. */
export const fullSizes: Sizes = {
  ...{ exchanges: 20_000, rate: 4000, calls: 10_000, callRate: 500, rounds: 3, twins: 3 },
  ...{ rest: 34_000, actors: 100_000, devices: 100_000 },
}

/** For CI: shows that everything runs. Without the rest its figures miss what comes with Timer J. */
export const smallSizes: Sizes = {
  ...{ exchanges: 2000, rate: 1000, calls: 500, callRate: 250, rounds: 1, twins: 1 },
  ...{ rest: 1000, actors: 20_000, devices: 2000 },
}

/** One who was measured: one of our executors, or a peer. */
export interface Measured {
  readonly name: string
  /** One value per warm round. */
  readonly rounds: readonly number[]
}

export interface Bench {
  readonly sizes: Sizes
  /** The first is the one that is judged. */
  readonly executors: readonly Executor[]
  readonly processes: Processes
  /** Says how far it is, to whoever waits. */
  progress(line: string): void
}

export type BenchmarkName =
  | 'register-cpu'
  | 'keepalive-cpu'
  | 'call-cpu'
  | 'recorder-cpu'
  | 'actor-cost'
  | 'registration-bytes'
  | 'transaction-bytes'
  | 'device-memory'

export interface Benchmark {
  readonly name: BenchmarkName
  readonly what: string
  readonly unit: 'us' | 'bytes'
  /** Programs that it cannot do without. */
  readonly needs: readonly 'sipp'[]
  /** All of ours and all peers. */
  run(bench: Bench): Promise<readonly Measured[]>
}

/** An upper bound that is promised, and one that is wished for. */
export interface Target {
  readonly must: number
  readonly goal: number
}

/** Of the ratio to each peer; under `alone` of the value itself. */
export const targets: Readonly<Record<BenchmarkName, Readonly<Record<string, Target>>>> = {
  'register-cpu': {
    kamailio: { must: 2, goal: 1.2 },
    'kamailio-tm': { must: 1, goal: 0.6 },
    'npm-sip': { must: 0.5, goal: 0.3 },
  },
  'keepalive-cpu': { kamailio: { must: 2.5, goal: 1.5 } },
  'call-cpu': { sipp: { must: 2, goal: 1 } },
  'recorder-cpu': { unrecorded: { must: 1.1, goal: 1 } },
  'actor-cost': { 'at-100': { must: 1.2, goal: 1 } },
  'registration-bytes': { alone: { must: 1500, goal: 600 } },
  'transaction-bytes': { alone: { must: 1500, goal: 800 } },
  'device-memory': { alone: { must: 8192, goal: 4096 } },
}
