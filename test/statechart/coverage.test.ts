import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assign, raise, setup } from 'xstate'
import { begin, coverageFolder, statesAndTransitions } from '../support/coverage.ts'
import { machinesAmong, reportOf, takenKeys } from '../support/coverage-report.ts'
import { breaker, sender } from './machines.ts'

const unreliable = { request: 'MESSAGE', reliable: false }

describe('the driver of the machine tests', () => {
  it('records provided actions with time and params, and lets assignments be', () => {
    const tx = begin(sender, { input: unreliable })
    tx.clock.advance(1_500)
    expect(tx.actions).toEqual([
      [0, 'transmit', 'MESSAGE'],
      [500, 'transmit', 'MESSAGE'],
      [1500, 'transmit', 'MESSAGE'],
    ])
    expect(tx.context().interval).toBe(2_000)
    tx.clock.advance(30_500)
    expect(tx.actionsNamed('fail')).toEqual([[32_000, 'fail', 'timeout']])
    expect([tx.status(), tx.output(), tx.endings(), tx.clock.pending]).toEqual(['done', { status: 0 }, 1, 0])
  })

  it('gives an event the time of the clock unless it has one', () => {
    const machine = setup({
      types: { context: {} as { at: number }, events: {} as { type: 'x'; at: number } },
      actions: { remember: assign(({ event }) => ({ at: event.at })) },
    }).createMachine({ id: 'timed', context: { at: -1 }, on: { x: { actions: 'remember' } } })
    const driver = begin(machine, { input: undefined })
    driver.clock.advance(70)
    driver.send({ type: 'x' })
    expect(driver.context().at).toBe(70)
    driver.send({ type: 'x', at: 3 })
    expect(driver.context().at).toBe(3)
  })

  it('says where the machine is and what it can take', () => {
    const tx = begin(sender, { input: unreliable })
    expect([tx.value(), tx.matches('active'), tx.can({ type: 'response', status: 100 })]).toEqual([
      { active: 'trying' },
      true,
      true,
    ])
    tx.send({ type: 'response', status: 200 })
    expect([tx.value(), tx.can({ type: 'response', status: 200 })]).toEqual(['completed', false])
  })

  it('does not let a crash pass for a quiet machine', () => {
    const broken = begin(breaker, { input: {} })
    expect(() => broken.send({ type: 'remember' })).toThrow('broken assign')
    expect([broken.status(), broken.error()]).toEqual(['error', new Error('broken assign')])
  })
})

describe('the coverage count', () => {
  const passing = setup({ actions: { go: raise({ type: 'on' }) }, delays: { soon: 5 } }).createMachine({
    id: 'passing',
    initial: 'a',
    states: {
      a: { always: 'b' },
      b: { entry: 'go', initial: 'x', states: { x: { on: { on: 'y' } }, y: { after: { soon: '#passing.c' } } } },
      c: { type: 'final' },
    },
  })
  const taken = (id: string) => takenKeys(coverageFolder).get(id) ?? new Set<string>()

  it('sees states that are passed in one step, raised events, timers and the way in', () => {
    begin(passing, { input: undefined }).clock.advance(5)
    const all = statesAndTransitions(passing)
    expect(all.states).toEqual(['passing.a', 'passing.b', 'passing.b.x', 'passing.b.y', 'passing.c'])
    expect(all.transitions).toHaveLength(4)
    expect(new Set([...all.states, ...all.transitions])).toEqual(taken('passing'))
    expect(reportOf([passing], takenKeys(coverageFolder)).complete).toBe(true)
  })

  it('counts an alternative only when its own guard let it through, and one without a target too', () => {
    const choosing = setup({
      types: { events: {} as { type: 'x'; n: number } },
      guards: { above: ({ event }, limit: number) => event.n > limit },
    }).createMachine({
      id: 'choosing',
      on: { x: [{ guard: { type: 'above', params: 10 } }, { guard: { type: 'above', params: 5 } }, {}] },
    })
    const driver = begin(choosing, { input: undefined })
    driver.send({ type: 'x', n: 11 })
    expect([...taken('choosing')]).toEqual(['choosing xstate.init 0', 'choosing x 0'])
    driver.send({ type: 'x', n: 1 })
    const report = reportOf([choosing], takenKeys(coverageFolder))
    expect(report.complete).toBe(false)
    expect(report.text.split('\n')).toEqual([
      'machine       states  transitions   taken',
      'choosing         0/0          3/4  75.0 %',
      'all machines     0/0          3/4  75.0 %',
      '',
      'No test takes:',
      '  transition  choosing  x [above] -> (stays)',
    ])
  })

  it('adds up what all test processes took, and ignores what is no machine of ours', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coverage-'))
    writeFileSync(join(folder, '1.jsonl'), '["m","m.a"]\n["m","m.b"]\n')
    writeFileSync(join(folder, '2.jsonl'), '["m","m.a"]\n["other","other.a"]\n')
    expect(takenKeys(folder).get('m')).toEqual(new Set(['m.a', 'm.b']))
    expect(machinesAmong({ sender, timers: { t1: 500 }, again: sender, type: undefined })).toEqual([sender])
  })

  it('is not complete when there is no machine', () => {
    expect(reportOf([], new Map()).complete).toBe(false)
  })
})
