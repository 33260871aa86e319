import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { supervisor } from '../../machines/index.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const input = { grace: 5000 }
const listening = { type: 'listening' } as const
const listenFailed = { type: 'listen.failed' } as const
const spawned = (owing: boolean) => ({ type: 'actor.spawned', owing }) as const
const ended = (owing: boolean) => ({ type: 'actor.ended', owing }) as const
const crashed = (owing: boolean) => ({ type: 'actor.crashed', owing, id: 'call-1' }) as const
const drain = { type: 'drain' } as const

describe('the life of the engine, DESIGN.md rules 1 and 2', () => {
  it('starts with nothing alive', () => {
    const engine = play(supervisor, input)
    expect([stateOf(engine), done(engine)]).toEqual(['starting', []])
    expect(engine.context()).toEqual({ grace: 5000, live: 0, owing: 0, crashed: 0 })
  })

  testTable(supervisor, {
    input,
    reach: {
      starting: [],
      serving: [listening],
      'serving, a dialog alive': [listening, spawned(true)],
      'serving, a transaction alive': [listening, spawned(false)],
      draining: [listening, spawned(true), spawned(true), drain],
      'draining, one owed': [listening, spawned(true), drain],
      'draining, before the grace is over': [listening, spawned(true), drain, 4999],
      stopped: [drain],
    },
    rows: [
      ['Starting, all sockets listen: serving', 'starting', listening, 'serving', []],
      ['Starting, a port is in use: stopped', 'starting', listenFailed, 'stopped', ['release']],
      ['Starting, told to drain: stopped, nothing is owed yet', 'starting', drain, 'stopped', ['release']],
      ['Serving, an actor more: counted', 'serving', spawned(true), 'serving', []],
      ['Serving, an actor less: counted', 'serving, a dialog alive', ended(true), 'serving', []],
      [
        'Serving, an actor crashed: reported, and served on',
        'serving, a dialog alive',
        crashed(true),
        'serving',
        ['reportCrash call-1'],
      ],
      [
        'Serving, told to drain with a dialog alive: all are asked to end',
        'serving, a dialog alive',
        drain,
        'draining',
        ['endAll'],
      ],
      [
        'Serving, told to drain with nothing owed: over at once',
        'serving, a transaction alive',
        drain,
        'stopped',
        ['endAll', 'release'],
      ],
      ['Draining, one of two dialogs ended: the other is waited for', 'draining', ended(true), 'draining', []],
      ['Draining, the last dialog ended: stopped', 'draining, one owed', ended(true), 'stopped', ['release']],
      [
        'Draining, the last dialog crashed: stopped',
        'draining, one owed',
        crashed(true),
        'stopped',
        ['reportCrash call-1', 'release'],
      ],
      [
        'Draining, the BYE of a dialog ended: the dialog is waited for',
        'draining, one owed',
        ended(false),
        'draining',
        [],
      ],
      ['Draining, told again: it is under way', 'draining', drain, 'draining', []],
      ['Draining, the grace is over: stopped', 'draining, before the grace is over', 1, 'stopped', ['release']],
      ['Stopped: nothing is heard any more', 'stopped', listening, 'stopped', []],
    ],
  })

  it('draining ends with its grace when a device never answers its BYE', () => {
    const engine = play(supervisor, input, listening, spawned(true), 1000, drain, 60_000)
    expect([timesOf(engine, 'endAll'), timesOf(engine, 'release'), engine.clock.pending]).toEqual([[1000], [6000], 0])
  })

  // Whatever lives, ends and crashes, whenever: the counts are those of a ledger kept beside it; told to drain, it is
  // over when nothing is owed and with its grace at the latest, ended exactly once with no timer left, and let go once.
  it('counts right, and stops once, within its grace, whatever happens', () => {
    const event = fc.oneof(
      fc.tuple(fc.constantFrom(spawned, ended, crashed), fc.boolean()).map(([make, owing]) => make(owing)),
      fc.integer({ min: 0, max: 3000 }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), fc.boolean(), (steps, early) => {
        const ledger = { live: 0, owing: 0, crashed: 0 }
        const engine = play(supervisor, input, ...(early ? [] : [listening]))
        for (const step of possible(steps)) {
          take(engine, step)
          if (typeof step === 'number') continue
          const change = step.type === 'actor.spawned' ? 1 : -1
          ledger.live += change
          ledger.owing += step.owing ? change : 0
          ledger.crashed += step.type === 'actor.crashed' ? 1 : 0
        }
        expect(engine.context()).toEqual({ ...input, ...ledger })
        take(engine, drain)
        expect(engine.status()).toBe(early || ledger.owing === 0 ? 'done' : 'active')
        take(engine, input.grace)
        expect([engine.status(), engine.endings(), engine.clock.pending]).toEqual(['done', 1, 0])
        expect([engine.actionsNamed('release').length, engine.actionsNamed('endAll').length]).toEqual([
          1,
          early ? 0 : 1,
        ])
      }),
    )
  })
})

type Life = Exclude<Step<typeof supervisor>, number> & { owing: boolean }

/** Drops the end of what never began: the directory tells only of actors that it has. */
function possible(steps: readonly (Life | number)[]): (Life | number)[] {
  const alive = { true: 0, false: 0 }
  return steps.filter((step) => {
    if (typeof step === 'number') return true
    const kind = step.owing ? 'true' : 'false'
    if (step.type !== 'actor.spawned' && alive[kind] === 0) return false
    alive[kind] += step.type === 'actor.spawned' ? 1 : -1
    return true
  })
}
