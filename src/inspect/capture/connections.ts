/**
 * The TCP connections of a capture: which stream a segment belongs to, and who closed those that carry SIP.
 *
 * Bounded: `maxDirections` streams are followed at a time; of more, those that were silent longest are given up.
 */
import type { Endpoint } from '../../engine/network.ts'
import type { ParseResult } from '../../sip/parse.ts'
import type { TcpSegment } from './ip.ts'
import { TcpDirection } from './tcp.ts'
import type { CapturedClosing, CapturedMessage, SkipCode } from './types.ts'

export interface ConnectionUser {
  message(message: Omit<CapturedMessage, 'parsed'>, parsed: ParseResult): void
  closing(closing: CapturedClosing): void
  skip(frame: number, why: SkipCode, detail: string): void
}

interface Direction {
  readonly stream: TcpDirection
  readonly source: Endpoint
  readonly destination: Endpoint
  closed: boolean
}

const maxDirections = 65_536

export class ConnectionTable {
  readonly #user: ConnectionUser
  /** In the order of their last segments. */
  readonly #directions = new Map<string, Direction>()

  constructor(user: ConnectionUser) {
    this.#user = user
  }

  segment(segment: TcpSegment): void {
    const { source, sourcePort, destination, destinationPort } = segment
    const key = `${source} ${sourcePort} ${destination} ${destinationPort}`
    const direction = this.#directions.get(key) ?? this.#open(segment)
    this.#directions.delete(key)
    this.#directions.set(key, direction)
    if (segment.syn) direction.closed = false
    direction.stream.segment(segment)
    if (segment.fin || segment.reset) this.#close(direction, segment)
  }

  /** The capture is over: what waits for missing segments waits no longer. */
  end(): void {
    for (const { stream } of this.#directions.values()) stream.end()
    this.#directions.clear()
  }

  #open(segment: TcpSegment): Direction {
    this.#makeRoom()
    const source: Endpoint = { address: segment.source, port: segment.sourcePort }
    const destination: Endpoint = { address: segment.destination, port: segment.destinationPort }
    const stream = new TcpDirection({
      message: ({ number, at }, bytes, parsed) =>
        this.#user.message({ frame: number, at, transport: 'TCP', source, destination, bytes }, parsed),
      skip: (frame, why, detail) => this.#user.skip(frame, why, detail),
    })
    return { stream, source, destination, closed: false }
  }

  /** Many at a time: finding the oldest costs as much as those that went before it. */
  #makeRoom(): void {
    if (this.#directions.size < maxDirections) return
    let excess = maxDirections / 8
    for (const [key, { stream }] of this.#directions) {
      if (excess-- === 0) return
      stream.end()
      this.#directions.delete(key)
    }
  }

  #close(direction: Direction, { frame, reset }: TcpSegment): void {
    const { source, destination, stream, closed } = direction
    const back = this.#directions.get(`${destination.address} ${destination.port} ${source.address} ${source.port}`)
    if (closed || !(stream.isSip || back?.stream.isSip)) return
    direction.closed = true
    this.#user.closing({ frame: frame.number, at: frame.at, how: reset ? 'reset' : 'fin', source, destination })
  }
}
