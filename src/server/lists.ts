/** What each list can be filtered and sorted by. */
import type { ActorView, ChannelView, DeviceView, FindingView, SessionView } from '../platform/api.ts'
import { Listing } from './listing.ts'
import * as schemas from './schemas.ts'

const { literals: deviceStates } = schemas.Device.fields.state
const { literals: transports } = schemas.Device.fields.transport
const { literals: sessionStates } = schemas.Session.fields.state
const { literals: severities } = schemas.Finding.fields.severity

export const deviceList = new Listing<DeviceView>(
  {
    id: (device) => device.id,
    state: (device) => device.state,
    online: (device) => device.online,
    offlineReason: (device) => device.offlineReason,
    transport: (device) => device.transport,
    address: (device) => device.address,
    registeredAt: (device) => device.registeredAt,
    expiresAt: (device) => device.expiresAt,
    lastKeepaliveAt: (device) => device.lastKeepaliveAt,
    gbVersion: (device) => device.gbVersion,
    name: (device) => device.name,
    manufacturer: (device) => device.manufacturer,
    model: (device) => device.model,
    firmware: (device) => device.firmware,
    userAgent: (device) => device.userAgent,
    profile: (device) => device.profile.name,
    channelCount: (device) => device.channelCount,
  },
  { state: deviceStates, online: ['true', 'false'], transport: transports },
)

export const channelList = new Listing<ChannelView>({
  id: (channel) => channel.id,
  deviceId: (channel) => channel.deviceId,
  name: (channel) => channel.name,
  manufacturer: (channel) => channel.manufacturer,
  model: (channel) => channel.model,
  parentId: (channel) => channel.parentId,
  status: (channel) => channel.status,
})

export const findingList = new Listing<FindingView>(
  {
    code: ({ code }) => code,
    severity: ({ severity }) => severity,
    clause: ({ clause }) => clause,
    summary: ({ summary }) => summary,
    fix: ({ fix }) => fix,
    count: ({ count }) => count,
  },
  { severity: severities },
)

export const sessionList = new Listing<SessionView>(
  {
    id: (session) => session.id,
    deviceId: (session) => session.deviceId,
    channelId: (session) => session.channelId,
    type: (session) => session.type,
    mode: (session) => session.mode,
    state: (session) => session.state,
    callId: (session) => session.callId,
    ssrc: (session) => session.ssrc,
    createdAt: (session) => session.createdAt,
    startedAt: (session) => session.startedAt,
    endedAt: (session) => session.endedAt,
    failure: (session) => session.failure?.reason ?? null,
  },
  { state: sessionStates },
)

export const actorList = new Listing<ActorView>({
  id: (actor) => actor.id,
  machine: (actor) => actor.machine,
  parent: (actor) => actor.parent,
  state: (actor) => actor.state,
  since: (actor) => actor.since,
  branch: (actor) => actor.key.branch ?? null,
  callId: (actor) => actor.key.callId ?? null,
  deviceId: (actor) => actor.key.deviceId ?? null,
})
