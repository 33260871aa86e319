import { useNow } from '../state/api.ts'
import { durationText } from '../state/text.ts'

/** What is due, and in how long. */
export function Countdown({ what, at }: { what: string; at: string }) {
  const left = Date.parse(at) - useNow()
  return (
    <span class="countdown" title={at}>
      {what} <b>{durationText(left)}</b>
    </span>
  )
}
