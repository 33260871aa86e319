/**
 * The pool of media ports: even UDP ports for RTP, each with the odd one above it for RTCP (RFC 3550 11). Owns which
 * are taken; it opens nothing. First freed is last given again, so that late packets of an ended session do not run
 * into the next one.
 */

export interface PortRange {
  /** First port, inclusive. */
  readonly from: number
  /** Last port, inclusive; an RTCP port never exceeds it. */
  readonly to: number
}

export interface PortPool {
  readonly total: number
  readonly inUse: number
  /** An RTP port, or `undefined` when all are taken. */
  acquire(): number | undefined
  /** Gives back a port that `acquire` returned. */
  release(port: number): void
}

/** @throws RangeError if the range has no pair of ports in it. */
export function createPortPool(range: PortRange): PortPool {
  const free = pairs(range)
  const total = free.length
  const taken = new Set<number>()
  return {
    total,
    get inUse() {
      return taken.size
    },
    acquire() {
      const port = free.shift()
      if (port !== undefined) taken.add(port)
      return port
    },
    release(port) {
      if (!taken.delete(port)) throw new Error(`media port ${port} was released but is not taken`)
      free.push(port)
    },
  }
}

function pairs({ from, to }: PortRange): number[] {
  const first = from + (from % 2)
  const count = Math.floor((to - first + 1) / 2)
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to > 65_535 || count < 1)
    throw new RangeError(`media ports ${from}-${to} hold no even port with the odd one above it`)
  return Array.from({ length: count }, (_, i) => first + 2 * i)
}
