/**
 * One message as the observer sees it: what it is in SIP, what its body says, and whether it is the first of its kind.
 */
import type { Endpoint } from '../../engine/network.ts'
import { endpointText } from '../../engine/network.ts'
import { type ManscdpMessage, type ParseManscdpResult, parseManscdp } from '../../manscdp/message.ts'
import { type SipMessage, SipRequest, SipResponse } from '../../sip/message.ts'
import type { ParseNote } from '../../sip/parse.ts'
import type { Rejection } from '../../sip/rejection.ts'
import { type ParseSdpResult, parseSdp } from '../../sip/sdp.ts'
import { type MediaDescription, mediaOf } from '../../sip/sdp-gb.ts'
import type { CapturedMessage } from '../capture/types.ts'
import { oneLine, redactedText } from './redact.ts'

export class Observed {
  readonly frame: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly transport: 'UDP' | 'TCP'
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly bytes: Buffer
  readonly message: SipRequest | SipResponse | undefined
  /** Why it is no message. */
  readonly rejection: Rejection | undefined
  readonly notes: readonly ParseNote[]
  /** Its end is not there: nothing can be said of its body. */
  readonly cut: boolean
  /** The first of the same, where this one is a retransmission. */
  repeats: Observed | undefined
  #manscdp: ParseManscdpResult | undefined
  #sdp: ParseSdpResult | undefined

  constructor({ frame, at, transport, source, destination, bytes, parsed, cut = false }: CapturedMessage) {
    this.frame = frame
    this.at = at
    this.transport = transport
    this.source = source
    this.destination = destination
    this.bytes = bytes
    this.cut = cut
    this.message = parsed.ok === true ? parsed.message : undefined
    this.rejection = parsed.ok === false ? parsed.rejection : undefined
    this.notes = parsed.ok === true ? parsed.notes : []
  }

  get request(): SipRequest | undefined {
    return this.message instanceof SipRequest ? this.message : undefined
  }

  get response(): SipResponse | undefined {
    return this.message instanceof SipResponse ? this.message : undefined
  }

  /** Both addresses without ports, the same in either direction. */
  get hosts(): string {
    return hostsOf(this)
  }

  get from(): string {
    return endpointText(this.source)
  }

  get to(): string {
    return endpointText(this.destination)
  }

  /** The MANSCDP body, or why it is none; undefined where the message has no such body. */
  get manscdp(): ParseManscdpResult | undefined {
    const { message } = this
    if (message === undefined || message.body.length === 0 || !isManscdp(message)) return undefined
    this.#manscdp ??= parseManscdp(message.body)
    return this.#manscdp
  }

  get command(): ManscdpMessage | undefined {
    const parsed = this.manscdp
    return parsed?.ok === true ? parsed.message : undefined
  }

  get hasSdp(): boolean {
    return this.message !== undefined && this.message.body.length > 0 && this.message.contentType === 'application/sdp'
  }

  get sdp(): ParseSdpResult | undefined {
    if (!this.hasSdp || this.message === undefined) return undefined
    this.#sdp ??= parseSdp(this.message.body)
    return this.#sdp
  }

  /** What the session description says of its medium. */
  get media(): MediaDescription | undefined {
    return this.sdp?.ok === true ? mediaOf(this.sdp.sdp, 'video') : undefined
  }

  /** `INVITE (SDP)`, `MESSAGE Catalog`, `200 OK (INVITE)`: what stands on its arrow. */
  get label(): string {
    const { request, response } = this
    const what =
      request !== undefined
        ? request.method
        : response !== undefined
          ? `${response.status} ${oneLine(response.reason)} (${response.cseq.method})`
          : `not SIP: ${this.rejection?.code ?? 'unknown'}`
    const { command } = this
    const body = command !== undefined ? ` ${oneLine(command.cmdType)}` : this.hasSdp ? ' (SDP)' : ''
    const role = command !== undefined && command.root !== 'Notify' ? ` ${command.root}` : ''
    return what + body + role
  }

  /** The whole message without digest responses and passwords. */
  get text(): string {
    return redactedText(this.bytes)
  }
}

export const hostsOf = ({ source, destination }: Pick<CapturedMessage, 'source' | 'destination'>): string =>
  source.address < destination.address
    ? `${source.address} ${destination.address}`
    : `${destination.address} ${source.address}`

const isManscdp = ({ contentType = '' }: SipMessage): boolean => contentType.startsWith('application/manscdp+xml')
