/**
 * Media sessions as they are seen from outside (RFC 3261 13 and 15, GB/T 28181 9.2): each runs twice, as its inviting and
 * as its invited side lives it.
 *
 * When a side loses patience the record tells (a CANCEL, a BYE), so that the machines wait without limit here.
 */
import { invited } from '../../../machines/dialog/invited.ts'
import { type InvitingLimits, inviting, type SessionFailure } from '../../../machines/dialog/inviting.ts'
import type { Endpoint } from '../../engine/network.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../sip/message.ts'
import type { MediaDescription } from '../../sip/sdp-gb.ts'
import { type Actor, ownerOf } from '../../statechart/index.ts'
import type { CapturedMedia } from '../capture/types.ts'
import { hostsOf, type Observed } from './observed.ts'
import type { Records } from './records.ts'
import { never, Path, type Stage } from './stage.ts'
import type { Transaction } from './transactions.ts'

/** After 64*T1 a cancelled INVITE is over without an answer (9.1). */
const cancelLimit = 32_000
/** How long the platform waits for media that never comes, where the records would show it. */
const mediaLimit = 10_000

interface MediaForeknowledge {
  /** The inviting side waited for it as long as it may. */
  readonly starved: boolean
  /** The records show media where there is any. */
  readonly mediaSeen: boolean
  /** Media of this session is among it, or may be. */
  readonly mediaWillCome: boolean
}

export interface Bye {
  readonly transaction: Transaction
  readonly by: 'inviting' | 'invited'
}

export class Dialog {
  readonly callId: string
  readonly invite: Transaction
  readonly invitingPath = new Path()
  readonly invitedPath = new Path()
  readonly successes: Observed[] = []
  readonly acks: Observed[] = []
  readonly byes: Bye[] = []
  cancel: Transaction | undefined
  deviceId: string | undefined
  failure: SessionFailure | undefined
  /** RTP that came to the offered port. */
  readonly streams: CapturedMedia[] = []
  readonly #stage: Stage
  /** Its media, if there was any, is in the records. */
  readonly mediaSeen: boolean
  readonly starved: boolean
  readonly #inviting: Actor<typeof watchedInviting>
  readonly #invited: Actor<typeof invited>

  constructor(stage: Stage, invite: Transaction, { mediaSeen, mediaWillCome, starved }: MediaForeknowledge) {
    this.#stage = stage
    this.mediaSeen = mediaSeen
    this.starved = starved
    this.invite = invite
    this.callId = invite.callId
    const id = this.callId
    const limits: InvitingLimits = { answer: never, media: mediaWillCome ? never : mediaLimit, cancel: cancelLimit }
    this.#inviting = stage.run(watchedInviting, { limits }, { id, owner: this, path: this.invitingPath })
    this.#invited = stage.run(invited, {}, { id, owner: this, path: this.invitedPath })
    invite.watchers.push({
      provisional: (response) => this.#provisional(response),
      final: (response, observed) => this.#final(response, observed),
      failed: () => this.#inviting.send({ type: 'transaction.failed', at: stage.now, reason: 'timeout' }),
    })
  }

  /** Whom the INVITE asks for: a channel, as a rule. */
  get channelId(): string | undefined {
    return this.invite.request.to.user
  }

  get offer(): MediaDescription | undefined {
    return this.invite.first.media
  }

  get answer(): MediaDescription | undefined {
    return this.successes[0]?.media
  }

  get confirmedAt(): number | undefined {
    return this.acks[0]?.at
  }

  get inviter(): Endpoint {
    return this.invite.first.source
  }

  get state(): string {
    return this.invitingPath.state
  }

  /** Up: acknowledged, and nobody has ended it. */
  get open(): boolean {
    return this.successes.length > 0 && this.byes.length === 0
  }

  get outcome(): string {
    const [stage = ''] = this.state.split('.')
    // Whether it played before it was ended, records without media do not tell.
    if (this.failure === 'cancelled' && !this.mediaSeen && this.successes.length > 0) return 'ended'
    return this.failure ?? stage
  }

  get messages(): Observed[] {
    const all = [
      this.invite,
      ...(this.cancel === undefined ? [] : [this.cancel]),
      ...this.byes.map((bye) => bye.transaction),
    ]
    const seen = new Set([...all.flatMap((transaction) => transaction.messages), ...this.acks])
    return [...seen].sort((left, right) => left.at - right.at || left.frame - right.frame)
  }

