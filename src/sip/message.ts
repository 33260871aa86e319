/**
 * A SIP message as an immutable view over its bytes: RFC 3261 section 7.
 *
 * What every message must have (Via, From, To, Call-ID, CSeq) has been checked by `parse.ts` before one of these
 * exists; everything else is cut from the head when it is asked for. Knows no socket and no transaction. What outlives
 * the message is taken through `detached`, because each text here is a slice of the whole.
 */
import { type HeaderField, type HeaderName, type HeaderTable, headerName } from './head.ts'
import { type CSeq, maxExpires, type NameAddr, type Via } from './headers.ts'
import { parseDecimal, splitOutside, type Wire } from './text.ts'
import { parseUri, printUri, type SipUri } from './uri.ts'

export type { HeaderField } from './head.ts'
export type { Wire } from './text.ts'

/** The fields of a message, by name. */
export type Fields = Pick<HeaderTable, 'first' | 'all' | 'fields'>

/** The checked part of a message. */
export interface Essentials {
  /** Of the top Via. */
  readonly branch: Wire | undefined
  readonly viaCount: number
  /** As written, in order, one a value: what a response copies. */
  readonly viaTexts: readonly [Wire, ...Wire[]]
  readonly vias: readonly [Via, ...Via[]]
  readonly from: NameAddr
  readonly to: NameAddr
  readonly callId: Wire
  readonly cseq: CSeq
  readonly contacts: readonly NameAddr[] | '*'
  /** Of a request in its usual form. */
  readonly copied?: CopiedLines | undefined
}

/** The lines of a request that its response has like it, as they stand there in a row. */
export interface CopiedLines {
  /** From and To, without the line end of To: the tag comes there. */
  readonly parties: Wire
  /** That line end, Call-ID and CSeq. */
  readonly rest: Wire
}

const names = {
  contentType: headerName('content-type'),
  expires: headerName('expires'),
  maxForwards: headerName('max-forwards'),
}

export abstract class SipMessage {
  /** The bytes after the empty line, in whatever charset they are. */
  abstract readonly body: Buffer

  // What a message consists of is in the classes below: a base class with fields is made by two calls out of compiled code.
  protected abstract get table(): Fields
  protected abstract get essentials(): Essentials

  abstract get startLine(): Wire

  /** The start line without a password that a Request-URI may carry (19.1.1). */
  protected abstract get startLineForLogs(): Wire

  /** The first value of that name, unfolded; names in any case, compact form equal to long form. */
  header(name: string | HeaderName): Wire | undefined {
    return this.table.first(typeof name === 'string' ? headerName(name) : name)
  }

  /** Each occurrence in order, as it stands. */
  headers(name: string | HeaderName): readonly Wire[] {
    return this.table.all(typeof name === 'string' ? headerName(name) : name)
  }

  /** All values in order, cut at commas outside quotes and angle brackets; not for Authorization and its kin (7.3.1). */
  values(name: string | HeaderName): readonly Wire[] {
    const headers = this.headers(name)
    return headers.length === 0 ? headers : headers.flatMap((value) => (value === '' ? [] : splitOutside(value, ',')))
  }

  /** All fields in order, known and unknown. */
  fields(): readonly HeaderField[] {
    return this.table.fields()
  }

  /** The top Via. */
  get via(): Via {
    return this.essentials.vias[0]
  }

  /** The branch of the top Via. */
  get branch(): Wire | undefined {
    return this.essentials.branch
  }

  /** How many Vias there are: of a response to a request of ours, one. */
  get viaCount(): number {
    return this.essentials.viaCount
  }

  get vias(): readonly [Via, ...Via[]] {
    return this.essentials.vias
  }

  /** Every Via value as it was written, top first. */
  get viaTexts(): readonly [Wire, ...Wire[]] {
    return this.essentials.viaTexts
  }

  get from(): NameAddr {
    return this.essentials.from
  }

  get to(): NameAddr {
    return this.essentials.to
  }

  get callId(): Wire {
    return this.essentials.callId
  }

