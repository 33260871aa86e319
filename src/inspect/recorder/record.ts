/**
 * What the flight recorder keeps: one record for each thing that happened, in the order in which it happened.
 *
 * Bundles carry these records, the live stream sends them, the console draws them. This file is their vocabulary only.
 * Nothing in a record that leaves the process holds a secret: digest responses and passwords are replaced, by as many
 * characters as they had, so that every length in the message stays true.
 */
import type { Transport } from '../../engine/network.ts'

export type FlightRecord = MessageRecord | ActorStarted | ActorStepped | TimerRecord | ActorEnded

interface Recorded {
  /** Rises by one with each record of the process: the order of arrival, and what a reader resumes by. */
  readonly seq: number
  /** Milliseconds since the epoch, with fractions, of the engine's clock. */
  readonly at: number
}

/** A SIP message as it went over the wire. */
export interface MessageRecord extends Recorded {
  readonly kind: 'message'
  /** As seen from us. */
  readonly direction: 'in' | 'out'
  readonly transport: Transport
  /** `1.2.3.4:5060`, `[::1]:5060`. */
  readonly local: string
  readonly remote: string
  /** The message, where it is valid UTF-8. */
  readonly text?: string
  /** Its bytes, where it is not: in whatever charset the device writes. */
  readonly base64?: string
  /** How many bytes it had, where it was too long to be kept whole. */
  readonly cutFrom?: number
}

/** What every record of an actor says. */
interface OfActor extends Recorded {
  /** As `/api/actors` names it. */
  readonly actor: string
}

export interface ActorStarted extends OfActor {
  readonly kind: 'actor.started'
  readonly machine: string
  readonly parent: string | null
  readonly key: { readonly branch?: string; readonly callId?: string; readonly deviceId?: string }
  /** What the machine was given, so that it can be run again. */
  readonly input: unknown
  /** Dotted path, as in `/api/actors`. */
  readonly state: string
}

/** An event was taken, whether or not it changed the state. */
export interface ActorStepped extends OfActor {
  readonly kind: 'actor.stepped'
  /** Plain data. A SIP message in it is `{ "$message": seq }`: the record of that number has it. */
  readonly event: { readonly type: string; readonly [field: string]: unknown }
  /** After the event. */
  readonly state: string
}

export interface TimerRecord extends OfActor {
  readonly kind: 'timer.set' | 'timer.fired' | 'timer.cancelled'
  /** As the chart names its delay: `timerE`, `keepaliveCheck`. */
  readonly timer: string
  /** Of `timer.set`: when it is due. */
  readonly due?: number
}

export interface ActorEnded extends OfActor {
  readonly kind: 'actor.ended'
  readonly status: 'done' | 'stopped' | 'error'
  readonly output?: unknown
  /** Of `error`: what was thrown. */
  readonly error?: string
}

/** Of whom the records are: all of one device, or of it only one dialog, exchange or registration. */
export interface Subject {
  readonly deviceId: string
  readonly callId?: string
}

/** A stretch of records. */
export interface Recording {
  readonly subject: Subject
  /** In the order of `seq`. */
  readonly records: readonly FlightRecord[]
  /** Records of the subject that were there before the oldest, and had to make room. */
  readonly dropped: number
}

/** A recording as a file: what `record?format=json` answers, `analyze` reads and `replay` runs. */
export interface Bundle extends Recording {
  readonly format: 'gb28181-bundle'
  readonly version: 1
  /** ISO 8601, UTC: when it was taken. */
  readonly takenAt: string
  /** Who recorded: program and its version. */
  readonly recorder: string
  /** The ID of the platform or device that recorded. */
  readonly recordedBy: string
}

/** Whoever reads the flight recorder: bundles, explanations, the live stream. */
export interface FlightReader {
  /** Bytes of records that are kept, of all devices. */
  readonly bytes: number
  /** Redacted, unless `raw`. With `newest` only so many records, the last ones. */
  recording(subject: Subject, options?: { readonly raw?: boolean; readonly newest?: number }): Recording
  /**
   * Hears what happens to a subject from now on, redacted, in batches of at most ten a second.
   *
   * @param after only records of a higher `seq`; what is still kept of them comes with the first batch.
   * @returns what ends it.
   */
  follow(subject: Subject, after: number, hear: (recording: Recording) => void): () => void
}
