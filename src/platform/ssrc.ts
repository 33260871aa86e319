/**
 * The SSRCs of a domain: ten digits, of which the last four count (GB/T 28181 Annex G). Rotating, so that one just given
 * back is not the next one given out: media servers refuse an SSRC that moves to a new port at once.
 */
import { ssrcText } from '../sip/sdp-gb.ts'

const serials = 10_000

/** An SSRC as it stands in SDP, and as RTP has it. */
export interface Ssrc {
  /** Ten digits. */
  readonly text: string
  readonly number: number
}

export class SsrcPool {
  readonly #domain: string
  /** The number with the serial 0. */
  readonly #base: number
  readonly #used = new Uint8Array(serials)
  #inUse = 0
  #next = 1

  constructor(domain: string) {
    this.#domain = domain
    this.#base = Number(ssrcText('live', domain, 0))
  }

  /** Undefined when all are in use. */
  take(): Ssrc | undefined {
    if (this.#inUse >= serials) return undefined
    while (this.#used[this.#next] === 1) this.#next = (this.#next + 1) % serials
    const serial = this.#next
    this.#used[serial] = 1
    this.#inUse += 1
    this.#next = (serial + 1) % serials
    return { text: ssrcText('live', this.#domain, serial), number: this.#base + serial }
  }

  giveBack({ number }: Ssrc): void {
    this.#used[number - this.#base] = 0
    this.#inUse -= 1
  }
}
