/**
 * What an analysis starts from: messages as they passed by, whoever saw them. A capture file is one source of them, the
 * platform's own recording of one device another.
 */
import type { Capture, CapturedClosing, CapturedMedia, CapturedMessage, Presence } from '../capture/types.ts'
import type { Recording } from '../recorder/record.ts'
import { type SeenOptions, seenIn } from '../recorder/seen.ts'

export interface Records {
  /** In the order in which they passed. */
  readonly messages: readonly CapturedMessage[]
  /** The RTP streams beside them. Absent: the source could not see media, so that its absence proves nothing. */
  readonly media?: readonly CapturedMedia[]
  /** TCP connections that were seen to close. */
  readonly closings?: readonly CapturedClosing[]
  /** When recording ended, milliseconds since the epoch, where that is known to be later than the last message. */
  readonly until?: number
  /** The device that all of them are of, where the source knows. */
  readonly deviceId?: string
  /** Sessions whose media the source would have seen, by Call-ID. Absent: all, where it saw any. */
  readonly watched?: ReadonlySet<string>
  /** Sessions that are known to have waited for media in vain, by Call-ID. */
  readonly starved?: ReadonlySet<string>
  /** What the platform of the records expects of its devices. Absent: what the devices do, or the standard. */
  readonly presence?: Presence
}

/** What a file holds. A capture without any media may have been filtered to its signalling. */
export function recordsOfCapture({ messages, media, closings, recorded }: Capture): Records {
  if (recorded !== undefined) return { messages, media, closings, ...recorded }
  return media.length === 0 ? { messages, closings } : { messages, media, closings }
}

/** What the flight recorder of this process holds. */
export const recordsOfRecording = (recording: Pick<Recording, 'subject' | 'records'>, options?: SeenOptions): Records =>
  seenIn(recording, options)
