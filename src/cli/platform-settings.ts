/** The options of `gb28181 platform`: what they are called, and what a platform and its HTTP server are told by them. */
import { Option } from 'effect'
import type { ListenAddress, Transport } from '../engine/network.ts'
import type { PlatformOptions } from '../platform/options.ts'
import { endpointOf } from './addresses.ts'
import type { PasswordSource } from './banner.ts'
import { type FlagNames, oneOf, repeated, text, toggle, variableOf, whole } from './flags.ts'
import { type LogOptions, levels } from './log.ts'
import { passwordsFrom, secretFrom } from './secrets.ts'
import { type Terminal, Unusable } from './terminal.ts'

export const platformFlags = {
  id: text('id', 'ID', 'SIP server ID, 20 digits (34020000002000000001)'),
  realm: text('realm', 'REALM', 'realm of the digest (the first 10 digits of the id)'),
  password: text(
    'password',
    'TEXT',
    'password of all devices; better as GB28181_PASSWORD or in --password-file, since `ps` shows this one (a random one)',
  ),
  'password-file': text('password-file', 'FILE', 'JSON object: device id to password'),
  sip: repeated('sip', 'ADDRESS:PORT', 'where to listen for SIP (0.0.0.0:5060)'),
  transport: text('transport', 'udp,tcp', 'transports of SIP (udp,tcp)'),
  advertise: text('advertise', 'IP', 'address that devices are told, for signalling and media (of the interface they reach)'),
  http: text('http', 'ADDRESS:PORT', 'HTTP API and page (127.0.0.1:8080)'),
  'http-token-file': text('http-token-file', 'FILE', 'file whose first line is the token that the HTTP API asks for'),
  'http-token': text('http-token', 'TOKEN', 'that token; better as GB28181_HTTP_TOKEN or a file, since `ps` shows this one'),
  'http-host': repeated('http-host', 'NAME', 'further host name of the HTTP API, such as that of a proxy'),
  data: text('data', 'PATH', 'where facts are kept; so far only :memory: (:memory:)'),
  media: text('media', 'embedded', 'who receives media; so far only the embedded receiver (embedded)'),
  'media-ports': text('media-ports', 'FROM-TO', 'ports of the embedded receiver (30000-30500)'),
  keepalive: whole('keepalive', 'SECONDS', 'between the keepalives of a device; three missed ones make it offline (60)'),
  executor: oneOf('executor', ['xstate', 'compiled'], 'who runs the machines; so far only xstate (xstate)'),
  'strict-ssrc': toggle('strict-ssrc', 'take only media with the promised SSRC'),
  'strict-length': toggle('strict-length', 'refuse every Content-Length beyond the datagram'),
  log: oneOf('log', ['text', 'json'], 'form of the log (text)'),
  'log-level': oneOf('log-level', levels, 'least level that is logged (info)'),
}

export const platformFlagNames: FlagNames = {
  all: Object.keys(platformFlags),
  repeated: ['sip', 'http-host'],
  toggles: ['strict-ssrc', 'strict-length'],
}

type Parsed = {
  readonly [Name in keyof typeof platformFlags]: (typeof platformFlags)[Name] extends { readonly '~Value'?: infer V } ? V : never
}

export interface PlatformSettings {
  readonly platform: PlatformOptions
  readonly http: { readonly host: string; readonly port: number; readonly token?: string; readonly hosts: readonly string[] }
  readonly log: LogOptions
  readonly password: Exclude<PasswordSource['from'], 'generated'> | undefined
}
