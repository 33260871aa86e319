import { describe, expect, it } from 'vitest'
import { type Step, Watch } from '../../../src/inspect/bridge/watch.ts'
import { lamps } from './lamps.ts'

const limits = { actors: 10, steps: 100 }

const line = (step: Step): string => {
  if (step.type === 'ended') return `${step.actor.id} ended`
  if (step.type === 'event') return `${step.actor.id} ${step.event.type}`
  return `${step.actor.id} ${step.type} ${step.snapshot.value}`
}

describe.each(['compiled', 'xstate'] as const)('a watch over actors that are run %s', (executor) => {
  it('introduces who lives, and tells what happens, in order', () => {
    const { source, light } = lamps(executor)
    const old = light('old')
    const watch = new Watch(source, limits)
    const young = light('young', old)
    young.send({ type: 'switch' })
    old.send({ type: 'remove' })
    const steps = watch.take()
    expect(steps.map(line)).toEqual([
      'old born dark',
      'young born dark',
      'young xstate.init',
      'young switch',
      'young state lit',
      'old remove',
      'old state gone',
      'old ended',
    ])
    const [first, second] = steps
    expect(second?.actor.parent).toBe(first?.actor.sessionId)
    expect(watch.take()).toEqual([])
  })

  it('tells every value that was reached, and of a context that changes often the last', () => {
    const { source, light } = lamps(executor)
    const lamp = light('a')
    const watch = new Watch(source, limits)
    for (const type of ['switch', 'flash', 'flash', 'flash', 'switch'] as const) lamp.send({ type })
    const states = watch.take().flatMap((step) => (step.type === 'state' ? [step.snapshot] : []))
    expect(states.map(({ value, context }) => [value, context.flashes])).toEqual([
      ['lit', 3],
      ['dark', 3],
    ])
    lamp.send({ type: 'switch' })
    watch.take()
    lamp.send({ type: 'flash' })
    expect(watch.take().map(line)).toEqual(['a flash', 'a state lit'])
  })

  it('notices a crash, of which there is no record', () => {
    const { source, light } = lamps(executor)
    const lamp = light('a')
    const watch = new Watch(source, limits)
    watch.take()
    lamp.send({ type: 'break' })
    const steps = watch.take()
    expect(steps.map(line)).toEqual(['a break', 'a state dark', 'a ended'])
    expect(steps[1]).toMatchObject({ snapshot: { status: 'error' }, event: { type: 'xstate.error' } })
    expect(watch.take()).toEqual([])
  })

  it('tells of one that was stopped', () => {
    const { source, light } = lamps(executor)
    const lamp = light('a')
    const watch = new Watch(source, limits)
    lamp.stop()
    expect(watch.take().map(line).at(-1)).toBe('a ended')
  })

  it('shows so many at once and no more, and another one when one has ended', () => {
    const { source, light } = lamps(executor)
    const first = light('1')
    const watch = new Watch(source, { ...limits, actors: 2 })
    light('2')
    const third = light('3')
    expect(watch.crowded).toBe(true)
    expect(new Set(watch.take().map(({ actor }) => actor.id))).toEqual(new Set(['1', '2']))
    first.stop()
    third.send({ type: 'switch' })
    expect(watch.take().map(line).slice(-2)).toEqual(['3 born lit', '3 switch'])
  })

  it('leaves out events when too much waits, but no last state and no end', () => {
    const { source, light } = lamps(executor)
    const lamp = light('a')
    const other = light('b')
    const watch = new Watch(source, { actors: 10, steps: 6 })
    for (let i = 0; i < 51; i++) lamp.send({ type: 'switch' })
    other.send({ type: 'remove' })
    const steps = watch.take()
    expect(steps.length).toBeLessThanOrEqual(9)
    expect(watch.dropped).toBeGreaterThan(0)
    const of = (id: string) => steps.filter(({ actor }) => actor.id === id).map(line)
    expect(of('a').at(-1)).toBe('a state lit')
    expect(of('b').slice(-2)).toEqual(['b state gone', 'b ended'])
    lamp.send({ type: 'switch' })
    expect(watch.take().map(line)).toEqual(['a switch', 'a state dark'])
  })

  it('listens no more when it is closed', () => {
    const { source, light, listeners } = lamps(executor)
    const watch = new Watch(source, limits)
    expect(listeners()).toBe(1)
    watch.close()
    light('a')
    expect([listeners(), watch.take()]).toEqual([0, []])
  })
})
