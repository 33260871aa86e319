import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inviteClient, rfc3261 } from '../../machines/index.ts'
import { responded } from '../support/messages.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const udp = { reliable: false }
const tcp = { reliable: true }
const provisional = (status: number) => ({ type: 'response.provisional', ...responded(status) }) as const
const success = { type: 'response.success', ...responded(200) } as const
const failure = (status: number) => ({ type: 'response.failure', ...responded(status) }) as const
const transportFailed = { type: 'transport.failed' } as const
const calling = 'calling.waiting'

describe('INVITE client transaction, RFC 3261 17.1.1 and RFC 6026 7.2', () => {
  it('is in "Calling" with the INVITE sent as soon as the user passes it the INVITE', () => {
    const client = play(inviteClient, udp)
    expect([stateOf(client), done(client)]).toEqual([calling, ['transmit']])
  })

  testTable(inviteClient, {
    input: udp,
    reach: {
      [calling]: [],
      [`${calling}, before B`]: [31_999],
      proceeding: [provisional(100)],
      accepted: [success],
      'accepted, before M': [success, 31_999],
      completed: [failure(486)],
      'completed, before D': [failure(486), 31_999],
      terminated: [transportFailed],
    },
    rows: [
      ['Calling, Timer A: the INVITE is sent again', calling, 500, calling, ['transmit']],
      ['Calling, Timer B: the user is told of the timeout', `${calling}, before B`, 1, 'terminated', ['fail timeout']],
      ['Calling, 1xx: passed to the user', calling, provisional(100), 'proceeding', ['deliver 100']],
      ['Calling, 2xx: passed to the user, who sends the ACK', calling, success, 'accepted', ['deliver 200']],
      ['Calling, 300-699: ACK, and passed on', calling, failure(404), 'completed', ['acknowledge 404', 'deliver 404']],
      ['Calling, transport error: the user is told', calling, transportFailed, 'terminated', ['fail transport']],
      ['Proceeding, another 1xx: passed to the user', 'proceeding', provisional(101), 'proceeding', ['deliver 101']],
      ['Proceeding, no final response: no timer runs here', 'proceeding', 3_600_000, 'proceeding', []],
      ['Proceeding, 2xx: passed to the user', 'proceeding', success, 'accepted', ['deliver 200']],
      [
        'Proceeding, 300-699: ACK, and passed to the user',
        'proceeding',
        failure(487),
        'completed',
        ['acknowledge 487', 'deliver 487'],
      ],
      [
        'Proceeding, transport error: the user is told',
        'proceeding',
        transportFailed,
        'terminated',
        ['fail transport'],
      ],
      [
        'Completed, repeated 300-699: ACK again, not passed on',
        'completed',
        failure(486),
        'completed',
        ['acknowledge 486'],
      ],
      ['Completed, transport error of the ACK: told', 'completed', transportFailed, 'terminated', ['fail transport']],
      ['Completed, a 2xx of a misbehaving server: ignored', 'completed', success, 'completed', []],
      ['Completed, Timer D: over', 'completed, before D', 1, 'terminated', []],
      ['Accepted, repeated or forked 2xx: passed to the user', 'accepted', success, 'accepted', ['deliver 200']],
      ['Accepted, 300-699 of a misbehaving server: ignored', 'accepted', failure(500), 'accepted', []],
      ['Accepted, Timer M: over', 'accepted, before M', 1, 'terminated', []],
      ['Terminated: nothing is heard any more', 'terminated', success, 'terminated', []],
    ],
  })

  it('over UDP retransmits at T1 doubling without a cap (Timer A), then gives up at 64*T1 (Timer B)', () => {
    const client = play(inviteClient, udp, 31_999)
    const sent = [0, 500, 1500, 3500, 7500, 15_500, 31_500]
    expect(timesOf(client, 'transmit')).toEqual(sent)
    client.clock.advance(1)
    expect([client.actionsNamed('fail'), client.status()]).toEqual([[[32_000, 'fail', 'timeout']], 'done'])
    expect([timesOf(client, 'transmit'), client.clock.pending]).toEqual([sent, 0])
  })

  it('stops retransmitting with the first provisional response, and Timer B stops too', () => {
    const client = play(inviteClient, udp, 1600, provisional(100), 100_000)
    expect([timesOf(client, 'transmit'), stateOf(client), client.clock.pending]).toEqual([
      [0, 500, 1500],
      'proceeding',
      0,
    ])
  })

  it('over TCP sends the INVITE once and gives up at 64*T1', () => {
    const client = play(inviteClient, tcp, 60_000)
    expect([timesOf(client, 'transmit'), timesOf(client, 'fail')]).toEqual([[0], [32_000]])
  })

  it('waits 32 s in "Completed" over UDP (Timer D) and not at all over TCP', () => {
    const overUdp = play(inviteClient, udp, failure(486), 20_000, failure(486))
    expect([overUdp.clock.runUntilIdle(60_000), timesOf(overUdp, 'acknowledge')]).toEqual([12_000, [0, 20_000]])
    const overTcp = play(inviteClient, tcp, failure(486))
    expect([overTcp.status(), overTcp.clock.pending, done(overTcp).slice(1)]).toEqual([
      'done',
      0,
      ['acknowledge 486', 'deliver 486'],
    ])
  })

  it('waits 64*T1 in "Accepted" (Timer M), over TCP as well: a proxy may have forked the INVITE', () => {
    for (const input of [udp, tcp]) {
      expect(play(inviteClient, input, success).clock.runUntilIdle(60_000)).toBe(64 * rfc3261.t1)
    }
  })

  // Whatever arrives, whenever: a final response or a failure ends it within 64*T1, exactly once, with no timer left;
  // the INVITE goes out at most 7 times, never after a response; each 300-699 that it hears in time gets one ACK and
  // its user hears of at most one of them; a 2xx is never acknowledged here.
  it('is over 64*T1 after its final response, whatever arrives', () => {
    const step = fc.oneof(
      fc.integer({ min: 0, max: 12_000 }),
      fc.constantFrom<Step<typeof inviteClient>>(
        provisional(100),
        provisional(180),
        success,
        failure(486),
        transportFailed,
      ),
    )
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 20 }), (reliable, steps) => {
        const client = play(inviteClient, { reliable }, ...steps)
        if (client.matches('proceeding')) take(client, failure(487))
        take(client, 64 * rfc3261.t1)
        expect([client.status(), client.endings(), client.clock.pending]).toEqual(['done', 1, 0])

        const names = done(client)
        const firstResponse = names.findIndex((name) => name.startsWith('deliver'))
        expect(names.lastIndexOf('transmit') < firstResponse || firstResponse < 0).toBe(true)
        expect(client.actionsNamed('transmit').length).toBeLessThanOrEqual(reliable ? 1 : 7)
        expect(names.filter((name) => /^deliver [3-6]/.test(name)).length).toBeLessThanOrEqual(1)
        expect(client.actionsNamed('fail').length).toBeLessThanOrEqual(1)
        expect(names).not.toContain('acknowledge 200')
        const refused = names.findIndex((name) => /^deliver [3-6]/.test(name))
        expect(names.findIndex((name) => name.startsWith('acknowledge'))).toBe(refused < 0 ? -1 : refused - 1)
      }),
    )
  })
})
