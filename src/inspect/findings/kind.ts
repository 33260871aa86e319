/**
 * What a finding is, and what a kind of finding is made of.
 *
 * A kind is one entry of a list: a code that stays the same, how bad it is, the clause it offends, what it means, how to
 * mend it, and a function that looks for it. It looks at what the observer made out of records, so that it serves a
 * capture file and a live device alike. No text of a finding holds a password or a digest response.
 */
import type { Examined, Observed } from '../analysis/index.ts'
import type { Attempt } from './attempts.ts'

/** `error`: something failed of it. `warning`: it works by luck or tolerance. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info'

/** What the kinds look at. */
export interface Context extends Examined {
  /** REGISTERs with credentials, by device in order. */
  readonly attempts: readonly Attempt[]
}

/** One case of a kind. */
export interface Found {
  /** What was seen, in a sentence. */
  readonly summary: string
  /** The messages that show it, the most telling first. */
  readonly evidence: readonly Observed[]
  readonly deviceId?: string | undefined
  readonly callId?: string | undefined
}

export interface FindingKind {
  /** Stable; what scripts, links and documents name it by. */
  readonly code: string
  readonly severity: Severity
  /** The clause of the standard that it offends or follows from. */
  readonly clause: string
  /** What it is, for the list of all kinds. */
  readonly meaning: string
  /** The most likely fix, to the person in front of the camera. */
  readonly fix: string
  find(seen: Context): Iterable<Found>
}

/** One case for each item for which there is one. */
export function casesOf<T>(items: Iterable<T>, look: (item: T) => Found | undefined): Found[] {
  const found: Found[] = []
  for (const item of items) {
    const one = look(item)
    if (one !== undefined) found.push(one)
  }
  return found
}

/** Observed messages without the absent ones. */
export const shown = (...messages: readonly (Observed | undefined)[]): Observed[] =>
  messages.filter((message) => message !== undefined)

/** `0.5 s`, `75 s`, `12 min`, `24 h`: a length of time given in milliseconds. */
export function span(ms: number): string {
  if (ms < 10_000) return `${Math.round(ms / 100) / 10} s`
  if (ms < 600_000) return `${Math.round(ms / 1000)} s`
  return ms < 36_000_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}
