/** Recorded incidents run again: they come to the same, and whatever does not is found out. */
import { describe, expect, it } from 'vitest'
import type { FlightRecord, Recording } from '../../src/inspect/recorder/record.ts'
import { assertReplay, createTestPair, parseBundle, replay } from '../../src/testing/index.ts'
import { bundleOf, bytesOf } from '../inspect/recorder/bundles.ts'

type Executor = 'compiled' | 'xstate'

/** A device registers, plays for a while, hangs up, and loses some of it on the way. */
async function recorded(executor: Executor = 'compiled'): Promise<Recording> {
  await using pair = createTestPair({ loss: 0.3, duplicate: 0.1, latency: 20, seed: 3, platform: { executor } })
  await pair.ready()
  const session = await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId }))
  await pair.pass(70_000)
  await pair.settle(session.close())
  return JSON.parse(JSON.stringify(pair.platform.recorder.recording({ deviceId: pair.device.id })))
}

const incident = await recorded()

describe.each<[Executor, Executor]>([
  ['compiled', 'compiled'],
  ['compiled', 'xstate'],
  ['xstate', 'compiled'],
  ['xstate', 'xstate'],
])('recorded by %s and run again by %s', (recorder, executor) => {
  it('every actor comes to the same states, timers and end', async () => {
    const { replayed, skipped } = assertReplay(await recorded(recorder), { executor })
    expect(skipped).toEqual([])
    const machines = new Set(replayed.map(({ machine }) => machine))
    expect([...machines].sort()).toEqual([
      'exchange',
      'inviteClient',
      'inviting',
      'nonInviteClient',
      'nonInviteServer',
      'registration',
    ])
    expect(replayed.find(({ machine }) => machine === 'inviting')?.state).toBe('ended')
    expect(replayed.reduce((sum, { steps }) => sum + steps, 0)).toBeGreaterThan(30)
  })
})

describe('a recording that is not what the machines do', () => {
  type Change = (record: FlightRecord) => FlightRecord | undefined
  const changed = (change: Change): Pick<Recording, 'records'> => ({
    records: incident.records.map(change).filter((record) => record !== undefined),
  })
  const firstDifference = (change: Change, executor: Executor = 'compiled') =>
    replay(changed(change), { executor }).replayed.find(({ difference }) => difference !== null)

  const ofSession = (record: FlightRecord) => 'actor' in record && record.actor.startsWith('inviting:')
  const only =
    (which: (record: FlightRecord) => boolean, change: Change): Change =>
    (record) =>
      which(record) ? change(record) : record
  const step = (type: string) => (record: FlightRecord) =>
    ofSession(record) && record.kind === 'actor.stepped' && record.event.type === type
  const timer = (kind: FlightRecord['kind'], name: string) => (record: FlightRecord) =>
    ofSession(record) && record.kind === kind && 'timer' in record && record.timer === name

  it.each<[string, Change, RegExp, RegExp]>([
    [
      'another state',
      only(step('media.arrived'), (record) => ({ ...record, state: 'early' }) as FlightRecord),
      /media.arrived -> early/,
      /media.arrived -> confirmed.playing/,
    ],
    [
      'an event that is missing',
      only(step('media.arrived'), () => undefined),
      /bye.answered -> ended/,
      /bye.answered -> failed/,
    ],
    [
      'a timer that was longer',
      only(timer('timer.set', 'mediaLimit'), (record) => ({ ...record, due: record.at + 30_000 }) as FlightRecord),
      /mediaLimit in 30000 ms/,
      /mediaLimit in 10000 ms/,
    ],
    [
      'a timer that was shorter',
      only(timer('timer.set', 'mediaLimit'), (record) => ({ ...record, due: record.at + 9000 }) as FlightRecord),
      /mediaLimit in 9000 ms/,
      /mediaLimit in 10000 ms/,
    ],
    [
      'a timer that was never set',
      only(timer('timer.set', 'mediaLimit'), () => undefined),
      /timer.cancelled mediaLimit/,
      /timer.set mediaLimit in 10000 ms/,
    ],
    [
      'a timer that fired and was not set',
      (record) =>
        timer('timer.cancelled', 'mediaLimit')(record)
          ? ({ ...record, kind: 'timer.fired', timer: 'cancelLimit' } as unknown as FlightRecord)
          : record,
      /timer.fired cancelLimit/,
      /cancelLimit is not set/,
    ],
    [
      'another end',
      (record) =>
        ofSession(record) && record.kind === 'actor.ended' ? { ...record, output: { failure: 'no-media' } } : record,
      /ended done \{"failure":"no-media"\}/,
      /ended done \{"failure":null\}/,
    ],
    [
      'no end',
      (record) => (ofSession(record) && record.kind === 'actor.ended' ? undefined : record),
      /nothing/,
      /ended done/,
    ],
    [
      'another limit at the start',
      (record) =>
        ofSession(record) && record.kind === 'actor.started'
          ? { ...record, input: { limits: { answer: 500, media: 10_000, cancel: 32_000 } } }
          : record,
      /answerLimit in 10000 ms/,
      /answerLimit in 500 ms/,
    ],
  ])('%s', (_, change, then, now) => {
    for (const executor of ['compiled', 'xstate'] as const) {
      const found = firstDifference(change, executor)
      expect(found?.machine).toBe('inviting')
      expect(found?.difference?.recorded).toMatch(then)
      expect(found?.difference?.replayed).toMatch(now)
    }
  })

  it('a timer that fired before it was due', () => {
    const early = (record: FlightRecord) =>
      record.kind === 'timer.fired' && record.timer === 'timerJ' ? { ...record, at: record.at - 20_000 } : record
    const { actor, difference } = firstDifference(early) ?? {}
    expect(actor).toMatch(/^nonInviteServer:/)
    expect(difference).toMatchObject({ recorded: 'timer.fired timerJ', replayed: 'timerJ is due 20000 ms later' })
  })

  it('is named by assertReplay, actor by actor', () => {
    const wrong = changed(only(step('media.arrived'), (record) => ({ ...record, state: 'early' }) as FlightRecord))
    expect(() => assertReplay(wrong)).toThrow(
      /^the replay differs[\s\S]*inviting:.* at 2024-05-01T[\s\S]*replayed stepped/,
    )
  })
})

