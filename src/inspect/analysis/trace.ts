/** The messages of records one by one, as a ladder shows them. */
import type { SentMessage } from '../capture/index.ts'
import { redactedBytes } from '../recorder/redact.ts'
import type { Examined } from './examine.ts'
import { isoTime } from './instant.ts'
import type { Observed } from './observed.ts'
import type { Transaction } from './transactions.ts'

/** One message. Its text is made when it is asked for, and is no part of the JSON. */
export class TraceRow {
  readonly frame: number
  readonly at: string
  readonly transport: 'UDP' | 'TCP'
  /** `address:port` */
  readonly from: string
  readonly to: string
  /** `INVITE (SDP)`, `200 OK (REGISTER)`, `MESSAGE Catalog Query`. */
  readonly label: string
  readonly kind: 'request' | 'success' | 'provisional' | 'failure' | 'challenge' | 'malformed'
  readonly callId?: string
  readonly deviceId?: string
  /** The frame of the message that this one repeats. */
  readonly repeats?: number
  /** `Timer F`: no final response came before it fired; `Timer F in 12.5 s`: none has come yet. */
  readonly unanswered?: string
  readonly #observed: Observed

  constructor(observed: Observed, deviceId: string | undefined, unanswered: string | undefined) {
    this.#observed = observed
    this.frame = observed.frame
    this.at = isoTime(observed.at)
    this.transport = observed.transport
    this.from = observed.from
    this.to = observed.to
    this.label = observed.label
    this.kind = kindOf(observed)
    const { message, repeats } = observed
    if (message !== undefined) this.callId = message.callId
    if (deviceId !== undefined) this.deviceId = deviceId
    if (repeats !== undefined) this.repeats = repeats.frame
    if (unanswered !== undefined) this.unanswered = unanswered
  }

  /** Milliseconds since the epoch, with fractions. */
  get time(): number {
    return this.#observed.at
  }

  /** Tells messages apart that end in one frame. */
  get message(): object {
    return this.#observed
  }

  /** The message that this one repeats, as its row has it in `message`. */
  get original(): object | undefined {
    return this.#observed.repeats
  }

  get method(): string | undefined {
    return this.#observed.message?.cseq.method
  }

  get status(): number | undefined {
    return this.#observed.response?.status
  }

  /** Of a MANSCDP body. */
  get cmdType(): string | undefined {
    return this.#observed.command?.cmdType
  }

  get hasSdp(): boolean {
    return this.#observed.hasSdp
  }

  /** As it was sent, for a capture of one's own; digest responses and passwords overwritten. */
  get sent(): SentMessage {
    const { at, transport, source, destination, bytes } = this.#observed
    return { at, transport, source, destination, bytes: redactedBytes(bytes) }
  }

  /** The whole message, digest responses and passwords replaced. */
  get text(): string {
    return this.#observed.text
  }
}

export function traceOf(examined: Examined): TraceRow[] {
  const unanswered = new Map<Observed, string>()
  for (const transaction of examined.transactions) {
    const waiting = waitingText(transaction, examined.endedAt)
    if (waiting !== undefined) unanswered.set(transaction.first, waiting)
  }
  return examined.messages.map(
    (observed) => new TraceRow(observed, examined.deviceOf(observed), unanswered.get(observed)),
  )
}

function waitingText({ outcome, method, first, responses }: Transaction, endedAt: number): string | undefined {
  const timer = method === 'INVITE' ? 'Timer B' : 'Timer F'
  if (outcome === 'timeout') return timer
  if (outcome === 'answered' || responses.length > 0) return undefined
  return `${timer} in ${Math.max(0, (32_000 - (endedAt - first.at)) / 1000).toFixed(1)} s`
}

function kindOf({ request, response }: Observed): TraceRow['kind'] {
  if (request !== undefined) return 'request'
  if (response === undefined) return 'malformed'
  const { status } = response
  if (status < 200) return 'provisional'
  if (status < 300) return 'success'
  return status === 401 || status === 407 ? 'challenge' : 'failure'
}
