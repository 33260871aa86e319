/**
 * The platform's events as server-sent events: `id` is the event's number, `event` its name, `data` the rest as JSON.
 * A reader resumes with `Last-Event-ID`; what is no longer kept, or was missed, is told as `event: gap`.
 */
import { Effect, Stream } from 'effect'
import { HttpServerResponse } from 'effect/http'
import { abortableStream } from '../abortable-stream.ts'
import { Gb28181Error } from '../errors.ts'
import type { EventFilter, EventGap, PlatformEvent } from '../platform/api.ts'
import { type EventName, eventNames } from './event-names.ts'
import type { ServedPlatform } from './served.ts'

export interface EventQuery {
  readonly types?: string
  readonly deviceId?: string
  readonly after?: number
}

export class EventStreams {
  readonly #platform: ServedPlatform
  readonly #heartbeat: number
  readonly #ending = new AbortController()
  #reading = 0

  /** `heartbeat`: milliseconds between the comments that keep proxies from closing an idle stream. */
  constructor(platform: ServedPlatform, heartbeat: number) {
    this.#platform = platform
    this.#heartbeat = heartbeat
  }

  /** Streams that are read now. */
  get reading(): number {
    return this.#reading
  }

  /** Ends all streams. */
  close(): void {
    this.#ending.abort()
  }

  open(
    query: EventQuery,
    lastEventId: string | undefined,
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, Gb28181Error> {
    return Effect.map(filterOf(query, lastEventId), (filter) =>
      HttpServerResponse.stream(this.#stream(filter), {
        contentType: 'text/event-stream',
        headers: { 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      }),
    )
  }

  #counted(change: 1 | -1): Effect.Effect<void> {
    return Effect.sync(() => {
      this.#reading += change
    })
  }

  #stream(filter: EventFilter): Stream.Stream<Uint8Array> {
    const events = abortableStream((left) =>
      this.#platform.events({ ...filter, signal: AbortSignal.any([left, this.#ending.signal]) }),
    )
    const heartbeats = Stream.drop(Stream.tick(this.#heartbeat), 1).pipe(Stream.map(() => ':\n\n'))
    return Stream.make('retry: 2000\n\n').pipe(
      Stream.concat(Stream.merge(Stream.map(events, frame), heartbeats, { haltStrategy: 'left' })),
      Stream.onStart(this.#counted(1)),
      Stream.ensuring(this.#counted(-1)),
      Stream.encodeText,
    )
  }
}

function frame(event: PlatformEvent | EventGap): string {
  if (event.name === 'gap') return `event: gap\ndata: ${JSON.stringify({ missed: event.missed })}\n\n`
  const { id, name, ...data } = event
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

function filterOf(query: EventQuery, lastEventId: string | undefined): Effect.Effect<EventFilter, Gb28181Error> {
  const names = (query.types ?? '').split(',').filter((name) => name !== '')
  const unknown = names.find((name) => !isEventName(name))
  if (unknown !== undefined) {
    const message = `parameter types: there is no event ${unknown}. There are: ${eventNames.join(', ')}.`
    return Effect.fail(new Gb28181Error('invalid-request', message, { fields: [{ field: 'types', message }] }))
  }
  const after = lastEventId !== undefined && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : query.after
  return Effect.succeed({
    ...(query.types === undefined ? {} : { types: names.filter(isEventName) }),
    ...(query.deviceId === undefined ? {} : { deviceId: query.deviceId }),
    ...(after === undefined ? {} : { after }),
  })
}

const isEventName = (name: string): name is EventName => eventNames.some((known) => known === name)
