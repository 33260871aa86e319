/** The WebSocket of `GET /api/inspect`: from the handshake to the end of the connection. What goes over it, `live.ts` says. */
import { Effect, Queue, Schedule } from 'effect'
import { HttpServerRequest, HttpServerResponse } from 'effect/http'
import { Gb28181Error } from '../errors.ts'
import { errorResponse } from './errors.ts'
import { LiveStream } from './live.ts'
import type { ServedPlatform } from './served.ts'

/** Frames that wait in the socket before a reader counts as slow. */
const mostFrames = 16
/** Between two looks at the actor that is watched. */
const lookEvery = '100 millis'
/** Readers at once; further ones are answered 503. */
const mostReaders = 64

export class LiveSockets {
  readonly #platform: ServedPlatform
  readonly #ending = Promise.withResolvers<void>()
  #readers = 0

  constructor(platform: ServedPlatform) {
    this.#platform = platform
  }

  /** Connections that are open now. */
  get readers(): number {
    return this.#readers
  }

  /** Ends all. */
  close(): void {
    this.#ending.resolve()
  }

  readonly open = Effect.gen({ self: this }, function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      return errorResponse(new Gb28181Error('upgrade-required', 'This is a WebSocket: send Upgrade: websocket.'), {
        upgrade: 'websocket',
      })
    if (this.#readers >= mostReaders)
      return errorResponse(new Gb28181Error('overload', `There are ${mostReaders} readers of the live stream.`))
    this.#readers += 1
    yield* this.#serve(request).pipe(
      Effect.scoped,
      Effect.raceFirst(Effect.promise(() => this.#ending.promise)),
      // Whoever leaves, however, ends it: there is nobody to tell.
      Effect.ignore,
      Effect.ensuring(
        Effect.sync(() => {
          this.#readers -= 1
        }),
      ),
    )
    return HttpServerResponse.empty()
  })

  #serve = Effect.fnUntraced(
    { self: this },
    function* (this: LiveSockets, request: HttpServerRequest.HttpServerRequest) {
      const socket = yield* request.upgrade
      const { pull } = yield* socket.reader
      const { write } = yield* socket.writer
      const frames = yield* Queue.unbounded<string>()
      let waiting = 0
      const stream = new LiveStream({
        platform: this.#platform,
        send: (frame) => {
          waiting += 1
          Queue.offerUnsafe(frames, frame)
          return waiting < mostFrames
        },
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => stream.close()))
      const written = Queue.take(frames).pipe(
        Effect.flatMap(write),
        Effect.tap(() => Effect.sync(() => (--waiting === 0 ? stream.drained() : undefined))),
      )
      yield* Effect.forkScoped(Effect.forever(written))
      yield* Effect.forkScoped(
        Effect.repeat(
          Effect.sync(() => stream.look()),
          Schedule.spaced(lookEvery),
        ),
      )
      yield* Effect.forever(
        Effect.map(pull, (batch) => {
          for (const frame of batch) stream.receive(typeof frame === 'string' ? frame : Buffer.from(frame).toString())
        }),
      )
    },
  )
}
