/** Our machines, as the bridge translates them, in XState 4 itself: the same states, and the same way out of each. */
import { describe, expect, it } from 'vitest'
import { createMachine, type StateValue } from 'xstate'
import * as machines from '../../machines/index.ts'
import { v4Event, v4Machine } from '../../src/inspect/bridge/v4-machine.ts'
import { machinesAmong } from '../support/coverage-report.ts'
import { each, leavesOf, ownActions, stepInXState5 } from '../support/xstate-steps.ts'

describe.each(machinesAmong(machines).map((machine) => ({ id: machine.id, machine })))('$id', ({ machine }) => {
  const read = createMachine(JSON.parse(JSON.stringify(v4Machine(machine))))
  const leaves = leavesOf(machine)

  it('has every state, each under its id', () => {
    const ids = (node: { id: string; states: object }): string[] => [
      node.id,
      ...Object.values(node.states).flatMap(ids),
    ]
    expect(ids(read)).toEqual(ids(machine.root))
    for (const { id, final } of leaves) expect(read.getStateNodeById(id).type === 'final').toBe(final)
  })

  it.each([true, false])('goes where XState 5 goes, by the same actions, when every guard says %s', (decision) => {
    const { guards, delays } = machine.implementations
    const logic = read.withConfig({ guards: each(guards, () => decision), delays: each(delays, 1) })
    for (const { value, final, events } of leaves) {
      if (final) continue
      for (const event of events) {
        const reached = logic.transition(value as StateValue, { type: v4Event(event, machine) })
        const step = { value: reached.value, actions: ownActions(reached.actions) }
        expect({ value, event, step }).toEqual({ value, event, step: stepInXState5(machine, value, event, decision) })
      }
    }
  })

  it('says the names of guards and actions', () => {
    const text = JSON.stringify(v4Machine(machine))
    for (const name of Object.keys(machine.implementations.guards)) expect(text).toContain(`"cond":"${name}"`)
    for (const name of Object.keys(machine.implementations.actions)) expect(text).toContain(`"${name}"`)
    for (const name of Object.keys(machine.implementations.delays)) expect(text).toContain(`"${name}":[`)
  })
})
