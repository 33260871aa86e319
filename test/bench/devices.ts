/**
 * The devices of a benchmark before it begins: registers each by digest, and answers what a platform then asks of a new
 * device (DeviceInfo, and Catalog with one channel), so that every server starts its rounds with the same devices known.
 *
 * All live on one socket; SIPp takes its port over afterwards. Knows only the messages that the servers here send, and
 * reads them as text: it must cost little beside what it feeds.
 */
import { hash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { callId, channelId, deviceId, password, platformId, realm } from './identity.ts'

export interface DevicesOptions {
  /** The server's port on the loopback. */
  readonly port: number
  readonly count: number
  /** New devices a second. */
  readonly rate: number
  /** The server asks DeviceInfo and Catalog; a device is done when it has answered both. */
  readonly interrogated: boolean
}

/** Milliseconds after which a request without an answer is sent again. */
const patience = 1000
/** Milliseconds from one batch of new devices to the next. */
const batchEvery = 10
/** Devices that are under way at once. */
const mostUnderWay = 500
/** Milliseconds without any progress after which the server is given up. */
const stuckAfter = 20_000

/** Registers them all. Resolves with the port that they came from. @throws Error when the server does not play along */
export async function registerDevices(options: DevicesOptions): Promise<number> {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: 4 << 20,
    lookup: (host, _, found) => found(null, host, 4),
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const devices = new RegisteringDevices(socket, options)
  await devices.run().finally(() => socket.close())
  return devices.port
}

class RegisteringDevices {
  readonly port: number
  readonly #socket: Socket
  readonly #options: DevicesOptions
  /** By Call-ID: what waits for its answer. */
  readonly #waiting = new Map<string, { number: number; text: string; sentAt: number }>()
  #begun = 0
  #done = 0
  #lastProgress = performance.now()

  constructor(socket: Socket, options: DevicesOptions) {
    this.#socket = socket
    this.#options = options
    this.port = socket.address().port
  }

  run(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#socket.on('message', (bytes) => {
      const refused = this.#receive(bytes.toString('latin1'))
      if (refused !== undefined) reject(new Error(refused))
      if (this.#done === this.#options.count) resolve()
    })
    const batches = setInterval(() => this.#beginBatch(), batchEvery)
    const repeats = setInterval(() => {
      const now = performance.now()
      if (now - this.#lastProgress > stuckAfter) reject(new Error(`stuck after ${this.#done} devices`))
      for (const [id, { number, text, sentAt }] of this.#waiting)
        if (now - sentAt > patience) this.#request(number, id, text)
    }, patience)
    return promise.finally(() => {
      clearInterval(batches)
      clearInterval(repeats)
    })
  }

  #beginBatch(): void {
    const { count, rate } = this.#options
    const room = Math.min(Math.ceil((rate * batchEvery) / 1000), mostUnderWay - (this.#begun - this.#done))
    for (let begun = 0; begun < room && this.#begun < count; begun++) {
      this.#begun++
      this.#request(this.#begun, callId(this.#begun), this.#register(this.#begun, 1))
    }
  }

  /** Says what is wrong with a message that should not come. */
  #receive(text: string): string | undefined {
    if (text.startsWith('MESSAGE ')) {
      this.#answer(text)
      return undefined
    }
    const id = headerOf(text, 'Call-ID')
    const waiting = this.#waiting.get(id)
    // A repeated answer, maybe to the REGISTER before this one.
    if (waiting === undefined || headerOf(text, 'CSeq') !== headerOf(waiting.text, 'CSeq')) return undefined
    this.#waiting.delete(id)
    this.#lastProgress = performance.now()
    const status = text.slice(8, 11)
    const isRegister = id === callId(waiting.number)
    if (status === '401' && isRegister && headerOf(text, 'CSeq').startsWith('1 ')) this.#authorize(waiting.number, text)
    else if (status !== '200') return `device ${waiting.number} got ${text.slice(0, text.indexOf('\r'))}`
    else if (isRegister ? !this.#options.interrogated : id.startsWith('Catalog')) this.#done++
    return undefined
  }

  #authorize(number: number, challenge: string): void {
    const uri = `sip:${platformId}@${realm}`
    const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? ''
    const ha1 = hash('md5', `${deviceId(number)}:${realm}:${password}`)
    const response = hash('md5', `${ha1}:${nonce}:${hash('md5', `REGISTER:${uri}`)}`)
    const credentials =
      `Authorization: Digest username="${deviceId(number)}",realm="${realm}",` +
      `nonce="${nonce}",uri="${uri}",response="${response}",algorithm=MD5\r\n`
    this.#request(number, callId(number), this.#register(number, 2, credentials))
  }

  /** 200 to the query, and then what it asks for in a MESSAGE of its own (GB/T 28181 A.1). */
  #answer(query: string): void {
    const via = query.split('\r\n').filter((line) => /^via:/i.test(line))
    const same = (name: string) => `${name}: ${headerOf(query, name)}`
    const head = ['SIP/2.0 200 OK', ...via, same('From'), `${same('To')};tag=d`, same('Call-ID'), same('CSeq')]
    this.#send([...head, 'Content-Length: 0', '', ''].join('\r\n'))
    const command = /<CmdType>(\w+)</.exec(query)?.[1] ?? ''
    const number = Number(/<DeviceID>\d{13}(\d{7})</.exec(query)?.[1])
    const sn = /<SN>(\d+)</.exec(query)?.[1] ?? ''
    const id = `${command}-${sn}@127.0.0.1`
    // The query is sent again when our 200 comes late; it has its answer already.
    if (!this.#waiting.has(id)) this.#request(number, id, this.#message(number, id, responseBody(command, sn, number)))
  }

  #request(number: number, id: string, text: string): void {
    this.#waiting.set(id, { number, text, sentAt: performance.now() })
    this.#send(text)
  }

  #send(text: string): void {
    this.#socket.send(Buffer.from(text, 'latin1'), this.#options.port, '127.0.0.1')
  }

  #register(number: number, cseq: number, credentials = ''): string {
    return (
      `REGISTER sip:${platformId}@${realm} SIP/2.0\r\n` +
      `${this.#head(number, callId(number), cseq, 'REGISTER')}To: <sip:${deviceId(number)}@${realm}>\r\n` +
      `Contact: <sip:${deviceId(number)}@127.0.0.1:${this.port}>\r\n${credentials}` +
      'Expires: 3600\r\nContent-Length: 0\r\n\r\n'
    )
  }

  #message(number: number, id: string, body: string): string {
    return (
      `MESSAGE sip:${platformId}@${realm} SIP/2.0\r\n` +
      `${this.#head(number, id, 1, 'MESSAGE')}To: <sip:${platformId}@${realm}>\r\n` +
      `Content-Type: Application/MANSCDP+xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    )
  }

  #head(number: number, id: string, cseq: number, method: string): string {
    return (
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};rport;branch=z9hG4bK-${cseq}-${id}\r\n` +
      `From: <sip:${deviceId(number)}@${realm}>;tag=${number}\r\nCall-ID: ${id}\r\nCSeq: ${cseq} ${method}\r\n` +
      'Max-Forwards: 70\r\nUser-Agent: bench\r\n'
    )
  }
}

