/**
 * Every message as it goes over the wire, in both directions: counted, told to whoever listens on the diagnostics
 * channels `gb28181:sip:in` and `gb28181:sip:out` (bytes, flow and time; raw, so whoever listens redacts), and written to
 * the flight log of the device whose it is.
 */
import diagnostics from 'node:diagnostics_channel'
import type { SipMessage, Wire } from '../sip/message.ts'
import type { Count, Counters } from './counters.ts'
import type { FlightLog, FlightRecorder } from './flight.ts'
import type { Flow } from './network.ts'

const channels = { in: diagnostics.channel('gb28181:sip:in'), out: diagnostics.channel('gb28181:sip:out') }

/** The user of From, in what may be no message otherwise. */
const senderIn = /^(?:from|f)[ \t]*:[^\r\n]{0,200}?sips?:([\w.-]{1,64})@/im
/** Where it is looked for. */
const longestHead = 4096

export class Tap {
  readonly #counters: Counters
  readonly #received: Count
  readonly #sent: Count
  readonly #now: () => number
  readonly #recorder: FlightRecorder | undefined
  /** The bytes of the message that is being taken: whose it is shows when it has found its actor. */
  #current: Buffer | undefined

  constructor(counters: Counters, now: () => number, recorder?: FlightRecorder) {
    this.#counters = counters
    this.#received = counters.of('received')
    this.#sent = counters.of('sent')
    this.#now = now
    this.#recorder = recorder
  }

  /** The log of the device that a request comes from. */
  logOf(deviceId: string): FlightLog | undefined {
    return this.#recorder?.logOf(deviceId)
  }

  /** The message that has been received last belongs to this log. */
  belongs(log: FlightLog | undefined, flow: Flow, message: SipMessage): void {
    const bytes = this.#current
    this.#current = undefined
    if (log !== undefined && bytes !== undefined) this.#recorder?.received(log, flow, bytes, message)
  }

  /** What has been received last is no message: whose it may be stands in its From, if anywhere. @returns that log. */
  malformed(flow: Flow): FlightLog | undefined {
    const bytes = this.#current
    this.#current = undefined
    if (bytes === undefined || this.#recorder === undefined) return undefined
    const sender = senderIn.exec(bytes.toString('latin1', 0, longestHead))?.[1]
    const log = sender === undefined ? undefined : this.#recorder.logOf(sender)
    if (log !== undefined) this.#recorder.received(log, flow, bytes, undefined)
    return log
  }

  received(flow: Flow, bytes: Buffer): void {
    this.#received.times++
    this.#current = bytes
    if (channels.in.hasSubscribers) channels.in.publish({ at: this.#now(), flow, bytes })
  }

  sent(flow: Flow, bytes: Buffer, log?: FlightLog): void {
    this.#sent.times++
    if (log !== undefined) this.#recorder?.sent(log, flow, bytes)
    if (channels.out.hasSubscribers) channels.out.publish({ at: this.#now(), flow, bytes })
  }

  /** Sends what no actor answers for: that it could not be sent is only counted. */
  send(flow: Flow, wire: Wire, log?: FlightLog): void {
    const bytes = Buffer.from(wire, 'latin1')
    this.sent(flow, bytes, log)
    flow.send(bytes, () => this.#counters.count('unsent'))
  }
}
