/**
 * The registrar: REGISTER in, challenge, verdict and binding out (GB/T 28181 9.1, RFC 3261 10.3 and 22, RFC 7616).
 *
 * A challenge need not be remembered (a signed nonce); every REGISTER is verified, refresh and removal too. Says what came
 * of it to the device's machine, and to `onRejected` why one was refused. Knows no catalog and no session.
 */
import type { Engine } from '../engine/engine.ts'
import { endpointText } from '../engine/network.ts'
import type { ServerTransaction } from '../engine/server-transaction.ts'
import { isDeviceId } from '../manscdp/ids.ts'
import { dateHeaders } from '../manscdp/time.ts'
import {
  type Credentials,
  type DigestAlgorithm,
  parseCredentials,
  passwordHash,
  printChallenge,
  verifyCredentials,
} from '../sip/digest.ts'
import { headerName } from '../sip/head.ts'
import type { SipRequest } from '../sip/message.ts'
import type { NonceSigner } from '../sip/nonce.ts'
import { detached } from '../sip/text.ts'
import type { Clock, TimerHandle } from '../statechart/index.ts'
import type { Device } from './device.ts'
import type { Devices } from './devices.ts'
import type { RegistrationRefusal } from './explain.ts'
import type { KnownSecret } from './options.ts'
import { type PasswordSource, type Presented, presentedIn } from './presented.ts'

/** Seconds of a registration that says nothing of its validity. */
const defaultExpires = 3600
/** Milliseconds that `authenticate` may take. */
const authenticateLimit = 5000
/** Ours; sent in every answer to REGISTER (Annex I of 2022). */
const ownGbVersion = '3.0'
const offeredAlgorithms: readonly DigestAlgorithm[] = ['MD5', 'SHA-256', 'SM3']

const names = {
  authorization: headerName('Authorization'),
  gbVersion: headerName('X-GB-Ver'),
  userAgent: headerName('User-Agent'),
}

export interface RegistrarOptions {
  readonly platformId: string
  readonly realm: string
  readonly maxExpires: number
  readonly nonces: NonceSigner
  readonly authenticate: (deviceId: string) => KnownSecret | null | undefined | Promise<KnownSecret | null | undefined>
  readonly clock: Clock
  /** Sources whose wrong passwords are counted at once. */
  readonly sources: number
}

export interface Rejected {
  readonly deviceId: string
  readonly callId: string
  readonly address: string
  readonly status: number
  readonly reason: RegistrationRefusal
  readonly presented: Presented | null
  /** Wrong passwords from this IP address so far. */
  readonly wrongPasswords: number
}

export interface RegistrarUser {
  /** A REGISTER was refused, or has to be repeated for another reason than that it carried no credentials. */
  rejected(refusal: Rejected): void
  challenged(deviceId: string, address: string): void
  /** The device has registered, or refreshed. */
  bound(device: Device, moved: boolean): void
}

export class Registrar {
  readonly #engine: Engine
  readonly #devices: Devices
  readonly #options: RegistrarOptions
  readonly #user: RegistrarUser
  readonly #wrongPasswords = new Map<string, number>()
  readonly #dateHeader = dateHeaders()
  /** Timers of REGISTERs whose device is still being looked up. */
  readonly #lookups = new Set<TimerHandle>()

  constructor(engine: Engine, devices: Devices, options: RegistrarOptions, user: RegistrarUser) {
    this.#engine = engine
    this.#devices = devices
    this.#options = options
    this.#user = user
  }

  register(tx: ServerTransaction): void {
    const { request } = tx
    // The very text by which the device has been looked up already.
    const { user: id = '' } = request.from
    const fault = this.#faultOf(request, id)
    if (fault !== undefined) return this.#refuse(tx, id, fault.status, fault.reason)
    const secret = this.#secretOf(id)
    if (secret instanceof Promise) this.#registerLater(tx, id, secret)
    else this.#registerWith(tx, id, secret)
  }

  /** What is wrong with a REGISTER whoever sends it. */
  #faultOf(request: SipRequest, id: string): { status: number; reason: RegistrationRefusal } | undefined {
    if (!isDeviceId(request.to.user ?? '')) return { status: 403, reason: 'id-not-20-digits' }
    if (request.to.user !== id) return { status: 403, reason: 'from-to-differ' }
    // A frequent slip: the camera is given the ID of the platform (protocol notes 08, section 1).
    if (id === this.#options.platformId) return { status: 403, reason: 'id-is-platform' }
    if (request.contacts === '*' && request.expires !== 0) return { status: 400, reason: 'wildcard-without-removal' }
    return undefined
  }

