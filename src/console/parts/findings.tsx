/** What was found, the worst first: what it is, what to do, and the messages that show it. */
import type { FindingView as Finding } from '../../platform/api.ts'
import { findingInChinese, type Words } from '../state/findings-zh.ts'
import type { Language } from '../state/settings.ts'
import { timeText, useLanguage, useText } from '../state/text.ts'

interface Props {
  readonly items: readonly Finding[]
  /** Where a message is shown. */
  readonly linkOf: (evidence: Finding['evidence'][number]) => string | undefined
}

export function Findings({ items, linkOf }: Props) {
  const say = useText()
  if (items.length === 0) return <p class="card">{say('noFindings')}</p>
  return (
    <ol class="findings" aria-label={say('findings')}>
      {items.map((finding) => (
        <FindingCard key={`${finding.code} ${finding.deviceId} ${finding.callId}`} finding={finding} linkOf={linkOf} />
      ))}
    </ol>
  )
}

function FindingCard({ finding, linkOf }: { finding: Finding; linkOf: Props['linkOf'] }) {
  const say = useText()
  const language = useLanguage()
  const { code, severity, clause, count, evidence, deviceId } = finding
  const { summary, fix, detail } = wordsOf(finding, language)
  return (
    <li class={`finding ${severity}`} data-code={code}>
      <h3>
        <span class="severity">{say(severity)}</span> {summary} {count > 1 && <small>×{count}</small>}
      </h3>
      {detail !== undefined && (
        <p class="quiet" lang="en">
          {detail}
        </p>
      )}
      <p>
        <b>{say('hint')}:</b> {fix}
      </p>
      <p class="quiet">
        <code>{code}</code> · {clause} {deviceId !== undefined && `· ${deviceId}`}
      </p>
      <p class="evidence">
        {evidence.map((one) => {
          const link = linkOf(one)
          const text = `#${one.frame} ${timeText(one.at)}`
          return link === undefined ? (
            <span key={text}>{text}</span>
          ) : (
            <a key={text} href={link}>
              {text}
            </a>
          )
        })}
      </p>
    </li>
  )
}

/** The Chinese words are by code; what was seen in this case, with its numbers, stands below them as the API says it. */
function wordsOf({ code, summary, fix }: Finding, language: Language): Words & { readonly detail?: string } {
  const chinese = language === 'zh' ? findingInChinese(code) : undefined
  return chinese === undefined ? { summary, fix } : { ...chinese, detail: summary }
}
