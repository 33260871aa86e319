/** A small machine of ours in kind, run by the executors that run ours, on a clock that tests move. */
import { assign, setup } from 'xstate'
import { createStatecharts, type ExecutorName } from '../../../src/statechart/index.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'

export const lamp = setup({
  types: {
    context: {} as { flashes: number },
    events: {} as { type: 'switch' } | { type: 'flash' } | { type: 'break' } | { type: 'remove' },
  },
  delays: { limit: 5000 },
  actions: {
    burst: () => {
      throw new Error('burst, password=Pass1234')
    },
    count: assign(({ context }) => ({ flashes: context.flashes + 1 })),
  },
}).createMachine({
  id: 'lamp',
  context: { flashes: 0 },
  initial: 'dark',
  on: { break: { actions: 'burst' }, remove: '.gone' },
  states: {
    dark: { on: { switch: 'lit' } },
    lit: { on: { switch: 'dark', flash: { actions: 'count' } }, after: { limit: 'dark' } },
    gone: { type: 'final' },
  },
})

export function lamps(executor: ExecutorName = 'compiled') {
  const clock = new VirtualClock(1000)
  const statecharts = createStatecharts({ clock, executor })
  const light = (id: string, parent?: ReturnType<typeof statecharts.create>) => {
    const actor = statecharts.create(lamp, {
      id,
      input: undefined,
      owner: {},
      onEnd: () => {},
      ...(parent === undefined ? {} : { parent }),
    })
    actor.start()
    return actor
  }
  /** Who listens to the actors now. */
  let listeners = 0
  const source: typeof statecharts = {
    create: statecharts.create,
    inspect: (listener) => {
      listeners += 1
      const detach = statecharts.inspect(listener)
      let gone = false
      return () => {
        if (!gone) listeners -= 1
        gone = true
        detach()
      }
    },
  }
  return { clock, source, light, listeners: () => listeners }
}