  #secretOf(id: string): ReturnType<RegistrarOptions['authenticate']> {
    try {
      return this.#options.authenticate(id)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #registerLater(tx: ServerTransaction, id: string, secret: Promise<KnownSecret | null | undefined>): void {
    const { clock } = this.#options
    const timer = clock.setTimeout(
      () => settle(() => this.#refuse(tx, id, 503, 'authenticator-failed')),
      authenticateLimit,
    )
    this.#lookups.add(timer)
    const settle = (step: () => void) => {
      if (!this.#lookups.delete(timer)) return
      clock.clearTimeout(timer)
      this.#engine.resume(tx, step)
    }
    secret.then(
      (found) => settle(() => this.#registerWith(tx, id, found)),
      () => settle(() => this.#refuse(tx, id, 503, 'authenticator-failed')),
    )
  }

  /** Waits for no authenticator any more. */
  close(): void {
    for (const timer of this.#lookups) this.#options.clock.clearTimeout(timer)
    this.#lookups.clear()
  }

  #registerWith(tx: ServerTransaction, id: string, secret: KnownSecret | null | undefined): void {
    if (secret === null || secret === undefined) return this.#refuse(tx, id, 403, 'unknown-device')
    if (!isSecret(secret)) return this.#refuse(tx, id, 503, 'authenticator-failed')
    const values = tx.request.headers(names.authorization)
    const credentials = values.map(parseCredentials).filter((parsed) => parsed !== undefined)
    if (credentials.length > 1) return this.#refuse(tx, id, 400, 'several-authorizations')
    const [sent] = credentials
    if (sent !== undefined) return this.#verify(tx, id, secret, sent)
    if (values.some((value) => /^digest\b/i.test(value))) return this.#refuse(tx, id, 400, 'malformed-credentials')
    // An account without a password belongs to a device that cannot authenticate.
    if ('password' in secret && secret.password === '')
      return this.#accept(tx, id, this.#devices.registered(id), undefined)
    this.#challenge(tx, id, false)
  }

  #verify(tx: ServerTransaction, id: string, secret: KnownSecret, credentials: Credentials): void {
    const { realm, nonces } = this.#options
    if (credentials.realm !== realm) return this.#challengeAgain(tx, id, 'foreign-realm')
    const isItself = credentials.username === id
    if (!isItself && isDeviceId(credentials.username)) return this.#refuse(tx, id, 403, 'username-of-another-device')
    const context = { at: this.#engine.now(), deviceId: id, source: tx.flow.remote.address }
    const device = this.#devices.get(id)
    const verdict = nonces.check(credentials.nonce, context, device?.issued)
    // A device that refreshes with the nonce it has does nothing wrong: it is told `stale`, and nobody else is.
    if (verdict === 'expired' && device?.online) return this.#challenge(tx, id, true)
    if (verdict !== 'valid') return this.#challengeAgain(tx, id, `${verdict}-nonce`)
    const { method, body } = tx.request
    const hashed = isItself && device !== undefined ? hashedFor(device, secret, credentials.algorithm, realm) : secret
    const algorithms = offeredAlgorithms
    const verified = verifyCredentials({ credentials, method, realm, secret: hashed, body, algorithms })
    if (verified.ok) return this.#checkReplay(tx, id, credentials)
    switch (verified.reason) {
      case 'response':
        return this.#refuse(tx, id, 403, 'wrong-password', secret.from ?? 'authenticate')
      case 'malformed':
        return this.#refuse(tx, id, 400, 'malformed-credentials')
      case 'algorithm':
        return this.#challengeAgain(tx, id, 'unsupported-algorithm')
      case 'realm':
        return this.#challengeAgain(tx, id, 'foreign-realm')
    }
  }

  /**
   * The CSeq rises within a Call-ID, nc within a nonce, a nonce serves one Call-ID, and none is older than the last one
   * (DESIGN.md rule 4). Nonces begin with the time of their making, so that they sort by age.
   */
  #checkReplay(tx: ServerTransaction, id: string, { nonce, nonceCount = 0 }: Credentials): void {
    const { request } = tx
    const device = this.#devices.registered(id)
    const binding = device?.binding
    const isSameCall = binding?.callId === request.callId
    if (isSameCall && request.cseq.number <= binding.cseq) return this.#challengeAgain(tx, id, 'cseq-not-rising')
    // The text that is kept already: the same object is found to be the same at once, wherever it is compared from here.
    const callId = isSameCall ? binding.callId : request.callId
    const used = device?.credentials
    const again = used?.nonce === nonce && (used.callId !== callId || (nonceCount > 0 && nonceCount <= used.nonceCount))
    if (again || (used !== undefined && nonce < used.nonce)) return this.#challengeAgain(tx, id, 'replayed-credentials')
    this.#accept(tx, id, device, { nonce, callId, nonceCount })
  }

  #accept(tx: ServerTransaction, id: string, known: Device | undefined, credentials: Device['credentials']): void {
    const { request, flow } = tx
    const asked = expiresOf(request)
    if (asked === 0) return this.#remove(tx, known, credentials)
    if (known === undefined && this.#devices.full) return this.#refuse(tx, id, 503, 'too-many-devices')
    const device = known ?? this.#admit(id, tx)
    device.issued = undefined
    if (credentials !== undefined) keepCredentials(device, credentials)
    const before = device.binding
    const moved = before !== undefined && device.movesTo(flow)
    const fresh = before?.callId !== request.callId
    const contact = request.contact?.uriText ?? `sip:${id}@${endpointText(flow.remote)}`
    // A datagram's way is as good as the next one's, and what is old already costs the garbage collector nothing.
    if (before === undefined || moved || flow.transport === 'TCP') this.#devices.bindFlow(device, flow)
    bind(device, request, credentials?.callId ?? request.callId)
    const expires = Math.min(asked, this.#options.maxExpires)
    tx.respond(200, { headers: this.#bindingHeaders(contact, expires) })
    const interrogate = fresh || moved || device.catalog.size === 0
    device.actor.send({ type: 'register.accepted', at: this.#engine.now(), expires: expires * 1000, interrogate })
    this.#user.bound(device, moved)
  }

  #admit(id: string, tx: ServerTransaction): Device {
    const device = this.#devices.meet(id, tx.flow)
    this.#devices.admit(device)
    return device
  }

  #remove(tx: ServerTransaction, device: Device | undefined, credentials: Device['credentials']): void {
    tx.respond(200, { headers: [{ name: 'Expires', value: '0' }, ...this.#commonHeaders()] })
    if (device === undefined) return
    const { callId, cseq } = tx.request
    if (credentials !== undefined) keepCredentials(device, credentials)
    if (device.binding !== undefined)
      device.binding = { ...device.binding, callId: detached(callId), cseq: cseq.number }
    device.actor.send({ type: 'register.removed', at: this.#engine.now() })
  }

  /** The 200 lists the binding: some devices count it (RFC 3261 10.3 step 8). */
  #bindingHeaders(contact: string, expires: number) {
    return [
      { name: 'Contact', value: `<${contact}>;expires=${expires}` },
      { name: 'Expires', value: String(expires) },
      ...this.#commonHeaders(),
    ]
  }

  /** GB/T 28181 9.10: the Date of the 200 sets the device's clock. */
  #commonHeaders() {
    return [
      { name: 'Date', value: this.#dateHeader(this.#engine.now()) },
      { name: 'X-GB-Ver', value: ownGbVersion },
    ]
  }

  #challenge(tx: ServerTransaction, id: string, stale: boolean): void {
    const { realm, nonces } = this.#options
    const at = this.#engine.now()
    const source = tx.flow.remote.address
    const nonce = nonces.issue({ at, deviceId: id, source })
    const device = this.#devices.meet(id, tx.flow)
    device.issued = { nonce, at, source }
    tx.respond(401, {
      headers: [
        { name: 'WWW-Authenticate', value: printChallenge({ realm, nonce, stale }) },
        { name: 'X-GB-Ver', value: ownGbVersion },
      ],
    })
    device.actor.send({ type: 'register.challenged', at })
    if (device.binding === undefined && !stale) this.#user.challenged(id, endpointText(tx.flow.remote))
  }

  #challengeAgain(tx: ServerTransaction, id: string, reason: RegistrationRefusal): void {
    this.#challenge(tx, id, true)
    this.#report(tx, id, 401, reason)
  }

  #refuse(
    tx: ServerTransaction,
    id: string,
    status: number,
    reason: RegistrationRefusal,
    passwordFrom?: PasswordSource,
  ): void {
    const retry = status === 503 ? [{ name: 'Retry-After', value: '60' }] : []
    tx.respond(status, { headers: [...retry, { name: 'X-GB-Ver', value: ownGbVersion }] })
    // After the answer: whoever explains the refusal sees both.
    this.#report(tx, id, status, reason, passwordFrom)
    this.#devices.get(id)?.actor.send({ type: 'register.rejected', at: this.#engine.now() })
  }

  #report(
    tx: ServerTransaction,
    deviceId: string,
    status: number,
    reason: RegistrationRefusal,
    passwordFrom?: PasswordSource,
  ): void {
    const { realm, nonces } = this.#options
    const source = tx.flow.remote.address
    if (reason === 'wrong-password') this.#countWrongPassword(source)
    this.#user.rejected({
      deviceId,
      callId: tx.request.callId,
      address: endpointText(tx.flow.remote),
      status,
      reason,
      presented: presentedIn(tx.request, { deviceId, realm, source, nonces, at: this.#engine.now(), passwordFrom }),
      wrongPasswords: this.#wrongPasswords.get(source) ?? 0,
    })
  }

  /** The source that was heard of longest ago is forgotten first. */
  #countWrongPassword(source: string): void {
    const count = (this.#wrongPasswords.get(source) ?? 0) + 1
    this.#wrongPasswords.delete(source)
    this.#wrongPasswords.set(source, count)
    const [oldest] = this.#wrongPasswords.keys()
    if (this.#wrongPasswords.size > this.#options.sources && oldest !== undefined) this.#wrongPasswords.delete(oldest)
  }
}

/**
 * A text of a message in a form that may stay: the same that is there already, else a copy, as each text of a message
 * keeps the whole of it (700 bytes for each device).
 */
const kept = <Text extends string | undefined>(text: Text, before: string | null | undefined): Text | string =>
  text === undefined ? text : text === before ? before : detached(text)

/** In the object that is there: a new one for each refresh would grow old and be garbage among what stays. */
function keepCredentials(device: Device, { nonce, callId, nonceCount }: NonNullable<Device['credentials']>): void {
  const { credentials } = device
  if (credentials === undefined) {
    device.credentials = { nonce: detached(nonce), callId: detached(callId), nonceCount }
    return
  }
  credentials.nonce = detached(nonce)
  credentials.callId = kept(callId, credentials.callId)
  credentials.nonceCount = nonceCount
}

function bind(device: Device, request: SipRequest, callId: string): void {
  const { cseq } = request
  const gbVersion = request.header(names.gbVersion)
  const userAgent = request.header(names.userAgent)
  const { binding: before } = device
  if (before !== undefined && device.repeats(callId, gbVersion, userAgent)) {
    before.cseq = cseq.number
    return
  }
  device.bind({
    callId: kept(callId, before?.callId ?? device.credentials?.callId),
    cseq: cseq.number,
    gbVersion: kept(gbVersion, before?.gbVersion) ?? null,
    userAgent: kept(userAgent, before?.userAgent),
  })
}

/** The secret as its hash, which is computed once for a device that calls itself by its ID, as long as the password stays. */
function hashedFor(device: Device, secret: KnownSecret, algorithm: DigestAlgorithm | undefined, realm: string) {
  if (!('password' in secret) || algorithm === undefined) return secret
  const { password } = secret
  const known = device.passwordHash
  if (known !== undefined && known.algorithm === algorithm && known.password === password) return known
  const ha1 = passwordHash({ algorithm, username: device.id, realm, password })
  device.passwordHash = { algorithm, password, ha1 }
  return device.passwordHash
}

/** The authenticator may have been written without types. */
const isSecret = (secret: KnownSecret): boolean =>
  typeof secret === 'object' && typeof ('password' in secret ? secret.password : secret.ha1) === 'string'

/** Seconds asked for: the Contact's own wins over the header (RFC 3261 10.2.1.1). */
function expiresOf(request: SipRequest): number {
  const own = request.contact?.params.get('expires')
  if (own !== undefined && /^\d{1,10}$/.test(own)) return Number(own)
  return request.expires ?? defaultExpires
}
