/** The options of `gb28181 platform`: what they are called, and what a platform and its HTTP server are told by them. */
import { Option } from 'effect'
import type { Command } from 'effect/cli'
import type { ListenAddress, Transport } from '../engine/network.ts'
import type { PlatformOptions } from '../platform/options.ts'
import { listeningAt } from './addresses.ts'
import type { PasswordSource } from './banner.ts'
import { type FlagNames, given, oneOf, repeated, text, toggle, variableOf, whole } from './flags.ts'
import { type InspectSettings, inspectSettings } from './inspect-settings.ts'
import { type LogOptions, levels } from './log.ts'
import { passwordsFrom, secretFrom } from './secrets.ts'
import { type Terminal, Unusable } from './terminal.ts'

export const platformFlags = {
  id: text('id', 'ID', 'SIP server ID, 20 digits (34020000002000000001)'),
  realm: text('realm', 'REALM', 'realm of the digest (the first 10 digits of the id)'),
  'password-file': text('password-file', 'FILE', 'JSON object: device id to password'),
  password: text(
    'password',
    'TEXT',
    'password of all other devices; better as GB28181_PASSWORD, since `ps` shows this one (made up where none is given)',
  ),
  sip: repeated('sip', 'ADDRESS:PORT', 'where to listen for SIP (0.0.0.0:5060)'),
  transport: text('transport', 'udp,tcp', 'transports of SIP (udp,tcp)'),
  advertise: text(
    'advertise',
    'IP',
    'address that devices are told, for signalling and media (of the interface they reach)',
  ),
  http: text('http', 'ADDRESS:PORT', 'HTTP API and page (127.0.0.1:8080)'),
  'http-token-file': text('http-token-file', 'FILE', 'file whose first line is the token that the HTTP API asks for'),
  'http-token': text(
    'http-token',
    'TOKEN',
    'that token; better as GB28181_HTTP_TOKEN or a file, since `ps` shows this one',
  ),
  'http-host': repeated('http-host', 'NAME', 'further host name of the HTTP API, such as that of a proxy'),
  data: text('data', 'PATH', 'where facts are kept; so far only :memory: (:memory:)'),
  media: text('media', 'embedded', 'who receives media; so far only the embedded receiver (embedded)'),
  'media-ports': text('media-ports', 'FROM-TO', 'ports of the embedded receiver (30000-30500)'),
  keepalive: whole(
    'keepalive',
    'SECONDS',
    'between the keepalives of a device; three missed ones make it offline (60)',
  ),
  'record-device': whole('record-device', 'KIB', 'what the flight recorder keeps of one device (64)'),
  'record-total': whole('record-total', 'MIB', 'what it keeps of all together; 0: nothing is recorded (128)'),
  'record-time': whole('record-time', 'SECONDS', 'how long it keeps anything (3600)'),
  executor: oneOf('executor', ['compiled', 'xstate'], 'who runs the machines: compiled tables or XState (compiled)'),
  'inspect-port': text(
    'inspect-port',
    '[ADDRESS:]PORT',
    'serve the WebSocket protocol of @xstate/inspect here, on 127.0.0.1 where no address is given (off)',
  ),
  'inspect-origin': repeated(
    'inspect-origin',
    'ORIGIN',
    'page that may connect to --inspect-port, such as https://stately.ai',
  ),
  'inspect-events': toggle(
    'inspect-events',
    'let inspectors end sessions (stop), queries (abandon) and registrations (forget); nothing else is ever accepted',
  ),
  'inspect-to': text(
    'inspect-to',
    'ws://ADDRESS:PORT',
    'tell a server of @statelyai/inspect on this machine about every actor (off)',
  ),
  'strict-ssrc': toggle('strict-ssrc', 'take only media with the promised SSRC'),
  'strict-length': toggle('strict-length', 'refuse every Content-Length beyond the datagram'),
  log: oneOf('log', ['text', 'json'], 'form of the log (text)'),
  'log-level': oneOf('log-level', levels, 'least level that is logged (info)'),
}

export const platformFlagNames: FlagNames = {
  all: Object.keys(platformFlags),
  repeated: ['sip', 'http-host', 'inspect-origin'],
  toggles: ['strict-ssrc', 'strict-length', 'inspect-events'],
}

type Parsed = Command.Command.Config.Infer<typeof platformFlags>

export interface PlatformSettings {
  readonly platform: PlatformOptions
  readonly http: {
    readonly host: string
    readonly port: number
    readonly hosts: readonly string[]
    readonly token?: string
  }
  readonly inspect: InspectSettings
  readonly log: LogOptions
  /** Undefined: the platform makes one up. */
  readonly password: Exclude<PasswordSource, { from: 'generated' }> | undefined
}

