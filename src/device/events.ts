/** The events of simulated devices. */
import type { InvitedEnd } from '../../machines/dialog/invited.ts'
import type { RegistrantFailure } from '../../machines/registration/registrant.ts'
import type { EventFilter, EventOf } from '../events/event.ts'
import type { EventHub } from '../events/hub.ts'

/** Why the platform counts as lost: it does not know us any more, does not answer, or closed the connection. */
export type LostReason = 'keepalive-refused' | 'keepalive-missed' | 'connection-closed'

/** What happened to a device, by name. */
export interface DeviceEvents {
  /** The platform accepted a REGISTER, the first or a refresh; `expires`: seconds granted. */
  registered: { readonly deviceId: string; readonly expires: number; readonly refresh: boolean }
  'registration.failed': {
    readonly deviceId: string
    readonly reason: RegistrantFailure
    /** Of the answer, where there was one. */
    readonly status: number | null
    readonly hint: string
    /** Seconds until the next attempt. */
    readonly retryIn: number
  }
  lost: { readonly deviceId: string; readonly reason: LostReason }
  unregistered: { readonly deviceId: string }
  'keepalive.sent': { readonly deviceId: string; readonly sn: number }
  /** `status` null: no answer within 64*T1. */
  'keepalive.answered': { readonly deviceId: string; readonly sn: number; readonly status: number | null }
  'query.received': { readonly deviceId: string; readonly cmdType: string; readonly sn: number | null }
  invited: { readonly deviceId: string; readonly channelId: string; readonly callId: string }
  /** Acknowledged; `ssrc`: ten digits as answered, `to`: `address:port` that media goes to. */
  'session.started': {
    readonly deviceId: string
    readonly channelId: string
    readonly callId: string
    readonly ssrc: string
    readonly to: string
  }
  /** `stopped`: ended from outside, without a word to the platform. */
  'session.ended': {
    readonly deviceId: string
    readonly channelId: string
    readonly callId: string
    readonly why: InvitedEnd | 'stopped'
    /** RTP packets sent. */
    readonly packets: number
  }
  /** A fault of this program: an actor threw and has ended. */
  'actor.crashed': { readonly actorId: string; readonly machine: string; readonly message: string }
  /** A fault of a listening socket, or of this program outside of any actor. */
  'engine.trouble': { readonly address: string; readonly message: string }
}

export type DeviceEventName = keyof DeviceEvents

export type DeviceEvent<Name extends DeviceEventName = DeviceEventName> = EventOf<DeviceEvents, Name>

export type DeviceEventFilter = EventFilter<DeviceEventName>

export type DeviceEventHub = EventHub<DeviceEvents>

export type { EventGap } from '../events/event.ts'
