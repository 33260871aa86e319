/** REGISTERs that were refused, with the reason, as they happen. */
import { useEffect, useState } from 'preact/hooks'
import { refusals } from '../state/failures-zh.ts'
import { findingInChinese } from '../state/findings-zh.ts'
import { timeText, useLanguage } from '../state/text.ts'

interface Rejection {
  readonly at: string
  readonly deviceId: string
  readonly address: string
  readonly status: number
  readonly reason: string
  readonly hint: string
  /** Of what was recorded, the most telling first. */
  readonly findings: readonly string[]
}

const shown = 3

export function Rejections() {
  const language = useLanguage()
  const [all, setAll] = useState<readonly Rejection[]>([])
  useEffect(() => {
    const source = new EventSource('/api/events?types=registration.rejected&after=0')
    source.addEventListener('registration.rejected', ({ data }) => {
      const rejection: Rejection = JSON.parse(data)
      setAll((before) => [rejection, ...before].slice(0, shown))
    })
    return () => source.close()
  }, [])
  return (
    <ul class="rejections" aria-live="polite">
      {all.map(({ at, deviceId, address, status, reason, hint, findings }) => (
        <li key={at + deviceId}>
          {timeText(at)} {deviceId} ({address}): <b>{status}</b> {reason}.{' '}
          {language === 'zh' ? (findingInChinese(findings[0] ?? '')?.fix ?? refusals[reason] ?? hint) : hint}
        </li>
      ))}
    </ul>
  )
}
