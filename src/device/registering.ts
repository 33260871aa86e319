/**
 * What belongs to a device's registration beside its machine: the REGISTER and keepalive requests, the credentials, and
 * what the platform's answers mean (GB/T 28181 9.1 and 9.6, RFC 3261 10.2 and 10.3).
 *
 * When something is sent is decided by machines/registration/registrant.ts.
 */
import { type RegistrantFailure, registrant } from '../../machines/registration/registrant.ts'
import type { Flow } from '../engine/network.ts'
import type { SipResponse } from '../sip/message.ts'
import { type Actor, ownerOf } from '../statechart/index.ts'
import { DigestClient } from './digest-client.ts'
import type { LostReason } from './events.ts'
import { hintFor } from './hints.ts'
import { registerRequest, serverUri } from './messages.ts'
import type { DeviceSettings } from './options.ts'
import type { Shared } from './shared.ts'

/** What the registration needs of its device. */
export interface RegisteringDevice {
  readonly settings: DeviceSettings
  readonly shared: Shared
  flow(): Flow | undefined
  /** Sends a Keepalive; `answered` is told the final status, or undefined when none came. */
  sendKeepalive(answered: (status: number | undefined) => void): void
  /** What was agreed with the platform holds no more. */
  lost(reason: LostReason): void
  /** The registration has ended for good. */
  ended(): void
}

/** `waiting`: between attempts to register. */
export type RegisteringState = 'waiting' | 'registering' | 'registered' | 'unregistering' | 'stopped'

/** A peer's wish in seconds is followed up to here. */
const longestRetryAfter = 3600

export class Registering {
  readonly #device: RegisteringDevice
  readonly #actor: Actor<typeof registrantLogic>
  readonly #digest: DigestClient
  /** One Call-ID for all REGISTERs of one boot (RFC 3261 10.2.4). */
  readonly #callId: string
  readonly #tag: string
  #cseq = 0
  #asked = 0
  #contact = ''
  #registered = false
  #lastStatus: number | null = null
  #lostBy: LostReason = 'connection-closed'
  /** Counts registrations lost, so that answers to keepalives of an earlier one mean nothing to this one. */
  #life = 0

