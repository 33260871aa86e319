/**
 * Registrations as they are seen from outside (GB/T 28181 9.1 and 9.6): each runs twice, as the platform sees the device
 * and as the device lives it.
 *
 * What a device decides (when to register, refresh, send a keepalive) the record tells; what follows from it (online,
 * silent, offline and why) the machines tell. A platform that has forgotten a device, and a device that starts anew, begin
 * another life on the same path.
 */
import { type RegistrantOptions, registrant } from '../../../machines/registration/registrant.ts'
import { type OfflineReason, registration } from '../../../machines/registration/registration.ts'
import { isDeviceId } from '../../manscdp/ids.ts'
import { parseChallenge } from '../../sip/digest.ts'
import type { SipRequest, SipResponse } from '../../sip/message.ts'
import { type Actor, ownerOf } from '../../statechart/index.ts'
import type { Presence } from '../capture/types.ts'
import type { Observed } from './observed.ts'
import { never, Path, type Stage } from './stage.ts'
import type { Transaction } from './transactions.ts'

/** Defaults of GB/T 28181 9.6.1: 60 s, three times. */
const usualKeepalive = 60_000
const usualKeepaliveLimit = 3
/** How long a challenge waits for its answer; as the platform has it. */
const challengeLimit = 32_000
/** Seconds of a registration that says nothing of its validity. */
const usualExpires = 3600

/** What is known of a registration before it is played: the record tells when the device does what. */
export interface Foreknowledge {
  /** When each REGISTER was sent first, in order. */
  readonly registersAt: readonly number[]
  /** When each keepalive was sent first, in order. */
  readonly keepalivesAt: readonly number[]
}

export interface Binding {
  readonly at: number
  /** Milliseconds. */
  readonly expires: number
  readonly register: Transaction
  readonly answer: Observed
}

export class Registration {
  /** The device and the address of its platform. */
  readonly key: string
  readonly deviceId: string
  /** The platform's path for this device. */
  readonly path = new Path()
  /** The device's own path. */
  readonly devicePath = new Path()
  readonly registers: Transaction[] = []
  readonly keepalives: Transaction[] = []
  readonly bindings: Binding[] = []
  readonly wentOffline: { readonly at: number; readonly reason: OfflineReason }[] = []
  /** Keepalives that a platform refused although it had the device online. */
  readonly forgottenBy: Observed[] = []
  /** Milliseconds between keepalives: what the platform expects, else the record's, else the standard's. */
  readonly keepalive: number
  readonly #keepaliveLimit: number
  /** The device was registered when the records began. */
  registeredBefore = false
  /** The platform's next timer at the end of the records. */
  waitingFor: { readonly name: string; readonly at: number } | undefined
  readonly #stage: Stage
  readonly #known: Foreknowledge
  #registersSeen = 0
  #platform: Actor<typeof watchedRegistration> | undefined
  #device: Actor<typeof watchedRegistrant> | undefined

  constructor(stage: Stage, key: string, deviceId: string, known: Foreknowledge, presence?: Presence) {
    this.#stage = stage
    this.key = key
    this.deviceId = deviceId
    this.#known = known
    this.keepalive =
      presence?.keepalive ?? intervalOf(known.keepalivesAt) ?? (isDeviceId(deviceId) ? usualKeepalive : never)
    this.#keepaliveLimit = presence?.keepaliveLimit ?? usualKeepaliveLimit
  }

  get state(): string {
    return this.path.state
  }

  get offlineReason(): OfflineReason | undefined {
    return this.state === 'offline' ? this.wentOffline.at(-1)?.reason : undefined
  }

  /** Until the next REGISTER of the record. */
  get untilNextRegister(): number {
    const next = this.#known.registersAt[this.#registersSeen]
    return next === undefined ? never : Math.max(0, next - this.#stage.now)
  }

  register(transaction: Transaction): void {
    this.registers.push(transaction)
    this.#platform ??= this.#beginPlatform()
    this.#device ??= this.#beginDevice()
    const at = this.#stage.now
    this.#stage.clock.advanceTo(at)
    this.#registersSeen += 1
    if (askedExpires(transaction.request) === 0) this.#device?.send({ type: 'stop', at })
    transaction.watchers.push({
      final: (response, observed) => this.#registerAnswered(transaction, response, observed),
      failed: () => this.#device?.send({ type: 'unanswered', at: this.#stage.now, jitter: 0, reason: 'timeout' }),
    })
  }

  #registerAnswered(register: Transaction, response: SipResponse, answer: Observed): void {
    const at = this.#stage.now
    const { status } = response
    if (status < 300) return this.#registerAccepted(register, response, answer)
    const challenged = status === 401 || status === 407
    this.#platform?.send({ type: challenged ? 'register.challenged' : 'register.rejected', at })
    const minimum = 1000 * Number(response.header('Min-Expires') ?? 0)
    if (challenged) this.#device?.send({ type: 'challenged', at, jitter: 0, stale: isStale(response) })
    else if (status === 423) this.#device?.send({ type: 'too-brief', at, jitter: 0, minimum })
    else this.#device?.send({ type: 'refused', at, jitter: 0, status })
  }

