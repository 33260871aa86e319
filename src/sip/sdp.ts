/**
 * Session descriptions as GB/T 28181 speaks them: RFC 4566 with two lines of its own, `y=` (SSRC) and `f=` (media
 * parameters), behind everything else (Annex G in 2022, F in 2016).
 *
 * Bytes in, a description or a typed rejection out; a description in, text out. Lines that have no meaning here are kept, in
 * order, in the section where they stood. Knows no dialog and makes no choice: offers and answers are `sdp-gb.ts`.
 */
import { isAscii, isUtf8 } from 'node:buffer'

export interface Sdp {
  /** `o=` */
  readonly origin: SdpOrigin
  /** `s=`: Play, Playback, Download, Talk. */
  readonly name: string
  /** `u=`: `<channelId>:<type>` for history. */
  readonly uri?: string
  readonly connection?: SdpConnection
  /** `t=`, each start and stop; Unix seconds in GB/T 28181, not NTP seconds. As text: any number of digits. */
  readonly times: readonly SdpTime[]
  readonly attributes: readonly SdpAttribute[]
  /** Other lines of the session's section (`i=`, `b=`, vendors' own). */
  readonly others: readonly SdpLine[]
  readonly media: readonly SdpMedia[]
  /** `y=` */
  readonly ssrc?: SdpSsrc
  /** `f=` */
  readonly parameters?: MediaParameters
}

export interface SdpOrigin {
  readonly username: string
  readonly sessionId: string
  readonly sessionVersion: string
  readonly addressType: string
  readonly address: string
}

export interface SdpConnection {
  /** `IP4` or `IP6`. */
  readonly addressType: string
  readonly address: string
}

export interface SdpTime {
  readonly start: string
  readonly stop: string
}

export interface SdpAttribute {
  readonly name: string
  /** What follows the colon, where there is one. */
  readonly value?: string
}

export interface SdpLine {
  /** The letter before `=`. */
  readonly type: string
  readonly value: string
}

export interface SdpMedia {
  /** `video`, `audio`, ... */
  readonly kind: string
  /** 0 to 65535. */
  readonly port: number
  /** `RTP/AVP` or `TCP/RTP/AVP`. */
  readonly protocol: string
  /** Payload types, as text. */
  readonly formats: readonly string[]
  readonly connection?: SdpConnection
  readonly attributes: readonly SdpAttribute[]
  readonly others: readonly SdpLine[]
}

export interface SdpSsrc {
  /** As sent: ten digits with their leading zeros, though devices have sent others. */
  readonly text: string
  /** As it stands in RTP; absent when the text is no 32-bit number. */
  readonly number?: number
}

/** `f=v/<codec>/<resolution>/<fps>/<rate type>/<kbps>a/<codec>/<rate>/<sampling>`; a part not given is absent. Codes as in Annex G. */
export interface MediaParameters {
  readonly raw: string
  readonly video: {
    readonly codec?: number
    /** A code 1 to 6, or `WxH` (2022). */
    readonly resolution?: string
    readonly frameRate?: number
    /** 1 constant, 2 variable. */
    readonly rateType?: number
    readonly kbps?: number
  }
  readonly audio: { readonly codec?: number; readonly rate?: number; readonly sampling?: number }
}

export type SdpRejectionReason = 'empty' | 'too-big' | 'not-sdp' | 'bad-connection' | 'bad-media'

export type ParseSdpResult = { ok: true; sdp: Sdp } | { ok: false; reason: SdpRejectionReason }

/** Sixteen thousand characters are a hundred times what any device sends. */
const MAX_LENGTH = 16_384

/**
 * Reads a description: CRLF or LF, with or without the last one, empty lines between. Bytes are UTF-8 or, where they cannot
 * be, GB18030. Never throws.
 */
