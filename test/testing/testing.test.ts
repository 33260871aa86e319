import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NetworkUser } from '../../src/engine/network.ts'
import {
  LossyLink,
  ScriptedPeer,
  SettlingClock,
  seededRandom,
  VirtualClock,
  VirtualNetwork,
} from '../../src/testing/index.ts'

const bytes = Buffer.from('x')
const here = { address: '192.0.2.1', port: 5060 }
const there = { address: '192.0.2.2', port: 5060 }

describe('seededRandom', () => {
  it('gives the same for the same seed and something else for another', () => {
    const draw = (seed: number) => [seededRandom(seed).hex(8), seededRandom(seed).fraction()]
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })

  it('gives hex of the asked length and fractions from 0 to below 1', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(64), (seed, length) => {
        const random = seededRandom(seed)
        const fraction = random.fraction()
        return random.hex(length).length === 2 * length && fraction >= 0 && fraction < 1
      }),
    )
  })
})

describe('LossyLink', () => {
  it('delivers everything once and at once unless told otherwise', () => {
    const link = new LossyLink()
    expect([link.next(bytes), link.next(bytes)]).toEqual([[0], [0]])
  })

  it('loses and doubles the shares it is told to, each by its seed', () => {
    const link = new LossyLink({ loss: 0.3, duplicate: 0.1, seed: 3 })
    const copies = Array.from({ length: 10_000 }, () => link.next(bytes).length)
    const share = (wanted: number) => copies.filter((count) => count === wanted).length / copies.length
    expect(share(0)).toBeCloseTo(0.3, 1)
    expect(share(2)).toBeCloseTo(0.07, 1)
    const again = new LossyLink({ loss: 0.3, duplicate: 0.1, seed: 3 })
    expect(Array.from({ length: 10_000 }, () => again.next(bytes).length)).toEqual(copies)
  })

  it('keeps a delay within latency, jitter and what holding back adds', () => {
    const link = new LossyLink({ latency: 20, jitter: 10, reorder: 0.5, seed: 1 })
    const delays = Array.from({ length: 1000 }, () => link.next(bytes)[0] ?? Number.NaN)
    expect(delays.every((delay) => (delay >= 20 && delay < 30) || (delay >= 70 && delay < 80))).toBe(true)
    expect(delays.some((delay) => delay >= 70)).toBe(true)
  })

  it('does as a function says, datagram by datagram', () => {
    const fates = ['deliver', 'drop', 'duplicate', 40] as const
    const link = new LossyLink((nth) => fates[nth - 1] ?? 'deliver')
    expect(fates.map(() => link.next(bytes))).toEqual([[0], [], [0, 0], [40]])
  })
})

describe('SettlingClock', () => {
  it('lets what waits for a promise go on at the instant of the timer that it waited for', async () => {
    const clock = new SettlingClock()
    const at: number[] = []
    const tick = async () => {
      for (let count = 0; count < 3; count++) {
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, 100))
        at.push(clock.now())
      }
    }
    const done = tick()
    await clock.pass(250)
    expect(at).toEqual([100, 200])
    await clock.passUntil(done)
    expect([at, clock.now()]).toEqual([[100, 200, 300], 300])
  })

  it('fires no timer that was cleared, and says when nothing will settle', async () => {
    const clock = new SettlingClock()
    let fired = false
    clock.clearTimeout(
      clock.setTimeout(() => {
        fired = true
      }, 10),
    )
    await expect(clock.passUntil(new Promise(() => {}), 1000)).rejects.toBeInstanceOf(RangeError)
    expect(fired).toBe(false)
  })

  it('hands on the reason of a promise that is rejected', async () => {
    const clock = new SettlingClock()
    const late = new Promise((_, reject) => void clock.setTimeout(() => reject(new Error('late')), 50))
    await expect(clock.passUntil(late)).rejects.toThrow('late')
  })
})

