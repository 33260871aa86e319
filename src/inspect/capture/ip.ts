/**
 * IPv4 (RFC 791), IPv6 (RFC 8200) and what they carry: UDP (RFC 768) and TCP (RFC 9293) payloads come out, with their
 * addresses.
 *
 * Reassembles fragments and unwraps IP in IP (RFC 2003, 2473, 4213). Checksums are not verified: a capture on the sending
 * host has them before the network card has filled them in. Knows no stream and no SIP.
 */
import { type Fragment, FragmentTable } from './fragments.ts'
import { ipv4, networkOf } from './link.ts'
import type { Frame, SkipCode } from './types.ts'

/** The bytes of one layer. `missing`: how many more the layer had than the capture has, at its end. */
interface Layer {
  readonly frame: Frame
  readonly source: string
  readonly destination: string
  readonly bytes: Buffer
  readonly missing: number
  /** IP headers around it. */
  readonly depth: number
}

export interface UdpDatagram {
  readonly frame: Frame
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
  readonly payload: Buffer
  readonly missing: number
}

export interface TcpSegment extends UdpDatagram {
  /** Of the first byte of the payload, or of the SYN before it. */
  readonly sequence: number
  readonly syn: boolean
  readonly fin: boolean
  readonly reset: boolean
}

export interface PacketUser {
  udp(datagram: UdpDatagram): void
  tcp(segment: TcpSegment): void
  skip(frame: number, why: SkipCode, detail: string): void
}

const maxDepth = 8

const tcpHeader = 20
const udpHeader = 8

/** IP protocol numbers. */
const protocols = { hopByHop: 0, ipInIp: 4, tcp: 6, udp: 17, ipv6: 41, routing: 43, fragment: 44, ah: 51, options: 60 }

export class PacketReader {
  readonly #user: PacketUser
  readonly #fragments: FragmentTable