export function parseSdp(body: Uint8Array | string): ParseSdpResult {
  if (body.length > MAX_LENGTH) return { ok: false, reason: 'too-big' }
  const lines = linesOf(typeof body === 'string' ? body : decode(body))
  if (!lines) return { ok: false, reason: 'not-sdp' }
  if (lines.length === 0) return { ok: false, reason: 'empty' }
  if (lines[0]?.type !== 'v') return { ok: false, reason: 'not-sdp' }
  const reader = new SdpReader()
  for (const line of lines.slice(1)) {
    const reason = reader.take(line)
    if (reason) return { ok: false, reason }
  }
  return { ok: true, sdp: reader.sdp() }
}

/** The description as text, each line ended by CRLF, the last one too (Hikvision answers 415 without it). */
export function printSdp(sdp: Sdp): string {
  const { origin: o, others } = sdp
  const lines = [
    'v=0',
    `o=${o.username} ${o.sessionId} ${o.sessionVersion} IN ${o.addressType} ${o.address}`,
    `s=${sdp.name}`,
    ...printOthers(others, 'i'),
    ...(sdp.uri === undefined ? [] : [`u=${sdp.uri}`]),
    ...printOthers(others, 'ep'),
    ...printConnection(sdp.connection),
    ...printOthers(others, 'b'),
    ...sdp.times.map(({ start, stop }) => `t=${start} ${stop}`),
    ...printOthers(others, 'iepb', false),
    ...sdp.attributes.map(printAttribute),
    ...sdp.media.flatMap(printMedia),
    ...(sdp.ssrc ? [`y=${sdp.ssrc.text}`] : []),
    ...(sdp.parameters ? [`f=${sdp.parameters.raw}`] : []),
  ]
  return lines.map((line) => `${line}\r\n`).join('')
}

/** Reads the value of `y=`. */
export function parseSsrc(value: string): SdpSsrc {
  const text = value.trim()
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return number <= 0xffffffff ? { text, number } : { text }
}

/** Reads the value of `f=`, whatever it is: devices send it empty, with a blank before the `a`, with the video part gone. */
export function parseMediaParameters(raw: string): MediaParameters {
  const [video = '', audio = ''] = raw.split(/a(.*)/s)
  const v = video.replace(/^\s*v?\s*\/?/, '').split('/')
  const a = audio.replace(/^\s*\/?/, '').split('/')
  return {
    raw,
    video: defined({
      codec: code(v[0]),
      resolution: v[1]?.trim() || undefined,
      frameRate: code(v[2]),
      rateType: code(v[3]),
      kbps: code(v[4]),
    }),
    audio: defined({ codec: code(a[0]), rate: code(a[1]), sampling: code(a[2]) }),
  }
}

/** The value of the first attribute of that name; the empty text for a flag; undefined when there is none. */
export function attributeValue(attributes: readonly SdpAttribute[], name: string): string | undefined {
  const found = attributes.find((attribute) => attribute.name.toLowerCase() === name)
  return found && (found.value ?? '')
}

// ---- reading

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Section = Pick<SdpMedia, 'connection'> & { attributes: SdpAttribute[]; others: SdpLine[] }

/** Takes the lines one after the other; those after an `m=` belong to that medium, but `y=` and `f=`, which are the session's. */
class SdpReader {
  readonly #session: Mutable<Section> & { times: SdpTime[]; uri?: string; ssrc?: SdpSsrc; parameters?: MediaParameters }
  readonly #media: (Mutable<Section> & Omit<SdpMedia, keyof Section>)[] = []
  #origin: SdpOrigin | undefined
  #name: string | undefined

  constructor() {
    this.#session = { times: [], attributes: [], others: [] }
  }

