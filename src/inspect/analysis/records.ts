/**
 * What an analysis starts from: messages as they passed by, whoever saw them. A capture file is one source of them, the
 * platform's own recording of one device another.
 */
import type { CapturedClosing, CapturedMedia, CapturedMessage } from '../capture/types.ts'

export interface Records {
  /** In the order in which they passed. */
  readonly messages: readonly CapturedMessage[]
  /** The RTP streams beside them. Absent: the source could not see media, so that its absence proves nothing. */
  readonly media?: readonly CapturedMedia[]
  /** TCP connections that were seen to close. */
  readonly closings?: readonly CapturedClosing[]
  /** When recording ended, milliseconds since the epoch, where that is known to be later than the last message. */
  readonly until?: number
}
