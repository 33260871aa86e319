/**
 * Looks for every kind of finding in what the observer has made out of records, whether those are a capture file or what
 * the platform keeps of one device. Equal cases of one device or session are counted, not repeated.
 */
import { type Examined, isoTime, type Observed } from '../analysis/index.ts'
import { attemptsOf } from './attempts.ts'
import { dialogFindings } from './dialog.ts'
import { digestFindings } from './digest.ts'
import type { Context, FindingKind, Found, Severity } from './kind.ts'
import { manscdpFindings } from './manscdp.ts'
import { mediaFindings } from './media.ts'
import { networkFindings } from './network.ts'
import { presenceFindings } from './presence.ts'
import { registrationFindings } from './registration.ts'
import { transactionFindings } from './transaction.ts'

/** Every kind there is, by topic. */
export const findingKinds: readonly FindingKind[] = [
  ...digestFindings,
  ...registrationFindings,
  ...presenceFindings,
  ...transactionFindings,
  ...dialogFindings,
  ...mediaFindings,
  ...manscdpFindings,
  ...networkFindings,
]

export interface FindingEvidence {
  readonly frame: number
  /** ISO 8601, UTC. */
  readonly at: string
}

/** What is wrong, or worth knowing, and what to do about it. */
export interface Finding {
  /** Stable: one of `findingKinds`. */
  readonly code: string
  readonly severity: Severity
  readonly clause: string
  readonly summary: string
  /** The first messages that show it. */
  readonly evidence: readonly FindingEvidence[]
  readonly fix: string
  readonly deviceId?: string
  readonly callId?: string
  /** How many cases of it there are. */
  readonly count: number
}

const mostEvidence = 12
const ranks: readonly Severity[] = ['error', 'warning', 'info']

/** What the kinds look at. */
export const contextOf = (examined: Examined): Context => ({ ...examined, attempts: attemptsOf(examined) })

/** All findings, the worst first, and within one severity by time. */
export function findingsIn(examined: Examined): Finding[] {
  const seen = contextOf(examined)
  const findings = findingKinds.flatMap((kind) => gathered(kind, kind.find(seen)))
  const firstAt = ({ evidence }: Finding): string => evidence[0]?.at ?? ''
  return findings.sort(
    (left, right) =>
      ranks.indexOf(left.severity) - ranks.indexOf(right.severity) || (firstAt(left) < firstAt(right) ? -1 : 1),
  )
}

/** One finding for each device (for each session of it), with the first case's words. */
function gathered({ code, severity, clause, fix }: FindingKind, cases: Iterable<Found>): Finding[] {
  const groups = new Map<string, { first: Found; evidence: Set<Observed>; count: number }>()
  for (const found of cases) {
    const key = found.deviceId ?? found.callId ?? ''
    const group = groups.get(key) ?? { first: found, evidence: new Set(), count: 0 }
    groups.set(key, group)
    group.count += 1
    for (const observed of found.evidence) if (group.evidence.size < mostEvidence) group.evidence.add(observed)
  }
  return [...groups.values()].map(({ first, evidence, count }) => ({
    code,
    severity,
    clause,
    summary: first.summary,
    evidence: [...evidence].map(({ frame, at }) => ({ frame, at: isoTime(at) })),
    fix,
    ...(first.deviceId !== undefined && { deviceId: first.deviceId }),
    ...(first.callId !== undefined && { callId: first.callId }),
    count,
  }))
}
