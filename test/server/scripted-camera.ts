/** A camera on a real socket that says what the test tells it, word by word: for what no simulated device does. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Platform } from '../../src/platform/platform.ts'

export interface Said {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly callId?: string
  readonly cseq?: number
  /** Of the platform's sockets, the one that it goes to. */
  readonly face?: number
}

export class ScriptedCamera implements AsyncDisposable {
  readonly id: string
  readonly #platform: Platform
  readonly #socket: Socket
  readonly #arrived: string[] = []
  #wake: () => void = () => {}
  #serial = 0

  private constructor(platform: Platform, id: string, socket: Socket) {
    this.#platform = platform
    this.id = id
    this.#socket = socket
    socket.on('message', (bytes) => {
      this.#arrived.push(bytes.toString('latin1'))
      this.#wake()
    })
  }

  static async at(platform: Platform, id: string): Promise<ScriptedCamera> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new ScriptedCamera(platform, id, socket)
  }

  /** The next message that begins so; what came before it and does not is dropped. */
  async next(begin: string): Promise<string> {
    for (;;) {
      const message = this.#arrived.shift()
      if (message?.startsWith(begin)) return message
      if (message === undefined)
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  request(method: string, { headers = {}, body = '', callId, cseq = 1, face }: Said = {}): void {
    const nth = ++this.#serial
    const { port } = this.#socket.address()
    const own = `sip:${this.id}@127.0.0.1:${port}`
    const target = method === 'REGISTER' ? this.id : this.#platform.id
    const lines = [
      `${method} sip:${this.#platform.id}@${this.#platform.realm} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK${this.id}${nth}`,
      `From: <sip:${this.id}@${this.#platform.realm}>;tag=${nth}`,
      `To: <sip:${target}@${this.#platform.realm}>`,
      `Call-ID: ${callId ?? `${this.id}-${nth}`}`,
      `CSeq: ${cseq} ${method}`,
      'Max-Forwards: 70',
      `Contact: <${own}>`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ]
    this.#send(lines, body, face)
  }

  respond(request: string, status: string, { headers = {}, body = '', face }: Said = {}): void {
    const { port } = this.#socket.address()
    const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => headerLine(request, name))
    const to = headerLine(request, 'To')
    const tagged = to.includes('tag=') ? to : `${to};tag=${this.id}`
    const contact = `Contact: <sip:${this.id}@127.0.0.1:${port}>`
    const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    this.#send([`SIP/2.0 ${status}`, ...copied, tagged, contact, ...more], body, face)
  }

  /** With an account that has no password, so that nobody is challenged. */
  async registered(callId?: string): Promise<void> {
    this.request('REGISTER', { headers: { Expires: '3600' }, ...(callId !== undefined && { callId }) })
    await this.next('SIP/2.0 200')
  }

  /** Takes the query of that kind and answers with so many of so many channels. */
  async answerCatalog(sumNum: number, ids: readonly string[]): Promise<void> {
    const query = await this.#query('Catalog')
    const items = ids.map((id) => `<Item><DeviceID>${id}</DeviceID><Name>c</Name></Item>`).join('')
    const sn = /<SN>(\d+)<\/SN>/.exec(query)?.[1]
    const body =
      `<?xml version="1.0"?>\r\n<Response><CmdType>Catalog</CmdType><SN>${sn}</SN><DeviceID>${this.id}</DeviceID>` +
      `<SumNum>${sumNum}</SumNum><DeviceList Num="${ids.length}">${items}</DeviceList></Response>\r\n`
    this.request('MESSAGE', { headers: { 'Content-Type': 'Application/MANSCDP+xml' }, body })
  }

  async #query(cmdType: string): Promise<string> {
    for (;;) {
      const query = await this.next('MESSAGE ')
      this.respond(query, '200 OK')
      if (query.includes(`<CmdType>${cmdType}</CmdType>`)) return query
    }
  }

  #send(lines: readonly string[], body: string, face = 0): void {
    const { port = 0 } = this.#platform.address()[face] ?? {}
    this.#socket.send(`${[...lines, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`, port, '127.0.0.1')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }
}

const headerLine = (message: string, name: string): string =>
  message.split('\r\n').find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`)) ?? ''

export const headerOf = (message: string, name: string): string => headerLine(message, name).slice(name.length + 1)

/** The answer to an offer: the same, from another port. */
export const answerTo = (invite: string, change: (sdp: string) => string = (sdp) => sdp): string =>
  change(invite.slice(invite.indexOf('\r\n\r\n') + 4).replace('a=recvonly', 'a=sendonly'))
