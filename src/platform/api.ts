/**
 * What the platform shows of itself: devices, channels, sessions, events. One vocabulary for the library, the HTTP API,
 * the events and the console; times are ISO 8601 in UTC with milliseconds.
 */
import type { SessionFailure } from '../../machines/dialog/inviting.ts'
import type { ExchangeFailure } from '../../machines/exchange.ts'
import type { OfflineReason } from '../../machines/registration/registration.ts'
import type { Evidence } from '../errors.ts'
import type { EventOf, EventFilter as FilterOf } from '../events/event.ts'
import type { MediaStatistics } from '../media/types.ts'
import type { Presented } from './presented.ts'

/** Waiting calls take this last. */
export interface Waiting {
  /** Aborting gives up in order: a play is cancelled or hung up, ports are given back. Rejects with `signal.reason`. */
  readonly signal?: AbortSignal
  /** Milliseconds; the default of each call is its own. */
  readonly timeout?: number
}

export type DeviceState = 'challenged' | 'online' | 'silent' | 'offline'

export interface DeviceView {
  /** 20-digit ID. */
  readonly id: string
  readonly state: DeviceState
  /** True while `online` or `silent`. */
  readonly online: boolean
  readonly offlineReason: OfflineReason | null
  /** Why that is, as far as its records tell, and what to do; null while it is not offline. */
  readonly offlineHint: string | null
  readonly transport: 'UDP' | 'TCP'
  /** `address:port` where its messages come from and ours go to. */
  readonly address: string
  readonly registeredAt: string | null
  readonly expiresAt: string | null
  readonly lastKeepaliveAt: string | null
  /** What happens next if nothing is heard, and when. */
  readonly nextDeadline: { readonly what: 'keepalive' | 'expiry' | 'challenge'; readonly at: string } | null
  /** `X-GB-Ver` of its REGISTER: `1.0` 2011, `1.1` 2014, `2.0` 2016, `3.0` 2022; null where it sent none. */
  readonly gbVersion: string | null
  readonly name: string | null
  readonly manufacturer: string | null
  readonly model: string | null
  readonly firmware: string | null
  readonly userAgent: string | null
  readonly profile: { readonly name: string; readonly why: string }
  readonly channelCount: number
}

/** One item of a catalog, as last committed. Further fields of GB/T 28181 Annex A are in `item`. */
export interface ChannelView {
  /** 20-digit ID of the channel (or 2 to 8 digits of an administrative division). */
  readonly id: string
  readonly deviceId: string
  readonly name: string | null
  readonly manufacturer: string | null
  readonly model: string | null
  readonly parentId: string | null
  /** `ON` or `OFF` as the device says. */
  readonly status: string | null
  readonly item: Readonly<Record<string, unknown>>
}

/** How the last catalog query went. A partial one changes nothing in the channels. */
export interface CatalogState {
  readonly complete: boolean
  readonly sumNum: number | null
  readonly received: number
  readonly sn: number | null
  readonly at: string | null
}

export interface ChannelList {
  readonly items: readonly ChannelView[]
  readonly total: number
  readonly catalog: CatalogState
}

export type SessionState = 'inviting' | 'early' | 'confirmed' | 'ending' | 'ended' | 'failed'

export interface PlayRequest {
  readonly deviceId: string
  readonly channelId: string
  /** Joins the running session of the channel instead of being refused with `session-exists`. */
  readonly share?: boolean
}

/** Where media is received, and what arrives. */
export type MediaView = { readonly address: string; readonly port: number } & Partial<
  Omit<MediaStatistics, 'firstPacketAt' | 'lastPacketAt'>
> & { readonly firstPacketAt?: string; readonly lastPacketAt?: string }

export interface SessionView {
  readonly id: string
  readonly deviceId: string
  readonly channelId: string
  readonly type: 'play'
  readonly mode: 'udp'
  readonly state: SessionState
  readonly viewers: readonly string[]
  readonly callId: string
  /** Ten digits, as in `y=`. */
  readonly ssrc: string
  /** Where the media is received, and what arrives. */
  readonly media: MediaView
  readonly createdAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly failure: SessionFailureView | null
  /** What works although it is not as it should be, such as media under another SSRC. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

export interface SessionFailureView {
  readonly reason: SessionFailure
  readonly message: string
  /** Where the device refused: its status code and reason phrase. */
  readonly status?: number
  readonly phrase?: string
  /** Of what the records of the dialog tell, else what is usual for the reason. */
  readonly hint: string
  /** Codes of the findings that explain it, the most telling first. */
  readonly findings: readonly string[]
  readonly evidence: readonly Evidence[]
}

