/** A platform facing scripted cameras, on a virtual wire and clock. Every test ends with nothing left ticking. */
import { expect, onTestFinished } from 'vitest'
import { createEmbeddedMedia } from '../../src/media/embedded.ts'
import type { MediaServer } from '../../src/media/types.ts'
import type { DeviceView, PlatformEvent, PlatformEventName } from '../../src/platform/api.ts'
import { createPlatform } from '../../src/platform/create.ts'
import type { PlatformOptions } from '../../src/platform/options.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { answerChallenge, parseChallenge } from '../../src/sip/index.ts'
import { SipRequest, type SipResponse } from '../../src/sip/message.ts'
import {
  type ExpectOptions,
  type FateFunction,
  type LinkOptions,
  type Received,
  ScriptedPeer,
  SettlingClock,
  seededRandom,
  VirtualNetwork,
} from '../../src/testing/index.ts'

/** Noon in Beijing's morning, so that absolute times are real. */
export const start = Date.UTC(2024, 4, 1)
export const platformAt = { address: '192.0.2.10', port: 5060 }
export const cameraAt = { address: '192.0.2.64', port: 5060 }
export const realm = '3402000000'
export const password = 'Pass1234'
export const ids = {
  platform: '34020000002000000001',
  device: '34020000001110000001',
  other: '34020000001110000002',
  channel: '34020000001320000001',
}
/** The nth channel ID, counted from 1. */
export const channelId = (nth: number): string => `3402000000132${String(nth).padStart(7, '0')}`
/** The nth device ID, counted from 1. */
export const deviceId = (nth: number): string => `3402000000111${String(nth).padStart(7, '0')}`

export interface Bench {
  readonly clock: SettlingClock
  readonly network: VirtualNetwork
  readonly platform: Platform
  readonly media: MediaServer
  /** Everything that the platform announced. */
  readonly events: PlatformEvent[]
  /** The names of `events`, or of those of one kind the data. */
  names(): string[]
  of<Name extends PlatformEventName>(name: Name): Extract<PlatformEvent, { name: Name }>[]
  /** The device as the platform shows it. @throws when it is unknown. */
  view(id?: string): DeviceView
  /** Milliseconds since the start of the test. */
  now(): number
  /** Lets a promise settle, and time pass until it does. */
  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T>
  /** When each message with such a first line left the platform, in milliseconds since the start of the test. */
  sent(summary: RegExp): number[]
  /** Closes the platform and proves that it holds nothing any more. Called at the end of each test by itself. */
  end(): Promise<void>
}

/** `password: null`: none is given. */
export type BenchOptions = Omit<PlatformOptions, 'password'> & { readonly password?: string | null }

/** A platform that is listening on UDP and TCP. */
export async function bench(
  options: BenchOptions = {},
  wire: { link?: LinkOptions | FateFunction } = {},
): Promise<Bench> {
  const made = makeBench(options, wire)
  await made.platform.start()
  return made
}

/** The same before its start. */
export function makeBench(
  { password: common = password, ...options }: BenchOptions = {},
  wire: { link?: LinkOptions | FateFunction } = {},
): Bench {
  const clock = new SettlingClock(start)
  const network = new VirtualNetwork({ clock, ...wire })
  const random = seededRandom(1)
  const media =
    options.media ??
    createEmbeddedMedia({
      ports: { from: 30_000, to: 30_019 },
      bind: platformAt.address,
      clock,
      random: random.fraction,
      network: network.media(platformAt.address),
    })
  const platform = createPlatform({
    id: ids.platform,
    ...(common !== null && { password: common }),
    listen: [
      { transport: 'UDP', ...platformAt },
      { transport: 'TCP', ...platformAt },
    ],
    clock,
    network,
    random,
    ...options,
    media,
  })
  const events = hear(platform)
  const made: Bench = {
    clock,
    network,
    platform,
    media,
    events,
    names: () => events.map(({ name }) => name),
    of: <Name extends PlatformEventName>(wanted: Name) =>
      events.filter((event): event is Extract<PlatformEvent, { name: Name }> => event.name === wanted),
    view: (id = ids.device) => {
      const view = platform.device(id)
      if (view === undefined) throw new Error(`the platform knows no device ${id}`)
      return view
    },
    now: () => clock.now() - start,
    settle: (promise, limitMs) => clock.passUntil(promise, limitMs),
    sent: (summary) =>
      network.log
        .filter(({ what, from, summary: line }) => what === 'sent' && isPlatform(from) && summary.test(line))
        .map(({ at }) => at - start),
    end: () => end(made),
  }
  onTestFinished(() => made.end())
  return made
}

