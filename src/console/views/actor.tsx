/** One machine at work: its statechart with the active states lit, its running timer, and the way it came. */

import { charts } from 'virtual:charts'
import { useEffect, useState } from 'preact/hooks'
import type { ActorView as Actor } from '../../platform/api.ts'
import { Countdown } from '../parts/countdown.tsx'
import { Problem } from '../parts/problem.tsx'
import { Statechart } from '../parts/statechart.tsx'
import { usePolled } from '../state/api.ts'
import { linkTo, setQuery } from '../state/route.ts'
import { timeText, useText } from '../state/text.ts'

interface Step {
  readonly state: string
  readonly at: string
}

const pollEvery = 200

export function ActorView({ id, query }: { id: string; query: URLSearchParams }) {
  const say = useText()
  const answer = usePolled<Actor>(`/api/actors/${encodeURIComponent(id)}`, pollEvery)
  const [last, setLast] = useState<Actor>()
  const [steps, setSteps] = useState<readonly Step[]>([])
  const actor = answer?.ok ? answer.value : undefined
  useEffect(() => {
    if (actor === undefined) return
    setLast(actor)
    const { state, since } = actor
    setSteps((before) => {
      const known = before.at(-1)
      return known?.state === state && known.at === since ? before : [...before, { state, at: since }]
    })
  }, [actor])
  if (last === undefined) {
    return answer?.ok === false ? <Problem message={answer.problem.message} /> : <p>{say('loading')}</p>
  }
  const at = Math.min(Number(query.get('step') ?? steps.length), steps.length)
  const seen = steps[at - 1]?.state ?? last.state
  const isOver = answer?.ok === false
  const { deviceId } = last.key
  return (
    <article class="detail">
      <div class="bar">
        <h1>
          {last.machine} <small>{id}</small>
        </h1>
        <code class="path">{seen}</code>
        {!isOver && last.nextTimer && <Countdown what={last.nextTimer.name} at={last.nextTimer.at} />}
        {deviceId !== undefined && <a href={linkTo('devices', deviceId)}>{deviceId}</a>}
      </div>
      {isOver && <p class="warning">{say('ended')}</p>}
      <div class="columns wide">
        <Chart actor={last} state={seen} />
        <section aria-labelledby="history">
          <h2 id="history">{say('history')}</h2>
          <label>
            {say('past')}{' '}
            <input
              type="range"
              min={1}
              max={Math.max(1, steps.length)}
              value={at}
              onInput={({ currentTarget: { value } }) =>
                setQuery({ step: Number(value) === steps.length ? '' : value })
              }
            />
          </label>
          <ol class="steps">
            {steps.map((step, index) => (
              <li key={step.at + step.state} class={index < at ? '' : 'future'}>
                <button
                  type="button"
                  aria-current={index === at - 1 ? 'step' : undefined}
                  onClick={() => setQuery({ step: index + 1 === steps.length ? '' : String(index + 1) })}
                >
                  <time dateTime={step.at} title={step.at}>
                    {timeText(step.at)}
                  </time>{' '}
                  <code>{step.state}</code>
                </button>
              </li>
            ))}
          </ol>
        </section>
      </div>
    </article>
  )
}

/** The drawing of an actor's machine. A timer runs only in the state in which the actor is now. */
export function Chart({ actor, state }: { actor: Actor; state: string }) {
  const chart = charts[actor.machine]
  if (chart === undefined) return null
  return <Statechart chart={chart} state={state} timer={actor.state === state ? actor.nextTimer : null} />
}
