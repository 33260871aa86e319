/** Records made by running a platform and a simulated device on the virtual network, and edits of them. */
import type { Endpoint } from '../../../src/engine/network.ts'
import type { Records } from '../../../src/inspect/analysis/index.ts'
import type { CapturedMedia, CapturedMessage } from '../../../src/inspect/capture/types.ts'
import { parseMessage } from '../../../src/sip/parse.ts'
import { parseHostPort } from '../../../src/sip/uri.ts'
import { createTestPair, type TestPair, type TestPairOptions, type WireEntry } from '../../../src/testing/index.ts'

export interface FlowOptions extends TestPairOptions {
  /** What happens once both run. */
  readonly story?: (pair: TestPair) => Promise<void>
}

/** Registers, tells its catalog, plays, hangs up, lives on for some keepalives. */
export const usualStory = async (pair: TestPair): Promise<void> => {
  await pair.ready()
  await pair.pass(100_000)
  const session = await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId }))
  await pair.pass(5000)
  await pair.settle(session.close())
  await pair.pass(90_000)
}

/** What passed on the wire while the story went on; the leave-taking is part of it. */
export async function flow({ story = usualStory, ...options }: FlowOptions = {}): Promise<CapturedMessage[]> {
  const pair = createTestPair(options)
  await story(pair)
  await pair.close()
  return capturedFrom(pair.network.log)
}

/** What a capture on the sending side would hold: every message once for each time it was sent. */
export function capturedFrom(log: readonly WireEntry[]): CapturedMessage[] {
  return log
    .filter(({ what }) => what === 'sent')
    .map((entry, index) =>
      captured(entry.bytes, { ...entry, frame: index + 1, source: entry.from, destination: entry.to }),
    )
}

interface Circumstances {
  readonly frame: number
  readonly at: number
  readonly transport?: 'UDP' | 'TCP'
  readonly source: string
  readonly destination: string
}

export function captured(bytes: Buffer | string, where: Circumstances): CapturedMessage {
  const buffer = Buffer.from(bytes)
  const { frame, at, transport = 'UDP', source, destination } = where
  const common = { frame, at, transport, source: endpoint(source), destination: endpoint(destination) }
  return { ...common, bytes: buffer, parsed: parseMessage(buffer) }
}

export function endpoint(text: string): Endpoint {
  const parsed = parseHostPort(text)
  if (parsed === undefined) throw new Error(`not an endpoint: ${text}`)
  return { address: parsed.host, port: parsed.port ?? 5060 }
}

export const recordsOf = (messages: readonly CapturedMessage[], media?: readonly CapturedMedia[]): Records =>
  media === undefined ? { messages } : { messages, media }

const textOf = ({ bytes }: CapturedMessage): string => bytes.toString('latin1')

type Which = RegExp | ((message: CapturedMessage, text: string) => boolean)

const matches = (message: CapturedMessage, which: Which): boolean =>
  which instanceof RegExp ? which.test(textOf(message)) : which(message, textOf(message))

/** The same with the text of some messages changed; Content-Length follows unless it is what changes. */
export function edited(
  messages: readonly CapturedMessage[],
  which: Which,
  change: (text: string) => string,
  keepLength = false,
): CapturedMessage[] {
  return messages.map((message) => {
    if (!matches(message, which)) return message
    const text = change(textOf(message))
    const bytes = Buffer.from(keepLength ? text : withLength(text), 'latin1')
    return { ...message, bytes, parsed: parseMessage(bytes) }
  })
}

function withLength(text: string): string {
  const length = text.length - text.indexOf('\r\n\r\n') - 4
  return text.replace(/^Content-Length:.*$/im, `Content-Length: ${length}`)
}

export const without = (messages: readonly CapturedMessage[], which: Which): CapturedMessage[] =>
  messages.filter((message) => !matches(message, which))

/** The same with the circumstances of some messages changed. */
export const moved = (
  messages: readonly CapturedMessage[],
  which: Which,
  change: (message: CapturedMessage) => Partial<CapturedMessage>,
): CapturedMessage[] =>
  messages.map((message) => (matches(message, which) ? { ...message, ...change(message) } : message))

/** The same with copies of some messages, `after` milliseconds later each. */
export const repeated = (
  messages: readonly CapturedMessage[],
  which: Which,
  after: readonly number[],
  change: (text: string) => string = (text) => text,
): CapturedMessage[] => {
  const copies = messages
    .filter((message) => matches(message, which))
    .flatMap((message) => after.map((ms) => ({ ...message, at: message.at + ms })))
  return inOrder([...messages, ...edited(copies, () => true, change)])
}

export const inOrder = (messages: readonly CapturedMessage[]): CapturedMessage[] =>
  [...messages].sort((left, right) => left.at - right.at).map((message, index) => ({ ...message, frame: index + 1 }))

/** Up to and with the first match. */
export const upTo = (messages: readonly CapturedMessage[], which: Which): CapturedMessage[] =>
  messages.slice(0, messages.findIndex((message) => matches(message, which)) + 1)

/** An RTP stream beside the messages. */
export const stream = (parts: Partial<CapturedMedia> & Pick<CapturedMedia, 'firstAt' | 'ssrc'>): CapturedMedia => ({
  source: { address: '192.0.2.64', port: 40_000 },
  destination: { address: '192.0.2.10', port: 30_000 },
  payloadType: 96,
  packets: 100,
  lost: 0,
  lastAt: parts.firstAt + 4000,
  firstFrame: 0,
  lastFrame: 0,
  ...parts,
})
