import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nonInviteServer, rfc3261 } from '../../machines/index.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const udp = { reliable: false }
const tcp = { reliable: true }
const retransmitted = { type: 'request.retransmitted' } as const
const provisional = (status: number) => ({ type: 'respond.provisional', status }) as const
const final = (status: number) => ({ type: 'respond.final', status }) as const
const transportFailed = { type: 'transport.failed' } as const

describe('non-INVITE server transaction, RFC 3261 17.2.2', () => {
  it('is in "Trying" and has sent nothing while its user has not answered', () => {
    const server = play(nonInviteServer, udp, 60_000)
    expect([stateOf(server), done(server)]).toEqual(['trying', []])
  })

  testTable(nonInviteServer, {
    input: udp,
    reach: {
      trying: [],
      proceeding: [provisional(100)],
      completed: [final(200)],
      'completed, before J': [final(200), 31_999],
      terminated: [final(200), transportFailed],
    },
    rows: [
      ['Trying, retransmission of the request: discarded silently', 'trying', retransmitted, 'trying', []],
      ['Trying, 1xx of the user: sent', 'trying', provisional(100), 'proceeding', ['transmit 100']],
      ['Trying, 200-699 of the user: sent', 'trying', final(403), 'completed', ['transmit 403']],
      ['Proceeding, retransmission: the latest 1xx again', 'proceeding', retransmitted, 'proceeding', ['retransmit']],
      ['Proceeding, another 1xx of the user: sent', 'proceeding', provisional(182), 'proceeding', ['transmit 182']],
      ['Proceeding, 200-699 of the user: sent', 'proceeding', final(200), 'completed', ['transmit 200']],
      [
        'Proceeding, transport error: the user is told',
        'proceeding',
        transportFailed,
        'terminated',
        ['fail transport'],
      ],
      ['Completed, retransmission: the final response again', 'completed', retransmitted, 'completed', ['retransmit']],
      ['Completed, a second final response of the user: discarded', 'completed', final(500), 'completed', []],
      ['Completed, a late 1xx of the user: discarded', 'completed', provisional(100), 'completed', []],
      ['Completed, transport error: the user is told', 'completed', transportFailed, 'terminated', ['fail transport']],
      ['Completed, Timer J: over', 'completed, before J', 1, 'terminated', []],
      ['Terminated: a retransmission is a new request now', 'terminated', retransmitted, 'terminated', []],
    ],
  })

  it('over UDP repeats the answer for 64*T1 (Timer J), and only when asked', () => {
    const server = play(nonInviteServer, udp, final(200), 500, retransmitted, 31_000, retransmitted)
    expect(timesOf(server, 'retransmit')).toEqual([500, 31_500])
    expect([server.clock.runUntilIdle(60_000), server.status()]).toEqual([500, 'done'])
    expect(timesOf(server, 'transmit')).toEqual([0])
  })

  it('over TCP is over with the final response: Timer J is 0', () => {
    const server = play(nonInviteServer, tcp, 40, final(200))
    expect([timesOf(server, 'transmit'), server.status(), server.clock.pending]).toEqual([[40], 'done', 0])
  })

  // Whatever arrives, whenever: once its user has given a final response it is over within 64*T1, ended exactly once,
  // left no timer; it sent one final response, repeated only for a retransmission that came, and failed at most once.
  it('sends one final response and is over 64*T1 later, whatever arrives', () => {
    const step = fc.oneof(
      fc.integer({ min: 0, max: 20_000 }),
      fc.constantFrom<Step<typeof nonInviteServer>>(retransmitted, provisional(100), final(200), transportFailed),
    )
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 20 }), (reliable, steps) => {
        const server = play(nonInviteServer, { reliable }, ...steps, final(200), 64 * rfc3261.t1)
        expect([server.status(), server.endings(), server.clock.pending]).toEqual(['done', 1, 0])
        const failures = server.actionsNamed('fail').length
        const finals = done(server).filter((action) => action === 'transmit 200').length
        expect(failures === 1 ? finals <= 1 : finals === 1).toBe(true)
        const asked = steps.filter((step) => step === retransmitted).length
        expect(server.actionsNamed('retransmit').length).toBeLessThanOrEqual(asked)
        take(server, retransmitted)
        expect(server.endings()).toBe(1)
      }),
    )
  })
})
