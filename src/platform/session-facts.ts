/**
 * What a session shows, and nothing that it is made of: what is kept of those that have ended. Kept whole, with their
 * dialogs, actors and trails, they lived just long enough to be copied among the old objects, 8 KB a call.
 */
import type { MediaStatistics } from '../media/types.ts'
import type { MediaView, SessionFailureView, SessionState, SessionView } from './api.ts'
import { instant } from './device.ts'

export interface MediaFacts {
  readonly address: string
  readonly port: number
  readonly statistics: MediaStatistics
}

export interface SessionFacts {
  readonly id: string
  readonly deviceId: string
  readonly channelId: string
  readonly state: SessionState
  readonly viewers: readonly string[]
  readonly callId: string
  readonly ssrc: string
  readonly media: MediaFacts | undefined
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly failure: SessionFailureView | null
  readonly warnings: ReadonlyMap<string, string> | undefined
}

export function sessionView(facts: SessionFacts): SessionView {
  const { id, deviceId, channelId, state, viewers, callId, ssrc, failure } = facts
  const { media, createdAt, startedAt, endedAt, warnings = [] } = facts
  return {
    id,
    deviceId,
    channelId,
    type: 'play',
    mode: 'udp',
    state,
    viewers: [...viewers],
    callId,
    ssrc,
    media: mediaView(media),
    createdAt: new Date(createdAt).toISOString(),
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    failure,
    warnings: [...warnings].map(([code, message]) => ({ code, message })),
  }
}

function mediaView(media: MediaFacts | undefined): MediaView {
  if (media === undefined) return { address: '', port: 0 }
  const { firstPacketAt, lastPacketAt, jitterMs, ...statistics } = media.statistics
  return {
    address: media.address,
    port: media.port,
    ...statistics,
    jitterMs: Math.round(jitterMs * 1000) / 1000,
    ...(firstPacketAt !== undefined && { firstPacketAt: new Date(firstPacketAt).toISOString() }),
    ...(lastPacketAt !== undefined && { lastPacketAt: new Date(lastPacketAt).toISOString() }),
  }
}
