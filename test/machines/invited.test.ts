import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { invited, rfc3261 } from '../../machines/index.ts'
import { request } from '../support/messages.ts'
import { done, play, type Step, stateOf, testTable, timesOf } from './rows.ts'

const input = {}
const ring = (status: number) => ({ type: 'ring', status }) as const
const answer = { type: 'answer' } as const
const reject = { type: 'reject', status: 486 } as const
const cancel = { type: 'cancel.received' } as const
const ack = { type: 'ack.received' } as const
const bye = { type: 'bye.received', message: request('BYE') } as const
const byeAnswered = { type: 'bye.answered' } as const
const byeFailed = { type: 'bye.failed' } as const
const stop = { type: 'stop' } as const
const answered = 'answered.waiting'

describe('the invited side of a media session, GB/T 28181 9.2, RFC 3261 13.3 and 15', () => {
  it("sends nothing by itself: 100 is the transaction's", () => {
    const session = play(invited, input, 60_000)
    expect([stateOf(session), done(session)]).toEqual(['proceeding', []])
  })

  testTable(invited, {
    input,
    reach: {
      proceeding: [],
      early: [ring(101)],
      [answered]: [answer],
      [`${answered}, stopped`]: [answer, stop],
      [`${answered}, before the limit`]: [answer, 31_999],
      confirmed: [answer, ack],
      ending: [answer, ack, stop],
      ended: [reject],
    },
    rows: [
      ['Proceeding, the user rings: 101-199', 'proceeding', ring(101), 'early', ['respondProvisional 101']],
      ['Proceeding, the user answers: 200', 'proceeding', answer, answered, ['respondSuccess']],
      ['Proceeding, the user rejects: 300-699', 'proceeding', reject, 'ended', ['respondFailure 486']],
      ['Proceeding, CANCEL: 487 to the INVITE', 'proceeding', cancel, 'ended', ['respondFailure 487']],
      ['Proceeding, stop: 480', 'proceeding', stop, 'ended', ['respondFailure 480']],
      ['Early, the user rings again: 101-199', 'early', ring(180), 'early', ['respondProvisional 180']],
      ['Early, the user answers: 200', 'early', answer, answered, ['respondSuccess']],
      ['Early, the user rejects: 300-699', 'early', reject, 'ended', ['respondFailure 486']],
      ['Early, CANCEL: 487 to the INVITE', 'early', cancel, 'ended', ['respondFailure 487']],
      ['Early, BYE: 200 to it and 487 to the INVITE', 'early', bye, 'ended', ['acceptBye BYE', 'respondFailure 487']],
      ['Early, stop: 480', 'early', stop, 'ended', ['respondFailure 480']],
      ['Answered, no ACK after T1: the 200 again', answered, 500, answered, ['retransmitSuccess']],
      ['Answered, ACK: the media begins', answered, ack, 'confirmed', ['startMedia']],
      ['Answered, CANCEL: too late, no effect', answered, cancel, answered, []],
      ['Answered, BYE: 200', answered, bye, 'ended', ['acceptBye BYE']],
      ['Answered, stop: no BYE before the ACK', answered, stop, answered, []],
      ['Answered and stopped, ACK: now BYE, and no media', `${answered}, stopped`, ack, 'ending', ['hangUp']],
      ['Answered and stopped, BYE: 200', `${answered}, stopped`, bye, 'ended', ['acceptBye BYE']],
      ['Answered, no ACK within 64*T1: BYE', `${answered}, before the limit`, 1, 'ending', ['hangUp']],
      ['Confirmed, repeated ACK: nothing', 'confirmed', ack, 'confirmed', []],
      ['Confirmed, no limit of time', 'confirmed', 86_400_000, 'confirmed', []],
      ['Confirmed, BYE: 200, the media ends', 'confirmed', bye, 'ended', ['stopMedia', 'acceptBye BYE']],
      ['Confirmed, stop: BYE, the media ends', 'confirmed', stop, 'ending', ['stopMedia', 'hangUp']],
      ['Ending, BYE crossing ours: 200', 'ending', bye, 'ending', ['acceptBye BYE']],
      ['Ending, BYE answered: ended', 'ending', byeAnswered, 'ended', []],
      ['Ending, BYE unanswered: ended', 'ending', byeFailed, 'ended', []],
      ['Ended: nothing is heard any more', 'ended', ack, 'ended', []],
    ],
  })

  it('repeats the 200 at T1 doubling to T2 on every transport until 64*T1, then says BYE (13.3.1.4)', () => {
    const session = play(invited, input, answer, 60_000)
    const repeated = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    expect([timesOf(session, 'retransmitSuccess'), timesOf(session, 'hangUp')]).toEqual([repeated, [32_000]])
  })

  it('stops repeating the 200 with its ACK', () => {
    const session = play(invited, input, 3000, answer, 1600, ack, 60_000)
    expect([timesOf(session, 'retransmitSuccess'), timesOf(session, 'startMedia')]).toEqual([[3500, 4500], [4600]])
  })

  it('stopped while the ACK is under way: goes on repeating the 200, says BYE when the ACK is there', () => {
    const session = play(invited, input, answer, 600, stop, 1000, ack, 30, byeAnswered)
    expect(session.actions.map(([at, name]) => [at, name])).toEqual([
      [0, 'respondSuccess'],
      [500, 'retransmitSuccess'],
      [1500, 'retransmitSuccess'],
      [1600, 'hangUp'],
    ])
    expect(session.output()).toEqual({ end: 'bye-by-us' })
  })

  it.each([
    ['rejected', [reject]],
    ['rejected', [stop]],
    ['cancelled', [cancel]],
    ['cancelled', [ring(101), bye]],
    ['no-ack', [answer, 32_000, byeFailed]],
    ['bye-by-peer', [answer, ack, bye]],
    ['bye-by-us', [answer, ack, stop, byeAnswered]],
  ] as const)('tells what ended it: %s', (end, steps) => {
    expect(play<typeof invited>(invited, input, ...steps).output()).toEqual({ end })
  })

  // Whatever arrives, whenever: once it was stopped and its BYE was answered or timed out, it is over within 64*T1,
  // ended exactly once with no timer left. It gave one final response; media began only with the ACK of a 2xx and
  // stopped exactly as often as it began; BYE went out once at most, and not before the ACK or the end of the wait for it.
  it('ends once stopped, with one final response and no media left running, whatever arrives', () => {
    const events: Step<typeof invited>[] = [
      ...[ring(101), answer, reject, cancel, ack, bye, byeAnswered, byeFailed, stop],
    ]
    const step = fc.oneof(fc.integer({ min: 0, max: 12_000 }), fc.constantFrom(...events))
    const steps = fc.array(step, { maxLength: 12 })
    fc.assert(
      fc.property(steps, steps, (before, later) => {
        const session = play(invited, input, ...before, stop, ...later, 64 * rfc3261.t1, byeFailed)
        expect([session.status(), session.endings(), session.clock.pending]).toEqual(['done', 1, 0])

        const count = (name: string) => session.actionsNamed(name).length
        expect([count('respondSuccess') + count('respondFailure'), count('hangUp') <= 1]).toEqual([1, true])
        expect(count('stopMedia')).toBe(count('startMedia'))
        const [saidBye] = timesOf(session, 'hangUp')
        const acknowledged = count('startMedia') > 0 || [...before, ...later].includes(ack)
        if (saidBye !== undefined && !acknowledged) {
          expect(saidBye).toBe((timesOf(session, 'respondSuccess')[0] ?? 0) + 64 * rfc3261.t1)
        }
        const lastRepeat = timesOf(session, 'retransmitSuccess').at(-1) ?? 0
        expect(lastRepeat <= (timesOf(session, 'startMedia')[0] ?? saidBye ?? Number.POSITIVE_INFINITY)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
