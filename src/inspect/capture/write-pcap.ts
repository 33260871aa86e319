/**
 * Messages as a pcap file that Wireshark and tshark open with each of them decoded.
 *
 * The messages are real; the packets around them are made up: one datagram for a message over UDP, and for each pair of
 * TCP endpoints one connection from SYN to FIN, opened by who spoke first, every byte acknowledged.
 */
import { type Endpoint, endpointText } from '../../engine/network.ts'
import { maxUdpPayload, type TcpFields, tcpFlags, tcpFrame, udpFrame } from './print-packet.ts'
import type { CapturedMessage } from './types.ts'

export type SentMessage = Pick<CapturedMessage, 'at' | 'transport' | 'source' | 'destination' | 'bytes'>

interface Packet {
  readonly at: number
  readonly bytes: Buffer
}

/** Below what an IP packet holds and the window takes. */
const maxSegment = 60_000

const { fin, syn, push, ack } = tcpFlags
const nothing: Buffer = Buffer.alloc(0)

/**
 * A pcap file (microseconds, Ethernet) of the messages in the order of `at`, in milliseconds since the epoch. Addresses are
 * IP literals; a host name is written as 0.0.0.0. Of a message that no UDP datagram can hold, what fits is written.
 */
export function writePcap(messages: Iterable<SentMessage>): Buffer {
  const connections = new Map<string, Connection>()
  const packets: Packet[] = []
  for (const message of [...messages].sort((a, b) => a.at - b.at)) {
    if (message.transport === 'UDP') packets.push(datagram(message))
    else packets.push(...connectionOf(message, connections).send(message))
  }
  for (const connection of connections.values()) packets.push(...connection.close())
  return Buffer.concat([fileHeader(), ...packets.sort((a, b) => a.at - b.at).flatMap(record)])
}

const datagram = ({ at, source, destination, bytes }: SentMessage): Packet => ({
  at,
  bytes: udpFrame(source, destination, bytes.subarray(0, maxUdpPayload)),
})

function connectionOf({ source, destination }: SentMessage, connections: Map<string, Connection>): Connection {
  const key = [endpointText(source), endpointText(destination)].sort().join(' ')
  const connection = connections.get(key) ?? new Connection(source, destination)
  connections.set(key, connection)
  return connection
}

class Connection {
  readonly #client: Endpoint
  readonly #server: Endpoint
  /** The next sequence number of each side. */
  #clientNext = 1000
  #serverNext = 5000
  #opened = false
  #lastAt = 0

  constructor(client: Endpoint, server: Endpoint) {
    this.#client = client
    this.#server = server
  }

  send({ at, source, bytes }: SentMessage): Packet[] {
    const fromClient = endpointText(source) === endpointText(this.#client)
    const packets = this.#opened ? [] : this.#open(at)
    this.#lastAt = at
    for (let from = 0; from < bytes.length; from += maxSegment) {
      packets.push(this.#segment(fromClient, push | ack, bytes.subarray(from, from + maxSegment)))
      packets.push(this.#segment(!fromClient, ack))
    }
    return packets
  }

  close(): Packet[] {
    return [this.#segment(true, fin | ack), this.#segment(false, fin | ack), this.#segment(true, ack)]
  }

  #open(at: number): Packet[] {
    this.#opened = true
    this.#lastAt = at
    return [this.#segment(true, syn), this.#segment(false, syn | ack), this.#segment(true, ack)]
  }

  #segment(fromClient: boolean, flags: number, payload = nothing): Packet {
    const [from, to] = fromClient ? [this.#client, this.#server] : [this.#server, this.#client]
    const [sequence, peer] = fromClient ? [this.#clientNext, this.#serverNext] : [this.#serverNext, this.#clientNext]
    const fields: TcpFields = { sequence, acknowledgement: flags & ack ? peer : 0, flags }
    // SYN and FIN each count as a byte (RFC 9293 3.4).
    const next = (sequence + payload.length + (flags & (syn | fin) ? 1 : 0)) >>> 0
    if (fromClient) this.#clientNext = next
    else this.#serverNext = next
    return { at: this.#lastAt, bytes: tcpFrame(from, to, fields, payload) }
  }
}

function fileHeader(): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(262_144, 16)
  header.writeUInt32LE(1, 20)
  return header
}

function record({ at, bytes }: Packet): [Buffer, Buffer] {
  const microseconds = Math.max(0, Math.round(at * 1000))
  const header = Buffer.alloc(16)
  header.writeUInt32LE(Math.floor(microseconds / 1e6) % 2 ** 32, 0)
  header.writeUInt32LE(microseconds % 1e6, 4)
  header.writeUInt32LE(bytes.length, 8)
  header.writeUInt32LE(bytes.length, 12)
  return [header, bytes]
}
