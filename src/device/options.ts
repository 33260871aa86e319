/** What a simulated device is told, what it assumes otherwise, and what it refuses. */
import { isIP, isIPv6 } from 'node:net'
import type { Network } from '../engine/network.ts'
import type { Random } from '../engine/options.ts'
import { isDeviceId } from '../manscdp/ids.ts'
import type { Edition } from '../manscdp/schema.ts'
import { parseHostPort } from '../sip/uri.ts'
import type { Clock, ExecutorName } from '../statechart/index.ts'
import { type FaultName, type Faults, faultRefusal, parseFault } from './faults.ts'
import type { Description } from './identity.ts'
import { type DeviceProfile, deviceProfiles, profileNamed } from './profiles.ts'
import type { OpenRtp } from './rtp-port.ts'

export interface DeviceOptions {
  /** 20-digit ID. Default 34020000001110000001. */
  readonly id?: string
  /** The platform: `HOST`, `HOST:PORT` or both apart. Port 5060 unless said. */
  readonly server: string | { readonly host: string; readonly port?: number }
  /** The platform's 20-digit ID. Default 34020000002000000001. */
  readonly serverId?: string
  /** Default `udp`. */
  readonly transport?: 'udp' | 'tcp'
  /** Without one a challenge cannot be answered. */
  readonly password?: string | undefined
  /** Channels, 0 to 10000. Default 1. */
  readonly channels?: number
  /** The edition of GB/T 28181 it speaks: charset, X-GB-Ver and fields follow. Default 2016. */
  readonly gbVersion?: Edition
  /** Seconds of validity asked for. Default 3600. */
  readonly expires?: number
  /** Seconds between keepalives. Default 60. */
  readonly keepalive?: number
  /** Unanswered keepalives in a row after which the platform counts as lost. Default 3. */
  readonly keepaliveLimit?: number
  /** Seconds between attempts to register, before up to one half of jitter. Default 60. */
  readonly retry?: number
  /** Seconds before the first REGISTER. Default 0. */
  readonly startAfter?: number
  /** `generic` (default), `hikvision` or `dahua`: what it calls itself and how it behaves where vendors differ. */
  readonly profile?: string
  readonly manufacturer?: string
  readonly model?: string
  readonly firmware?: string
  /** Faults as `NAME` or `NAME=VALUE`: see `faultDescriptions`. */
  readonly faults?: readonly string[]
  /** Default: the profile's, 4 for `generic`. */
  readonly catalogItemsPerMessage?: number
  /** Media sessions at once, beyond which an INVITE is answered 486. Default 8. */
  readonly sessionLimit?: number
  /** Local address and port. Default: any address, a port that is free. */
  readonly local?: { readonly address?: string; readonly port?: number }
  /** Seconds that `close` waits for answers to BYE and REGISTER. Default 5. */
  readonly grace?: number
  /** Who runs the machines: tables compiled from them (`compiled`, default), or XState itself. Both do the same. */
  readonly executor?: ExecutorName
  readonly clock?: Clock
  readonly random?: Random
  readonly network?: Network
  /** Where media is sent from. Default: a UDP port for each session. */
  readonly openRtp?: OpenRtp
}

/** Options as the device uses them: all there; times in milliseconds. */
export interface DeviceSettings {
  readonly id: string
  readonly server: { readonly host: string; readonly port: number }
  readonly serverId: string
  readonly transport: 'UDP' | 'TCP'
  readonly password: string | undefined
  readonly channels: number
  readonly gbVersion: Edition
  readonly expires: number
  readonly keepalive: number
  readonly keepaliveLimit: number
  readonly retry: number
  readonly startAfter: number
  readonly profile: DeviceProfile
  readonly description: Description
  readonly faults: Faults
  readonly catalogItemsPerMessage: number
  readonly sessionLimit: number
  readonly local: { readonly address: string; readonly port: number }
  readonly grace: number
  readonly executor: ExecutorName
}