const headerOf = (text: string, name: string): string =>
  new RegExp(`^${name}: *(.*)\r$`, 'im').exec(text)?.[1]?.trim() ?? ''

function responseBody(command: string, sn: string, number: number): string {
  const head = `<CmdType>${command}</CmdType>\r\n<SN>${sn}</SN>\r\n<DeviceID>${deviceId(number)}</DeviceID>\r\n`
  const info =
    '<Result>OK</Result>\r\n<Manufacturer>Bench</Manufacturer>\r\n<Model>B1</Model>\r\n<Firmware>1</Firmware>\r\n'
  const channel =
    `<Item>\r\n<DeviceID>${channelId(number)}</DeviceID>\r\n<Name>Camera ${number}</Name>\r\n` +
    `<Manufacturer>Bench</Manufacturer>\r\n<Model>B1</Model>\r\n<ParentID>${deviceId(number)}</ParentID>\r\n` +
    '<Parental>0</Parental>\r\n<RegisterWay>1</RegisterWay>\r\n<Secrecy>0</Secrecy>\r\n<Status>ON</Status>\r\n</Item>\r\n'
  const list = `<SumNum>1</SumNum>\r\n<DeviceList Num="1">\r\n${channel}</DeviceList>\r\n`
  const rest = command === 'Catalog' ? list : info
  return `<?xml version="1.0" encoding="GB2312"?>\r\n<Response>\r\n${head}${rest}</Response>\r\n`
}
