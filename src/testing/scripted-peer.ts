/**
 * A test double that speaks raw SIP by script: the other side of a flow, message by message, on a virtual network.
 *
 * ```ts
 * const peer = await ScriptedPeer.open({ network, clock, address: '192.0.2.10', port: 5060 })
 * await device.start()
 * const register = peer.expect({ method: 'REGISTER' })
 * peer.respond(register, 401, { 'WWW-Authenticate': 'Digest realm="3402000000",nonce="1",algorithm=MD5' })
 * peer.respond(peer.expect({ method: 'REGISTER' }), 200, { Expires: '3600' })
 * ```
 */
import { type Endpoint, endpointText, type Face, type Flow } from '../engine/network.ts'
import { SipRequest, type SipResponse } from '../sip/message.ts'
import { parseMessage } from '../sip/parse.ts'
import { printMessage, responseTo } from '../sip/print.ts'
import type { VirtualClock } from './virtual-clock.ts'
import type { VirtualNetwork } from './virtual-network.ts'

export interface ScriptedPeerOptions {
  readonly network: VirtualNetwork
  readonly clock: VirtualClock
  readonly address: string
  /** Default 5060. */
  readonly port?: number
  readonly transport?: 'UDP' | 'TCP'
}

/** A message that arrived. */
export interface Received<M extends SipRequest | SipResponse = SipRequest | SipResponse> {
  /** Milliseconds of the clock. */
  readonly at: number
  readonly message: M
  /** The way it came, and an answer goes. */
  readonly flow: Flow
  /** As text: one character a byte. */
  readonly text: string
}

export interface ExpectRequest {
  readonly method: string
  readonly status?: undefined
}

export interface ExpectResponse {
  readonly status: number
  /** Of the CSeq: which request it answers. */
  readonly method?: string
}

export interface ExpectOptions {
  /** Milliseconds that it may take from now on. Default 1000. */
  readonly within?: number
  readonly where?: (received: Received) => boolean
}

