/**
 * The HTTP API as a value: paths, parameters, bodies and errors, as CONTRACT.md names them. The routes, the OpenAPI
 * document and the reference page all come from here. It knows no platform: `handlers.ts` does.
 */
import { Schema } from 'effect'
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from 'effect/http-api'
import { openPaths } from './access.ts'
import { actorList, channelList, deviceList, findingList, sessionList } from './lists.ts'
import { capturePath, livePath, loginPath } from './paths.ts'
import * as schemas from './schemas.ts'

const id = { id: Schema.String }
const failure = (status: number) => schemas.ApiError.pipe(HttpApiSchema.status(status))
const described = (summary: string, description?: string) =>
  OpenApi.annotations({ summary, ...(description === undefined ? {} : { description }) })

const devices = HttpApiGroup.make('devices')
  .add(
    HttpApiEndpoint.get('list', '/api/devices', {
      query: deviceList.query(),
      success: schemas.listOf(schemas.Device),
      error: failure(400),
    }).annotateMerge(described('Devices', 'Registered devices, and strangers that were challenged.')),
    HttpApiEndpoint.get('get', '/api/devices/:id', {
      params: id,
      success: schemas.Device,
      error: failure(404),
    }).annotateMerge(described('One device')),
    HttpApiEndpoint.delete('forget', '/api/devices/:id', {
      params: id,
      success: HttpApiSchema.NoContent,
      error: failure(404),
    }).annotateMerge(described('Forget a device', 'Its registration and channels are dropped; it may register again.')),
    HttpApiEndpoint.get('channels', '/api/devices/:id/channels', {
      params: id,
      query: channelList.query(),
      success: Schema.Struct({ ...schemas.listOf(schemas.Channel).fields, catalog: schemas.Catalog }),
      error: [failure(400), failure(404)],
    }).annotateMerge(described('Channels', 'The catalog as it was last received whole.')),
    HttpApiEndpoint.get('record', '/api/devices/:id/record', {
      params: id,
      query: {
        format: Schema.optionalKey(Schema.Literals(['json', 'pcap', 'html'])),
        callId: Schema.optionalKey(Schema.String),
        raw: Schema.optionalKey(Schema.Literals(['true', 'false'])),
      },
      success: HttpApiSchema.StreamUint8Array({ contentType: 'application/octet-stream' }),
      error: [failure(400), failure(404)],
    }).annotateMerge(
      described(
        'What was recorded of a device',
        'Messages, steps of the machines and timers, as a bundle (`json`, default), as a capture (`pcap`) or as a page (`html`). `callId`: of one session or query only. Digest responses and passwords are overwritten, but in a pcap that is asked for with `raw=true`.',
      ),
    ),
    HttpApiEndpoint.get('findings', '/api/devices/:id/findings', {
      params: id,
      query: {
        ...findingList.query(),
        callId: Schema.optionalKey(Schema.String).annotate({
          description: 'Looks only at what belongs to this dialog, exchange or registration.',
        }),
      },
      success: schemas.listOf(schemas.Finding),
      error: [failure(400), failure(404)],
    }).annotateMerge(
      described('What is wrong with a device', 'Findings in what the flight recorder keeps of it, the worst first.'),
    ),
    HttpApiEndpoint.post('query', '/api/devices/:id/query', {
      params: id,
      payload: schemas.Query,
      success: schemas.QueryAnswer,
      error: [400, 404, 409, 502, 503, 504].map(failure),
    }).annotateMerge(
      described('Ask a device', 'Answers when the answer is complete; 504 with the evidence otherwise.'),
    ),
  )
  .annotateMerge(OpenApi.annotations({ title: 'Devices' }))

