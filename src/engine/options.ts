/** What an engine is made of and how much it may hold. */
import { rfc3261, type Timers } from '../../machines/transaction/timers.ts'
import type { ServerProfile } from '../sip/core.ts'
import type { SipRequest, SipResponse } from '../sip/message.ts'
import type { ParseNote } from '../sip/parse.ts'
import type { Rejection } from '../sip/rejection.ts'
import type { Clock, ExecutorName } from '../statechart/index.ts'
import type { ActorRecord } from './directory.ts'
import type { FlightLog, FlightRecorder } from './flight.ts'
import type { Endpoint, Flow, Network } from './network.ts'
import type { ServerTransaction } from './server-transaction.ts'

/** Where ids, tags, branches, nonces and jitter come from. */
export interface Random {
  /** `bytes` random bytes as lower-case hex. */
  hex(bytes: number): string
  /** 0 to below 1. */
  fraction(): number
}

export interface EngineLimits {
  /** Server transactions alive at once; beyond, new requests get 503 with Retry-After, without any state. */
  readonly transactions: number
  /** Seconds of that Retry-After. */
  readonly retryAfter: number
}

export const engineLimits: EngineLimits = { transactions: 200_000, retryAfter: 5 }

/** Whoever stands on the engine: the platform or the device. */
export interface EngineUser {
  readonly profile: ServerProfile
  /** The flight log of whoever sends under that user of From, where the user of the engine knows it: else the recorder is asked. */
  logOf?(sender: string): FlightLog | undefined
  /** A new request that belongs to no dialog. To be answered through the transaction, now or later. */
  request(transaction: ServerTransaction): void
  connectionClosed(flow: Flow): void
  /** Bytes that are no message: why, and from whom. */
  rejected?(rejection: Rejection, flow: Flow): void
  /** A message was taken although it is not as the standard wants it. */
  noted?(note: ParseNote, message: SipRequest | SipResponse, flow: Flow): void
  /** An actor threw and has ended; everything else goes on. */
  crashed?(record: ActorRecord, error: unknown): void
  /** A listening socket reports trouble that no message is to blame for. */
  trouble?(local: Endpoint, error: Error): void
}

export interface EngineOptions {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  /** Who runs the machines. Default: `compiled`. */
  readonly executor?: ExecutorName
  readonly timers?: Timers
  readonly limits?: Partial<EngineLimits>
  /** The address that peers are told, whatever the sockets are bound to. */
  readonly advertise?: string | undefined
  readonly userAgent: string
  /** Refuse every Content-Length beyond the datagram. */
  readonly strictLength?: boolean
  /** Milliseconds that ending in order may take. */
  readonly grace?: number
  /** Default: nothing is recorded. */
  readonly recorder?: FlightRecorder | undefined
}

export const engineTimers: Timers = rfc3261
