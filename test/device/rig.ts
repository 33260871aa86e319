/** A simulated device facing a scripted platform, on a virtual wire and clock. */
import { createDevice, type Device, type DeviceEvent, type DeviceOptions } from '../../src/device/index.ts'
import { parseCredentials, verifyCredentials } from '../../src/sip/index.ts'
import type { SipRequest } from '../../src/sip/message.ts'
import {
  type FateFunction,
  type LinkOptions,
  type Received,
  ScriptedPeer,
  seededRandom,
  VirtualClock,
  VirtualNetwork,
} from '../../src/testing/index.ts'

export const platform = { address: '192.0.2.10', port: 5060 }
export const camera = { address: '192.0.2.64', port: 5060 }
export const ids = {
  platform: '34020000002000000001',
  device: '34020000001110000001',
  channel: '34020000001320000001',
}
export const password = 'Pass1234'
export const deviceUri = `sip:${ids.device}@192.0.2.64:5060`
export const channelUri = `sip:${ids.channel}@192.0.2.64:5060`

/** Noon of a day in 2024, so that absolute times in logs are real. */
export const start = Date.UTC(2024, 4, 1)

export interface Rig {
  readonly clock: VirtualClock
  readonly network: VirtualNetwork
  readonly peer: ScriptedPeer
  readonly device: Device
  readonly events: DeviceEvent[]
  /** Milliseconds since the start of the test. */
  now(): number
  /** When each message of that start came from the device, in ms since the start of the test. */
  sent(summary: RegExp): number[]
  /** Names of the events so far, without those that repeat all the time. */
  names(): string[]
}

export async function rig(
  options: Partial<DeviceOptions> = {},
  wire: { link?: LinkOptions | FateFunction } = {},
): Promise<Rig> {
  const clock = new VirtualClock(start)
  const network = new VirtualNetwork({ clock, ...wire })
  const transport = options.transport === 'tcp' ? 'TCP' : 'UDP'
  const peer = await ScriptedPeer.open({ network, clock, ...platform, transport })
  const device = createDevice({
    server: '192.0.2.10:5060',
    password,
    local: camera,
    clock,
    network,
    openRtp: network.openRtp,
    random: seededRandom(1),
    ...options,
  })
  const events: DeviceEvent[] = []
  listenToAll(device, events)
  await device.start()
  return {
    clock,
    network,
    peer,
    device,
    events,
    now: () => clock.now() - start,
    sent: (summary) =>
      network.log
        .filter((entry) => entry.what === 'sent' && entry.from.startsWith('192.0.2.64') && summary.test(entry.summary))
        .map(({ at }) => at - start),
    names: () => events.map(({ name }) => name).filter((name) => !name.startsWith('keepalive')),
  }
}

function listenToAll(device: Device, events: DeviceEvent[]): void {
  const names = [
    'registered',
    'registration.failed',
    'lost',
    'unregistered',
    'keepalive.sent',
    'keepalive.answered',
    'query.received',
    'invited',
    'session.started',
    'session.ended',
    'actor.crashed',
    'engine.trouble',
  ] as const
  for (const name of names) device.on(name, (event) => void events.push(event))
}

export const challenge = (nonce = 'n1', more = '') => ({
  'WWW-Authenticate': `Digest realm="3402000000",nonce="${nonce}",algorithm=MD5${more}`,
})

/** Lets the device in: 401, then 200. */
export function letIn({ peer }: Rig, headers: Readonly<Record<string, string>> = { Expires: '3600' }) {
  peer.respond(peer.expect({ method: 'REGISTER' }), 401, challenge())
  const register = peer.expect({ method: 'REGISTER' })
  peer.respond(register, 200, headers)
  peer.expectNone({ method: 'REGISTER' }, 0)
  return register
}

/** A rig whose device is registered. */
export async function registered(options: Partial<DeviceOptions> = {}): Promise<Rig> {
  const made = await rig(options)
  letIn(made)
  made.clock.advance(0)
  return made
}

