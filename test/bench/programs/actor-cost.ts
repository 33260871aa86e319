/**
 * `node actor-cost.ts EXECUTOR LIVE`: sends the microseconds that a transaction's actor takes from birth over its one
 * event to its end, while LIVE registrations are alive beside it, each with a timer.
 */
import { median } from '../statistics.ts'
import { rig } from './rig.ts'

const cycles = 20_000
const repetitions = 9

const [executor, live] = process.argv.slice(2)
const { registration, transaction } = rig(executor)
const alive = Array.from({ length: Number(live) }, (_, index) => registration(index + 1))
const owner = {}

function perCycle(): number {
  const from = performance.now()
  for (let cycle = 0; cycle < cycles; cycle++) transaction('z9hG4bK-bench', owner).stop()
  return (1000 * (performance.now() - from)) / cycles
}

perCycle()
const cost = median(Array.from({ length: repetitions }, perCycle))
if (alive.some((actor) => actor.getSnapshot().value !== 'online')) throw new Error('they should have stayed alive')
process.send?.(cost)
process.disconnect?.()
