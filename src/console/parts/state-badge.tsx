/** A state by name and shape, so that colour never alone carries meaning. */
const looks: Readonly<Record<string, readonly [string, string]>> = {
  online: ['good', '●'],
  confirmed: ['good', '●'],
  silent: ['warn', '◐'],
  challenged: ['warn', '◔'],
  inviting: ['busy', '◌'],
  early: ['busy', '◌'],
  ending: ['busy', '◌'],
  failed: ['bad', '✕'],
  offline: ['off', '○'],
  ended: ['off', '○'],
}

export function StateBadge({ state }: { state: string }) {
  const [look, sign] = looks[state] ?? ['busy', '●']
  return (
    <span class={`state ${look}`}>
      <span aria-hidden="true">{sign}</span> {state}
    </span>
  )
}