  get cseq(): CSeq {
    return this.essentials.cseq
  }

  /** All Contact values, or `*` (REGISTER with Expires 0, 10.2.2). */
  get contacts(): readonly NameAddr[] | '*' {
    return this.essentials.contacts
  }

  /** The first Contact that is an address. */
  get contact(): NameAddr | undefined {
    const { contacts } = this
    return contacts === '*' ? undefined : contacts[0]
  }

  /** The media type in lower case, without parameters: `application/manscdp+xml`. */
  get contentType(): string | undefined {
    const value = this.table.first(names.contentType)
    const semicolon = value?.indexOf(';') ?? -1
    return (semicolon < 0 ? value : value?.slice(0, semicolon))?.trim().toLowerCase()
  }

  /** Seconds in the Expires header, 0 to 2^32-1. A Contact's own `expires` wins over it (10.2.1.1). */
  get expires(): number | undefined {
    return parseDecimal(this.table.first(names.expires) ?? '', maxExpires)
  }

  /** 0 to 255; 70 where the header is absent, as if the sender had kept to 8.1.1.6. */
  get maxForwards(): number {
    return parseDecimal(this.table.first(names.maxForwards) ?? '', 255) ?? 70
  }

  /** What identifies the message, for logs; no credentials and no body. */
  toJSON(): { startLine: Wire; callId: Wire; cseq: string; from: Wire | undefined; to: Wire | undefined } {
    const { callId, cseq, from, to } = this.essentials
    return {
      startLine: this.startLineForLogs,
      callId,
      cseq: `${cseq.number} ${cseq.method}`,
      from: from.user,
      to: to.user,
    }
  }
}

/** What stands from `start` on. */
export const bodyFrom = (bytes: Buffer, start: number): Buffer =>
  start === bytes.length ? noBody : bytes.subarray(start)

const noBody = Buffer.alloc(0)

/** The checked request line. */
export interface RequestLine {
  readonly method: string
  readonly requestUri: Wire
}

export class SipRequest extends SipMessage {
  readonly method: string
  readonly requestUri: Wire
  readonly body: Buffer
  readonly #table: Fields
  readonly #essentials: Essentials
  #uri: SipUri | undefined

  constructor(line: RequestLine, table: Fields, essentials: Essentials, body: Buffer) {
    super()
    this.#table = table
    this.#essentials = essentials
    this.body = body
    this.method = line.method
    this.requestUri = line.requestUri
  }

  protected get table(): Fields {
    return this.#table
  }

  protected get essentials(): Essentials {
    return this.#essentials
  }

  /** The parsed Request-URI; undefined where its scheme is neither `sip` nor `sips`. */
  get uri(): SipUri | undefined {
    this.#uri ??= parseUri(this.requestUri)
    return this.#uri
  }

  /** Undefined where they do not stand in a row, or not as a response has them. */
  get copied(): CopiedLines | undefined {
    return this.#essentials.copied
  }

  get startLine(): Wire {
    return `${this.method} ${this.requestUri} SIP/2.0`
  }

  protected get startLineForLogs(): Wire {
    const { uri } = this
    const shown = uri?.password === undefined ? this.requestUri : printUri({ ...uri, password: undefined })
    return `${this.method} ${shown} SIP/2.0`
  }
}

export class SipResponse extends SipMessage {
  /** 100 to 699. */
  readonly status: number
  /** In whatever charset the peer speaks; may be empty. */
  readonly reason: Wire
  readonly body: Buffer
  readonly #table: Fields
  readonly #essentials: Essentials

  constructor(status: number, reason: Wire, table: Fields, essentials: Essentials, body: Buffer) {
    super()
    this.#table = table
    this.#essentials = essentials
    this.body = body
    this.status = status
    this.reason = reason
  }

  protected get table(): Fields {
    return this.#table
  }

  protected get essentials(): Essentials {
    return this.#essentials
  }

  get startLine(): Wire {
    return `SIP/2.0 ${this.status} ${this.reason}`
  }

  protected get startLineForLogs(): Wire {
    return this.startLine
  }
}
