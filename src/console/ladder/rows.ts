/**
 * What a ladder shows of messages: repetitions folded into their first, a reply that does not come and idle stretches as
 * rows of their own, media where it began.
 */
import type { Message } from '../flight/message.ts'

export interface Repetition {
  readonly id: number
  readonly at: number
}

export interface MessageRow {
  readonly kind: 'message'
  readonly message: Message
  /** Milliseconds since the row before. */
  readonly delta: number
  readonly again: readonly Repetition[]
}

export interface Missing {
  readonly kind: 'missing'
  readonly message: Message
}

export interface Idle {
  readonly kind: 'idle'
  readonly ms: number
  /** The id of the message after it. */
  readonly before: number
}

/** A stream of RTP. */
export interface MediaFlow {
  readonly at: number
  readonly from: string
  readonly to: string
  readonly label: string
}

export interface MediaRow {
  readonly kind: 'media'
  readonly flow: MediaFlow
}

export type Row = MessageRow | Missing | Idle | MediaRow

/** Nothing for this long is told by a row, milliseconds. */
const idleAfter = 5000
/** A reply that is late by less is not missed yet: T1, RFC 3261 17.1.1.1. */
const lateAfter = 500

export interface RowsOptions {
  readonly media?: readonly MediaFlow[]
  /** Milliseconds since the epoch, by which a reply counts as late. */
  readonly now: number
}

export function rowsOf(messages: readonly Message[], { media = [], now }: RowsOptions): Row[] {
  const again = new Map<number, Repetition[]>()
  const rows: Row[] = []
  const flows = [...media].sort((a, b) => a.at - b.at)
  let before: number | undefined
  for (const message of messages) {
    const { id, at, repeats } = message
    const folded = repeats === undefined ? undefined : again.get(repeats)
    if (folded !== undefined) {
      folded.push({ id, at })
      continue
    }
    while (flows[0] !== undefined && flows[0].at <= at) rows.push(...flows.splice(0, 1).map(mediaRow))
    const delta = before === undefined ? 0 : at - before
    if (delta >= idleAfter) rows.push({ kind: 'idle', ms: delta, before: id })
    const repetitions: Repetition[] = []
    again.set(id, repetitions)
    rows.push({ kind: 'message', message, delta, again: repetitions })
    if (isMissed(message, now)) rows.push({ kind: 'missing', message })
    before = at
  }
  return [...rows, ...flows.map(mediaRow)]
}

const mediaRow = (flow: MediaFlow): Row => ({ kind: 'media', flow })

function isMissed({ kind, method, at, exchange: { answered, waiting } }: Message, now: number): boolean {
  if (kind !== 'request' || method === 'ACK' || answered) return false
  return waiting !== undefined || now - at > lateAfter
}

/** `×3 +0.5 s +1.5 s` */
export function foldText({ message, again }: MessageRow): string {
  if (again.length === 0) return ''
  const gaps = again.map(({ at }, index) => at - (again[index - 1]?.at ?? message.at))
  const shown = gaps.slice(0, 6).map((gap) => `+${secondsText(gap)}`)
  return [`×${again.length + 1}`, ...shown, ...(gaps.length > shown.length ? ['…'] : [])].join(' ')
}

/** `0.5 s`, `58 s`, `12 min`. */
export function secondsText(ms: number): string {
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))} s`
  if (ms < 600_000) return `${Math.round(ms / 1000)} s`
  return ms < 36_000_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}

/** The message of a row, where it has one. */
export const messageOf = (row: Row | undefined): Message | undefined =>
  row?.kind === 'message' || row?.kind === 'missing' ? row.message : undefined

/** The row that shows a message: its own, or that of the first that it repeats. */
export const rowOf = (rows: readonly Row[], id: number): number =>
  rows.findIndex(
    (row) => row.kind === 'message' && (row.message.id === id || row.again.some((repetition) => repetition.id === id)),
  )
