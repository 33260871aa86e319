/** Why a session failed: reason, the messages that prove it, the most likely fix, and all of it to copy. */
import type { SessionView } from '../../platform/api.ts'
import { timeText, useText } from '../state/text.ts'
import { CopyButton } from './copy-button.tsx'

export function FailureCard({ session }: { session: SessionView }) {
  const say = useText()
  const { failure } = session
  if (failure === null) return null
  return (
    <section class="failure" aria-label={failure.reason}>
      <h2>
        <span aria-hidden="true">✕</span> {failure.reason}
        {failure.status !== undefined && ` · ${failure.status} ${failure.phrase ?? ''}`}
      </h2>
      <p>{failure.message}</p>
      <p>
        <b>{say('hint')}:</b> {failure.hint}
      </p>
      {failure.evidence.length > 0 && (
        <>
          <h3>{say('evidence')}</h3>
          <ol class="evidence">
            {failure.evidence.map(({ at, direction, remote, summary }) => (
              <li key={at + summary}>
                <time dateTime={at} title={at}>
                  {timeText(at)}
                </time>{' '}
                <span aria-hidden="true">{direction === 'in' ? '←' : '→'}</span> {remote} <code>{summary}</code>
              </li>
            ))}
          </ol>
        </>
      )}
      <CopyButton label={say('copyReport')} text={() => reportOf(session)} />
    </section>
  )
}

/** Markdown, for an issue or for a vendor. */
function reportOf({ id, deviceId, channelId, callId, failure }: SessionView): string {
  if (failure === null) return ''
  const evidence = failure.evidence.map(
    ({ at, direction, remote, summary }) => `- ${at} ${direction} ${remote} ${summary}`,
  )
  return [
    `## ${failure.reason}`,
    '',
    failure.message,
    '',
    `Session ${id}, device ${deviceId}, channel ${channelId}, Call-ID ${callId}`,
    '',
    ...evidence,
    '',
    failure.hint,
    '',
  ].join('\n')
}
