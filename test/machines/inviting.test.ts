import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inviting } from '../../machines/index.ts'
import { request, responded } from '../support/messages.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const input = { limits: { answer: 10_000, media: 8000, cancel: 32_000 } }
const provisional = (status: number, tagged: boolean) =>
  ({ type: 'response.provisional', tagged, ...responded(status, tagged ? {} : { toTag: null }) }) as const
const trying = provisional(100, false)
const early101 = provisional(101, true)
const success = { type: 'response.success', usable: true, ...responded(200) } as const
const unusable = { type: 'response.success', usable: false, ...responded(200) } as const
const forked = { type: 'response.forked', ...responded(200, { toTag: 'other' }) } as const
const failure = (status: number) => ({ type: 'response.failure', ...responded(status) }) as const
const timedOut = { type: 'transaction.failed', reason: 'timeout' } as const
const unsent = { type: 'transaction.failed', reason: 'transport' } as const
const arrived = { type: 'media.arrived' } as const
const foreign = { type: 'media.foreign' } as const
const undecodable = { type: 'media.undecodable' } as const
const stopped = { type: 'media.stopped' } as const
const ackFailed = { type: 'ack.failed' } as const
const bye = { type: 'bye.received', message: request('BYE') } as const
const byeAnswered = { type: 'bye.answered' } as const
const byeFailed = { type: 'bye.failed' } as const
const offline = { type: 'device.offline' } as const
const stop = { type: 'stop' } as const

const calling = 'inviting.calling'
const proceeding = 'inviting.proceeding'
const awaiting = 'confirmed.awaitingMedia'
const playing = 'confirmed.playing'
const abandoned = 'ending.abandoned'
const cancelling = 'ending.cancelling'
const hangingUp = 'ending.hangingUp'

/** What every way into `ending` by CANCEL, and by BYE, does. */
const cancels = (reason: string) => [`fail ${reason}`, 'cancel', 'releaseMedia']
const hangsUp = (reason: string) => [`fail ${reason}`, 'hangUp', 'releaseMedia']
const fails = (reason: string) => [`fail ${reason}`, 'releaseMedia']

