/**
 * Every message as it goes over the wire, in both directions: counted, and told to whoever listens on the diagnostics
 * channels `gb28181:sip:in` and `gb28181:sip:out` (bytes, flow and time; raw, so whoever listens redacts).
 */
import diagnostics from 'node:diagnostics_channel'
import type { Wire } from '../sip/message.ts'
import type { Counters } from './counters.ts'
import type { Flow } from './network.ts'

const channels = { in: diagnostics.channel('gb28181:sip:in'), out: diagnostics.channel('gb28181:sip:out') }

export class Tap {
  readonly #counters: Counters
  readonly #now: () => number

  constructor(counters: Counters, now: () => number) {
    this.#counters = counters
    this.#now = now
  }

  received(flow: Flow, bytes: Buffer): void {
    this.#counters.count('received')
    if (channels.in.hasSubscribers) channels.in.publish({ at: this.#now(), flow, bytes })
  }

  sent(flow: Flow, wire: Wire): void {
    this.#counters.count('sent')
    if (channels.out.hasSubscribers) channels.out.publish({ at: this.#now(), flow, wire })
  }

  /** Sends what no actor answers for: that it could not be sent is only counted. */
  send(flow: Flow, wire: Wire): void {
    this.sent(flow, wire)
    flow.send(wire, () => this.#counters.count('unsent'))
  }
}
