/**
 * The offers and answers of GB/T 28181 (Annex G; 9.2), and what an answer says about the media to come.
 *
 * The codec is `sdp.ts`. Which port, which SSRC and which transport is the caller's choice; nothing here remembers any.
 */
import {
  attributeValue,
  parseMediaParameters,
  parseSdp,
  parseSsrc,
  type Sdp,
  type SdpAttribute,
  type SdpConnection,
  type SdpMedia,
  type SdpOrigin,
} from './sdp.ts'
import { usualMedia } from './sdp-usual.ts'

/** How media travels; for TCP (2016 and later), who waits: `tcp-passive` means that the one who says so listens. */
export type MediaTransport = 'udp' | 'tcp-passive' | 'tcp-active'

export interface PlayOffer {
  /** The platform's own 20-digit ID. */
  readonly id: string
  /** Where media is to be sent: an IPv4 or IPv6 address without brackets. */
  readonly address: string
  readonly port: number
  /** Ten digits, as `ssrcText` makes them. */
  readonly ssrc: string
  readonly transport: MediaTransport
}

export interface PlayAnswer {
  readonly offer: Sdp
  /** The channel's 20-digit ID. */
  readonly id: string
  /** Where media comes from. */
  readonly address: string
  readonly port: number
  /** Ten digits; those of the offer in one's own domain. */
  readonly ssrc: string
  /** The value of `f=`, for example `v/2/6/25/1/4096a///`. */
  readonly parameters?: string
}

export type PlayAnswerResult = { ok: true; sdp: Sdp } | { ok: false; reason: 'no-media' | 'no-common-format' }

/** What the receiver needs to know of the other side's description. */
export interface MediaDescription {
  readonly kind: string
  /** Of the medium, else of the session; absent when neither has one. May be a private address behind NAT. */
  readonly address?: string
  /** 0 refuses the medium (RFC 3264 6), though some devices send 0 and then stream. */
  readonly port: number
  readonly transport: 'udp' | 'tcp'
  /** The first payload type. */
  readonly payloadType?: number
  /** `PS`, `H264`, ... of its rtpmap, else of the table of static types; a vendor's name marks a stream that is not standard. */
  readonly encodingName?: string
  /** Hz. */
  readonly clockRate?: number
  /** SSRC as number and as text; the number is absent when the text is none. */
  readonly ssrc?: number
  readonly ssrcText?: string
  /** `a=setup`, for TCP; answers may leave it out, then the offer's complement holds. */
  readonly setup?: 'active' | 'passive' | 'actpass'
}

/** Payload types offered, in the order of preference (Annex G, table of 3.1): PS carries whatever the camera encodes. */
const OFFERED: readonly (readonly [format: string, map: string])[] = [
  ['96', 'PS/90000'],
  ['97', 'MPEG4/90000'],
  ['98', 'H264/90000'],
  ['99', 'H265/90000'],
]

/** Meanings without an rtpmap: RFC 3551 and Annex G. */
const STATIC: Readonly<Record<string, string>> = {
  0: 'PCMU/8000',
  4: 'G723/8000',
  8: 'PCMA/8000',
  9: 'G722/8000',
  18: 'G729/8000',
  20: 'SVACA/8000',
  34: 'H263/90000',
  96: 'PS/90000',
  97: 'MPEG4/90000',
  98: 'H264/90000',
}

/** The offer for live video (9.2, s=Play): receive only, PS first. */
export function playOffer({ id, address, port, ssrc, transport }: PlayOffer): Sdp {
  const tcp = transport !== 'udp'
  return {
    origin: originOf(id, address),
    name: 'Play',
    connection: connectionOf(address),
    times: [{ start: '0', stop: '0' }],
    attributes: [],
    others: [],
    media: [
      {
        kind: 'video',
        port,
        protocol: tcp ? 'TCP/RTP/AVP' : 'RTP/AVP',
        formats: OFFERED.map(([format]) => format),
        attributes: [
          { name: 'recvonly' },
          ...OFFERED.map(([format, map]) => ({ name: 'rtpmap', value: `${format} ${map}` })),
          ...(tcp ? tcpAttributes(transport === 'tcp-passive' ? 'passive' : 'active') : []),
        ],
        others: [],
      },
    ],
    ssrc: parseSsrc(ssrc),
  }
}

const offeredMedium = `RTP/AVP ${OFFERED.map(([format]) => format).join(' ')}
a=recvonly
${OFFERED.map(([format, map]) => `a=rtpmap:${format} ${map}\n`).join('')}`.replaceAll('\n', '\r\n')

/** What `printSdp` makes of `playOffer` over UDP: nothing but four values is different from one call to the next. */
export function playOfferText({ id, address, port, ssrc }: Omit<PlayOffer, 'transport'>): string {
  const net = `IN ${addressType(address)} ${address}`
  return `v=0\r\no=${id} 0 0 ${net}\r\ns=Play\r\nc=${net}\r\nt=0 0\r\nm=video ${port} ${offeredMedium}y=${ssrc}\r\n`
}

/**
 * The answer of a device that sends PS: one payload type, the offer's session type and times, and for TCP the other
 * role. `no-media`: the offer has no video; `no-common-format`: it takes no PS (a 488).
 */