const sessions = HttpApiGroup.make('sessions')
  .add(
    HttpApiEndpoint.post('start', '/api/sessions', {
      payload: schemas.StartSession,
      success: schemas.StartedSession.pipe(HttpApiSchema.status(201)),
      error: [400, 404, 409, 502, 503, 504].map(failure),
    }).annotateMerge(described('Play a channel', 'Answers when media arrives, or with the reason why none does.')),
    HttpApiEndpoint.get('list', '/api/sessions', {
      query: sessionList.query(),
      success: schemas.listOf(schemas.Session),
      error: failure(400),
    }).annotateMerge(described('Sessions', 'Running ones, and the last that ended.')),
    HttpApiEndpoint.get('get', '/api/sessions/:id', {
      params: id,
      success: schemas.Session,
      error: failure(404),
    }).annotateMerge(described('One session')),
    HttpApiEndpoint.delete('stop', '/api/sessions/:id', {
      params: id,
      query: { viewer: Schema.optionalKey(Schema.String) },
      success: schemas.Session,
      error: [failure(400), failure(404)],
    }).annotateMerge(
      described('Leave a session', 'The last viewer ends it with BYE; answers when it is over. Without `viewer`: all.'),
    ),
  )
  .annotateMerge(OpenApi.annotations({ title: 'Sessions' }))

const actors = HttpApiGroup.make('actors')
  .add(
    HttpApiEndpoint.get('list', '/api/actors', {
      query: { ...actorList.query(), nested: Schema.optionalKey(Schema.Literals(['true', 'false'])) },
      success: schemas.listOf(schemas.Actor),
      error: failure(400),
    }).annotateMerge(
      described(
        'Live machines',
        'Every transaction, registration, dialog and exchange. `nested=true`: as a tree, owners before what they own; what the filters find comes with its owners and all that it owns.',
      ),
    ),
    HttpApiEndpoint.get('get', '/api/actors/:id', {
      params: id,
      success: schemas.ActorDetail,
      error: failure(404),
    }).annotateMerge(described('One live machine')),
  )
  .annotateMerge(OpenApi.annotations({ title: 'Actors' }))

const consoleCalls = HttpApiGroup.make('console')
  .add(
    HttpApiEndpoint.get('setup', '/api/setup', { success: schemas.Setup, error: failure(404) }).annotateMerge(
      described('What to enter in a camera', 'The form of a camera, as the console shows it.'),
    ),
    HttpApiEndpoint.post('login', loginPath, {
      payload: Schema.Struct({ token: Schema.String }),
      success: HttpApiSchema.NoContent,
      error: failure(401),
    }).annotateMerge(described('Log a browser in', 'Sets an HttpOnly, SameSite=Strict cookie for the token.')),
    HttpApiEndpoint.post('attach', '/api/simulated-devices', {
      payload: schemas.AttachSimulated,
      success: schemas.AttachedSimulated.pipe(HttpApiSchema.status(201)),
      error: [400, 404, 409, 503].map(failure),
    }).annotateMerge(described('Attach a simulated camera', 'In this process; it registers like any other.')),
    HttpApiEndpoint.delete('detach', '/api/simulated-devices/:id', {
      params: id,
      success: HttpApiSchema.NoContent,
      error: failure(404),
    }).annotateMerge(described('Detach a simulated camera', 'It unregisters first.')),
    HttpApiEndpoint.post('analyze', capturePath, {
      payload: Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array()),
      success: schemas.ExplainedCapture,
      error: [400, 413].map(failure),
    }).annotateMerge(
      described('Explain a capture', 'What `gb28181 analyze --json` prints, and every message. At most 8 MiB.'),
    ),
  )
  .annotateMerge(OpenApi.annotations({ title: 'Console' }))

const events = HttpApiGroup.make('events')
  .add(
    HttpApiEndpoint.get('stream', '/api/events', {
      query: {
        types: Schema.optionalKey(Schema.String),
        deviceId: Schema.optionalKey(Schema.String),
        after: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
      },
      headers: { 'last-event-id': Schema.optionalKey(Schema.String) },
      success: HttpApiSchema.StreamUint8Array({ contentType: 'text/event-stream' }),
      error: failure(400),
    }).annotateMerge(
      described(
        'What happens, as it happens',
        'Server-sent events. `types`: names separated by commas. Resumes after `Last-Event-ID` (or `after`); what is no longer kept is told as `event: gap`.',
      ),
    ),
  )
  .annotateMerge(OpenApi.annotations({ title: 'Events' }))

