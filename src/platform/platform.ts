/**
 * The upper side of GB/T 28181: registrar, devices, queries and sessions on one engine.
 *
 * Routes each request that belongs to no dialog to its part and tells the world what happened. Opens nothing before
 * `start`, and `close` ends everything in order: BYE what plays, then the sockets.
 */
import type { OfflineReason } from '../../machines/registration/registration.ts'
import { Engine } from '../engine/engine.ts'
import type { FlightLog, FlightRecorder } from '../engine/flight.ts'
import type { Flow, ListenAddress } from '../engine/network.ts'
import { endpointText } from '../engine/network.ts'
import { createNodeNetwork } from '../engine/node-network.ts'
import type { EngineUser, Random } from '../engine/options.ts'
import type { ServerTransaction } from '../engine/server-transaction.ts'
import { Gb28181Error } from '../errors.ts'
import { EventHub } from '../events/hub.ts'
import type { FlightReader } from '../inspect/recorder/record.ts'
import { isMessage, type ManscdpMessage, parseManscdp } from '../manscdp/message.ts'
import type { MediaServer } from '../media/types.ts'
import { createNonceSigner } from '../sip/nonce.ts'
import type { Clock } from '../statechart/index.ts'
import { actorView } from './actor-view.ts'
import type {
  ActorDetail,
  ActorView,
  ChannelList,
  DeviceView,
  EventFilter,
  EventGap,
  FindingView,
  PlatformEventName,
  PlatformEventOf,
  PlatformEvents,
  PlayRequest,
  QueryAnswer,
  SessionFailureView,
  SessionView,
  Waiting,
} from './api.ts'
import type { Device, DeviceHost } from './device.ts'
import { Devices } from './devices.ts'
import { Exchanges, type Query } from './exchanges.ts'
import { offlineHints, registrationRefusals } from './explain.ts'
import type { Explainer, Explanation, Failed } from './explainer.ts'
import type { Logger, PlatformOptions, ResolvedOptions } from './options.ts'
import { Registrar, type Rejected } from './registrar.ts'
import type { PlaySession, SessionHost } from './session.ts'
import { Sessions } from './sessions.ts'

/** Methods, bodies and extensions that the platform takes (RFC 3261 8.2). */
const profile: EngineUser['profile'] = {
  methods: ['REGISTER', 'MESSAGE', 'INVITE', 'ACK', 'BYE', 'CANCEL', 'INFO', 'OPTIONS', 'SUBSCRIBE', 'NOTIFY'],
  schemes: ['sip', 'sips'],
  extensions: [],
  contentTypes: ['application/manscdp+xml', 'application/sdp', 'application/mansrtsp', 'text/xml', 'application/xml'],
}

const userAgent = 'gb28181'
/** Milliseconds that a nonce is good for: as long as a refresh may follow its registration by it. */
const nonceLifetime = 5 * 60_000
/** Milliseconds that a challenge waits for its answer. */
const challengeLimit = 32_000
/** Times a query is sent before a gap is accepted. */
const queryAttempts = 2

/** A play, as its viewer holds it. */
export interface Session extends AsyncDisposable {
  readonly id: string
  readonly viewerId: string
  view(): SessionView
  /** Leaves the session; the last viewer ends it with BYE. Resolves when that is over. */
  close(): Promise<void>
}

/** What a platform is given from outside; made by `createPlatform`. */
export interface PlatformSurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly media: MediaServer
  readonly recorder: FlightRecorder & FlightReader
  readonly explainer: Explainer
  /** What was made for this platform alone and ends with it. */
  readonly dispose: () => Promise<void>
}

