/**
 * Plays records through the machines: every message becomes the event that it amounts to, on the records' own clock, and
 * every transaction, registration, exchange and dialog an actor whose path is kept.
 *
 * Owns the order of things and which affair a message belongs to. Draws no conclusions: that is `../findings`.
 */
import { endpointText } from '../../engine/network.ts'
import type { ManscdpMessage } from '../../manscdp/message.ts'
import type { SipRequest } from '../../sip/message.ts'
import type { CapturedClosing, CapturedMedia } from '../capture/types.ts'
import { type Dialog, Dialogs } from './dialogs.ts'
import { type Exchange, Exchanges, exchangeKey } from './exchanges.ts'
import { Observed } from './observed.ts'
import type { Records } from './records.ts'
import { type Foreknowledge, Registration } from './registrations.ts'
import { Stage } from './stage.ts'
import { type Transaction, Transactions } from './transactions.ts'

/** Everything that the observer has made out of the records. */
export interface Examined {
  readonly messages: readonly Observed[]
  readonly transactions: readonly Transaction[]
  readonly registrations: readonly Registration[]
  readonly exchanges: readonly Exchange[]
  readonly dialogs: readonly Dialog[]
  /** Absent: the source could not see media. */
  readonly media: readonly CapturedMedia[] | undefined
  /** Streams that belong to no dialog of the records. */
  readonly strayMedia: readonly CapturedMedia[]
  readonly closings: readonly { readonly closing: CapturedClosing; readonly registration: Registration }[]
  /** Responses without a request. */
  readonly orphans: readonly Observed[]
  /** Responses of MANSCDP that nobody asked for. */
  readonly strayResponses: readonly Observed[]
  readonly startedAt: number
  readonly endedAt: number
  /** The device behind an address at some time, as far as it was seen to register. */
  deviceOf(observed: Observed): string | undefined
}

/** Never throws for anything that records can hold. */
export function examine(records: Records): Examined {
  const messages = records.messages.map((captured) => new Observed(captured))
  return new Examination(records, messages).run()
}

type Happening = { readonly at: number; readonly observed?: Observed; readonly see: () => void }

class Examination {
  readonly #records: Records
  readonly #messages: readonly Observed[]
  readonly #stage: Stage
  readonly #known: ReadonlyMap<string, Foreknowledge>
  readonly #transactions: Transactions
  readonly #exchanges: Exchanges
  readonly #dialogs: Dialogs
  readonly #registrations = new Map<string, Registration>()
  /** By address and port, who was seen to register or to live there. */
  readonly #devices = new Map<string, string>()
  /** Who registered over which TCP connection. */
  readonly #byConnection = new Map<string, Set<Registration>>()
  readonly #ids = new Set<string>()
  readonly #deviceOf = new Map<Observed, string>()
  readonly #strayMedia: CapturedMedia[] = []
  readonly #closings: { closing: CapturedClosing; registration: Registration }[] = []

  constructor(records: Records, messages: readonly Observed[]) {
    this.#records = records
    this.#messages = messages
    this.#stage = new Stage(messages[0]?.at ?? 0)
    this.#known = foreknowledgeOf(messages)
    this.#transactions = new Transactions(this.#stage)
    this.#exchanges = new Exchanges(this.#stage, answeredKeys(messages))
    this.#dialogs = new Dialogs(this.#stage, records)
  }

