/**
 * What an examination amounts to as plain data: what `gb28181 analyze --json` prints. Times are ISO 8601, UTC; messages are
 * named by the frame in which they end.
 */
import type { MediaDescription } from '../../sip/sdp-gb.ts'
import type { CapturedMedia } from '../capture/types.ts'
import type { Dialog } from './dialogs.ts'
import type { Exchange } from './exchanges.ts'
import { isoTime } from './instant.ts'
import type { Observed } from './observed.ts'
import type { Registration } from './registrations.ts'
import type { Path } from './stage.ts'
import type { Transaction } from './transactions.ts'

/** A state that was entered, and the event or timer that led to it. */
export interface StepReport {
  readonly state: string
  readonly at: string
  readonly by: string
  /** The message that it came of; absent for a timer. */
  readonly frame?: number
}

/** One side's machine and the states it went through. */
export interface PathReport {
  /** As `gb28181 machines` names it. */
  readonly machine: string
  readonly path: readonly StepReport[]
}

/** What a machine still waits for where the records end. */
export interface WaitReport {
  readonly timer: string
  readonly at: string
}

interface AffairReport extends PathReport {
  readonly id: string
  readonly deviceId?: string
  /** Frames, in order; retransmissions are among them. */
  readonly messages: readonly number[]
}

/** A transaction: the path is its client's. */
export interface TransactionReport extends AffairReport {
  readonly method: string
  readonly callId: string
  readonly cseq: number
  readonly startedAt: string
  /** `timeout`: no final response within 64*T1; `pending`: none yet where the records end. */
  readonly outcome: 'answered' | 'timeout' | 'pending'
  readonly status?: number
  /** From the request to its first final response. */
  readonly durationMs?: number
  readonly retransmissions: number
  readonly server: PathReport
  readonly waitingFor?: WaitReport
}

/** A device at a platform: the path is the platform's. */
export interface RegistrationReport extends AffairReport {
  readonly deviceId: string
  /** `online`, `silent`, `offline`, … where the records end. */
  readonly outcome: string
  readonly offlineReason?: string
  /** Seconds, as last granted. */
  readonly expires?: number
  readonly keepalives: number
  /** Seconds between keepalives. */
  readonly keepaliveInterval?: number
  readonly device: PathReport
  readonly waitingFor?: WaitReport
}

/** A query or command with its Response messages. */
export interface ExchangeReport extends AffairReport {
  readonly cmdType: string
  readonly sn: number
  /** Whom it is about: the device or one of its channels. */
  readonly targetId?: string
  readonly outcome: string
  readonly received: number
  readonly sumNum?: number
  readonly startedAt: string
}

/** A media session: the path is that of the inviting side. */
export interface DialogReport extends AffairReport {
  readonly callId: string
  readonly channelId?: string
  readonly outcome: string
  readonly startedAt: string
  readonly invited: PathReport
  readonly offer?: MediaDescription
  readonly answer?: MediaDescription
  readonly media: readonly MediaReport[]
}

/** An RTP stream. */
export interface MediaReport {
  readonly source: string
  readonly destination: string
  readonly ssrc: number
  readonly payloadType: number
  readonly packets: number
  readonly lost: number
  readonly firstAt: string
  readonly lastAt: string
}

const stepsOf = ({ steps }: Path): StepReport[] => steps.map((step) => ({ ...step, at: isoTime(step.at) }))

const framesOf = (messages: readonly Observed[]): number[] => [...new Set(messages.map(({ frame }) => frame))]

const waitOf = (waiting: { name: string; at: number } | undefined): { waitingFor?: WaitReport } =>
  waiting === undefined ? {} : { waitingFor: { timer: waiting.name, at: isoTime(waiting.at) } }

/** Without the properties that are undefined. */
type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
const defined = <T extends object>(parts: T): Defined<T> =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Defined<T>

export function transactionReport(transaction: Transaction): TransactionReport {
  const { id, method, callId, request, first, machine, serverMachine, deviceId, outcome, status, final } = transaction
  return {
    id,
    method,
    callId,
    cseq: request.cseq.number,
    ...defined({ deviceId, status, durationMs: final === undefined ? undefined : rounded(final.at - first.at) }),
    machine,
    outcome,
    startedAt: isoTime(first.at),
    messages: framesOf(transaction.messages),
    retransmissions: transaction.messages.filter(({ repeats }) => repeats !== undefined).length,
    path: stepsOf(transaction.clientPath),
    server: { machine: serverMachine, path: stepsOf(transaction.serverPath) },
    ...waitOf(transaction.waitingFor),
  }
}

export function registrationReport(registration: Registration): RegistrationReport {
  const { key, deviceId, state, offlineReason, bindings, keepalives, registers, keepalive } = registration
  const expires = bindings.at(-1)?.expires
  const all = [...registers, ...keepalives].flatMap(({ messages }) => messages)
  return {
    id: key,
    deviceId,
    machine: 'registration',
    outcome: state,
    ...defined({ offlineReason, expires: expires === undefined ? undefined : expires / 1000 }),
    keepalives: keepalives.length,
    ...(keepalives.length > 2 && { keepaliveInterval: rounded(keepalive) / 1000 }),
    messages: framesOf(all.sort((left, right) => left.frame - right.frame)),
    path: stepsOf(registration.path),
    device: { machine: 'registrant', path: stepsOf(registration.devicePath) },
    ...waitOf(registration.waitingFor),
  }
}

export function exchangeReport(exchange: Exchange): ExchangeReport {
  const { key, cmdType, sn, deviceId, targetId, outcome, received, sumNum, query, parts, path } = exchange
  return {
    id: key,
    cmdType,
    sn,
    ...defined({ deviceId, targetId, sumNum }),
    machine: 'exchange',
    outcome,
    received,
    startedAt: isoTime(query.first.at),
    messages: framesOf([...query.messages, ...parts.map(({ observed }) => observed)]),
    path: stepsOf(path),
  }
}

export function dialogReport(dialog: Dialog): DialogReport {
  const { callId, deviceId, channelId, outcome, invite, messages, offer, answer, streams } = dialog
  return {
    id: callId,
    callId,
    ...defined({ deviceId, channelId, offer, answer }),
    machine: 'inviting',
    outcome,
    startedAt: isoTime(invite.first.at),
    messages: framesOf(messages),
    path: stepsOf(dialog.invitingPath),
    invited: { machine: 'invited', path: stepsOf(dialog.invitedPath) },
    media: streams.map(mediaReport),
  }
}

export const mediaReport = (stream: CapturedMedia): MediaReport => ({
  source: `${stream.source.address}:${stream.source.port}`,
  destination: `${stream.destination.address}:${stream.destination.port}`,
  ssrc: stream.ssrc,
  payloadType: stream.payloadType,
  packets: stream.packets,
  lost: stream.lost,
  firstAt: isoTime(stream.firstAt),
  lastAt: isoTime(stream.lastAt),
})

/** Microseconds are the finest that captures have, as a rule. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
