/** Beside the ladder: the chosen message, the statecharts that it moved at that instant, or two messages compared. */
import type { Source } from '../flight/flight.ts'
import type { Message } from '../flight/message.ts'
import { setQuery } from '../state/route.ts'
import { type TextKey, useText } from '../state/text.ts'
import { ChartDock } from './chart-dock.tsx'
import { Comparison, MessageDetail } from './message-detail.tsx'
import type { Docked, LadderView } from './view.ts'

interface Props {
  readonly source: Source
  readonly view: LadderView
  readonly all: readonly Message[]
  readonly isLive: boolean
}

export function Dock({ source, view, all, isLive }: Props) {
  const say = useText()
  const message = all.find(({ id }) => id === view.message)
  const [left, right] = view.marked.flatMap((id) => all.find((each) => each.id === id) ?? [])
  const tabs: readonly (readonly [Docked, TextKey])[] = [
    ['message', 'message'],
    ['chart', 'chart'],
    ['compare', 'compare'],
  ]
  return (
    <div class="dock">
      <div class="tabs" role="tablist" aria-label={say('dock')}>
        {tabs.map(([dock, text]) => (
          <button
            key={dock}
            type="button"
            role="tab"
            id={`tab-${dock}`}
            aria-selected={view.dock === dock}
            aria-controls="docked"
            onClick={() => setQuery({ dock: dock === 'message' ? '' : dock })}
          >
            {say(text)}
          </button>
        ))}
      </div>
      <div id="docked" role="tabpanel" aria-labelledby={`tab-${view.dock}`}>
        {view.dock === 'compare' ? (
          left !== undefined && right !== undefined ? (
            <Comparison left={left} right={right} />
          ) : (
            <p class="quiet">{say('markTwo')}</p>
          )
        ) : message === undefined ? (
          <p class="quiet">{say('pick')}</p>
        ) : view.dock === 'chart' ? (
          <ChartDock source={source} message={message} actor={view.actor} isLive={isLive} />
        ) : (
          <MessageDetail message={message} raw={view.raw} />
        )}
      </div>
    </div>
  )
}
