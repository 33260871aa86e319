import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exchange } from '../../machines/index.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const input = { idle: 10_000, attempts: 2 }
const accepted = { type: 'request.accepted' } as const
const refused = { type: 'request.refused', status: 488 } as const
const unanswered = { type: 'request.failed', reason: 'timeout' } as const
const part = (received: number, sumNum: number) => ({ type: 'part', received, sumNum }) as const
const offline = { type: 'device.offline' } as const
const abandon = { type: 'abandon' } as const

describe('a MANSCDP query, GB/T 28181 Annex A and M', () => {
  it('asks at once', () => {
    const query = play(exchange, input)
    expect([stateOf(query), done(query)]).toEqual(['asking', ['ask']])
  })

  testTable(exchange, {
    input,
    reach: {
      asking: [],
      'asking, again with parts': [accepted, part(1, 3), 10_000],
      collecting: [accepted],
      'collecting, with parts': [accepted, part(1, 3)],
      'collecting, last attempt': [accepted, 10_000, accepted],
      'collecting, last attempt, with parts': [accepted, 10_000, accepted, part(2, 3)],
      complete: [part(1, 1)],
      partial: [accepted, part(1, 3), 10_000, refused],
      failed: [abandon],
    },
    rows: [
      ['Asking, 200 to the MESSAGE: the answers are awaited', 'asking', accepted, 'collecting', []],
      ['Asking, 300-699: the device refuses', 'asking', refused, 'failed', ['fail rejected']],
      ['Asking, Timer F: no answer', 'asking', unanswered, 'failed', ['fail no-final']],
      ['Asking, the whole answer overtakes its 200: complete', 'asking', part(1, 1), 'complete', ['commit']],
      ['Asking, a first part overtakes the 200: collecting', 'asking', part(1, 3), 'collecting', []],
      ['Asking, device offline: failed', 'asking', offline, 'failed', ['fail device-offline']],
      ['Asking, abandoned: failed', 'asking', abandon, 'failed', ['fail cancelled']],
      [
        'Asking again, refused: what came before is shown as partial',
        'asking, again with parts',
        refused,
        'partial',
        ['keepPartial'],
      ],
      ['Asking again, no answer: partial as well', 'asking, again with parts', unanswered, 'partial', ['keepPartial']],
      ['Collecting, SumNum reached: complete', 'collecting', part(3, 3), 'complete', ['commit']],
      ['Collecting, an empty catalog, SumNum 0: complete', 'collecting', part(0, 0), 'complete', ['commit']],
      ['Collecting, fewer than SumNum: collecting on', 'collecting', part(2, 3), 'collecting', []],
      ['Collecting, more than SumNum: complete', 'collecting', part(4, 3), 'complete', ['commit']],
      ['Collecting, a gap: asked again', 'collecting, with parts', 10_000, 'asking', ['ask']],
      ['Collecting, nothing came: asked again', 'collecting', 10_000, 'asking', ['ask']],
      [
        'Collecting, a gap after the last attempt: partial',
        'collecting, last attempt, with parts',
        10_000,
        'partial',
        ['keepPartial'],
      ],
      [
        'Collecting, nothing after the last attempt: failed',
        'collecting, last attempt',
        10_000,
        'failed',
        ['fail no-response'],
      ],
      ['Collecting, device offline: failed', 'collecting, with parts', offline, 'failed', ['fail device-offline']],
      ['Collecting, abandoned: failed', 'collecting, with parts', abandon, 'failed', ['fail cancelled']],
      ['Collecting, the 200 after the first part: nothing', 'collecting, with parts', accepted, 'collecting', []],
      ['Complete: nothing is heard any more', 'complete', part(1, 1), 'complete', []],
      ['Partial: nothing is heard any more', 'partial', part(3, 3), 'partial', []],
      ['Failed: nothing is heard any more', 'failed', part(1, 1), 'failed', []],
    ],
  })

  it('each part renews the idle limit; a gap is asked for again, `attempts` times in all', () => {
    const query = play(exchange, input, 50, accepted, 8000, part(1, 9), 8000, part(2, 9), 10_000)
    expect(timesOf(query, 'ask')).toEqual([0, 26_050])
    take(query, accepted, 9000, part(8, 9), 60_000)
    expect([timesOf(query, 'ask'), timesOf(query, 'keepPartial'), query.clock.pending]).toEqual([
      [0, 26_050],
      [45_050],
      0,
    ])
    expect(query.output()).toEqual({ failure: null, received: 8, sumNum: 9 })
  })

  it('is not kept waiting by a device that repeats the same part', () => {
    const query = play(exchange, { ...input, attempts: 1 }, accepted, 1000, part(2, 3), 6000, part(2, 3), 4000)
    expect([stateOf(query), timesOf(query, 'keepPartial')]).toEqual(['partial', [11_000]])
  })

  it('without an answer of any kind it waits for Timer F of its MESSAGE, with no limit of its own', () => {
    expect(play(exchange, input).clock.pending).toBe(0)
  })

  it('counts a part that overtakes the 200 as well', () => {
    const query = play(exchange, { ...input, attempts: 1 }, part(1, 3), accepted, 10_000)
    expect([stateOf(query), query.output()]).toEqual(['partial', { failure: null, received: 1, sumNum: 3 }])
  })

  it('tells why it failed', () => {
    expect(play(exchange, input, accepted, 60_000, accepted, 60_000).output()).toEqual({
      failure: 'no-response',
      received: 0,
      sumNum: null,
    })
  })

  // Whatever arrives, whenever: it is over once the device stays silent for as many idle limits as attempts are left and
  // its MESSAGEs have ended. It asked `attempts` times at most, and came to exactly one of three ends: whole only when a
  // part reached SumNum, partial only when a part came, failed with its reason in the output.
  it('comes to exactly one end, asking no oftener than it may, whatever arrives', () => {
    const event = fc.oneof(
      fc.constantFrom<Step<typeof exchange>>(accepted, refused, unanswered, offline, abandon),
      fc.tuple(fc.nat(4), fc.nat(4)).map(([received, sumNum]) => part(received, sumNum)),
      fc.integer({ min: 0, max: 12_000 }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (steps, attempts) => {
        const query = play(exchange, { ...input, attempts }, ...steps)
        for (let left = attempts; left >= 0; left--) take(query, accepted, input.idle)
        expect([query.status(), query.endings(), query.clock.pending]).toEqual(['done', 1, 0])

        const count = (name: string) => query.actionsNamed(name).length
        expect(count('ask')).toBeLessThanOrEqual(attempts)
        expect([count('commit'), count('keepPartial'), count('fail')].sort()).toEqual([0, 0, 1])
        const output = query.output()
        expect(query.actionsNamed('fail').map(([, , reason]) => reason)).toEqual(
          output?.failure ? [output.failure] : [],
        )
        if (count('commit') > 0)
          expect(output?.received).toBeGreaterThanOrEqual(output?.sumNum ?? Number.POSITIVE_INFINITY)
        if (count('keepPartial') > 0) expect(output?.received).toBeLessThan(output?.sumNum ?? 0)
      }),
    )
  })
})
