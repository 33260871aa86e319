/** Findings of records, by code. */
import { examine, type Records } from '../../../src/inspect/analysis/index.ts'
import type { CapturedMedia, CapturedMessage } from '../../../src/inspect/capture/types.ts'
import { type Finding, findingsIn } from '../../../src/inspect/findings/index.ts'
import type { Script } from '../analysis/script.ts'

export type Recorded = Records | Script | readonly CapturedMessage[]

export const found = (recorded: Recorded): Finding[] =>
  findingsIn(examine('messages' in recorded ? recorded : { messages: recorded }))

export const codesIn = (recorded: Recorded): string[] => found(recorded).map(({ code }) => code)

/** The one finding of that code; fails with those that there are. */
export function findingOf(code: string, recorded: Recorded): Finding {
  const all = found(recorded)
  const one = all.find((finding) => finding.code === code)
  if (one === undefined) throw new Error(`no ${code} among: ${all.map((finding) => finding.code).join(', ')}`)
  return one
}

export const withMedia = ({ messages }: Script, ...media: readonly CapturedMedia[]): Records => ({ messages, media })