describe('what cannot be run again', () => {
  it('an actor whose beginning is not kept any more is skipped by name', () => {
    const { records } = incident
    const start = records.findIndex(({ kind }) => kind === 'actor.started')
    const { skipped, replayed } = replay({ records: records.slice(start + 1) })
    const first = records[start]
    expect(skipped).toEqual([{ actor: first !== undefined && 'actor' in first && first.actor, why: 'start-not-kept' }])
    expect(replayed.every(({ difference }) => difference === null)).toBe(true)
  })

  it('a machine of another version is skipped by name', () => {
    const records = incident.records.map((record) =>
      record.kind === 'actor.started' && record.machine === 'inviting' ? { ...record, machine: 'subscribing' } : record,
    )
    expect(replay({ records }).skipped).toMatchObject([{ why: 'machine-unknown' }])
  })

  it('a recording of messages alone is no test', () => {
    const records = incident.records.filter(({ kind }) => kind === 'message')
    expect(() => assertReplay({ records })).toThrow('no actor of the recording has its beginning in it')
  })

  it('a crash is not of the machine: what was before it is compared', () => {
    const crashAt = incident.records.findLastIndex(
      (record) => record.kind === 'actor.stepped' && record.actor.startsWith('inviting:'),
    )
    const crashed = incident.records[crashAt]
    if (crashed?.kind !== 'actor.stepped') throw new Error('the session took no event')
    const { actor, seq, at } = crashed
    const end: FlightRecord = { kind: 'actor.ended', seq: seq + 0.5, at, actor, status: 'error', error: 'a fault' }
    const records = [
      ...incident.records.slice(0, crashAt + 1),
      end,
      ...incident.records.slice(crashAt + 1).filter((record) => !('actor' in record && record.actor === actor)),
    ]
    expect(replay({ records }).replayed.filter(({ difference }) => difference !== null)).toEqual([])
  })
})

describe('a bundle in a file', () => {
  const bundle = { ...bundleOf([]), records: incident.records }

  it('is what is run again', () => {
    expect(assertReplay(parseBundle(bytesOf(bundle))).replayed.length).toBeGreaterThan(5)
  })

  it('that is none, or damaged, is refused by name', () => {
    expect(() => parseBundle('{}')).toThrow(/no bundle/)
    expect(() => parseBundle(bytesOf({ ...bundle, version: 7 }))).toThrow(/version 7/)
    expect(() => parseBundle(bytesOf({ ...bundle, records: [{ kind: 'message', seq: 1, at: 2 }] }))).toThrow(
      /direction/,
    )
  })
})
