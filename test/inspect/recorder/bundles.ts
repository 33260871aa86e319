/** Bundles made by hand: the messages of a script or a flow, and what actors did beside them. */
import { endpointText } from '../../../src/engine/network.ts'
import type { CapturedMessage } from '../../../src/inspect/capture/types.ts'
import type { Bundle, FlightRecord } from '../../../src/inspect/recorder/record.ts'
import { ends } from '../analysis/script.ts'

type Unnumbered<Record> = Record extends FlightRecord ? Omit<Record, 'seq'> : never
export type LooseRecord = Unnumbered<FlightRecord>

/** As the platform's recorder would have it. */
export function messageRecord({ at, transport, source, destination, bytes }: CapturedMessage): LooseRecord {
  const out = endpointText(source) === ends.platform
  const [local, remote] = out ? [source, destination] : [destination, source]
  const text = bytes.toString('utf8')
  return {
    kind: 'message',
    at,
    direction: out ? 'out' : 'in',
    transport,
    local: endpointText(local),
    remote: endpointText(remote),
    ...(Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString('base64') }),
  }
}

/** By time; what is at the same time stays in order. */
export function bundleOf(messages: readonly CapturedMessage[], others: readonly LooseRecord[] = []): Bundle {
  const records = [...messages.map(messageRecord), ...others].sort((left, right) => left.at - right.at)
  return {
    format: 'gb28181-bundle',
    version: 1,
    takenAt: '2024-05-01T00:00:00.000Z',
    recorder: 'by hand',
    recordedBy: '34020000002000000001',
    subject: { deviceId: '34020000001110000001' },
    dropped: 0,
    records: records.map((record, index) => ({ ...record, seq: 10 + index })),
  }
}

export const bytesOf = (bundle: unknown): Buffer => Buffer.from(JSON.stringify(bundle))