  take({ type, value }: SdpLine): SdpRejectionReason | undefined {
    const section = this.#media.at(-1) ?? this.#session
    if (type === 'm') return this.#medium(value)
    if (type === 'c' && !section.connection) return connect(section, value)
    if (type === 'a') section.attributes.push(readAttribute(value))
    else if (!this.#ofSession(type, value)) section.others.push({ type, value })
    return undefined
  }

  sdp(): Sdp {
    return { origin: this.#origin ?? readOrigin(''), name: this.#name ?? '', ...this.#session, media: this.#media }
  }

  /** The lines of which a session has one; a second one is kept as a line like any other, a second `y=` or `f=` ignored. */
  #ofSession(type: string, value: string): boolean {
    const session = this.#session
    if (type === 'y') session.ssrc ??= parseSsrc(value)
    else if (type === 'f') session.parameters ??= parseMediaParameters(value)
    else if (this.#media.length > 0) return false
    else if (type === 'o' && !this.#origin) this.#origin = readOrigin(value)
    else if (type === 's' && this.#name === undefined) this.#name = value
    else if (type === 'u' && session.uri === undefined) session.uri = value
    else if (type === 't') session.times.push(readTime(value))
    else return false
    return true
  }

  #medium(value: string): SdpRejectionReason | undefined {
    const [kind = '', port = '', protocol = '', ...formats] = words(value)
    // `port/count` of RFC 4566 has no use here; the first port counts.
    const number = /^(\d{1,5})(?:\/\d{1,5})?$/.exec(port)?.[1]
    if (number === undefined || Number(number) > 65_535 || protocol === '') return 'bad-media'
    this.#media.push({ kind, port: Number(number), protocol, formats, attributes: [], others: [] })
    return undefined
  }
}

/** Undefined when a line is not `letter=value`. */
function linesOf(text: string): SdpLine[] | undefined {
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '')
  // Zeros behind the last line are a C string's end.
  if (lines.at(-1)?.replaceAll('\0', '') === '') lines.pop()
  if (lines.some((line) => !/^[A-Za-z]=/.test(line))) return undefined
  return lines.map((line) => ({ type: line[0] ?? '', value: line.slice(2).trimEnd() }))
}

function connect(section: Mutable<Section>, value: string): SdpRejectionReason | undefined {
  const [net, addressType, address] = words(value)
  if (net !== 'IN' || addressType === undefined || address === undefined) return 'bad-connection'
  section.connection = { addressType, address }
  return undefined
}

/** Short origins are taken: nothing depends on them, and devices send some without an address. */
function readOrigin(value: string): SdpOrigin {
  const [username = '-', sessionId = '0', sessionVersion = '0', , addressType = 'IP4', address = '0.0.0.0'] =
    words(value)
  return { username, sessionId, sessionVersion, addressType, address }
}

function readTime(value: string): SdpTime {
  const [start = '0', stop = '0'] = words(value)
  return { start, stop }
}

function readAttribute(text: string): SdpAttribute {
  const colon = text.indexOf(':')
  return colon < 0 ? { name: text } : { name: text.slice(0, colon), value: text.slice(colon + 1) }
}

const words = (value: string): string[] => value.split(/\s/).filter((word) => word !== '')

const code = (part: string | undefined): number | undefined =>
  part !== undefined && /^\s{0,4}\d{1,9}\s{0,4}$/.test(part) ? Number(part) : undefined

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }
const defined = <T extends object>(parts: T): Defined<T> =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) as Defined<T>

/** Nearly all are ASCII, the same in every charset. To make a decoder takes longer than all the rest of a description. */
function decode(bytes: Uint8Array): string {
  if (isAscii(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return decoders[isUtf8(bytes) ? 'utf-8' : 'gb18030'].decode(bytes)
}

const decoders = { 'utf-8': new TextDecoder('utf-8'), gb18030: new TextDecoder('gb18030') }

// ---- printing

const printConnection = (connection: SdpConnection | undefined): string[] =>
  connection ? [`c=IN ${connection.addressType} ${connection.address}`] : []

const printAttribute = ({ name, value }: SdpAttribute): string =>
  value === undefined ? `a=${name}` : `a=${name}:${value}`

/** The lines of these letters (or of all but these), in the order in which they came. */
const printOthers = (others: readonly SdpLine[], letters: string, within = true): string[] =>
  others.filter(({ type }) => letters.includes(type) === within).map(({ type, value }) => `${type}=${value}`)

function printMedia(medium: SdpMedia): string[] {
  return [
    `m=${[medium.kind, medium.port, medium.protocol, ...medium.formats].join(' ')}`,
    ...printOthers(medium.others, 'i'),
    ...printConnection(medium.connection),
    ...printOthers(medium.others, 'i', false),
    ...medium.attributes.map(printAttribute),
  ]
}