/** Something that is wrong, or worth knowing, in what was recorded of a device: what `gb28181 analyze --json` has too. */
export interface FindingView {
  /** Stable. */
  readonly code: string
  readonly severity: 'error' | 'warning' | 'info'
  /** Of the standard. */
  readonly clause: string
  /** What was seen. */
  readonly summary: string
  /** The messages that show it, by their number among the messages of the record, from 1. */
  readonly evidence: readonly { readonly frame: number; readonly at: string }[]
  /** What to do about it. */
  readonly fix: string
  readonly deviceId?: string
  readonly callId?: string
  readonly count: number
}

export type QueryCommand = 'Catalog' | 'DeviceInfo' | 'DeviceStatus'

/** The decoded, aggregated answer of a query. */
export interface QueryAnswer {
  readonly cmdType: QueryCommand
  readonly deviceId: string
  readonly sn: number
  readonly complete: boolean
  /** For lists: how many items the device announced and how many distinct ones came. */
  readonly sumNum?: number
  readonly received?: number
  /** The fields of the Response; for Catalog `{ items: [...] }`. */
  readonly value: Readonly<Record<string, unknown>>
}

export interface ActorView {
  readonly id: string
  readonly machine: string
  readonly parent: string | null
  /** `active.trying` */
  readonly state: string
  readonly since: string
  readonly nextTimer: { readonly name: string; readonly at: string } | null
  readonly key: { readonly branch?: string; readonly callId?: string; readonly deviceId?: string }
}

/** The same with what its machine holds: plain data, to be redacted before it leaves the process. */
export interface ActorDetail extends ActorView {
  readonly context: object
}

/** Everything that happens, by name. Each event also carries its number and time. */
export interface PlatformEvents {
  'device.challenged': { readonly deviceId: string; readonly address: string }
  'device.online': { readonly deviceId: string; readonly address: string; readonly transport: 'UDP' | 'TCP' }
  /** One keepalive is late; still counted as online. */
  'device.silent': { readonly deviceId: string; readonly lastKeepaliveAt: string }
  'device.offline': {
    readonly deviceId: string
    readonly reason: OfflineReason
    readonly hint: string
    readonly findings: readonly string[]
  }
  /** DeviceInfo came, or the address moved. */
  'device.updated': { readonly deviceId: string }
  'registration.rejected': {
    readonly deviceId: string
    readonly address: string
    readonly status: number
    readonly reason: string
    readonly hint: string
    readonly findings: readonly string[]
    /** What its Authorization was made of, and what of that differs; null where it had none that can be read. */
    readonly presented: Presented | null
    /** Wrong passwords from this IP address so far. */
    readonly wrongPasswords: number
  }
  'catalog.committed': { readonly deviceId: string; readonly sumNum: number; readonly received: number }
  'catalog.partial': { readonly deviceId: string; readonly sumNum: number | null; readonly received: number }
  'query.failed': { readonly deviceId: string; readonly cmdType: string; readonly reason: ExchangeFailure }
  'session.created': { readonly sessionId: string; readonly deviceId: string; readonly channelId: string }
  'session.started': { readonly sessionId: string; readonly deviceId: string; readonly channelId: string }
  /** Its reason is known; it may still be ending, for as long as its BYE or INVITE goes unanswered. */
  'session.failed': {
    readonly sessionId: string
    readonly deviceId: string
    readonly channelId: string
    readonly failure: SessionFailureView
  }
  'session.ended': {
    readonly sessionId: string
    readonly deviceId: string
    readonly channelId: string
    readonly failure: SessionFailureView | null
  }
  /** A message was taken, or refused, that is not as the standard wants it. */
  'message.noted': {
    readonly address: string
    /** Where it came from a device that has registered. */
    readonly deviceId?: string
    readonly code: string
    readonly detail: string
  }
  'actor.crashed': { readonly actorId: string; readonly machine: string; readonly message: string }
}

export type PlatformEventName = keyof PlatformEvents

/** The event of one name. */
export type PlatformEventOf<Name extends PlatformEventName> = EventOf<PlatformEvents, Name>

export type PlatformEvent = EventOf<PlatformEvents>

export type EventFilter<Name extends PlatformEventName = PlatformEventName> = FilterOf<Name>

export type { EventGap } from '../events/event.ts'
