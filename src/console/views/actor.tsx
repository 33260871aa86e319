/**
 * One machine at work: its statechart, its running timers, what it remembers, and the way it came, from before this page
 * was opened on. Stepping back in time lights the states of that instant.
 */
import type { ActorView as Actor } from '../../platform/api.ts'
import { type History, nextTimer, takenAt, timersAt } from '../flight/history.ts'
import { type InspectedActor, useFlight, useInspected } from '../flight/inspection.ts'
import type { Message } from '../flight/message.ts'
import { MessageDetail } from '../ladder/message-detail.tsx'
import { Steps } from '../ladder/steps.tsx'
import { Countdown } from '../parts/countdown.tsx'
import { MachineChart } from '../parts/machine-chart.tsx'
import type { ChartTimer } from '../parts/statechart.tsx'
import { type List, usePolled } from '../state/api.ts'
import { useKeys } from '../state/keys.ts'
import { linkTo, routeOf, setQuery } from '../state/route.ts'
import { durationText, useText } from '../state/text.ts'

export function ActorView({ id, query }: { id: string; query: URLSearchParams }) {
  const say = useText()
  const { actor, gone } = useInspected(id)
  const deviceId = actor?.key.deviceId ?? query.get('device') ?? undefined
  const live = useFlight(deviceId)
  const history = live?.flight.actors.get(id)
  const steps = history?.steps ?? []
  const last = steps.length - 1
  const at = stepIn(query, last)
  const isNow = at === last
  const go = (index: number) => setQuery({ step: index >= last ? '' : String(Math.max(0, index)) })
  // From where the address is by now: keys and clicks may come faster than the page is drawn.
  const goBy = (by: number) => go(stepIn(routeOf(location.hash).query, last) + by)
  useKeys([
    { keys: ['ArrowLeft', 'k'], text: 'keyStepBack', does: () => goBy(-1) },
    { keys: ['ArrowRight', 'j'], text: 'keyStepOn', does: () => goBy(1) },
  ])
  const machine = actor?.machine ?? history?.machine
  if (machine === undefined) return <p>{say(gone ? 'ended' : 'loading')}</p>
  const step = steps[at]
  const isOver = gone || step?.kind === 'ended'
  const state = (isNow && !isOver ? actor?.state : step?.state) ?? actor?.state ?? ''
  const message = live?.flight.messages.find((each) => each.id === step?.message)
  return (
    <article class="detail">
      <div class="bar">
        <h1>
          {machine} <small>{id}</small>
        </h1>
        <code class="path">{state}</code>
        {isNow && !isOver && actor?.nextTimer && <Countdown what={actor.nextTimer.name} at={actor.nextTimer.at} />}
        {deviceId !== undefined && <a href={linkTo('devices', deviceId)}>{deviceId}</a>}
      </div>
      {isOver && <p class="warning">{say('ended')}</p>}
      <div class="columns wide">
        <div>
          <MachineChart
            machine={machine}
            state={state}
            taken={history && takenAt(history, at)}
            timer={isNow && !isOver ? actor?.nextTimer : history && timerOf(history, at)}
          />
          {message !== undefined && deviceId !== undefined && (
            <StepMessage message={message} deviceId={deviceId} actor={id} />
          )}
        </div>
        <div>
          {history !== undefined && (
            <section aria-labelledby="history">
              <h2 id="history">{say('history')}</h2>
              <TimeSlider at={at} last={last} go={go} goBy={goBy} isNow={isNow} />
              <Steps history={history} at={at} choose={(_, index) => go(index)} />
            </section>
          )}
          {history !== undefined && <Timers history={history} at={at} />}
          {actor !== undefined && <Kin actor={actor} />}
          {actor?.context !== undefined && <Context context={actor.context} />}
        </div>
      </div>
    </article>
  )
}

/** The step that the address names; the last one where it names none, or one that is still to come. */
function stepIn(query: URLSearchParams, last: number): number {
  const asked = query.get('step')
  return asked === null ? last : Math.min(last, Math.max(0, Number(asked) || 0))
}

function timerOf(history: History, at: number): ChartTimer | undefined {
  const step = history.steps[at]
  const timer = nextTimer(timersAt(history, at))
  return timer && step && { name: timer.name, left: timer.at - step.at }
}

interface SliderProps {
  readonly at: number
  readonly last: number
  readonly isNow: boolean
  readonly go: (index: number) => void
  readonly goBy: (by: number) => void
}

function TimeSlider({ at, last, isNow, go, goBy }: SliderProps) {
  const say = useText()
  return (
    <div class="slider">
      <button type="button" aria-label={say('keyStepBack')} disabled={at <= 0} onClick={() => goBy(-1)}>
        ◀
      </button>
      <input
        type="range"
        min={0}
        max={Math.max(0, last)}
        value={at}
        aria-label={say('past')}
        onInput={({ currentTarget: { value } }) => go(Number(value))}
      />
      <button type="button" aria-label={say('keyStepOn')} disabled={isNow} onClick={() => goBy(1)}>
        ▶
      </button>
      <button type="button" aria-pressed={isNow} onClick={() => go(last)}>
        {say('now')}
      </button>
    </div>
  )
}

/** As they ran at that instant. */
function Timers({ history, at }: { history: History; at: number }) {
  const say = useText()
  const running = [...timersAt(history, at)]
  const step = history.steps[at]
  if (running.length === 0 || step === undefined) return null
  return (
    <section aria-labelledby="timers">
      <h2 id="timers">{say('timers')}</h2>
      <ul class="plain">
        {running.map(([name, due]) => (
          <li key={name}>
            <code>{name}</code> {durationText(due - step.at)}
          </li>
        ))}
      </ul>
    </section>
  )
}

function StepMessage({ message, deviceId, actor }: { message: Message; deviceId: string; actor: string }) {
  const say = useText()
  const query = new URLSearchParams({ view: 'ladder', message: String(message.id), dock: 'chart', actor })
  return (
    <section aria-labelledby="step-message">
      <div class="bar">
        <h2 id="step-message">{say('stepMessage')}</h2>
        <a href={`${linkTo('devices', deviceId)}?${query}`}>{say('showInLadder')}</a>
      </div>
      <MessageDetail message={message} raw={false} />
    </section>
  )
}

/** Whose it is, and what it owns. */
function Kin({ actor: { id, parent } }: { actor: Actor }) {
  const say = useText()
  const children = usePolled<List<Actor>>(`/api/actors?parent=${encodeURIComponent(id)}&limit=50&sort=-since`, 1000)
  const owned = children?.ok ? children.value.items : []
  if (parent === null && owned.length === 0) return null
  return (
    <section aria-labelledby="kin">
      <h2 id="kin">{say('children')}</h2>
      <ul class="plain">
        {parent !== null && (
          <li>
            ↑ <a href={linkTo('actors', parent)}>{parent}</a>
          </li>
        )}
        {owned.map((child) => (
          <li key={child.id}>
            ↳ <a href={linkTo('actors', child.id)}>{child.machine}</a> <code>{child.state}</code>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Context({ context }: Pick<InspectedActor, 'context'>) {
  const say = useText()
  return (
    <section aria-labelledby="context">
      <h2 id="context">{say('context')}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre class="context" tabIndex={0}>
        {JSON.stringify(context, undefined, 2)}
      </pre>
    </section>
  )
}
