/**
 * Bad input to a running platform: a typed answer or a counted drop, no crash, no leak, and the next good message is
 * served. What the parser alone makes of it is in `sip.test.ts`; what single requests mean, in `test/engine` and
 * `test/platform`.
 */
import { describe, expect, it } from 'vitest'
import type { PlatformOptions } from '../../src/platform/options.ts'
import { Call } from '../platform/calls.ts'
import { type Bench, bench, type Camera, camera, ids, keepaliveBody, platformAt, realm } from '../platform/support.ts'
import { corpusIndex, describeCorpus, readCorpus } from '../support/corpus.ts'
import { gc } from '../support/gc.ts'
import { mutated, randomFrom } from './mutation.ts'

const stranger = { address: '203.0.113.9', port: 5060 }

/** The status codes of all answers to one datagram, and how it was counted where it was no message. */
async function fateOf({ network, platform, clock }: Bench, bytes: Buffer, from = stranger): Promise<string> {
  const before = platform.counters()
  const seen = network.log.length
  network.sendDatagram(from, platformAt, bytes)
  await clock.pass(0)
  const answers = network.log
    .slice(seen)
    .filter(({ what, to }) => what === 'sent' && to === `${from.address}:${from.port}`)
    .map(({ summary }) => summary.slice(8, 11))
  const counted = Object.entries(platform.counters())
    .filter(([name, count]) => /^(dropped|rejected|ignored)-/.test(name) && count !== before[name])
    .map(([name]) => name)
  return [...answers, ...counted].join(' ')
}

/** What a platform with a camera on it makes of each; an ID of less than 20 digits may not register: 403. */
const rfc4475: Readonly<Record<string, string>> = {
  wsinv: '481', // it has a To tag
  intmeth: '405',
  esc01: '488',
  escnull: '403',
  esc02: '405',
  lwsdisp: '200',
  longreq: '488',
  dblreq: '403',
  semiuri: '200',
  transports: '200',
  mpart01: '415',
  unreason: 'dropped-response-without-transaction',
  noreason: 'dropped-response-without-transaction',
  badinv01: 'rejected-malformed-via',
  clerr: '400 rejected-content-length-beyond-datagram',
  ncl: '400 rejected-malformed-content-length',
  scalar02: '400 rejected-malformed-cseq',
  scalarlg: 'rejected-malformed-cseq',
  quotbal: '400 rejected-malformed-to',
  ltgtruri: '400 rejected-malformed-request-uri',
  lwsruri: '400 rejected-malformed-start-line',
  lwsstart: '400 rejected-malformed-start-line',
  trws: '400 rejected-malformed-start-line',
  escruri: '400 rejected-malformed-request-uri',
  baddate: '488',
  regbadct: '400 rejected-malformed-contact',
  badaspec: '400 rejected-malformed-to',
  baddn: '400 rejected-head-unterminated',
  badvers: '505 rejected-unsupported-version',
  mismatch01: '400 rejected-cseq-method-mismatch',
  mismatch02: '400 rejected-cseq-method-mismatch',
  bigcode: 'rejected-status-out-of-range',
  badbranch: '200',
  insuf: '400 rejected-missing-header',
  unkscm: '416',
  novelsc: '416',
  unksm2: '400',
  bext01: '420',
  invut: '415',
  regaut01: '403',
  multi01: '400 rejected-multiple-single-value-header',
  mcl01: '400 rejected-conflicting-content-length',
  bcast: 'dropped-response-without-transaction',
  zeromf: '200',
  cparam01: '403',
  cparam02: '403',
  regescrt: '403',
  sdp01: '406',
  inv2543: '488',
}

describeCorpus('rfc4475', 'the torture messages of RFC 4475, sent to a running platform', () => {
  const index = corpusIndex<{ file: string; name: string; section: string }>('rfc4475')

  it.each(index)('$section $name', async ({ file, name }) => {
    const of = await bench()
    expect(await fateOf(of, readCorpus('rfc4475', file))).toBe(rfc4475[name])
    await goesOn(of, await camera(of))
  })
})

async function goesOn(of: Bench, by: Camera): Promise<void> {
  expect((await by.register()).status).toBe(200)
  expect(of.platform.counters()).not.toHaveProperty('crashed')
  expect(of.platform.counters()).not.toHaveProperty('internal-error')
}

describe('a datagram', () => {
  const message = (headers: readonly string[], body: string) =>
    Buffer.from(
      [
        `MESSAGE sip:${ids.platform}@${realm} SIP/2.0`,
        'Via: SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKbad',
        `From: <sip:${ids.device}@${realm}>;tag=1`,
        `To: <sip:${ids.platform}@${realm}>`,
        'Call-ID: bad',
        'CSeq: 1 MESSAGE',
        'Content-Type: Application/MANSCDP+xml',
        ...headers,
        '',
        body,
      ].join('\r\n'),
      'latin1',
    )
  const body = keepaliveBody(ids.device, 1)
  const { length } = body
  const at = { address: '192.0.2.64', port: 5060 }

  it.each([
    ['without Content-Length is as long as it is', message([], body), '200'],
    ['whose Content-Length is too small loses the rest', message([`Content-Length: ${length}`], `${body}junk`), '200'],
    [
      'whose Content-Length is too large is taken, for its document is whole',
      message([`l: ${length + 3}`], body),
      '200',
    ],
    [
      'that was cut off inside its document',
      message([`l: ${length}`], body.slice(0, -20)),
      '400 rejected-content-length-beyond-datagram',
    ],
    ['with two Content-Lengths that agree', message([`l: ${length}`, `Content-Length: ${length}`], body), '200'],
    [
      'with two Content-Lengths that differ',
      message([`l: ${length}`, 'Content-Length: 1'], body),
      '400 rejected-conflicting-content-length',
    ],
    ['with a negative Content-Length', message(['l: -1'], body), '400 rejected-malformed-content-length'],
    ['with a Content-Length of words', message(['l: many'], body), '400 rejected-malformed-content-length'],
    ['with NUL bytes in its body', message([], body.replace('OK', 'O\0K')), '200'],
    ['with NUL bytes in a header', message(['Subject: a\0b'], body), '200'],
    ['of NUL bytes', Buffer.alloc(3000), 'ignored-keepalive'],
    ['of 65,507 bytes of nothing sensible', Buffer.alloc(65_507, 'x'), 'rejected-not-sip'],
    ['of 65,507 bytes of header', message([`Subject: ${'x'.repeat(65_000)}`], ''), '400 rejected-header-too-long'],
    ['with 300 headers', message(Array(300).fill('X: y'), body), '400 rejected-too-many-headers'],
    ['that is empty', Buffer.alloc(0), 'ignored-keepalive'],
  ])('%s', async (_, bytes, fate) => {
    const of = await bench()
    const by = await camera(of)
    await by.settleIn()
    expect(await fateOf(of, bytes, at)).toBe(fate)
    await goesOn(of, by)
  })
})

