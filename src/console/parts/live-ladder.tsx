/** The ladder of a device or of one dialog of it, as it happens. */
import type { SessionView } from '../../platform/api.ts'
import { useFlight } from '../flight/inspection.ts'
import { Ladder } from '../ladder/ladder.tsx'
import type { MediaFlow } from '../ladder/rows.ts'
import { useText } from '../state/text.ts'

interface Props {
  readonly deviceId: string
  readonly callId?: string
  readonly media: readonly MediaFlow[]
}

export function LiveLadder({ deviceId, callId, media }: Props) {
  const say = useText()
  const live = useFlight(deviceId, callId)
  if (live === undefined) return null
  const { flight, version, line } = live
  return (
    <>
      {line === 'lost' && (
        <p class="warning" role="status">
          {say('lineLost')}
        </p>
      )}
      {flight.dropped > 0 && (
        <p class="quiet">
          {flight.dropped} {say('older')}
        </p>
      )}
      <Ladder
        name={callId ?? deviceId}
        source={flight}
        version={version}
        isLive
        media={media}
        record={{ deviceId, ...(callId !== undefined && { callId }) }}
      />
    </>
  )
}

/** What a session receives, as rows of the ladder. */
export const flowsOf = (sessions: readonly SessionView[]): MediaFlow[] =>
  sessions.flatMap(({ media: { firstPacketAt, source, address, port, packets = 0, lost = 0, bitrate } }) =>
    firstPacketAt === undefined || source === undefined
      ? []
      : [
          {
            at: Date.parse(firstPacketAt),
            from: `${source.address}:${source.port}`,
            to: `${address}:${port}`,
            label: `RTP ${packets}${lost > 0 ? ` (−${lost})` : ''}${bitrate ? ` · ${Math.round(bitrate / 1000)} kbit/s` : ''}`,
          },
        ],
  )
