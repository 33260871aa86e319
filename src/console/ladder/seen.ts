/** What of a source is seen: as it was when it was paused, what the filter lets through, in rows and columns. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { Source } from '../flight/flight.ts'
import type { Message } from '../flight/message.ts'
import { type Columns, columnsOf } from './columns.ts'
import { filterOf } from './filter.ts'
import { type MediaFlow, messageOf, type Row, rowsOf } from './rows.ts'
import type { LadderView } from './view.ts'

export interface Seen {
  /** Before the filter. */
  readonly all: readonly Message[]
  readonly rows: readonly Row[]
  readonly columns: Columns
  /** How many messages the filter hides. */
  readonly hidden: number
  /** Indices of the rows in which what is sought is found. */
  readonly hits: readonly number[]
  /** Milliseconds since the epoch, of the first message. */
  readonly origin: number
  readonly isPaused: boolean
  /** Messages that came since the pause. */
  readonly unseen: number
  setPaused(paused: boolean): void
}

interface SeenOptions {
  readonly source: Source
  readonly version: number
  readonly isLive: boolean
  readonly media: readonly MediaFlow[]
  readonly view: LadderView
}

/** Milliseconds after which a reply that has not come is drawn as missing. */
const lateAfter = 600

export function useSeen({ source, version, isLive, media, view }: SeenOptions): Seen {
  const { filter, find, byAddress } = view
  const [paused, setPaused] = useState<{ readonly all: readonly Message[]; readonly at: number }>()
  const late = useLate(version, isLive)
  const all = paused?.all ?? source.messages
  const tested = useMemo(() => remembering(filterOf(filter)), [filter])
  // A filter is about messages; where one is set, only those are shown.
  const flows = view.media && filter.trim() === '' ? media : none
  const seen = useMemo(() => {
    const shown = filter.trim() === '' ? all : all.filter(tested)
    const rows = rowsOf(shown, { media: flows, now: isLive ? (paused?.at ?? Date.now()) : Number.POSITIVE_INFINITY })
    const columns = columnsOf(shown, { byAddress, media: flows })
    return { rows, columns, hidden: countOf(all) - countOf(shown) }
  }, [all, tested, flows, byAddress, paused === undefined ? version : 0, late, isLive])
  const found = useMemo(() => remembering(filterOf(find)), [find])
  const hits = useMemo(() => (find.trim() === '' ? [] : hitsIn(seen.rows, found)), [seen, found, find])
  return {
    ...seen,
    all,
    hits,
    origin: all[0]?.at ?? 0,
    isPaused: paused !== undefined,
    unseen: paused === undefined ? 0 : newerThan(source.messages, paused.all.at(-1)?.id ?? 0),
    setPaused: (pause) => setPaused(pause ? { all: [...source.messages], at: Date.now() } : undefined),
  }
}

const none: readonly MediaFlow[] = []

/** A repetition is no message of its own. */
const countOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, { repeats }) => sum + Number(repeats === undefined), 0)

/** A message does not change, so it is tested once, however often the ladder is drawn. */
function remembering(test: (message: Message) => boolean): (message: Message) => boolean {
  const known = new WeakMap<Message, boolean>()
  return (message) => {
    const before = known.get(message)
    if (before !== undefined) return before
    const passes = test(message)
    // Whether a reply has come does change.
    if (message.exchange.answered) known.set(message, passes)
    return passes
  }
}

function hitsIn(rows: readonly Row[], test: (message: Message) => boolean): number[] {
  return rows.flatMap((row, index) => {
    const message = row.kind === 'message' ? messageOf(row) : undefined
    return message !== undefined && test(message) ? [index] : []
  })
}

export function newerThan(messages: readonly Message[], id: number): number {
  let count = 0
  for (let index = messages.length - 1; index >= 0 && (messages[index]?.id ?? 0) > id; index--) {
    if (messages[index]?.repeats === undefined) count++
  }
  return count
}

/** Changes a while after the version has: by then a reply that has not come is late. */
function useLate(version: number, isLive: boolean): number {
  const [late, setLate] = useState(version)
  useEffect(() => {
    if (!isLive) return
    const timer = setTimeout(() => setLate(version), lateAfter)
    return () => clearTimeout(timer)
  }, [version, isLive])
  return late
}
