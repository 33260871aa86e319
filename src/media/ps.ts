/**
 * A light look into RTP payloads: is this an MPEG program stream (ISO/IEC 13818-1 2.5.3), as GB/T 28181 annex C asks
 * for, and what does its program stream map (2.5.4) say is inside. Pure and without copies. It decodes nothing, it does
 * not put packets in order, and it misses what is split between two of them: most senders begin a frame's pack with a
 * packet, and for the others one whole header is enough to know.
 */
import type { MediaEncoding } from './types.ts'

/** Stream types of the program stream map (GB/T 28181-2022 annex C, ISO/IEC 13818-1 table 2-34). */
const VIDEO_TYPES: Readonly<Record<number, string>> = {
  2: 'MPEG2',
  16: 'MPEG4',
  27: 'H264',
  36: 'H265',
  128: 'SVAC',
}

const AUDIO_TYPES: Readonly<Record<number, string>> = {
  15: 'AAC',
  144: 'PCMA',
  145: 'PCMU',
  146: 'G722.1',
  147: 'G723.1',
  153: 'G729',
  155: 'SVAC-audio',
}

/** What the static and the usual dynamic payload types carry when there is no program stream in them. */
const ENCODINGS: Readonly<Record<number, MediaEncoding>> = {
  8: 'PCMA',
  97: 'MPEG4',
  98: 'H264',
  99: 'H265',
  100: 'H265',
}

const PACK_HEADER = Buffer.from([0, 0, 1, 0xba])
const SYSTEM_HEADER = 0xbb
const PROGRAM_STREAM_MAP = 0xbc

// A frame begins with a pack header, so some frames without one are proof. The larger count is for senders that never
// change the timestamp; it exceeds the packets of any one frame.
const UNDECODABLE_PACKETS = 50
const UNDECODABLE_FRAMES = 5
const UNDECODABLE_PACKETS_WITHOUT_FRAMES = 1000

/** `undecodable` and `frame` are said of the packet just seen. */
export type PsFinding = 'nothing' | 'frame' | 'undecodable'

/** Looks at the packets of one stream in turn. */
export class PsProbe {
  encoding: MediaEncoding | undefined
  video: string | undefined
  audio: string | undefined
  /** Video frames; without a program stream, frames by timestamp. */
  frames = 0
  packets = 0
  #timestamps = 0
  #timestamp: number | undefined
  #frameTimestamp: number | undefined

  /** Takes the payload `packet[start, end)`. */
  look(packet: Buffer, start: number, end: number, payloadType: number, timestamp: number): PsFinding {
    this.packets++
    const newTimestamp = timestamp !== this.#timestamp
    if (newTimestamp) this.#timestamps++
    this.#timestamp = timestamp
    const pack = findPack(packet, start, end)
    if (pack >= 0) return this.#lookIntoPack(packet, pack, end, timestamp)
    if (this.encoding === 'PS') return 'nothing'
    return this.#withoutPack(payloadType, newTimestamp)
  }

  #withoutPack(payloadType: number, newTimestamp: boolean): PsFinding {
    const known = ENCODINGS[payloadType]
    if (known) {
      this.encoding = known
      if (!newTimestamp) return 'nothing'
      this.frames++
      return 'frame'
    }
    if (this.encoding === 'undecodable') return 'nothing'
    const enough = this.packets >= UNDECODABLE_PACKETS && this.#timestamps > UNDECODABLE_FRAMES
    if (!enough && this.packets < UNDECODABLE_PACKETS_WITHOUT_FRAMES) return 'nothing'
    this.encoding = 'undecodable'
    return 'undecodable'
  }

  #lookIntoPack(packet: Buffer, pack: number, end: number, timestamp: number): PsFinding {
    this.encoding = 'PS'
    let at = afterPackHeader(packet, pack, end)
    while (isStartCode(packet, at, end)) {
      const id = packet[at + 3]!
      if (isVideo(id)) return this.#countFrame(timestamp)
      if (at + 6 > end) break
      const next = at + 6 + packet.readUInt16BE(at + 4)
      if (id === PROGRAM_STREAM_MAP && next <= end) this.#readMap(packet, at, next)
      else if (id < SYSTEM_HEADER) break
      at = next
    }
    return 'nothing'
  }

  #countFrame(timestamp: number): PsFinding {
    if (timestamp === this.#frameTimestamp) return 'nothing'
    this.#frameTimestamp = timestamp
    this.frames++
    return 'frame'
  }

  #readMap(packet: Buffer, map: number, end: number): void {
    if (map + 10 > end) return
    const list = map + 10 + packet.readUInt16BE(map + 8)
    if (list + 2 > end) return
    const listEnd = Math.min(end, list + 2 + packet.readUInt16BE(list))
    for (let at = list + 2; at + 4 <= listEnd; at += 4 + packet.readUInt16BE(at + 2)) {
      const type = packet[at]!
      this.video = VIDEO_TYPES[type] ?? this.video
      this.audio = AUDIO_TYPES[type] ?? this.audio
    }
  }
}

/** Its octets cannot occur inside a frame: H.264 and H.265 let no start code but their own appear, and none has this id. */
function findPack(packet: Buffer, start: number, end: number): number {
  const at = packet.indexOf(PACK_HEADER, start)
  return at + PACK_HEADER.length <= end ? at : -1
}

const isStartCode = (packet: Buffer, at: number, end: number): boolean =>
  at + 4 <= end && packet[at] === 0 && packet[at + 1] === 0 && packet[at + 2] === 1

const isVideo = (streamId: number): boolean => streamId >= 0xe0 && streamId <= 0xef

/** MPEG-2 pack headers begin `01` and have a stuffing length; MPEG-1 ones are 12 octets long. */
function afterPackHeader(packet: Buffer, pack: number, end: number): number {
  if (pack + 14 > end) return end
  return packet[pack + 4]! >> 6 === 1 ? pack + 14 + (packet[pack + 13]! & 7) : pack + 12
}
