/**
 * What an analysis starts from: messages as they passed by, whoever saw them. A capture file is one source of them, the
 * platform's own recording of one device another.
 */
import type { Endpoint } from '../../engine/network.ts'
import type { CapturedMedia, CapturedMessage } from '../capture/types.ts'

/** A TCP connection that was seen to close. */
export interface ConnectionClosing {
  readonly frame: number
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly source: Endpoint
  readonly destination: Endpoint
}

export interface Records {
  /** In the order in which they passed. */
  readonly messages: readonly CapturedMessage[]
  /** The RTP streams beside them. Absent: the source could not see media, so that its absence proves nothing. */
  readonly media?: readonly CapturedMedia[]
  readonly closings?: readonly ConnectionClosing[]
}
