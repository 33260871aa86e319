/**
 * What belongs to a media session beside its machine: the INVITE, the dialog, the answer's description and the media
 * (RFC 3261 13.3 and 15, GB/T 28181 9.2, protocol notes 04).
 *
 * When something is sent is decided by machines/dialog/invited.ts.
 */
import { type InvitedEnd, invited } from '../../machines/dialog/invited.ts'
import { Dialog } from '../engine/dialog.ts'
import { type Endpoint, endpointText } from '../engine/network.ts'
import type { DialogUser } from '../engine/server-side.ts'
import type { InviteUser, ResponseOptions, ServerTransaction } from '../engine/server-transaction.ts'
import { Trail } from '../engine/trail.ts'
import { domainOf } from '../manscdp/ids.ts'
import type { SipRequest } from '../sip/message.ts'
import { printSdp, type Sdp } from '../sip/sdp.ts'
import { playAnswer, ssrcText } from '../sip/sdp-gb.ts'
import { detached } from '../sip/text.ts'
import { type Actor, ownerOf } from '../statechart/index.ts'
import { SessionMedia } from './media.ts'
import type { DeviceSettings } from './options.ts'
import type { RtpPort } from './rtp-port.ts'
import type { Shared } from './shared.ts'

export interface SessionParts {
  readonly settings: DeviceSettings
  readonly shared: Shared
  readonly transaction: ServerTransaction
  readonly channelId: string
  readonly offer: Sdp
  /** Where the offer wants the media. */
  readonly to: Endpoint
  /** `<sender>:<sequence>` of the Subject, if there is one. */
  readonly stream: string | undefined
  readonly ended: (session: CameraSession) => void
}

export class CameraSession implements DialogUser, InviteUser {
  readonly dialog: Dialog
  readonly trail = new Trail()
  readonly channelId: string
  readonly stream: string | undefined
  readonly #parts: SessionParts
  readonly #invite: ServerTransaction
  readonly #actor: Actor<typeof invitedLogic>
  readonly #localAddress: string
  #answer: ResponseOptions = {}
  #ssrc = ''
  #media: SessionMedia | undefined
  /** The request within the dialog that is being taken. */
  #current: ServerTransaction | undefined
  #over = false