/** @throws TypeError naming the option that cannot be used, and what was given. */
export function settleOptions(options: DeviceOptions): DeviceSettings {
  const server = serverOf(options.server)
  const profile = profileOf(options.profile ?? 'generic')
  const faults = faultsOf(options.faults ?? [])
  if (faults.has('tcp-half-close') && options.transport !== 'tcp')
    throw new TypeError('faults: tcp-half-close needs transport tcp')
  const perMessage = wholeNumber('catalogItemsPerMessage', options.catalogItemsPerMessage, 1, 10_000)
  return {
    id: idOf('id', options.id ?? '34020000001110000001'),
    server,
    serverId: idOf('serverId', options.serverId ?? '34020000002000000001'),
    transport: oneOf('transport', options.transport ?? 'udp', ['udp', 'tcp'] as const) === 'tcp' ? 'TCP' : 'UDP',
    password: options.password,
    channels: wholeNumber('channels', options.channels, 0, 10_000) ?? 1,
    gbVersion: oneOf('gbVersion', options.gbVersion ?? 2016, [2011, 2014, 2016, 2022] as const),
    expires: milliseconds('expires', options.expires, 1) ?? 3_600_000,
    keepalive: milliseconds('keepalive', options.keepalive, 0.1) ?? 60_000,
    keepaliveLimit: wholeNumber('keepaliveLimit', options.keepaliveLimit, 1, 1000) ?? 3,
    retry: milliseconds('retry', options.retry, 0.1) ?? 60_000,
    startAfter: milliseconds('startAfter', options.startAfter, 0) ?? 0,
    profile,
    description: {
      manufacturer: options.manufacturer ?? profile.manufacturer,
      model: options.model ?? profile.model,
      firmware: options.firmware ?? profile.firmware,
    },
    faults,
    catalogItemsPerMessage: faults.has('one-channel-packets') ? 1 : (perMessage ?? profile.catalogItemsPerMessage),
    sessionLimit: wholeNumber('sessionLimit', options.sessionLimit, 0, 100_000) ?? 8,
    local: localOf(options.local ?? {}, server.host),
    grace: milliseconds('grace', options.grace, 0) ?? 5000,
    executor: oneOf('executor', options.executor ?? 'compiled', ['compiled', 'xstate'] as const),
  }
}

/** The day is long enough for every timer here, and 30 days are for none too short. */
const longest = 30 * 86_400

function refuse(path: string, wanted: string, seen: unknown): never {
  throw new TypeError(`${path}: ${wanted}, not ${JSON.stringify(seen) ?? String(seen)}`)
}

function serverOf(server: DeviceOptions['server']): { host: string; port: number } {
  const parsed = typeof server === 'string' ? parseHostPort(server) : server
  if (parsed === undefined || typeof parsed.host !== 'string' || parsed.host === '')
    return refuse('server', 'HOST or HOST:PORT', server)
  return { host: parsed.host, port: wholeNumber('server.port', parsed.port, 1, 65_535) ?? 5060 }
}

function localOf(local: NonNullable<DeviceOptions['local']>, server: string): DeviceSettings['local'] {
  const address = local.address ?? (isIPv6(server) ? '::' : '0.0.0.0')
  if (isIP(address) === 0) return refuse('local.address', 'an IP address', address)
  return { address, port: wholeNumber('local.port', local.port, 0, 65_535) ?? 0 }
}

const idOf = (path: string, id: string): string =>
  typeof id === 'string' && isDeviceId(id) ? id : refuse(path, '20 digits', id)

function profileOf(name: string): DeviceProfile {
  const names = deviceProfiles.map((profile) => profile.name).join(', ')
  return profileNamed(name) ?? refuse('profile', `one of ${names}`, name)
}

function faultsOf(texts: readonly string[]): Faults {
  const faults = new Map<FaultName, number>()
  for (const [index, text] of texts.entries()) {
    const fault = parseFault(text)
    if (fault === undefined) refuse(`faults[${index}]`, faultRefusal(text), text)
    else faults.set(...fault)
  }
  return faults
}

function oneOf<const V extends string | number>(path: string, value: string | number, values: readonly V[]): V {
  return values.find((candidate) => candidate === value) ?? refuse(path, `one of ${values.join(', ')}`, value)
}

function wholeNumber(path: string, value: number | undefined, least: number, most: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return value
  return refuse(path, `a whole number from ${least} to ${most}`, value)
}

function milliseconds(path: string, value: number | undefined, least: number): number | undefined {
  if (value === undefined) return undefined
  const fits = typeof value === 'number' && value >= least && value <= longest
  return fits ? value * 1000 : refuse(path, `seconds from ${least} to ${longest}`, value)
}
