/**
 * The engine's way to a flight recorder, as a port: each message and each step of an actor, with whose it is.
 * `inspect/recorder` is one.
 */
import type { SipMessage, SipRequest } from '../sip/message.ts'
import type { ActorRecorder } from '../statechart/index.ts'
import type { ActorKey, ActorRecord } from './directory.ts'
import type { OwnKey } from './keys.ts'
import type { Flow } from './network.ts'

/** Where what concerns one device is written down. Only the recorder looks inside. */
export interface FlightLog {
  readonly deviceId: string
}

export interface FlightRecorder extends ActorRecorder {
  /** Whom it may ask for the living when it is read: of some the beginning is no longer kept. */
  attach(living: () => readonly ActorRecord[]): void
  /** The log of a device, known or not. */
  logOf(deviceId: string): FlightLog
  /** A message has come, parsed from these bytes; `undefined`: they are none. They may be read later. */
  received(log: FlightLog, flow: Flow, bytes: Buffer, message: SipMessage | undefined): void
  /** These bytes too may be read later. */
  sent(log: FlightLog, flow: Flow, bytes: Buffer): void
  /** A stranger has proved who it is: its records are kept among those of the devices from now on. */
  admit(log: FlightLog): void
}

/** What an actor's owner has, so that its steps are written to its device's log. */
export interface Logged {
  /** `undefined`: it is written down nowhere. */
  readonly log: FlightLog | undefined
  /** What its actor is found by. */
  readonly actorKey: ActorKey
  /** The same without a text for its branch: a client transaction's. */
  readonly ownKey?: OwnKey | undefined
  /** The request that its actor is started for, which has that key in it: a server transaction's. */
  readonly startedBy?: SipRequest | undefined
}