const Health = Schema.Struct({ status: Schema.String })
const Readiness = Schema.Struct({ status: Schema.String, reasons: Schema.Record(Schema.String, Schema.String) })

const system = HttpApiGroup.make('system', { topLevel: true })
  .add(
    HttpApiEndpoint.get('healthz', '/healthz', {
      success: [Health, Health.pipe(HttpApiSchema.status(503))],
    }).annotateMerge(described('Liveness', '200 while the platform serves.')),
    HttpApiEndpoint.get('readyz', '/readyz', {
      success: [Readiness, Readiness.pipe(HttpApiSchema.status(503))],
    }).annotateMerge(described('Readiness, with reasons')),
    HttpApiEndpoint.get('metrics', '/metrics', {
      success: Schema.String.pipe(HttpApiSchema.asText({ contentType: 'text/plain; version=0.0.4; charset=utf-8' })),
    }).annotateMerge(described('Prometheus metrics')),
  )
  .annotateMerge(OpenApi.annotations({ title: 'System' }))

/** The WebSocket is no call with a body and an answer (`live-socket.ts`), so that it is described by hand. */
const liveStream = {
  tags: ['actors'],
  summary: 'What the recorder writes and what an actor holds, live (WebSocket)',
  description:
    'JSON text frames. To the server: `{"follow":{"deviceId","callId"},"after":SEQ}` (`callId`, `after` optional; `null` ends it), `{"actor":"ID"}` (`null` ends it). From it: `{"type":"records","subject","records","dropped"}`, first what is kept, then at most ten a second; `{"type":"actor","actor"}` as `GET /api/actors/{id}`; `{"type":"actor.gone","id"}`; `{"type":"error","code","message"}`.',
  responses: {
    101: { description: 'The WebSocket is open.' },
    426: { description: 'Asked for without Upgrade.' },
    503: { description: 'As many readers as there may be.' },
  },
}

const refusal = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
})

/** With which calls may be refused around all routes (`access.ts`). */
const refusalOfStrangers = { 401: refusal('The token is missing or wrong.') }
const refusals = { 403: refusal('By a name that is not this server’s, or from a page of another origin.') }
const refusalsOfBodies = {
  413: refusal('The body is too large.'),
  415: refusal('The body is not of a type that is taken.'),
}

interface Operation {
  readonly requestBody?: unknown
  readonly responses?: object
}

type Operations = Readonly<Record<string, Operation>>

const refusable = (path: string, operation: Operation): Operation => ({
  ...operation,
  responses: {
    ...refusals,
    ...(!openPaths.includes(path) && refusalOfStrangers),
    ...(operation.requestBody !== undefined && refusalsOfBodies),
    ...operation.responses,
  },
})

const refusableAll = (path: string, operations: Operations): Operations =>
  Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, refusable(path, operation)]))

/** What the document is told of here: what is checked around all routes (`access.ts`), and the WebSocket. */
const completed = (document: Record<string, unknown>): Record<string, unknown> => ({
  ...document,
  paths: Object.fromEntries(
    Object.entries({ ...(document.paths as Record<string, Operations>), [livePath]: { get: liveStream } }).map(
      ([path, operations]) => [path, refusableAll(path, operations)],
    ),
  ),
  components: {
    ...(typeof document.components === 'object' ? document.components : {}),
    securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Needed where --http-token is set.' } },
  },
  security: [{}, { token: [] }],
})

/** Unknown parameters and fields are refused, not ignored (USABILITY.md 3). */
const strict = { onExcessProperty: 'error', errors: 'all' } as const

export const Api = HttpApi.make('gb28181')
  .add(devices, sessions, actors, consoleCalls, events, system)
  .annotate(HttpApi.QueryParseOptions, strict)
  .annotate(HttpApi.PayloadParseOptions, strict)
  .annotateMerge(
    OpenApi.annotations({
      title: 'gb28181',
      version: '0.1.0',
      description: 'GB/T 28181 platform: devices, channels, sessions, events, and every live statechart.',
      license: { name: 'MIT' },
      transform: completed,
    }),
  )