/** Collects garbage, so that what is still held can be measured. */
function heldBytes(): number {
  gc()
  return process.memoryUsage().heapUsed
}

/** Registers where a password is asked for, and where none is. */
async function letIn(by: Camera): Promise<void> {
  const first = await by.challenged()
  if (first.status === 401) await by.attempt({ authorization: by.credentials() })
}

/** What a camera said in a life with everything in it: registered, asked, played, hung up. */
async function lifeOf(of: Bench): Promise<Buffer[]> {
  const by = await camera(of)
  await letIn(by)
  await by.answerInfo()
  await by.answerCatalog()
  const call = new Call(of, by)
  const session = await call.playing()
  await by.keepalive()
  const over = session.close()
  await call.hungUp()
  await of.settle(over, 0)
  await by.peer.close()
  return of.network.log
    .filter(({ what, to }) => what === 'sent' && to === `${platformAt.address}:${platformAt.port}`)
    .map(({ bytes }) => bytes)
}

/** The same message as another request, and where an ID is given from the device of that ID. */
function asNew(original: Buffer, nth: number, id: string | undefined): Buffer {
  const text = original.toString('latin1').replace(/branch=z9hG4bK/g, `$&${nth}`)
  const sender = /^(?:From|f)[ \t]*:.*?(\d{20})@/im.exec(text)?.[1]
  return Buffer.from(id === undefined || sender === undefined ? text : text.replaceAll(sender, id), 'latin1')
}

interface Storm {
  readonly options: Partial<PlatformOptions>
  readonly count: number
  readonly seed: number
}

describeCorpus('gb28181', 'real messages, truncated and bit-flipped, sent to a running platform', () => {
  const corpus = () => corpusIndex<{ file: string }>('gb28181').map(({ file }) => readCorpus('gb28181', file))

  /** One message a 4 ms of the clock from one of 50 addresses, while a session of another camera plays. */
  async function storm({ options, count, seed }: Storm) {
    const of = await bench({ ...options, limits: { strangers: 100, devices: 2000, sources: 100 } })
    const originals = [...corpus(), ...(await lifeOf(of))]
    const by = await camera(of, { id: ids.other, address: '192.0.2.65' })
    await letIn(by)
    const random = randomFrom(seed)
    const before = heldBytes()
    let most = 0
    for (let nth = 0; nth < count; nth++) {
      const original = originals[Math.floor(random(originals.length))] ?? Buffer.alloc(0)
      const address = nth % 2 === 0 ? '192.0.2.64' : `203.0.113.${1 + Math.floor(random(49))}`
      const anew = asNew(original, nth, nth % 4 === 0 ? ids.device : undefined)
      of.network.sendDatagram({ address, port: 5060 }, platformAt, mutated(anew, random))
      of.clock.advance(4)
      of.network.log.length = 0
      by.peer.received.length = 0
      by.peer.skip()
      of.events.length = nth % 1000 === 0 ? 0 : of.events.length
      most = Math.max(most, of.platform.engine.directory.count())
      // Promises of queries settle now and then, as they do on a real network.
      if (nth % 500 === 0) await of.clock.pass(0)
    }
    await of.clock.pass(40_000)
    return { of, by, most, held: heldBytes() - before }
  }

  it('50,000 to one that asks for passwords', async () => {
    const { of, by, most, held } = await storm({ options: {}, count: 50_000, seed: 28_181 })
    // 32 s of transactions at 250 a second, the strangers, and what little else runs.
    expect(most).toBeLessThan(8000 + 500)
    expect(held).toBeLessThan(20e6)
    await of.clock.pass(64_000)
    const left = of.platform.actors().filter(({ machine }) => machine !== 'registration')
    expect(left).toEqual([])
    await goesOn(of, by)
  }, 60_000)

  it('50,000 to one that lets every device in', async () => {
    const open = { authenticate: () => ({ password: '' }) }
    const { of, by, most, held } = await storm({ options: open, count: 50_000, seed: 3261 })
    expect(of.platform.devices().length).toBeLessThanOrEqual(2100)
    expect(most).toBeLessThan(3 * 8000 + 4000)
    expect(held).toBeLessThan(20e6)
    await of.clock.pass(200_000)
    const left = of.platform.actors().filter(({ machine }) => machine !== 'registration')
    expect(left).toEqual([])
    expect(of.platform.counters()).not.toHaveProperty('crashed')
    expect(of.platform.counters()).not.toHaveProperty('internal-error')
    expect((await by.attempt()).status).toBe(200)
  }, 60_000)
})
