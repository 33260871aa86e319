/** Requests within a dialog, faults of ours, and too much of everything. RFC 3261 12.2.2; DESIGN.md rules 2 and 8. */
import { describe, expect, it } from 'vitest'
import { Dialog } from '../../src/engine/dialog.ts'
import type { DialogUser } from '../../src/engine/server-side.ts'
import type { ServerTransaction } from '../../src/engine/server-transaction.ts'
import { Trail } from '../../src/engine/trail.ts'
import { SipRequest } from '../../src/sip/message.ts'
import { answersTo, engineRig, ids, invite, serverAt, statuses, text, uri } from './rig.ts'

describe('a dialog', () => {
  class Called implements DialogUser {
    readonly trail = new Trail()
    readonly dialog: Dialog
    readonly acks: SipRequest[] = []
    handle: (tx: ServerTransaction) => void = (tx) => tx.respond(200)

    constructor(dialog: Dialog) {
      this.dialog = dialog
    }
    request(tx: ServerTransaction): void {
      this.handle(tx)
    }
    acknowledged(request: SipRequest): void {
      this.acks.push(request)
    }
  }

  async function established() {
    const rig = await engineRig()
    let called: Called | undefined
    rig.user.handle = (tx) => {
      called = new Called(Dialog.invitedBy(tx.request, tx.toTag, `<sip:${ids.server}@192.0.2.10>`))
      rig.engine.openDialog(called)
      tx.respond(200)
    }
    const one = await rig.peer()
    one.send(invite(), serverAt)
    rig.clock.advance(0)
    if (called === undefined) throw new Error('not called')
    const { localTag } = called.dialog
    const within = (CSeq: string, more: Record<string, string> = {}) => {
      const Via = `SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK${CSeq.replace(' ', '')}${more.From ? 'x' : ''}`
      one.send(text({ CSeq, Via, To: `<${uri}>;tag=${localTag}`, ...more }), serverAt)
      rig.clock.advance(0)
      return statuses(one).at(-1)
    }
    return { rig, one, called, within }
  }

  it('gets its requests, and the ACK of its 2xx, whatever branch that has', async () => {
    const { called, within } = await established()
    within('1 ACK')
    within('1 ACK', { Via: 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKone' })
    expect(called.acks.length).toBe(2)
    expect(within('2 BYE')).toBe(200)
  })

  it('takes no CSeq that does not rise: 500 (12.2.2)', async () => {
    const { within } = await established()
    expect(within('5 INFO')).toBe(200)
    expect(within('4 INFO')).toBe(500)
    expect(within('1 BYE')).toBe(500)
    expect(within('9 BYE')).toBe(200)
  })

  it('is not found by another From tag', async () => {
    const { within } = await established()
    expect(within('2 BYE', { From: '<sip:x@y>;tag=guess' })).toBe(481)
  })

  it('whose user throws answers 500, and goes on', async () => {
    const { rig, called, within } = await established()
    called.handle = () => {
      throw new Error('a fault of ours')
    }
    expect(within('2 INFO')).toBe(500)
    expect(rig.user.troubles).toEqual(['a fault of ours'])
    called.handle = (tx) => tx.respond(200)
    expect(within('3 INFO')).toBe(200)
  })

  it('that is closed is unknown: 481', async () => {
    const { rig, called, within } = await established()
    rig.engine.closeDialog(called)
    expect(within('2 BYE')).toBe(481)
  })
})

describe('a fault of ours', () => {
  it('in the user is answered 500, told and counted, and the next request is served', async () => {
    const rig = await engineRig()
    rig.user.handle = () => {
      throw new Error('a fault of ours')
    }
    expect(await answersTo(rig, text())).toEqual([500])
    expect(rig.user.troubles).toEqual(['a fault of ours'])
    expect(rig.engine.counters.get('internal-error')).toBe(1)
    rig.user.handle = (tx) => tx.respond(200)
    expect(await answersTo(rig, text({ Via: 'SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bKtwo' }))).toEqual([200])
  })

  it('in the user after its answer leaves the answer as it was, for repetitions too', async () => {
    const rig = await engineRig()
    rig.user.handle = (tx) => {
      tx.respond(200)
      throw new Error('a fault of ours')
    }
    expect(await answersTo(rig, text(), text())).toEqual([200, 200])
  })

  it('in what is told of a rejected message stops nothing', async () => {
    const rig = await engineRig()
    rig.user.rejected = () => {
      throw new Error('a fault of ours')
    }
    await answersTo(rig, text({ CSeq: null }, `MESSAGE ${uri} SIP/2.0`))
    expect(await answersTo(rig, text())).toEqual([200])
  })
})

describe('too much', () => {
  it('is answered 503 with Retry-After, without any state; what goes on goes on', async () => {
    const rig = await engineRig({ limits: { transactions: 3, retryAfter: 7 } })
    rig.user.handle = () => {}
    const nth = (one: number) => text({ Via: `SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK${one}` })
    const one = await rig.peer()
    for (let each = 1; each <= 10; each++) one.send(nth(each), serverAt)
    one.send(nth(1), serverAt)
    rig.clock.advance(0)
    expect(statuses(one)).toEqual(Array(7).fill(503))
    expect(one.received[0]?.message.header('Retry-After')).toBe('7')
    expect(rig.engine.counters.get('dropped-overload')).toBe(7)
    expect(rig.engine.directory.count()).toBe(3)
    for (const tx of rig.user.requests) tx.respond(200)
    rig.clock.advance(32_000)
    expect(rig.engine.directory.count()).toBe(0)
    one.send(nth(4), serverAt)
    rig.clock.advance(0)
    expect(rig.user.requests.length).toBe(4)
  })
})

const isRequest = (message: unknown): message is SipRequest => message instanceof SipRequest

describe('the order of messages', () => {
  it('is that of their arrival, each dealt with in its own turn', async () => {
    const rig = await engineRig()
    const one = await rig.peer()
    for (let nth = 1; nth <= 50; nth++)
      one.send(text({ Via: `SIP/2.0/UDP 192.0.2.64;branch=z9hG4bK${nth}`, CSeq: `${nth} MESSAGE` }), serverAt)
    rig.clock.advance(0)
    const order = Array.from({ length: 50 }, (_, nth) => nth + 1)
    expect(rig.user.messages.map((request) => request.cseq.number)).toEqual(order)
    expect(one.received.map(({ message }) => !isRequest(message) && message.cseq.number)).toEqual(order)
  })
})
