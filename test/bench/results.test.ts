import { describe, expect, it } from 'vitest'
import { registrationBytes } from './actor-bytes.ts'
import { fullSizes, smallSizes } from './benchmark.ts'
import { chart } from './chart.ts'
import { parseOptions } from './options.ts'
import { jsonLine, table } from './output.ts'
import { registerCpu } from './register-cpu.ts'
import { isMet, resultsOf } from './results.ts'

const measured = [
  { name: 'kamailio', rounds: [51, 50, 60] },
  { name: 'raw-dgram', rounds: [30, 30, 30] },
  { name: 'compiled', rounds: [70, 400, 72] },
  { name: 'xstate', rounds: [330, 320, 340] },
]
const results = resultsOf(registerCpu, measured, ['compiled', 'xstate'])

describe('the results of a bench', () => {
  it('compare the judged executor with everybody else by medians', () => {
    expect(results.map(({ peer, ratio }) => [peer, ratio])).toEqual([
      ['kamailio', 1.41],
      ['raw-dgram', 2.4],
      ['xstate', 0.218],
    ])
  })

  it('are JSON lines with the fields of the contract', () => {
    expect(JSON.parse(jsonLine(results[0]!))).toEqual({
      ...{ name: 'register-cpu', value: 72, unit: 'us', peer: 'kamailio', peerValue: 51, ratio: 1.41, rounds: 3 },
    })
  })

  it('hold a promise against the ratio, where there is one', () => {
    expect(results.map(isMet)).toEqual([true, undefined, undefined])
    expect(resultsOf(registerCpu, measured, ['xstate']).map(isMet)).toEqual([false, undefined, undefined])
  })

  it('hold a promise against the figure itself where it stands alone', () => {
    const [alone, besides] = resultsOf(
      registrationBytes,
      [
        { name: 'compiled', rounds: [1510] },
        { name: 'xstate', rounds: [5000] },
      ],
      ['compiled', 'xstate'],
    )
    expect(alone).toMatchObject({ value: 1510, peer: null, ratio: null })
    expect(isMet(alone!)).toBe(false)
    expect(besides).toMatchObject({ peer: 'xstate', target: undefined })
  })

  it('are nothing where the judged executor was not measured', () => {
    expect(resultsOf(registerCpu, measured.slice(0, 2), ['compiled'])).toEqual([])
  })

  it('are a table that says what is promised and whether it holds', () => {
    const lines = table(results).split('\n')
    expect(lines[2]).toMatch(
      /^\| register-cpu \| 72 us +\| kamailio +\| 51 us +\| 1\.41 +\| <= 2 +\| 1\.2 +\| must \|$/,
    )
    expect(lines).toHaveLength(5)
  })

  it('are a drawing with a bar for each who was measured', () => {
    const svg = chart(results)
    expect(svg.match(/<rect x=/g)).toHaveLength(4)
    expect(svg).toContain('REGISTER, 401, REGISTER with digest, 200')
  })
})

describe('the arguments of the bench', () => {
  it('are the full size and both executors unless said', () => {
    expect(parseOptions([])).toMatchObject({ json: false, sizes: fullSizes, executors: ['compiled', 'xstate'] })
  })

  it('can be less', () => {
    const options = parseOptions(['--small', '--rounds', '2', '--only', 'call-cpu', '--executor', 'xstate'])
    expect(options).toMatchObject({ sizes: { ...smallSizes, rounds: 2 }, only: 'call-cpu', executors: ['xstate'] })
  })

  it.each([[['--only', 'toString']], [['--rounds', '0']], [['--executor', 'fast']], [['--fast']]])(
    'are refused: %j',
    (args) => {
      expect(() => parseOptions(args)).toThrow(TypeError)
    },
  )
})
