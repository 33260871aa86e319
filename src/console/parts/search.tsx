import { setQuery } from '../state/route.ts'
import { useText } from '../state/text.ts'

/** What is searched for stands in the address. */
export function Search({ q, label }: { q: string; label?: string }) {
  const say = useText()
  const what = label ?? say('search')
  return (
    <input
      type="search"
      class="search"
      placeholder={what}
      aria-label={what}
      value={q}
      onInput={({ currentTarget }) => setQuery({ q: currentTarget.value })}
    />
  )
}
