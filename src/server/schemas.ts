/**
 * The views of `platform/api.ts` as schemas: what the OpenAPI document says is what the answers are encoded with.
 * Names and meaning are those of the views; here are only their shapes and one example of each.
 */
import { Schema } from 'effect'

const nullable = <S extends Schema.Top>(schema: S) => Schema.NullOr(schema)
const text = nullable(Schema.String)

const deviceId = '34020000001320000001'
const channelId = '34020000001310000001'

export const Evidence = Schema.Struct({
  at: Schema.String,
  direction: Schema.Literals(['in', 'out']),
  transport: Schema.String,
  remote: Schema.String,
  summary: Schema.String,
  callId: Schema.optionalKey(Schema.String),
  cseq: Schema.optionalKey(Schema.String),
}).annotate({ identifier: 'Evidence', description: 'A message that proves a failure, without its secrets.' })

export const ApiError = Schema.Struct({
  error: Schema.StructWithRest(
    Schema.Struct({
      code: Schema.String,
      message: Schema.String,
      hint: Schema.optionalKey(Schema.String),
      evidence: Schema.optionalKey(Schema.Array(Evidence)),
    }),
    [Schema.Record(Schema.String, Schema.Unknown)],
  ),
}).annotate({
  identifier: 'Error',
  description: 'Every error of this API. `code` is stable; further fields depend on it.',
  examples: [{ error: { code: 'device-not-found', message: `No device ${deviceId} is registered.` } }],
})

export const Device = Schema.Struct({
  id: Schema.String,
  state: Schema.Literals(['challenged', 'online', 'silent', 'offline']),
  online: Schema.Boolean,
  offlineReason: nullable(Schema.Literals(['keepalive-missed', 'expired', 'unregistered', 'connection-closed'])),
  offlineHint: text.annotate({
    description: 'Why, as far as its records tell, and what to do; null while not offline.',
  }),
  transport: Schema.Literals(['UDP', 'TCP']),
  address: Schema.String,
  registeredAt: text,
  expiresAt: text,
  lastKeepaliveAt: text,
  nextDeadline: nullable(
    Schema.Struct({ what: Schema.Literals(['keepalive', 'expiry', 'challenge']), at: Schema.String }),
  ),
  gbVersion: text,
  name: text,
  manufacturer: text,
  model: text,
  firmware: text,
  userAgent: text,
  profile: Schema.Struct({ name: Schema.String, why: Schema.String }),
  channelCount: Schema.Number,
}).annotate({
  identifier: 'Device',
  examples: [
    {
      id: deviceId,
      state: 'online',
      online: true,
      offlineReason: null,
      offlineHint: null,
      transport: 'UDP',
      address: '192.168.1.64:5060',
      registeredAt: '2026-11-22T07:00:00.000Z',
      expiresAt: '2026-11-22T08:00:00.000Z',
      lastKeepaliveAt: '2026-11-22T07:01:00.000Z',
      nextDeadline: { what: 'keepalive', at: '2026-11-22T07:02:00.000Z' },
      gbVersion: '3.0',
      name: 'IPC',
      manufacturer: 'Simulated',
      model: 'SIM-1',
      firmware: '1.0',
      userAgent: null,
      profile: { name: 'generic', why: 'no vendor recognised' },
      channelCount: 1,
    },
  ],
})

export const Channel = Schema.Struct({
  id: Schema.String,
  deviceId: Schema.String,
  name: text,
  manufacturer: text,
  model: text,
  parentId: text,
  status: text,
  item: Schema.Record(Schema.String, Schema.Unknown).annotate({
    description: 'All fields of the catalog item (GB/T 28181-2022 annex A.2.1.9).',
  }),
}).annotate({ identifier: 'Channel' })

export const Finding = Schema.Struct({
  code: Schema.String.annotate({ description: 'Stable; listed in `findingKinds` of gb28181/analyze.' }),
  severity: Schema.Literals(['error', 'warning', 'info']),
  clause: Schema.String,
  summary: Schema.String.annotate({ description: 'What was seen.' }),
  evidence: Schema.Array(
    Schema.Struct({
      frame: Schema.Number.annotate({ description: 'Of the message among the messages of the record, from 1.' }),
      at: Schema.String,
    }),
  ),
  fix: Schema.String.annotate({ description: 'What to do about it.' }),
  deviceId: Schema.optionalKey(Schema.String),
  callId: Schema.optionalKey(Schema.String),
  count: Schema.Number.annotate({ description: 'Cases of it.' }),
}).annotate({
  identifier: 'Finding',
  description: 'Something that is wrong, or worth knowing, in what was recorded of a device.',
})

