/** What the oracle tries with the machines of the protocol: sensible events in any order, and time passing. */
import type { AnyStateMachine, EventObject } from 'xstate'
import * as machines from '../../machines/index.ts'
import type { Random } from '../../src/engine/options.ts'
import { describeMachine, ownerOf } from '../../src/statechart/index.ts'
import { seededRandom } from '../../src/testing/random.ts'
import type { Witness } from './oracle-machines.ts'
import type { Scenario, Step } from './oracle-stage.ts'

const isMachine = (item: unknown): item is AnyStateMachine =>
  typeof item === 'object' && item !== null && 'root' in item

/** Every machine of the package, with actions that write into their owner's log. */
export const ourMachines: readonly AnyStateMachine[] = Object.values<unknown>(machines).filter(isMachine).map(witnessed)

function witnessed(machine: AnyStateMachine): AnyStateMachine {
  const { actions } = describeMachine(machine)
  const logging = (name: string) => (args: { self: object }, params: unknown) =>
    void ownerOf<Witness>(args.self).log.push(`${name} ${JSON.stringify(params)}`)
  const provided = actions.filter(({ kind }) => kind === 'provided').map(({ name }) => [name, logging(name)])
  return machine.provide({ actions: Object.fromEntries(provided) })
}

/** The scenario of a number for a machine: always the same one. */
export function ourScenario(machine: AnyStateMachine, seed: number, steps: number): Scenario {
  const random = seededRandom(seed)
  const { events } = describeMachine(machine)
  const event = () => ourEvent(oneOf(random, events), random)
  return {
    machine,
    input: ourInput(random),
    listen: random.fraction() < 0.2,
    steps: Array.from({ length: steps }, () => ourStep(event, random)),
    probes: [event()],
  }
}

function ourStep(event: () => EventObject, random: Random): Step {
  const kind = random.fraction()
  if (kind < 0.65) return { send: event() }
  if (kind < 0.9) return { await: 'timer' }
  return kind < 0.99 ? { pass: oneOf(random, [0, 1, 100, 500, 4000, 40_000]) } : { stop: true }
}

/** Everything that an input of ours has: each machine takes what it knows. */
const ourInput = (random: Random) => ({
  reliable: random.fraction() < 0.3,
  limits: { answer: 10_000, media: 10_000, cancel: 32_000 },
  idle: 10_000,
  attempts: 1 + Math.floor(random.fraction() * 3),
  grace: 5000,
  startAfter: oneOf(random, [0, 5000]),
  expires: 3_600_000,
  keepalive: 60_000,
  keepaliveLimit: 1 + Math.floor(random.fraction() * 3),
  retry: 60_000,
  challenge: 32_000,
})

/** Likewise everything that an event of ours carries; `at` is set when it is sent. */
function ourEvent(type: string, random: Random): EventObject {
  const event = {
    type,
    at: 0,
    status: oneOf(random, [100, 180, 200, 401, 404, 486]),
    message: { of: type },
    reason: oneOf(random, ['timeout', 'transport']),
    tagged: random.fraction() < 0.5,
    usable: random.fraction() < 0.7,
    stale: random.fraction() < 0.5,
    jitter: random.fraction(),
    minimum: oneOf(random, [60_000, 7_200_000]),
    expires: oneOf(random, [50_000, 3_600_000]),
    interrogate: random.fraction() < 0.5,
    transaction: 'z9hG4bK1',
    owing: random.fraction() < 0.5,
    id: 'registration:1',
    received: 1 + Math.floor(random.fraction() * 3),
    sumNum: 3,
  }
  return event
}

const oneOf = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random.fraction() * items.length)]!
