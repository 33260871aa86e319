/**
 * A capture file to SIP messages and RTP streams, and messages to a capture file: pcap, pcapng, `.sip` text, and bundles of
 * the flight recorder.
 *
 * Pure: bytes in, data out; no file is opened here. Damaged and truncated files are read as far as they go.
 */
import { isJson, readBundleFile } from './bundle.ts'
import { isPcap, readPcap } from './pcap.ts'
import { isPcapng, readPcapng } from './pcapng.ts'
import { CaptureReader } from './reader.ts'
import { isSipText, readSipText } from './sip-text.ts'
import type { Capture } from './types.ts'

export { maxStreams } from './media.ts'
export { maxSkips } from './reader.ts'
export type {
  Capture,
  CapturedClosing,
  CapturedMedia,
  CapturedMessage,
  SkipCode,
  SkippedFrame,
  StopCode,
  Stopped,
} from './types.ts'
export { type SentMessage, writePcap } from './write-pcap.ts'

/**
 * Reads a capture of any of the formats; the first bytes tell which. Never throws: a file that is none of them has the
 * format `unknown`, and what cannot be read is in `skipped` and `stoppedAt`. Messages may share memory with `bytes`.
 */
export function readCapture(bytes: Buffer): Capture {
  const reader = new CaptureReader()
  if (isPcapng(bytes)) return reader.finish('pcapng', readPcapng(bytes, reader))
  if (isPcap(bytes)) return reader.finish('pcap', readPcap(bytes, reader))
  if (isSipText(bytes)) return reader.finish('sip-text', readSipText(bytes, reader))
  if (isJson(bytes)) return readBundleFile(bytes)
  const detail =
    bytes.length === 0 ? 'the file is empty' : 'neither pcap, nor pcapng, nor SIP messages as text, nor a bundle'
  return reader.finish('unknown', { totalFrames: 0, stoppedAt: { frame: 1, why: 'format-unknown', detail } })
}
