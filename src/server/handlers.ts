/** What each call of the API does with a platform. Errors of the platform are answered as they are. */
import { Clock, Effect, Layer } from 'effect'
import { HttpServerResponse } from 'effect/http'
import { HttpApiBuilder } from 'effect/http-api'
import { analyze } from '../analyze.ts'
import { Gb28181Error } from '../errors.ts'
import type { QueryCommand } from '../platform/api.ts'
import type { Access } from './access.ts'
import { shownActor } from './actor.ts'
import { nestedPage } from './actor-tree.ts'
import { Api } from './api.ts'
import type { Setup, Simulators } from './console.ts'
import { errorResponse, expected, notFound } from './errors.ts'
import type { EventStreams } from './event-stream.ts'
import { actorList, channelList, deviceList, findingList, sessionList } from './lists.ts'
import type { Metrics } from './metrics.ts'
import { type RecordMaker, type RecordRequest, recordResponse } from './recordings.ts'
import type { ServedPlatform } from './served.ts'

type Response = HttpServerResponse.HttpServerResponse

/** A platform call that may fail: its error becomes the answer, and a client that goes away aborts it. */
const called = <A>(call: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, Gb28181Error> =>
  Effect.tryPromise({ try: call, catch: expected })

const answered = <A>(effect: Effect.Effect<A, Gb28181Error>): Effect.Effect<A | Response> =>
  Effect.catch(effect, (error) => Effect.succeed(errorResponse(error)))

const found = <A>(value: A | undefined, what: 'device' | 'session' | 'actor', id: string) =>
  value === undefined ? Effect.fail(notFound(what, id)) : Effect.succeed(value)

const commands: readonly string[] = ['Catalog', 'DeviceInfo', 'DeviceStatus'] satisfies QueryCommand[]
const isCommand = (cmdType: string): cmdType is QueryCommand => commands.includes(cmdType)

const devices = (platform: ServedPlatform, recordings: RecordMaker) =>
  HttpApiBuilder.group(Api, 'devices', (handlers) =>
    handlers.handleAll({
      list: ({ query }) => Effect.sync(() => deviceList.page(platform.devices(), query)),
      get: ({ params }) => answered(found(platform.device(params.id), 'device', params.id)),
      forget: ({ params }) =>
        answered(platform.forget(params.id) ? Effect.void : Effect.fail(notFound('device', params.id))),
      channels: ({ params, query }) =>
        answered(
          Effect.map(found(platform.channels(params.id), 'device', params.id), ({ items, catalog }) => ({
            ...channelList.page(items, query),
            catalog,
          })),
        ),
      record: ({ params, query }) => answered(record(recordings, params.id, query)),
      findings: ({ params, query: { callId, ...query } }) =>
        answered(
          Effect.map(found(platform.findings(params.id, callId), 'device', params.id), (all) =>
            findingList.page(all, query),
          ),
        ),
      query: ({ params, payload }) => answered(ask(platform, params.id, payload)),
    }),
  )

/** Also of one that is no device any more, or never was more than a stranger: as long as something is kept. */
function record(maker: RecordMaker, id: string, { raw, ...request }: RecordQuery) {
  const { platform } = maker
  const isKnown = platform.device(id) !== undefined || platform.recorder.recording({ deviceId: id }).records.length > 0
  if (!isKnown) return Effect.fail(notFound('device', id))
  return Effect.map(Clock.currentTimeMillis, (now) =>
    recordResponse(maker, id, now, { ...request, raw: raw === 'true' }),
  )
}

function ask(platform: ServedPlatform, deviceId: string, query: { cmdType: string; channelId?: string }) {
  const { cmdType, channelId } = query
  if (!isCommand(cmdType)) {
    return Effect.fail(
      new Gb28181Error('unsupported-command', `${cmdType} cannot be asked. Can be: ${commands.join(', ')}.`),
    )
  }
  const wanted = { cmdType, ...(channelId === undefined ? {} : { channelId }) }
  return called((signal) => platform.query(deviceId, wanted, { signal }))
}

type RecordQuery = Omit<RecordRequest, 'raw'> & { readonly raw?: 'true' | 'false' }

interface StartRequest {
  readonly deviceId: string
  readonly channelId: string
  readonly share?: boolean
  readonly type?: string
  readonly mode?: string
}

const sessions = (platform: ServedPlatform) =>
  HttpApiBuilder.group(Api, 'sessions', (handlers) =>
    handlers.handleAll({
      start: ({ payload }) => answered(start(platform, payload)),
      list: ({ query }) => Effect.sync(() => sessionList.page(platform.sessions(), query)),
      get: ({ params }) => answered(found(platform.session(params.id), 'session', params.id)),
      stop: ({ params, query }) => answered(stop(platform, params.id, query.viewer)),
    }),
  )

const start = Effect.fnUntraced(function* (platform: ServedPlatform, request: StartRequest) {
  const { deviceId, channelId, share, type = 'play', mode = 'udp' } = request
  if (type !== 'play' || mode !== 'udp' || 'from' in request || 'to' in request || 'speed' in request) {
    return yield* Effect.fail(
      new Gb28181Error(
        'not-supported',
        `Only type "play" with mode "udp" is supported so far, not ${type} with ${mode}.`,
      ),
    )
  }
  const wanted = { deviceId, channelId, ...(share === undefined ? {} : { share }) }
  const session = yield* called((signal) => platform.play(wanted, { signal }))
  return HttpServerResponse.jsonUnsafe(
    { ...session.view(), viewerId: session.viewerId },
    { status: 201, headers: { location: `/api/sessions/${session.id}` } },
  )
})

const stop = Effect.fnUntraced(function* (platform: ServedPlatform, id: string, viewer: string | undefined) {
  yield* found(platform.session(id), 'session', id)
  yield* called(() => platform.stop(id, viewer))
  return yield* found(platform.session(id), 'session', id)
})

const actors = (platform: ServedPlatform) =>
  HttpApiBuilder.group(Api, 'actors', (handlers) =>
    handlers.handleAll({
      list: ({ query: { nested, ...query } }) =>
        Effect.sync(() =>
          nested === 'true'
            ? nestedPage(actorList, platform.actors(), query)
            : actorList.page(platform.actors(), query),
        ),
      get: ({ params }) =>
        answered(Effect.map(found(platform.actor(params.id), 'actor', params.id), (actor) => shownActor(actor))),
    }),
  )

/** What only the console asks for; without `ConsoleOptions` there is nothing to set up and nothing to attach. */
export interface ConsoleService {
  readonly access: Access
  setup(): Setup | undefined
  readonly simulators: Simulators | undefined
}

const nothingHere = (what: string) => new Gb28181Error('not-found', `This server was made without ${what}.`)

const consoleCalls = ({ access, setup, simulators }: ConsoleService) =>
  HttpApiBuilder.group(Api, 'console', (handlers) =>
    handlers.handleAll({
      setup: () =>
        answered(
          Effect.suspend(() => {
            const facts = setup()
            return facts === undefined ? Effect.fail(nothingHere('a console')) : Effect.succeed(facts)
          }),
        ),
      login: ({ payload }) => Effect.sync(() => loggedIn(access.login(payload.token))),
      attach: ({ payload }) =>
        answered(
          simulators === undefined
            ? Effect.fail(nothingHere('simulated cameras'))
            : called(() => simulators.attach(payload)),
        ),
      detach: ({ params }) =>
        answered(
          simulators === undefined
            ? Effect.fail(nothingHere('simulated cameras'))
            : called(() => simulators.detach(params.id)),
        ),
      analyze: ({ payload }) => Effect.sync(() => explained(payload)),
    }),
  )

function loggedIn(cookie: string | undefined): Response {
  if (cookie === undefined) return errorResponse(new Gb28181Error('unauthorized', 'This is not the token.'))
  return HttpServerResponse.empty({ status: 204, ...(cookie !== '' && { headers: { 'set-cookie': cookie } }) })
}

function explained(capture: Uint8Array): Response {
  const analysis = analyze(capture)
  return HttpServerResponse.jsonUnsafe({ analysis, texts: analysis.trace.map(({ text }) => text) })
}

const events = (streams: EventStreams) =>
  HttpApiBuilder.group(Api, 'events', (handlers) =>
    handlers.handle('stream', ({ query, headers }) => answered(streams.open(query, headers['last-event-id']))),
  )

const system = (platform: ServedPlatform, metrics: Metrics) =>
  HttpApiBuilder.group(Api, 'system', (handlers) =>
    handlers.handleAll({
      healthz: () => Effect.sync(() => state(platform, 'ok')),
      readyz: () => Effect.sync(() => readiness(platform)),
      metrics: () => Effect.sync(() => metrics.text()),
    }),
  )

const state = ({ state }: ServedPlatform, serving: string): Response =>
  state === 'serving'
    ? HttpServerResponse.jsonUnsafe({ status: serving })
    : HttpServerResponse.jsonUnsafe({ status: state }, { status: 503 })

function readiness({ state }: ServedPlatform): Response {
  const ready = state === 'serving'
  const body = ready ? { status: 'ready', reasons: {} } : { status: 'not-ready', reasons: { sip: state } }
  return HttpServerResponse.jsonUnsafe(body, { status: ready ? 200 : 503 })
}

/** All groups of the API, over one platform. */
export const handlers = (recordings: RecordMaker, streams: EventStreams, metrics: Metrics, console: ConsoleService) => {
  const { platform } = recordings
  return Layer.mergeAll(
    devices(platform, recordings),
    sessions(platform),
    actors(platform),
    consoleCalls(console),
    events(streams),
    system(platform, metrics),
  )
}
