import { describe, expect, it } from 'vitest'
import * as machines from '../../machines/index.ts'
import { checkContext, checkSubset } from '../../src/statechart/index.ts'
import { machinesAmong } from '../support/coverage-report.ts'

const keepalives = { keepalive: 60_000, keepaliveLimit: 3 }

/** Every machine, with an input as the shell gives it. */
const inputs = {
  exchange: { idle: 10_000, attempts: 2 },
  inviteClient: { reliable: false },
  inviteServer: { reliable: false },
  invited: {},
  inviting: { limits: { answer: 10_000, media: 8000, cancel: 32_000 } },
  nonInviteClient: { reliable: false },
  nonInviteServer: { reliable: false },
  registrant: { ...keepalives, startAfter: 0, expires: 3_600_000, retry: 60_000 },
  registration: { ...keepalives, challenge: 30_000 },
  supervisor: { grace: 5000 },
}

describe('every machine keeps to the compiled subset, DESIGN.md rule 9', () => {
  const all = machinesAmong(machines).map((machine) => [machine.id, machine] as const)

  it('none is left out', () => {
    expect(all.map(([id]) => id).sort()).toEqual(Object.keys(inputs).sort())
  })

  it.each(all)('%s uses nothing else', (_, machine) => {
    expect(checkSubset(machine)).toEqual([])
  })

  it.each(all)('%s remembers plain data only', (id, machine) => {
    expect(checkContext(machine, inputs[id as keyof typeof inputs])).toEqual([])
  })
})
