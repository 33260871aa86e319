/** One play as a scripted camera lives it: its INVITE, whatever it answers, its media, its BYE. */
import type { Gb28181Error } from '../../src/errors.ts'
import { printRtp } from '../../src/media/rtp.ts'
import type { PlayRequest, SessionView, Waiting } from '../../src/platform/api.ts'
import type { PlatformOptions } from '../../src/platform/options.ts'
import type { Session } from '../../src/platform/platform.ts'
import type { SipRequest } from '../../src/sip/message.ts'
import { responseTo } from '../../src/sip/print.ts'
import type { Received } from '../../src/testing/index.ts'
import type { BrokenWire } from './broken-wire.ts'
import {
  type Bench,
  bench,
  type Camera,
  camera,
  cameraAt,
  ids,
  makeBench,
  platformAt,
  realm,
  start,
} from './support.ts'

export const channelUri = `sip:${ids.channel}@192.0.2.64:5060`
export const rtpPort = 15_060
/** The first SSRC of the platform's domain, as `y=` has it. */
export const ssrc = '0200000001'

/** A pack header (ISO/IEC 13818-1 2.5.3.3): enough to be a program stream. */
export const ps = Buffer.from('000001ba4400040004010003f8f8', 'hex')
export const noise = Buffer.alloc(200, 0x55)

export const answer = (changes: { y?: string | null; media?: string; lines?: readonly string[] } = {}): string => {
  const { y = ssrc, media = `video ${rtpPort} RTP/AVP 96`, lines = [] } = changes
  return [
    'v=0',
    `o=${ids.channel} 0 0 IN IP4 192.0.2.64`,
    's=Play',
    'c=IN IP4 192.0.2.64',
    't=0 0',
    `m=${media}`,
    'a=sendonly',
    'a=rtpmap:96 PS/90000',
    ...lines,
    ...(y === null ? [] : [`y=${y}`]),
    '',
  ].join('\r\n')
}

export interface ResponseParts {
  /** Default `d77`; null for none. */
  readonly tag?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface RtpParts {
  readonly count?: number
  readonly ssrc?: number
  readonly payload?: Buffer
  readonly from?: { readonly address: string; readonly port: number }
}

type Outcome = { session: Session } | { error: Gb28181Error }

export class Call {
  readonly bench: Bench
  readonly camera: Camera
  readonly outcome: Promise<Outcome>
  /** Undefined while the play has neither begun nor failed. */
  settled: Outcome | undefined
  #invite: Received<SipRequest> | undefined
  #tag = 'd77'
  #cseq = 20
  #sequence = 0

  constructor(of: Bench, by: Camera, request: Partial<PlayRequest> = {}, waiting: Waiting = {}) {
    this.bench = of
    this.camera = by
    this.outcome = of.platform.play({ deviceId: by.id, channelId: ids.channel, ...request }, waiting).then(
      (session) => ({ session }),
      (error: Gb28181Error) => ({ error }),
    )
    void this.outcome.then((settled) => {
      this.settled = settled
    })
  }