describe('the inviting side of a media session, GB/T 28181 9.2, RFC 3261 13.2 and 15', () => {
  it('sends the INVITE at once', () => {
    const session = play(inviting, input)
    expect([stateOf(session), done(session)]).toEqual([calling, ['invite']])
  })

  testTable(inviting, {
    input,
    reach: {
      [calling]: [],
      [proceeding]: [trying],
      early: [trying, early101],
      [awaiting]: [success],
      [`${awaiting}, foreign media seen`]: [success, foreign],
      [playing]: [success, arrived],
      [abandoned]: [stop],
      [cancelling]: [trying, stop],
      [hangingUp]: [success, arrived, stop],
      [`${hangingUp}, failed`]: [success, ackFailed],
      ended: [success, arrived, stop, byeAnswered],
      failed: [failure(486)],
    },
    rows: [
      ['Calling, 100: stops retransmission, makes no dialog', calling, trying, proceeding, []],
      ['Calling, 101-199 with To tag: early dialog, no ACK, no media meaning', calling, early101, 'early', []],
      ['Calling, 200: ACK at once', calling, success, awaiting, ['acknowledge 200']],
      [
        'Calling, 200 with an unusable SDP: ACK, then BYE',
        calling,
        unusable,
        hangingUp,
        ['acknowledge 200', ...hangsUp('media-undecodable')],
      ],
      ['Calling, 300-699: the session has failed', calling, failure(404), 'failed', fails('rejected')],
      ['Calling, Timer B: no provisional response', calling, timedOut, 'failed', fails('no-provisional')],
      ['Calling, transport error: the device cannot be reached', calling, unsent, 'failed', fails('device-offline')],
      [
        'Calling, business timeout without provisional response: wait, no CANCEL yet',
        calling,
        10_000,
        abandoned,
        fails('no-provisional'),
      ],
      ['Calling, stop: no CANCEL before a provisional response', calling, stop, abandoned, fails('cancelled')],
      ['Calling, device offline: no CANCEL either', calling, offline, abandoned, fails('device-offline')],

      ['Proceeding, 100 again: stays', proceeding, trying, proceeding, []],
      ['Proceeding, 101-199 with To tag: early dialog', proceeding, early101, 'early', []],
      ['Proceeding, 200: ACK at once', proceeding, success, awaiting, ['acknowledge 200']],
      ['Proceeding, 300-699: the session has failed', proceeding, failure(488), 'failed', fails('rejected')],
      ['Proceeding, transport error: told', proceeding, unsent, 'failed', fails('device-offline')],
      ['Proceeding, business timeout: CANCEL', proceeding, 10_000, cancelling, cancels('no-final')],
      ['Proceeding, stop: CANCEL', proceeding, stop, cancelling, cancels('cancelled')],
      ['Proceeding, device offline: CANCEL, best effort', proceeding, offline, cancelling, cancels('device-offline')],

      ['Early, 101-199 again: stays', 'early', provisional(180, true), 'early', []],
      ['Early, 200: ACK at once', 'early', success, awaiting, ['acknowledge 200']],
      [
        'Early, 200 with an unusable SDP: ACK, then BYE',
        'early',
        unusable,
        hangingUp,
        ['acknowledge 200', ...hangsUp('media-undecodable')],
      ],
      ['Early, 300-699: the session has failed', 'early', failure(486), 'failed', fails('rejected')],
      ['Early, transport error: told', 'early', unsent, 'failed', fails('device-offline')],
      [
        'Early, BYE of the device: 200, and CANCEL',
        'early',
        bye,
        cancelling,
        ['acceptBye BYE', ...cancels('bye-by-device')],
      ],
      ['Early, business timeout: CANCEL', 'early', 10_000, cancelling, cancels('no-final')],
      ['Early, stop: CANCEL', 'early', stop, cancelling, cancels('cancelled')],
      ['Early, device offline: CANCEL, best effort', 'early', offline, cancelling, cancels('device-offline')],

      ['Confirmed, repeated 200: ACK again', awaiting, success, awaiting, ['acknowledge 200']],
      ['Confirmed, 200 of another branch: ACK and BYE to it', awaiting, forked, awaiting, ['refuseFork 200']],
      ['Confirmed, the ACK could not be sent: BYE', awaiting, ackFailed, hangingUp, hangsUp('ack-not-sent')],
      ['Confirmed, undecodable media: BYE', awaiting, undecodable, hangingUp, hangsUp('media-undecodable')],
      [
        'Confirmed, BYE of the device: 200, released',
        awaiting,
        bye,
        'failed',
        ['acceptBye BYE', ...fails('bye-by-device')],
      ],
      ['Confirmed, device offline: BYE, best effort', awaiting, offline, hangingUp, hangsUp('device-offline')],
      ['Waiting for media, first RTP: playing', awaiting, arrived, playing, ['announcePlaying']],
      ['Waiting for media, RTP of another SSRC: noted', awaiting, foreign, awaiting, []],
      ['Waiting for media, none in time: BYE', awaiting, 8000, hangingUp, hangsUp('no-media')],
      [
        'Waiting for media, only another SSRC in time: BYE',
        `${awaiting}, foreign media seen`,
        8000,
        hangingUp,
        hangsUp('ssrc-mismatch'),
      ],
      ['Waiting for media, stop: BYE', awaiting, stop, hangingUp, hangsUp('cancelled')],
      ['Playing, stream lost: BYE', playing, stopped, hangingUp, hangsUp('no-media')],
      ['Playing, stop: BYE, and that is no failure', playing, stop, hangingUp, ['hangUp', 'releaseMedia']],
      ['Playing, no limit of time', playing, 86_400_000, playing, []],
      [
        'Playing, BYE of the device: 200, released',
        playing,
        bye,
        'failed',
        ['acceptBye BYE', ...fails('bye-by-device')],
      ],

      ['Abandoned, the first provisional response: now CANCEL', abandoned, trying, cancelling, ['cancel']],
      ['Abandoned, a late 200: ACK, then BYE', abandoned, success, hangingUp, ['acknowledge 200', 'hangUp']],
      ['Abandoned, 300-699: over', abandoned, failure(486), 'failed', []],
      ['Abandoned, Timer B: over', abandoned, timedOut, 'failed', []],
      ['Cancelling, 487: over', cancelling, failure(487), 'failed', []],
      [
        'Cancelling, 200 crossing the CANCEL: ACK, then BYE',
        cancelling,
        success,
        hangingUp,
        ['acknowledge 200', 'hangUp'],
      ],
      ['Cancelling, transport error: over', cancelling, unsent, 'failed', []],
      ['Cancelling, BYE of the device: 200', cancelling, bye, cancelling, ['acceptBye BYE']],
      ['Cancelling, no final response within 64*T1: counts as cancelled', cancelling, 32_000, 'failed', []],
      ['Hanging up, repeated 200 of the INVITE: ACK again', hangingUp, success, hangingUp, ['acknowledge 200']],
      ['Hanging up, 200 of another branch: ACK and BYE to it', hangingUp, forked, hangingUp, ['refuseFork 200']],
      ['Hanging up, BYE crossing ours: 200', hangingUp, bye, hangingUp, ['acceptBye BYE']],
      ['Hanging up, 200, 481 or 408 to BYE: ended', hangingUp, byeAnswered, 'ended', []],
      ['Hanging up, no answer to BYE: ended all the same', hangingUp, byeFailed, 'ended', []],
      ['Hanging up after a failure, BYE answered: failed', `${hangingUp}, failed`, byeAnswered, 'failed', []],
      ['Hanging up after a failure, BYE unanswered: failed', `${hangingUp}, failed`, byeFailed, 'failed', []],
      ['Ended: nothing is heard any more', 'ended', bye, 'ended', []],
      ['Failed: nothing is heard any more', 'failed', success, 'failed', []],
    ],
  })

  it('the basic call: INVITE 100 101 200 ACK, media, BYE 200', () => {
    const session = play(
      inviting,
      input,
      20,
      trying,
      30,
      early101,
      900,
      success,
      400,
      arrived,
      60_000,
      stop,
      30,
      byeAnswered,
    )
    expect(session.actions.map(([at, name]) => [at, name])).toEqual([
      [0, 'invite'],
      [950, 'acknowledge'],
      [1350, 'announcePlaying'],
      [61_350, 'hangUp'],
      [61_350, 'releaseMedia'],
    ])
    expect([stateOf(session), session.output(), session.clock.pending]).toEqual(['ended', { failure: null }, 0])
  })

  it('each provisional response gives the device the answer limit anew', () => {
    const session = play(inviting, input, 9000, trying, 9000, trying, 9000, early101, 9000, early101, 60_000)
    expect([timesOf(session, 'cancel'), session.actionsNamed('fail')]).toEqual([
      [46_000],
      [[46_000, 'fail', 'no-final']],
    ])
  })

  it('no answer at all: given up at the answer limit, over with Timer B', () => {
    const session = play(inviting, input, 32_000, timedOut)
    expect([timesOf(session, 'fail'), session.output(), session.clock.pending]).toEqual([
      [10_000],
      { failure: 'no-provisional' },
      0,
    ])
  })

  it('a device that answers the CANCEL but never the INVITE: over 64*T1 after the CANCEL', () => {
    const session = play(inviting, input, trying, 10_000)
    expect([session.clock.runUntilIdle(60_000), session.output()]).toEqual([32_000, { failure: 'no-final' }])
  })

  it('media of another SSRC does not lengthen the wait for the right one', () => {
    const session = play(inviting, input, success, 7000, foreign, 1000)
    expect(session.actionsNamed('fail')).toEqual([[8000, 'fail', 'ssrc-mismatch']])
  })

  // Whatever arrives, whenever: once it was stopped, and its transactions were answered or timed out, it is over, ended
  // exactly once with no timer left. It failed at most once and says so in its output; the media port went back exactly
  // once; there was no BYE without an ACK before it, no CANCEL without a provisional response before it, and one of each
  // at most; each 200 was acknowledged.
  it('ends once stopped, releases its media once, fails at most once, whatever arrives', () => {
    const events: Step<typeof inviting>[] = [
      ...[trying, early101, success, unusable, forked, failure(486), timedOut, unsent, arrived, foreign, undecodable],
      ...[stopped, ackFailed, bye, byeAnswered, byeFailed, offline, stop],
    ]
    const step = fc.oneof(
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 12_000 }) },
      { weight: 3, arbitrary: fc.constantFrom(...events) },
    )
    const steps = fc.array(step, { maxLength: 15 })
    fc.assert(
      fc.property(steps, steps, (before, later) => {
        const session = play(inviting, input, ...before, stop, ...later)
        if (stateOf(session) === abandoned) take(session, timedOut)
        if (stateOf(session) === hangingUp) take(session, byeFailed)
        take(session, input.limits.cancel)
        expect([session.status(), session.endings(), session.clock.pending]).toEqual(['done', 1, 0])

        const names = done(session)
        const count = (name: string) => session.actionsNamed(name).length
        const failures = session.actionsNamed('fail').map(([, , reason]) => reason)
        expect(failures).toEqual(session.output()?.failure === null ? [] : [session.output()?.failure])
        expect([count('invite'), count('releaseMedia')]).toEqual([1, 1])
        expect([count('hangUp') <= 1, count('cancel') <= 1]).toEqual([true, true])
        if (count('hangUp') > 0) expect(names.indexOf('acknowledge 200')).toBeLessThan(names.indexOf('hangUp'))
        expect(names.includes('acknowledge 200') && count('hangUp') + count('acceptBye') === 0).toBe(false)
        const heardProvisional = [...before, ...later].some((step) => step === trying || step === early101)
        expect(count('cancel') > 0 && !heardProvisional).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})
