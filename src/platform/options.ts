/** What a platform is told, what it assumes otherwise, and what it refuses. */
import { isIP } from 'node:net'
import type { Timers } from '../../machines/transaction/timers.ts'
import type { ListenAddress, Network } from '../engine/network.ts'
import type { EngineLimits, Random } from '../engine/options.ts'
import { domainOf, isDeviceId } from '../manscdp/ids.ts'
import type { MediaServer } from '../media/types.ts'
import type { Clock, ExecutorName } from '../statechart/index.ts'
import type { PasswordSource } from './presented.ts'

/** What proves that a device is who it says: its password, or HA1 = MD5(id:realm:password) (RFC 2617 3.2.2.2). */
export type DeviceSecret = { readonly password: string } | { readonly ha1: string }

/** With the option that it is from; the `authenticate` hook says nothing of that. */
export type KnownSecret = DeviceSecret & { readonly from?: PasswordSource }

export interface PlatformOptions {
  /** 20-digit ID of the platform. Default 34020000002000000001. */
  readonly id?: string
  /** Realm of the digest. Default: the first 10 digits of the id. */
  readonly realm?: string
  /** The password of every device that has none of its own. Where neither this nor `passwords` nor `authenticate` is given, one is made up. */
  readonly password?: string
  /** Password by device id. */
  readonly passwords?: Readonly<Record<string, string>>
  /**
   * Asked first. Undefined: `passwords`, then `password` decide; null: the device is refused with 403. When it throws
   * or its promise rejects, or takes longer than 5 s, the REGISTER is answered 503.
   */
  readonly authenticate?: (
    deviceId: string,
  ) => DeviceSecret | null | undefined | Promise<DeviceSecret | null | undefined>
  /** Where to listen. Default UDP and TCP on 0.0.0.0:5060. */
  readonly listen?: readonly ListenAddress[]
  /** The address that devices are told, for signalling and media. Default: of the interface they are reached by. */
  readonly advertise?: string
  /** Seconds between keepalives that devices are expected to keep. Default 60. */
  readonly keepalive?: number
  /** Keepalives missed in a row after which a device is offline. Default 3. */
  readonly keepaliveLimit?: number
  /** The longest validity of a registration that is granted, seconds. Default 86400. */
  readonly maxExpires?: number
  readonly media?: MediaServer
  /** Ports of the embedded receiver. Default 30000 to 30500. */
  readonly mediaPorts?: { readonly from: number; readonly to: number }
  /** Take only media with the promised SSRC. Default false: another one is taken too from the device's own address. */
  readonly strictSsrc?: boolean
  /** Refuse every Content-Length beyond the datagram. Default false: a complete MANSCDP body is taken. */
  readonly strictLength?: boolean
  /** Milliseconds from the INVITE, and from each provisional response, to the next sign of an answer. Default 10000. */
  readonly answerTimeout?: number
  /** Milliseconds from the ACK to the first media packet. Default 10000. */
  readonly mediaTimeout?: number
  /** Milliseconds without a new part after which a query is asked again or given up. Default 10000. */
  readonly queryTimeout?: number
  /** Who runs the machines: tables compiled from them (`compiled`, default), or XState itself. Both do the same. */
  readonly executor?: ExecutorName
  /**
   * What the flight recorder keeps. Default: 64 KiB of each device, 128 MiB of all, for an hour. `false`: nothing is
   * recorded, so that nothing can be shown or explained afterwards.
   */
  readonly record?: RecordOptions | false
  readonly limits?: Partial<PlatformLimits & EngineLimits>
  readonly timers?: Timers
  readonly clock?: Clock
  readonly random?: Random
  readonly network?: Network
  readonly logger?: Logger
}

export interface RecordOptions {
  /** Bytes kept of one device, 4096 to 2^24. */
  readonly deviceBytes?: number
  /** Bytes kept of all devices together, 2^20 to 2^36: beyond, the oldest of all make room. */
  readonly totalBytes?: number
  /** Seconds that anything is kept at most, 10 to 86400. */
  readonly seconds?: number
}

