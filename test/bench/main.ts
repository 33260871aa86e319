/**
 * `npm run bench`: what our signalling costs, beside what others take for the same. Figures are the whole cost of a
 * server ("full", see rounds.ts), medians of warm rounds; only ratios from one run travel from machine to machine.
 *
 * Exit codes: 0, or 1 where a promise is not kept (full size, on the judged executor), a server failed, or in CI a peer
 * is missing; 2 on unusable arguments.
 */
import { writeFileSync } from 'node:fs'
import { debianPackages, type Program, programPath } from '../support/programs.ts'
import { registrationBytes, transactionBytes } from './actor-bytes.ts'
import { actorCost } from './actor-cost.ts'
import type { Bench, Benchmark } from './benchmark.ts'
import { callCpu } from './call-cpu.ts'
import { chart } from './chart.ts'
import { deviceMemory } from './device-memory.ts'
import { keepaliveCpu } from './keepalive-cpu.ts'
import { type BenchOptions, parseOptions, usage } from './options.ts'
import { jsonLine, table } from './output.ts'
import { Processes } from './processes.ts'
import { recorderCpu } from './recorder-cpu.ts'
import { registerCpu } from './register-cpu.ts'
import { isMet, type Result, resultsOf } from './results.ts'

const benchmarks: readonly Benchmark[] = [
  registerCpu,
  keepaliveCpu,
  callCpu,
  recorderCpu,
  actorCost,
  registrationBytes,
  transactionBytes,
  deviceMemory,
]

const say = (line: string): void => void process.stderr.write(`${line}\n`)

function optionsOrExit(): BenchOptions {
  try {
    const options = parseOptions(process.argv.slice(2))
    if (options !== 'help') return options
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n${usage}`)
    process.exit(2)
  }
}

/** Names what is missing. In CI nothing may be. */
function missingPrograms(): readonly Program[] {
  const missing = (['sipp', 'kamailio'] as const).filter((program) => programPath(program) === undefined)
  for (const program of missing) say(`${program} is missing and left out: apt-get install ${debianPackages[program]}`)
  return missing
}

/** Undefined where it failed. */
async function runBenchmark(benchmark: Benchmark, bench: Bench): Promise<readonly Result[] | undefined> {
  say(`${benchmark.name}: ${benchmark.what}`)
  try {
    return resultsOf(benchmark, await benchmark.run(bench), bench.executors)
  } catch (error) {
    say(`  ${benchmark.name} FAILED: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

async function main(options: BenchOptions): Promise<number> {
  await using processes = new Processes()
  const interrupted = () => {
    processes.killAll()
    process.exit(1)
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  const missing = missingPrograms()
  if (process.env.CI && missing.length > 0) return 1
  const { sizes, executors, only, json, small, svg } = options
  const bench: Bench = { sizes, executors, processes, progress: say }
  const results: Result[] = []
  let failed = false
  for (const benchmark of benchmarks.filter(({ name }) => only === undefined || name === only)) {
    if (benchmark.needs.some((program) => missing.includes(program))) continue
    const found = await runBenchmark(benchmark, bench)
    failed ||= found === undefined
    results.push(...(found ?? []))
    if (json) for (const result of found ?? []) process.stdout.write(`${jsonLine(result)}\n`)
  }
  if (!json && results.length > 0) process.stdout.write(`\n${table(results)}\n`)
  if (svg !== undefined) writeFileSync(svg, chart(results))
  const broken = !small && results.some((result) => isMet(result) === false)
  return failed || broken ? 1 : 0
}

process.exitCode = await main(optionsOrExit())
