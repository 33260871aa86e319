import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDateHeader, formatDateTime, parseDateTime } from '../../src/manscdp/index.ts'
import { dateHeaders } from '../../src/manscdp/time.ts'

const at = Date.UTC(2024, 4, 1, 0, 0, 0, 7)

describe('date and time (9.10): Beijing time without a zone', () => {
  it('has milliseconds in the Date header and none in bodies', () => {
    expect(formatDateHeader(at)).toBe('2024-05-01T08:00:00.007')
    const next = dateHeaders()
    for (const ms of [at, at + 0.7, at + 992, at + 993, at + 59_999, at - 1])
      expect(next(ms)).toBe(formatDateHeader(ms))
    expect(formatDateTime(at)).toBe('2024-05-01T08:00:00')
  })

  it.each([
    ['2024-05-01T08:00:00.007', at],
    ['2024-05-01T08:00:00', at - 7],
    ['2024-5-1T8:0:0', at - 7],
    [' 2024-05-01 08:00:00 ', at - 7],
    ['2024-05-01T08:00:00+08:00', at - 7],
    ['2024-05-01T00:00:00Z', at - 7],
    ['2024-04-30T20:30:00-0330', at - 7],
    ['2024-05-01T08:00:00.0079', at],
    ['Wed, 01 May 2024 00:00:00 GMT', at - 7],
  ])('reads %j', (text, ms) => expect(parseDateTime(text)).toBe(ms))

  it.each([
    '',
    'now',
    '2024-13-01T00:00:00',
    '2024-02-30T00:00:00',
    '2024-05-01T24:00:00',
    '2024-05-01',
    'Wed, 01 Foo 2024 00:00:00 GMT',
  ])('does not read %j', (text) => expect(parseDateTime(text)).toBeUndefined())

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 253_370_000_000_000 }), (ms) => {
        expect(parseDateTime(formatDateHeader(ms))).toBe(ms)
      }),
    )
  })
})
