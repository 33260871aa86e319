import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inviteServer, rfc3261 } from '../../machines/index.ts'
import { request } from '../support/messages.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const udp = { reliable: false }
const tcp = { reliable: true }
const retransmitted = { type: 'request.retransmitted' } as const
const provisional = (status: number) => ({ type: 'respond.provisional', status }) as const
const success = { type: 'respond.success', status: 200 } as const
const failure = (status: number) => ({ type: 'respond.failure', status }) as const
const ack = { type: 'ack', message: request('ACK') } as const
const transportFailed = { type: 'transport.failed' } as const
const unanswered = 'proceeding.unanswered'
const answered = 'proceeding.answered'
const completed = 'completed.waiting'

describe('INVITE server transaction, RFC 3261 17.2.1 and RFC 6026 7.1', () => {
  it('is in "Proceeding" and has sent nothing yet', () => {
    const server = play(inviteServer, udp)
    expect([stateOf(server), done(server)]).toEqual([unanswered, []])
  })

  testTable(inviteServer, {
    input: udp,
    reach: {
      [unanswered]: [],
      [answered]: [provisional(101)],
      accepted: [success],
      'accepted, before L': [success, 31_999],
      [completed]: [failure(486)],
      [`${completed}, before H`]: [failure(486), 31_999],
      confirmed: [failure(486), ack],
      'confirmed, before I': [failure(486), ack, 4999],
      terminated: [success, 32_000],
    },
    rows: [
      ['Proceeding, no response within 200 ms: 100', unanswered, 200, answered, ['sendTrying']],
      ['Proceeding, retransmission before any response: nothing to repeat', unanswered, retransmitted, unanswered, []],
      ['Proceeding, 1xx of the user: sent', unanswered, provisional(101), answered, ['transmit 101']],
      ['Proceeding, 2xx of the user: sent', unanswered, success, 'accepted', ['transmit 200']],
      ['Proceeding, 300-699 of the user: sent', unanswered, failure(404), completed, ['transmit 404']],
      ['Proceeding, retransmission: the latest 1xx again', answered, retransmitted, answered, ['retransmit']],
      ['Proceeding, another 1xx of the user: sent', answered, provisional(180), answered, ['transmit 180']],
      ['Proceeding, 2xx after a 1xx: sent', answered, success, 'accepted', ['transmit 200']],
      ['Proceeding, 300-699 after a 1xx: sent', answered, failure(487), completed, ['transmit 487']],
      ['Proceeding, transport error: told, and it stays', answered, transportFailed, answered, ['fail transport']],
      ['Accepted, retransmission: absorbed', 'accepted', retransmitted, 'accepted', []],
      ['Accepted, ACK: passed to the user', 'accepted', ack, 'accepted', ['deliver ACK']],
      ['Accepted, the user repeats its 2xx: sent', 'accepted', success, 'accepted', ['transmit 200']],
      ['Accepted, 300-699 of the user: too late', 'accepted', failure(500), 'accepted', []],
      ['Accepted, transport error: told, and it stays', 'accepted', transportFailed, 'accepted', ['fail transport']],
      ['Accepted, Timer L: over', 'accepted, before L', 1, 'terminated', []],
      ['Completed, retransmission: the final response again', completed, retransmitted, completed, ['retransmit']],
      ['Completed, Timer G: the final response again', completed, 500, completed, ['retransmit']],
      ['Completed, ACK: confirmed', completed, ack, 'confirmed', []],
      ['Completed, Timer H: the user is told of no ACK', `${completed}, before H`, 1, 'terminated', ['fail timeout']],
      ['Completed, another response of the user: discarded', completed, success, completed, []],
      ['Completed, transport error: told, and it stays', completed, transportFailed, completed, ['fail transport']],
      ['Confirmed, repeated ACK: absorbed', 'confirmed', ack, 'confirmed', []],
      ['Confirmed, retransmission still under way: absorbed', 'confirmed', retransmitted, 'confirmed', []],
      ['Confirmed, Timer G runs no more', 'confirmed', 4000, 'confirmed', []],
      ['Confirmed, Timer I: over', 'confirmed, before I', 1, 'terminated', []],
      ['Terminated: nothing is heard any more', 'terminated', ack, 'terminated', []],
    ],
  })

  it('sends 100 at 200 ms, not when the user was faster, and only once', () => {
    expect(timesOf(play(inviteServer, udp, 60_000), 'sendTrying')).toEqual([200])
    expect(timesOf(play(inviteServer, udp, 199, provisional(101), 60_000), 'sendTrying')).toEqual([])
    expect(timesOf(play(inviteServer, udp, 200, provisional(101), 60_000), 'sendTrying')).toEqual([200])
  })

  it('over UDP repeats a 300-699 at T1 doubling to T2 (Timer G) until Timer H, when no ACK comes', () => {
    const server = play(inviteServer, udp, failure(486), 60_000)
    const repeated = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    expect(timesOf(server, 'retransmit')).toEqual(repeated)
    expect([server.actionsNamed('fail'), server.clock.pending]).toEqual([[[32_000, 'fail', 'timeout']], 0])
  })

  it('stops repeating with the ACK and absorbs further ACKs for T4 (Timer I)', () => {
    const server = play(inviteServer, udp, failure(486), 600, ack, 1000, ack)
    expect([server.clock.runUntilIdle(60_000), timesOf(server, 'retransmit'), server.actionsNamed('fail')]).toEqual([
      4000,
      [500],
      [],
    ])
  })

  it('over TCP never repeats a 300-699, waits for its ACK all the same, and is over with it: Timer I is 0', () => {
    const unacknowledged = play(inviteServer, tcp, failure(486), 60_000)
    expect([timesOf(unacknowledged, 'retransmit'), timesOf(unacknowledged, 'fail')]).toEqual([[], [32_000]])
    const acknowledged = play(inviteServer, tcp, failure(486), 40, ack)
    expect([acknowledged.status(), acknowledged.clock.pending]).toEqual(['done', 0])
  })

  it('absorbs retransmissions of an accepted INVITE for 64*T1 (Timer L), and repeats no 2xx by itself', () => {
    const server = play(inviteServer, udp, success, retransmitted, 10_000, retransmitted)
    expect([server.clock.runUntilIdle(60_000), done(server)]).toEqual([64 * rfc3261.t1 - 10_000, ['transmit 200']])
  })

  // Whatever arrives, whenever: once its user has given a final response it is over within 64*T1 + T4, ended exactly
  // once, left no timer; 100 went out at most once and before the user's responses; it sent either 2xx or one 300-699,
  // told its user of a missing ACK only after the latter, passed an ACK on only after the former; over TCP it repeated
  // nothing but what a retransmission asked for.
  it('is over 64*T1 + T4 after its final response, whatever arrives', () => {
    const events: Step<typeof inviteServer>[] = [
      retransmitted,
      provisional(180),
      success,
      failure(486),
      ack,
      transportFailed,
    ]
    const step = fc.oneof(fc.integer({ min: 0, max: 12_000 }), fc.constantFrom(...events))
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 20 }), (reliable, steps) => {
        const server = play(inviteServer, { reliable }, ...steps, failure(480))
        take(server, 64 * rfc3261.t1 + rfc3261.t4)
        expect([server.status(), server.endings(), server.clock.pending]).toEqual(['done', 1, 0])

        const names = done(server)
        const firstAnswer = names.findIndex((name) => name.startsWith('transmit'))
        expect(names.filter((name) => name === 'sendTrying').length).toBeLessThanOrEqual(1)
        expect(names.indexOf('sendTrying')).toBeLessThan(firstAnswer)
        const refusals = names.filter((name) => /^transmit [3-6]/.test(name)).length
        const taken = names.includes('transmit 200')
        expect(refusals).toBe(taken ? 0 : 1)
        expect(names.filter((name) => name === 'fail timeout').length).toBeLessThanOrEqual(refusals)
        expect(names.includes('deliver ACK') ? taken : true).toBe(true)
        const asked = steps.filter((step) => step === retransmitted).length
        if (reliable) expect(server.actionsNamed('retransmit').length).toBeLessThanOrEqual(asked)
      }),
    )
  })
})
