/**
 * The observer: the live engine's machines run over records, and what came of each affair.
 *
 * | file | is |
 * | --- | --- |
 * | `records.ts` | what an analysis starts from |
 * | `observed.ts`, `redact.ts` | one message, and the same without its secrets |
 * | `stage.ts` | where machines run and their paths are written down |
 * | `transactions.ts`, `registrations.ts`, `exchanges.ts`, `dialogs.ts` | one kind of affair each |
 * | `examine.ts` | which message belongs to which affair |
 */
export type { Bye, Dialog } from './dialogs.ts'
export { type Examined, examine } from './examine.ts'
export type { Exchange, Part } from './exchanges.ts'
export { isoTime } from './instant.ts'
export { Observed } from './observed.ts'
export { type Records, recordsOfCapture, recordsOfRecording } from './records.ts'
export { oneLine, redacted, redactedText } from './redact.ts'
export {
  askedExpires,
  type Binding,
  challengesOf,
  grantedExpires,
  isStale,
  type Registration,
} from './registrations.ts'
export * from './report.ts'
export type { Path, Step } from './stage.ts'
export { TraceRow, traceOf } from './trace.ts'
export type { Transaction } from './transactions.ts'
