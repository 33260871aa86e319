/**
 * The SSRCs of a domain: ten digits, of which the last four count (GB/T 28181 Annex G). Rotating, so that one just given
 * back is not the next one given out: media servers refuse an SSRC that moves to a new port at once.
 */
import { ssrcText } from '../sip/sdp-gb.ts'

const serials = 10_000

export class SsrcPool {
  readonly #domain: string
  readonly #used = new Uint8Array(serials)
  #inUse = 0
  #next = 1

  constructor(domain: string) {
    this.#domain = domain
  }

  /** Undefined when all are in use. */
  take(): string | undefined {
    if (this.#inUse >= serials) return undefined
    while (this.#used[this.#next] === 1) this.#next = (this.#next + 1) % serials
    const serial = this.#next
    this.#used[serial] = 1
    this.#inUse += 1
    this.#next = (serial + 1) % serials
    return ssrcText('live', this.#domain, serial)
  }

  giveBack(ssrc: string): void {
    this.#used[Number(ssrc.slice(6))] = 0
    this.#inUse -= 1
  }
}
