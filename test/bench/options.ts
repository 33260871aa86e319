/** The arguments of `npm run bench --`. */
import { parseArgs } from 'node:util'
import { type BenchmarkName, fullSizes, type Sizes, smallSizes, targets } from './benchmark.ts'
import type { Executor } from './peers/index.ts'

export const usage = `npm run bench -- [options]
  --json               one JSON object per line instead of the table
  --small              a small size for CI, under three minutes: prints, judges nothing
  --only NAME          one benchmark: ${Object.keys(targets).join(', ')}
  --rounds N           rounds that count, after a cold one (default 3)
  --executor NAME      compiled or xstate; default both, and compiled is judged
  --svg FILE           draws the result`

export interface BenchOptions {
  readonly json: boolean
  readonly small: boolean
  readonly only: BenchmarkName | undefined
  readonly sizes: Sizes
  readonly executors: readonly Executor[]
  readonly svg: string | undefined
}

/** @throws TypeError saying which argument is wrong */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      small: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      executor: { type: 'string' },
      svg: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return 'help'
  const { json, small, only, svg } = values
  if (only !== undefined && !isBenchmark(only)) throw new TypeError(`--only: there is no benchmark ${only}`)
  const sizes = small ? smallSizes : fullSizes
  const rounds = values.rounds === undefined ? sizes.rounds : roundsOf(values.rounds)
  return { json, small, only, svg, sizes: { ...sizes, rounds }, executors: executorsOf(values.executor) }
}

const isBenchmark = (name: string): name is BenchmarkName => Object.hasOwn(targets, name)

function roundsOf(text: string): number {
  const rounds = Number(text)
  if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError(`--rounds: a whole number from 1, not ${text}`)
  return rounds
}

function executorsOf(name: string | undefined): readonly Executor[] {
  if (name === undefined) return ['compiled', 'xstate']
  if (name !== 'compiled' && name !== 'xstate') throw new TypeError(`--executor: compiled or xstate, not ${name}`)
  return [name]
}
