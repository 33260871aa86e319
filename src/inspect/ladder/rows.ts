/**
 * What a ladder shows, before it is drawn: retransmissions folded into the message that they repeat, idle stretches made
 * one row, columns in the order of first appearance (USABILITY.md 4).
 */
import type { TraceRow } from '../analysis/index.ts'

export interface MessageRow {
  readonly kind: 'message'
  readonly row: TraceRow
  /** Milliseconds since the row before. */
  readonly delta: number
  readonly again: readonly Repetition[]
}

/** A retransmission, folded into the row of its first. */
export interface Repetition {
  readonly frame: number
  /** Milliseconds since the one before. */
  readonly ms: number
}

export interface IdleRow {
  readonly kind: 'idle'
  readonly ms: number
}

export interface Ladder {
  /** Device ID or Call-ID that sets this ladder apart; empty where there is only one. */
  readonly title: string
  /** `address:port`, or addresses alone where there are too many of those. */
  readonly columns: readonly string[]
  /** The column of an end of a message. */
  readonly columnOf: (endpoint: string) => number
  readonly rows: readonly (MessageRow | IdleRow)[]
}

/** Nothing for this long is shown as one row, milliseconds. */
const idleAfter = 5000

export interface FoldOptions {
  /** Columns that fit side by side. */
  readonly columns: number
}

/** One ladder, or one for each device where the ends do not fit side by side. */
export function laddersOf(trace: readonly TraceRow[], { columns }: FoldOptions): Ladder[] {
  if (endsOf(trace).length <= columns) return [ladderOf('', trace, columns)]
  const groups = new Map<string, TraceRow[]>()
  for (const row of trace) {
    const key = row.deviceId ?? row.callId ?? `${row.from} ${row.to}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups].map(([title, rows]) => ladderOf(title, rows, columns))
}

function ladderOf(title: string, trace: readonly TraceRow[], most: number): Ladder {
  const ends = endsOf(trace)
  const rows = foldedRows(trace)
  if (ends.length <= most) return { title, columns: ends, columnOf: (end) => ends.indexOf(end), rows }
  const addresses = [...new Set(ends.map(addressOf))].slice(0, most)
  // What does not fit stands in the last column.
  const columnOf = (end: string) => {
    const found = addresses.indexOf(addressOf(end))
    return found < 0 ? addresses.length - 1 : found
  }
  return { title, columns: addresses, columnOf, rows }
}

const endsOf = (trace: readonly TraceRow[]): string[] => [...new Set(trace.flatMap(({ from, to }) => [from, to]))]

const addressOf = (end: string): string => end.slice(0, end.lastIndexOf(':'))

function foldedRows(trace: readonly TraceRow[]): (MessageRow | IdleRow)[] {
  const present = new Set(trace.map(({ message }) => message))
  const isFolded = ({ original }: TraceRow) => original !== undefined && present.has(original)
  const again = Map.groupBy(trace.filter(isFolded), ({ original }) => original)
  const rows: (MessageRow | IdleRow)[] = []
  let before: TraceRow | undefined
  for (const row of trace) {
    if (isFolded(row)) continue
    const delta = before === undefined ? 0 : row.time - before.time
    if (delta >= idleAfter) rows.push({ kind: 'idle', ms: delta })
    rows.push({ kind: 'message', row, delta, again: repetitions(row, again.get(row.message) ?? []) })
    before = row
  }
  return rows
}

const repetitions = (first: TraceRow, again: readonly TraceRow[]): Repetition[] =>
  again.map(({ frame, time }, index) => ({ frame, ms: time - (again[index - 1] ?? first).time }))

/** `×3 +0.5 s +1.5 s`: how often it was sent in all, and when again. */
export function foldText(again: readonly Repetition[]): string {
  if (again.length === 0) return ''
  const shown = again.slice(0, 6).map(({ ms }) => `+${secondsText(ms)}`)
  return [`×${again.length + 1}`, ...shown, ...(again.length > shown.length ? ['…'] : [])].join(' ')
}

export const idleText = (ms: number): string => `— ${secondsText(ms)} —`

/** `0.5 s`, `58 s`, `12 min`. */
export function secondsText(ms: number): string {
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))} s`
  if (ms < 600_000) return `${Math.round(ms / 1000)} s`
  return ms < 36_000_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}

/** `+0.000123`, `+12.5`: seconds since the row before. */
export const deltaText = (ms: number): string => `+${(Math.max(0, ms) / 1000).toFixed(ms < 1 ? 6 : 3)}`
