/**
 * What a capture amounts to: the SIP messages and RTP streams in it, and what could not be read.
 *
 * Owns the vocabulary only; the analyser and the flight recorder share it.
 */
import type { Endpoint, Transport } from '../../engine/network.ts'
import type { MediaEncoding } from '../../media/types.ts'
import type { ParseResult } from '../../sip/parse.ts'

export interface CapturedMessage {
  /** The frame in which the message's last byte arrived, counted from 1 as Wireshark does. */
  readonly frame: number
  /** When that frame was captured: milliseconds since the epoch, with fractions. */
  readonly at: number
  readonly transport: Transport
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly bytes: Buffer
  readonly parsed: ParseResult
  /** A recorder kept only its beginning: the rest are blanks. */
  readonly cut?: boolean
}

/** One RTP stream: a pair of addresses and an SSRC. */
export interface CapturedMedia {
  readonly source: Endpoint
  readonly destination: Endpoint
  readonly ssrc: number
  /** Of the stream's last packet. */
  readonly payloadType: number
  readonly packets: number
  /** Packets that the sequence numbers say were sent and the capture has not (RFC 3550 A.3), never below 0. */
  readonly lost: number
  /** Milliseconds since the epoch, with fractions. */
  readonly firstAt: number
  readonly lastAt: number
  readonly firstFrame: number
  readonly lastFrame: number
  /** Of the session whose receiver it came to, where that is known. */
  readonly callId?: string
  /** When its receiver said that it had stopped: of a flight recorder, which sees no packets. */
  readonly stoppedAt?: number
  /** As the payload shows, else as a session description in the capture says; absent where neither does. */
  readonly encoding?: Exclude<MediaEncoding, 'undecodable'>
}

/** The end of a TCP connection that carried SIP, as one side said it. */
export interface CapturedClosing {
  readonly frame: number
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number
  /** `unknown`: a flight recorder hears only that a connection is gone. */
  readonly how: 'fin' | 'reset' | 'unknown'
  /** Who closed, where that is known. */
  readonly source: Endpoint
  readonly destination: Endpoint
}

/** Why bytes of a frame could not be used. The codes stay the same. */
export type SkipCode =
  /** A link layer that is not read. */
  | 'link-type-unknown'
  /** pcapng: a packet of an interface that the section does not describe. */
  | 'interface-unknown'
  /** The capture kept only the beginning of the frame (its snap length), and a message or its header is cut. */
  | 'cut-by-snaplen'
  /** A header that contradicts itself, or that the frame is too short for. */
  | 'damaged-header'
  /** IP in IP in IP …, deeper than is read. */
  | 'nested-too-deep'
  /** The other fragments of this one's datagram are not in the capture. */
  | 'fragments-incomplete'
  /** A message over TCP of which bytes are missing in the capture, or which the capture's end cuts off. */
  | 'stream-incomplete'
  /** A stream of SIP in which no start line stands where the message before it ends. */
  | 'stream-out-of-step'
  /** It begins as a SIP message does, but its first line is not whole. */
  | 'start-line-incomplete'
  /** Bundle: a record that lacks what its kind must have. */
  | 'record-unreadable'

export interface SkippedFrame {
  readonly frame: number
  readonly why: SkipCode
  readonly detail: string
}

/** Why reading ended before the end of the file. */
export type StopCode = 'format-unknown' | 'truncated' | 'damaged-record' | 'damaged-block'

export interface Stopped {
  /** The frame that could not be read any more: all before it were. */
  readonly frame: number
  readonly why: StopCode
  readonly detail: string
}

export interface Capture {
  /** `bundle`: of the flight recorder. `unknown` has no messages, and `stoppedAt` with `format-unknown`. */
  readonly format: 'pcap' | 'pcapng' | 'sip-text' | 'bundle' | 'unknown'
  /** In the order of `frame`; those of one frame in the order of their bytes. */
  readonly messages: readonly CapturedMessage[]
  /** In the order of their first packets; at most `maxStreams`. */
  readonly media: readonly CapturedMedia[]
  /** In the order of `frame`; each side's first word on it. */
  readonly closings: readonly CapturedClosing[]
  readonly totalFrames: number
  /** Frames in which at least one SIP message ends. */
  readonly sipFrames: number
  /** In the order of `frame`, the first `maxSkips` of `skippedCount`. */
  readonly skipped: readonly SkippedFrame[]
  readonly skippedCount: number
  readonly stoppedAt?: Stopped
  /** What a bundle tells beyond that. */
  readonly recorded?: Recorded
}

/** What a flight recorder knows beyond what passed on the wire. */
export interface Recorded {
  /** Whose records they are. */
  readonly deviceId?: string
  /** Call-IDs of the sessions that would have been told of media. */
  readonly watched: ReadonlySet<string>
  /** Call-IDs of the sessions that waited for media as long as they may. */
  readonly starved: ReadonlySet<string>
  /** Until when it listened, milliseconds since the epoch. */
  readonly until: number
  /** What the platform expects of devices, where a record says so. */
  readonly presence?: Presence
}

/** What a platform expects of a device's keepalives. */
export interface Presence {
  /** Milliseconds. */
  readonly keepalive: number
  readonly keepaliveLimit: number
}

/** One frame of a capture file. */
export interface Frame {
  /** From 1. */
  readonly number: number
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number
  /** LINKTYPE_ value of https://www.tcpdump.org/linktypes.html. */
  readonly linkType: number
  /** What was captured of it. */
  readonly bytes: Buffer
  /** Bytes that the frame had but the capture has not. */
  readonly missing: number
}

/** Takes what a file format's reader finds, in the order of the file. */
export interface FrameUser {
  frame(frame: Frame): void
  skip(frame: number, why: SkipCode, detail: string): void
}

export interface FramesRead {
  readonly totalFrames: number
  readonly stoppedAt?: Stopped
}
