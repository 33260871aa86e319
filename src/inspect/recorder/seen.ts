/**
 * What a recording shows of the wire: its messages with their addresses, the media that sessions were told of, connections
 * that closed. What the analyser looks at, whether the recording came out of the running process or out of a file.
 */
import { isIP } from 'node:net'
import type { Endpoint } from '../../engine/network.ts'
import { parseMessage } from '../../sip/parse.ts'
import { parseSdp } from '../../sip/sdp.ts'
import { mediaOf } from '../../sip/sdp-gb.ts'
import { parseHostPort } from '../../sip/uri.ts'
import type { CapturedClosing, CapturedMedia, CapturedMessage, Presence, Recorded } from '../capture/types.ts'
import type { ActorStarted, ActorStepped, FlightRecord, MessageRecord, Recording } from './record.ts'

/** What the records of one recording show. */
export interface Seen extends Recorded {
  /** In order; `frame` is the number of the message among the recording's messages, from 1. */
  readonly messages: readonly CapturedMessage[]
  /** The first packet of each stream that a session was told of. */
  readonly media: readonly CapturedMedia[]
  readonly closings: readonly CapturedClosing[]
}

export interface SeenOptions {
  /** Until when the recorder listened, where that is known to be later than the last record. */
  readonly listenedUntil?: number | undefined
  /** Only so many messages, the newest; they keep their numbers. */
  readonly newest?: number
}

export function seenIn(
  recording: Pick<Recording, 'subject' | 'records'>,
  { listenedUntil = 0, newest = Number.POSITIVE_INFINITY }: SeenOptions = {},
): Seen {
  const { records, subject } = recording
  const { deviceId } = subject
  const all = records.filter((record) => record.kind === 'message')
  const older = Math.max(0, all.length - newest)
  const messages = all.slice(older).map((record, index) => capturedOf(record, older + index))
  const actors = new Map(
    records.filter((record) => record.kind === 'actor.started').map((record) => [record.actor, record]),
  )
  const steps = records.filter((record) => record.kind === 'actor.stepped')
  const presence = presenceIn(actors.values())
  return {
    messages: messages.filter(({ parsed }) => parsed.ok !== 'ignored'),
    media: mediaIn(steps, actors, messages),
    watched: watchedIn(actors.values()),
    starved: starvedIn(records, actors),
    closings: closingsIn(steps, messages),
    until: Math.max(records.at(-1)?.at ?? 0, listenedUntil),
    ...(deviceId !== '' && { deviceId }),
    ...(presence !== undefined && { presence }),
  }
}

/** `1.2.3.4:5060`, `[::1]:5060` */
export function endpointOf(text: string): Endpoint | undefined {
  const parsed = parseHostPort(text)
  if (parsed?.port === undefined || isIP(parsed.host) === 0) return undefined
  return { address: parsed.host, port: parsed.port }
}

const nowhere: Endpoint = { address: '0.0.0.0', port: 0 }

function capturedOf(record: MessageRecord, index: number): CapturedMessage {
  const { at, transport, direction, text, base64 = '', cutFrom = 0 } = record
  const local = endpointOf(record.local) ?? nowhere
  const remote = endpointOf(record.remote) ?? nowhere
  const [source, destination] = direction === 'out' ? [local, remote] : [remote, local]
  const kept = text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text, 'utf8')
  const way = { frame: index + 1, at, transport, source, destination }
  if (cutFrom <= kept.length) return { ...way, bytes: kept, parsed: parseMessage(kept) }
  // Blanks stand for the rest, so that the head is still true of the body.
  const bytes = Buffer.concat([kept, Buffer.alloc(cutFrom - kept.length, ' ')])
  return { ...way, bytes, parsed: parseMessage(bytes), cut: true }
}

const isSession = ({ machine, key }: ActorStarted): boolean => machine === 'inviting' && key.callId !== undefined

const watchedIn = (actors: Iterable<ActorStarted>): ReadonlySet<string> =>
  new Set([...actors].filter(isSession).map(({ key }) => key.callId ?? ''))