export function playAnswer({ offer, id, address, port, ssrc, parameters }: PlayAnswer): PlayAnswerResult {
  const offered = offer.media.find(({ kind }) => kind === 'video')
  if (!offered) return { ok: false, reason: 'no-media' }
  const format = offered.formats.find((candidate) => mapOf(offered, candidate)?.name.toUpperCase() === 'PS')
  if (format === undefined) return { ok: false, reason: 'no-common-format' }
  const tcp = isTcp(offered)
  const medium: SdpMedia = {
    kind: 'video',
    port,
    protocol: offered.protocol,
    formats: [format],
    attributes: [
      { name: 'sendonly' },
      { name: 'rtpmap', value: `${format} PS/90000` },
      ...(tcp ? tcpAttributes(setupOf(offered) === 'active' ? 'passive' : 'active') : []),
    ],
    others: [],
  }
  const { name, times, uri } = offer
  const session = { origin: originOf(id, address), name, times, attributes: [], others: [], media: [medium] }
  return {
    ok: true,
    sdp: {
      ...session,
      ...(uri !== undefined && { uri }),
      connection: connectionOf(address),
      ssrc: parseSsrc(ssrc),
      ...(parameters !== undefined && { parameters: parseMediaParameters(parameters) }),
    },
  }
}

/** What the body of an answer says of its medium; undefined when it is no description or has none. */
export function mediaIn(body: Buffer): MediaDescription | undefined {
  const usual = usualMedia(body.toString('latin1'))
  if (usual !== undefined) return usual
  const parsed = parseSdp(body)
  return parsed.ok ? mediaOf(parsed.sdp) : undefined
}

/** What a description says of its medium of that kind, else of its first one; undefined when it has none. */
export function mediaOf(sdp: Sdp, kind: 'video' | 'audio' = 'video'): MediaDescription | undefined {
  const medium = sdp.media.find((candidate) => candidate.kind === kind) ?? sdp.media[0]
  if (!medium) return undefined
  const [format] = medium.formats
  const map = format === undefined ? undefined : mapOf(medium, format)
  const address = (medium.connection ?? sdp.connection)?.address
  const setup = setupOf(medium)
  return {
    kind: medium.kind,
    port: medium.port,
    transport: isTcp(medium) ? 'tcp' : 'udp',
    ...(address !== undefined && { address }),
    ...(format !== undefined && /^\d{1,3}$/.test(format) && { payloadType: Number(format) }),
    ...(map && { encodingName: map.name }),
    ...(map?.rate !== undefined && { clockRate: map.rate }),
    ...(sdp.ssrc && { ssrcText: sdp.ssrc.text }),
    ...(sdp.ssrc?.number !== undefined && { ssrc: sdp.ssrc.number }),
    ...(setup && { setup }),
  }
}

/**
 * The SSRC of `y=`: digit 1 is 0 for live and 1 for history, digits 2 to 6 are digits 4 to 8 of the domain's ID, digits 7
 * to 10 a serial that is unique in the domain (Annex G). Throws RangeError for a serial beyond 0 to 9999 or a domain that is
 * not 10 or 20 digits: both are the caller's own.
 */
export function ssrcText(kind: 'live' | 'history', domain: string, serial: number): string {
  if (!/^\d{10}(?:\d{10})?$/.test(domain)) throw new RangeError(`a domain has 10 or 20 digits, not: ${domain}`)
  if (!Number.isInteger(serial) || serial < 0 || serial > 9999)
    throw new RangeError(`an SSRC serial is 0 to 9999: ${serial}`)
  return `${kind === 'live' ? 0 : 1}${domain.slice(3, 8)}${String(serial).padStart(4, '0')}`
}

const addressType = (address: string): 'IP4' | 'IP6' => (address.includes(':') ? 'IP6' : 'IP4')

const connectionOf = (address: string): SdpConnection => ({ addressType: addressType(address), address })

const originOf = (username: string, address: string): SdpOrigin => ({
  username,
  sessionId: '0',
  sessionVersion: '0',
  ...connectionOf(address),
})

/** Annex L of 2016, Annex D of 2022: the connection is always a new one. */
const tcpAttributes = (setup: 'active' | 'passive'): SdpAttribute[] => [
  { name: 'setup', value: setup },
  { name: 'connection', value: 'new' },
]

const isTcp = (medium: SdpMedia): boolean => /^tcp/i.test(medium.protocol)

function setupOf(medium: SdpMedia): MediaDescription['setup'] {
  const value = attributeValue(medium.attributes, 'setup')?.trim().toLowerCase()
  return value === 'active' || value === 'passive' || value === 'actpass' ? value : undefined
}

function mapOf(medium: SdpMedia, format: string): { name: string; rate?: number } | undefined {
  const maps = medium.attributes.filter(({ name }) => name.toLowerCase() === 'rtpmap')
  const own = maps
    .map(({ value = '' }) => value.trim().split(/\s/))
    .find(([type]) => type === format)
    ?.at(-1)
  const [name, rate] = (own ?? STATIC[format] ?? '').split('/')
  if (!name) return undefined
  return /^\d{1,9}$/.test(rate ?? '') ? { name, rate: Number(rate) } : { name }
}
