/**
 * A bundle that came from outside: JSON that somebody sent, checked before anybody relies on it.
 *
 * Owns which values are records. Never throws; what is no record is named and left out, so that one bad line of a bundle
 * that was edited by hand does not hide the others. Fields and kinds of later versions are passed over.
 */
import type {
  ActorEnded,
  ActorStarted,
  ActorStepped,
  Bundle,
  FlightRecord,
  MessageRecord,
  Subject,
  TimerRecord,
} from './record.ts'
import { endpointOf } from './seen.ts'

/** A record that could not be taken. */
export interface Fault {
  /** How many messages were taken before it. */
  readonly messagesBefore: number
  readonly detail: string
}

export type ReadBundleResult =
  | { readonly ok: true; readonly bundle: Bundle; readonly faults: readonly Fault[] }
  | { readonly ok: false; readonly detail: string }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/** Checks what `JSON.parse` has made of a bundle. */
export function readBundle(value: unknown): ReadBundleResult {
  if (!isObject(value) || value.format !== 'gb28181-bundle')
    return { ok: false, detail: 'JSON, but no bundle of the flight recorder' }
  if (value.version !== 1)
    return { ok: false, detail: `a bundle of version ${String(value.version)}; this program reads version 1` }
  if (!Array.isArray(value.records)) return { ok: false, detail: 'a bundle without a list of records' }
  const { records, faults } = readRecords(value.records)
  const bundle: Bundle = {
    format: 'gb28181-bundle',
    version: 1,
    takenAt: textOr(value.takenAt, ''),
    recorder: textOr(value.recorder, ''),
    recordedBy: textOr(value.recordedBy, ''),
    subject: subjectOf(value.subject),
    dropped: isCount(value.dropped) ? value.dropped : 0,
    records,
  }
  return { ok: true, bundle, faults }
}

/** The records among the values, in the order of `seq`. */
export function readRecords(values: readonly unknown[]): { records: FlightRecord[]; faults: Fault[] } {
  const records: FlightRecord[] = []
  const faults: Fault[] = []
  let messages = 0
  for (const value of values) {
    const read = readRecord(value)
    if (typeof read === 'string') faults.push({ messagesBefore: messages, detail: read })
    else if (read !== undefined) records.push(read)
    if (typeof read === 'object' && read.kind === 'message') messages += 1
  }
  return { records: records.sort((left, right) => left.seq - right.seq), faults }
}

const subjectOf = (value: unknown): Subject => {
  if (!isObject(value)) return { deviceId: '' }
  const deviceId = textOr(value.deviceId, '')
  return typeof value.callId === 'string' ? { deviceId, callId: value.callId } : { deviceId }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Year 5138: further than any clock goes, near enough to compute with. */
const latest = 1e14
const isInstant = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < latest

/** The record; why it is none; or undefined for a kind that this version does not know. */
function readRecord(value: unknown): FlightRecord | string | undefined {
  if (!isObject(value)) return 'a record is no object'
  const { kind, seq, at } = value
  if (typeof kind !== 'string') return 'a record without a kind'
  if (!isCount(seq)) return `${kind}: seq is no number that counts`
  if (!isInstant(at)) return `${kind} ${seq}: at is no time`
  switch (kind) {
    case 'message':
      return readMessage(value, { kind, seq, at })
    case 'actor.started':
      return readStarted(value, { kind, seq, at })
    case 'actor.stepped':
      return readStepped(value, { kind, seq, at })
    case 'timer.set':
    case 'timer.fired':
    case 'timer.cancelled':
      return readTimer(value, { kind, seq, at })
    case 'actor.ended':
      return readEnded(value, { kind, seq, at })
    default:
      return undefined
  }
}

/** No transport takes a longer one. */
const longestMessage = 2 ** 24

type Fields = Readonly<Record<string, unknown>>
type Begun<Kind> = { readonly kind: Kind; readonly seq: number; readonly at: number }

function readMessage(fields: Fields, begun: Begun<'message'>): MessageRecord | string {
  const { direction, transport, local, remote, text, base64, cutFrom } = fields
  if (direction !== 'in' && direction !== 'out') return `message ${begun.seq}: direction is neither in nor out`
  if (transport !== 'UDP' && transport !== 'TCP') return `message ${begun.seq}: transport is neither UDP nor TCP`
  if (typeof local !== 'string' || endpointOf(local) === undefined) return `message ${begun.seq}: local is no address`
  if (typeof remote !== 'string' || endpointOf(remote) === undefined)
    return `message ${begun.seq}: remote is no address`
  const cut = isCount(cutFrom) && cutFrom <= longestMessage ? { cutFrom } : {}
  const way = { ...begun, direction, transport, local, remote, ...cut } as const
  if (typeof text === 'string') return { ...way, text }
  if (typeof base64 === 'string') return { ...way, base64 }
  return `message ${begun.seq}: neither text nor base64`
}

function readStarted(fields: Fields, begun: Begun<'actor.started'>): ActorStarted | string {
  const { actor, machine, parent, key, input, state } = fields
  if (typeof actor !== 'string' || typeof machine !== 'string' || typeof state !== 'string')
    return `${begun.kind} ${begun.seq}: actor, machine or state is missing`
  return { ...begun, actor, machine, parent: typeof parent === 'string' ? parent : null, key: keyOf(key), input, state }
}

function keyOf(value: unknown): ActorStarted['key'] {
  if (!isObject(value)) return {}
  const { branch, callId, deviceId } = value
  return {
    ...(typeof branch === 'string' && { branch }),
    ...(typeof callId === 'string' && { callId }),
    ...(typeof deviceId === 'string' && { deviceId }),
  }
}

function readStepped(fields: Fields, begun: Begun<'actor.stepped'>): ActorStepped | string {
  const { actor, event, state } = fields
  if (typeof actor !== 'string' || typeof state !== 'string' || !isObject(event) || typeof event.type !== 'string')
    return `${begun.kind} ${begun.seq}: actor, event or state is missing`
  return { ...begun, actor, event: { ...event, type: event.type }, state }
}

function readTimer(fields: Fields, begun: Begun<TimerRecord['kind']>): TimerRecord | string {
  const { actor, timer, due } = fields
  if (typeof actor !== 'string' || typeof timer !== 'string')
    return `${begun.kind} ${begun.seq}: actor or timer is missing`
  return { ...begun, actor, timer, ...(typeof due === 'number' && { due }) }
}

function readEnded(fields: Fields, begun: Begun<'actor.ended'>): ActorEnded | string {
  const { actor, status, output, error } = fields
  if (typeof actor !== 'string' || (status !== 'done' && status !== 'stopped' && status !== 'error'))
    return `${begun.kind} ${begun.seq}: actor or status is missing`
  return {
    ...begun,
    actor,
    status,
    ...(output !== undefined && { output }),
    ...(typeof error === 'string' && { error }),
  }
}