export const Catalog = Schema.Struct({
  complete: Schema.Boolean,
  sumNum: nullable(Schema.Number),
  received: Schema.Number,
  sn: nullable(Schema.Number),
  at: text,
}).annotate({
  identifier: 'Catalog',
  description: 'How the last catalog query went. A partial one changes nothing in the channels.',
})

export const Query = Schema.StructWithRest(
  Schema.Struct({
    cmdType: Schema.String.annotate({ description: 'Catalog, DeviceInfo or DeviceStatus.' }),
    channelId: Schema.optionalKey(Schema.String),
  }),
  [Schema.Record(Schema.String, Schema.Unknown)],
).annotate({ identifier: 'Query', examples: [{ cmdType: 'DeviceInfo' }] })

export const QueryAnswer = Schema.Struct({
  cmdType: Schema.Literals(['Catalog', 'DeviceInfo', 'DeviceStatus']),
  deviceId: Schema.String,
  sn: Schema.Number,
  complete: Schema.Boolean,
  sumNum: Schema.optionalKey(Schema.Number),
  received: Schema.optionalKey(Schema.Number),
  value: Schema.Record(Schema.String, Schema.Unknown),
}).annotate({ identifier: 'QueryAnswer', description: 'The decoded answer, aggregated over all its messages.' })

const Source = { address: Schema.String, port: Schema.Number }

export const Media = Schema.Struct({
  address: Schema.String,
  port: Schema.Number,
  packets: Schema.optionalKey(Schema.Number),
  bytes: Schema.optionalKey(Schema.Number),
  lost: Schema.optionalKey(Schema.Number),
  outOfOrder: Schema.optionalKey(Schema.Number),
  jitterMs: Schema.optionalKey(Schema.Number),
  firstPacketAt: Schema.optionalKey(Schema.String),
  lastPacketAt: Schema.optionalKey(Schema.String),
  ssrc: Schema.optionalKey(Schema.Number),
  source: Schema.optionalKey(Schema.Struct(Source)),
  payloadType: Schema.optionalKey(Schema.Number),
  strays: Schema.optionalKey(Schema.Array(Schema.Struct({ ...Source, ssrc: Schema.Number, packets: Schema.Number }))),
  strayPackets: Schema.optionalKey(Schema.Number),
  invalid: Schema.optionalKey(Schema.Number),
  bitrate: Schema.optionalKey(Schema.Number),
  encoding: Schema.optionalKey(Schema.Literals(['PS', 'MPEG4', 'H264', 'H265', 'PCMA', 'undecodable'])),
  video: Schema.optionalKey(Schema.String),
  audio: Schema.optionalKey(Schema.String),
  frames: Schema.optionalKey(Schema.Number),
}).annotate({ identifier: 'Media', description: 'Where the media is received, and what arrives.' })

export const SessionFailure = Schema.Struct({
  reason: Schema.String,
  message: Schema.String,
  status: Schema.optionalKey(Schema.Number),
  phrase: Schema.optionalKey(Schema.String),
  hint: Schema.String.annotate({
    description: 'What the records of the dialog tell, and what to do; else what is usual for the reason.',
  }),
  findings: Schema.Array(Schema.String).annotate({
    description: 'Codes of the findings that explain it, the most telling first.',
  }),
  evidence: Schema.Array(Evidence),
}).annotate({ identifier: 'SessionFailure' })

const session = {
  id: Schema.String,
  deviceId: Schema.String,
  channelId: Schema.String,
  type: Schema.Literal('play'),
  mode: Schema.Literal('udp'),
  state: Schema.Literals(['inviting', 'early', 'confirmed', 'ending', 'ended', 'failed']),
  viewers: Schema.Array(Schema.String),
  callId: Schema.String,
  ssrc: Schema.String.annotate({ description: 'Ten digits, as in `y=`.' }),
  media: Media,
  createdAt: Schema.String,
  startedAt: text,
  endedAt: text,
  failure: nullable(SessionFailure),
  warnings: Schema.Array(Schema.Struct({ code: Schema.String, message: Schema.String })),
}

