/**
 * A play: what belongs to a session beside its machine (machines/dialog/inviting.ts). Owns the dialog, the SSRC and the
 * media port, and gives them back when it ends, for whatever reason (DESIGN.md rule 3).
 */
import { inviting, type SessionFailure } from '../../machines/dialog/inviting.ts'
import type { Affair } from '../engine/client-side.ts'
import { type ClientTransaction, nobody } from '../engine/client-transaction.ts'
import { Dialog } from '../engine/dialog.ts'
import type { ActorKey } from '../engine/directory.ts'
import type { Engine } from '../engine/engine.ts'
import type { FlightLog, Logged } from '../engine/flight.ts'
import { endpointText } from '../engine/network.ts'
import type { DialogUser } from '../engine/server-side.ts'
import type { ServerTransaction } from '../engine/server-transaction.ts'
import { Trail } from '../engine/trail.ts'
import { Gb28181Error } from '../errors.ts'
import type { MediaAnswer, MediaListener, MediaReceiver } from '../media/types.ts'
import type { SipResponse } from '../sip/message.ts'
import { type MediaDescription, mediaIn, playOfferText } from '../sip/sdp-gb.ts'
import { type Actor, type AnyActor, ownerOf } from '../statechart/index.ts'
import type { SessionFailureView, SessionState, SessionView } from './api.ts'
import type { Device, DeviceAffair } from './device.ts'
import { ackUnheard, sessionFailures } from './explain.ts'
import type { Explanation, Failed } from './explainer.ts'
import { deviceUri, type PlatformIdentity, platformUri } from './requests.ts'
import { type MediaFacts, type SessionFacts, sessionView } from './session-facts.ts'
import type { Ssrc } from './ssrc.ts'

export interface SessionHost extends PlatformIdentity {
  readonly engine: Engine
  started(session: PlaySession): void
  failed(session: PlaySession, failure: SessionFailureView): void
  explain(failed: Failed, usual: string): Required<Explanation>
  /** A request within the dialog that is not about the dialog: MESSAGE. */
  message(session: PlaySession, transaction: ServerTransaction): void
}

export interface SessionParts {
  readonly id: string
  readonly device: Device
  readonly channelId: string
  readonly ssrc: Ssrc
}

/** What every event about a session has. */
export interface SessionNamed {
  readonly sessionId: string
  readonly deviceId: string
  readonly channelId: string
}

const mostWarnings = 16

export class PlaySession implements DialogUser, DeviceAffair, MediaListener, Logged, Affair {
  readonly id: string
  readonly device: Device
  readonly channelId: string
  readonly ssrc: Ssrc
  readonly callId: string
  /** What events about it say: the same object for all of them. */
  readonly named: SessionNamed
  readonly trail = new Trail()
  readonly dialog: Dialog
  viewers: readonly string[] = []
  readonly createdAt: number
  readonly #host: SessionHost
  #warnings: Map<string, string> | undefined
  #actor: Actor<typeof invitingLogic> | undefined
  #receiver: MediaReceiver | undefined
  #mediaAddress = ''
  /** Of the receiver that is closed. */
  #lastMedia: MediaFacts | undefined
  /** When the last packet came, once no more do. */
  #mediaEndedAt: number | undefined
  #invite: ClientTransaction | undefined
  #bye: ClientTransaction | undefined
  /** The BYE that is being taken. */
  #theirBye: ServerTransaction | undefined
  #refusal: { status: number; phrase: string } | undefined
  #failure: SessionFailureView | null = null
  /** A 2xx has come: its To tag is the session's. */
  #accepted = false
  /** How often it came again, although we acknowledged it. */
  #repeated2xx = 0
  #byeSent = false
  #released: Promise<void> = Promise.resolve()
  #startedAt: number | undefined
  #endedAt: number | undefined
  #waiting: { resolve(): void; reject(error: unknown): void }[] = []
  /** Of who waits for its end: one promise for all. */
  #over: PromiseWithResolvers<void> | undefined

  constructor(host: SessionHost, parts: SessionParts) {
    this.#host = host
    this.id = parts.id
    this.device = parts.device
    this.channelId = parts.channelId
    this.ssrc = parts.ssrc
    this.named = { sessionId: parts.id, deviceId: parts.device.id, channelId: parts.channelId }
    const { engine } = host
    this.createdAt = engine.now()
    this.callId = engine.newCallId()
    const target = deviceUri(this.device, this.channelId)
    this.dialog = new Dialog(
      {
        callId: this.callId,
        localTag: engine.newTag(),
        local: `<${platformUri(host)}>`,
        remote: `<${target}>`,
        contact: engine.contact(host.platformId, this.device.flow),
      },
      target,
    )
  }