  constructor(parts: SessionParts) {
    const { settings, shared, transaction } = parts
    const { engine } = shared
    this.#parts = parts
    this.#invite = transaction
    this.channelId = parts.channelId
    this.stream = parts.stream === undefined ? undefined : detached(parts.stream)
    this.#localAddress = engine.reachableAt(transaction.flow).address
    const contact = engine.contact(parts.channelId, transaction.flow)
    this.dialog = Dialog.invitedBy(transaction.request, transaction.toTag, contact)
    transaction.trail = this.trail
    transaction.inviteUser = this
    this.#actor = engine.spawn(invitedLogic, {
      key: { callId: transaction.request.callId, deviceId: settings.id },
      owner: this,
      input: engine.options.timers === undefined ? {} : { timers: engine.options.timers },
      owing: true,
      drain: () => this.stop(),
      ended: ({ output }) => this.#ended(output?.end ?? 'stopped'),
    })
    engine.openDialog(this)
  }

  get callId(): string {
    return this.dialog.callId
  }

  /** RTP packets sent so far. */
  get packets(): number {
    return this.#media?.packets ?? 0
  }

  /** Answers the INVITE: 100 at once, the rest when a media port is open. */
  open(): void {
    this.#actor.start()
    this.#invite.respond(100)
    // Fault silent-after-100: the channel behind the recorder is gone, and nobody says so.
    if (this.#parts.settings.faults.has('silent-after-100')) return
    // Bound where signalling is bound: media may leave by another interface than signalling.
    const opened = this.#parts.shared.openRtp(this.#parts.settings.local.address)
    if (!(opened instanceof Promise)) return this.#answerFrom(opened)
    opened.then(
      (port) => this.#answerFrom(port),
      () => this.#actor.send({ type: 'reject', status: 500, at: this.#now() }),
    )
  }

  /** Ends it from our side: BYE, or a refusal where it was not answered yet. */
  stop(): void {
    this.#actor.send({ type: 'stop', at: this.#now() })
  }

  /** Ends it without a word. */
  cut(): void {
    this.#actor.stop()
  }

  // --- what the engine tells

  cancelled(): void {
    this.#actor.send({ type: 'cancel.received', at: this.#now() })
  }

  /** The machine repeats the 200 until its ACK by its own clock, so that a lost response is no news to it. */
  failed(): void {}

  acknowledged(): void {
    // Fault drop-ack: the ACK went to an address that only the device's own network knows.
    if (this.#parts.settings.faults.has('drop-ack')) return
    this.#actor.send({ type: 'ack.received', at: this.#now() })
  }

  request(transaction: ServerTransaction): void {
    const { request } = transaction
    if (request.method === 'BYE') return this.#bye(transaction)
    // GB/T 28181 uses no re-INVITE; 488 leaves the session as it is (RFC 3261 14.2).
    transaction.respond(request.method === 'INVITE' ? 488 : 200)
  }

  #bye(transaction: ServerTransaction): void {
    this.#current = transaction
    this.#actor.send({ type: 'bye.received', at: this.#now(), message: transaction.request })
    this.#current = undefined
    if (transaction.finalStatus === undefined) transaction.respond(481)
  }

  // --- what the machine wants done

  respondProvisional(status: number): void {
    const headers = [{ name: 'Contact', value: this.dialog.contact }]
    // The name that devices have for 101, which RFC 3261 does not list (protocol notes 04, section 2).
    this.#invite.respond(status, { headers, ...(status === 101 && { reason: 'Dialog Establishment' }) })
  }

  respondSuccess(): void {
    this.#invite.respond(200, this.#answer)
    if (this.#parts.settings.profile.mediaAfter === 'answer') this.#media?.start()
  }

  retransmitSuccess(): void {
    this.#invite.respond(200, this.#answer)
  }

  respondFailure(status: number): void {
    this.#invite.respond(status)
  }

  startMedia(): void {
    const { shared, settings, to, channelId } = this.#parts
    const { callId } = this
    this.#media?.start()
    shared.emit('session.started', {
      deviceId: settings.id,
      channelId,
      callId,
      ssrc: this.#ssrc,
      to: endpointText(to),
    })
  }

  stopMedia(): void {
    this.#media?.close()
  }

  hangUp(): void {
    const { engine } = this.#parts.shared
    engine.send(
      this.dialog.request('BYE', this.dialog.nextCSeq(), this.#invite.flow),
      {
        final: () => this.#actor.send({ type: 'bye.answered', at: this.#now() }),
        failed: () => this.#actor.send({ type: 'bye.failed', at: this.#now() }),
      },
      { trail: this.trail, parent: this.#actor },
    )
  }

  acceptBye(): void {
    this.#current?.respond(200)
  }

  // --- details

  #answerFrom(port: RtpPort): void {
    if (this.#over) return port.close()
    const { settings, offer, channelId, shared, to } = this.#parts
    this.#ssrc = this.#chooseSsrc()
    const answer = { offer, id: channelId, address: this.#localAddress, port: port.port, ssrc: this.#ssrc }
    const described = playAnswer(answer)
    const at = this.#now()
    if (!described.ok) {
      port.close()
      return this.#actor.send({ type: 'reject', status: 488, at })
    }
    const { sdp } = described
    this.#answer = {
      headers: [
        { name: 'Contact', value: this.dialog.contact },
        { name: 'Content-Type', value: 'application/sdp' },
      ],
      body: Buffer.from(printSdp(sdp)),
    }
    this.#media = new SessionMedia({
      shared,
      clock: shared.engine.options.clock,
      faults: settings.faults,
      port,
      localAddress: settings.local.address,
      to,
      // Fault ssrc-zero: what y= says never reaches the encoder.
      ssrc: settings.faults.has('ssrc-zero') ? 0 : (sdp.ssrc?.number ?? 0),
      payloadType: Number(sdp.media[0]?.formats[0] ?? 96),
      cname: channelId,
    })
    if (settings.profile.early) this.#actor.send({ type: 'ring', status: 101, at })
    this.#actor.send({ type: 'answer', at })
  }

  /** The inviting side assigns it (Annex G); where it does not, or fault ssrc-own is on, the device makes one up. */
  #chooseSsrc(): string {
    const { settings, offer, shared } = this.#parts
    const offered = offer.ssrc?.number === undefined ? undefined : offer.ssrc.text
    if (offered !== undefined && !settings.faults.has('ssrc-own')) return offered
    const serial = 1 + Math.floor(shared.random.fraction() * 9999)
    const made = ssrcText('live', domainOf(settings.id), serial)
    return made === offered ? ssrcText('live', domainOf(settings.id), (serial % 9999) + 1) : made
  }

  #ended(why: InvitedEnd | 'stopped'): void {
    this.#over = true
    const { shared, settings, channelId } = this.#parts
    const { callId, packets } = this
    this.#media?.close()
    shared.engine.closeDialog(this)
    this.#parts.ended(this)
    shared.emit('session.ended', { deviceId: settings.id, channelId, callId, why, packets })
  }

  #now(): number {
    return this.#parts.shared.engine.now()
  }
}

/** `<sender>:<sequence>` of a Subject: which stream is asked for (Annex L of 2022). */
export function streamOf(request: SipRequest): string | undefined {
  const sender = request.header('Subject')?.split(',')[0]?.trim()
  return sender === undefined || !/^\d+:.+$/.test(sender) ? undefined : sender
}

const owner = ({ self }: { self: object }) => ownerOf<CameraSession>(self)

const invitedLogic = invited.provide({
  actions: {
    respondProvisional: (args, status) => owner(args).respondProvisional(status),
    respondSuccess: (args) => owner(args).respondSuccess(),
    retransmitSuccess: (args) => owner(args).retransmitSuccess(),
    respondFailure: (args, status) => owner(args).respondFailure(status),
    startMedia: (args) => owner(args).startMedia(),
    stopMedia: (args) => owner(args).stopMedia(),
    hangUp: (args) => owner(args).hangUp(),
    acceptBye: (args) => owner(args).acceptBye(),
  },
})
