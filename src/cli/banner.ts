/**
 * What a platform says when it is ready: where it is, the form a camera asks for, and the one command that attaches a
 * simulated device (USABILITY.md 2). A wrong receive address is the first cause of "no video", so doubts are told here.
 */
import { existsSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { isWildcard, reachableAddresses } from '../engine/local-address.ts'
import { type Endpoint, endpointText, type ListenAddress } from '../engine/network.ts'
import { isLoopback, type SetupWarning } from '../server/index.ts'

/** Where devices' passwords come from; only a generated one is ever shown. */
export type PasswordSource =
  | { readonly from: 'generated'; readonly password: string }
  | { readonly from: 'environment' | 'option' | 'file' }

export interface BannerFacts {
  readonly id: string
  readonly realm: string
  readonly listen: readonly ListenAddress[]
  readonly http: Endpoint
  readonly httpToken: boolean
  /** Where `@xstate/inspect` is served, if it is. */
  readonly inspector?: Endpoint | undefined
  readonly advertise: string | undefined
  readonly password: PasswordSource
  /** Seconds. */
  readonly keepalive: number
  readonly keepaliveLimit: number
}

const defaultId = '34020000002000000001'

export function banner(facts: BannerFacts, own: readonly string[] = reachableAddresses()): string {
  const { id, realm, listen, http, password, keepalive, keepaliveLimit } = facts
  const sip = listen.map((at) => `${at.transport} ${endpointText(at)}`).join(', ')
  const first = listen[0]
  const form: [string, string, string][] = [
    ['SIP server ID', 'SIP 服务器编号', id],
    ['SIP domain', 'SIP 服务器域', realm],
    ['SIP server address', 'SIP 服务器地址', cameraAddress(facts, own)],
    ['SIP server port', 'SIP 服务器端口', String(first?.port ?? 5060)],
    ['device ID', '设备编号', 'its own 20 digits, such as 34020000001320000001'],
    ['password', '密码', passwordText(password)],
    ['registration', '注册有效期', '3600 s'],
    ['heartbeat', '心跳周期 × 次数', `${keepalive} s × ${keepaliveLimit}`],
  ]
  return [
    `gb28181 platform ${id}`,
    `  SIP   ${sip}`,
    `  HTTP  http://${endpointText(reached(http, own))}/  (API reference: /docs)${facts.httpToken ? '  with Authorization: Bearer' : ''}`,
    ...(facts.inspector === undefined ? [] : [`  XState inspectors  ws://${endpointText(facts.inspector)}/`]),
    '',
    'What to enter in a camera 摄像机设置:',
    ...form.map(
      ([english, chinese, value]) => `  ${english.padEnd(20)}${chinese.padEnd(14 - wide(chinese))}  ${value}`,
    ),
    '',
    ...warnings(facts, own).flatMap(({ message }) => [`WARNING: ${message}`, '']),
    'To attach a simulated device, in another terminal:',
    `  ${attachCommand(facts)}`,
    '',
  ].join('\n')
}

/** An address that a browser can open, where all are listened on. */
const reached = ({ address, port }: Endpoint, own: readonly string[]): Endpoint => ({
  address: isWildcard(address) ? (own[0] ?? '127.0.0.1') : address,
  port,
})

/** Ready to be pasted: it names only what differs from the defaults of `device`. */
export function attachCommand({ id, listen, password }: BannerFacts): string {
  const at = listen.find(({ transport }) => transport === 'UDP') ?? listen[0]
  const address = at === undefined || isWildcard(at.address) ? '127.0.0.1' : at.address
  const server = endpointText({ address, port: at?.port ?? 5060 })
  return [
    'npx gb28181 device',
    `--server ${server}`,
    ...(id === defaultId ? [] : [`--server-id ${id}`]),
    ...(at?.transport === 'TCP' ? ['--transport tcp'] : []),
    `--password ${password.from === 'generated' ? password.password : "'THE PASSWORD'"}`,
  ].join(' ')
}

function passwordText(password: PasswordSource): string {
  switch (password.from) {
    case 'generated':
      return `${password.password}  (made up for this run; set your own with GB28181_PASSWORD)`
    case 'environment':
      return '(GB28181_PASSWORD)'
    case 'option':
      return '(--password)'
    case 'file':
      return '(--password-file, by device)'
  }
}

export function cameraAddress(
  { advertise, listen }: Pick<BannerFacts, 'advertise' | 'listen'>,
  own: readonly string[],
): string {
  if (advertise !== undefined) return advertise
  const bound = listen[0]?.address ?? '0.0.0.0'
  if (!isWildcard(bound)) return bound
  const fitting = own.filter((address) => isIPv6(bound) || !isIPv6(address))
  return fitting.length === 0 ? '127.0.0.1' : fitting.join(' or ')
}

/** What may send the media, or the device, somewhere else. */
export function warnings(
  { advertise, listen }: Pick<BannerFacts, 'advertise' | 'listen'>,
  own: readonly string[],
  container = inContainer(),
): SetupWarning[] {
  const bound = listen.map(({ address }) => address)
  if (advertise !== undefined) {
    if (isLoopback(advertise)) return [warning('advertise-loopback', [advertise])]
    return own.includes(advertise) || bound.includes(advertise) ? [] : [warning('advertise-foreign', [advertise])]
  }
  if (!bound.some(isWildcard)) return bound.every(isLoopback) ? [warning('loopback-only')] : []
  if (container) return [warning('container')]
  const ipv4 = own.filter((address) => !isIPv6(address))
  return ipv4.length < 2 ? [] : [warning('several-addresses', ipv4)]
}

const warning = (code: SetupWarning['code'], addresses: readonly string[] = []): SetupWarning => ({
  code,
  message: warningTexts[code](addresses.join(', ')),
  addresses,
})

const warningTexts: Readonly<Record<SetupWarning['code'], (addresses: string) => string>> = {
  'advertise-loopback': (address) =>
    `--advertise ${address} is reached from this machine only; cameras send nothing there.`,
  'advertise-foreign': (address) =>
    `--advertise ${address} is no address of this machine: right behind a NAT that forwards the SIP and media ports, wrong otherwise.`,
  'loopback-only': () => 'Only this machine can reach the SIP address; for cameras choose another with --sip.',
  container: () => 'This is a container: name the address that cameras reach with --advertise.',
  'several-addresses': (addresses) =>
    `This machine has several addresses (${addresses}); if a camera sends no video, name the one it reaches with --advertise.`,
}

const inContainer = (): boolean => existsSync('/.dockerenv') || existsSync('/run/.containerenv')

/** Columns that a text takes beyond its length: a Chinese character is two wide. */
const wide = (text: string): number => text.replace(/[^\u3000-\u9fff]/g, '').length
