/** The messages of an analysis as a table (RFC 4180), for whoever sorts and counts elsewhere. */
import type { TraceRow } from '../analysis/index.ts'

const columns: readonly (readonly [name: string, value: (row: TraceRow) => string | number | undefined])[] = [
  ['frame', ({ frame }) => frame],
  ['at', ({ at }) => at],
  ['transport', ({ transport }) => transport],
  ['from', ({ from }) => from],
  ['to', ({ to }) => to],
  ['what', ({ label }) => label],
  ['method', ({ method }) => method],
  ['status', ({ status }) => status],
  ['cmdType', ({ cmdType }) => cmdType],
  ['callId', ({ callId }) => callId],
  ['deviceId', ({ deviceId }) => deviceId],
  ['repeats', ({ repeats }) => repeats],
  ['unanswered', ({ unanswered }) => unanswered],
]

export const renderCsv = ({ trace }: { readonly trace: readonly TraceRow[] }): string =>
  [columns.map(([name]) => name), ...trace.map((row) => columns.map(([, value]) => cell(value(row))))]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('')

/** A peer's text that a spreadsheet would take for a formula is shown as the text it is. */
function cell(value: string | number | undefined): string {
  const text = String(value ?? '').replace(/^[=+\-@\t\r]/, "'$&")
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
