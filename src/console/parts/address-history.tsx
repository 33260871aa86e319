/** Where a device spoke from, as far as the record goes: told only of one that has moved. */
import { useFlight } from '../flight/inspection.ts'
import { timeText, useText } from '../state/text.ts'

export function AddressHistory({ deviceId }: { deviceId: string }) {
  const say = useText()
  const live = useFlight(deviceId)
  const since = new Map<string, number>()
  for (const { remote, transport, at } of live?.flight.messages ?? []) {
    const address = `${transport} ${remote}`
    if (remote !== undefined && !since.has(address)) since.set(address, at)
  }
  if (since.size < 2) return null
  return (
    <section aria-labelledby="addresses">
      <h2 id="addresses">{say('addresses')}</h2>
      <ol class="plain">
        {[...since].reverse().map(([address, at]) => (
          <li key={address}>
            <time dateTime={new Date(at).toISOString()}>{timeText(at)}</time> {address}
          </li>
        ))}
      </ol>
    </section>
  )
}
