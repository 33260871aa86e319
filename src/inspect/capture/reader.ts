/**
 * What the frames of a capture amount to, collected: messages over UDP and TCP, RTP streams, closings, skipped frames.
 *
 * Joins the layers; knows no file format and no meaning of a message.
 */
import type { ParseResult } from '../../sip/parse.ts'
import { parseMessage } from '../../sip/parse.ts'
import { ConnectionTable, type ConnectionUser } from './connections.ts'
import { missingBytes, PacketReader, type PacketUser, type TcpSegment, type UdpDatagram } from './ip.ts'
import { MediaTable } from './media.ts'
import { recognise } from './start-line.ts'
import type {
  Capture,
  CapturedClosing,
  CapturedMessage,
  Frame,
  FramesRead,
  FrameUser,
  SkipCode,
  SkippedFrame,
} from './types.ts'

/** Skipped frames that are told one by one; all are counted. */
export const maxSkips = 1000

export class CaptureReader implements FrameUser, PacketUser, ConnectionUser {
  readonly #messages: CapturedMessage[] = []
  readonly #closings: CapturedClosing[] = []
  readonly #skipped: SkippedFrame[] = []
  #skippedCount = 0
  readonly #packets = new PacketReader(this)
  readonly #connections = new ConnectionTable(this)
  readonly #media = new MediaTable()

  frame(frame: Frame): void {
    this.#packets.frame(frame)
  }

  /** All frames have been given. */
  finish(format: Capture['format'], { totalFrames, stoppedAt }: FramesRead): Capture {
    this.#packets.end()
    this.#connections.end()
    return {
      format,
      // What a gap in a stream held back comes late, and sorting is stable.
      messages: this.#messages.sort(byFrame),
      media: this.#media.streams(),
      closings: this.#closings,
      totalFrames,
      sipFrames: new Set(this.#messages.map(({ frame }) => frame)).size,
      skipped: this.#skipped.sort(byFrame),
      skippedCount: this.#skippedCount,
      ...(stoppedAt === undefined ? {} : { stoppedAt }),
    }
  }

  udp(datagram: UdpDatagram): void {
    const kind = recognise(datagram.payload)
    if (kind === 'sip') this.#datagram(datagram)
    else if (kind === 'begun' || (datagram.missing > 0 && datagram.payload.length === 0)) this.#begun(datagram)
    else this.#media.datagram(datagram)
  }

  tcp(segment: TcpSegment): void {
    this.#connections.segment(segment)
  }

  message(message: Omit<CapturedMessage, 'parsed'>, parsed: ParseResult): void {
    this.#messages.push({ ...message, parsed })
    if (parsed.ok === true) this.#media.announce(parsed.message, message.source)
  }

  closing(closing: CapturedClosing): void {
    this.#closings.push(closing)
  }

  skip(frame: number, why: SkipCode, detail: string): void {
    this.#skippedCount++
    if (this.#skipped.length < maxSkips) this.#skipped.push({ frame, why, detail })
  }

  #datagram({ frame, source, sourcePort, destination, destinationPort, payload, missing }: UdpDatagram): void {
    const parsed = parseMessage(payload)
    if (missing > 0 && !isWhole(parsed)) {
      return this.skip(frame.number, ...missingBytes(frame, missing, 'a message over UDP'))
    }
    const addresses = {
      source: { address: source, port: sourcePort },
      destination: { address: destination, port: destinationPort },
    }
    this.message({ frame: frame.number, at: frame.at, transport: 'UDP', ...addresses, bytes: payload }, parsed)
  }

  #begun({ frame, missing }: UdpDatagram): void {
    if (missing > 0) this.skip(frame.number, ...missingBytes(frame, missing, 'a datagram'))
    else this.skip(frame.number, 'start-line-incomplete', 'the datagram ends within its first line')
  }
}

/** Of a datagram that is cut: only Content-Length can say that nothing of the message is missing. */
const isWhole = (parsed: ParseResult): boolean =>
  parsed.ok === true &&
  parsed.message.header('content-length') !== undefined &&
  parsed.notes.every(({ code }) => code !== 'content-length-beyond-datagram')

const byFrame = (a: { readonly frame: number }, b: { readonly frame: number }): number => a.frame - b.frame