  constructor(user: PacketUser) {
    this.#user = user
    this.#fragments = new FragmentTable((frame) =>
      user.skip(frame, 'fragments-incomplete', 'fragments of this datagram are missing in the capture'),
    )
  }

  frame(frame: Frame): void {
    const network = networkOf(frame)
    if (network === 'unknown') this.#user.skip(frame.number, 'link-type-unknown', `link type ${frame.linkType}`)
    else if (network === 'short') this.#broken(frame, frame.missing, 'the link layer')
    else if (network !== 'other') {
      const { protocol, payload } = network
      const layer = { frame, source: '', destination: '', bytes: payload, missing: frame.missing, depth: 0 }
      this.#carried(protocol === ipv4 ? protocols.ipInIp : protocols.ipv6, layer)
    }
  }

  end(): void {
    this.#fragments.end()
  }

  #carried(protocol: number, layer: Layer): void {
    if (protocol === protocols.udp) this.#udp(layer)
    else if (protocol === protocols.tcp) this.#tcp(layer)
    else if (protocol !== protocols.ipInIp && protocol !== protocols.ipv6) return
    else if (layer.depth === maxDepth) {
      this.#user.skip(layer.frame.number, 'nested-too-deep', `more than ${maxDepth} IP headers`)
    } else if (protocol === protocols.ipInIp) this.#ipv4(layer)
    else this.#ipv6(layer)
  }

  #ipv4(layer: Layer): void {
    const { bytes, frame, depth } = layer
    const headerLength = 4 * (bytes.length > 0 ? bytes[0]! & 0x0f : 5)
    if (bytes.length < Math.max(headerLength, 20)) return this.#broken(frame, layer.missing, 'the IPv4 header')
    // A length of 0 is a segment that the sender's network card will cut: it ends with the frame.
    const total = bytes.readUInt16BE(2) || bytes.length + layer.missing
    if (bytes[0]! >> 4 !== 4 || headerLength < 20 || total < headerLength) {
      return this.#broken(frame, 0, 'the IPv4 header')
    }
    const inner: Layer = {
      ...{ frame, depth: depth + 1 },
      source: ipv4Text(bytes, 12),
      destination: ipv4Text(bytes, 16),
      bytes: bytes.subarray(headerLength, total),
      missing: missingOf(layer, total),
    }
    const protocol = bytes[9]!
    const where = bytes.readUInt16BE(6)
    const offset = (where & 0x1fff) * 8
    const last = (where & 0x2000) === 0
    if (offset === 0 && last) this.#carried(protocol, inner)
    else this.#fragment(protocol, `${bytes.readUInt16BE(4)} ${protocol}`, offset, last, inner)
  }

  #ipv6(layer: Layer): void {
    const { bytes, frame, depth } = layer
    if (bytes.length < 40) return this.#broken(frame, layer.missing, 'the IPv6 header')
    if (bytes[0]! >> 4 !== 6) return this.#broken(frame, 0, 'the IPv6 header')
    const total = 40 + (bytes.readUInt16BE(4) || bytes.length + layer.missing - 40)
    this.#extensions(bytes[6]!, {
      ...{ frame, depth: depth + 1 },
      source: ipv6Text(bytes, 8),
      destination: ipv6Text(bytes, 24),
      bytes: bytes.subarray(40, total),
      missing: missingOf(layer, total),
    })
  }

  /** Passes over extension headers (RFC 8200 section 4): each says which one follows and, AH differently, how long it is. */
  #extensions(protocol: number, layer: Layer): void {
    let next = protocol
    let at = 0
    for (;;) {
      if (!isExtension(next)) return this.#carried(next, { ...layer, bytes: layer.bytes.subarray(at) })
      if (layer.bytes.length < at + 8) return this.#broken(layer.frame, layer.missing, 'an IPv6 extension header')
      if (next === protocols.fragment) return this.#ipv6Fragment({ ...layer, bytes: layer.bytes.subarray(at) })
      const words = layer.bytes[at + 1]!
      const length = next === protocols.ah ? 4 * (words + 2) : 8 * (words + 1)
      next = layer.bytes[at]!
      at += length
    }
  }

  #ipv6Fragment(layer: Layer): void {
    const where = layer.bytes.readUInt16BE(2)
    const payload = { ...layer, bytes: layer.bytes.subarray(8) }
    const key = `${layer.bytes.readUInt32BE(4)}`
    this.#fragment(layer.bytes[0]!, key, where & 0xfff8, (where & 1) === 0, payload)
  }

  #fragment(protocol: number, id: string, offset: number, last: boolean, layer: Layer): void {
    const { frame, source, destination, bytes } = layer
    if (layer.missing > 0) return this.#broken(frame, layer.missing, 'a fragment')
    const fragment: Fragment = { offset, last, bytes, frame: frame.number, at: frame.at }
    const whole = this.#fragments.add(`${source} ${destination} ${id}`, fragment)
    if (whole === 'damaged') this.#broken(frame, 0, 'a fragment')
    else if (whole !== 'waiting') this.#extensionsOrCarried(protocol, { ...layer, bytes: whole })
  }

  /** What an IPv6 fragment header names may be another extension header; in IPv4 these numbers do not occur. */
  #extensionsOrCarried(protocol: number, layer: Layer): void {
    if (isExtension(protocol) && layer.depth < maxDepth)
      this.#extensions(protocol, { ...layer, depth: layer.depth + 1 })
    else this.#carried(protocol, layer)
  }

  #udp(layer: Layer): void {
    const { frame, source, destination, bytes, missing } = layer
    if (bytes.length < udpHeader) return this.#broken(frame, missing, 'the UDP header')
    const length = bytes.readUInt16BE(4) || bytes.length + missing
    if (length < udpHeader) return this.#broken(frame, 0, 'the UDP header')
    this.#user.udp({
      ...{ frame, source, destination },
      sourcePort: bytes.readUInt16BE(0),
      destinationPort: bytes.readUInt16BE(2),
      payload: bytes.subarray(udpHeader, length),
      missing: missingOf(layer, length),
    })
  }

  #tcp({ frame, source, destination, bytes, missing }: Layer): void {
    if (bytes.length < tcpHeader) return this.#broken(frame, missing, 'the TCP header')
    const headerLength = 4 * (bytes[12]! >> 4)
    if (headerLength < tcpHeader) return this.#broken(frame, 0, 'the TCP header')
    if (bytes.length < headerLength) return this.#broken(frame, missing, 'the TCP header')
    const flags = bytes[13]!
    this.#user.tcp({
      ...{ frame, source, destination, missing },
      sourcePort: bytes.readUInt16BE(0),
      destinationPort: bytes.readUInt16BE(2),
      payload: bytes.subarray(headerLength),
      sequence: bytes.readUInt32BE(4),
      syn: (flags & 0x02) !== 0,
      fin: (flags & 0x01) !== 0,
      reset: (flags & 0x04) !== 0,
    })
  }

  /** A header that is not whole, or, with nothing missing, one that contradicts itself. */
  #broken(frame: Frame, missing: number, what: string): void {
    this.#user.skip(frame.number, ...missingBytes(frame, missing, what))
  }
}

/**
 * How much of a packet or datagram of `total` bytes was cut off. In a frame that was captured whole nothing was: there a larger total is
 * a wrong number, and what is there is all.
 */
const missingOf = ({ frame, bytes }: Layer, total: number): number =>
  frame.missing === 0 ? 0 : Math.max(0, total - bytes.length)

/** How to say that `what` is cut by the capture or, with nothing missing, damaged. */
export function missingBytes(frame: Frame, missing: number, what: string): [SkipCode, string] {
  if (missing === 0) return ['damaged-header', `${what} cannot be read`]
  const { length } = frame.bytes
  return ['cut-by-snaplen', `${what} is cut: ${length} of ${length + frame.missing} bytes were captured`]
}

const isExtension = (protocol: number): boolean =>
  protocol === protocols.hopByHop ||
  protocol === protocols.routing ||
  protocol === protocols.fragment ||
  protocol === protocols.ah ||
  protocol === protocols.options

const ipv4Text = (bytes: Buffer, at: number): string =>
  `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`

/** The form of RFC 5952: the longest run of two or more zero groups is left out. */
function ipv6Text(bytes: Buffer, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(at + 2 * i).toString(16))
  const text = `:${groups.join(':')}:`
  const runs = text.match(/:(?:0:){2,}/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  if (longest === '') return text.slice(1, -1)
  const start = text.indexOf(longest)
  return `${text.slice(1, start)}::${text.slice(start + longest.length, -1)}`
}
