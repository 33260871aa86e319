/**
 * Faults that a simulated device can be given, each the imitation of something met in the field: protocol notes 08.
 *
 * Owns the names (one vocabulary for options, command line and reports), their values and how both are written. What a
 * fault does stands where it does it: on the wire in `faulty-network.ts`, in a session in `session.ts`, in an answer in
 * `answers.ts` and `messages.ts`.
 */

export interface FaultDescription {
  /** What the value counts; `none`: the fault takes no value. */
  readonly unit: 'none' | 'seconds' | 'percent'
  /** The value where none is given. */
  readonly value: number
  /** What it does, and whom it imitates. */
  readonly imitates: string
}

const flag = (imitates: string): FaultDescription => ({ unit: 'none', value: 1, imitates })
const seconds = (value: number, imitates: string): FaultDescription => ({ unit: 'seconds', value, imitates })

export const faultDescriptions = {
  'no-200': flag('answers no request with 200, though business answers come: a firewall that lets only requests out'),
  'drop-ack': flag('takes every ACK as lost and repeats its 200: an ACK addressed to a private Contact never arrives'),
  'one-channel-packets': flag('one channel in each Catalog message, as many NVRs do'),
  'late-first-packet': seconds(8, 'media begins so long after the ACK: an encoder that wakes up first'),
  'port-change': seconds(10, 'signalling and media come from another port after so long: a NAT that rebinds (4G)'),
  'wrong-length': flag('Content-Length of a body too large by 2: devices that count a CRLF they do not send'),
  'gb18030-as-utf8': flag('bodies are GB18030 and declare UTF-8'),
  'ssrc-zero': flag('RTP with SSRC 0 whatever y= says (Dahua)'),
  'ssrc-own': flag('answers and sends an SSRC of its own (Hikvision, cascaded platforms)'),
  'tcp-half-close': seconds(5, 'closes its half of each TCP connection after so long and goes on listening'),
  'silent-after-100': flag('answers an INVITE with 100 and no more: a channel that is gone behind an NVR'),
  'no-media': flag('accepts, and sends nothing: the receive address is not reachable from the device'),
  vanish: seconds(30, 'after so long neither sends nor answers, without unregistering: power cut'),
  loss: {
    unit: 'percent',
    value: 10,
    imitates: 'loses that percentage of its SIP datagrams in each direction, and nothing of media or TCP',
  },
} as const satisfies Readonly<Record<string, FaultDescription>>

export type FaultName = keyof typeof faultDescriptions

export const faultNames = Object.keys(faultDescriptions) as readonly FaultName[]

/** The faults of a device with their values: seconds, percent, or 1. */
export type Faults = ReadonlyMap<FaultName, number>

/** Reads `NAME` or `NAME=VALUE`. Undefined for a name that is none, a value that is out of range or not wanted. */
export function parseFault(text: string): readonly [name: FaultName, value: number] | undefined {
  const [name = '', value, ...rest] = text.trim().split('=')
  if (!isFaultName(name) || rest.length > 0) return undefined
  const description: FaultDescription = faultDescriptions[name]
  if (value === undefined) return [name, description.value]
  const number = /^\d{1,9}(?:\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN
  const most = description.unit === 'percent' ? 100 : 1e9
  return description.unit === 'none' || !(number <= most) ? undefined : [name, number]
}

/** What is wrong with a text that `parseFault` does not take. */
export function faultRefusal(text: string): string {
  const [name = ''] = text.trim().split('=')
  if (!isFaultName(name)) return `NAME or NAME=VALUE with one of ${faultNames.join(', ')}`
  const { unit, value }: FaultDescription = faultDescriptions[name]
  if (unit === 'none') return `${name} takes no value`
  return `${name} takes ${unit === 'percent' ? 'percent from 0 to 100' : 'seconds'}, such as ${name}=${value}`
}

const isFaultName = (name: string): name is FaultName => Object.hasOwn(faultDescriptions, name)