  constructor(device: RegisteringDevice) {
    this.#device = device
    const { settings, shared } = device
    const { startAfter, expires, keepalive, keepaliveLimit, retry, id } = settings
    this.#digest = new DigestClient({ username: id, password: settings.password }, shared.random)
    this.#callId = shared.engine.newCallId()
    this.#tag = shared.engine.newTag()
    this.#actor = shared.engine.spawn(registrantLogic, {
      key: { deviceId: id, callId: this.#callId },
      owner: this,
      input: { startAfter, expires, keepalive, keepaliveLimit, retry },
      owing: true,
      drain: () => this.stop(),
      ended: () => device.ended(),
    })
  }

  start(): void {
    this.#actor.start()
  }

  /** Unregisters and ends. */
  stop(): void {
    this.#actor.send({ type: 'stop', at: this.#now() })
  }

  /** Ends without a word. */
  cut(): void {
    this.#actor.stop()
  }

  get state(): RegisteringState {
    const { value } = this.#actor
    if (typeof value === 'string') return value
    if ('registering' in value) return 'registering'
    return 'registered' in value ? 'registered' : 'unregistering'
  }

  connectionClosed(): void {
    this.#lostBy = 'connection-closed'
    this.#actor.send({ type: 'connection.closed', at: this.#now(), jitter: this.#jitter() })
  }

  // --- what the machine wants done

  register(expires: number): void {
    this.#sendRegister(expires, false)
  }

  registerWithCredentials(expires: number): void {
    this.#sendRegister(expires, true)
  }

  unregister(): void {
    this.#sendRegister(0, true)
  }

  sendKeepalive(): void {
    const life = this.#life
    this.#device.sendKeepalive((status) => {
      if (life === this.#life) this.#keepaliveAnswered(status)
    })
  }

  announceRegistered(granted: number): void {
    const refresh = this.#registered
    this.#registered = true
    const { shared, settings } = this.#device
    shared.emit('registered', { deviceId: settings.id, expires: granted / 1000, refresh })
  }

  announceFailure(reason: RegistrantFailure, wait: number): void {
    const { shared, settings } = this.#device
    const status = reason === 'no-final' || reason === 'transport' ? null : this.#lastStatus
    this.#forget()
    const hint = hintFor(reason, status, settings)
    shared.emit('registration.failed', { deviceId: settings.id, reason, status, hint, retryIn: wait / 1000 })
  }

  announceLost(): void {
    this.#forget()
    const { shared, settings } = this.#device
    shared.emit('lost', { deviceId: settings.id, reason: this.#lostBy })
    this.#device.lost(this.#lostBy)
  }

  announceUnregistered(): void {
    this.#forget()
    this.#device.shared.emit('unregistered', { deviceId: this.#device.settings.id })
  }

  // --- details

  #forget(): void {
    this.#registered = false
    this.#life += 1
  }

  #sendRegister(expires: number, withCredentials: boolean): void {
    const { settings, shared } = this.#device
    const cseq = ++this.#cseq
    const flow = this.#device.flow()
    if (flow === undefined) return this.#unanswered(cseq, 'transport')
    this.#asked = expires
    this.#contact = shared.engine.contact(settings.id, flow)
    const request = registerRequest(settings, flow, {
      callId: this.#callId,
      tag: this.#tag,
      cseq,
      contact: this.#contact,
      expires: Math.ceil(expires / 1000),
      credentials: withCredentials ? this.#digest.authorize('REGISTER', serverUri(settings)) : [],
    })
    shared.engine.send(request, {
      final: (response) => this.#answered(cseq, response),
      failed: (reason) => this.#unanswered(cseq, reason),
    })
  }

  #unanswered(cseq: number, reason: 'timeout' | 'transport'): void {
    if (cseq !== this.#cseq) return
    this.#actor.send({ type: 'unanswered', reason, at: this.#now(), jitter: this.#jitter() })
  }

  /** Only the newest REGISTER counts: an answer to an older one is of an attempt that was given up. */
  #answered(cseq: number, response: SipResponse): void {
    if (cseq !== this.#cseq) return
    const { status } = response
    this.#lastStatus = status
    const at = this.#now()
    const jitter = this.#jitter(response)
    if (status < 300) return this.#accepted(response)
    if (status === 423) {
      const minimum = Number(response.header('Min-Expires') ?? Number.NaN) * 1000
      if (minimum > 0) return this.#actor.send({ type: 'too-brief', minimum, at, jitter })
    }
    const challenge = status === 401 || status === 407 ? this.#digest.challenged(response) : undefined
    if (challenge === undefined) return this.#actor.send({ type: 'refused', status, at, jitter })
    this.#actor.send({ type: 'challenged', stale: challenge.stale, at, jitter })
  }

  #accepted(response: SipResponse): void {
    const at = this.#now()
    const expires = grantedBy(response, this.#contact, this.#device.settings.id) ?? this.#asked / 1000
    // A 200 to a REGISTER that grants nothing registers nothing; taken as granted it would refresh without end.
    if (expires === 0 && this.#asked > 0)
      return this.#actor.send({ type: 'refused', status: response.status, at, jitter: this.#jitter() })
    this.#actor.send({ type: 'accepted', expires: expires * 1000, at })
  }

  /** A 4xx says that we are not known here; anything else that is not a 2xx is the platform's own trouble. */
  #keepaliveAnswered(status: number | undefined): void {
    const at = this.#now()
    if (status !== undefined && status < 300) return this.#actor.send({ type: 'keepalive.accepted', at })
    if (status !== undefined && status >= 400 && status < 500 && status !== 408) {
      this.#lostBy = 'keepalive-refused'
      return this.#actor.send({ type: 'keepalive.refused', at })
    }
    this.#lostBy = 'keepalive-missed'
    this.#actor.send({ type: 'keepalive.unanswered', at })
  }

  /** Jitter lengthens the wait by up to one half; Retry-After (RFC 3261 20.33) is a least wait, reached the same way. */
  #jitter(response?: SipResponse): number {
    const asked = Number.parseInt(response?.header('Retry-After') ?? '', 10)
    const wait = Math.min(asked, longestRetryAfter) * 1000
    const atLeast = wait > 0 ? Math.max(0, 2 * (wait / this.#device.settings.retry - 1)) : 0
    return atLeast + this.#device.shared.random.fraction()
  }

  #now(): number {
    return this.#device.shared.engine.now()
  }
}

/** Seconds granted: `expires` of the Contact that is ours, else the Expires header (RFC 3261 10.2.4, 10.3). */
function grantedBy(response: SipResponse, contact: string, id: string): number | undefined {
  const bindings = (response.contacts === '*' ? [] : response.contacts).filter(({ expires }) => expires !== undefined)
  // A platform may list bindings of an earlier boot too, or ours with the address that it sees.
  const ours = bindings.find(({ uriText }) => `<${uriText}>` === contact) ?? bindings.find(({ user }) => user === id)
  return ours?.expires ?? response.expires
}

const owner = ({ self }: { self: object }) => ownerOf<Registering>(self)

const registrantLogic = registrant.provide({
  actions: {
    register: (args) => owner(args).register(args.context.expires),
    registerWithCredentials: (args) => owner(args).registerWithCredentials(args.context.expires),
    unregister: (args) => owner(args).unregister(),
    sendKeepalive: (args) => owner(args).sendKeepalive(),
    announceRegistered: (args) => owner(args).announceRegistered(args.context.granted),
    announceFailure: (args, reason) => owner(args).announceFailure(reason, args.context.wait),
    announceLost: (args) => owner(args).announceLost(),
    announceUnregistered: (args) => owner(args).announceUnregistered(),
  },
})
