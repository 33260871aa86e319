import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { describeMachine, toMermaid } from '../../src/statechart/index.ts'
import { sender } from './machines.ts'

describe('a machine as a diagram', () => {
  it('shows states, timers by name, guards, actions and what is always done', () => {
    expect(toMermaid(sender)).toBe(`stateDiagram-v2
  [*] --> active
  state active {
    [*] --> trying
    trying
    proceeding
    proceeding : response [provisional]
    trying --> proceeding : response [provisional] / remember
    trying --> trying : after timerE [unreliable] / transmit, backOff
  }
  note right of active
    entry / transmit
  end note
  completed
  terminated
  active --> completed : response / remember
  active --> terminated : transport.failed / fail
  active --> terminated : after timerF / fail
  completed --> terminated : after timerK
  completed --> terminated : always [reliable]
  terminated --> [*]
`)
  })

  it('keeps apart states that share a key, and gives a word to a key that is none', () => {
    const machine = setup({}).createMachine({
      id: 'm',
      initial: 'in-use',
      states: {
        'in-use': { initial: 'idle', states: { idle: {} }, on: { X: 'idle' } },
        idle: { on: { X: 'end' } },
        end: { type: 'final' },
      },
    })
    const diagram = toMermaid(machine)
    expect(diagram).toContain('  state "in-use" as s_in_use\n  state s_in_use {\n    [*] --> s_in_use_idle\n')
    expect(diagram).toContain('  s_in_use --> s_idle : X\n')
    expect(diagram).toContain('  s_idle --> s_end : X\n')
  })

  it('draws a loop only for what leaves a state and comes back', () => {
    const machine = setup({}).createMachine({
      id: 'm',
      initial: 'a',
      states: {
        a: { on: { stay: 'a', leave: { target: 'a', reenter: true } } },
        b: { on: { anew: 'b' }, initial: 'c', states: { c: {} } },
      },
    })
    const lines = toMermaid(machine).split('\n')
    expect(lines).toEqual(expect.arrayContaining(['  a : stay', '  a --> a : leave', '  b --> b : anew']))
    expect(lines).not.toContain('  a --> a : stay')
  })

  it('lists what holds in every state', () => {
    const machine = setup({ actions: { count: () => {} } }).createMachine({
      id: 'm',
      initial: 'serving',
      on: { crashed: { actions: 'count' }, drain: '.draining' },
      states: { serving: {}, draining: {} },
    })
    expect(toMermaid(machine)).toContain(
      '  state "in any state" as s_any\n  s_any : crashed / count\n  s_any : drain → draining\n',
    )
  })
})

describe('a machine as data', () => {
  const description = describeMachine(sender)

  it('is JSON and nothing else', () => {
    expect(JSON.parse(JSON.stringify(description))).toEqual(description)
  })

  it('has the fields that `gb28181 machines --format json` promises', () => {
    const { states, transitions } = description
    expect(Object.keys(description)).toEqual('id initial states events actions guards delays transitions'.split(' '))
    expect(states[0]).toEqual({
      id: 'sender.active',
      key: 'active',
      parent: 'sender',
      type: 'compound',
      initial: 'sender.active.trying',
      entry: ['transmit'],
      exit: [],
      tags: [],
    })
    expect(transitions.find(({ trigger }) => trigger === 'after')).toEqual({
      key: 'sender.active xstate.after.timerF.sender.active 0',
      source: 'sender.active',
      trigger: 'after',
      event: 'xstate.after.timerF.sender.active',
      delay: 'timerF',
      actions: ['fail'],
      targets: ['sender.terminated'],
      reenter: false,
    })
    expect(transitions.find(({ trigger }) => trigger === 'always')).toMatchObject({ event: '', guard: 'reliable' })
  })

  it('names what the chart is made of, and who does each action', () => {
    expect(description).toMatchObject({ id: 'sender', initial: 'sender.active' })
    expect(description.states.map(({ id, type }) => [id, type])).toEqual([
      ['sender.active', 'compound'],
      ['sender.active.trying', 'atomic'],
      ['sender.active.proceeding', 'atomic'],
      ['sender.completed', 'atomic'],
      ['sender.terminated', 'final'],
    ])
    expect(description.states[0]).toMatchObject({ initial: 'sender.active.trying', entry: ['transmit'], exit: [] })
    expect(description.events).toEqual(['response', 'transport.failed'])
    expect(description.guards).toEqual(['provisional', 'unreliable', 'reliable'])
    expect(description.delays).toEqual(['timerF', 'timerE', 'timerK'])
    expect(description.actions).toEqual([
      { name: 'transmit', kind: 'provided' },
      { name: 'remember', kind: 'assign' },
      { name: 'fail', kind: 'provided' },
      { name: 'backOff', kind: 'assign' },
    ])
  })

  it('counts every alternative, timer and always as a transition, and the way in as one', () => {
    expect(description.transitions.map(({ source, trigger, targets }) => [source, trigger, ...targets])).toEqual([
      ['sender', 'initial', 'sender.active'],
      ['sender.active', 'event', 'sender.completed'],
      ['sender.active', 'event', 'sender.terminated'],
      ['sender.active', 'after', 'sender.terminated'],
      ['sender.active.trying', 'event', 'sender.active.proceeding'],
      ['sender.active.trying', 'after', 'sender.active.trying'],
      ['sender.active.proceeding', 'event'],
      ['sender.completed', 'after', 'sender.terminated'],
      ['sender.completed', 'always', 'sender.terminated'],
    ])
  })
})
