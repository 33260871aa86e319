/** The real network, few tests of it: what a virtual one cannot show. Ports are the system's choice. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { createNodeNetwork } from '../../src/engine/node-network.ts'
import type { TcpLimits } from '../../src/engine/tcp.ts'
import { TimingWheel } from '../../src/statechart/index.ts'
import { seededRandom } from '../../src/testing/index.ts'
import { TestUser, text } from './rig.ts'

async function served(tcp: Partial<TcpLimits> = {}) {
  const user = new TestUser()
  const clock = new TimingWheel({ onError: (error) => user.troubles.push(String(error)) })
  const network = createNodeNetwork({ tcp })
  const engine = new Engine({ clock, network, random: seededRandom(1), userAgent: 'test' }, user)
  onTestFinished(async () => {
    await engine.close()
    clock.close()
  })
  await engine.listen([
    { transport: 'UDP', address: '127.0.0.1', port: 0 },
    { transport: 'TCP', address: '127.0.0.1', port: 0 },
  ])
  const [udp, tcpAt] = engine.addresses
  if (udp === undefined || tcpAt === undefined) throw new Error('not open')
  return { user, engine, network, udp: udp.port, tcp: tcpAt.port }
}

async function udpPeer(): Promise<UdpSocket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return socket
}

async function tcpPeer(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  await once(socket, 'connect')
  onTestFinished(() => void socket.destroy())
  return socket
}

const answered = async (socket: Socket | UdpSocket): Promise<string> => {
  const [bytes] = await once(socket, 'readable' in socket ? 'data' : 'message')
  return String(bytes)
}

const tcpText = (branch: string, body = '') =>
  text({ Via: `SIP/2.0/TCP 127.0.0.1:5060;rport;branch=z9hG4bK${branch}` }, '', body)

describe('UDP', () => {
  it('answers from the port that it was asked on', async () => {
    const { udp } = await served()
    const peer = await udpPeer()
    peer.send(text(), udp, '127.0.0.1')
    const [bytes, from] = await once(peer, 'message')
    expect(String(bytes)).toMatch(/^SIP\/2\.0 200 OK\r\n/)
    expect(String(bytes)).toContain(`;rport=${peer.address().port}`)
    expect(from.port).toBe(udp)
  })

  it('takes a datagram of 65,507 bytes, and the next one', async () => {
    const { udp, user } = await served()
    const peer = await udpPeer()
    const empty = text({ 'Content-Length': '00000' }, '', '').length
    const large = text({ 'Content-Length': '00000' }, '', '').replace('Content-Length: 00000\r\n', '')
    const body = 'x'.repeat(65_507 - empty - 4 + 'Content-Length: 00000\r\n'.length)
    const whole = large.replace('Content-Length: 0', `Content-Length: ${body.length}`) + body
    peer.send(whole, udp, '127.0.0.1')
    expect(whole.length).toBe(65_507)
    expect(await answered(peer)).toMatch(/^SIP\/2\.0 200 /)
    expect(user.messages[0]?.body.length).toBe(body.length)
    peer.send(text({ Via: 'SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKnext' }), udp, '127.0.0.1')
    expect(await answered(peer)).toMatch(/^SIP\/2\.0 200 /)
  })

  it('that is in use is said so, with the port, and TCP on it is closed again', async () => {
    const { udp, network } = await served()
    const user = new TestUser()
    const clock = new TimingWheel({ onError() {} })
    const engine = new Engine({ clock, network, random: seededRandom(2), userAgent: 'test' }, user)
    const listening = engine.listen([
      { transport: 'TCP', address: '127.0.0.1', port: udp },
      { transport: 'UDP', address: '127.0.0.1', port: udp },
    ])
    await expect(listening).rejects.toMatchObject({ code: 'port-in-use', message: expect.stringContaining(`:${udp}`) })
    const refused = connect({ host: '127.0.0.1', port: udp })
    const [error] = await once(refused, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    await engine.close()
    clock.close()
  })

  it.each([
    ['address-not-available', { transport: 'UDP', address: '192.0.2.1', port: 0 }],
    ['address-not-available', { transport: 'TCP', address: '192.0.2.1', port: 0 }],
  ] as const)('%s is said so', async (code, at) => {
    const user = new TestUser()
    await expect(
      createNodeNetwork().listen(at, { datagrams() {}, framed() {}, closed() {}, trouble: user.trouble }),
    ).rejects.toMatchObject({ code })
  })

  it('IPv6 answers with a Via that says so', async () => {
    const { engine, network, user } = await served()
    const clock = engine.options.clock
    const six = new Engine({ clock, network, random: seededRandom(2), userAgent: 'test' }, user)
    await six.listen([{ transport: 'UDP', address: '::1', port: 0 }])
    const socket = createSocket('udp6')
    onTestFinished(async () => {
      socket.close()
      await six.close()
    })
    socket.send(text({ Via: 'SIP/2.0/UDP [::1];rport;branch=z9hG4bKsix' }), six.addresses[0]?.port ?? 0, '::1')
    expect(await answered(socket)).toMatch(/;received=::1\r\n/)
  })
})

describe('TCP', () => {
  it('answers on the connection, message by message, however they are cut', async () => {
    const { tcp, user } = await served()
    const peer = await tcpPeer(tcp)
    let got = ''
    peer.on('data', (chunk) => {
      got += chunk
    })
    peer.write(tcpText('1') + tcpText('2'))
    for (const piece of tcpText('3', 'abc').match(/.{1,150}/gs) ?? []) {
      peer.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => got.match(/SIP\/2\.0 200/g)?.length).toBe(3)
    expect(user.messages.map((request) => request.via.branch)).toEqual(['z9hG4bK1', 'z9hG4bK2', 'z9hG4bK3'])
  })

  it('answers a keepalive of two empty lines with one', async () => {
    const { tcp } = await served()
    const peer = await tcpPeer(tcp)
    peer.write('\r\n\r\n')
    expect(await answered(peer)).toBe('\r\n')
  })

  it('tells its user when the peer has closed', async () => {
    const { tcp, user } = await served()
    const peer = await tcpPeer(tcp)
    peer.write(tcpText('1'))
    await answered(peer)
    peer.end()
    await expect.poll(() => user.closed.length).toBe(1)
    expect(user.closed[0]).toBe(user.requests[0]?.flow)
    expect(user.closed[0]?.open).toBe(false)
  })

  it('garbage is answered by closing the connection', async () => {
    const { tcp, user } = await served()
    const peer = await tcpPeer(tcp)
    peer.resume()
    peer.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(peer, 'close')
    expect(user.rejections.length).toBe(1)
    const next = await tcpPeer(tcp)
    next.write(tcpText('1'))
    expect(await answered(next)).toMatch(/^SIP\/2\.0 200 /)
  })

  it('on which nothing comes is closed after its limit', async () => {
    const { tcp, user } = await served({ halfOpen: 40 })
    const peer = await tcpPeer(tcp)
    peer.resume()
    await once(peer, 'close')
    await expect.poll(() => user.closed.length).toBe(1)
  })

  it('on which a message stays half is closed after its limit, however slowly it goes on', async () => {
    const { tcp } = await served({ halfOpen: 120 })
    const peer = await tcpPeer(tcp)
    peer.write(tcpText('1'))
    await answered(peer)
    peer.resume()
    const drip = setInterval(() => peer.write('x'), 10)
    onTestFinished(() => clearInterval(drip))
    peer.write('MESSAGE sip:a@b SIP/2.0\r\nSubject: ')
    await once(peer, 'close')
  })

  it('that is whole stays open beyond that limit', async () => {
    const { tcp, user } = await served({ halfOpen: 40 })
    const peer = await tcpPeer(tcp)
    peer.write(tcpText('1'))
    await answered(peer)
    const silent = await tcpPeer(tcp)
    silent.resume()
    await once(silent, 'close')
    peer.write(tcpText('2'))
    expect(await answered(peer)).toMatch(/^SIP\/2\.0 200 /)
    expect(user.requests.length).toBe(2)
  })

  it('of which there are too many is closed at once', async () => {
    const { tcp } = await served({ connections: 1 })
    const first = await tcpPeer(tcp)
    first.write(tcpText('1'))
    await answered(first)
    const second = await tcpPeer(tcp)
    second.resume()
    await once(second, 'close')
    first.write(tcpText('2'))
    expect(await answered(first)).toMatch(/^SIP\/2\.0 200 /)
  })

  it('whose peer never reads is cut off, and what waited for it fails', async () => {
    const { tcp, user } = await served({ unsentBytes: 1 << 20 })
    const peer = await tcpPeer(tcp)
    peer.pause()
    peer.write(tcpText('1'))
    await expect.poll(() => user.requests.length).toBe(1)
    const flow = user.requests[0]?.flow
    let failed = 0
    // The system's own buffers take some megabytes first.
    for (let nth = 0; nth < 400 && flow?.open === true; nth++) {
      flow.send(Buffer.alloc(100_000, 'x'), () => failed++)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => user.closed.length).toBe(1)
    expect(flow?.open).toBe(false)
    expect(failed).toBeGreaterThan(0)
  })

  it('closes with its engine, also towards a peer that neither reads nor closes', async () => {
    const { tcp, engine, user } = await served()
    const peer = await tcpPeer(tcp)
    peer.pause()
    peer.write(tcpText('1'))
    await expect.poll(() => user.requests.length).toBe(1)
    user.requests[0]?.flow.send(Buffer.alloc(8_000_000, 'x'), () => {})
    await engine.close()
    expect(engine.state).toBe('stopped')
  })
})
