/**
 * Packs H.264 access units into an MPEG program stream (ISO/IEC 13818-1 2.5, GB/T 28181-2022 annex C): a pack for each
 * frame, system header and program stream map before each keyframe, the frame in PES packets. Pure. It knows nothing of
 * RTP.
 */
import type { AccessUnit } from './clip.ts'

const VIDEO_STREAM = 0xe0
const H264_STREAM_TYPE = 0x1b
/** Upper bound in units of 50 octets a second: 4 Mbit/s. */
const MUX_RATE = 10_000
/** A PES packet's length field has 16 bits and counts what follows it. */
const MAX_PES_LENGTH = 0xffff
const TIMESTAMP_BITS = 2 ** 33

/**
 * One frame as a pack. `pts`: presentation time in 90 kHz units, taken modulo 2^33; there are no B-frames, so it is the
 * decoding time too. `lead`: how long before it the pack arrives, in the same units.
 */
export function packFrame(unit: AccessUnit, pts: number, lead: number): Buffer {
  const clock = Math.max(0, pts - lead) % TIMESTAMP_BITS
  const heads = unit.keyframe ? [packHeader(clock), SYSTEM_HEADER, PROGRAM_STREAM_MAP] : [packHeader(clock)]
  return Buffer.concat([...heads, ...pesPackets(unit.data, pts % TIMESTAMP_BITS)])
}

/** ISO/IEC 13818-1 table 2-39. The system clock reference's extension (27 MHz) stays 0. */
function packHeader(clock: number): Buffer {
  const header = Buffer.from([0, 0, 1, 0xba, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xf8])
  const high = Math.floor(clock / 2 ** 30)
  const middle = Math.floor(clock / 2 ** 15) & 0x7fff
  const low = clock & 0x7fff
  header[4] = 0x44 | (high << 3) | (middle >> 13)
  header[5] = middle >> 5
  header[6] = ((middle & 0x1f) << 3) | 0x04 | (low >> 13)
  header[7] = low >> 5
  header[8] = ((low & 0x1f) << 3) | 0x04
  header.writeUIntBE(MUX_RATE * 4 + 3, 10, 3)
  return header
}

/** Table 2-40: one video stream, no audio; a buffer of 232 times 1024 octets for it. */
const SYSTEM_HEADER = Buffer.from([
  ...[0, 0, 1, 0xbb, 0, 9],
  ...[0x80 | (MUX_RATE >> 15), (MUX_RATE >> 7) & 0xff, ((MUX_RATE << 1) & 0xff) | 1],
  ...[0x00, 0xe1, 0x7f],
  ...[VIDEO_STREAM, 0xe0, 0xe8],
])

/** Table 2-41: current, version 0, one elementary stream. */
const PROGRAM_STREAM_MAP = withCrc([
  ...[0, 0, 1, 0xbc, 0, 14, 0xe0, 0xff],
  ...[0, 0],
  ...[0, 4, H264_STREAM_TYPE, VIDEO_STREAM, 0, 0],
])

function withCrc(octets: readonly number[]): Buffer {
  const checked = Buffer.from(octets)
  const crc = Buffer.allocUnsafe(4)
  crc.writeUInt32BE(crc32Mpeg(checked))
  return Buffer.concat([checked, crc])
}

/** The CRC of ISO/IEC 13818-1 annex A: polynomial 0x04C11DB7, all ones at first, neither reflected nor inverted. */
export function crc32Mpeg(octets: Uint8Array): number {
  let crc = 0xffffffff
  for (const octet of octets) {
    crc ^= octet << 24
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  }
  return crc >>> 0
}

/** A frame that is too large for one PES packet goes on in more, of which only the first carries its time. */
function pesPackets(data: Buffer, pts: number): Buffer[] {
  const packets: Buffer[] = []
  for (let at = 0; at === 0 || at < data.length; ) {
    const optional = at === 0 ? timeFields(pts) : CONTINUATION_FIELDS
    const piece = data.subarray(at, at + MAX_PES_LENGTH - optional.length)
    const head = Buffer.from([0, 0, 1, VIDEO_STREAM, 0, 0])
    head.writeUInt16BE(optional.length + piece.length, 4)
    packets.push(head, optional, piece)
    at += Math.max(1, piece.length)
  }
  return packets
}

/** Table 2-21: no optional fields. */
const CONTINUATION_FIELDS = Buffer.from([0x80, 0, 0])

/** Table 2-21: the data begins with an access unit; a PTS follows. */
function timeFields(pts: number): Buffer {
  const high = Math.floor(pts / 2 ** 30)
  const middle = Math.floor(pts / 2 ** 15) & 0x7fff
  const low = pts & 0x7fff
  const time = [0x21 | (high << 1), middle >> 7, ((middle & 0x7f) << 1) | 1, low >> 7, ((low & 0x7f) << 1) | 1]
  return Buffer.from([0x84, 0x80, 5, ...time])
}