const isPlatform = (from: string): boolean => from.startsWith(`${platformAt.address}:`)

function hear(platform: Platform): PlatformEvent[] {
  const events: PlatformEvent[] = []
  for (const name of eventNames) platform.on(name, (event) => void events.push(event))
  return events
}

export const eventNames: readonly PlatformEventName[] = [
  'device.challenged',
  'device.online',
  'device.silent',
  'device.offline',
  'device.updated',
  'registration.rejected',
  'catalog.committed',
  'catalog.partial',
  'query.failed',
  'session.created',
  'session.started',
  'session.ended',
  'message.noted',
  'actor.crashed',
]

async function end({ clock, platform, media }: Bench): Promise<void> {
  await clock.passUntil(platform.close(), 10_000)
  // What is still on the wire arrives nowhere.
  await clock.pass(200)
  expect(platform.actors()).toEqual([])
  expect(media.ports?.inUse ?? 0).toBe(0)
  expect(clock.pending).toBe(0)
}

export interface CameraParts {
  readonly id?: string
  readonly address?: string
  readonly port?: number
  readonly transport?: 'UDP' | 'TCP'
  readonly password?: string
}

/** What a test says otherwise than the usual REGISTER. */
export interface RegisterParts {
  /** Default 3600; null leaves the header out. */
  readonly expires?: number | null
  readonly callId?: string
  readonly cseq?: number
  /** Default `<sip:id@address:port>`. */
  readonly contact?: string
  readonly authorization?: string
  readonly headers?: Readonly<Record<string, string>>
}

export async function camera(of: Bench, parts: CameraParts = {}): Promise<Camera> {
  const { id = ids.device, password: secret = password, transport = 'UDP', ...where } = parts
  const at = { ...cameraAt, ...where }
  const peer = await ScriptedPeer.open({ network: of.network, clock: of.clock, transport, ...at })
  return new Camera(of, peer, id, secret)
}

/** A camera by script: it does nothing by itself but count CSeq, and knows how to answer a challenge. */
export class Camera {
  readonly bench: Bench
  readonly peer: ScriptedPeer
  readonly id: string
  readonly password: string
  callId: string
  cseq = 0
  sn = 0
  /** The challenge of the last 401. */
  challenge: string | undefined

  constructor(of: Bench, peer: ScriptedPeer, id: string, secret: string) {
    this.bench = of
    this.peer = peer
    this.id = id
    this.password = secret
    this.callId = `reg-${id.slice(-4)}@${peer.local.address}`
  }

  get uri(): string {
    return `sip:${this.id}@${this.peer.local.address}:${this.peer.local.port}`
  }

  // --- registering

  /** One REGISTER and its answer, with whatever credentials are given. */
  async attempt(parts: RegisterParts = {}): Promise<SipResponse> {
    const callId = parts.callId ?? this.callId
    const cseq = parts.cseq ?? ++this.cseq
    const expires = parts.expires === undefined ? 3600 : parts.expires
    this.peer.request('REGISTER', platformAt, {
      uri: registerUri,
      headers: {
        From: `<sip:${this.id}@${realm}>;tag=r1`,
        To: `<sip:${this.id}@${realm}>`,
        'Call-ID': callId,
        CSeq: `${cseq} REGISTER`,
        Contact: parts.contact ?? `<${this.uri}>`,
        ...(expires !== null && { Expires: String(expires) }),
        ...(parts.authorization !== undefined && { Authorization: parts.authorization }),
        ...parts.headers,
      },
    })
    return this.answerTo(callId, cseq)
  }

