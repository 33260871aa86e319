/**
 * One simulated device on an engine that it may share with others: its registration, its answers and its sessions
 * (GB/T 28181 9.1 to 9.6).
 *
 * Takes requests that are addressed to it, out of dialog, and says what it is willing to do. Knows no socket.
 */
import { type Endpoint, endpointText, type Flow } from '../engine/network.ts'
import type { ServerTransaction } from '../engine/server-transaction.ts'
import { type ManscdpMessage, type Outgoing, parseManscdp } from '../manscdp/message.ts'
import type { SipRequest } from '../sip/message.ts'
import { parseSdp, type Sdp } from '../sip/sdp.ts'
import { mediaOf } from '../sip/sdp-gb.ts'
import { userOf } from '../sip/uri.ts'
import type { TimerHandle } from '../statechart/index.ts'
import { Answers } from './answers.ts'
import { type Asked, type Channel, catalog, channelsOf, deviceInfo, deviceStatus } from './identity.ts'
import { messageBody, messageRequest } from './messages.ts'
import type { DeviceSettings } from './options.ts'
import { Registering, type RegisteringDevice, type RegisteringState } from './registering.ts'
import { CameraSession, streamOf } from './session.ts'
import type { Shared } from './shared.ts'

export class SimulatedDevice implements RegisteringDevice {
  readonly settings: DeviceSettings
  readonly shared: Shared
  readonly channels: readonly Channel[]
  readonly #answers = new Answers((message, answered) => this.#sendMessage(message, answered))
  readonly #sessions = new Set<CameraSession>()
  readonly #registering: Registering
  #vanishing: TimerHandle | undefined
  #messages = 0
  #sn = 0
  #over = false

  constructor(settings: DeviceSettings, shared: Shared) {
    this.settings = settings
    this.shared = shared
    this.channels = channelsOf(settings.id, settings.channels)
    this.#registering = new Registering(this)
  }

  get state(): RegisteringState {
    return this.#registering.state
  }

  get sessions(): ReadonlySet<CameraSession> {
    return this.#sessions
  }

  start(): void {
    this.#registering.start()
    // Fault vanish: the network is cut by `faulty-network.ts`; here ends what would only talk to itself.
    const vanish = this.settings.faults.get('vanish')
    if (vanish === undefined) return
    this.#vanishing = this.shared.engine.options.clock.setTimeout(() => this.#vanish(), vanish * 1000)
  }

  /** Hangs up what plays. */
  endSessions(): void {
    for (const session of [...this.#sessions]) session.stop()
  }

  // --- what the engine tells

  request(transaction: ServerTransaction): void {
    const { request } = transaction
    if (request.method === 'OPTIONS') return transaction.respond(200)
    if (request.method === 'MESSAGE') return this.#message(transaction)
    if (request.method === 'INVITE') return this.#invite(transaction)
    // BYE and the like outside of any dialog.
    transaction.respond(481)
  }

  connectionClosed(flow: Flow): void {
    const { transport } = this.settings
    if (transport === 'TCP' && isSame(flow.remote, this.shared.server)) this.#registering.connectionClosed()
  }

  // --- what the registration asks for

  flow(): Flow | undefined {
    return this.shared.engine.flowTo(this.settings.transport, this.shared.server)
  }

  sendKeepalive(answered: (status: number | undefined) => void): void {
    const deviceId = this.settings.id
    const sn = ++this.#sn
    this.shared.emit('keepalive.sent', { deviceId, sn })
    const message = { root: 'Notify', cmdType: 'Keepalive', sn, deviceId, value: { Status: 'OK' } } as const
    this.#sendMessage(message, (status) => {
      this.shared.emit('keepalive.answered', { deviceId, sn, status: status ?? null })
      answered(status)
    })
  }

  /** A peer that is gone gets no more media (Annex K). */
  lost(): void {
    this.#answers.clear()
    this.endSessions()
  }