export class Platform implements AsyncDisposable, EngineUser, DeviceHost, SessionHost {
  readonly id: string
  readonly realm: string
  readonly platformId: string
  readonly generatedPassword: string | undefined
  readonly profile = profile
  readonly engine: Engine
  /** What was recorded of each device: always on. */
  readonly recorder: FlightReader
  readonly #options: ResolvedOptions
  readonly #around: PlatformSurroundings
  readonly #hub: EventHub<PlatformEvents>
  readonly #devices: Devices
  readonly #registrar: Registrar
  readonly #exchanges: Exchanges
  readonly #sessions: Sessions
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: PlatformOptions, resolved: ResolvedOptions, around: PlatformSurroundings) {
    this.id = resolved.id
    this.platformId = resolved.id
    this.realm = resolved.realm
    this.generatedPassword = resolved.generatedPassword
    this.#options = resolved
    this.#around = around
    this.recorder = around.recorder
    const { clock, random, media } = around
    const { limits } = resolved
    this.engine = new Engine(
      {
        clock,
        random,
        network: options.network ?? createNodeNetwork(),
        userAgent,
        advertise: resolved.advertise,
        strictLength: resolved.strictLength,
        limits,
        recorder: resolved.record === false ? undefined : around.recorder,
        ...(options.executor && { executor: options.executor }),
        ...(options.timers && { timers: options.timers }),
      },
      this,
    )
    this.#hub = new EventHub({
      now: () => clock.now(),
      onListenerError: (error) => around.logger.error({ error: String(error) }, 'an event listener threw'),
    })
    this.#devices = new Devices(this.engine, this, limits, {
      keepalive: resolved.keepalive,
      keepaliveLimit: resolved.keepaliveLimit,
      challenge: challengeLimit,
    })
    this.#registrar = new Registrar(
      this.engine,
      this.#devices,
      {
        platformId: this.id,
        realm: this.realm,
        maxExpires: resolved.maxExpires,
        nonces: createNonceSigner(Buffer.from(random.hex(32), 'hex'), nonceLifetime),
        authenticate: resolved.authenticate,
        clock,
        sources: limits.sources,
      },
      {
        rejected: (refusal) => this.#rejected(refusal),
        challenged: (deviceId, address) => this.#hub.emit('device.challenged', { deviceId, address }),
        bound: (device, moved) => {
          if (moved) this.#hub.emit('device.updated', { deviceId: device.id })
        },
      },
    )
    this.#exchanges = new Exchanges(this.engine, {
      platformId: this.id,
      realm: this.realm,
      idle: resolved.queryTimeout,
      attempts: queryAttempts,
      catalogItems: limits.catalogItems,
    })
    const { answerTimeout, mediaTimeout, strictSsrc } = resolved
    this.#sessions = new Sessions(
      this,
      { media, strictSsrc, answerTimeout, mediaTimeout, limits, timers: options.timers },
      {
        created: (session) => this.#hub.emit('session.created', session.named),
        ended: (session) => this.#ended(session),
      },
    )
  }

  // --- life

  /** Opens the sockets. @throws Gb28181Error `port-in-use` and its kin. */
  async start({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted()
    if (this.#closing !== undefined) throw new Gb28181Error('closed', 'The platform has been closed.')
    this.#starting ??= this.engine.listen(this.#options.listen)
    const abort = () => void this.close()
    signal?.addEventListener('abort', abort, { once: true })
    return this.#starting
      .then(() => signal?.throwIfAborted())
      .finally(() => signal?.removeEventListener('abort', abort))
  }

  /** Ends what plays, closes the sockets. Idempotent, at any moment, and settles within the engine's grace. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => {})
    this.#registrar.close()
    await this.engine.close()
    await this.#around.dispose()
    this.#hub.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What was bound: with port 0 the port that the system chose. */
  address(): readonly ListenAddress[] {
    return this.engine.addresses
  }

  get state(): 'starting' | 'serving' | 'draining' | 'stopped' {
    return this.engine.state
  }

  // --- looking

  devices(): readonly DeviceView[] {
    return [...this.#devices.all()].map((device) => device.view())
  }

  device(id: string): DeviceView | undefined {
    return this.#devices.get(id)?.view()
  }

  channels(deviceId: string): ChannelList | undefined {
    const device = this.#devices.get(deviceId)
    if (device === undefined) return undefined
    const items = device.catalog.channels
    return { items, total: items.length, catalog: device.catalog.state }
  }

  /** What is wrong, or worth knowing, in what is kept of a device, or of one dialog of it; the worst first. */
  findings(deviceId: string, callId?: string): readonly FindingView[] | undefined {
    const isKnown =
      this.#devices.get(deviceId) !== undefined || this.recorder.recording({ deviceId }).records.length > 0
    if (!isKnown) return undefined
    return this.#around.explainer.findings({ deviceId, ...(callId !== undefined && { callId }) })
  }

  sessions(): readonly SessionView[] {
    return this.#sessions.all()
  }

  session(id: string): SessionView | undefined {
    return this.#sessions.get(id)
  }

  actors(): readonly ActorView[] {
    return [...this.engine.directory.all()].map(actorView)
  }

  actor(id: string): ActorDetail | undefined {
    const record = this.engine.directory.get(id)
    return record && { ...actorView(record), context: record.actor.context }
  }

  counters(): Readonly<Record<string, number>> {
    return this.engine.counters.all()
  }

  // --- hearing

  on<Name extends PlatformEventName>(name: Name, listener: (event: PlatformEventOf<Name>) => void): () => void {
    return this.#hub.on(name, listener)
  }

  events<Name extends PlatformEventName = PlatformEventName>(
    filter?: EventFilter<Name>,
  ): AsyncGenerator<PlatformEventOf<Name> | EventGap, void, undefined> {
    return this.#hub.events(filter)
  }

  // --- doing

  /** Forgets a device, online or not. It may register again. */
  forget(id: string): boolean {
    return this.#devices.forget(id)
  }

  /**
   * Asks a device. A list whose parts do not add up is asked again once, then resolved as partial.
   *
   * @throws Gb28181Error `device-not-found`, `device-offline`, `no-final`, `rejected`, `no-response`
   */
  async query(deviceId: string, query: Query, waiting: Waiting = {}): Promise<QueryAnswer> {
    return this.#query(this.#onlineDevice(deviceId), query, waiting)
  }

  /**
   * Plays a channel live. Resolves when its media flows.
   *
   * @throws Gb28181Error `device-not-found`, `device-offline`, `channel-not-found`, `session-exists`, `overload`, or the
   * reason of a failed session
   */
  async play(request: PlayRequest, waiting: Waiting = {}): Promise<Session> {
    waiting.signal?.throwIfAborted()
    const device = this.#onlineDevice(request.deviceId)
    const { catalog } = device
    const { channelId } = request
    // Without a complete catalog nobody knows better than the device: it answers 404 itself.
    const unknown = catalog.state.complete && !catalog.has(channelId) && channelId !== device.id
    if (unknown || !isSipUser(channelId))
      throw new Gb28181Error('channel-not-found', `Device ${device.id} has no channel ${channelId}.`)
    const { session, viewerId } = await this.#sessions.play(device, request, waiting)
    let closing: Promise<void> | undefined
    const close = () => {
      closing ??= this.stop(session.id, viewerId)
      return closing
    }
    return {
      id: session.id,
      viewerId,
      view: () => this.session(session.id) ?? session.view(),
      close,
      [Symbol.asyncDispose]: close,
    }
  }

  /** Takes one viewer from a session, or all. Resolves when, after the last one, the BYE is answered or given up. */
  stop(sessionId: string, viewerId?: string): Promise<void> {
    const session = this.#sessions.live(sessionId)
    if (session !== undefined) return this.#sessions.leave(session, viewerId)
    if (this.#sessions.get(sessionId) !== undefined) return Promise.resolve()
    return Promise.reject(new Gb28181Error('session-not-found', `There is no session ${sessionId}.`))
  }

  #onlineDevice(id: string): Device {
    if (this.#closing !== undefined) throw new Gb28181Error('closed', 'The platform has been closed.')
    const device = this.#devices.get(id)
    if (device === undefined) throw new Gb28181Error('device-not-found', `There is no device ${id}.`)
    if (device.online) return device
    const { offlineReason } = device.view()
    throw new Gb28181Error('device-offline', `Device ${id} is offline.`, {
      hint: 'It must register again; see its offlineReason.',
      offlineReason,
    })
  }

  // --- requests that belong to no dialog

  logOf(sender: string): FlightLog | undefined {
    return this.#devices.lookUp(sender)?.log
  }

  request(tx: ServerTransaction): void {
    switch (tx.request.method) {
      case 'REGISTER':
        return this.#registrar.register(tx)
      case 'MESSAGE':
      case 'NOTIFY':
        return this.#receiveMessage(tx)
      case 'OPTIONS':
        return tx.respond(200, { headers: [{ name: 'Allow', value: profile.methods.join(', ') }] })
      // Devices are invited by us. Broadcast, where a device invites the platform, is not offered.
      case 'INVITE':
        return tx.respond(488)
      case 'SUBSCRIBE':
        return tx.respond(489)
      default:
        return tx.respond(481)
    }
  }

  /** Within a session: MediaStatus and whatever else a device says there. */
  message(session: PlaySession, tx: ServerTransaction): void {
    this.#takeMessage(session.device, tx)
  }

  #receiveMessage(tx: ServerTransaction): void {
    const device = this.#devices.registered(tx.request.from.user ?? '')
    const knownHere = device !== undefined && tx.flow.remote.address === device.flow.remote.address
    if (!knownHere || device.binding === undefined) return tx.respond(404)
    if (device.online) this.#follow(device, tx.flow)
    this.#takeMessage(device, tx)
  }

  /** The port may have moved (4G, NAT rebinding); another address must register (DESIGN.md rule 5). */
  #follow(device: Device, flow: Flow): void {
    if (flow.remote.address !== device.flow.remote.address || !device.movesTo(flow)) return
    this.#devices.bindFlow(device, flow)
    this.#hub.emit('device.updated', { deviceId: device.id })
  }

  #takeMessage(device: Device, tx: ServerTransaction): void {
    const { request } = tx
    // Some networks strip the body of a keepalive (protocol notes 08, section 1).
    if (request.body.length === 0) return this.#keepalive(device, tx)
    const parsed = parseManscdp(request.body)
    for (const { code, where = '' } of parsed.notes) this.#note(device, tx.flow, code, where)
    if (!parsed.ok) {
      const { code, detail } = parsed.rejection
      this.#note(device, tx.flow, code, detail)
      return tx.respond(parsed.rejection.code === 'unknown-root' ? 415 : 400)
    }
    const { message } = parsed
    if (message.root === 'Notify' && message.cmdType === 'Keepalive') return this.#keepalive(device, tx)
    if (!device.online) return tx.respond(404)
    // The SIP answer first and at once, the business after it (GB/T 28181 A.1).
    tx.respond(200)
    if (message.root === 'Response') this.#takeResponse(device, message, tx)
    else this.engine.counters.count(`unhandled-${message.root}`)
  }

  #note(device: Device, flow: Flow, code: string, detail: string): void {
    this.#hub.emit('message.noted', { address: endpointText(flow.remote), deviceId: device.id, code, detail })
  }

  #keepalive(device: Device, tx: ServerTransaction): void {
    this.#awaiting = { device, tx }
    const incomplete = !device.catalog.state.complete && !this.#exchanges.asking(device)
    device.actor.send({ type: 'keepalive', at: this.now(), transaction: tx.serverKey, incomplete })
    this.#awaiting = undefined
  }

  /** The keepalive that a device's machine is judging: it answers before its step is over. */
  #awaiting: { readonly device: Device; readonly tx: ServerTransaction } | undefined

  #takeResponse(device: Device, message: ManscdpMessage, { request, flow }: ServerTransaction): void {
    const fate = this.#exchanges.take(device, message, request, flow)
    if (fate === 'taken') return
    this.engine.counters.count(`response-${fate}`)
    // A Catalog that nobody asked for reports a change (protocol notes 08, section 3): it updates, it never replaces.
    if (fate === 'unknown' && isMessage(message, 'Response', 'Catalog')) {
      device.catalog.update(device.id, message.value?.DeviceList ?? [])
      this.#hub.emit('device.updated', { deviceId: device.id })
    }
  }

  connectionClosed(flow: Flow): void {
    for (const device of this.#devices.onConnection(flow))
      device.actor.send({ type: 'connection.closed', at: this.now() })
  }

  rejected: NonNullable<EngineUser['rejected']> = ({ code, detail }, flow) =>
    this.#hub.emit('message.noted', { address: endpointText(flow.remote), code, detail })

  noted: NonNullable<EngineUser['noted']> = ({ code, detail }, message, flow) => {
    const device = this.#devices.registered(message.from.user ?? '')
    const from = device === undefined ? {} : { deviceId: device.id }
    this.#hub.emit('message.noted', { address: endpointText(flow.remote), ...from, code, detail })
  }

  crashed: NonNullable<EngineUser['crashed']> = ({ id, machine }, error) => {
    const message = error instanceof Error ? error.message : String(error)
    this.#around.logger.error({ actor: id, machine, error: message }, 'an actor crashed')
    this.#hub.emit('actor.crashed', { actorId: id, machine, message })
  }

  trouble: NonNullable<EngineUser['trouble']> = (local, error) =>
    this.#around.logger.error({ local: endpointText(local), error: error.message }, 'trouble on a listening socket')

  // --- what devices and sessions want done

  now(): number {
    return this.#around.clock.now()
  }

  online(device: Device): void {
    const { transport, remote } = device.flow
    this.#hub.emit('device.online', { deviceId: device.id, transport, address: endpointText(remote) })
  }

  silent(device: Device): void {
    this.#hub.emit('device.silent', { deviceId: device.id, lastKeepaliveAt: device.view().lastKeepaliveAt ?? '' })
  }

  offline(device: Device, reason: OfflineReason): void {
    const deviceId = device.id
    const explanation = this.explain({ deviceId, offline: reason }, offlineHints[reason])
    device.offlineHint = explanation.hint
    for (const affair of device.affairs) affair.deviceOffline()
    this.#hub.emit('device.offline', { deviceId, reason, ...explanation })
  }

  /** What the records tell of a failure, else the usual hint. */
  explain(failed: Failed, usual: string): Required<Explanation> {
    const explanation = this.#explained(failed)
    return { hint: explanation?.hint ?? usual, findings: explanation?.findings ?? [] }
  }

  #explained(failed: Failed): Explanation | undefined {
    try {
      const explanation = this.#around.explainer.explain(failed)
      this.engine.counters.count(explanation === undefined ? 'explanation-skipped' : 'explained')
      return explanation
    } catch (error) {
      // A fault of ours in looking on must not become one of the session.
      this.#around.logger.error({ ...failed, error: String(error) }, 'a failure could not be explained')
      return undefined
    }
  }

  /** DeviceInfo first, so that the catalog is shown under a name; a failure of one does not stop the other. */
  interrogate(device: Device): void {
    void this.#ask(device, 'DeviceInfo').then(() => (device.online ? this.#ask(device, 'Catalog') : undefined))
  }

  answer(transaction: string, status: 200 | 404): void {
    this.engine.counters.count(status === 200 ? 'keepalive-accepted' : 'keepalive-refused')
    const waiting = this.#awaiting
    if (waiting?.tx.serverKey !== transaction) return
    // A device that comes back is asked at once what it has: where it is now.
    if (status === 200) this.#follow(waiting.device, waiting.tx.flow)
    waiting.tx.respond(status)
  }

  #rejected({ callId, ...refusal }: Rejected): void {
    const { deviceId, reason } = refusal
    const explanation = this.explain({ deviceId, callId, registration: reason }, registrationRefusals[reason])
    this.#hub.emit('registration.rejected', { ...refusal, ...explanation })
  }

  started(session: PlaySession): void {
    this.#hub.emit('session.started', session.named)
  }

  failed(session: PlaySession, failure: SessionFailureView): void {
    this.#hub.emit('session.failed', { ...session.named, failure })
  }

  #ended({ named, failure }: PlaySession): void {
    this.#hub.emit('session.ended', { ...named, failure })
  }

  async #ask(device: Device, cmdType: 'DeviceInfo' | 'Catalog'): Promise<void> {
    const deviceId = device.id
    try {
      await this.#query(device, { cmdType })
    } catch (error) {
      if (error instanceof Gb28181Error)
        this.#hub.emit('query.failed', { deviceId, cmdType, reason: error.code as PlatformEventReason })
      else this.#around.logger.error({ deviceId, cmdType, error: String(error) }, 'a query ended by a fault of ours')
    }
  }

  /** What a device answers about itself is kept and told, whoever asked. */
  async #query(device: Device, query: Query, waiting?: Waiting): Promise<QueryAnswer> {
    const answer = await this.#exchanges.query(device, query, waiting)
    if (query.channelId !== undefined) return answer
    if (query.cmdType === 'DeviceInfo') this.#learn(device, answer)
    if (query.cmdType === 'Catalog') this.#announceCatalog(device.id, answer)
    return answer
  }

  #learn(device: Device, { value }: QueryAnswer): void {
    const text = (name: string) => (typeof value[name] === 'string' && value[name] !== '' ? value[name] : null)
    device.info = {
      name: text('DeviceName'),
      manufacturer: text('Manufacturer'),
      model: text('Model'),
      firmware: text('Firmware'),
    }
    this.#hub.emit('device.updated', { deviceId: device.id })
  }

  #announceCatalog(deviceId: string, { complete, sumNum = 0, received = 0 }: QueryAnswer): void {
    this.#hub.emit(complete ? 'catalog.committed' : 'catalog.partial', { deviceId, sumNum, received })
  }
}

/** Private IDs are met in catalogs; what cannot stand in a SIP URI or a Subject is none. */
const isSipUser = (id: string): boolean => /^[\w.~-]{1,64}$/.test(id)

type PlatformEventReason = PlatformEventOf<'query.failed'>['reason']
