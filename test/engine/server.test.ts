/** Requests in: which transaction they are of, and what is answered. RFC 3261 8.2, 9.2, 17.2; protocol notes 07. */
import { describe, expect, it, vi } from 'vitest'
import { SecretHash } from '../../src/engine/keys.ts'
import { answersTo, engineRig, invite, serverAt, statuses, text, uri } from './rig.ts'

describe('a retransmitted request', () => {
  it('is seen once by the user and answered with the same bytes (17.2.2)', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    for (let time = 0; time < 4; time++) {
      one.send(text(), serverAt)
      rig.clock.advance(4000)
    }
    expect(rig.user.requests.length).toBe(1)
    expect(one.received.length).toBe(4)
    expect(new Set(one.received.map((received) => received.text)).size).toBe(1)
    expect(rig.engine.counters.get('retransmissions-absorbed')).toBe(3)
  })

  it('is forgotten after Timer J, 32 s: then it is a new one', async () => {
    const rig = await engineRig()
    expect(await answersTo(rig, text())).toEqual([200])
    rig.clock.advance(31_999)
    expect(await answersTo(rig, text())).toEqual([200])
    rig.clock.advance(1)
    expect(await answersTo(rig, text())).toEqual([200])
    expect(rig.user.requests.length).toBe(2)
  })

  it('that comes before the answer is absorbed, and answered once', async () => {
    const rig = await engineRig()
    rig.user.handle = () => {}
    const one = await rig.peer()
    for (let time = 0; time < 3; time++) one.send(text(), serverAt)
    rig.clock.advance(0)
    rig.user.requests[0]?.respond(200)
    rig.clock.advance(0)
    expect(statuses(one)).toEqual([200])
  })

  it('is told what was answered first, whatever the user says afterwards', async () => {
    const rig = await engineRig()
    rig.user.handle = (tx) => {
      tx.respond(200)
      tx.respond(500)
    }
    expect(await answersTo(rig, text(), text())).toEqual([200, 200])
    expect(rig.user.requests[0]?.finalStatus).toBe(200)
  })

  it('of an INVITE brings the last provisional response again', async () => {
    const rig = await engineRig()
    rig.user.handle = (tx) => tx.respond(180)
    expect(await answersTo(rig, invite(), invite())).toEqual([180, 180])
  })

  it.each([
    ['another branch', { Via: 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKtwo' }],
    ['another sent-by', { Via: 'SIP/2.0/UDP 192.0.2.65:5060;rport;branch=z9hG4bKone' }],
  ])('is no longer the same with %s', async (_, changes) => {
    const rig = await engineRig()
    await answersTo(rig, text(), text(changes))
    expect(rig.user.requests.length).toBe(2)
  })

  it.each([
    ['Call-ID', { 'Call-ID': 'another' }],
    ['CSeq', { CSeq: '21 MESSAGE' }],
  ])(
    'is not one with another %s, whatever its branch: some clients have one branch for everything',
    async (_, changes) => {
      const rig = await engineRig()
      const Via = 'SIP/2.0/UDP 192.0.2.64:5060;branch=z9hG4bKalways'
      expect(await answersTo(rig, text({ Via }), text({ Via, ...changes }))).toEqual([200, 200])
      expect(rig.user.requests.length).toBe(2)
    },
  )

  it('is found among others whose keys have the same hash, and as it goes they stay', async () => {
    const always = vi.spyOn(SecretHash.prototype, 'of').mockReturnValue(7)
    try {
      const rig = await engineRig()
      const from = (branch: string) => text({ Via: `SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK${branch}` })
      const [first, second, third, fourth] = [from('one'), from('two'), from('three'), from('four')] as const
      await answersTo(rig, first, second, third)
      rig.clock.advance(31_000)
      await answersTo(rig, second, fourth)
      expect(rig.user.requests.length).toBe(4)
      // The first three end with Timer J.
      rig.clock.advance(2000)
      await answersTo(rig, fourth)
      expect(rig.user.requests.length).toBe(4)
      await answersTo(rig, first, third)
      expect(rig.user.requests.length).toBe(6)
    } finally {
      always.mockRestore()
    }
  })

  it('has a transaction of the same name before and after its answer, and when that breaks', async () => {
    const rig = await engineRig()
    rig.user.handle = () => {}
    await answersTo(rig, text({ 'Call-ID': 'one@192.0.2.64' }))
    const [tx] = rig.user.requests
    const id = tx?.id ?? ''
    expect(id).toMatch(/^nonInviteServer:z9hG4bK[^~]+~\d+$/)
    const named = { id, branch: tx?.branch, callId: 'one@192.0.2.64' }
    const same = () => rig.engine.directory.all().find(({ machine }) => machine === 'nonInviteServer')
    expect(same()).toMatchObject(named)
    tx?.respond(200)
    tx?.releaseRequest()
    expect(() => tx?.request).toThrow('not kept')
    expect(same()).toMatchObject(named)
    vi.spyOn(tx!, 'transmit').mockImplementation(() => {
      throw new Error('a fault of ours')
    })
    await answersTo(rig, text({ 'Call-ID': 'one@192.0.2.64' }))
    expect(rig.user.crashes).toMatchObject([{ id, error: { message: 'a fault of ours' } }])
    expect(same()).toBeUndefined()
  })

  it('is the same whether or not its sent-by names the default port', async () => {
    const rig = await engineRig()
    const via = (sentBy: string) => text({ Via: `SIP/2.0/UDP ${sentBy};branch=z9hG4bKone` })
    expect(await answersTo(rig, via('192.0.2.64'), via('192.0.2.64:5060'))).toEqual([200, 200])
    expect(rig.user.requests.length).toBe(1)
  })

  it.each([
    ['no branch', 'SIP/2.0/UDP 192.0.2.64:5060'],
    ['a branch of RFC 2543', 'SIP/2.0/UDP 192.0.2.64:5060;branch=1'],
    ['the bare cookie', 'SIP/2.0/UDP 192.0.2.64:5060;branch=z9hG4bK'],
  ])('with %s is told apart by Call-ID, From tag and CSeq (17.2.3)', async (_, Via) => {
    const rig = await engineRig()
    expect(await answersTo(rig, text({ Via }), text({ Via }), text({ Via, CSeq: '21 MESSAGE' }))).toEqual([
      200, 200, 200,
    ])
    expect(rig.user.messages.map((request) => request.cseq.number)).toEqual([20, 21])
  })
})

describe('INVITE', () => {
  it('that nobody answers within 200 ms gets a 100 without a tag', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    one.send(invite(), serverAt)
    rig.clock.advance(199)
    expect(statuses(one)).toEqual([])
    rig.clock.advance(1)
    expect(statuses(one)).toEqual([100])
    expect(one.received[0]?.message.to.tag).toBeUndefined()
  })

  it('refused is repeated until its ACK comes, which belongs to it and goes nowhere else', async () => {
    const rig = await engineRig()
    rig.user.handle = (tx) => tx.respond(486)
    const one = await rig.peer()
    one.send(invite(), serverAt)
    rig.clock.advance(1500)
    expect(statuses(one)).toEqual([486, 486, 486])
    one.send(text({ CSeq: '1 ACK' }), serverAt)
    rig.clock.advance(10_000)
    expect(statuses(one).length).toBe(3)
    expect(rig.user.requests.length).toBe(1)
    expect(rig.engine.directory.count()).toBe(0)
  })

  it('of RFC 2543 finds its ACK without a branch', async () => {
    const rig = await engineRig()
    rig.user.handle = (tx) => tx.respond(486)
    const Via = 'SIP/2.0/UDP 192.0.2.64:5060'
    const one = await rig.peer()
    one.send(invite({ Via }), serverAt)
    rig.clock.advance(0)
    one.send(text({ Via, CSeq: '1 ACK' }), serverAt)
    rig.clock.advance(10_000)
    expect(statuses(one)).toEqual([486])
  })

  it('that arrives a second time by another way is refused: 482 (8.2.2.2)', async () => {
    const rig = await engineRig()
    const other = { Via: 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKother' }
    expect(await answersTo(rig, invite(), invite(other))).toEqual([482])
    expect(rig.user.requests.length).toBe(1)
  })

  it('that was refused may be sent anew', async () => {
    const rig = await engineRig()
    rig.user.handle = (tx) => tx.respond(486)
    const other = { Via: 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKother' }
    await answersTo(rig, invite(), text({ CSeq: '1 ACK' }))
    rig.clock.advance(5000)
    expect(await answersTo(rig, invite(other))).toEqual([486])
  })
})

describe('CANCEL', () => {
  it('of nothing is answered 481', async () => {
    const rig = await engineRig()
    expect(await answersTo(rig, text({ CSeq: '1 CANCEL' }))).toEqual([481])
    expect(rig.user.requests).toEqual([])
  })

  it('of an INVITE is answered 200 with the tag of its responses, and told to whom was invited (9.2)', async () => {
    const rig = await engineRig()
    const told: string[] = []
    rig.user.handle = (tx) => {
      tx.inviteUser = { cancelled: () => tx.respond(487), failed: (reason) => void told.push(reason) }
      tx.respond(180)
    }
    const one = await rig.peer()
    for (const each of [invite(), text({ CSeq: '1 CANCEL' })]) {
      one.send(each, serverAt)
      rig.clock.advance(0)
    }
    expect(statuses(one)).toEqual([180, 200, 487])
    expect(new Set(one.received.map(({ message }) => message.to.tag)).size).toBe(1)
    rig.clock.advance(32_000)
    expect(told).toEqual(['timeout'])
  })

  it('of an INVITE that has its final response changes nothing', async () => {
    const rig = await engineRig()
    let cancelled = 0
    rig.user.handle = (tx) => {
      tx.inviteUser = { cancelled: () => cancelled++, failed() {} }
      tx.respond(486)
    }
    expect(await answersTo(rig, invite(), text({ CSeq: '1 CANCEL' }))).toEqual([486, 200])
    expect(cancelled).toBe(0)
  })
})

describe('what belongs nowhere', () => {
  const To = `<${uri}>;tag=gone`

  it.each(['BYE', 'INFO', 'INVITE'])('%s for an unknown dialog: 481', async (method) => {
    const rig = await engineRig()
    expect(await answersTo(rig, text({ CSeq: `3 ${method}`, To }))).toEqual([481])
    expect(rig.user.requests).toEqual([])
  })

  it.each(['MESSAGE', 'REGISTER', 'OPTIONS'])(
    '%s with a To tag needs no dialog: some devices send one',
    async (method) => {
      const rig = await engineRig()
      expect(await answersTo(rig, text({ CSeq: `3 ${method}`, To }))).toEqual([200])
    },
  )

  it('ACK without dialog or INVITE is dropped and counted, never answered', async () => {
    const rig = await engineRig()
    expect(await answersTo(rig, text({ CSeq: '1 ACK', To }), text({ CSeq: '1 ACK' }))).toEqual([])
    expect(rig.engine.counters.get('dropped-ack-without-dialog')).toBe(2)
    expect(rig.engine.directory.count()).toBe(0)
  })

  it.each([
    ['an unknown method: 405 with Allow', text({ CSeq: '1 PUBLISH' }), 405, 'Allow'],
    ['a scheme that is not ours: 416', text({}, 'MESSAGE tel:+86101 SIP/2.0'), 416, undefined],
    ['an extension that is not ours: 420 with Unsupported', text({ Require: '100rel' }), 420, 'Unsupported'],
    ['a body that is not ours: 415 with Accept', text({ 'Content-Type': 'text/html' }, '', '<p>'), 415, 'Accept'],
    ['no CSeq: 400', text({ CSeq: null }, `MESSAGE ${uri} SIP/2.0`), 400, undefined],
    ['another version: 505', text({}, `MESSAGE ${uri} SIP/3.0`), 505, undefined],
  ])('%s', async (_, wire, status, header) => {
    const rig = await engineRig()
    const one = await rig.peer()
    one.send(wire, serverAt)
    rig.clock.advance(0)
    expect(statuses(one).length <= 1).toBe(true)
    const answer = rig.network.log.find(({ what, from }) => what === 'sent' && from === '192.0.2.10:5060')
    expect(answer?.summary).toMatch(new RegExp(`^SIP/2\\.0 ${status} `))
    expect(answer?.bytes.toString()).toMatch(/\r\nTo: [^\r\n]*;tag=\w+\r\n/)
    if (header !== undefined) expect(answer?.bytes.toString()).toMatch(new RegExp(`\\r\\n${header}: \\S`))
    expect(rig.user.requests).toEqual([])
  })

  it.each([
    ['without a Via', text({ Via: null })],
    ['that is an ACK', text({ CSeq: '1 WRONG' }, `ACK ${uri} SIP/2.0`)],
    ['that is a response', text({ CSeq: '1 ACK 2' }, 'SIP/2.0 200 OK')],
  ])('a message %s that cannot be read is dropped and told, not answered', async (_, wire) => {
    const rig = await engineRig()
    expect(await answersTo(rig, wire)).toEqual([])
    expect(rig.sent()).toEqual([])
    expect(rig.user.rejections.length).toBe(1)
  })

  it.each(['\r\n\r\n', '\0\0\0\0', '\0', 'hi'])(
    '%j keeps a binding alive, and is no more than counted',
    async (wire) => {
      const rig = await engineRig()
      expect(await answersTo(rig, wire)).toEqual([])
      expect(rig.user.rejections).toEqual([])
      const ignored = Object.entries(rig.engine.counters.all()).filter(([name]) => name.startsWith('ignored-'))
      expect(ignored.map(([, count]) => count)).toEqual([1])
    },
  )
})

describe('a response', () => {
  const response = (changes: Record<string, string | null> = {}) =>
    text({ CSeq: '20 MESSAGE', To: `<${uri}>;tag=t`, ...changes }, 'SIP/2.0 200 OK')

  it.each([
    ['of a foreign branch', response({ Via: 'SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKforeign' })],
    ['without a branch', response({ Via: 'SIP/2.0/UDP 192.0.2.10:5060' })],
  ])('%s is dropped and counted', async (_, wire) => {
    const rig = await engineRig()
    expect(await answersTo(rig, wire)).toEqual([])
    expect(rig.engine.counters.get('dropped-response-without-transaction')).toBe(1)
  })

  it('with two Vias was meant for somebody else: dropped and counted (8.1.3.3)', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    const flow = rig.engine.flowTo('UDP', one.local)
    if (flow === undefined) throw new Error('no way')
    const outcomes: number[] = []
    rig.engine.send(
      { method: 'MESSAGE', uri: 'sip:c@d', flow, from: '<sip:a@b>;tag=1', to: '<sip:c@d>', callId: 'x', cseq: 1 },
      { final: ({ status }) => void outcomes.push(status), failed() {} },
    )
    const request = one.expect({ method: 'MESSAGE' })
    const via = request.message.header('Via')
    const own = (Via: string) => response({ Via, CSeq: '1 MESSAGE', 'Call-ID': 'x' })
    one.send(own(`${via}, SIP/2.0/UDP 10.0.0.1`), serverAt)
    rig.clock.advance(0)
    expect(outcomes).toEqual([])
    one.send(own(via ?? ''), serverAt)
    rig.clock.advance(0)
    expect(outcomes).toEqual([200])
  })
})
