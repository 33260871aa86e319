/**
 * A bundle of the flight recorder (JSON) as a capture: its messages, numbered as its recorder numbers them.
 *
 * Of one that is cut or damaged, all records before that are read. Owns where a record begins and ends in broken JSON;
 * what a record is, `../recorder/bundle.ts` knows.
 */
import { type Fault, readBundle, readRecords } from '../recorder/bundle.ts'
import type { Bundle } from '../recorder/record.ts'
import { seenIn } from '../recorder/seen.ts'
import { maxSkips } from './reader.ts'
import type { Capture, Stopped } from './types.ts'

/** Whether it is JSON at all: no other format begins with a brace. */
export const isJson = (bytes: Buffer): boolean => /^(?:\xef\xbb\xbf)?\s*\{/.test(bytes.toString('latin1', 0, 64))

export function readBundleFile(bytes: Buffer): Capture {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '')
  const value = parsed(text)
  if (value === undefined) return salvaged(text)
  const read = readBundle(value)
  if (!read.ok) return foreign(read.detail)
  return captureOf(read.bundle, read.faults, undefined, listenedUntil(read.bundle))
}

/** No recorder keeps anything for longer: a bundle that claims to have been taken later was made by other means. */
const longestKept = 86_400_000

function listenedUntil({ takenAt, records }: Bundle): number {
  const at = Date.parse(takenAt)
  const last = records.at(-1)?.at ?? 0
  return at > last && at < last + longestKept ? at : last
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function captureOf(
  bundle: Pick<Bundle, 'subject' | 'records'>,
  faults: readonly Fault[],
  stoppedAt?: Stopped,
  listenedUntil?: number,
): Capture {
  const { messages, media, closings, ...recorded } = seenIn(bundle, { listenedUntil })
  const skipped = faults.slice(0, maxSkips).map(({ messagesBefore, detail }) => ({
    frame: messagesBefore + 1,
    why: 'record-unreadable' as const,
    detail,
  }))
  return {
    format: 'bundle',
    messages,
    media,
    closings,
    totalFrames: bundle.records.filter(({ kind }) => kind === 'message').length,
    sipFrames: messages.length,
    skipped,
    skippedCount: faults.length,
    ...(stoppedAt !== undefined && { stoppedAt }),
    recorded,
  }
}

const foreign = (detail: string): Capture => ({
  format: 'unknown',
  messages: [],
  media: [],
  closings: [],
  totalFrames: 0,
  sipFrames: 0,
  skipped: [],
  skippedCount: 0,
  stoppedAt: { frame: 1, why: 'format-unknown', detail },
})

/** The list of a bundle's records begins behind this. */
const recordsBegin = /"records"\s*:\s*\[/

function salvaged(text: string): Capture {
  const begin = recordsBegin.exec(text)
  if (begin === null || !text.includes('"gb28181-bundle"')) return foreign('neither a capture nor whole JSON')
  const { values, why } = recordsFrom(text, begin.index + begin[0].length)
  const { records, faults } = readRecords(values)
  const frame = records.filter(({ kind }) => kind === 'message').length + 1
  const detail = why === 'truncated' ? 'the bundle ends within its JSON' : 'the JSON of the bundle is damaged here'
  return captureOf({ subject: { deviceId: '' }, records }, faults, { frame, why, detail })
}

/** Every whole object of the list, and how the list ends. */
function recordsFrom(text: string, from: number): { values: unknown[]; why: 'truncated' | 'damaged-record' } {
  const values: unknown[] = []
  for (let at = afterSeparators(text, from); ; ) {
    if (at >= text.length) return { values, why: 'truncated' }
    const end = text[at] === '{' ? endOfObject(text, at) : at
    if (end === undefined) return { values, why: 'truncated' }
    const value = parsed(text.slice(at, end))
    if (value === undefined) return { values, why: 'damaged-record' }
    values.push(value)
    at = afterSeparators(text, end)
    // What is broken stands behind the records.
    if (text[at] === ']') return { values, why: 'truncated' }
  }
}

function afterSeparators(text: string, from: number): number {
  let at = from
  while (at < text.length && /[\s,]/.test(text[at] ?? '')) at++
  return at
}

/** Behind the brace that closes the one at `from`; undefined where the text ends before. */
function endOfObject(text: string, from: number): number | undefined {
  let depth = 0
  let quoted = false
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (quoted) {
      if (char === '\\') at++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (char === '{') depth++
    else if (char === '}' && --depth === 0) return at + 1
  }
  return undefined
}
