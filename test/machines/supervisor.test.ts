import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { supervisor } from '../../machines/index.ts'
import { done, play, type Step, stateOf, take, testTable, timesOf } from './rows.ts'

const input = { grace: 5000 }
const listening = { type: 'listening' } as const
const listenFailed = { type: 'listen.failed' } as const
const spawned = { type: 'actor.spawned' } as const
const ended = { type: 'actor.ended' } as const
const crashed = (owing: boolean) => ({ type: 'actor.crashed', owing, id: 'call-1' }) as const
const drain = (owing: number) => ({ type: 'drain', owing }) as const

describe('the life of the engine, DESIGN.md rules 1 and 2', () => {
  it('starts with nothing owed', () => {
    const engine = play(supervisor, input)
    expect([stateOf(engine), done(engine)]).toEqual(['starting', []])
    expect(engine.context()).toEqual({ grace: 5000, owing: 0, crashed: 0 })
  })

  testTable(supervisor, {
    input,
    reach: {
      starting: [],
      serving: [listening],
      draining: [listening, drain(2)],
      'draining, one owed': [listening, drain(1)],
      'draining, before the grace is over': [listening, drain(1), 4999],
      stopped: [drain(0)],
    },
    rows: [
      ['Starting, all sockets listen: serving', 'starting', listening, 'serving', []],
      ['Starting, a port is in use: stopped', 'starting', listenFailed, 'stopped', ['release']],
      ['Starting, told to drain: stopped, nothing is owed yet', 'starting', drain(0), 'stopped', ['release']],
      [
        'Serving, an actor crashed: reported, and served on',
        'serving',
        crashed(true),
        'serving',
        ['reportCrash call-1'],
      ],
      ['Serving, told to drain with a dialog alive: all are asked to end', 'serving', drain(1), 'draining', ['endAll']],
      ['Serving, told to drain with nothing owed: over at once', 'serving', drain(0), 'stopped', ['endAll', 'release']],
      ['Draining, a dialog more: waited for', 'draining, one owed', spawned, 'draining', []],
      ['Draining, one of two dialogs ended: the other is waited for', 'draining', ended, 'draining', []],
      ['Draining, the last dialog ended: stopped', 'draining, one owed', ended, 'stopped', ['release']],
      [
        'Draining, the last dialog crashed: stopped',
        'draining, one owed',
        crashed(true),
        'stopped',
        ['reportCrash call-1', 'release'],
      ],
      [
        'Draining, the BYE of a dialog crashed: the dialog is waited for',
        'draining, one owed',
        crashed(false),
        'draining',
        ['reportCrash call-1'],
      ],
      ['Draining, told again: it is under way', 'draining', drain(2), 'draining', []],
      ['Draining, the grace is over: stopped', 'draining, before the grace is over', 1, 'stopped', ['release']],
      ['Stopped: nothing is heard any more', 'stopped', listening, 'stopped', []],
    ],
  })

  it('draining ends with its grace when a device never answers its BYE', () => {
    const engine = play(supervisor, input, listening, 1000, drain(1), 60_000)
    expect([timesOf(engine, 'endAll'), timesOf(engine, 'release'), engine.clock.pending]).toEqual([[1000], [6000], 0])
  })

  // However many owe a word when it is told to drain, whatever lives, ends and crashes from then on: the counts are those of
  // a ledger kept beside it; it is over when nothing is owed and with its grace at the latest, ended exactly once with no
  // timer left, and let go once.
  it('counts right, and stops once, within its grace, whatever happens', () => {
    const event = fc.oneof(
      fc.constantFrom(spawned, ended, crashed(true), crashed(false)),
      fc.integer({ min: 0, max: 3000 }),
    )
    const before = fc.array(fc.boolean(), { maxLength: 3 })
    fc.assert(
      fc.property(
        before,
        fc.nat(4),
        fc.array(event, { maxLength: 30 }),
        fc.boolean(),
        (crashes, owing, steps, early) => {
          const engine = play(supervisor, input, ...(early ? [] : [listening]), ...crashes.map(crashed))
          const ledger = { owing: 0, crashed: crashes.length }
          expect(engine.context()).toEqual({ ...input, ...ledger })
          take(engine, drain(owing))
          if (!early) ledger.owing = owing
          let waited = 0
          const isOver = () => early || ledger.owing === 0 || waited >= input.grace
          for (const step of steps) {
            if (isOver()) break
            take(engine, step)
            if (typeof step === 'number') waited += step
            else {
              ledger.owing += owedBy(step)
              ledger.crashed += step.type === 'actor.crashed' ? 1 : 0
            }
            expect(engine.context()).toEqual({ ...input, ...ledger })
          }
          expect(engine.status()).toBe(isOver() ? 'done' : 'active')
          take(engine, input.grace)
          expect([engine.status(), engine.endings(), engine.clock.pending]).toEqual(['done', 1, 0])
          expect([engine.actionsNamed('release').length, engine.actionsNamed('endAll').length]).toEqual([
            1,
            early ? 0 : 1,
          ])
        },
      ),
    )
  })
})

type Life = Exclude<Step<typeof supervisor>, number>

/** By how many an event changes what is owed. */
function owedBy(step: Life): number {
  if (step.type === 'actor.spawned') return 1
  return step.type === 'actor.ended' || (step.type === 'actor.crashed' && step.owing) ? -1 : 0
}
