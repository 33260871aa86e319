/** What the page keeps of a device: in order, once, bounded. */
import { describe, expect, it } from 'vitest'
import { Flight } from '../../src/console/flight/flight.ts'
import { nextTimer, stepOf, takenAt, timersAt } from '../../src/console/flight/history.ts'
import { actorsOf } from '../../src/console/flight/related.ts'
import type { FlightRecord } from '../../src/inspect/recorder/record.ts'

const deviceId = '34020000001320000001'
const ends = { transport: 'UDP' as const, local: '192.168.1.10:5060', remote: '192.168.1.64:5060' }

const text = (start: string, number: number) =>
  `${start}\r\nVia: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bK${number}\r\nCall-ID: c${number}\r\nCSeq: ${number} MESSAGE\r\n\r\n`
const message = (seq: number, direction: 'in' | 'out', content: string, at = seq): FlightRecord => ({
  kind: 'message',
  seq,
  at,
  direction,
  ...ends,
  text: content,
})
const query = (seq: number, number: number, at?: number) =>
  message(seq, 'out', text(`MESSAGE sip:${deviceId}@x SIP/2.0`, number), at)
const answer = (seq: number, number: number) => message(seq, 'in', text('SIP/2.0 200 OK', number))

function flightOf(...records: readonly FlightRecord[]): Flight {
  const flight = new Flight()
  flight.take({ subject: { deviceId }, records, dropped: 0 })
  return flight
}

describe('messages', () => {
  it('know the request that they answer, and the one that they repeat', () => {
    const { messages } = flightOf(query(1, 7), query(2, 7), answer(3, 7), query(4, 8))
    expect(messages.map(({ repeats }) => repeats)).toEqual([undefined, 1, undefined, undefined])
    expect(messages.map(({ exchange }) => exchange.answered)).toEqual([true, true, true, false])
    expect(messages.map(({ exchange }) => exchange.took)).toEqual([2, 2, 2, undefined])
    expect(messages.map(({ from }) => from)).toEqual([ends.local, ends.local, ends.remote, ends.local])
  })

  it('are taken once when a connection is made anew', () => {
    const flight = flightOf(query(1, 7), answer(2, 7))
    flight.take({ subject: { deviceId }, records: [query(1, 7), answer(2, 7), query(3, 8)], dropped: 0 })
    expect(flight.messages.map(({ id }) => id)).toEqual([1, 2, 3])
  })

  it('of a server that was started again take the place of the others', () => {
    const flight = flightOf(query(1, 7), answer(2, 7), query(3, 8))
    flight.take({ subject: { deviceId }, records: [query(1, 20, 90_000)], dropped: 0 })
    expect(flight.messages.map(({ at }) => at)).toEqual([90_000])
  })

  it('are read as GB 18030 where they are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(text('MESSAGE x SIP/2.0', 1)), Buffer.from([0xcd, 0xa8, 0xb5, 0xc0])])
    const { messages } = flightOf({
      ...{ kind: 'message', seq: 1, at: 1, direction: 'in', ...ends },
      base64: bytes.toString('base64'),
    })
    expect(messages[0]?.text).toContain('通道')
  })

  it('are no more than the page may keep, and what is dropped is counted', () => {
    const flight = new Flight()
    for (let batch = 0; batch < 30; batch++) {
      const records = Array.from({ length: 1000 }, (_, index) => query(batch * 1000 + index + 1, batch * 1000 + index))
      flight.take({ subject: { deviceId }, records, dropped: 0 })
    }
    expect(flight.messages.length).toBeLessThanOrEqual(10_000)
    expect(flight.messages.length + flight.dropped).toBe(30_000)
    expect(flight.messages.at(-1)?.id).toBe(30_000)
  })
})

describe('actors', () => {
  const actor = 'nonInviteClient:z9hG4bK7~1'
  const key = { branch: 'z9hG4bK7', callId: 'c7' }
  const life: readonly FlightRecord[] = [
    {
      kind: 'actor.started',
      seq: 1,
      at: 100,
      actor,
      machine: 'nonInviteClient',
      parent: null,
      key,
      input: {},
      state: 'active.trying',
    },
    query(2, 7, 100),
    { kind: 'timer.set', seq: 3, at: 100, actor, timer: 'timerE', due: 600 },
    { kind: 'timer.set', seq: 4, at: 100, actor, timer: 'timerF', due: 32_100 },
    message(5, 'in', text('SIP/2.0 200 OK', 7), 140),
    {
      kind: 'actor.stepped',
      seq: 6,
      at: 141,
      actor,
      event: { type: 'response.final', message: { $message: 5 } },
      state: 'completed',
    },
    { kind: 'timer.cancelled', seq: 7, at: 141, actor, timer: 'timerE' },
    { kind: 'timer.cancelled', seq: 8, at: 141, actor, timer: 'timerF' },
    { kind: 'actor.ended', seq: 9, at: 5141, actor, status: 'done' },
  ]

  it('stand at each instant as they stood, with the timers that ran', () => {
    const flight = flightOf(...life)
    const history = flight.actors.get(actor)
    const [asked, answered] = flight.messages
    if (history === undefined || asked === undefined || answered === undefined) throw new Error('not kept')
    expect(actorsOf(flight, answered)).toEqual([history])
    const sent = stepOf(history, asked)
    expect(history.steps[sent]?.state).toBe('active.trying')
    expect(nextTimer(timersAt(history, sent))).toEqual({ name: 'timerE', at: 600 })
    const taken = stepOf(history, answered)
    expect(history.steps[taken]).toMatchObject({ what: 'response.final', state: 'completed' })
    expect(takenAt(history, taken)).toEqual({ event: 'response.final', from: 'active.trying' })
    expect(timersAt(history, history.steps.length - 1).size).toBe(0)
  })

  it('tell what an unanswered request waits for', () => {
    const flight = flightOf(...life.slice(0, 4))
    expect(flight.messages[0]?.exchange).toEqual({
      answered: false,
      began: 100,
      timer: { name: 'Timer F', due: 32_100, fired: false },
    })
  })

  it('are known by their id where their birth is not kept any more', () => {
    const flight = flightOf(...life.slice(5))
    expect(flight.actors.get(actor)).toMatchObject({ machine: 'nonInviteClient', key: { branch: 'z9hG4bK7' } })
  })
})
