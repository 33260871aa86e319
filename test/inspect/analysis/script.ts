/** Messages written by hand, for accidents that no simulated device has: who says what, when. */
import type { CapturedMessage } from '../../../src/inspect/capture/types.ts'
import { captured } from './flow.ts'

export const deviceId = '34020000001110000001'
export const platformId = '34020000002000000001'
const domain = '3402000000'
export const ends = { device: '192.0.2.64:5060', platform: '192.0.2.10:5060' } as const

type End = keyof typeof ends
type Headers = Readonly<Record<string, string>>

export interface SaidRequest {
  readonly method: string
  readonly by: End
  readonly callId?: string
  readonly cseq?: number
  readonly branch?: string
  readonly fromTag?: string
  readonly toTag?: string
  readonly to?: string
  readonly headers?: Headers
  readonly body?: string
  /** Where it comes from and goes to, if not between the two. */
  readonly source?: string
  readonly destination?: string
  readonly transport?: 'UDP' | 'TCP'
}

export interface SaidResponse {
  readonly reason?: string
  readonly toTag?: string
  readonly headers?: Headers
  readonly body?: string
  readonly source?: string
  readonly destination?: string
}

const startAt = Date.UTC(2024, 4, 1)

export class Script {
  readonly messages: CapturedMessage[] = []
  #at = startAt
  #serial = 0

  /** Lets milliseconds pass. */
  pass(ms: number): this {
    this.#at += ms
    return this
  }

  get now(): number {
    return this.#at
  }

