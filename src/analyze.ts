/**
 * `gb28181/analyze`: what happened in a capture (pcap, pcapng, `.sip` text) or a bundle of the flight recorder,
 * and what went wrong in it.
 *
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { analyze, renderLadder } from 'gb28181/analyze'
 *
 * const analysis = analyze(await readFile('camera.pcap'))
 * for (const { code, summary, fix } of analysis.findings) console.log(code, summary, fix)
 * console.log(renderLadder(analysis))
 * ```
 */
import {
  type DialogReport,
  dialogReport,
  type Examined,
  type ExchangeReport,
  examine,
  exchangeReport,
  isoTime,
  type MediaReport,
  mediaReport,
  type Observed,
  type Records,
  type RegistrationReport,
  recordsOfCapture,
  registrationReport,
  type TraceRow,
  type TransactionReport,
  traceOf,
  transactionReport,
} from './inspect/analysis/index.ts'
import { type Capture, readCapture, writePcap } from './inspect/capture/index.ts'
import { type Finding, findingsIn } from './inspect/findings/index.ts'
import { filterOf } from './inspect/ladder/filter.ts'

export type {
  DialogReport,
  ExchangeReport,
  MediaReport,
  PathReport,
  Records,
  RegistrationReport,
  StepReport,
  TraceRow,
  TransactionReport,
  WaitReport,
} from './inspect/analysis/index.ts'
export {
  type Finding,
  type FindingEvidence,
  type FindingKind,
  findingKinds,
  type Severity,
} from './inspect/findings/index.ts'
export { renderCsv } from './inspect/ladder/csv.ts'
export { type HtmlOptions, renderHtml } from './inspect/ladder/html.ts'
export { type LadderOptions, renderLadder } from './inspect/ladder/text.ts'

export interface AnalyzeOptions {
  /** The name to put into `file`. */
  readonly file?: string
  /** Only what concerns this device. `messages` and `frames` still count the whole file. */
  readonly deviceId?: string
  /**
   * Only messages that fit, and what they are part of: terms joined by AND, `-` negates, as in `method:MESSAGE
   * -cmd:Keepalive status:4xx has:retransmission text:"y=0"`. `messages` and `frames` still count the whole file.
   */
  readonly filter?: string
}

/** What is in a capture. `JSON.stringify` gives what `gb28181 analyze --json` prints; no secret is in it. */
export interface Analysis {
  readonly file: string
  /** `unknown`: not a capture; `stoppedAt` says so. */
  readonly format: Capture['format']
  /** SIP messages. */
  readonly messages: number
  /** Captured frames in which at least one SIP message ends. */
  readonly frames: number
  readonly totalFrames: number
  /** ISO 8601, UTC: of the first and the last message. */
  readonly startedAt: string
  readonly endedAt: string
  /** Frames that could not be used, the first of them. */
  readonly skipped: readonly { readonly frame: number; readonly why: string; readonly detail?: string }[]
  readonly skippedCount: number
  /** Where reading ended before the end of the file, and why. */
  readonly stoppedAt?: { readonly frame: number; readonly why: string; readonly detail?: string }
  readonly deviceId?: string
  readonly registrations: readonly RegistrationReport[]
  readonly exchanges: readonly ExchangeReport[]
  readonly transactions: readonly TransactionReport[]
  readonly dialogs: readonly DialogReport[]
  /** Streams that belong to no dialog. */
  readonly otherMedia: readonly MediaReport[]
  readonly findings: readonly Finding[]
  readonly trace: readonly TraceRow[]
}

/** Reads and explains a capture file. Never throws, whatever the bytes are. @throws TypeError for a filter that is none. */
export function analyze(bytes: Uint8Array, options: AnalyzeOptions = {}): Analysis {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return analyzeCapture(readCapture(buffer), options)
}

/** Explains what has been read already. */
export function analyzeCapture(capture: Capture, { file = '', deviceId, filter }: AnalyzeOptions = {}): Analysis {
  const { format, messages, sipFrames, totalFrames, skipped, skippedCount, stoppedAt } = capture
  const records = recordsOfCapture(capture)
  const examined = deviceId === undefined ? examine(records) : examineDevice(records, deviceId)
  const analysis: Analysis = {
    file,
    format,
    messages: messages.length,
    frames: sipFrames,
    totalFrames,
    startedAt: isoTime(examined.startedAt),
    endedAt: isoTime(examined.endedAt),
    skipped,
    skippedCount,
    ...(stoppedAt !== undefined && { stoppedAt }),
    ...(deviceId !== undefined && { deviceId }),
    registrations: examined.registrations.map(registrationReport),
    exchanges: examined.exchanges.map(exchangeReport),
    transactions: examined.transactions.map(transactionReport),
    dialogs: examined.dialogs.map(dialogReport),
    otherMedia: deviceId === undefined ? examined.strayMedia.map(mediaReport) : [],
    findings: findingsIn(examined),
    trace: traceOf(examined),
  }
  return filter === undefined ? analysis : filtered(analysis, filter)
}

function filtered(analysis: Analysis, filter: string): Analysis {
  const trace = analysis.trace.filter(filterOf(filter))
  const frames = new Set(trace.map(({ frame }) => frame))
  const isSeen = ({ messages }: { readonly messages: readonly number[] }) => messages.some((frame) => frames.has(frame))
  return {
    ...analysis,
    registrations: analysis.registrations.filter(isSeen),
    exchanges: analysis.exchanges.filter(isSeen),
    transactions: analysis.transactions.filter(isSeen),
    dialogs: analysis.dialogs.filter(isSeen),
    findings: analysis.findings.filter(({ evidence }) => evidence.some(({ frame }) => frames.has(frame))),
    trace,
  }
}

/** The messages of an analysis as a capture (pcap), digest responses and passwords overwritten. */
export const renderPcap = ({ trace }: Pick<Analysis, 'trace'>): Uint8Array => writePcap(trace.map(({ sent }) => sent))

/** The same with what concerns one device: by its ID, by its addresses, and by the Call-IDs of both. */
function examineDevice(records: Records, deviceId: string): Examined {
  const all = examine(records)
  const concerned = (observed: Observed) => all.deviceOf(observed) === deviceId || names(observed, deviceId)
  const callIds = new Set(all.messages.filter(concerned).map(({ message }) => message?.callId))
  const kept = all.messages.map(
    (observed) => concerned(observed) || (observed.message !== undefined && callIds.has(observed.message.callId)),
  )
  return examine({ ...records, messages: records.messages.filter((_, index) => kept[index]) })
}

function names({ message, request, command }: Observed, deviceId: string): boolean {
  const users = [message?.from.user, message?.to.user, request?.uri?.user, command?.deviceId]
  return users.includes(deviceId)
}