  #registerAccepted(register: Transaction, response: SipResponse, answer: Observed): void {
    const at = this.#stage.now
    const expires = 1000 * grantedExpires(register.request, response)
    if (expires === 0) this.#platform?.send({ type: 'register.removed', at })
    else {
      this.bindings.push({ at, expires, register, answer })
      this.#platform?.send({ type: 'register.accepted', at, expires, interrogate: false })
    }
    this.#device?.send({ type: 'accepted', at, expires })
  }

  keepaliveSent(transaction: Transaction): void {
    this.keepalives.push(transaction)
    this.#platform ??= this.#beginPlatform()
    this.#platform?.send({ type: 'keepalive', at: this.#stage.now, transaction: transaction.id, incomplete: false })
    transaction.watchers.push({
      final: (response, observed) => this.#keepaliveAnswered(response, observed),
      failed: () => this.#device?.send({ type: 'keepalive.unanswered', at: this.#stage.now }),
    })
  }

  #keepaliveAnswered({ status }: SipResponse, observed: Observed): void {
    const at = this.#stage.now
    if (status >= 300) {
      this.#device?.send({ type: 'keepalive.refused', at })
      if (this.state !== 'online' && this.state !== 'silent') return
      // The platform has lost what it knew: it was restarted, or the device was deleted there.
      this.forgottenBy.push(observed)
      this.#platform?.send({ type: 'forget', at })
      return
    }
    this.#device?.send({ type: 'keepalive.accepted', at })
    if (this.state !== 'challenged' || this.registers.length > 0) return
    this.registeredBefore = true
    this.#platform?.send({ type: 'register.accepted', at, expires: never, interrogate: false })
  }

  /** The TCP connection on which the device is registered is gone. */
  connectionClosed(): void {
    this.#platform?.send({ type: 'connection.closed', at: this.#stage.now })
    this.#device?.send({ type: 'connection.closed', at: this.#stage.now, jitter: 0 })
  }

  wentOfflineBy(reason: OfflineReason): void {
    this.wentOffline.push({ at: this.#stage.now, reason })
  }

  finish(): void {
    const next = this.#platform?.status().nextTimer
    if (next !== null && next !== undefined && next.at < never) this.waitingFor = next
  }

  #beginPlatform(): Actor<typeof watchedRegistration> {
    const input = { keepalive: this.keepalive, keepaliveLimit: this.#keepaliveLimit, challenge: challengeLimit }
    return this.#stage.run(watchedRegistration, input, {
      id: this.key,
      owner: this,
      path: this.path,
      ended: () => {
        this.#platform = undefined
      },
    })
  }

  #beginDevice(): Actor<typeof watchedRegistrant> {
    return this.#stage.run(watchedRegistrant, observedDevice, {
      id: this.key,
      owner: this,
      path: this.devicePath,
      ended: () => {
        this.#device = undefined
      },
    })
  }
}

const observedDevice: RegistrantOptions = {
  startAfter: 0,
  expires: usualExpires * 1000,
  keepalive: usualKeepalive,
  keepaliveLimit: usualKeepaliveLimit,
  retry: usualKeepalive,
}

const owner = ({ self }: { self: object }) => ownerOf<Registration>(self)

const watchedRegistration = registration.provide({
  actions: { announceOffline: (args, reason) => owner(args).wentOfflineBy(reason) },
})

const watchedRegistrant = registrant.provide({
  delays: {
    retry: (args) => owner(args).untilNextRegister,
    refresh: (args) => owner(args).untilNextRegister,
    keepalive: never,
  },
})

/** The median of the intervals, in milliseconds; undefined for fewer than two of them. Never under a second. */
function intervalOf(times: readonly number[]): number | undefined {
  const intervals = times.slice(1).map((at, index) => at - (times[index] ?? at))
  if (intervals.length < 2) return undefined
  const median = intervals.sort((left, right) => left - right)[Math.floor(intervals.length / 2)] ?? 0
  return Math.max(1000, median)
}

/** Seconds that a REGISTER asks for (RFC 3261 10.2.1.1); undefined where it says nothing. */
export const askedExpires = (request: SipRequest): number | undefined => request.contact?.expires ?? request.expires

/** Seconds that a 200 grants: those of the binding that was asked for, else the header's, else what was asked. */
export function grantedExpires(request: SipRequest, response: SipResponse): number {
  const asked = askedExpires(request) ?? usualExpires
  if (asked === 0) return 0
  const { contact } = request
  const listed = response.contacts === '*' ? [] : response.contacts
  const own = listed.find(({ uriText }) => uriText === contact?.uriText) ?? listed[0]
  return own?.expires ?? response.expires ?? asked
}

export const isStale = (response: SipResponse): boolean => challengesOf(response).some(({ stale }) => stale)

export const challengesOf = (response: SipResponse) =>
  [...response.headers('WWW-Authenticate'), ...response.headers('Proxy-Authenticate')]
    .map(parseChallenge)
    .filter((challenge) => challenge !== undefined)
