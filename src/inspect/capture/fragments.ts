/**
 * IP fragments to datagrams: RFC 791 section 3.2, RFC 8200 section 4.5.
 *
 * In any order; where fragments overlap, the first wins, as most of the field's receivers have it. Bounded: `maxHeld`
 * datagrams wait at a time, and each has at most one fragment for each 8 bytes of its own.
 */
export interface Fragment {
  /** Of the datagram's payload; a multiple of 8. */
  readonly offset: number
  readonly last: boolean
  readonly bytes: Buffer
  readonly frame: number
  readonly at: number
}

const maxHeld = 1024
const maxLength = 65_535
const unit = 8

/** RFC 791 gives a datagram 15 seconds, RFC 8200 gives it 60. After them the same identification means another one. */
const lifetimeMs = 60_000

class Datagram {
  readonly begunAt: number
  frame = 0
  readonly #parts: Fragment[] = []
  readonly #have = new Uint8Array(Math.ceil(maxLength / unit))
  #units = 0
  #length: number | undefined
  /** Units that make it whole. */
  #needed = Math.ceil(maxLength / unit)

  constructor(at: number) {
    this.begunAt = at
  }

  /** The whole payload, once nothing is missing. */
  add(fragment: Fragment): Buffer | undefined {
    this.frame = fragment.frame
    if (fragment.last) this.#end(fragment.offset + fragment.bytes.length)
    if (this.#cover(fragment)) this.#parts.push(fragment)
    return this.#length !== undefined && this.#units === this.#needed ? this.#assemble(this.#length) : undefined
  }

  /** The length is known: what lies beyond it does not count. */
  #end(length: number): void {
    if (this.#length !== undefined) return
    this.#length = length
    this.#needed = Math.ceil(length / unit)
    this.#units = this.#have.subarray(0, this.#needed).reduce((sum, have) => sum + have, 0)
  }

  /** False for a fragment that brings nothing new. */
  #cover({ offset, bytes }: Fragment): boolean {
    const before = this.#units
    const end = Math.min(Math.ceil((offset + bytes.length) / unit), this.#needed)
    for (let at = offset / unit; at < end; at++) {
      if (this.#have[at] === 0) this.#units++
      this.#have[at] = 1
    }
    return this.#units > before
  }

  #assemble(length: number): Buffer {
    const whole = Buffer.alloc(length)
    // The last to come is written first, so that the first to come has the last word.
    for (const { offset, bytes } of this.#parts.reverse()) {
      if (offset < length) bytes.copy(whole, offset, 0, Math.min(bytes.length, length - offset))
    }
    return whole
  }
}

export class FragmentTable {
  readonly #held = new Map<string, Datagram>()
  readonly #forget: (frame: number) => void

  /** `forget`: a datagram will not be completed; its last frame. */
  constructor(forget: (frame: number) => void) {
    this.#forget = forget
  }

  /**
   * Takes a fragment of the datagram that `key` tells from others. The payload when it is whole, `damaged` where the
   * fragment can be none: beyond 65,535 bytes, or not the last and no multiple of 8 long.
   */
  add(key: string, fragment: Fragment): Buffer | 'waiting' | 'damaged' {
    const { offset, last, bytes, at } = fragment
    if (offset + bytes.length > maxLength || (!last && bytes.length % unit !== 0)) return 'damaged'
    const known = this.#held.get(key)
    if (known !== undefined && Math.abs(at - known.begunAt) > lifetimeMs) this.#drop(key, known)
    const datagram = this.#held.get(key) ?? this.#begin(key, at)
    const whole = datagram.add(fragment)
    if (whole === undefined) return 'waiting'
    this.#held.delete(key)
    return whole
  }

  /** The capture is over: nothing more comes. */
  end(): void {
    for (const [key, datagram] of this.#held) this.#drop(key, datagram)
  }

  #begin(key: string, at: number): Datagram {
    const [oldest] = this.#held
    if (oldest !== undefined && this.#held.size >= maxHeld) this.#drop(...oldest)
    const datagram = new Datagram(at)
    this.#held.set(key, datagram)
    return datagram
  }

  #drop(key: string, datagram: Datagram): void {
    this.#held.delete(key)
    this.#forget(datagram.frame)
  }
}
