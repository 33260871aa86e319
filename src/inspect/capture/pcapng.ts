/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): sections of blocks, each section in a byte order of its own.
 *
 * Reads section headers, interface descriptions and the three kinds of packet blocks; the others are passed over. Knows
 * no link layer.
 */
import { maxFrame } from './pcap.ts'
import type { FramesRead, FrameUser, Stopped } from './types.ts'

const sectionHeader = 0x0a0d0d0a
const interfaceDescription = 1
const obsoletePacket = 2
const simplePacket = 3
const enhancedPacket = 6

const byteOrderMagic = 0x1a2b3c4d

/** if_tsresol and if_tsoffset (section 4.2). */
const resolutionOption = 9
const offsetOption = 14

interface Interface {
  readonly linkType: number
  readonly snapLength: number
  readonly ticksPerSecond: bigint
  /** Seconds to be added to every time. */
  readonly offset: bigint
}

export const isPcapng = (bytes: Buffer): boolean => bytes.length >= 12 && bytes.readUInt32LE(0) === sectionHeader

/** Reads every whole block; says at which frame it had to stop. */
export function readPcapng(bytes: Buffer, user: FrameUser): FramesRead {
  return new PcapngReader(bytes, user).read()
}

class PcapngReader {
  readonly #bytes: Buffer
  readonly #user: FrameUser
  #littleEndian = true
  #interfaces: Interface[] = []
  #frames = 0

  constructor(bytes: Buffer, user: FrameUser) {
    this.#bytes = bytes
    this.#user = user
  }

  read(): FramesRead {
    for (let at = 0; at < this.#bytes.length; ) {
      const length = this.#blockLength(at)
      const fault = typeof length === 'number' ? this.#block(at, length) : length
      if (fault !== undefined) return { totalFrames: this.#frames, stoppedAt: fault }
      if (typeof length === 'number') at += length
    }
    return { totalFrames: this.#frames }
  }

  /** The length of the block, with its header and the length that is repeated at its end. */
  #blockLength(at: number): number | Stopped {
    const left = this.#bytes.length - at
    if (left < 12) return this.#stop('truncated', `the file ends ${left} bytes into this block`)
    if (this.#bytes.readUInt32LE(at) === sectionHeader) {
      if (!this.#takeByteOrder(at + 8)) return this.#stop('damaged-block', 'a section without a byte order')
    }
    const length = this.#word(at + 4)
    if (length < 12 || length % 4 !== 0) return this.#stop('damaged-block', `a block of ${length} bytes`)
    return length > left ? this.#stop('truncated', `the file ends ${left} bytes into this block`) : length
  }

  #takeByteOrder(at: number): boolean {
    this.#littleEndian = this.#bytes.readUInt32LE(at) === byteOrderMagic
    this.#interfaces = []
    return this.#littleEndian || this.#bytes.readUInt32BE(at) === byteOrderMagic
  }

  #block(at: number, length: number): Stopped | undefined {
    const body = at + 8
    const end = at + length - 4
    switch (this.#word(at)) {
      case interfaceDescription:
        return this.#describe(body, end)
      case enhancedPacket:
        return end < body + 20 ? this.#tooShort() : this.#packet(body, end, this.#word(body))
      case obsoletePacket:
        return end < body + 20 ? this.#tooShort() : this.#packet(body, end, this.#half(body))
      case simplePacket:
        return end < body + 4 ? this.#tooShort() : this.#simplePacket(body, end)
    }
  }

  #describe(body: number, end: number): Stopped | undefined {
    if (end < body + 8) return this.#tooShort()
    let ticksPerSecond = 1_000_000n
    let offset = 0n
    for (let at = body + 8; at + 4 <= end; ) {
      const length = this.#half(at + 2)
      if (at + 4 + length > end) break
      if (this.#half(at) === 0) break
      if (this.#half(at) === resolutionOption && length === 1) ticksPerSecond = ticks(this.#bytes[at + 4]!)
      if (this.#half(at) === offsetOption && length === 8) offset = this.#seconds(at + 4)
      at += 4 + length + padding(length)
    }
    this.#interfaces.push({
      linkType: this.#half(body),
      snapLength: this.#word(body + 4),
      ticksPerSecond,
      offset,
    })
    return undefined
  }

  /** Enhanced and obsolete packet blocks: time, both lengths and the bytes stand in the same places. */
  #packet(body: number, end: number, interfaceId: number): Stopped | undefined {
    const captured = this.#word(body + 12)
    if (captured > maxFrame || captured > end - body - 20) {
      return this.#stop('damaged-block', `a packet of ${captured} bytes in a block of ${end - body + 12}`)
    }
    const time = (BigInt(this.#word(body + 4)) << 32n) | BigInt(this.#word(body + 8))
    const missing = Math.max(0, this.#word(body + 16) - captured)
    this.#give(this.#interfaces[interfaceId], interfaceId, time, body + 20, captured, missing)
    return undefined
  }

  /** A packet of the first interface, without a time and without the captured length (section 4.4). */
  #simplePacket(body: number, end: number): undefined {
    const original = this.#word(body)
    const iface = this.#interfaces[0]
    const snapLength = iface?.snapLength || maxFrame
    const captured = Math.min(original, snapLength, end - body - 4)
    this.#give(iface, 0, undefined, body + 4, captured, original - captured)
  }

  #give(
    iface: Interface | undefined,
    id: number,
    time: bigint | undefined,
    at: number,
    length: number,
    missing: number,
  ): void {
    const number = ++this.#frames
    if (iface === undefined) {
      this.#user.skip(number, 'interface-unknown', `interface ${id} of ${this.#interfaces.length}`)
      return
    }
    const bytes = this.#bytes.subarray(at, at + length)
    const { linkType } = iface
    this.#user.frame({ number, at: time === undefined ? 0 : milliseconds(time, iface), linkType, bytes, missing })
  }

  #word(at: number): number {
    return this.#littleEndian ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  #half(at: number): number {
    return this.#littleEndian ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at)
  }

  #seconds(at: number): bigint {
    return this.#littleEndian ? this.#bytes.readBigInt64LE(at) : this.#bytes.readBigInt64BE(at)
  }

  #tooShort(): Stopped {
    return this.#stop('damaged-block', 'a block that is too short for its kind')
  }

  #stop(why: Stopped['why'], detail: string): Stopped {
    return { frame: this.#frames + 1, why, detail }
  }
}

/** The most significant bit chooses between negative powers of 2 and of 10. */
const ticks = (resolution: number): bigint =>
  resolution & 0x80 ? 2n ** BigInt(resolution & 0x7f) : 10n ** BigInt(resolution)

/** Whole seconds and the rest apart: nanoseconds since the epoch are more than a double holds. */
function milliseconds(time: bigint, { ticksPerSecond, offset }: Interface): number {
  const seconds = time / ticksPerSecond + offset
  return Number(seconds) * 1000 + (Number(time % ticksPerSecond) / Number(ticksPerSecond)) * 1000
}

const padding = (length: number): number => (4 - (length % 4)) % 4
