/** What happened to a device, from the stream of events: what is still kept, then as it happens. */
import { useEffect, useState } from 'preact/hooks'
import { timeText, useText } from '../state/text.ts'

interface Happened {
  readonly id: string
  readonly name: string
  readonly at: string
  readonly what: string
}

const names = [
  'device.challenged',
  'device.online',
  'device.silent',
  'device.offline',
  'device.updated',
  'registration.rejected',
  'catalog.committed',
  'catalog.partial',
  'query.failed',
  'session.created',
  'session.started',
  'session.failed',
  'session.ended',
  'message.noted',
]
const kept = 100

export function EventLog({ deviceId }: { deviceId: string }) {
  const say = useText()
  const [all, setAll] = useState<readonly Happened[]>([])
  useEffect(() => {
    const source = new EventSource(`/api/events?deviceId=${deviceId}&after=0`)
    for (const name of names) {
      source.addEventListener(name, ({ data, lastEventId }) => {
        const happened = { id: lastEventId, name, ...readable(data) }
        setAll((before) => [happened, ...before].slice(0, kept))
      })
    }
    return () => source.close()
  }, [deviceId])
  return (
    <section aria-labelledby="events">
      <h2 id="events">{say('events')}</h2>
      <ol class="events">
        {all.map(({ id, name, at, what }) => (
          <li key={id}>
            <time dateTime={at} title={at}>
              {timeText(at)}
            </time>
            <b>{name}</b>
            <span>{what}</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

/** The fields that say more than the name, in a line. */
function readable(data: string): { at: string; what: string } {
  const { at, deviceId, sessionId, channelId, failure, ...rest }: Record<string, unknown> = JSON.parse(data)
  const reason = typeof failure === 'object' && failure !== null && 'reason' in failure ? String(failure.reason) : ''
  const more = Object.entries(rest).map(([name, value]) => `${name} ${value}`)
  return { at: String(at), what: [reason, channelId ?? '', ...more].filter(Boolean).join(' · ') }
}
