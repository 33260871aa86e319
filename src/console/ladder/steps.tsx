/** The way of an actor, step by step; what comes after the chosen one is dimmed. */
import { useEffect, useRef } from 'preact/hooks'
import type { History, Step } from '../flight/history.ts'
import { clockText, useText } from '../state/text.ts'

interface Props {
  readonly history: History
  /** Index of the chosen step. */
  readonly at: number
  readonly choose: (step: Step, index: number) => void
}

export function Steps({ history, at, choose }: Props) {
  const say = useText()
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    // Within the list only: the page itself stays where it is.
    const item = list.current?.children[at]
    if (!(item instanceof HTMLElement) || list.current === null) return
    const top = item.offsetTop - list.current.offsetTop
    const { scrollTop, clientHeight } = list.current
    if (top < scrollTop) list.current.scrollTop = top
    else if (top + item.offsetHeight > scrollTop + clientHeight)
      list.current.scrollTop = top + item.offsetHeight - clientHeight
  }, [at])
  return (
    <ol ref={list} class="steps" aria-label={say('history')}>
      {history.steps.map((step, index) => (
        <li key={index} class={`${step.kind.replace('.', '-')} ${index > at ? 'future' : ''}`}>
          <button
            type="button"
            aria-current={index === at ? 'step' : undefined}
            title={step.details}
            onClick={() => choose(step, index)}
          >
            <time dateTime={new Date(step.at).toISOString()}>{clockText(step.at)}</time>
            <span class="what">{whatText(step)}</span>
            {step.state !== history.steps[index - 1]?.state && <code>→ {step.state}</code>}
          </button>
        </li>
      ))}
    </ol>
  )
}

/** In the words of the records. */
function whatText({ kind, what, at, due }: Step): string {
  if (kind === 'started' || kind === 'event') return what
  if (kind === 'ended') return `ended: ${what}`
  return `${kind} ${what}${due === undefined ? '' : ` +${Number(((due - at) / 1000).toFixed(1))} s`}`
}
