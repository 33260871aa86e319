import { describe, expect, it } from 'vitest'
import { parseStatistics } from './sipp.ts'

describe("SIPp's books", () => {
  it('are read from the last line, cumulated and not of the last second', () => {
    const names =
      'CurrentTime;SuccessfulCall(P);SuccessfulCall(C);FailedCall(P);FailedCall(C);Retransmissions(C);OutOfCallMsgs(C)'
    const text = `${names}\n10:00:01;4000;4000;0;1;0;0\n10:00:05;10;20000;0;2;3;4\n`
    expect(parseStatistics(text)).toEqual({ successful: 20_000, failed: 2, retransmissions: 3, strays: 4 })
  })

  it('are not taken for good where there are none', () => {
    const { successful, failed } = parseStatistics('')
    expect([successful, failed]).toEqual([Number.NaN, Number.NaN])
  })
})
