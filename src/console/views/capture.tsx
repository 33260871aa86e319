/** A capture, explained: what was found, and the ladder of its messages. */
import type { Analysis } from '../../analyze.ts'
import type { Opened } from '../app.tsx'
import { Ladder } from '../parts/ladder.tsx'
import { Problem } from '../parts/problem.tsx'
import { useText } from '../state/text.ts'
import { ChooseFile } from './welcome.tsx'

/** As `POST /api/analyze` answers. */
export interface Explained {
  readonly analysis: Analysis
  readonly texts: readonly string[]
}

interface Props {
  readonly opened: Opened | undefined
  readonly open: (file: File) => void
  readonly query: URLSearchParams
}

export function CaptureView({ opened, open, query }: Props) {
  const say = useText()
  const { name, answer } = opened ?? {}
  return (
    <article class="detail">
      <div class="bar">
        <h1>
          {say('capture')} <small>{name}</small>
        </h1>
        <ChooseFile open={open} />
      </div>
      {opened === undefined && <p>{say('door3Text')}</p>}
      {opened !== undefined && answer === undefined && <p role="status">{say('reading')}</p>}
      {answer?.ok === false && <Problem message={answer.problem.message} hint={answer.problem.hint} />}
      {answer?.ok && <Result name={name ?? ''} explained={answer.value} query={query} />}
    </article>
  )
}

function Result({ name, explained, query }: { name: string; explained: Explained; query: URLSearchParams }) {
  const say = useText()
  const { analysis, texts } = explained
  const { findings, stoppedAt, messages } = analysis
  return (
    <>
      {stoppedAt !== undefined && <Problem message={`${stoppedAt.why} (${stoppedAt.frame})`} hint={stoppedAt.detail} />}
      {findings.length > 0 && (
        <details class="findings" open>
          <summary>
            {say('findings')} <small>{findings.length}</small>
          </summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <ul tabIndex={0} aria-label={say('findings')}>
            {findings.map(({ code, severity, clause, summary, fix }) => (
              <li key={code + summary} class={severity}>
                <b>
                  {severity}: {code}
                </b>{' '}
                <small>{clause}</small>
                <br />
                {summary} <i>{fix}</i>
              </li>
            ))}
          </ul>
        </details>
      )}
      {messages > 0 && <Ladder name={name} trace={analysis.trace} texts={texts} query={query} />}
    </>
  )
}
