/** Captures made by hand, byte by byte and independent of what the project writes: headers, frames, files. */

const u16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff])
const u32 = (value: number): Buffer =>
  Buffer.from([value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff])

export const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts)

export const camera = '192.0.2.64'
export const platform = '198.51.100.1'

/** A MESSAGE; its Call-ID tells it from others, its body makes it as long as wanted. */
export function message(callId = 'c1', body = '', headers = ''): Buffer {
  return Buffer.from(
    `MESSAGE sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: SIP/2.0/UDP ${camera}:5060;branch=z9hG4bK${callId}\r\n` +
      `From: <sip:34020000001320000001@3402000000>;tag=1\r\nTo: <sip:34020000002000000001@3402000000>\r\n` +
      `Call-ID: ${callId}\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n${headers}Content-Type: text/plain\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
    'latin1',
  )
}

// ---- transport

export const udp = (payload: Uint8Array, from = 5060, to = 15_060): Buffer =>
  join(u16(from), u16(to), u16(8 + payload.length), u16(0), payload)

export interface Segment {
  readonly from?: number
  readonly to?: number
  readonly sequence: number
  readonly ack?: number
  /** Of S, F, R, P, A. */
  readonly flags?: string
}

const flagBits: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 }

export function tcp(
  payload: Uint8Array,
  { from = 40_000, to = 15_060, sequence, ack = 1, flags = 'PA' }: Segment,
): Buffer {
  const bits = [...flags].reduce((sum, flag) => sum + (flagBits[flag] ?? 0), 0)
  return join(u16(from), u16(to), u32(sequence), u32(ack), Buffer.from([0x50, bits]), u16(65_535), u32(0), payload)
}

// ---- network

export interface Ipv4Fields {
  readonly source?: string
  readonly destination?: string
  readonly protocol?: number
  readonly options?: Buffer
  readonly id?: number
  /** In bytes. */
  readonly offset?: number
  readonly more?: boolean
  readonly totalLength?: number
}

const dotted = (text: string): Buffer => Buffer.from(text.split('.').map(Number))

export function ipv4(payload: Uint8Array, fields: Ipv4Fields = {}): Buffer {
  const { source = camera, destination = platform, protocol = 17, options = Buffer.alloc(0) } = fields
  const { id = 1, offset = 0, more = false } = fields
  const length = 20 + options.length
  return join(
    Buffer.from([0x40 | (length / 4), 0]),
    u16(fields.totalLength ?? length + payload.length),
    u16(id),
    u16((more ? 0x2000 : 0) | (offset / 8)),
    Buffer.from([64, protocol, 0, 0]),
    dotted(source),
    dotted(destination),
    options,
    payload,
  )
}

/** Cuts a transport's bytes into fragments of `size` bytes of payload, a multiple of 8. */
export function ipv4Fragments(payload: Buffer, size: number, fields: Ipv4Fields = {}): Buffer[] {
  const fragments: Buffer[] = []
  for (let offset = 0; offset < payload.length; offset += size) {
    const more = offset + size < payload.length
    fragments.push(ipv4(payload.subarray(offset, offset + size), { ...fields, offset, more }))
  }
  return fragments
}

export const cameraV6 = '2001:db8::64'
export const platformV6 = '2001:db8:0:1::1'

/** 16 bytes of an address with one `::`. */
function v6(text: string): Buffer {
  const [head = '', tail = ''] = text.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':')).map((group) => u16(Number.parseInt(group, 16)))
  const [before, after] = [join(...groups(head)), join(...groups(tail))]
  return join(before, Buffer.alloc(16 - before.length - after.length), after)
}

/** `extensions`: each a next-header number and its bytes, whose first one is filled in here. */
export function ipv6(
  payload: Uint8Array,
  protocol = 17,
  extensions: readonly (readonly [number, Buffer])[] = [],
): Buffer {
  const chain = extensions.map(([, bytes], i) =>
    join(Buffer.from([extensions[i + 1]?.[0] ?? protocol]), bytes.subarray(1)),
  )
  const rest = join(...chain, payload)
  const first = extensions[0]?.[0] ?? protocol
  return join(
    Buffer.from([0x60, 0, 0, 0]),
    u16(rest.length),
    Buffer.from([first, 64]),
    v6(cameraV6),
    v6(platformV6),
    rest,
  )
}

export function ipv6Fragments(payload: Buffer, size: number, protocol = 17): Buffer[] {
  const fragments: Buffer[] = []
  for (let offset = 0; offset < payload.length; offset += size) {
    const more = offset + size < payload.length ? 1 : 0
    const header = join(Buffer.from([0, 0]), u16(offset | more), u32(77))
    fragments.push(ipv6(payload.subarray(offset, offset + size), protocol, [[44, header]]))
  }
  return fragments
}

// ---- link

const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd, arp: 0x0806 } as const
export type EtherType = keyof typeof etherTypes

/** `tags`: the tag protocols in front of the EtherType, such as 0x8100. */
export const ethernet = (payload: Uint8Array, type: EtherType = 'ipv4', tags: readonly number[] = []): Buffer =>
  join(
    Buffer.from('020000000001020000000002', 'hex'),
    ...tags.map((tag) => join(u16(tag), u16(7))),
    u16(etherTypes[type]),
    payload,
  )

export const cookedV1 = (payload: Uint8Array, type: EtherType = 'ipv4'): Buffer =>
  join(u16(0), u16(1), u16(6), Buffer.alloc(8), u16(etherTypes[type]), payload)

export const cookedV2 = (payload: Uint8Array, type: EtherType = 'ipv4'): Buffer =>
  join(u16(etherTypes[type]), u16(0), u32(2), u16(1), Buffer.from([0, 6]), Buffer.alloc(8), payload)

export const loopback = (payload: Uint8Array, family: number, littleEndian: boolean): Buffer =>
  join(littleEndian ? u32(family).reverse() : u32(family), payload)

// ---- files

/** 2026-01-02T03:04:05Z. */
export const epoch = 1_767_323_045_000

export interface CapturedFrame {
  readonly bytes: Buffer
  /** Milliseconds after `epoch`; default 10 for each frame before it. */
  readonly after?: number
  /** Bytes that the frame had before the capture cut it. */
  readonly original?: number
}

export interface PcapOptions {
  readonly linkType?: number
  readonly littleEndian?: boolean
  readonly nanoseconds?: boolean
  readonly patched?: boolean
  readonly snapLength?: number
}

type FrameLike = Buffer | CapturedFrame

const asFrame = (frame: FrameLike): CapturedFrame => (Buffer.isBuffer(frame) ? { bytes: frame } : frame)

export function pcap(frames: readonly FrameLike[], options: PcapOptions = {}): Buffer {
  const { linkType = 1, littleEndian = true, nanoseconds = false, patched = false, snapLength = 262_144 } = options
  const word = (value: number) => (littleEndian ? u32(value).reverse() : u32(value))
  const half = (value: number) => (littleEndian ? u16(value).reverse() : u16(value))
  const magic = patched ? 0xa1b2cd34 : nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4
  const header = join(word(magic), half(2), half(4), word(0), word(0), word(snapLength), word(linkType))
  const records = frames.map(asFrame).map(({ bytes, after, original }, i) => {
    const ms = epoch + (after ?? 10 * i)
    const fraction = Math.round((ms % 1000) * (nanoseconds ? 1e6 : 1e3))
    const lengths = join(word(bytes.length), word(original ?? bytes.length))
    const more = patched ? Buffer.alloc(8) : Buffer.alloc(0)
    return join(word(Math.floor(ms / 1000)), word(fraction), lengths, more, bytes)
  })
  return join(header, ...records)
}

/** Blocks of a pcapng section in one byte order. */
export class Section {
  readonly #littleEndian: boolean
  readonly #blocks: Buffer[] = []

  constructor(littleEndian = true) {
    this.#littleEndian = littleEndian
    this.block(0x0a0d0d0a, this.word(0x1a2b3c4d), this.half(1), this.half(0), Buffer.alloc(8, 0xff))
  }

  word(value: number): Buffer {
    return this.#littleEndian ? u32(value).reverse() : u32(value)
  }

  half(value: number): Buffer {
    return this.#littleEndian ? u16(value).reverse() : u16(value)
  }

  block(type: number, ...parts: readonly Buffer[]): this {
    const body = join(...parts)
    const padded = join(body, Buffer.alloc((4 - (body.length % 4)) % 4))
    const length = this.word(12 + padded.length)
    this.#blocks.push(this.word(type), length, padded, length)
    return this
  }

  option(code: number, value: Buffer): Buffer {
    return join(this.half(code), this.half(value.length), value, Buffer.alloc((4 - (value.length % 4)) % 4))
  }

  /** `resolution`: if_tsresol; `offset`: if_tsoffset in seconds. */
  interface(linkType: number, { resolution, offset }: { resolution?: number; offset?: number } = {}): this {
    const options: Buffer[] = []
    if (resolution !== undefined) options.push(this.option(9, Buffer.from([resolution])))
    if (offset !== undefined) {
      const seconds = Buffer.alloc(8)
      if (this.#littleEndian) seconds.writeBigInt64LE(BigInt(offset))
      else seconds.writeBigInt64BE(BigInt(offset))
      options.push(this.option(14, seconds))
    }
    if (options.length > 0) options.push(this.option(0, Buffer.alloc(0)))
    return this.block(1, this.half(linkType), this.half(0), this.word(0), ...options)
  }

  packet(bytes: Buffer, id: number, ticks: bigint, original = bytes.length): this {
    const [high, low] = [Number(ticks >> 32n), Number(ticks & 0xffffffffn)]
    const lengths = [this.word(bytes.length), this.word(original)]
    return this.block(6, this.word(id), this.word(high), this.word(low), ...lengths, bytes)
  }

  simplePacket(bytes: Buffer): this {
    return this.block(3, this.word(bytes.length), bytes)
  }

  get bytes(): Buffer {
    return join(...this.#blocks)
  }
}
