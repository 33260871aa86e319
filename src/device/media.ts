/**
 * The media of one session: the test stream from a port of its own to where the offer asked for it, and the faults that
 * concern it.
 */
import type { Endpoint } from '../engine/network.ts'
import type { Clock, TimerHandle } from '../statechart/index.ts'
import type { Faults } from './faults.ts'
import type { RtpPort } from './rtp-port.ts'
import type { Shared } from './shared.ts'
import { type StreamHandle, startStream } from './stream/index.ts'

export interface MediaParts {
  readonly shared: Shared
  readonly clock: Clock
  readonly faults: Faults
  readonly port: RtpPort
  readonly localAddress: string
  readonly to: Endpoint
  readonly ssrc: number
  readonly payloadType: number
  /** Canonical name in RTCP. */
  readonly cname: string
}

export class SessionMedia {
  readonly #parts: MediaParts
  #port: RtpPort
  #stream: StreamHandle | undefined
  readonly #timers: TimerHandle[] = []
  #started = false
  #closed = false

  constructor(parts: MediaParts) {
    this.#parts = parts
    this.#port = parts.port
  }

  get packets(): number {
    return this.#stream?.statistics().packets ?? 0
  }

  start(): void {
    const { faults } = this.#parts
    if (this.#started || this.#closed || faults.has('no-media')) return
    this.#started = true
    // Fault late-first-packet: the encoder wakes up first.
    const late = faults.get('late-first-packet')
    if (late === undefined) this.#begin()
    else this.#after(late, () => this.#begin())
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const timer of this.#timers) this.#parts.clock.clearTimeout(timer)
    this.#stream?.stop()
    this.#port.close()
  }

  #begin(): void {
    const { shared, clock, ssrc, payloadType, to, cname, faults } = this.#parts
    const control = { address: to.address, port: to.port + 1 }
    this.#stream = startStream({
      clip: shared.clip(),
      clock: {
        now: () => clock.now(),
        setTimeout: (run, ms) => clock.setTimeout(run, ms),
        clearTimeout: clearIn(clock),
      },
      ssrc,
      payloadType,
      cname,
      random: () => shared.random.fraction(),
      send: (packet) => this.#port.send(packet, to),
      sendRtcp: (packet) => this.#port.send(packet, control),
    })
    // Fault port-change: a NAT gives the stream another port.
    const change = faults.get('port-change')
    if (change !== undefined) this.#after(change, () => void this.#changePort())
  }

  async #changePort(): Promise<void> {
    try {
      const port = await this.#parts.shared.openRtp(this.#parts.localAddress)
      if (this.#closed) return port.close()
      this.#port.close()
      this.#port = port
    } catch {
      // No second port to be had: the stream goes on from the first.
    }
  }

  #after(seconds: number, run: () => void): void {
    this.#timers.push(this.#parts.clock.setTimeout(run, seconds * 1000))
  }
}

/** The stream's clock takes any handle, and gives back only what this clock made. */
const clearIn =
  (clock: Clock) =>
  (handle: unknown): void => {
    if (isHandle(handle)) clock.clearTimeout(handle)
  }

const isHandle = (handle: unknown): handle is TimerHandle =>
  typeof handle === 'object' && handle !== null && 'due' in handle
