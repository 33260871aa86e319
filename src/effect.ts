/**
 * gb28181 for Effect: the platform and the simulated device as services whose life is a scope.
 *
 * ```ts
 * import { Effect, Stream } from 'effect'
 * import { Platform } from 'gb28181/effect'
 *
 * const watch = Effect.gen(function* () {
 *   const platform = yield* Platform
 *   yield* Stream.runForEach(platform.events({ types: ['device.online'] }), (event) => Effect.log(event))
 * })
 *
 * Effect.runFork(watch.pipe(Effect.provide(Platform.layer({ password: 'secret' }))))
 * ```
 *
 * Interrupting an operation gives it up in order: a play is cancelled or hung up. A wrong option is a defect
 * (`TypeError`); everything that can go wrong outside of the program is a `Gb28181Failure`.
 */
import { Context, Data, Effect, Layer, type Scope, type Stream } from 'effect'
import { abortableStream } from './abortable-stream.ts'
import type { Channel, DeviceEvent, DeviceEventFilter, DeviceOptions, DeviceSummary } from './device/index.ts'
import {
  createDevice,
  type EventGap as DeviceEventGap,
  type DeviceSessionView,
  type DeviceState,
} from './device/index.ts'
import type { ListenAddress } from './engine/network.ts'
import { type Evidence, Gb28181Error } from './errors.ts'
import type {
  ActorView,
  ChannelList,
  DeviceView,
  EventFilter,
  EventGap,
  FindingView,
  PlatformEvent,
  PlayRequest,
  QueryAnswer,
  QueryCommand,
  SessionView,
} from './platform/api.ts'
import { createPlatform } from './platform/create.ts'
import type { PlatformOptions } from './platform/options.ts'

/** A `Gb28181Error` in the error channel. `code` tells what happened; each is documented in the README. */
export class Gb28181Failure extends Data.TaggedError('Gb28181Failure')<{ readonly error: Gb28181Error }> {
  get code(): string {
    return this.error.code
  }

  override get message(): string {
    return this.error.message
  }

  get hint(): string | undefined {
    return this.error.hint
  }

  get evidence(): readonly Evidence[] {
    return this.error.evidence
  }
}

