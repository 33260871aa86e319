/**
 * The platform's events as server-sent events: `id` is the event's number, `event` its name, `data` the rest as JSON.
 * A reader resumes with `Last-Event-ID`; what is no longer kept, or was missed, is told as `event: gap`.
 */
import { Effect, Stream } from 'effect'
import { HttpServerResponse } from 'effect/http'
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
  #open = 0

  /** `heartbeat`: milliseconds between the comments that keep proxies from closing an idle stream. */
  constructor(platform: ServedPlatform, heartbeat: number) {
    this.#platform = platform
    this.#heartbeat = heartbeat
  }

  /** Streams that are read now. */
  get reading(): number {
    return this.#open
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

  #stream(filter: EventFilter): Stream.Stream<Uint8Array> {
    const events = Stream.unwrap(Effect.map(this.#reader(), (signal) => this.#read({ ...filter, signal })))
    const heartbeats = Stream.map(Stream.tick(this.#heartbeat), () => ':\n\n')
    return Stream.make('retry: 2000\n\n').pipe(
      Stream.concat(Stream.merge(Stream.map(events, frame), Stream.drop(heartbeats, 1), { haltStrategy: 'left' })),
      Stream.encodeText,
    )
  }

  /** Aborting wakes a reader that waits for the next event, so that nothing is left listening. */
  #reader() {
    return Effect.acquireRelease(
      Effect.sync(() => {
        this.#open += 1
        return new AbortController()
      }),
      (left) =>
        Effect.sync(() => {
          this.#open -= 1
          left.abort()
        }),
    ).pipe(Effect.map((left) => AbortSignal.any([left.signal, this.#ending.signal])))
  }

  #read(filter: EventFilter): Stream.Stream<PlatformEvent | EventGap> {
    const reader = this.#platform.events(filter)
    return Stream.fromEffectRepeat(Effect.promise(() => reader.next())).pipe(
      Stream.takeWhile((next) => next.done !== true),
      Stream.map((next) => next.value),
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