  /** Of the transactions of its requests. */
  get parent(): AnyActor | undefined {
    return this.#actor
  }

  get log(): FlightLog | undefined {
    return this.device.log
  }

  get actorKey(): ActorKey {
    return { callId: this.callId, deviceId: this.device.id }
  }

  // --- life

  /** Begins with a media port that is open. */
  run(actor: Actor<typeof invitingLogic>, receiver: MediaReceiver): void {
    this.#actor = actor
    this.#receiver = receiver
    this.#mediaAddress = this.#host.engine.reachableAt(this.device.flow).address
    this.#host.engine.openDialog(this)
    actor.start()
  }

  /** Resolves when media flows, rejects with the typed reason when the session fails before. */
  playing(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#error(this.#failure))
    if (this.#startedAt !== undefined) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Resolves when the session is over. */
  over(): Promise<void> {
    if (this.#endedAt !== undefined) return Promise.resolve()
    this.#over ??= Promise.withResolvers()
    return this.#over.promise
  }

  /** Hangs up or cancels, whichever the state asks for. */
  stop(): void {
    this.#actor?.send({ type: 'stop', at: this.#now() })
  }

  deviceOffline(): void {
    this.#actor?.send({ type: 'device.offline', at: this.#now() })
  }

  /** The media port could not be had: whoever has joined in the meantime hears of it. */
  neverBegan(error: unknown): void {
    const joined = new Gb28181Error('cancelled', 'The session that was joined could not begin.', { cause: error })
    for (const { reject } of this.#waiting.splice(0)) reject(error instanceof Gb28181Error ? error : joined)
    this.#over?.resolve()
  }

  /** The actor has ended: everything goes back. After a crash the far side is still owed its BYE or CANCEL. */
  async end(crashed: boolean): Promise<void> {
    this.#endedAt = this.#now()
    this.#host.engine.closeDialog(this)
    if (crashed) this.#afterCrash()
    else this.#abandonRequests()
    this.#failWaiting()
    try {
      await this.releaseMedia()
    } finally {
      this.#over?.resolve()
    }
  }

  /**
   * A CANCEL that nobody answered leaves the INVITE without an end of its own (RFC 3261 9.1), and an INVITE that was accepted
   * goes on for 32 s after its 2xx.
   */
  #abandonRequests(): void {
    const { engine } = this.#host
    if (this.#invite) engine.abandon(this.#invite)
    if (this.#bye?.answered) engine.abandon(this.#bye)
    this.#invite = this.#bye = undefined
  }

  #afterCrash(): void {
    const message = 'The session crashed: see the event actor.crashed.'
    const hint = 'This is a fault of this program, not of the device.'
    this.#failure ??= { reason: 'cancelled', message, hint, findings: [], evidence: this.trail.entries() }
    if (this.#accepted && !this.#byeSent) this.hangUp()
    else if (!this.#accepted) this.cancel()
  }

  // --- what the media port tells

  onMedia(at: number, { ssrc, source, ssrcDiffers }: Parameters<MediaListener['onMedia']>[1]): void {
    if (ssrcDiffers)
      this.#warn('ssrc-mismatch', `Media from ${source.address} carries SSRC ${ssrc}, agreed was ${this.ssrc.text}.`)
    this.#actor?.send({ type: 'media.arrived', at, ssrc, source: endpointText(source) })
  }

  onForeign(at: number, { ssrc, source }: Parameters<MediaListener['onForeign']>[1]): void {
    this.#warn('foreign-media', `Media with SSRC ${ssrc} from ${endpointText(source)} was not taken.`)
    this.#actor?.send({ type: 'media.foreign', at, ssrc, source: endpointText(source) })
  }

  onUndecodable(at: number): void {
    this.#actor?.send({ type: 'media.undecodable', at })
  }

  onIdle(at: number, { lastPacketAt }: Parameters<MediaListener['onIdle']>[1]): void {
    this.#mediaEndedAt = lastPacketAt
    this.#actor?.send({ type: 'media.stopped', at, lastPacketAt })
  }

  // --- requests within the dialog

  request(tx: ServerTransaction): void {
    switch (tx.request.method) {
      case 'BYE':
        this.#theirBye = tx
        this.#actor?.send({ type: 'bye.received', at: this.#now(), message: tx.request })
        this.#theirBye = undefined
        if (tx.finalStatus === undefined) tx.respond(481)
        return
      case 'MESSAGE':
        return this.#host.message(this, tx)
      // GB/T 28181 changes no running session: a re-INVITE is refused, the session stays as it is (RFC 3261 14.2).
      case 'INVITE':
        return tx.respond(488)
      default:
        return tx.respond(200)
    }
  }

  acknowledged(): void {
    // We invite; nobody acknowledges us.
  }

  // --- what the machine wants done

  invite(): void {
    const { engine, platformId } = this.#host
    const ssrc = this.ssrc.text
    const headers = [
      { name: 'Contact', value: this.dialog.contact },
      // Annex L of 2022: media sender and its stream, media receiver and its stream.
      { name: 'Subject', value: `${this.channelId}:${ssrc},${platformId}:0` },
      { name: 'Content-Type', value: 'application/sdp' },
    ]
    const body = playOfferText({
      id: platformId,
      address: this.#mediaAddress,
      port: this.#receiver?.port ?? 0,
      ssrc,
    })
    this.#invite = engine.send(
      this.dialog.request('INVITE', this.dialog.localCSeq, this.device.flow, { headers, body }),
      {
        provisional: (response) => this.#provisional(response),
        final: (response) => this.#final(response),
        failed: (reason) => this.#actor?.send({ type: 'transaction.failed', at: this.#now(), reason }),
      },
      this,
    )
  }

  acknowledge(response: SipResponse): void {
    const ack = this.dialog.request('ACK', response.cseq.number, this.device.flow)
    const failed = () => this.#actor?.send({ type: 'ack.failed', at: this.#now() })
    this.#host.engine.sendAck(ack, failed, this)
  }

  /** The other branch of a forked INVITE becomes a dialog only to be ended (RFC 3261 13.2.2.4). */
  refuseFork(response: SipResponse): void {
    const { engine } = this.#host
    const { callId, localTag, contact } = this.dialog
    const local = `<${platformUri(this.#host)}>`
    const remote = `<${deviceUri(this.device, this.channelId)}>`
    const fork = new Dialog({ callId, localTag, contact, local, remote }, this.dialog.target, this.dialog.localCSeq)
    fork.establish(response)
    const { flow } = this.device
    engine.sendAck(fork.request('ACK', response.cseq.number, flow), () => {}, this)
    engine.send(fork.request('BYE', fork.nextCSeq(), flow), nobody, this)
  }

  cancel(): void {
    // What becomes of the CANCEL itself does not matter: the INVITE's final response does, or the limit.
    if (this.#invite) this.#host.engine.cancel(this.#invite, nobody, this)
  }

  hangUp(): void {
    this.#byeSent = true
    this.#bye = this.#host.engine.send(
      this.dialog.request('BYE', this.dialog.nextCSeq(), this.device.flow),
      {
        final: () => this.#actor?.send({ type: 'bye.answered', at: this.#now() }),
        failed: () => this.#actor?.send({ type: 'bye.failed', at: this.#now() }),
      },
      this,
    )
  }

  acceptBye(): void {
    this.#theirBye?.respond(200)
  }

  announcePlaying(): void {
    this.#startedAt = this.#now()
    const waiting = this.#waiting
    this.#waiting = []
    for (const { resolve } of waiting) resolve()
    this.#host.started(this)
  }

  fail(reason: SessionFailure): void {
    const { message, hint: usual } = sessionFailures[reason]
    const { callId } = this
    const explanation = this.#host.explain(
      { deviceId: this.device.id, callId, session: reason, mediaEndedAt: this.#mediaEndedAt },
      reason === 'no-media' && this.#repeated2xx > 0 ? ackUnheard : usual,
    )
    const failure = { reason, message, ...explanation, ...this.#refusal, evidence: this.trail.entries() }
    this.#failure = failure
    this.#failWaiting()
    this.#host.failed(this, failure)
  }

  /** Resolves when the port is closed; a second call waits for the first. */
  releaseMedia(): Promise<void> {
    const receiver = this.#receiver
    this.#receiver = undefined
    if (receiver !== undefined) this.#released = this.#close(receiver)
    return this.#released
  }

  // --- details

  async #close(receiver: MediaReceiver): Promise<void> {
    try {
      this.#lastMedia = this.#mediaOf(receiver)
    } finally {
      await receiver.close()
    }
  }

  #provisional(response: SipResponse): void {
    const tagged = response.status > 100 && response.to.tag !== undefined
    if (tagged) this.dialog.announce(response)
    const { status } = response
    this.#actor?.send({ type: 'response.provisional', at: this.#now(), status, tagged, message: response })
  }

  #final(response: SipResponse): void {
    const { status } = response
    const at = this.#now()
    if (status >= 300) {
      this.#refusal = { status, phrase: response.reason }
      this.#actor?.send({ type: 'response.failure', at, status, message: response })
    } else if (this.#accepted && response.to.tag !== this.dialog.remoteTag) {
      this.#actor?.send({ type: 'response.forked', at, status, message: response })
    } else {
      if (this.#accepted) this.#repeated2xx += 1
      this.#accepted = true
      this.dialog.establish(response)
      const media = answeredMedia(response)
      this.#actor?.send({ type: 'response.success', at, status, usable: media !== undefined, message: response })
      // After the event: media that overtook this response is judged, and told to the machine, at once.
      if (media) this.#expect(media)
    }
  }

  /** The answer may bring an SSRC of its own, and says from where the media comes (protocol notes 04, section 4). */
  #expect(media: MediaDescription): void {
    const { address } = this.device.flow.remote
    const answer: { -readonly [K in keyof MediaAnswer]: MediaAnswer[K] } = {
      sources: media.address === undefined ? [address] : [address, media.address],
    }
    if (media.ssrc !== undefined) answer.ssrc = media.ssrc
    if (media.payloadType !== undefined) answer.payloadType = media.payloadType
    this.#receiver?.expect(answer)
    if (media.ssrcText !== undefined && media.ssrc !== this.ssrc.number)
      this.#warn('ssrc-changed', `The device answered with y=${media.ssrcText}, offered was ${this.ssrc.text}.`)
  }

  #warn(code: string, message: string): void {
    this.#warnings ??= new Map()
    if (this.#warnings.size < mostWarnings) this.#warnings.set(code, message)
  }

  #failWaiting(): void {
    // An error takes its stack from where it is made, 20 us: hardly ever does anybody wait.
    if (this.#waiting.length === 0) return
    const failure = this.#failure
    const error = failure === null ? new Gb28181Error('cancelled', 'The session has ended.') : this.#error(failure)
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  #error({ reason, message, ...details }: SessionFailureView): Gb28181Error {
    return new Gb28181Error(reason, message, {
      ...details,
      sessionId: this.id,
      deviceId: this.device.id,
      channelId: this.channelId,
    })
  }

  /** A further viewer may still come. */
  get joinable(): boolean {
    const { state } = this
    return state === 'inviting' || state === 'early' || state === 'confirmed'
  }

  get failure(): SessionFailureView | null {
    return this.#failure
  }

  get state(): SessionState {
    // A machine that was stopped, or that crashed, stays in the state where that happened.
    if (this.#endedAt !== undefined) return this.#failure === null ? 'ended' : 'failed'
    const value = this.#actor?.value ?? 'inviting'
    return typeof value === 'string' ? value : (Object.keys(value)[0] as SessionState)
  }

  view(): SessionView {
    return sessionView(this.facts())
  }

  /** What it shows, as it is now. */
  facts(): SessionFacts {
    return {
      id: this.id,
      deviceId: this.device.id,
      channelId: this.channelId,
      state: this.state,
      viewers: this.viewers,
      callId: this.callId,
      ssrc: this.ssrc.text,
      media: this.#receiver ? this.#mediaOf(this.#receiver) : this.#lastMedia,
      createdAt: this.createdAt,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt,
      failure: this.#failure,
      warnings: this.#warnings,
    }
  }

  #mediaOf(receiver: MediaReceiver): MediaFacts {
    return { address: this.#mediaAddress, port: receiver.port, statistics: receiver.statistics() }
  }

  #now(): number {
    return this.#host.engine.now()
  }
}

/** The media that a 2xx promises, if it is any that we can receive. */
function answeredMedia(response: SipResponse): MediaDescription | undefined {
  const media = mediaIn(response.body)
  return media?.transport === 'udp' ? media : undefined
}

const owner = ({ self }: { self: object }) => ownerOf<PlaySession>(self)

export const invitingLogic = inviting.provide({
  actions: {
    invite: (args) => owner(args).invite(),
    acknowledge: (args, response) => owner(args).acknowledge(response),
    refuseFork: (args, response) => owner(args).refuseFork(response),
    cancel: (args) => owner(args).cancel(),
    hangUp: (args) => owner(args).hangUp(),
    acceptBye: (args) => owner(args).acceptBye(),
    announcePlaying: (args) => owner(args).announcePlaying(),
    fail: (args, reason) => owner(args).fail(reason),
    // Whether the port could be closed is asked once more, at the end.
    releaseMedia: (args) =>
      void owner(args)
        .releaseMedia()
        .catch(() => {}),
  },
})
