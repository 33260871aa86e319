/** Runs one of `programs/` in a process of its own, so that no measurement lives in the heap of another. */
import type { Bench } from './benchmark.ts'

/** The figure that it sends. */
export async function measureBy(bench: Bench, program: string, args: readonly string[]): Promise<number> {
  const { message, ...running } = await bench.processes.startNode(`programs/${program}`, args, ['--expose-gc'])
  await bench.processes.stop(running)
  if (typeof message !== 'number') throw new Error(`${program} sent no figure`)
  bench.progress(`  ${program} ${args.join(' ')}: ${message.toFixed(2)}`)
  return message
}
