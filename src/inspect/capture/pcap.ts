/**
 * The pcap file format (draft-ietf-opsawg-pcap): a file header, then a record for each frame.
 *
 * Either byte order, micro- and nanoseconds, and the record header of Kuznetzov's patched libpcap. Knows no link layer.
 */
import type { FramesRead, FrameUser, Stopped } from './types.ts'

/** How the bytes of a file are to be read. */
interface Variant {
  readonly littleEndian: boolean
  /** Fractions of a second in a record's second field, for each millisecond. */
  readonly ticksPerMs: number
  readonly recordHeader: number
}

const fileHeader = 24

/** What tcpdump and Wireshark take for the largest frame: a record that says more is damaged. */
export const maxFrame = 262_144

const microseconds = 0xa1b2c3d4
const nanoseconds = 0xa1b23c4d
const patched = 0xa1b2cd34

function variantOf(bytes: Buffer): Variant | undefined {
  if (bytes.length < fileHeader) return undefined
  return variant(bytes.readUInt32LE(0), true) ?? variant(bytes.readUInt32BE(0), false)
}

function variant(magic: number, littleEndian: boolean): Variant | undefined {
  if (magic === microseconds) return { littleEndian, ticksPerMs: 1e3, recordHeader: 16 }
  if (magic === nanoseconds) return { littleEndian, ticksPerMs: 1e6, recordHeader: 16 }
  if (magic === patched) return { littleEndian, ticksPerMs: 1e3, recordHeader: 24 }
  return undefined
}

export const isPcap = (bytes: Buffer): boolean => variantOf(bytes) !== undefined

/** Reads every whole record; says where the first one stands that is cut or damaged. */
export function readPcap(bytes: Buffer, user: FrameUser): FramesRead {
  const found = variantOf(bytes)
  if (found === undefined) return { totalFrames: 0, stoppedAt: stop(1, 'damaged-record', 'no pcap file header') }
  const { littleEndian, ticksPerMs, recordHeader } = found
  const word = (at: number) => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  // The upper half of the word holds the length of a frame check sequence, which no layer above asks for.
  const linkType = word(20) & 0xffff
  let number = 1
  let at = fileHeader
  for (; at < bytes.length; number++) {
    if (at + recordHeader > bytes.length) return cut(number, bytes.length - at)
    const captured = word(at + 8)
    const start = at + recordHeader
    if (captured > maxFrame) {
      const detail = `a record of ${captured} bytes`
      return { totalFrames: number - 1, stoppedAt: stop(number, 'damaged-record', detail) }
    }
    if (start + captured > bytes.length) return cut(number, bytes.length - at)
    user.frame({
      number,
      at: word(at) * 1000 + word(at + 4) / ticksPerMs,
      linkType,
      bytes: bytes.subarray(start, start + captured),
      missing: Math.max(0, word(at + 12) - captured),
    })
    at = start + captured
  }
  return { totalFrames: number - 1 }
}

const cut = (frame: number, left: number): FramesRead => ({
  totalFrames: frame - 1,
  stoppedAt: stop(frame, 'truncated', `the file ends ${left} bytes into this record`),
})

const stop = (frame: number, why: Stopped['why'], detail: string): Stopped => ({ frame, why, detail })
