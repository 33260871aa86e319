/** All keys that work now: `?` opens and closes it. It lies beside the page and takes nothing from it. */
import { allKeys, keyName } from '../state/keys.ts'
import { useText } from '../state/text.ts'

export function KeyHelp({ close }: { close: () => void }) {
  const say = useText()
  return (
    <aside class="key-help card" aria-label={say('keyboard')}>
      <div class="bar">
        <h2>{say('keyboard')}</h2>
        <button type="button" onClick={close}>
          {say('close')}
        </button>
      </div>
      <dl>
        {allKeys().map(({ keys, text }) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{keyName(key)}</kbd>
              ))}
            </dt>
            <dd>{say(text)}</dd>
          </div>
        ))}
      </dl>
    </aside>
  )
}