/** Whether the Authorization of a request proves the password. */
export function proves(request: SipRequest, secret = password): boolean {
  const credentials = parseCredentials(request.header('Authorization') ?? '')
  if (credentials === undefined) return false
  return verifyCredentials({
    credentials,
    method: request.method,
    realm: '3402000000',
    secret: { password: secret },
  }).ok
}

export const credentialsOf = ({ message }: Received<SipRequest>) =>
  parseCredentials(message.header('Authorization') ?? '')

export const query = (cmdType: string, sn: number, deviceId = ids.device): string =>
  [
    '<?xml version="1.0" encoding="GB2312"?>',
    '<Query>',
    `<CmdType>${cmdType}</CmdType>`,
    `<SN>${sn}</SN>`,
    `<DeviceID>${deviceId}</DeviceID>`,
    '</Query>',
    '',
  ].join('\r\n')

/** Asks the device, as a MESSAGE outside of any dialog. */
export function ask({ peer }: Rig, cmdType: string, sn: number, deviceId = ids.device): void {
  peer.request('MESSAGE', camera, {
    uri: deviceUri,
    headers: { 'Content-Type': 'Application/MANSCDP+xml' },
    body: query(cmdType, sn, deviceId),
  })
}

export const offer = (port = 30_000): string =>
  [
    'v=0',
    `o=${ids.platform} 0 0 IN IP4 192.0.2.20`,
    's=Play',
    'c=IN IP4 192.0.2.20',
    't=0 0',
    `m=video ${port} RTP/AVP 96 97 98 99`,
    'a=recvonly',
    'a=rtpmap:96 PS/90000',
    'a=rtpmap:97 MPEG4/90000',
    'a=rtpmap:98 H264/90000',
    'a=rtpmap:99 H265/90000',
    'y=0200000001',
    '',
  ].join('\r\n')

export interface InviteParts {
  readonly callId?: string
  readonly channel?: string
  readonly body?: string
  readonly subject?: string
}

const inviteHeaders = ({ callId = 'inv-1@192.0.2.10', channel = ids.channel }: InviteParts) => ({
  From: `<sip:${ids.platform}@3402000000>;tag=i1`,
  To: `<sip:${channel}@192.0.2.64:5060>`,
  'Call-ID': callId,
})

export function invite({ peer }: Rig, parts: InviteParts = {}): void {
  const { channel = ids.channel, body = offer(), subject = `${channel}:0200000001,${ids.platform}:0` } = parts
  peer.request('INVITE', camera, {
    uri: `sip:${channel}@192.0.2.64:5060`,
    headers: {
      Via: `SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKp-${parts.callId ?? 'inv-1@192.0.2.10'}`,
      ...inviteHeaders(parts),
      CSeq: '201 INVITE',
      Contact: `<sip:${ids.platform}@192.0.2.10:5060>`,
      Subject: subject,
      'Content-Type': 'application/sdp',
    },
    body,
  })
}

/** A request of the platform within the call, or the CANCEL of its INVITE. */
export function within({ peer }: Rig, method: string, tag: string | undefined, parts: InviteParts = {}): void {
  const headers = inviteHeaders(parts)
  const cseq = method === 'ACK' || method === 'CANCEL' ? 201 : 202
  const branch = method === 'CANCEL' ? `z9hG4bKp-${headers['Call-ID']}` : `z9hG4bK${method}-${headers['Call-ID']}`
  peer.request(method, camera, {
    uri: channelUri,
    headers: {
      Via: `SIP/2.0/UDP 192.0.2.10:5060;rport;branch=${branch}`,
      ...headers,
      To: tag === undefined ? headers.To : `${headers.To};tag=${tag}`,
      CSeq: `${cseq} ${method}`,
    },
  })
}

/** INVITE until the ACK; answers the tag of the device. */
export function play(made: Rig, parts: InviteParts = {}): string {
  invite(made, parts)
  const ok = made.peer.expect({ status: 200, method: 'INVITE' })
  const tag = ok.message.to.tag ?? ''
  within(made, 'ACK', tag, parts)
  made.clock.advance(0)
  return tag
}