export const Session = Schema.Struct(session).annotate({ identifier: 'Session' })

export const StartedSession = Schema.Struct({
  ...session,
  viewerId: Schema.String.annotate({ description: 'Names this viewer in DELETE …?viewer=.' }),
}).annotate({ identifier: 'StartedSession' })

export const StartSession = Schema.Struct({
  deviceId: Schema.String,
  channelId: Schema.String,
  share: Schema.optionalKey(Schema.Boolean).annotate({
    description: 'Join the session of a channel that already plays, instead of 409 session-exists.',
  }),
  type: Schema.optionalKey(Schema.Literals(['play', 'playback', 'download', 'talk', 'broadcast'])),
  mode: Schema.optionalKey(Schema.Literals(['udp', 'tcp-passive', 'tcp-active'])),
  from: Schema.optionalKey(Schema.Unknown),
  to: Schema.optionalKey(Schema.Unknown),
  speed: Schema.optionalKey(Schema.Unknown),
}).annotate({ identifier: 'StartSession', examples: [{ deviceId, channelId, share: true }] })

export const Actor = Schema.Struct({
  id: Schema.String,
  machine: Schema.String,
  parent: text,
  state: Schema.String,
  since: Schema.String,
  nextTimer: nullable(Schema.Struct({ name: Schema.String, at: Schema.String })),
  key: Schema.Struct({
    branch: Schema.optionalKey(Schema.String),
    callId: Schema.optionalKey(Schema.String),
    deviceId: Schema.optionalKey(Schema.String),
  }),
  depth: Schema.optionalKey(Schema.Number).annotate({ description: 'With `nested`: how many owners stand above it.' }),
}).annotate({
  identifier: 'Actor',
  examples: [
    {
      id: 'nonInviteClient:z9hG4bK8f3a',
      machine: 'nonInviteClient',
      parent: 'supervisor',
      state: 'active.trying',
      since: '2026-11-22T07:00:00.000Z',
      nextTimer: { name: 'timerE', at: '2026-11-22T07:00:00.500Z' },
      key: { branch: 'z9hG4bK8f3a' },
    },
  ],
})

export const ActorDetail = Schema.Struct({
  ...Actor.fields,
  context: Schema.Record(Schema.String, Schema.Unknown).annotate({
    description: 'What its machine holds, without secrets.',
  }),
}).annotate({ identifier: 'ActorDetail' })

export const Setup = Schema.Struct({
  version: Schema.String,
  id: Schema.String,
  realm: Schema.String,
  address: Schema.String,
  port: Schema.Number,
  transports: Schema.Array(Schema.String),
  password: Schema.Literals(['generated', 'environment', 'option', 'file']).annotate({
    description: 'Where the password is set.',
  }),
  keepalive: Schema.Number,
  keepaliveLimit: Schema.Number,
  warnings: Schema.Array(
    Schema.Struct({ code: Schema.String, message: Schema.String, addresses: Schema.Array(Schema.String) }),
  ),
  simulator: Schema.Boolean,
}).annotate({ identifier: 'Setup' })

export const AttachSimulated = Schema.Struct({
  channels: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 64 }))),
  faults: Schema.optionalKey(Schema.Array(Schema.String)),
}).annotate({ identifier: 'AttachSimulated', examples: [{ channels: 4, faults: ['no-media'] }] })

export const AttachedSimulated = Schema.Struct({ deviceId: Schema.String }).annotate({
  identifier: 'AttachedSimulated',
})

export const ExplainedCapture = Schema.Struct({
  analysis: Schema.Record(Schema.String, Schema.Unknown).annotate({ description: 'As `gb28181 analyze --json`.' }),
  texts: Schema.Array(Schema.String).annotate({
    description: 'The messages of `analysis.trace`, whole, digest responses and passwords replaced.',
  }),
}).annotate({ identifier: 'ExplainedCapture' })

/** Every list is `{ items, total }`; `total` counts what the filters let through, before `limit` and `offset`. */
export const listOf = <S extends Schema.Top>(items: S) =>
  Schema.Struct({ items: Schema.Array(items), total: Schema.Number })