  get invite(): Received<SipRequest> {
    if (this.#invite === undefined) throw new Error('no INVITE has come yet')
    return this.#invite
  }

  /** The session as the platform shows it. */
  get view(): SessionView {
    const found = this.bench.platform.sessions().find(({ callId }) => callId === this.invite.message.callId)
    if (found === undefined) throw new Error('the platform shows no such session')
    return found
  }

  async invited(): Promise<this> {
    this.#invite = await this.camera.request('INVITE')
    return this
  }

  /** Answers the INVITE. */
  async respond(status: number, { tag = 'd77', headers = {}, body = '' }: ResponseParts = {}): Promise<void> {
    const { message, flow } = this.invite
    if (tag !== null && status >= 200 && status < 300) this.#tag = tag
    const wire = responseTo(message, {
      status,
      source: flow.remote,
      toTag: tag ?? 'none',
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      body: Buffer.from(body, 'latin1'),
    })
    const text = tag === null ? wire.replace(/;tag=none(?=\r\n)/, '') : wire
    flow.send(Buffer.from(text, 'latin1'), () => {})
    await this.pass(0)
  }

  /** 200 with an answer; gives the ACK. */
  async accept({ sdp = answer(), headers, tag }: { sdp?: string } & Omit<ResponseParts, 'body'> = {}) {
    await this.respond(200, {
      body: sdp,
      headers: { Contact: `<${channelUri}>`, 'Content-Type': 'application/sdp', ...headers },
      ...(tag !== undefined && { tag }),
    })
    return this.camera.request('ACK')
  }

  async media({ count = 1, payload = ps, ssrc: number = Number(ssrc), from }: RtpParts = {}): Promise<void> {
    const to = { address: platformAt.address, port: this.view.media.port }
    const source = from ?? { address: cameraAt.address, port: rtpPort }
    for (let nth = 0; nth < count; nth++) {
      const sequence = this.#sequence++
      const fields = { marker: false, payloadType: 96, sequence, timestamp: 3600 * sequence, ssrc: number }
      this.bench.network.sendMedia(source, to, printRtp(fields, payload))
    }
    await this.pass(0)
  }

  /** The whole way to a playing session. */
  async playing(): Promise<Session> {
    await this.invited()
    await this.respond(100, { tag: null })
    await this.accept()
    await this.media()
    return this.session()
  }

  async session(limitMs = 0): Promise<Session> {
    const outcome = await this.bench.settle(this.outcome, limitMs)
    if ('session' in outcome) return outcome.session
    throw outcome.error
  }

  /** What the play has failed with, or fails with within the limit. */
  async error(limitMs = 0): Promise<Gb28181Error> {
    const outcome = await this.bench.settle(this.outcome, limitMs)
    if ('error' in outcome) return outcome.error
    throw new Error('the play has not failed')
  }

  /** A request of the device within the dialog; gives the status of its answer. */
  async within(
    method: string,
    { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<number> {
    const { message } = this.invite
    const cseq = `${++this.#cseq} ${method}`
    this.camera.peer.request(method, platformAt, {
      uri: `sip:${ids.platform}@192.0.2.10:5060`,
      headers: {
        From: `<sip:${ids.channel}@192.0.2.64:5060>;tag=${this.#tag}`,
        To: `<sip:${ids.platform}@${realm}>;tag=${message.from.tag}`,
        'Call-ID': message.callId,
        CSeq: cseq,
        ...headers,
      },
      body,
    })
    const { message: response } = await this.camera.response({
      where: (received) => received.message.cseq.method === method && received.message.callId === message.callId,
    })
    return response.status
  }

  /** The next BYE, answered unless `status` is 0. */
  async hungUp(status = 200, within = 1000): Promise<Received<SipRequest>> {
    const bye = await this.camera.request('BYE', { within })
    if (status !== 0) this.camera.peer.respond(bye, status)
    await this.pass(0)
    return bye
  }

  /** The next CANCEL, answered. */
  async cancelled(): Promise<Received<SipRequest>> {
    const cancel = await this.camera.request('CANCEL')
    this.camera.peer.respond(cancel, 200)
    await this.pass(0)
    return cancel
  }

  async pass(ms: number): Promise<void> {
    await this.bench.clock.pass(ms)
  }

  /** Requests of that method for this call that the platform has sent, by their instants in ms since the INVITE. */
  sent(method: string): number[] {
    return this.bench.sent(new RegExp(`^${method} `)).map((at) => at + start - this.invite.at)
  }
}

export interface Scene {
  readonly bench: Bench
  readonly camera: Camera
}

/** A platform with one camera that has registered and told its one channel. */
export async function scene(options: Partial<PlatformOptions> = {}, wire?: BrokenWire): Promise<Scene> {
  const made = makeBench(options)
  wire?.over(made.network)
  await made.platform.start()
  const by = await camera(made)
  await by.settleIn()
  return { bench: made, camera: by }
}

/** A platform with one camera that has registered and not told its channels yet. */
export async function newcomer(options: Partial<PlatformOptions> = {}): Promise<Scene> {
  const made = await bench(options)
  const by = await camera(made)
  await by.register()
  return { bench: made, camera: by }
}

/** A play whose INVITE has reached the camera. */
export async function called(
  options: Partial<PlatformOptions> = {},
  request: Partial<PlayRequest> = {},
  waiting: Waiting = {},
): Promise<Call> {
  const { bench: of, camera: by } = await scene(options)
  return new Call(of, by, request, waiting).invited()
}

/** A session that plays, with the call that it came from. */
export async function onAir(options: Partial<PlatformOptions> = {}): Promise<{ call: Call; session: Session }> {
  const { bench: of, camera: by } = await scene(options)
  const call = new Call(of, by)
  return { call, session: await call.playing() }
}