  #provisional(response: SipResponse): void {
    const { status } = response
    const at = this.#stage.now
    const tagged = status > 100 && response.to.tag !== undefined
    this.#inviting.send({ type: 'response.provisional', at, status, message: response, tagged })
    if (status > 100) this.#invited.send({ type: 'ring', at, status })
  }

  #final(response: SipResponse, observed: Observed): void {
    const { status } = response
    const at = this.#stage.now
    if (status >= 300) {
      this.#inviting.send({ type: 'response.failure', at, status, message: response })
      this.#invited.send({ type: 'reject', at, status })
      return
    }
    const known = this.successes[0]?.response
    this.successes.push(observed)
    if (known !== undefined && known.to.tag !== response.to.tag) {
      this.#inviting.send({ type: 'response.forked', at, status, message: response })
      return
    }
    this.#inviting.send({ type: 'response.success', at, status, message: response, usable: isUsable(observed) })
    this.#invited.send({ type: 'answer', at })
  }

  acknowledged(observed: Observed): void {
    observed.repeats = this.acks[0]
    this.acks.push(observed)
    this.#invited.send({ type: 'ack.received', at: this.#stage.now })
  }

  cancelled(transaction: Transaction): void {
    this.cancel = transaction
    const at = this.#stage.now
    this.#inviting.send({ type: 'stop', at })
    if (this.invite.final === undefined) this.#invited.send({ type: 'cancel.received', at })
  }

  hungUp(transaction: Transaction): void {
    const { request } = transaction
    const by = request.from.tag === this.invite.request.from.tag ? 'inviting' : 'invited'
    this.byes.push({ transaction, by })
    this.#tellBye(by, request)
    transaction.watchers.push({
      final: () => this.#tellBoth('bye.answered'),
      failed: () => this.#tellBoth('bye.failed'),
    })
  }

  #tellBye(by: Bye['by'], message: SipRequest): void {
    const at = this.#stage.now
    if (by === 'inviting') {
      this.#inviting.send({ type: 'stop', at })
      this.#invited.send({ type: 'bye.received', at, message })
    } else {
      this.#inviting.send({ type: 'bye.received', at, message })
      this.#invited.send({ type: 'stop', at })
    }
  }

  #tellBoth(type: 'bye.answered' | 'bye.failed'): void {
    this.#inviting.send({ type, at: this.#stage.now })
    this.#invited.send({ type, at: this.#stage.now })
  }

  mediaArrived(stream: CapturedMedia): void {
    this.streams.push(stream)
    this.#inviting.send({ type: 'media.arrived', at: this.#stage.now })
  }

  failed(reason: SessionFailure): void {
    this.failure = reason
  }
}

const owner = ({ self }: { self: object }) => ownerOf<Dialog>(self)

const watchedInviting = inviting.provide({ actions: { fail: (args, reason) => owner(args).failed(reason) } })

const isUsable = ({ media }: Observed): boolean => media !== undefined

type MediaRecords = Pick<Records, 'media' | 'watched' | 'starved'>

/** Finds the dialog of each message, and of each stream. */
export class Dialogs {
  readonly all: Dialog[] = []
  readonly #stage: Stage
  readonly #records: MediaRecords
  readonly #byCallId = new Map<string, Dialog[]>()
  readonly #byReceiver = new Map<string, Dialog[]>()

  constructor(stage: Stage, records: MediaRecords) {
    this.#stage = stage
    this.#records = records
  }

  /** The first sight of an INVITE; one within a dialog (a To tag) makes no new one. */
  invited(transaction: Transaction): Dialog | undefined {
    if (transaction.request.to.tag !== undefined) return undefined
    const receiver = receiverOf(transaction.first.media)
    const made = new Dialog(this.#stage, transaction, {
      starved: this.#records.starved?.has(transaction.callId) ?? false,
      mediaSeen: this.#isWatched(transaction.callId),
      mediaWillCome: this.#willCome(transaction.callId, receiver, transaction.first.at),
    })
    this.all.push(made)
    add(this.#byCallId, made.callId, made)
    if (receiver !== undefined) add(this.#byReceiver, receiver, made)
    return made
  }

  /** Where the records hold no media at all, nothing can be said of its absence. */
  #willCome(callId: string, receiver: string | undefined, from: number): boolean {
    if (!this.#isWatched(callId) || receiver === undefined) return true
    const { media = [] } = this.#records
    return media.some((stream) => stream.firstAt >= from && destinationOf(stream) === receiver)
  }

  #isWatched(callId: string): boolean {
    const { media, watched } = this.#records
    return media !== undefined && (watched?.has(callId) ?? true)
  }

  find(observed: Observed, message: SipMessage): Dialog | undefined {
    const candidates = this.#byCallId.get(message.callId) ?? []
    const hosts = hostsOf(observed)
    return candidates.findLast(({ invite }) => invite.first.hosts === hosts) ?? candidates.at(-1)
  }

  /** The youngest dialog that offered the port to which the stream goes. */
  mediaArrived(stream: CapturedMedia): Dialog | undefined {
    const found = this.#byReceiver
      .get(destinationOf(stream))
      ?.findLast(({ invite }) => invite.first.at <= stream.firstAt)
    found?.mediaArrived(stream)
    return found
  }
}

const receiverOf = (media: MediaDescription | undefined): string | undefined =>
  media?.address === undefined ? undefined : `${media.address}:${media.port}`

const destinationOf = ({ destination }: CapturedMedia): string => `${destination.address}:${destination.port}`

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
