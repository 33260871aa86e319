import { describe, expect, it } from 'vitest'
import {
  and,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  fromPromise,
  log,
  not,
  or,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate'
import { checkContext, checkSubset } from '../../src/statechart/index.ts'
import { breaker, sender } from './machines.ts'

const child = fromPromise(async () => 1)
const odd = { guards: { odd: () => true }, actions: { go: () => {} } }
/** A machine with one state `a`, made of what is to be found in it. */
const withState = (a: object, implementations: object = odd) =>
  createMachine({ id: 'm', initial: 'a', states: { a, b: {} } }, implementations)
const withAction = (action: unknown) => withState({ entry: [action] })
const withGuard = (guard: unknown) => withState({ on: { X: { guard, target: 'b' } } })

describe('the subset of DESIGN.md, rule 9', () => {
  it('has room for our machines', () => {
    expect(checkSubset(sender)).toEqual([])
    expect(checkSubset(breaker)).toEqual([])
  })

  it('has room for everything that it names', () => {
    const machine = setup({
      actions: { go: () => {}, count: assign({ n: 1 }), again: raise(({ event }) => event), off: cancel('x') },
      guards: { odd: (_, _n: number) => true },
      delays: { timerA: () => 500, timerB: 32_000 },
    }).createMachine({
      id: 'm',
      context: () => ({ n: 0 }),
      initial: 'a',
      output: ({ context }) => context,
      states: {
        a: {
          tags: 'busy',
          entry: ['go', raise({ type: 'X' }), cancel('timer'), assign({ n: 2 })],
          exit: ['count', 'again', 'off'],
          initial: 'inner',
          states: {
            inner: { after: { timerA: { target: 'end', guard: { type: 'odd', params: 3 } } } },
            end: { type: 'final' },
          },
          onDone: 'b',
          on: {
            X: [{ guard: { type: 'odd', params: () => 1 }, target: 'b' }, { actions: 'go' }],
            '*': { actions: 'go' },
          },
        },
        b: { always: { guard: { type: 'odd', params: 1 }, target: 'c' }, after: { timerB: 'c' } },
        c: { type: 'final' },
      },
    })
    expect(checkSubset(machine)).toEqual([])
  })

  it.each([
    ['parallel', withState({ type: 'parallel', states: { x: {} } }), 'm.a', 'parallel'],
    ['history', withState({ initial: 'x', states: { x: {}, h: { type: 'history' } } }), 'm.a.h', 'history'],
    ['states in a final state', withState({ type: 'final', states: { x: {} } }), 'm.a', 'states in a leaf'],
    ['invoke', withState({ invoke: { src: child } }), 'm.a', 'invoke'],
    ['route', withState({ id: 'r', route: {} }), 'r', 'route'],
    ['emit', withAction(emit({ type: 'sent' })), 'm.a entry', 'emit'],
    ['enqueueActions', withAction(enqueueActions(() => {})), 'm.a entry', 'enqueueActions'],
    ['log', withAction(log('x')), 'm.a entry', 'log'],
    ['spawnChild', withAction(spawnChild(child)), 'm.a entry', 'spawnChild'],
    ['stopChild', withAction(stopChild('x')), 'm.a entry', 'stopChild'],
    ['sendTo', withAction(sendTo('x', { type: 'X' })), 'm.a entry', 'sendTo'],
    ['sendParent', withAction(sendParent({ type: 'X' })), 'm.a entry', 'sendTo'],
    ['an inline action', withAction(() => {}), 'm.a entry', 'inline action'],
    ['an inline action on exit', withState({ exit: () => {} }), 'm.a exit', 'inline action'],
    ['an inline action on an event', withState({ on: { X: { actions: () => {} } } }), 'm.a X', 'inline action'],
    [
      'an inline action on the way in',
      withState({ initial: { target: 'x', actions: () => {} }, states: { x: {} } }),
      'm.a initial',
      'inline action',
    ],
    ['an action that nobody defined', withAction('gone'), 'm.a entry', 'unknown action gone'],
    ['a computed raise', withAction(raise(() => ({ type: 'X' }))), 'm.a entry', 'raise with an inline event'],
    [
      'a raise with a computed delay',
      withAction(raise({ type: 'X' }, { delay: () => 5 })),
      'm.a entry',
      'raise with an inline delay',
    ],
    ['a computed cancel', withAction(cancel(() => 'x')), 'm.a entry', 'cancel with an inline sendId'],
    ['not', withGuard(not('odd')), 'm.a X', 'not'],
    ['and', withGuard(and(['odd'])), 'm.a X', 'and'],
    ['or', withGuard(or(['odd'])), 'm.a X', 'or'],
    ['stateIn', withGuard(stateIn('b')), 'm.a X', 'stateIn'],
    ['an inline guard', withGuard(() => true), 'm.a X', 'inline guard'],
    [
      'an inline guard of always',
      withState({ always: { guard: () => false, target: 'b' } }),
      'm.a always',
      'inline guard',
    ],
    ['a guard that nobody defined', withGuard('gone'), 'm.a X', 'unknown guard gone'],
    ['a delay in milliseconds', withState({ after: { 500: 'b' } }), 'm.a after 500', 'inline delay'],
    ['a delay that nobody defined', withState({ after: { timerZ: 'b' } }), 'm.a after timerZ', 'unknown delay'],
    [
      'several targets',
      withState({ initial: 'x', states: { x: {}, y: {} }, on: { X: { target: ['.x', '.y'] } } }),
      'm.a X',
      'several targets',
    ],
    ['a partial wildcard', withState({ on: { 'x.*': 'b' } }), 'm.a x.*', 'partial wildcard'],
    ['a wildcard with a guard', withState({ on: { '*': { guard: 'odd', target: 'b' } } }), 'm.a *', 'guarded wildcard'],
    ['an actor in setup', withState({}, { actors: { child } }), 'setup.child', 'actor'],
    ['emit in setup', withState({}, { actions: { tell: emit({ type: 'x' }) } }), 'setup.tell', 'emit'],
    ['not in setup', withState({}, { guards: { odd: not('even') } }), 'setup.odd', 'not'],
    ['a guard that names another', withState({}, { guards: { odd: 'even' } }), 'setup.odd', 'alias'],
  ])('refuses %s', (_, machine, path, feature) => {
    expect(checkSubset(machine)).toEqual([{ path, feature }])
  })

  it('finds the same deep inside, and everything at once', () => {
    const machine = withState({
      initial: 'x',
      states: { x: { initial: 'y', states: { y: { entry: emit({ type: 'e' }), after: { 5: 'z' } }, z: {} } } },
    })
    expect(checkSubset(machine)).toEqual([
      { path: 'm.a.x.y entry', feature: 'emit' },
      { path: 'm.a.x.y after 5', feature: 'inline delay' },
    ])
  })
})

describe('the context of a machine', () => {
  const holding = (context: object) => createMachine({ id: 'm', context: () => ({ ...context }) })

  it('is plain data', () => {
    expect(checkContext(sender, { request: 'MESSAGE', reliable: false })).toEqual([])
    expect(checkContext(holding({ a: [1, 'x', null, { b: true }], c: undefined }), undefined)).toEqual([])
  })

  const circle: { self?: object } = {}
  circle.self = circle

  it.each([
    ['a function', { port: { send: () => {} } }, 'm context.port.send', 'function'],
    ['a Map', { seen: new Map() }, 'm context.seen', 'instance of Map'],
    ['bytes', { list: [new Uint8Array(1)] }, 'm context.list.0', 'instance of Uint8Array'],
    ['a Date', { at: new Date(0) }, 'm context.at', 'instance of Date'],
    ['a bigint', { ssrc: 1n }, 'm context.ssrc', 'bigint'],
    ['a circle', { circle }, 'm context.circle.self', 'circular'],
  ])('is refused with %s in it', (_, context, path, feature) => {
    expect(checkContext(holding(context), undefined)).toEqual([{ path, feature }])
  })

  it('may hold the same data twice', () => {
    const timers = { t1: 500 }
    expect(checkContext(holding({ a: timers, b: timers }), undefined)).toEqual([])
  })

  it('that cannot be made is refused, not thrown', () => {
    expect(checkContext(breaker, { in: 'context' })[0]?.feature).toContain('throws at start')
  })
})