function starvedIn(records: readonly FlightRecord[], actors: ReadonlyMap<string, ActorStarted>): ReadonlySet<string> {
  const fired = records.filter((record) => record.kind === 'timer.fired' && record.timer === 'mediaLimit')
  return new Set(fired.flatMap((record) => ('actor' in record ? (actors.get(record.actor)?.key.callId ?? []) : [])))
}

/** What the receiver of a session told its machine. */
const mediaEvents: ReadonlySet<string> = new Set(['media.arrived', 'media.foreign'])

function mediaIn(
  steps: readonly ActorStepped[],
  actors: ReadonlyMap<string, ActorStarted>,
  messages: readonly CapturedMessage[],
): CapturedMedia[] {
  const told = steps.filter(({ event }) => mediaEvents.has(event.type))
  return told.flatMap(({ actor, event, at }) => {
    const callId = actors.get(actor)?.key.callId
    const offer = callId === undefined ? undefined : offerOf(callId, messages)
    if (offer === undefined) return []
    const stopped = steps.find(
      (later) => later.actor === actor && later.at > at && later.event.type === 'media.stopped',
    )
    return [
      {
        ...streamOf(event, at, offer),
        ...(callId !== undefined && { callId }),
        ...(stopped && { stoppedAt: lastPacketOf(stopped) }),
      },
    ]
  })
}

/** The receiver notices it some seconds later. */
const lastPacketOf = ({ event, at }: ActorStepped): number =>
  typeof event.lastPacketAt === 'number' && event.lastPacketAt <= at ? event.lastPacketAt : at

interface Offer {
  readonly receiver: Endpoint
  readonly ssrc: number
  readonly frame: number
}

/** What the INVITE of a session says: where its media shall come to, and as what. */
function offerOf(callId: string, messages: readonly CapturedMessage[]): Offer | undefined {
  for (const { parsed, frame } of messages) {
    if (parsed.ok !== true || parsed.message.callId !== callId || parsed.message.cseq.method !== 'INVITE') continue
    const description = parseSdp(parsed.message.body)
    const media = description.ok ? mediaOf(description.sdp, 'video') : undefined
    if (media?.address !== undefined)
      return { receiver: { address: media.address, port: media.port }, ssrc: media.ssrc ?? 0, frame }
  }
  return undefined
}

/** Of a stream the machine hears only that it begins. */
function streamOf({ ssrc, source }: ActorStepped['event'], at: number, offer: Offer): CapturedMedia {
  return {
    source: (typeof source === 'string' ? endpointOf(source) : undefined) ?? nowhere,
    destination: offer.receiver,
    ssrc: typeof ssrc === 'number' ? ssrc : offer.ssrc,
    payloadType: 96,
    packets: 1,
    lost: 0,
    firstAt: at,
    lastAt: at,
    firstFrame: offer.frame,
    lastFrame: offer.frame,
  }
}

/** A device's machine hears that its connection is gone; the last message before says which one that was. */
function closingsIn(steps: readonly ActorStepped[], messages: readonly CapturedMessage[]): CapturedClosing[] {
  const told = steps.filter(({ event }) => event.type === 'connection.closed')
  return told.flatMap(({ at }) => {
    const last = messages.findLast((message) => message.at <= at && message.transport === 'TCP')
    if (last === undefined) return []
    const { frame, source, destination } = last
    return [{ frame, at, how: 'unknown' as const, source, destination }]
  })
}

function presenceIn(actors: Iterable<ActorStarted>): Presence | undefined {
  for (const { machine, input } of actors) {
    if (machine !== 'registration' || typeof input !== 'object' || input === null) continue
    const { keepalive, keepaliveLimit } = input as { keepalive?: unknown; keepaliveLimit?: unknown }
    if (isPositive(keepalive) && isPositive(keepaliveLimit)) return { keepalive, keepaliveLimit }
  }
  return undefined
}

const isPositive = (value: unknown): value is number => typeof value === 'number' && value > 0