  request(said: SaidRequest): this {
    this.#serial += 1
    const { method, by, callId = `call-${this.#serial}`, cseq = 1, fromTag = 'f1', toTag, headers = {}, body } = said
    const other = by === 'device' ? 'platform' : 'device'
    const registering = method === 'REGISTER'
    const device = registering ? (said.to ?? deviceId) : deviceId
    const [own, peer] = by === 'device' ? [device, platformId] : [platformId, device]
    const to = said.to ?? (registering ? own : peer)
    const { branch = `z9hG4bKs${this.#serial}`, transport = 'UDP' } = said
    const uri = registering ? peer : to
    return this.#say(
      [
        `${method} sip:${uri}@${domain} SIP/2.0`,
        `Via: SIP/2.0/${transport} ${ends[by]};rport;branch=${branch}`,
        `From: <sip:${own}@${domain}>;tag=${fromTag}`,
        `To: <sip:${to}@${domain}>${toTag === undefined ? '' : `;tag=${toTag}`}`,
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} ${method}`,
        'Max-Forwards: 70',
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ],
      body,
      { source: said.source ?? ends[by], destination: said.destination ?? ends[other], transport },
    )
  }

  /** Answers the last request with that method, or the last one. */
  respond(status: number, said: SaidResponse = {}, method?: string): this {
    const asked = this.messages.findLast(
      ({ bytes }) => !bytes.toString('latin1').startsWith('SIP/') && starts(bytes, method),
    )
    if (asked === undefined) throw new Error('nothing to answer')
    const lines = asked.bytes.toString('latin1').split('\r\n')
    const copied = (name: string) => lines.find((line) => line.startsWith(`${name}:`)) ?? ''
    const { reason = 'Reason', toTag = 't1', headers = {}, body } = said
    const to = copied('To')
    const { address, port } = asked.source
    return this.#say(
      [
        `SIP/2.0 ${status} ${reason}`,
        copied('Via').replace(';rport', `;rport=${port};received=${address}`),
        copied('From'),
        status === 100 || to.includes('tag=') ? to : `${to};tag=${toTag}`,
        copied('Call-ID'),
        copied('CSeq'),
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ],
      body,
      {
        source: said.source ?? `${asked.destination.address}:${asked.destination.port}`,
        destination: said.destination ?? `${address}:${port}`,
        transport: asked.transport,
      },
    )
  }

  /** The last message once more. */
  again(): this {
    const last = this.messages.at(-1)
    if (last === undefined) throw new Error('nothing to repeat')
    this.messages.push({ ...last, frame: this.messages.length + 1, at: this.#at })
    return this
  }

  #say(
    head: readonly string[],
    body: string | undefined,
    way: { source: string; destination: string; transport: 'UDP' | 'TCP' },
  ): this {
    const length = Buffer.byteLength(body ?? '', 'latin1')
    const text = `${head.join('\r\n')}\r\nContent-Length: ${length}\r\n\r\n${body ?? ''}`
    this.messages.push(captured(Buffer.from(text, 'latin1'), { frame: this.messages.length + 1, at: this.#at, ...way }))
    return this
  }

  // --- what is said often

  /** A REGISTER that is accepted at once. */
  registered(callId = 'reg', cseq = 1, expires = 3600, contact = '192.0.2.64:5060'): this {
    const headers = { Contact: `<sip:${deviceId}@${contact}>`, Expires: String(expires), 'X-GB-Ver': '2.0' }
    return this.request({ method: 'REGISTER', by: 'device', callId, cseq, headers }).respond(200, {
      headers: {
        Contact: `<sip:${deviceId}@${contact}>;expires=${expires}`,
        Expires: String(expires),
        Date: '2024-05-01T08:00:00.000',
      },
    })
  }

  keepalive(status: number | null = 200): this {
    this.request({
      method: 'MESSAGE',
      by: 'device',
      ...manscdp('Notify', 'Keepalive', 1, deviceId, '<Status>OK</Status>'),
    })
    return status === null ? this : this.respond(status)
  }

  /** INVITE, 100 and the answer; not acknowledged. */
  invited({
    offer = sdp(ends.platform, 30_000, '0200000001'),
    answer = sdp(ends.device, 15_060, '0200000001'),
    callId = 'inv',
  } = {}): this {
    const type = { 'Content-Type': 'application/sdp' }
    this.request({
      method: 'INVITE',
      by: 'platform',
      callId,
      headers: { ...type, Contact: `<sip:${platformId}@192.0.2.10:5060>` },
      body: offer,
    })
    this.respond(100)
    return this.respond(200, { headers: { ...type, Contact: `<sip:${deviceId}@192.0.2.64:5060>` }, body: answer })
  }

  acknowledged(said: Partial<SaidRequest> = {}): this {
    return this.request({ method: 'ACK', by: 'platform', callId: 'inv', toTag: 't1', ...said })
  }

  hungUp(by: End = 'platform', status: number | null = 200): this {
    const tags = by === 'platform' ? { fromTag: 'f1', toTag: 't1' } : { fromTag: 't1', toTag: 'f1' }
    this.request({ method: 'BYE', by, callId: 'inv', cseq: 2, ...tags })
    return status === null ? this : this.respond(status)
  }
}

const starts = (bytes: Buffer, method: string | undefined): boolean =>
  method === undefined || bytes.toString('latin1', 0, method.length) === method

/** Headers and body of a MESSAGE. */
export function manscdp(root: string, cmdType: string, sn: number, id: string, fields: string) {
  const body = `<?xml version="1.0" encoding="GB2312"?>\r\n<${root}>\r\n<CmdType>${cmdType}</CmdType>\r\n<SN>${sn}</SN>\r\n<DeviceID>${id}</DeviceID>\r\n${fields}\r\n</${root}>\r\n`
  return { headers: { 'Content-Type': 'Application/MANSCDP+xml' }, body }
}

export const item = (id: number): string =>
  `<Item><DeviceID>3402000000132000000${id}</DeviceID><Name>c${id}</Name></Item>`

/** The fields of a Catalog answer. */
export const catalog = (sumNum: number, ids: readonly number[], num = ids.length): string =>
  `<SumNum>${sumNum}</SumNum><DeviceList Num="${num}">${ids.map(item).join('')}</DeviceList>`

export function sdp(end: string, port: number, ssrc: string, { map = 'PS/90000', tail = '\r\n' } = {}): string {
  const [address] = end.split(':')
  const lines = ['v=0', `o=${deviceId} 0 0 IN IP4 ${address}`, 's=Play', `c=IN IP4 ${address}`, 't=0 0']
  const media = [`m=video ${port} RTP/AVP 96`, `a=rtpmap:96 ${map}`, ...(ssrc === '' ? [] : [`y=${ssrc}`])]
  return [...lines, ...media].join('\r\n') + tail
}
