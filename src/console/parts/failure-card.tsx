/** Why a session failed: reason, the messages that prove it, the most likely fix, and all of it to copy. */
import type { SessionFailureView, SessionView } from '../../platform/api.ts'
import { failureInChinese } from '../state/failures-zh.ts'
import { findingInChinese, type Words } from '../state/findings-zh.ts'
import { linkTo } from '../state/route.ts'
import type { Language } from '../state/settings.ts'
import { clockText, useLanguage, useText } from '../state/text.ts'
import { CopyButton } from './copy-button.tsx'

export function FailureCard({ session }: { session: SessionView }) {
  const say = useText()
  const language = useLanguage()
  const { failure } = session
  if (failure === null) return null
  const { reason, status, phrase = '', evidence, findings } = failure
  const { summary, fix } = wordsOf(failure, language)
  return (
    <section class="failure" aria-label={reason}>
      <h2>
        <span aria-hidden="true">✕</span> {reason}
        {status !== undefined && ` · ${status} ${phrase}`}
      </h2>
      <p>{summary}</p>
      <p>
        <b>{say('hint')}:</b> {fix}
      </p>
      {findings.length > 0 && (
        <p class="quiet">
          <a href={`${linkTo('sessions', session.id)}?view=findings`}>{say('findings')}</a>: {findings.join(', ')}
        </p>
      )}
      {evidence.length > 0 && (
        <>
          <h3>{say('evidence')}</h3>
          <ol class="evidence">
            {evidence.map(({ at, direction, remote, summary: line }) => (
              <li key={at + line}>
                <time dateTime={at} title={at}>
                  {clockText(Date.parse(at))}
                </time>{' '}
                <span aria-hidden="true">{direction === 'in' ? '←' : '→'}</span> {remote} <code>{line}</code>
              </li>
            ))}
          </ol>
        </>
      )}
      <div class="action">
        <CopyButton label={say('copyReport')} text={() => reportOf(session, { summary, fix })} />
        <a href={`${linkTo('sessions', session.id)}?view=ladder`}>{say('showInLadder')}</a>
      </div>
    </section>
  )
}

/** In Chinese by code: the fix is that of the most telling finding, where there is one. */
function wordsOf({ reason, message, hint, findings }: SessionFailureView, language: Language): Words {
  const chinese = language === 'zh' ? failureInChinese(reason) : undefined
  if (chinese === undefined) return { summary: message, fix: hint }
  return { ...chinese, fix: findingInChinese(findings[0] ?? '')?.fix ?? chinese.fix }
}

/** Markdown, for an issue or for a vendor. */
function reportOf({ id, deviceId, channelId, callId, failure }: SessionView, { summary, fix }: Words): string {
  if (failure === null) return ''
  const evidence = failure.evidence.map(
    ({ at, direction, remote, summary: line }) => `- ${at} ${direction === 'in' ? '←' : '→'} ${remote} \`${line}\``,
  )
  const { findings } = failure
  return [
    `## ${failure.reason}`,
    '',
    summary,
    '',
    `Session ${id}, device ${deviceId}, channel ${channelId}, Call-ID ${callId}`,
    ...(findings.length > 0 ? ['', `Findings: ${findings.join(', ')}`] : []),
    '',
    ...evidence,
    '',
    fix,
    '',
  ].join('\n')
}
