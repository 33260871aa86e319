/** The standard's state tables as tests: one row is one test, told in the standard's words. */
import { expect, it } from 'vitest'
import type { AnyStateMachine, EventFromLogic, InputFrom } from 'xstate'
import { SipRequest, SipResponse } from '../../src/sip/message.ts'
import { begin, type Driver, type TestEvent } from '../support/coverage.ts'

/** An event, or milliseconds that pass. */
export type Step<M extends AnyStateMachine> = number | TestEvent<EventFromLogic<M>>

/** In the state reached by `reach[from]`, `on` leads to `to` and does `does`, in this order. */
export type Row<M extends AnyStateMachine> = readonly [
  sentence: string,
  from: string,
  on: Step<M>,
  to: string,
  does: readonly string[],
]

export interface Table<M extends AnyStateMachine> {
  readonly input: InputFrom<M>
  /**
   * How to come to a state from the beginning. A key is the state, `.` between levels; where a row needs the same state
   * in another situation, a comma and a remark follow.
   */
  readonly reach: Readonly<Record<string, readonly Step<M>[]>>
  readonly rows: readonly Row<M>[]
}

export function testTable<M extends AnyStateMachine>(machine: M, { input, reach, rows }: Table<M>): void {
  it.each(rows.map((row) => [row[0], row] as const))('%s', (_, [, from, on, to, does]) => {
    const driver = begin(machine, { input })
    const way = reach[from]
    if (way === undefined) throw new RangeError(`no way to ${from}`)
    take(driver, ...way)
    expect(stateOf(driver), 'the state before').toBe(from.split(',')[0])
    const before = driver.actions.length
    take(driver, on)
    expect({ to: stateOf(driver), does: done(driver).slice(before) }).toEqual({ to, does })
  })
}

/** A driver that has gone through `steps`. */
export function play<M extends AnyStateMachine>(machine: M, input: InputFrom<M>, ...steps: Step<M>[]): Driver<M> {
  const driver = begin(machine, { input })
  take(driver, ...steps)
  return driver
}

export function take<M extends AnyStateMachine>(driver: Driver<M>, ...steps: readonly Step<M>[]): void {
  for (const step of steps) {
    if (typeof step === 'number') driver.clock.advance(step)
    else driver.send(step)
  }
}

/** The state with `.` between levels. */
export const stateOf = <M extends AnyStateMachine>(driver: Driver<M>): string => path(driver.value())

function path(value: unknown): string {
  if (typeof value === 'string') return value
  return Object.entries(Object(value))
    .map(([key, below]) => `${key}.${path(below)}`)
    .join(' ')
}

/** Everything done so far: the action's name, and what it was given. */
export const done = <M extends AnyStateMachine>(driver: Driver<M>): string[] =>
  driver.actions.map(([, name, params]) => (params === undefined ? name : `${name} ${brief(params)}`))

/** The instants of one action. */
export const timesOf = <M extends AnyStateMachine>(driver: Driver<M>, name: string): number[] =>
  driver.actionsNamed(name).map(([at]) => at)

function brief(params: unknown): string {
  if (params instanceof SipRequest) return params.method
  if (params instanceof SipResponse) return String(params.status)
  return typeof params === 'string' ? params : JSON.stringify(params)
}