  ended(): void {
    this.#over = true
    this.#answers.clear()
    this.shared.engine.options.clock.clearTimeout(this.#vanishing)
  }

  // --- MESSAGE

  #sendMessage(message: Outgoing, answered: (status: number | undefined) => void): void {
    const { settings, shared } = this
    const flow = this.flow()
    if (flow === undefined || this.#over) return answered(undefined)
    const body = messageBody(settings, message)
    shared.engine.send(messageRequest(settings, shared.engine, flow, { cseq: ++this.#messages, body }), {
      final: ({ status }) => answered(status),
      failed: () => answered(undefined),
    })
  }

  /** Only the platform that we registered with is answered. Its query can overtake its 200 to our REGISTER. */
  #isOurPlatform(transaction: ServerTransaction): boolean {
    if (transaction.flow.remote.address !== this.shared.server.address) return false
    return this.state === 'registered' || this.state === 'registering'
  }

  #message(transaction: ServerTransaction): void {
    if (!this.#isOurPlatform(transaction)) return transaction.respond(403)
    const parsed = parseManscdp(transaction.request.body)
    if (!parsed.ok) return transaction.respond(400, { reason: `Bad MANSCDP (${parsed.rejection.code})` })
    const { message } = parsed
    if (message.root === 'Query') return this.#query(transaction, message)
    // Whatever else: taken, and nothing follows (protocol notes 03, section 1: tolerate).
    transaction.respond(200)
  }

  /** The 200 goes first and is empty; the business answer is a MESSAGE of its own. */
  #query(transaction: ServerTransaction, message: ManscdpMessage): void {
    const { settings } = this
    const { cmdType, sn } = message
    const deviceId = message.deviceId ?? settings.id
    if (deviceId !== settings.id && this.#channel(deviceId) === undefined) return transaction.respond(404)
    if (this.#answers.full) return transaction.respond(503, { headers: [{ name: 'Retry-After', value: '5' }] })
    transaction.respond(200)
    this.shared.emit('query.received', { deviceId: settings.id, cmdType, sn: sn ?? null })
    const answer = this.#answer(cmdType, { sn: sn ?? 0, deviceId })
    if (answer.length > 0) this.#answers.push(answer)
  }

  #answer(cmdType: string, asked: Asked): readonly Outgoing[] {
    const { description, channels, id, catalogItemsPerMessage } = this.settings
    switch (cmdType) {
      case 'DeviceInfo':
        return [deviceInfo(asked, description, channels)]
      case 'DeviceStatus':
        return [deviceStatus(asked, this.shared.engine.now())]
      case 'Catalog': {
        const channel = this.#channel(asked.deviceId)
        const items = channel === undefined ? this.channels : [channel]
        return catalog(asked, { items, parentId: id, description, perMessage: catalogItemsPerMessage })
      }
      default:
        return []
    }
  }

  #channel(id: string | undefined): Channel | undefined {
    return this.channels.find((channel) => channel.id === id)
  }

  // --- INVITE

  #invite(transaction: ServerTransaction): void {
    const { request } = transaction
    if (!this.#isOurPlatform(transaction)) return transaction.respond(403)
    const channel = this.#channel(userOf(request.uri)) ?? this.#channel(request.to.user)
    if (channel === undefined) return transaction.respond(404)
    const offer = offerOf(request)
    if (offer === undefined) return transaction.respond(488)
    const stream = streamOf(request)
    this.#releaseStream(stream)
    if (this.#sessions.size >= this.settings.sessionLimit) return transaction.respond(486)
    const session = new CameraSession({
      settings: this.settings,
      shared: this.shared,
      transaction,
      channelId: channel.id,
      ...offer,
      stream,
      ended: (ended) => void this.#sessions.delete(ended),
    })
    this.#sessions.add(session)
    this.shared.emit('invited', { deviceId: this.settings.id, channelId: channel.id, callId: session.callId })
    session.open()
  }

  /** The same stream asked for again: the old link is released before the new one is made (Annex L c). */
  #releaseStream(stream: string | undefined): void {
    if (stream === undefined) return
    for (const session of [...this.#sessions]) if (session.stream === stream) session.stop()
  }

  #vanish(): void {
    for (const session of [...this.#sessions]) session.cut()
    this.#registering.cut()
  }
}

/** What is offered and where media is wanted: UDP only, as the test stream is. */
function offerOf(request: SipRequest): { offer: Sdp; to: Endpoint } | undefined {
  const parsed = parseSdp(request.body)
  if (!parsed.ok) return undefined
  const media = mediaOf(parsed.sdp)
  if (media?.address === undefined || media.transport !== 'udp' || media.port === 0) return undefined
  return { offer: parsed.sdp, to: { address: media.address, port: media.port } }
}

const isSame = (left: Endpoint, right: Endpoint): boolean => endpointText(left) === endpointText(right)
