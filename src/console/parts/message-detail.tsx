/** One message decoded beside the ladder, or two compared line by line. */
import { useText } from '../state/text.ts'
import { CopyButton } from './copy-button.tsx'
import { decode, type Field } from './decode.ts'

export function MessageDetail({ text }: { text: string }) {
  const say = useText()
  const { start, headers, sdp, body } = decode(text)
  return (
    // What scrolls must be reached by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as said
    <section class="message" aria-label={say('decoded')} tabIndex={0}>
      <p class="bar">
        <code>{start}</code> <CopyButton label={say('copy')} text={() => text} />
      </p>
      <Fields fields={headers} />
      {sdp.length > 0 ? <Fields fields={sdp} /> : body !== '' && <pre>{body}</pre>}
    </section>
  )
}

function Fields({ fields }: { fields: readonly Field[] }) {
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
        {fields.map(({ name, value, clause }, index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            <td>{value}</td>
            <td>{clause}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Lines that only one of the two has are marked, by sign and by colour. */
export function Comparison({ left, right }: { left: string; right: string }) {
  const say = useText()
  const sides = [left, right].map((text) => text.split(/\r?\n/))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="message comparison" aria-label={say('compare')} tabIndex={0}>
      {sides.map((lines, side) => (
        <pre key={side}>
          {lines.map((line, index) => {
            const differs = !sides[1 - side]?.includes(line)
            return (
              <div key={index} class={differs ? 'differs' : ''}>
                {differs ? '≠ ' : '  '}
                {line}
              </div>
            )
          })}
        </pre>
      ))}
    </section>
  )
}
