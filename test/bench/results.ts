/** From what was measured to what is told: medians, ratios, and whether the promise is kept. */
import { type Benchmark, type Measured, type Target, targets } from './benchmark.ts'
import { median, rounded } from './statistics.ts'

/** One line: ours against one peer, or alone. */
export interface Result {
  readonly name: Benchmark['name']
  readonly what: string
  readonly unit: Benchmark['unit']
  /** The executor that is judged. */
  readonly executor: string
  readonly value: number
  /** Null for a figure that stands alone. */
  readonly peer: string | null
  readonly peerValue: number | null
  readonly ratio: number | null
  /** Rounds that the medians are of. */
  readonly rounds: number
  readonly target: Target | undefined
}

/** The first of `executors` against everybody else; what has a target of its own also alone. */
export function resultsOf(
  { name, what, unit }: Benchmark,
  measured: readonly Measured[],
  executors: readonly string[],
): readonly Result[] {
  const [judged = ''] = executors
  const mine = measured.find((one) => one.name === judged)
  if (mine === undefined) return []
  const value = median(mine.rounds)
  const common = { name, what, unit, executor: judged, value: rounded(value), rounds: mine.rounds.length }
  const { alone } = targets[name]
  const byItself = { ...common, peer: null, peerValue: null, ratio: null, target: alone }
  const compared = measured
    .filter((one) => one !== mine)
    .map((peer): Result => {
      const peerValue = median(peer.rounds)
      const ratio = rounded(value / peerValue)
      return { ...common, peer: peer.name, peerValue: rounded(peerValue), ratio, target: targets[name][peer.name] }
    })
  return alone === undefined && compared.length > 0 ? compared : [byItself, ...compared]
}

/** What a target is compared with. */
export const judgedFigure = ({ ratio, value }: Result): number => ratio ?? value

/** Undefined where nothing is promised. */
export function isMet(result: Result): boolean | undefined {
  return result.target && judgedFigure(result) <= result.target.must
}
