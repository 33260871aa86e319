/**
 * SIP messages as text, one after another, as people paste them into issues: `.sip` files.
 *
 * Owns where one message ends and the next begins, and the addresses that the messages themselves tell. There are no
 * times in such a file: a message's index is its time.
 */
import type { Endpoint, Transport } from '../../engine/network.ts'
import { scanHead } from '../../sip/head.ts'
import { datagramLimits } from '../../sip/limits.ts'
import { SipRequest, type SipResponse } from '../../sip/message.ts'
import { contentLengthOf, type ParseResult, parseMessage } from '../../sip/parse.ts'
import { afterEmptyLines, bodyStart, findStartLine, isStartLine, lineAt } from './start-line.ts'
import type { CapturedMessage, FramesRead } from './types.ts'

export interface TextUser {
  message(message: Omit<CapturedMessage, 'parsed'>, parsed: ParseResult): void
}

/** Where a message came from that does not say so. */
const nowhere: Endpoint = { address: '0.0.0.0', port: 0 }

const defaultPort = 5060

export function isSipText(bytes: Buffer): boolean {
  const start = afterBlanks(bytes, 0)
  return isStartLine(firstLine(bytes, start))
}

/** Each message counts as a frame. */
export function readSipText(bytes: Buffer, user: TextUser): FramesRead {
  /** Where a request went, by its branch: its responses come from there. */
  const destinations = new Map<string, Endpoint>()
  let frame = 0
  for (let at = afterBlanks(bytes, 0); at >= 0 && at < bytes.length; ) {
    const end = endOfMessage(bytes, at)
    const message = asSent(bytes.subarray(at, end))
    const parsed = parseMessage(message)
    frame++
    user.message({ frame, at: frame - 1, ...addressesOf(parsed, destinations), bytes: message }, parsed)
    at = findStartLine(bytes, end)
  }
  return { totalFrames: frame }
}

const afterBlanks = (bytes: Buffer, from: number): number => {
  const start = bytes.subarray(from, from + 3).toString('latin1') === '\xef\xbb\xbf' ? from + 3 : from
  return afterEmptyLines(bytes, start)
}

const firstLine = (bytes: Buffer, at: number): string => lineAt(bytes, at) ?? bytes.toString('latin1', at, at + 8192)

/**
 * After Content-Length bytes if the file or a start line follows there; else, since pasted text has lost its line ends or
 * its true length, before the next start line.
 */
function endOfMessage(bytes: Buffer, at: number): number {
  const next = findStartLine(bytes, lineEnd(bytes, at))
  const limit = next < 0 ? bytes.length : next
  const body = bodyStart(bytes.subarray(0, limit), at)
  if (body < 0) return limit
  const length = declaredLength(bytes, at, body)
  if (length === undefined || body + length > bytes.length) return limit
  const after = afterEmptyLines(bytes, body + length)
  return after === bytes.length || isStartLine(firstLine(bytes, after)) ? body + length : limit
}

function declaredLength(bytes: Buffer, at: number, body: number): number | undefined {
  const head = scanHead(bytes.subarray(at), Math.min(body - at, datagramLimits.head), datagramLimits)
  const length = contentLengthOf(head.table)
  return typeof length === 'number' ? length : undefined
}

// Asks:  lines end with CRLF (RFC 3261 section 7).
// Meets: messages out of a log, whose line ends have become LF, so that Content-Length counts bytes that are gone.
// Does:  puts the CRs back where there are none and the body is too short. test/inspect/capture/formats.test.ts
function asSent(message: Buffer): Buffer {
  const body = bodyStart(message)
  if (body < 0 || message.includes('\r')) return message
  const length = declaredLength(message, 0, body)
  if (length === undefined || body + length <= message.length) return message
  const restored = Buffer.from(message.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
  return restored.subarray(0, bodyStart(restored) + length)
}

function lineEnd(bytes: Buffer, at: number): number {
  const lf = bytes.indexOf(0x0a, at)
  return lf < 0 ? bytes.length : lf + 1
}

type Addresses = Pick<CapturedMessage, 'transport' | 'source' | 'destination'>

function addressesOf(parsed: ParseResult, destinations: Map<string, Endpoint>): Addresses {
  if (parsed.ok !== true) return { transport: 'UDP', source: nowhere, destination: nowhere }
  const { message } = parsed
  const transport: Transport = message.via.transport === 'TCP' ? 'TCP' : 'UDP'
  const sender = senderOf(message)
  const key = `${message.via.branch} ${message.cseq.method}`
  if (!(message instanceof SipRequest)) {
    return { transport, source: destinations.get(key) ?? nowhere, destination: sender }
  }
  const { uri } = message
  const destination = uri === undefined ? nowhere : { address: uri.host, port: uri.port ?? defaultPort }
  destinations.set(key, destination)
  return { transport, source: sender, destination }
}

/** The sender of the request, as the top Via has it (18.2.1, RFC 3581). */
function senderOf({ via }: SipRequest | SipResponse): Endpoint {
  return { address: via.received ?? via.host, port: via.rport ?? via.port ?? defaultPort }
}
