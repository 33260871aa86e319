/**
 * The fate of datagrams on one way: lost, doubled, late, out of order; by chance from a seed, or as a test decides one by
 * one.
 *
 * ```ts
 * const link = new LossyLink({ loss: 0.3, duplicate: 0.1, latency: 20, jitter: 10, seed: 1 })
 * const drops = new LossyLink((nth) => (nth === 2 ? 'drop' : 'deliver'))
 * ```
 */
import type { Random } from '../engine/options.ts'
import { seededRandom } from './random.ts'

export interface LinkOptions {
  /** Share of datagrams that never arrive, 0 to 1. */
  readonly loss?: number
  /** Share that arrives twice. */
  readonly duplicate?: number
  /** Share that is held back, so that later ones overtake it. */
  readonly reorder?: number
  /** Milliseconds on the way. Default 0. */
  readonly latency?: number
  /** Up to so many milliseconds more, by chance. */
  readonly jitter?: number
  /** Default 1. */
  readonly seed?: number
}

/** What becomes of one datagram; a number is milliseconds on the way. */
export type Fate = 'deliver' | 'drop' | 'duplicate' | number

/** Decides the fate of the `nth` datagram of this link, counted from 1. */
export type FateFunction = (nth: number, bytes: Buffer) => Fate

/** What a held-back datagram waits in addition to the latency: longer than what follows it in a burst. */
const heldBack = 50

export class LossyLink {
  readonly #options: LinkOptions
  readonly #decide: FateFunction | undefined
  readonly #random: Random
  #count = 0

  constructor(fate: LinkOptions | FateFunction = {}) {
    this.#decide = typeof fate === 'function' ? fate : undefined
    this.#options = typeof fate === 'function' ? {} : fate
    this.#random = seededRandom(this.#options.seed ?? 1)
  }

  /** Milliseconds on the way for what is neither held back nor delayed by chance. */
  get latency(): number {
    return this.#options.latency ?? 0
  }

  /** The delays in milliseconds after which the next datagram arrives: none, one or two. */
  next(bytes: Buffer): readonly number[] {
    this.#count += 1
    return this.#decide === undefined ? this.#byChance() : delaysOf(this.#decide(this.#count, bytes))
  }

  #byChance(): readonly number[] {
    const { loss = 0, duplicate = 0 } = this.#options
    // Each chance is drawn each time, so that one setting does not shift the others' luck.
    const [lost, doubled] = [this.#chance(loss), this.#chance(duplicate)]
    const delays = [this.#delay(), this.#delay()]
    if (lost) return []
    return doubled ? delays : delays.slice(0, 1)
  }

  #delay(): number {
    const { reorder = 0, jitter = 0 } = this.#options
    const late = this.#chance(reorder) ? heldBack : 0
    return this.latency + late + this.#random.fraction() * jitter
  }

  #chance(share: number): boolean {
    return this.#random.fraction() < share
  }
}

function delaysOf(fate: Fate): readonly number[] {
  if (fate === 'drop') return []
  if (fate === 'duplicate') return [0, 0]
  return [fate === 'deliver' ? 0 : fate]
}