describe('VirtualNetwork', () => {
  const quiet: NetworkUser = { datagrams() {}, framed() {}, closed() {}, trouble() {} }

  it('logs each datagram when it is sent and when it arrives or is lost', async () => {
    const clock = new VirtualClock()
    const network = new VirtualNetwork({ clock, link: (nth) => (nth === 2 ? 'drop' : 30) })
    const face = await network.listen({ transport: 'UDP', ...here }, quiet)
    const flow = face.flowTo(there)
    flow.send(Buffer.from('ONE sip:x SIP/2.0\r\n\r\n'), () => {})
    flow.send(Buffer.from('TWO sip:x SIP/2.0\r\n\r\n'), () => {})
    await network.listen({ transport: 'UDP', ...there }, quiet)
    flow.send(Buffer.from('THREE sip:x SIP/2.0\r\n\r\n'), () => {})
    clock.advance(30)
    expect(network.log.map(({ at, what, summary }) => [at, what, summary.split(' ')[0]])).toEqual([
      [0, 'sent', 'ONE'],
      [0, 'sent', 'TWO'],
      [0, 'dropped', 'TWO'],
      [0, 'sent', 'THREE'],
      [30, 'delivered', 'ONE'],
      [30, 'delivered', 'THREE'],
    ])
  })

  it('refuses an address that is taken, over UDP, TCP and for media, and gives it back', async () => {
    const network = new VirtualNetwork({ clock: new VirtualClock() })
    for (const transport of ['UDP', 'TCP'] as const) {
      const first = await network.listen({ transport, ...here }, quiet)
      await expect(network.listen({ transport, ...here }, quiet)).rejects.toMatchObject({ code: 'port-in-use' })
      await first.close()
      await network.listen({ transport, ...here }, quiet)
    }
    const media = network.media('192.0.2.9')
    const socket = await media.bind(
      30_000,
      () => {},
      () => {},
    )
    await expect(
      media.bind(
        30_000,
        () => {},
        () => {},
      ),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await socket.close()
  })

  it('gives one direction a fate of its own', async () => {
    const clock = new VirtualClock()
    const network = new VirtualNetwork({ clock })
    network.setLink(here.address, there.address, { loss: 1 })
    const got: string[] = []
    const listen = (at: typeof here, name: string) =>
      network.listen({ transport: 'UDP', ...at }, { ...quiet, datagrams: () => void got.push(name) })
    const [near, far] = [await listen(here, 'here'), await listen(there, 'there')]
    near.flowTo(there).send(Buffer.from('x'), () => {})
    far.flowTo(here).send(Buffer.from('x'), () => {})
    clock.advance(0)
    expect(got).toEqual(['here'])
  })

  it('tells both ends of a TCP connection when it closes, and fails what is sent to nobody', async () => {
    const clock = new VirtualClock()
    const network = new VirtualNetwork({ clock, link: { latency: 10 } })
    const closed: string[] = []
    const listen = (at: typeof here, name: string) =>
      network.listen(
        { transport: 'TCP', ...at },
        { ...quiet, closed: () => void closed.push(`${name} ${clock.now()}`) },
      )
    const [near, far] = [await listen(here, 'here'), await listen(there, 'there')]
    near.flowTo(there).send(Buffer.from('OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n'), () => {})
    clock.advance(10)
    await far.close()
    clock.advance(10)
    expect(closed).toEqual(['there 10', 'here 20'])
    let failed = false
    near.flowTo(there).send(Buffer.from('x'), () => {
      failed = true
    })
    clock.advance(0)
    expect(failed).toBe(true)
  })
})

describe('ScriptedPeer', () => {
  async function two() {
    const clock = new VirtualClock()
    const network = new VirtualNetwork({ clock, link: { latency: 5 } })
    const one = await ScriptedPeer.open({ network, clock, ...here })
    const other = await ScriptedPeer.open({ network, clock, ...there })
    return { clock, one, other }
  }

  it('sends text with its marks filled in, and the other side answers it', async () => {
    const { one, other } = await two()
    one.send(
      `
MESSAGE sip:b@[remote] SIP/2.0
Via: SIP/2.0/[transport] [local];rport;branch=[branch]
From: <sip:a@x>;tag=1
To: <sip:b@x>
Call-ID: c1
CSeq: 1 MESSAGE
Content-Length: [len]

hello`,
      there,
    )
    const got = other.expect({ method: 'MESSAGE' })
    expect([got.at, got.message.requestUri, got.message.body.toString()]).toEqual([5, 'sip:b@192.0.2.2:5060', 'hello'])
    expect(got.message.via.toString()).toMatch(/^SIP\/2.0\/UDP 192.0.2.1:5060;rport;branch=z9hG4bK/)
    other.respond(got, 200, { 'X-Note': 'yes' })
    const ok = one.expect({ status: 200, method: 'MESSAGE' })
    expect([ok.at, ok.message.header('X-Note'), ok.message.to.tag]).toEqual([10, 'yes', 'scripted'])
  })

  it('says what it waited for and what came instead', async () => {
    const { one, other } = await two()
    one.request('OPTIONS', there, { uri: 'sip:b@192.0.2.2' })
    expect(() => other.expect({ method: 'INVITE' }, { within: 50 })).toThrow(
      /no INVITE within 50 ms; waiting here:\n {2}5 OPTIONS sip:b@192\.0\.2\.2 SIP\/2\.0/,
    )
    expect(() => other.expectNone({ method: 'OPTIONS' }, 10)).toThrow(/not expected: OPTIONS/)
    other.skip()
    other.expectNone({ method: 'OPTIONS' }, 10)
  })
})
