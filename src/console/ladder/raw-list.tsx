/** The messages themselves, one below the other, as sngrep shows them. */
import { useRef } from 'preact/hooks'
import { useVirtualRows } from '../parts/virtual-rows.ts'
import { timeText, useText } from '../state/text.ts'
import { messageOf, type Row } from './rows.ts'
import { currentView } from './view.ts'

const lineHeight = 18
const headHeight = 34

export function RawList({ rows }: { rows: readonly Row[] }) {
  const say = useText()
  const frame = useRef<HTMLDivElement>(null)
  const messages = rows.flatMap((row) => (row.kind === 'message' ? (messageOf(row) ?? []) : []))
  const heightOf = (index: number) =>
    headHeight + lineHeight * ((messages[index]?.text.trimEnd().split('\n').length ?? 0) + 1)
  const virtual = useVirtualRows(frame, { count: messages.length, height: heightOf, head: 0 })
  const { message: chosen } = currentView()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="raw-list" ref={frame} tabIndex={0} aria-label={say('rawList')}>
      <div class="runway" style={{ height: `${virtual.height}px` }}>
        {virtual.items.map(({ index, start, size }) => {
          const message = messages[index]
          return message === undefined ? null : (
            <article
              key={message.id}
              class={message.id === chosen ? 'chosen' : ''}
              style={{ transform: `translateY(${start}px)`, height: `${size}px` }}
            >
              <h3>
                {timeText(message.at)} {message.from} → {message.to}
              </h3>
              <pre>{message.text.trimEnd()}</pre>
            </article>
          )
        })}
      </div>
    </section>
  )
}
