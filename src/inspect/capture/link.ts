/**
 * Link layers: where the network protocol's bytes begin in a frame, and which protocol it is.
 *
 * https://www.tcpdump.org/linktypes.html. Owns the layers below IP, VLAN tags (802.1Q, 802.1ad) among them; knows no IP.
 */
import type { Frame } from './types.ts'

export const ipv4 = 0x0800
export const ipv6 = 0x86dd

/** `protocol`: an EtherType. */
export interface Network {
  readonly protocol: number
  readonly payload: Buffer
}

/** `other`: whole, but nothing that carries SIP. `short`: the header is not whole. */
export type LinkResult = Network | 'other' | 'short' | 'unknown'

/** A header of fixed length that ends in, or has at `protocolAt`, an EtherType. */
const ether = { protocolAt: 12, length: 14 }
const cookedV1 = { protocolAt: 14, length: 16 }
const cookedV2 = { protocolAt: 0, length: 20 }

const vlanTags: readonly number[] = [0x8100, 0x88a8, 0x9100]

/** More tags than this are no network's doing. */
const maxTags = 8

export function networkOf({ linkType, bytes }: Frame): LinkResult {
  switch (linkType) {
    case 1:
      return tagged(bytes, ether)
    case 113:
      return tagged(bytes, cookedV1)
    case 276:
      return tagged(bytes, cookedV2)
    case 0:
    case 108:
      return loopback(bytes)
    case 12:
    case 14:
    case 101:
      return raw(bytes)
    case 228:
      return { protocol: ipv4, payload: bytes }
    case 229:
      return { protocol: ipv6, payload: bytes }
    default:
      return 'unknown'
  }
}

function tagged(bytes: Buffer, { protocolAt, length }: typeof ether): LinkResult {
  if (bytes.length < length) return 'short'
  let protocol = bytes.readUInt16BE(protocolAt)
  let start = length
  for (let tags = 0; vlanTags.includes(protocol) && tags < maxTags; tags++) {
    if (bytes.length < start + 4) return 'short'
    protocol = bytes.readUInt16BE(start + 2)
    start += 4
  }
  return protocol === ipv4 || protocol === ipv6 ? { protocol, payload: bytes.subarray(start) } : 'other'
}

/** AF_INET is 2 everywhere, AF_INET6 is what the BSDs, macOS, Linux and Windows each made of it. */
const families: ReadonlyMap<number, number> = new Map([
  [2, ipv4],
  ...[10, 23, 24, 28, 30].map((family) => [family, ipv6] as const),
])

/** LINKTYPE_NULL is in the byte order of the host that captured, which the file does not tell: small numbers do. */
function loopback(bytes: Buffer): LinkResult {
  if (bytes.length < 4) return 'short'
  const protocol = families.get(bytes.readUInt32LE(0)) ?? families.get(bytes.readUInt32BE(0))
  return protocol === undefined ? 'other' : { protocol, payload: bytes.subarray(4) }
}

function raw(bytes: Buffer): LinkResult {
  const first = bytes[0]
  if (first === undefined) return 'short'
  const version = first >> 4
  if (version !== 4 && version !== 6) return 'other'
  return { protocol: version === 4 ? ipv4 : ipv6, payload: bytes }
}
