/** The statecharts that a message moved, as they stood at that instant. */
import type { Source } from '../flight/flight.ts'
import { nextTimer, stepOf, takenAt, timersAt } from '../flight/history.ts'
import type { Message } from '../flight/message.ts'
import { actorsOf } from '../flight/related.ts'
import { MachineChart } from '../parts/machine-chart.tsx'
import { linkTo, setQuery } from '../state/route.ts'
import { useText } from '../state/text.ts'
import { Steps } from './steps.tsx'

interface Props {
  readonly source: Source
  readonly message: Message
  readonly actor: string | undefined
  /** Its actors have pages of their own. */
  readonly isLive: boolean
}

export function ChartDock({ source, message, actor, isLive }: Props) {
  const say = useText()
  const all = actorsOf(source, message)
  const history = all.find(({ id }) => id === actor) ?? all[0]
  if (history === undefined) return <p class="quiet">{say('noActor')}</p>
  const index = stepOf(history, message)
  const step = history.steps[index]
  const device = message.deviceId ?? ''
  const timer = nextTimer(timersAt(history, index))
  return (
    <div class="chart-dock">
      <div class="chips">
        {all.map(({ id, machine }) => (
          <button
            key={id}
            type="button"
            class="chip"
            title={id}
            aria-pressed={id === history.id}
            onClick={() => setQuery({ actor: id })}
          >
            {machine}
          </button>
        ))}
        {isLive && (
          <a href={`${linkTo('actors', history.id)}?${new URLSearchParams({ device, step: String(index) })}`}>
            {say('wholePage')}
          </a>
        )}
      </div>
      {step !== undefined && (
        <MachineChart
          machine={history.machine}
          state={step.state}
          taken={takenAt(history, index)}
          timer={timer && { name: timer.name, left: timer.at - message.at }}
        />
      )}
      <Steps
        history={history}
        at={index}
        choose={(chosen) => chosen.message && setQuery({ message: String(chosen.message) })}
      />
    </div>
  )
}
