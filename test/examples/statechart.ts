/** Any XState machine of the subset, run from compiled tables and by XState itself: the same, at a fortieth of the cost. */
import { checkSubset, createStatecharts, NotCompilable, ownerOf, TimingWheel } from 'gb28181/statechart'
import { assign, createMachine, setup } from 'xstate'

/** What belongs to one actor; the machine's actions reach it through `self`. */
class Lamp {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  glow(seconds: number): void {
    console.log(`${this.name} glows for ${seconds} s`)
  }
}

const machine = setup({
  types: { context: {} as { presses: number }, events: {} as { type: 'press' } },
  guards: { worn: ({ context }) => context.presses >= 2 },
  delays: { glowing: 20 },
  actions: { count: assign(({ context }) => ({ presses: context.presses + 1 })), glow: (_, _seconds: number) => {} },
}).createMachine({
  id: 'lamp',
  context: { presses: 0 },
  initial: 'dark',
  states: {
    dark: {
      always: { guard: 'worn', target: 'broken' },
      on: { press: { target: 'lit', actions: ['count', { type: 'glow', params: 0.02 }] } },
    },
    lit: { after: { glowing: 'dark' } },
    broken: { type: 'final' },
  },
  output: ({ context }) => `broken after ${context.presses} presses`,
})
const lamp = machine.provide({ actions: { glow: ({ self }, seconds) => ownerOf<Lamp>(self).glow(seconds) } })

/** Presses it whenever it is dark, until it is broken. */
async function wearOut(executor: 'compiled' | 'xstate'): Promise<void> {
  const wheel = new TimingWheel({ onError: console.error })
  const statecharts = createStatecharts({ clock: wheel, executor })
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const actor = statecharts.create(lamp, {
    id: 'hall',
    input: undefined,
    owner: new Lamp(executor),
    onEnd: ({ output }) => resolve(output),
  })
  actor.subscribe({ next: ({ value }) => void (value === 'dark' && actor.send({ type: 'press' })) })
  actor.start()
  console.log(`${executor}: ${await promise}`)
  wheel.close()
}

await wearOut('compiled')
await wearOut('xstate')

// What lies outside of the subset is named before anything runs.
const parallel = createMachine({ id: 'both', type: 'parallel', states: { left: {}, right: {} } })
console.log(checkSubset(parallel).length > 0, NotCompilable.name)