/** @throws Unusable for options that cannot be used, Error for files that cannot be read */
export function platformSettings(parsed: Parsed, { env }: Pick<Terminal, 'env'>): PlatformSettings {
  refuseWhatComesLater(parsed)
  const http = httpSettings(parsed)
  return {
    platform: {
      ...given({
        id: parsed.id,
        realm: parsed.realm,
        advertise: parsed.advertise,
        keepalive: parsed.keepalive,
        record: recordSettings(parsed),
        executor: parsed.executor,
        password: parsed.password,
        passwords: Option.map(parsed['password-file'], (file) => passwordsFrom('password-file', file)),
        mediaPorts: Option.map(parsed['media-ports'], portRange),
      }),
      listen: listenAddresses(parsed),
      strictSsrc: parsed['strict-ssrc'],
      strictLength: parsed['strict-length'],
    },
    http,
    inspect: inspectSettings(parsed, http.token),
    log: {
      format: Option.getOrElse(parsed.log, () => 'text'),
      level: Option.getOrElse(parsed['log-level'], () => 'info'),
    },
    password: passwordSource(parsed, env),
  }
}

function between(option: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value
  throw new Unusable(`--${option} ${value}: expected ${least} to ${most}`)
}

const recordSettings = (parsed: Parsed): Option.Option<PlatformOptions['record'] & object> | Option.Option<false> => {
  const total = parsed['record-total']
  if (Option.isSome(total) && total.value === 0) return Option.some(false)
  const kept = given({
    deviceBytes: Option.map(parsed['record-device'], (kib) => 1024 * between('record-device', kib, 4, 16_384)),
    totalBytes: Option.map(total, (mib) => 1024 * 1024 * between('record-total', mib, 1, 65_536)),
    seconds: Option.map(parsed['record-time'], (seconds) => between('record-time', seconds, 10, 86_400)),
  })
  return Option.some(kept)
}

/** Options of CONTRACT.md whose other values have not been built yet: refused, never ignored. */
function refuseWhatComesLater({ data, media }: Parsed): void {
  const refuse = (option: string, value: Option.Option<string>, only: string, why: string) => {
    if (Option.isSome(value) && value.value !== only)
      throw new Unusable(`--${option} ${value.value}: ${why}; use ${only}`)
  }
  refuse('data', data, ':memory:', 'storage comes in a later version')
  refuse('media', media, 'embedded', 'media servers come in a later version')
}

function listenAddresses({ sip, transport }: Parsed): ListenAddress[] {
  const names = Option.getOrElse(transport, () => 'udp,tcp')
    .split(',')
    .map((name) => name.trim().toUpperCase())
  const isTransport = (name: string): name is Transport => name === 'UDP' || name === 'TCP'
  if (!names.every(isTransport))
    throw new Unusable(`--transport ${names.join(',').toLowerCase()}: expected udp, tcp or udp,tcp`)
  const endpoints = (sip.length === 0 ? ['0.0.0.0:5060'] : sip).map((address) => listeningAt('sip', address, 5060))
  return endpoints.flatMap((endpoint) => names.map((name) => ({ transport: name, ...endpoint })))
}

function httpSettings(parsed: Parsed): PlatformSettings['http'] {
  const { address, port } = listeningAt(
    'http',
    Option.getOrElse(parsed.http, () => '127.0.0.1:8080'),
    8080,
  )
  const file = Option.map(parsed['http-token-file'], (path) => secretFrom('http-token-file', path))
  const token = Option.getOrUndefined(Option.orElse(file, () => parsed['http-token']))
  const hosts = [...parsed['http-host'], ...Option.toArray(parsed.advertise)]
  return { host: address, port, hosts, ...(token === undefined ? {} : { token }) }
}

function portRange(text: string): { from: number; to: number } {
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []
  if (from === undefined || to === undefined)
    throw new Unusable(`--media-ports ${text}: expected FROM-TO, such as 30000-30500`)
  // RTP on an even port, RTCP on the next.
  if (Number(to) <= Number(from))
    throw new Unusable(`--media-ports ${text}: expected TO above FROM, for a session needs two ports`)
  return { from: Number(from), to: Number(to) }
}

function passwordSource(parsed: Parsed, env: Terminal['env']): PlatformSettings['password'] {
  if (Option.isSome(parsed.password)) {
    return { from: env[variableOf('password')] === parsed.password.value ? 'environment' : 'option' }
  }
  return Option.isSome(parsed['password-file']) ? { from: 'file' } : undefined
}