  run(): Examined {
    for (const { at, observed, see } of this.#happenings()) this.#stage.play(at, observed, see)
    this.#stage.play(this.#records.until ?? 0, undefined, () => {})
    for (const transaction of this.#transactions.all) transaction.finish()
    const registrations = [...this.#registrations.values()]
    for (const registration of registrations) registration.finish()
    return {
      messages: this.#messages,
      transactions: this.#transactions.all,
      registrations,
      exchanges: this.#exchanges.all,
      dialogs: this.#dialogs.all,
      media: this.#records.media,
      strayMedia: this.#strayMedia,
      closings: this.#closings,
      orphans: this.#transactions.orphans,
      strayResponses: this.#exchanges.strays,
      startedAt: this.#messages[0]?.at ?? 0,
      endedAt: this.#stage.now,
      deviceOf: (observed) => this.#deviceOf.get(observed),
    }
  }

  /** Messages, the beginnings of streams and the ends of connections, by time; what came first stays first. */
  #happenings(): Happening[] {
    const { media = [], closings = [] } = this.#records
    const messages = this.#messages.map((observed) => ({ at: observed.at, observed, see: () => this.#see(observed) }))
    const streams = media.flatMap((stream) => [
      { at: stream.firstAt, see: () => this.#streamBegins(stream) },
      { at: stream.lastAt, see: () => {} },
    ])
    const ends = closings.map((closing) => ({ at: closing.at, see: () => this.#connectionCloses(closing) }))
    return [...messages, ...streams, ...ends].sort((left, right) => left.at - right.at)
  }

  #see(observed: Observed): void {
    const { request, response } = observed
    const transaction =
      request !== undefined
        ? this.#seeRequest(observed, request)
        : response !== undefined
          ? this.#transactions.response(observed, response)
          : undefined
    const device = this.#deviceAt(observed) ?? transaction?.deviceId
    if (device !== undefined) this.#deviceOf.set(observed, device)
    if (transaction !== undefined) transaction.deviceId ??= device
  }

  #seeRequest(observed: Observed, request: SipRequest): Transaction | undefined {
    if (request.method === 'ACK') {
      const invite = this.#transactions.ack(observed, request)
      if ((invite?.status ?? 0) < 300) this.#dialogs.find(observed, request)?.acknowledged(observed)
      return undefined
    }
    const transaction = this.#transactions.request(observed, request)
    if (transaction !== undefined) this.#begin(transaction, observed, request)
    return transaction
  }

  #begin(transaction: Transaction, observed: Observed, request: SipRequest): void {
    switch (request.method) {
      case 'REGISTER':
        return this.#register(transaction, observed, request)
      case 'INVITE': {
        const dialog = this.#dialogs.invited(transaction)
        if (dialog !== undefined) dialog.deviceId = this.#deviceAt(observed) ?? dialog.channelId
        return
      }
      case 'CANCEL':
        return this.#dialogs.find(observed, request)?.cancelled(transaction)
      case 'BYE':
        return this.#dialogs.find(observed, request)?.hungUp(transaction)
      default:
        if (observed.command !== undefined) this.#command(transaction, observed, observed.command)
    }
  }

  #register(transaction: Transaction, observed: Observed, request: SipRequest): void {
    const registration = this.#registrationOf(request.to.user ?? '', observed)
    if (observed.transport === 'TCP') {
      const key = connectionKey(observed)
      const known = this.#byConnection.get(key)
      if (known === undefined) this.#byConnection.set(key, new Set([registration]))
      else known.add(registration)
    }
    registration.register(transaction)
  }

  #command(transaction: Transaction, observed: Observed, command: ManscdpMessage): void {
    if (isKeepalive(command)) {
      const id = command.deviceId ?? transaction.request.from.user ?? ''
      return this.#registrationOf(id, observed).keepaliveSent(transaction)
    }
    const found =
      command.root === 'Response'
        ? this.#exchanges.answered(observed, command)
        : this.#exchanges.asked(transaction, command)
    if (found !== undefined) found.deviceId ??= this.#deviceAt(observed) ?? found.targetId
  }

  #registrationOf(deviceId: string, observed: Observed): Registration {
    const key = registrationKey(deviceId, observed)
    this.#devices.set(observed.from, deviceId)
    this.#ids.add(deviceId)
    const found = this.#registrations.get(key)
    if (found !== undefined) return found
    const known = this.#known.get(key) ?? { registersAt: [], keepalivesAt: [] }
    const made = new Registration(this.#stage, key, deviceId, known, this.#records.presence)
    this.#registrations.set(key, made)
    return made
  }

  /** As the source says; else by name where it is one that registered, because many may share one address; else by address. */
  #deviceAt({ message, from, to }: Observed): string | undefined {
    if (this.#records.deviceId !== undefined) return this.#records.deviceId
    const named = [message?.from.user, message?.to.user].find((user) => user !== undefined && this.#ids.has(user))
    return named ?? this.#devices.get(from) ?? this.#devices.get(to)
  }

  #streamBegins(stream: CapturedMedia): void {
    if (this.#dialogs.mediaArrived(stream) === undefined) this.#strayMedia.push(stream)
  }

  #connectionCloses(closing: CapturedClosing): void {
    for (const registration of this.#byConnection.get(connectionKey(closing)) ?? []) {
      if (registration.state !== 'online' && registration.state !== 'silent') continue
      this.#closings.push({ closing, registration })
      registration.connectionClosed()
    }
  }
}

/** Both ends, the same in either direction. */
function connectionKey({ source, destination }: Pick<CapturedClosing, 'source' | 'destination'>): string {
  const ends = [endpointText(source), endpointText(destination)]
  return ends.sort().join(' ')
}

const isKeepalive = ({ root, cmdType }: ManscdpMessage): boolean =>
  root === 'Notify' && cmdType.toLowerCase() === 'keepalive'

/** A device and the address of its platform: a cascade registers the same ID at several. */
const registrationKey = (deviceId: string, { destination }: Observed): string => `${deviceId}|${destination.address}`

/** When each device sent which REGISTER and keepalive, retransmissions left out. */
function foreknowledgeOf(messages: readonly Observed[]): ReadonlyMap<string, Foreknowledge> {
  const known = new Map<string, { registersAt: number[]; keepalivesAt: number[] }>()
  const branches = new Set<string>()
  for (const observed of messages) {
    const { request } = observed
    if (request === undefined || (request.method !== 'REGISTER' && request.method !== 'MESSAGE')) continue
    const { command } = observed
    const keepalive = command !== undefined && isKeepalive(command)
    if (request.method === 'MESSAGE' && !keepalive) continue
    const branch = `${request.via.branch}|${request.callId}|${request.cseq.number}`
    if (branches.has(branch)) continue
    branches.add(branch)
    const id = keepalive ? (command.deviceId ?? request.from.user) : request.to.user
    const key = registrationKey(id ?? '', observed)
    const times = known.get(key) ?? { registersAt: [], keepalivesAt: [] }
    known.set(key, times)
    if (keepalive) times.keepalivesAt.push(observed.at)
    else times.registersAt.push(observed.at)
  }
  return known
}

function answeredKeys(messages: readonly Observed[]): ReadonlySet<string> {
  const responses = messages.flatMap(({ command }) => (command?.root === 'Response' ? [exchangeKey(command)] : []))
  return new Set(responses)
}