export interface PlatformLimits {
  /** Registered devices, online or offline. Beyond: 503 to further ones. */
  readonly devices: number
  /** Strangers that are watched while they are challenged; the oldest is forgotten first. */
  readonly strangers: number
  /** Ended sessions that are still shown. */
  readonly endedSessions: number
  /** Sessions at once. */
  readonly sessions: number
  /** Items of one catalog. */
  readonly catalogItems: number
  /** Sources whose wrong passwords are counted. */
  readonly sources: number
}

export const platformLimits: PlatformLimits = {
  devices: 200_000,
  strangers: 1000,
  endedSessions: 1000,
  sessions: 10_000,
  catalogItems: 100_000,
  sources: 10_000,
}

/** Any logger of pino's shape. */
export interface Logger {
  debug(details: Readonly<Record<string, unknown>>, message: string): void
  info(details: Readonly<Record<string, unknown>>, message: string): void
  warn(details: Readonly<Record<string, unknown>>, message: string): void
  error(details: Readonly<Record<string, unknown>>, message: string): void
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Everything decided, but what is made at start: clock, random, network, media. */
export interface ResolvedOptions {
  readonly id: string
  readonly realm: string
  /** Made up because nobody gave one. */
  readonly generatedPassword: string | undefined
  readonly authenticate: (deviceId: string) => KnownSecret | null | undefined | Promise<KnownSecret | null | undefined>
  readonly listen: readonly ListenAddress[]
  readonly advertise: string | undefined
  /** Milliseconds. */
  readonly keepalive: number
  readonly keepaliveLimit: number
  /** Seconds. */
  readonly maxExpires: number
  readonly mediaPorts: { readonly from: number; readonly to: number }
  readonly strictSsrc: boolean
  readonly strictLength: boolean
  readonly answerTimeout: number
  readonly mediaTimeout: number
  readonly queryTimeout: number
  readonly record: RecordOptions | false
  readonly limits: PlatformLimits & Partial<EngineLimits>
}

/** Checks every option and fills in the defaults. Opens nothing. @throws TypeError naming the option's path. */
export function resolveOptions(options: PlatformOptions, random: Random): ResolvedOptions {
  const id = options.id ?? '34020000002000000001'
  if (!isDeviceId(id)) throw refused('id', '20 digits', id)
  const realm = options.realm ?? domainOf(id)
  // It stands in quotes in the challenge, and as the host of our own URI.
  if (!/^[a-z0-9][a-z0-9.-]{0,254}$/i.test(realm)) throw refused('realm', 'ten digits or a domain name', realm)
  refuseUnknown(options)
  // Whoever must be let in without a password is named one by one, in `passwords` or by `authenticate`.
  if (options.password === '') throw refused('password', 'a password; there is no open registrar', '')
  const open = options.password === undefined && options.passwords === undefined && options.authenticate === undefined
  const generatedPassword = open ? random.hex(6) : undefined
  if (options.advertise !== undefined && isIP(options.advertise) === 0)
    throw refused('advertise', 'an IP address', options.advertise)
  if (!['compiled', 'xstate', undefined].includes(options.executor))
    throw refused('executor', 'compiled or xstate', options.executor)
  const mediaPorts = options.mediaPorts ?? { from: 30_000, to: 30_500 }
  integerBetween('mediaPorts.from', mediaPorts.from, 1, 65_534)
  integerBetween('mediaPorts.to', mediaPorts.to, mediaPorts.from + 1, 65_535)
  return {
    id,
    realm,
    generatedPassword,
    authenticate: secretsOf(options, generatedPassword),
    listen: resolveListen(options.listen),
    advertise: options.advertise,
    keepalive: 1000 * integerBetween('keepalive', options.keepalive ?? 60, 1, 86_400),
    keepaliveLimit: integerBetween('keepaliveLimit', options.keepaliveLimit ?? 3, 1, 100),
    maxExpires: integerBetween('maxExpires', options.maxExpires ?? 86_400, 60, 31_536_000),
    mediaPorts,
    strictSsrc: options.strictSsrc ?? false,
    strictLength: options.strictLength ?? false,
    answerTimeout: integerBetween('answerTimeout', options.answerTimeout ?? 10_000, 100, 180_000),
    mediaTimeout: integerBetween('mediaTimeout', options.mediaTimeout ?? 10_000, 100, 180_000),
    queryTimeout: integerBetween('queryTimeout', options.queryTimeout ?? 10_000, 100, 180_000),
    record: resolveRecord(options.record),
    limits: { ...platformLimits, ...options.limits },
  }
}

function resolveRecord(record: RecordOptions | false = {}): RecordOptions | false {
  if (record === false) return false
  const { deviceBytes, totalBytes, seconds } = record
  const bounded = (name: keyof RecordOptions, value: number | undefined, least: number, most: number) =>
    value === undefined ? {} : { [name]: integerBetween(`record.${name}`, value, least, most) }
  return {
    ...bounded('deviceBytes', deviceBytes, 4096, 2 ** 24),
    ...bounded('totalBytes', totalBytes, 2 ** 20, 2 ** 36),
    ...bounded('seconds', seconds, 10, 86_400),
  }
}

/** All options; a program without types may have misspelt one, which would silently mean its default. */
const optionNames: Readonly<Record<keyof PlatformOptions, true>> = {
  id: true,
  realm: true,
  password: true,
  passwords: true,
  authenticate: true,
  listen: true,
  advertise: true,
  keepalive: true,
  keepaliveLimit: true,
  maxExpires: true,
  media: true,
  mediaPorts: true,
  strictSsrc: true,
  strictLength: true,
  answerTimeout: true,
  mediaTimeout: true,
  queryTimeout: true,
  executor: true,
  record: true,
  limits: true,
  timers: true,
  clock: true,
  random: true,
  network: true,
  logger: true,
}

function refuseUnknown(options: PlatformOptions): void {
  for (const name of Object.keys(options))
    if (!Object.hasOwn(optionNames, name)) throw new TypeError(`options.${name} is not an option`)
}

function resolveListen(listen: PlatformOptions['listen']): readonly ListenAddress[] {
  if (listen === undefined)
    return [
      { transport: 'UDP', address: '0.0.0.0', port: 5060 },
      { transport: 'TCP', address: '0.0.0.0', port: 5060 },
    ]
  if (listen.length === 0) throw refused('listen', 'at least one address', '[]')
  listen.forEach(({ address, port, transport }, index) => {
    if (isIP(address) === 0) throw refused(`listen[${index}].address`, 'an IP address', address)
    integerBetween(`listen[${index}].port`, port, 0, 65_535)
    if (transport !== 'UDP' && transport !== 'TCP') throw refused(`listen[${index}].transport`, 'UDP or TCP', transport)
  })
  return listen
}

function secretsOf(options: PlatformOptions, generated: string | undefined): ResolvedOptions['authenticate'] {
  const { authenticate, passwords = {}, password = generated } = options
  const known = new Map(Object.entries(passwords))
  const usual = (deviceId: string): KnownSecret | undefined => {
    const own = known.get(deviceId)
    if (own !== undefined) return { password: own, from: 'passwords' }
    return password === undefined ? undefined : { password, from: 'password' }
  }
  if (authenticate === undefined) return usual
  return (deviceId) => {
    const found = authenticate(deviceId)
    if (found instanceof Promise) return found.then((secret) => (secret === undefined ? usual(deviceId) : secret))
    return found === undefined ? usual(deviceId) : found
  }
}

function integerBetween(path: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw refused(path, `a whole number ${least} to ${most}`, value)
  return value
}

const refused = (path: string, wanted: string, seen: unknown): TypeError =>
  new TypeError(`options.${path} must be ${wanted}, not ${JSON.stringify(seen)}`)
