/**
 * Ethernet frames around UDP datagrams and TCP segments, over IPv4 and IPv6, with every length and checksum as it should be:
 * RFC 791, 768, 8200, 9293, and 1071 for the sums.
 *
 * Frames are as large as their message wants, as those of a capture on a host with segmentation offload are.
 */
import { isIPv4, isIPv6 } from 'node:net'
import type { Endpoint } from '../../engine/network.ts'
import { ipv4, ipv6 } from './link.ts'

export interface TcpFields {
  readonly sequence: number
  readonly acknowledgement: number
  readonly flags: number
}

export const tcpFlags = { fin: 0x01, syn: 0x02, push: 0x08, ack: 0x10 } as const

/** What one IPv4 datagram can carry; more cannot have come in a datagram. */
export const maxUdpPayload = 65_507

const udpProtocol = 17
const tcpProtocol = 6

/** The largest window without the option that scales it (RFC 9293 3.1). */
const window = 65_535

export function udpFrame(from: Endpoint, to: Endpoint, payload: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt16BE(header.length + payload.length, 4)
  return frame(from, to, udpProtocol, Buffer.concat([header, payload]), 6)
}

export function tcpFrame(from: Endpoint, to: Endpoint, fields: TcpFields, payload: Buffer): Buffer {
  const header = Buffer.alloc(20)
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt32BE(fields.sequence, 4)
  header.writeUInt32BE(fields.acknowledgement, 8)
  header[12] = (header.length / 4) << 4
  header[13] = fields.flags
  header.writeUInt16BE(window, 14)
  return frame(from, to, tcpProtocol, Buffer.concat([header, payload]), 16)
}

/** `sumAt`: where the checksum of the transport's header stands. */
function frame(from: Endpoint, to: Endpoint, protocol: number, segment: Buffer, sumAt: number): Buffer {
  const [source, destination] = addressPair(from.address, to.address)
  const pseudo = Buffer.alloc(8)
  pseudo.writeUInt32BE(segment.length, 0)
  pseudo[7] = protocol
  const sum = checksum(Buffer.concat([source, destination, pseudo, segment]))
  // In UDP a sum of 0 means that there is none; its complement says the same number.
  segment.writeUInt16BE(sum === 0 && protocol === udpProtocol ? 0xffff : sum, sumAt)
  const isV4 = source.length === 4
  const header = isV4 ? ipv4Header(protocol, segment.length) : ipv6Header(protocol, segment.length)
  source.copy(header, isV4 ? 12 : 8)
  destination.copy(header, isV4 ? 16 : 24)
  if (isV4) header.writeUInt16BE(checksum(header), 10)
  return Buffer.concat([etherHeader(source, destination, isV4 ? ipv4 : ipv6), header, segment])
}

function etherHeader(source: Buffer, destination: Buffer, protocol: number): Buffer {
  const type = Buffer.alloc(2)
  type.writeUInt16BE(protocol)
  return Buffer.concat([hardwareAddress(destination), hardwareAddress(source), type])
}

/** A locally administered one, the same for the same host. */
const hardwareAddress = (address: Buffer): Buffer => Buffer.concat([Buffer.from([2, 0]), address.subarray(-4)])

function ipv4Header(protocol: number, length: number): Buffer {
  const header = Buffer.alloc(20)
  header[0] = 0x45
  header.writeUInt16BE(header.length + length, 2)
  header.writeUInt16BE(0x4000, 6)
  header[8] = 64
  header[9] = protocol
  return header
}

function ipv6Header(protocol: number, length: number): Buffer {
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(length, 4)
  header[6] = protocol
  header[7] = 64
  return header
}

/** Both of one family: beside an IPv6 address an IPv4 address is written as mapped (RFC 4291 2.5.5.2). */
function addressPair(from: string, to: string): [Buffer, Buffer] {
  const [source, destination] = [addressBytes(from), addressBytes(to)]
  if (source.length === destination.length) return [source, destination]
  return [mapped(source), mapped(destination)]
}

const mapped = (address: Buffer): Buffer =>
  address.length === 16 ? address : Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), address])

/** What is no literal, a host name that a message told, is the unspecified address. */
function addressBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number))
  return isIPv6(text) ? ipv6Bytes(text) : Buffer.alloc(4)
}

function ipv6Bytes(text: string): Buffer {
  const [plain = ''] = text.split('%')
  const dotted = plain.slice(plain.lastIndexOf(':') + 1)
  const whole = dotted.includes('.') ? plain.slice(0, -dotted.length) + dottedGroups(dotted) : plain
  const [head = '', tail] = whole.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const bytes = Buffer.alloc(16)
  for (const [i, group] of [...before, ...zeros, ...after].entries())
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * i)
  return bytes
}

/** `1.2.3.4` as `102:304`. */
function dottedGroups(text: string): string {
  const bytes = Buffer.from(text.split('.').map(Number))
  return `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`
}

/** The ones' complement of the ones' complement sum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  if (bytes.length % 2 === 1) sum += bytes[bytes.length - 1]! << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