/** Interruption aborts the signal; what is no `Gb28181Error` is a bug and dies. */
const attempt = <A>(run: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, Gb28181Failure> =>
  Effect.catch(
    Effect.tryPromise({ try: run, catch: (error) => error }),
    (error): Effect.Effect<never, Gb28181Failure> =>
      error instanceof Gb28181Error ? Effect.fail(new Gb28181Failure({ error })) : Effect.die(error),
  )

/** A play, as its viewer holds it. */
export interface PlayingSession {
  readonly id: string
  readonly viewerId: string
  readonly view: Effect.Effect<SessionView>
}

export interface PlatformService {
  /** 20-digit ID. */
  readonly id: string
  readonly realm: string
  /** The password of all devices, where none was given. */
  readonly generatedPassword: string | undefined
  /** What was bound. */
  readonly address: Effect.Effect<readonly ListenAddress[]>
  readonly state: Effect.Effect<'starting' | 'serving' | 'draining' | 'stopped'>
  readonly devices: Effect.Effect<readonly DeviceView[]>
  readonly device: (id: string) => Effect.Effect<DeviceView | undefined>
  /** False where there is no such device. */
  readonly forget: (id: string) => Effect.Effect<boolean>
  readonly channels: (deviceId: string) => Effect.Effect<ChannelList | undefined>
  /** What is wrong, or worth knowing, in what is kept of a device, or of one dialog of it. */
  readonly findings: (deviceId: string, callId?: string) => Effect.Effect<readonly FindingView[] | undefined>
  /** Codes: `device-not-found`, `device-offline`, `no-final`, `rejected`, `no-response`. */
  readonly query: (
    deviceId: string,
    query: { readonly cmdType: QueryCommand; readonly channelId?: string },
  ) => Effect.Effect<QueryAnswer, Gb28181Failure>
  /** Plays until the scope closes, which hangs up. Codes: those of `Platform.play`. */
  readonly play: (request: PlayRequest) => Effect.Effect<PlayingSession, Gb28181Failure, Scope.Scope>
  readonly sessions: Effect.Effect<readonly SessionView[]>
  readonly session: (id: string) => Effect.Effect<SessionView | undefined>
  /** Code: `session-not-found`. */
  readonly stop: (sessionId: string, viewerId?: string) => Effect.Effect<void, Gb28181Failure>
  readonly actors: Effect.Effect<readonly ActorView[]>
  readonly actor: (id: string) => Effect.Effect<ActorView | undefined>
  /** Events from the moment the stream is run, or from `after` on. A slow reader gets an `EventGap`. */
  readonly events: (filter?: Omit<EventFilter, 'signal'>) => Stream.Stream<PlatformEvent | EventGap>
  readonly counters: Effect.Effect<Readonly<Record<string, number>>>
}

/** The upper side. Its layer listens, and ends everything in order when its scope closes. */
export class Platform extends Context.Service<Platform, PlatformService>()('gb28181/Platform') {
  /** Codes: `port-in-use`, `address-not-available`, `port-not-permitted`, `listen-failed`. */
  static readonly layer = (options: PlatformOptions = {}): Layer.Layer<Platform, Gb28181Failure> =>
    Layer.effect(Platform, makePlatform(options))
}

const makePlatform = Effect.fnUntraced(function* (options: PlatformOptions) {
  const platform = yield* Effect.acquireRelease(
    Effect.sync(() => createPlatform(options)),
    (made) => Effect.promise(() => made.close()),
  )
  yield* attempt((signal) => platform.start({ signal }))
  return Platform.of({
    id: platform.id,
    realm: platform.realm,
    generatedPassword: platform.generatedPassword,
    address: Effect.sync(() => platform.address()),
    state: Effect.sync(() => platform.state),
    devices: Effect.sync(() => platform.devices()),
    device: (id) => Effect.sync(() => platform.device(id)),
    forget: (id) => Effect.sync(() => platform.forget(id)),
    channels: (deviceId) => Effect.sync(() => platform.channels(deviceId)),
    findings: (deviceId, callId) => Effect.sync(() => platform.findings(deviceId, callId)),
    query: (deviceId, query) => attempt((signal) => platform.query(deviceId, query, { signal })),
    play: (request) =>
      Effect.acquireRelease(
        attempt((signal) => platform.play(request, { signal })),
        (session) => Effect.promise(() => session.close().catch(() => {})),
        { interruptible: true },
      ).pipe(Effect.map(({ id, viewerId, view }) => ({ id, viewerId, view: Effect.sync(view) }))),
    sessions: Effect.sync(() => platform.sessions()),
    session: (id) => Effect.sync(() => platform.session(id)),
    stop: (sessionId, viewerId) => attempt(() => platform.stop(sessionId, viewerId)),
    actors: Effect.sync(() => platform.actors()),
    actor: (id) => Effect.sync(() => platform.actor(id)),
    events: (filter = {}) => abortableStream((signal) => platform.events({ ...filter, signal })),
    counters: Effect.sync(() => platform.counters()),
  })
})

export interface DeviceService {
  readonly id: string
  readonly channels: readonly Channel[]
  readonly state: Effect.Effect<DeviceState>
  readonly sessions: Effect.Effect<readonly DeviceSessionView[]>
  readonly address: Effect.Effect<readonly ListenAddress[]>
  readonly summary: Effect.Effect<DeviceSummary>
  /** Events from the moment the stream is run. */
  readonly events: (filter?: Omit<DeviceEventFilter, 'signal'>) => Stream.Stream<DeviceEvent | DeviceEventGap>
}

/** A simulated device. Its layer opens the socket and begins to register; closing its scope unregisters. */
export class Device extends Context.Service<Device, DeviceService>()('gb28181/Device') {
  /** Codes: `port-in-use`, `server-unknown` and their kin. */
  static readonly layer = (options: DeviceOptions): Layer.Layer<Device, Gb28181Failure> =>
    Layer.effect(Device, makeDevice(options))
}

const makeDevice = Effect.fnUntraced(function* (options: DeviceOptions) {
  const device = yield* Effect.acquireRelease(
    Effect.sync(() => createDevice(options)),
    (made) => Effect.promise(() => made.close()),
  )
  yield* attempt((signal) => device.start({ signal }))
  return Device.of({
    id: device.id,
    channels: device.channels,
    state: Effect.sync(() => device.state),
    sessions: Effect.sync(() => device.sessions),
    address: Effect.sync(() => device.address()),
    summary: Effect.sync(() => device.summary()),
    events: (filter = {}) => abortableStream((signal) => device.events({ ...filter, signal })),
  })
})