  /** REGISTER without credentials: its 401. */
  async challenged(parts: RegisterParts = {}): Promise<SipResponse> {
    const response = await this.attempt(parts)
    this.challenge = response.header('WWW-Authenticate')
    return response
  }

  /** Credentials for the last challenge. */
  credentials(parts: CredentialParts = {}): string {
    return credentialsFor(parts.challenge ?? this.challenge ?? '', {
      username: this.id,
      secret: this.password,
      ...parts,
    })
  }

  /** REGISTER, 401, REGISTER with credentials: the answer to the second. */
  async register(parts: RegisterParts = {}): Promise<SipResponse> {
    await this.challenged(parts)
    return this.attempt({ ...parts, authorization: this.credentials() })
  }

  /** Registers, and answers the DeviceInfo and Catalog queries that follow. */
  async settleIn(channels: readonly string[] = [ids.channel], parts: RegisterParts = {}): Promise<this> {
    await this.register(parts)
    await this.answerInfo()
    await this.answerCatalog(channels)
    return this
  }

  async unregister(parts: RegisterParts = {}): Promise<SipResponse> {
    return this.register({ ...parts, expires: 0 })
  }

  async answerTo(callId: string, cseq: number, within = 1000): Promise<SipResponse> {
    const found = await this.response({
      within,
      where: ({ message }) => message.callId === callId && message.cseq.number === cseq,
    })
    return found.message
  }

  // --- messages

  /** A MANSCDP body as a MESSAGE; answers the status of its response. */
  async message(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const callId = `msg-${++this.sn}-${this.peer.local.port}@${this.peer.local.address}`
    this.peer.request('MESSAGE', platformAt, {
      uri: registerUri,
      headers: {
        From: `<sip:${this.id}@${realm}>;tag=m${this.sn}`,
        To: `<sip:${ids.platform}@${realm}>`,
        'Call-ID': callId,
        CSeq: '20 MESSAGE',
        'Content-Type': 'Application/MANSCDP+xml',
        ...headers,
      },
      body,
    })
    const sent = headers['Call-ID'] ?? callId
    const { message } = await this.response({ where: (received) => received.message.callId === sent })
    return message.status
  }

  keepalive(): Promise<number> {
    return this.message(keepaliveBody(this.id, ++this.sn))
  }

  /** The next query of that command, answered with `status`, or not at all where that is 0. */
  async query(
    cmdType: string,
    { status = 200, within = 1000, where = () => true }: QueryExpectation = {},
  ): Promise<Query> {
    const received = await this.request('MESSAGE', {
      within,
      where: ({ text }) => text.includes(`<CmdType>${cmdType}</CmdType>`) && where(snOf(text)),
    })
    if (status !== 0) this.peer.respond(received, status)
    return { sn: snOf(received.text), received }
  }

  async answerInfo(
    fields = '<DeviceName>Gate</DeviceName><Manufacturer>ACME</Manufacturer><Model>M1</Model><Firmware>V1</Firmware>',
  ) {
    const { sn } = await this.query('DeviceInfo')
    return this.message(responseBody('DeviceInfo', sn, this.id, `<Result>OK</Result>${fields}`))
  }

  async answerCatalog(channels: readonly string[] = [ids.channel]): Promise<void> {
    const { sn } = await this.query('Catalog')
    await this.message(catalogBody(sn, this.id, channels.length, channels))
  }

  // --- waiting, while promises settle

  /** The next request of that method that arrives, or has arrived and was not asked for yet. */
  async request(
    method: string,
    { within = 1000, where = () => true }: ExpectOptions = {},
  ): Promise<Received<SipRequest>> {
    const isIt = (found: Received) => found.message instanceof SipRequest && found.message.method === method
    const found = await this.#find((received) => isIt(received) && where(received), within, method)
    return this.peer.expect({ method }, { within: 0, where: (received) => received === found })
  }

