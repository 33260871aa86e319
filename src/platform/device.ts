/**
 * One device of the platform: what belongs to a registration beside its machine (machines/registration/registration.ts).
 *
 * Where it is reached, what it said of itself, its catalog, and what runs for it. Only a verified REGISTER binds an
 * address; a later message from the same IP address may move the port (DESIGN.md rule 5).
 */
import { lostAfter, type OfflineReason, registration } from '../../machines/registration/registration.ts'
import type { ActorKey } from '../engine/directory.ts'
import type { FlightLog, Logged } from '../engine/flight.ts'
import { without } from '../engine/lists.ts'
import { endpointText, type Flow } from '../engine/network.ts'
import type { Edition } from '../manscdp/schema.ts'
import type { DigestAlgorithm } from '../sip/digest.ts'
import type { IssuedNonce } from '../sip/nonce.ts'
import { type Actor, ownerOf } from '../statechart/index.ts'
import type { DeviceState, DeviceView } from './api.ts'
import { Catalog } from './catalog.ts'
import { offlineHints } from './explain.ts'
import { type DeviceProfile, editionOf, profileOf } from './profile.ts'
import type { PlaySession } from './session.ts'

/** What a device's machine wants of the platform. */
export interface DeviceHost {
  now(): number
  online(device: Device): void
  silent(device: Device): void
  offline(device: Device, reason: OfflineReason): void
  interrogate(device: Device): void
  answer(transaction: string, status: 200 | 404): void
}

/** A verified REGISTER. */
export interface Binding {
  readonly callId: string
  cseq: number
  readonly gbVersion: string | null
  readonly userAgent: string | undefined
}

/** H(username:realm:password) of a device's password, under its own ID as username. */
export interface PasswordHash {
  readonly algorithm: DigestAlgorithm
  readonly password: string
  readonly ha1: string
}

/** What it answered to DeviceInfo. */
export interface DeviceInfo {
  readonly name: string | null
  readonly manufacturer: string | null
  readonly model: string | null
  readonly firmware: string | null
}

/** Something that runs for a device and ends when it goes offline. */
export interface DeviceAffair {
  deviceOffline(): void
}

export class Device implements Logged {
  readonly id: string
  readonly log: FlightLog | undefined
  readonly catalog = new Catalog()
  /** Sessions and exchanges that run. Another list for each that comes or goes: they are few, and who walks one goes on. */
  affairs: readonly DeviceAffair[] = []
  /** Who plays its channels, or is about to: one for each. */
  plays: readonly PlaySession[] = []
  readonly host: DeviceHost
  flow: Flow
  /** Undefined while it is a stranger. */
  binding: Binding | undefined
  registeredAt: number | undefined
  /** The nonce of the last verified credentials, under which Call-ID, and its highest nc. */
  credentials: { nonce: string; callId: string; nonceCount: number } | undefined
  /** The challenge that it has not answered. Only saves work: without it the nonce proves itself. */
  issued: IssuedNonce | undefined
  /** What a hash need not be computed for again. Never shown. */
  passwordHash: PasswordHash | undefined
  info: DeviceInfo = { name: null, manufacturer: null, model: null, firmware: null }
  profile: DeviceProfile = profileOf(undefined)
  /** Why it went offline last, and what to do. */
  offlineHint: string | null = null
  /** Its actor has ended, for whatever reason. */
  gone = false
  #actor: Actor<typeof registrationLogic> | undefined

  constructor(host: DeviceHost, id: string, flow: Flow, log: FlightLog | undefined) {
    this.host = host
    this.id = id
    this.flow = flow
    this.log = log
  }

  get actorKey(): ActorKey {
    return { deviceId: this.id }
  }

  begin(affair: DeviceAffair): void {
    this.affairs = [...this.affairs, affair]
  }

  end(affair: DeviceAffair): void {
    this.affairs = without(this.affairs, affair)
  }

  run(actor: Actor<typeof registrationLogic>): void {
    this.#actor = actor
    actor.start()
  }

  get actor(): Actor<typeof registrationLogic> {
    if (this.#actor === undefined) throw new Error(`device ${this.id} has no actor yet`)
    return this.#actor
  }

  get state(): DeviceState {
    const { value } = this.actor
    // A machine that was stopped, or that crashed, stays in the state where that happened.
    return this.gone || value === 'forgotten' ? 'offline' : value
  }

  get online(): boolean {
    const { state } = this
    return state === 'online' || state === 'silent'
  }

  /** Once, online or not; else it is a stranger. */
  get hasRegistered(): boolean {
    return this.registeredAt !== undefined
  }

  get edition(): Edition {
    return editionOf(this.binding?.gbVersion ?? null)
  }

  bind(binding: Binding): void {
    if (binding.userAgent !== this.binding?.userAgent) this.profile = profileOf(binding.userAgent)
    this.binding = binding
    this.registeredAt ??= this.host.now()
  }

  /** Whether a REGISTER says the same as the last one, but for its CSeq: nearly every refresh does. */
  repeats(callId: string, gbVersion: string | undefined, userAgent: string | undefined): boolean {
    const { binding } = this
    if (binding === undefined) return false
    return binding.callId === callId && binding.gbVersion === (gbVersion ?? null) && binding.userAgent === userAgent
  }

  /** Whether a REGISTER comes from elsewhere than what is known. */
  movesTo(flow: Flow): boolean {
    if (flow === this.flow) return false
    const { transport, remote } = this.flow
    return flow.transport !== transport || flow.remote.port !== remote.port || flow.remote.address !== remote.address
  }

  view(): DeviceView {
    const { context } = this.actor
    const { state, online } = this
    return {
      id: this.id,
      state,
      online,
      offlineReason: context.offlineReason,
      offlineHint: context.offlineReason === null ? null : (this.offlineHint ?? offlineHints[context.offlineReason]),
      transport: this.flow.transport,
      address: endpointText(this.flow.remote),
      registeredAt: instant(this.registeredAt),
      expiresAt: instant(context.expiresAt || undefined),
      lastKeepaliveAt: instant(context.lastSeenAt || undefined),
      nextDeadline: this.#nextDeadline(),
      gbVersion: this.binding?.gbVersion ?? null,
      ...this.info,
      userAgent: this.binding?.userAgent ?? null,
      profile: this.profile,
      channelCount: this.catalog.size,
    }
  }

  #nextDeadline(): DeviceView['nextDeadline'] {
    if (this.state === 'challenged') return deadline('challenge', this.actor.status().nextTimer?.at)
    if (!this.online) return null
    const { context } = this.actor
    const { expiresAt, lastSeenAt } = context
    const lostAt = lastSeenAt + lostAfter(context)
    return expiresAt <= lostAt ? deadline('expiry', expiresAt) : deadline('keepalive', lostAt)
  }
}

const deadline = (what: 'keepalive' | 'expiry' | 'challenge', at: number | undefined): DeviceView['nextDeadline'] =>
  at === undefined ? null : { what, at: new Date(at).toISOString() }

/** A time as the API shows it. */
export const instant = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

const owner = ({ self }: { self: object }) => ownerOf<Device>(self)

export const registrationLogic = registration.provide({
  actions: {
    announceOnline: (args) => owner(args).host.online(owner(args)),
    announceSilent: (args) => owner(args).host.silent(owner(args)),
    announceOffline: (args, reason) => owner(args).host.offline(owner(args), reason),
    interrogate: (args) => owner(args).host.interrogate(owner(args)),
    acceptKeepalive: (args, transaction) => owner(args).host.answer(transaction, 200),
    refuseKeepalive: (args, transaction) => owner(args).host.answer(transaction, 404),
  },
})
