/** One message field by field, or two compared. */
import type { Message } from '../flight/message.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { setQuery } from '../state/route.ts'
import { timeText, useText } from '../state/text.ts'
import { decode, type Field } from './decode.ts'
import { diffOf } from './diff.ts'
import { type Element, manscdpElements } from './manscdp.ts'

export function MessageDetail({ message, raw }: { message: Message; raw: boolean }) {
  const say = useText()
  const { start, headers, sdp, body } = decode(message.text)
  const elements = sdp.length > 0 || body === '' ? undefined : manscdpElements(body)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="message" aria-label={say('decoded')} tabIndex={0}>
      <p class="bar">
        <code>{start}</code>
        <button type="button" aria-pressed={raw} onClick={() => setQuery({ raw: raw ? '' : '1' })}>
          {say('raw')}
        </button>
        <CopyButton label={say('copy')} text={() => message.text} />
      </p>
      <p class="quiet">
        {timeText(message.at)} · {message.transport} {message.from} → {message.to}
      </p>
      {raw ? (
        <pre>{message.text}</pre>
      ) : (
        <>
          <Fields fields={headers} />
          {sdp.length > 0 && <Fields fields={sdp} />}
          {elements !== undefined && <Fields fields={elements} />}
          {sdp.length === 0 && elements === undefined && body !== '' && <pre>{body}</pre>}
        </>
      )}
    </section>
  )
}

/** Indented by as much as an element stands inside others. */
const indent = (field: Field | Element) => ({ paddingLeft: `${0.4 + 0.8 * ('depth' in field ? field.depth : 0)}rem` })

function Fields({ fields }: { fields: readonly (Field | Element)[] }) {
  const say = useText()
  return (
    <table class="fields">
      <thead>
        <tr>
          <th scope="col">{say('field')}</th>
          <th scope="col">{say('value')}</th>
          <th scope="col">{say('clause')}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field, index) => (
          <tr key={index}>
            <th scope="row" style={indent(field)}>
              {field.name}
            </th>
            <td>{field.value}</td>
            <td>{field.clause.replace(/^RFC (\d+) /, 'RFC\u00a0$1\u00a0')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Lines that differ are marked, by sign and by colour. */
export function Comparison({ left, right }: { left: Message; right: Message }) {
  const say = useText()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="message" aria-label={say('compare')} tabIndex={0}>
      <table class="diff">
        <thead>
          <tr>
            <th scope="col" aria-label="≠" />
            {[left, right].map((side) => (
              <th scope="col" key={side.id}>
                {timeText(side.at)} {side.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {diffOf(left.text, right.text).map((pair, index) => (
            <tr key={index} class={pair.differs ? 'differs' : ''}>
              <td>{pair.differs ? '≠' : ''}</td>
              <td>{pair.left}</td>
              <td>{pair.right}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
