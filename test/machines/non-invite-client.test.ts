import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nonInviteClient, rfc3261 } from '../../machines/index.ts'
import { responded } from '../support/messages.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const udp = { reliable: false }
const tcp = { reliable: true }
const method = { method: 'MESSAGE' }
const provisional = (status: number) => ({ type: 'response.provisional', ...responded(status, method) }) as const
const final = (status: number) => ({ type: 'response.final', ...responded(status, method) }) as const
const transportFailed = { type: 'transport.failed' } as const

describe('non-INVITE client transaction, RFC 3261 17.1.2', () => {
  it('is in "Trying" with the request sent as soon as the user passes it the request', () => {
    const client = play(nonInviteClient, udp)
    expect([stateOf(client), done(client)]).toEqual(['active.trying', ['transmit']])
  })

  testTable(nonInviteClient, {
    input: udp,
    reach: {
      'active.trying': [],
      'active.trying, before F': [31_999],
      'active.proceeding': [provisional(100)],
      'active.proceeding, before F': [provisional(100), 31_999],
      completed: [final(200)],
      'completed, before K': [final(200), 4999],
      terminated: [transportFailed],
    },
    rows: [
      ['Trying, Timer E: the request is sent again', 'active.trying', 500, 'active.trying', ['transmit']],
      [
        'Trying, Timer F: the user is told of the timeout',
        'active.trying, before F',
        1,
        'terminated',
        ['fail timeout'],
      ],
      ['Trying, transport error: the user is told', 'active.trying', transportFailed, 'terminated', ['fail transport']],
      ['Trying, 1xx: passed to the user', 'active.trying', provisional(100), 'active.proceeding', ['deliver 100']],
      ['Trying, 2xx: passed to the user', 'active.trying', final(200), 'completed', ['deliver 200']],
      ['Trying, 401: passed to the user', 'active.trying', final(401), 'completed', ['deliver 401']],
      ['Proceeding, Timer E: the request is sent again', 'active.proceeding', 4000, 'active.proceeding', ['transmit']],
      ['Proceeding, Timer F: told as in Trying', 'active.proceeding, before F', 1, 'terminated', ['fail timeout']],
      [
        'Proceeding, transport error: told as in Trying',
        'active.proceeding',
        transportFailed,
        'terminated',
        ['fail transport'],
      ],
      ['Proceeding, 1xx: passed on', 'active.proceeding', provisional(183), 'active.proceeding', ['deliver 183']],
      ['Proceeding, 200-699: passed to the user', 'active.proceeding', final(603), 'completed', ['deliver 603']],
      ['Completed, repeated final response: absorbed', 'completed', final(200), 'completed', []],
      ['Completed, late provisional response: absorbed', 'completed', provisional(100), 'completed', []],
      [
        'Completed, transport error: nothing is sent here, so nothing fails',
        'completed',
        transportFailed,
        'completed',
        [],
      ],
      ['Completed, Timer K: over', 'completed, before K', 1, 'terminated', []],
      ['Terminated: nothing is heard any more', 'terminated', final(200), 'terminated', []],
    ],
  })

  it('over UDP retransmits at T1 doubling to T2, then gives up at 64*T1', () => {
    const client = play(nonInviteClient, udp, 31_999)
    const sent = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    expect(timesOf(client, 'transmit')).toEqual(sent)
    client.clock.advance(1)
    expect(client.actionsNamed('fail')).toEqual([[32_000, 'fail', 'timeout']])
    expect([timesOf(client, 'transmit'), client.status(), client.clock.pending]).toEqual([sent, 'done', 0])
  })

  it('retransmits at T2 once a provisional response has come, until Timer F', () => {
    const client = play(nonInviteClient, udp, 600, provisional(100), 40_000)
    expect(timesOf(client, 'transmit')).toEqual([0, 500, 4600, 8600, 12_600, 16_600, 20_600, 24_600, 28_600])
    expect(timesOf(client, 'fail')).toEqual([32_000])
  })

  it('over TCP never retransmits, in "Trying" or "Proceeding", and gives up at 64*T1 all the same', () => {
    const silent = play(nonInviteClient, tcp, 40_000)
    expect([timesOf(silent, 'transmit'), timesOf(silent, 'fail')]).toEqual([[0], [32_000]])
    const slow = play(nonInviteClient, tcp, provisional(100), 40_000)
    expect([timesOf(slow, 'transmit'), timesOf(slow, 'fail')]).toEqual([[0], [32_000]])
  })

  it('waits T4 in "Completed" over UDP and not at all over TCP', () => {
    const overUdp = play(nonInviteClient, udp, final(200))
    expect([overUdp.status(), overUdp.clock.runUntilIdle(60_000)]).toEqual(['active', rfc3261.t4])
    const overTcp = play(nonInviteClient, tcp, final(200))
    expect([overTcp.status(), overTcp.clock.pending]).toEqual(['done', 0])
  })

  it('takes T1, T2 and T4 of another link', () => {
    const timers = { t1: 100, t2: 300, t4: 1000 }
    const client = play(nonInviteClient, { reliable: false, timers }, 1100, final(200))
    expect(timesOf(client, 'transmit')).toEqual([0, 100, 300, 600, 900])
    expect(client.clock.runUntilIdle(10_000)).toBe(1000)
  })

  // Whatever arrives, whenever: by 64*T1 + T4 it is over, ended exactly once, sent at most 11 times, told the user one
  // outcome (a final response or a failure, never both), and left no timer.
  it('is over by 64*T1 + T4 with one outcome, whatever arrives', () => {
    const step = fc.oneof(
      fc.integer({ min: 0, max: 12_000 }),
      fc.constantFrom<Step<typeof nonInviteClient>>(provisional(100), final(200), final(401), transportFailed),
    )
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 20 }), (reliable, steps) => {
        const client = play(nonInviteClient, { reliable }, ...steps)
        take(client, 64 * rfc3261.t1 + rfc3261.t4)
        const finals = done(client).filter((name) => ['deliver 200', 'deliver 401'].includes(name)).length
        const outcomes = finals + client.actionsNamed('fail').length
        expect([client.status(), client.endings(), client.clock.pending, outcomes]).toEqual(['done', 1, 0, 1])
        expect(client.actionsNamed('transmit').length).toBeLessThanOrEqual(reliable ? 1 : 11)
      }),
    )
  })
})