  /** The next final response. */
  async response({ within = 1000, where = () => true }: ExpectOptions = {}): Promise<Received<SipResponse>> {
    const isIt = ({ message }: Received) => !(message instanceof SipRequest) && message.status >= 200
    const found = await this.#find((received) => isIt(received) && where(received), within, 'response')
    const { message } = found
    if (message instanceof SipRequest) throw new Error('a request where a response was looked for')
    return this.peer.expect({ status: message.status }, { within: 0, where: (received) => received === found })
  }

  /** Requests that have arrived and were not asked for, such as repetitions. */
  waiting(method: string): Received[] {
    return this.peer.unexpected.filter(({ message }) => message instanceof SipRequest && message.method === method)
  }

  async #find(fits: (received: Received) => boolean, within: number, what: string): Promise<Received> {
    const { clock } = this.bench
    const limit = clock.now() + within
    for (;;) {
      await clock.pass(0)
      const found = this.peer.unexpected.find(fits)
      if (found !== undefined) return found
      if (clock.now() >= limit) throw new Error(`no such ${what} within ${within} ms:${seen(this.peer)}`)
      await clock.pass(Math.min(10, limit - clock.now()))
    }
  }
}

const seen = ({ unexpected }: ScriptedPeer): string =>
  unexpected.map(({ at, message }) => `\n  ${at - start} ${message.startLine}`).join('')

const registerUri = `sip:${ids.platform}@${realm}`

const snOf = (text: string): number => Number(/<SN>(\d+)<\/SN>/.exec(text)?.[1])

export interface QueryExpectation {
  readonly status?: number
  /** Milliseconds. */
  readonly within?: number
  readonly where?: (sn: number) => boolean
}

export interface Query {
  readonly sn: number
  readonly received: Received<SipRequest>
}

export interface CredentialParts {
  /** A WWW-Authenticate value. */
  readonly challenge?: string
  readonly username?: string
  readonly secret?: string
  /** The `uri` parameter. */
  readonly uri?: string
  readonly nonceCount?: number
}

/** An Authorization value for a REGISTER. */
export function credentialsFor(value: string, parts: CredentialParts = {}): string {
  const challenge = parseChallenge(value)
  if (challenge === undefined) throw new Error(`no challenge: ${value}`)
  return answerChallenge({
    challenge,
    username: parts.username ?? ids.device,
    password: parts.secret ?? password,
    method: 'REGISTER',
    uri: parts.uri ?? registerUri,
    cnonce: '0a4f113b',
    nonceCount: parts.nonceCount ?? 1,
  })
}

// --- bodies

const body = (root: string, cmdType: string, sn: number, id: string, rest: string): string =>
  [
    '<?xml version="1.0" encoding="GB2312"?>',
    `<${root}>`,
    `<CmdType>${cmdType}</CmdType>`,
    `<SN>${sn}</SN>`,
    `<DeviceID>${id}</DeviceID>`,
    rest,
    `</${root}>`,
    '',
  ].join('\r\n')

export const keepaliveBody = (id: string, sn: number): string =>
  body('Notify', 'Keepalive', sn, id, '<Status>OK</Status>')

export const responseBody = (cmdType: string, sn: number, id: string, rest: string): string =>
  body('Response', cmdType, sn, id, rest)

/** One message of a catalog answer; `sumNum` undefined leaves it out. */
export function catalogBody(
  sn: number,
  id: string,
  sumNum: number | undefined,
  channels: readonly string[],
  fields = '<Status>ON</Status>',
): string {
  const items = channels.map(
    (channel) =>
      `<Item><DeviceID>${channel}</DeviceID><Name>c${Number(channel.slice(-7))}</Name><ParentID>${id}</ParentID>${fields}</Item>`,
  )
  const list = channels.length === 0 ? '' : `<DeviceList Num="${channels.length}">${items.join('')}</DeviceList>`
  return responseBody('Catalog', sn, id, `${sumNum === undefined ? '' : `<SumNum>${sumNum}</SumNum>`}${list}`)
}
