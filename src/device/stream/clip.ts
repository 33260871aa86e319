/**
 * The test picture that simulated devices send: an H.264 byte stream (ITU-T H.264 annex B) cut into access units. Read
 * once and shared by all devices of a process. It knows nothing of program streams or RTP.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface AccessUnit {
  /** One frame with its delimiter and, on a keyframe, its parameter sets; start codes included. */
  readonly data: Buffer
  /** An IDR picture: decoding can begin here. */
  readonly keyframe: boolean
}

export interface ClipStream {
  readonly units: readonly AccessUnit[]
  /** Frames a second, as encoded. */
  readonly fps: number
}

const CLIP = 'src/device/stream/clip/test-source.h264'
const CLIP_FPS = 25
const START_CODE = Buffer.from([0, 0, 1])
// nal_unit_type, H.264 table 7-1.
const IDR = 5
const ACCESS_UNIT_DELIMITER = 9

/**
 * Reads the package's clip. Call it once and share the result.
 * @throws Error if the package is installed without it.
 */
export const createClipStream = (): ClipStream => ({
  units: splitAccessUnits(readFileSync(join(packageRoot(import.meta.dirname), CLIP))),
  fps: CLIP_FPS,
})

/** The build copies nothing, so that both the sources and `dist` find the clip from the package's root. */
function packageRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error(`${CLIP} cannot be found: no package.json above ${import.meta.dirname}`)
  return packageRoot(parent)
}

/** Cuts a byte stream at its access unit delimiters; what stands before the first one is left out. */
export function splitAccessUnits(byteStream: Buffer): AccessUnit[] {
  const starts: number[] = []
  const keyframes: boolean[] = []
  for (let at = byteStream.indexOf(START_CODE); at >= 0; at = byteStream.indexOf(START_CODE, at + 3)) {
    const type = (byteStream[at + 3] ?? 0) & 0x1f
    if (type === ACCESS_UNIT_DELIMITER) {
      // The zero octet before the start code belongs to it (annex B.1.1, zero_byte).
      starts.push(byteStream[at - 1] === 0 ? at - 1 : at)
      keyframes.push(false)
    } else if (type === IDR && keyframes.length > 0) keyframes[keyframes.length - 1] = true
  }
  return starts.map((start, i) => ({ data: byteStream.subarray(start, starts[i + 1]), keyframe: keyframes[i]! }))
}
