/** One more actor costs the same however many live (DESIGN.md rule 1; issue: spawning and routing do not grow). */
import { expect, it } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { Flow } from '../../src/engine/network.ts'
import { SettlingClock, seededRandom, VirtualNetwork } from '../../src/testing/index.ts'
import { serverAt, TestUser, text } from './rig.ts'

/** Enough for a growth to show, few enough for a test. */
const many = 20_000
const few = 100
const rounds = 9
const perRound = 200

async function engineWith(live: number) {
  const clock = new SettlingClock(0)
  const network = new VirtualNetwork({ clock })
  const user = new TestUser()
  user.handle = () => {}
  const engine = new Engine({ clock, network, random: seededRandom(1), userAgent: 'test' }, user)
  let deliver: (bytes: Buffer) => void = () => {}
  const flow: Flow = {
    transport: 'UDP',
    local: serverAt,
    remote: { address: '192.0.2.64', port: 5060 },
    open: true,
    send() {},
  }
  const { listen } = network
  network.listen = (at, receiver) => {
    deliver = (bytes) => receiver.datagrams([{ flow, bytes }])
    return listen.call(network, at, receiver)
  }
  await engine.listen([{ transport: 'UDP', ...serverAt }])
  let serial = 0
  const request = () => Buffer.from(text({ Via: `SIP/2.0/UDP 192.0.2.64:5060;branch=z9hG4bK${++serial}` }), 'latin1')
  for (let nth = 0; nth < live; nth++) deliver(request())
  /** Microseconds for one request, its answer, one repetition and its end. */
  const round = () => {
    const requests = Array.from({ length: perRound }, request)
    const before = process.cpuUsage()
    const seen = user.requests.length
    for (const each of requests) {
      deliver(each)
      deliver(each)
    }
    for (const tx of user.requests.splice(seen)) tx.respond(200)
    const spent = process.cpuUsage(before)
    clock.advance(32_000)
    return (spent.user + spent.system) / perRound
  }
  return { engine, clock, round, close: () => clock.passUntil(engine.close()) }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

it(`a request beside ${many} living transactions costs less than three times one beside ${few}`, async () => {
  const [small, large] = [await engineWith(few), await engineWith(many)]
  expect(large.engine.directory.count()).toBe(many)
  const costs: { small: number[]; large: number[] } = { small: [], large: [] }
  // In turns, so that a busy machine is busy for both.
  for (let nth = 0; nth < rounds; nth++) {
    costs.small.push(small.round())
    costs.large.push(large.round())
  }
  expect(large.engine.directory.count()).toBe(many)
  expect(median(costs.large) / median(costs.small)).toBeLessThan(3)
  await small.close()
  await large.close()
}, 60_000)