export interface RequestParts {
  readonly uri: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export class ScriptedPeer {
  /** Everything that arrived, repetitions included. */
  readonly received: Received[] = []
  readonly local: Endpoint
  readonly #clock: VirtualClock
  readonly #transport: 'UDP' | 'TCP'
  #face: Face | undefined
  readonly #unexpected: Received[] = []
  #requests = 0

  private constructor(options: ScriptedPeerOptions) {
    this.#clock = options.clock
    this.#transport = options.transport ?? 'UDP'
    this.local = { address: options.address, port: options.port ?? 5060 }
  }

  static async open(options: ScriptedPeerOptions): Promise<ScriptedPeer> {
    const peer = new ScriptedPeer(options)
    peer.#face = await options.network.listen(
      { transport: peer.#transport, ...peer.local },
      {
        datagrams: (batch) => {
          for (const { flow, bytes } of batch) {
            const parsed = parseMessage(bytes)
            if (parsed.ok === true) peer.#take(flow, parsed.message, bytes.toString('latin1'))
          }
        },
        framed: (flow, output) => {
          if (output.type === 'message') peer.#take(flow, output.message, printMessage(output.message))
        },
        closed() {},
        trouble() {},
      },
    )
    return peer
  }

  async close(): Promise<void> {
    await this.#face?.close()
  }

  /** Messages that arrived and that no `expect` has taken. */
  get unexpected(): readonly Received[] {
    return this.#unexpected
  }

  /** Forgets what no `expect` has taken: repetitions, for example. */
  skip(): void {
    this.#unexpected.length = 0
  }

  /**
   * The next message that fits, letting time pass until it arrives. What arrived before it stays to be expected.
   * @throws Error when none comes in time, naming what did.
   */
  expect(what: ExpectRequest, options?: ExpectOptions): Received<SipRequest>
  expect(what: ExpectResponse, options?: ExpectOptions): Received<SipResponse>
  expect(what: ExpectRequest | ExpectResponse, options: ExpectOptions = {}): Received {
    const { within = 1000, where = () => true } = options
    const end = this.#clock.now() + within
    // What takes no time on the way arrives now, and not a step later.
    this.#clock.advance(0)
    for (;;) {
      const index = this.#unexpected.findIndex((received) => fits(received.message, what) && where(received))
      const [found] = index < 0 ? [] : this.#unexpected.splice(index, 1)
      if (found !== undefined) return found
      if (this.#clock.now() >= end) throw new Error(this.#missing(what, within))
      this.#clock.advance(Math.min(1, end - this.#clock.now()))
    }
  }

  /** @throws Error when such a message is here or arrives within `ms`. */
  expectNone(what: ExpectRequest | ExpectResponse, ms: number): void {
    this.#clock.advance(ms)
    const found = this.#unexpected.find(({ message }) => fits(message, what))
    if (found !== undefined) throw new Error(`not expected: ${found.message.startLine} at ${found.at}`)
  }

  /** Answers a request: Via, From, To, Call-ID and CSeq are its own. */
  respond(
    to: Received<SipRequest>,
    status: number,
    headers: Readonly<Record<string, string>> = {},
    body: string | Buffer = '',
  ): void {
    const text = responseTo(to.message, {
      status,
      source: to.flow.remote,
      toTag: 'scripted',
      headers: fields(headers),
      body: bytesOf(body),
    })
    to.flow.send(Buffer.from(text, 'latin1'), () => {})
  }

  /**
   * Sends text as it stands, but for line ends, which become CRLF, and these marks: `[branch]` a new branch, `[local]`
   * and `[remote]` `address:port`, `[transport]`, `[len]` the bytes after the empty line.
   */
  send(text: string, to: Endpoint): void {
    const flow = this.#flow(to)
    const marked = text
      .replace(/^\n/, '')
      .replace(/\r?\n/g, '\r\n')
      .replaceAll('[branch]', `z9hG4bKscripted${++this.#requests}`)
      .replaceAll('[local]', endpointText(this.local))
      .replaceAll('[remote]', endpointText(to))
      .replaceAll('[transport]', this.#transport)
    const length = marked.length - marked.indexOf('\r\n\r\n') - 4
    const whole = marked.replaceAll('[len]', () => String(length))
    flow.send(Buffer.from(whole, 'latin1'), () => {})
  }

  /** Sends a request with a usual head; `headers` come after it, and From, To, Call-ID and CSeq replace the usual ones. */
  request(method: string, to: Endpoint, { uri, headers = {}, body = '' }: RequestParts): void {
    const nth = ++this.#requests
    const payload = bytesOf(body)
    const usual = {
      Via: `SIP/2.0/${this.#transport} ${endpointText(this.local)};rport;branch=z9hG4bKscripted${nth}`,
      From: `<sip:34020000002000000001@3402000000>;tag=p${nth}`,
      To: `<${uri}>`,
      'Call-ID': `scripted-${nth}@${this.local.address}`,
      CSeq: `${nth} ${method}`,
      'Max-Forwards': '70',
    }
    const all = Object.entries({ ...usual, ...headers, 'Content-Length': String(payload.length) })
    const head = [`${method} ${uri} SIP/2.0`, ...all.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
    this.#flow(to).send(Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), payload]), () => {})
  }

  #flow(to: Endpoint): Flow {
    if (this.#face === undefined) throw new Error('the peer is not open')
    return this.#face.flowTo(to)
  }

  #take(flow: Flow, message: SipRequest | SipResponse, text: string): void {
    const received = { at: this.#clock.now(), message, flow, text }
    this.received.push(received)
    this.#unexpected.push(received)
  }

  #missing(what: ExpectRequest | ExpectResponse, within: number): string {
    const seen = this.#unexpected.map(({ at, message }) => `\n  ${at} ${message.startLine}`).join('')
    const wanted = [what.status, what.method].filter((part) => part !== undefined).join(' ')
    return `no ${wanted} within ${within} ms; waiting here:${seen === '' ? ' nothing' : seen}`
  }
}

const fits = (message: SipRequest | SipResponse, what: ExpectRequest | ExpectResponse): boolean =>
  message instanceof SipRequest
    ? what.status === undefined && message.method === what.method
    : message.status === what.status && (what.method === undefined || message.cseq.method === what.method)

const fields = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => ({ name, value }))

const bytesOf = (body: string | Buffer): Buffer => (typeof body === 'string' ? Buffer.from(body, 'utf8') : body)
