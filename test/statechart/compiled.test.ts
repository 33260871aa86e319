import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, assign, createActor, createMachine, raise, setup } from 'xstate'
import { nonInviteServer } from '../../machines/index.ts'
import {
  type ActorEnd,
  compile,
  createStatecharts,
  type InspectionEvent,
  NotCompilable,
  TimingWheel,
} from '../../src/statechart/index.ts'
import type { Leaf, Op, Transition } from '../../src/statechart/program.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { sender } from './machines.ts'

const unreliable = { request: 'MESSAGE', reliable: false }

function bench(executor: 'compiled' | 'xstate' = 'compiled') {
  const clock = new VirtualClock()
  const statecharts = createStatecharts({ clock, executor })
  const ends: ActorEnd[] = []
  const create = <M extends AnyStateMachine>(machine: M, input: unknown = {}, id = 'a') =>
    statecharts.create<AnyStateMachine>(machine, { id, input, owner: {}, onEnd: (end) => void ends.push(end) })
  return { clock, statecharts, ends, create }
}

describe('compiling', () => {
  it('refuses what is outside of the subset, all of it and by name', () => {
    const machine = createMachine({
      id: 'outside',
      type: 'parallel',
      states: { a: { on: { X: { guard: () => true } } }, b: { invoke: { src: 'work' } } },
    })
    const create = () => bench().create(machine)
    expect(create).toThrow(NotCompilable)
    expect(create).toThrow(
      "machine 'outside' cannot be compiled: parallel (outside), inline guard (outside.a X), invoke (outside.b)",
    )
  })

  it('leaves to XState what it refuses itself', () => {
    const actor = bench('xstate').create(createMachine({ type: 'parallel', states: { a: {}, b: {} } }))
    expect(actor.getSnapshot().value).toEqual({ a: {}, b: {} })
  })

  it('takes a machine without states and one without a context', () => {
    const { create } = bench()
    const counter = setup({ actions: { count: assign({ n: ({ context }) => context.n + 1 }) } }).createMachine({
      context: { n: 0 },
      on: { X: { actions: 'count' } },
    })
    const actor = create(counter)
    actor.start()
    actor.send({ type: 'X' })
    expect([actor.getSnapshot().value, actor.getSnapshot().context]).toEqual([{}, { n: 1 }])
    expect(create(createMachine({ initial: 'a', states: { a: {} } })).getSnapshot().context).toEqual({})
  })

  it('makes the tables that its head comment shows', () => {
    const comment = readFileSync(new URL('../../src/statechart/compile.ts', import.meta.url), 'utf8')
    const words = (line: string) => line.replace(/^ \*/, '').trim().split(/\s+/).join(' ')
    const lines = new Set(comment.split('\n').map(words))
    const shown = tableOf(nonInviteServer)
    expect(shown).toHaveLength(10)
    for (const [leaf, rest] of shown) {
      expect(
        [...lines].some((line) => line === rest || line === `${leaf} ${rest}`),
        rest,
      ).toBe(true)
    }
  })
})

/** Rows of the table in the head comment of `compile.ts`, each with its leaf. */
function tableOf(machine: AnyStateMachine): [leaf: string, row: string][] {
  const leaves = new Set<Leaf>([compile(machine).initial.leaf])
  const rows: [string, string][] = []
  for (const leaf of leaves) {
    for (const [event, row] of [...leaf.rows, ['(always)', leaf.always] as const]) {
      for (const transition of row) {
        leaves.add(transition.leaf)
        rows.push([String(leaf.value), rowText(short(event), transition)])
      }
    }
  }
  return rows
}

const rowText = (event: string, { guard, ops, leaf }: Transition): string =>
  [event, guard?.name, ops.map(opText).join(', '), leaf.value].filter((word) => word !== undefined).join(' ')

const short = (event: string) => (event.startsWith('xstate.after.timerJ') ? 'J' : event)

function opText(op: Op): string {
  if (op.kind === 'raise') return `raise ${short(op.id ?? '')} after ${op.timer}`
  if (op.kind === 'cancel') return `cancel ${short(String(op.sendId))}`
  if (op.kind !== 'act') return op.kind
  const params = op.computeParams === undefined ? op.params && `'${op.params}'` : 'status'
  return params === undefined ? op.name : `${op.name}(${params})`
}

describe('a compiled actor', () => {
  it("shows snapshots that are XState's own", () => {
    const { create } = bench()
    const actor = create(sender, unreliable)
    actor.start()
    const snapshot = actor.getSnapshot()
    expect(snapshot.matches({ active: 'trying' })).toBe(true)
    expect(snapshot.can({ type: 'response', status: 200, at: 0 })).toBe(true)
    expect(snapshot.can({ type: 'nonsense' })).toBe(false)
    const theirs = createActor(sender, { input: unreliable }).getSnapshot()
    expect(JSON.stringify(snapshot)).toBe(JSON.stringify(theirs))
  })

  it('shows the same snapshot until something changes', () => {
    const { create } = bench()
    const actor = create(sender, unreliable)
    actor.start()
    const snapshot = actor.getSnapshot()
    actor.send({ type: 'nonsense' })
    expect(actor.getSnapshot()).toBe(snapshot)
    actor.send({ type: 'response', status: 100, at: 0 })
    expect(actor.getSnapshot()).not.toBe(snapshot)
  })

  it('shares a context that is written in the chart until it assigns', () => {
    const context = { n: 0 }
    const machine = setup({ actions: { count: assign({ n: 1 }) } }).createMachine({
      context,
      on: { X: { actions: 'count' } },
    })
    const [idle, busy] = [bench().create(machine), bench().create(machine)]
    for (const actor of [idle, busy]) actor.start()
    busy.send({ type: 'X' })
    expect(idle.getSnapshot().context).toBe(context)
    expect([context, busy.getSnapshot().context]).toEqual([{ n: 0 }, { n: 1 }])
  })

  it('has a session id that no other actor in the process has, compiled or not', () => {
    const ids = ['compiled', 'xstate', 'compiled'].flatMap((executor) => {
      const { statecharts, create } = bench(executor === 'xstate' ? 'xstate' : 'compiled')
      const seen: string[] = []
      statecharts.inspect(({ actorRef }) => seen.push(actorRef.sessionId))
      create(sender, unreliable)
      create(sender, unreliable)
      return seen
    })
    expect(new Set(ids).size).toBe(6)
  })

  it('gives actions no actor system and no spawn, and says so', () => {
    const machineWith = (reach: AnyStateMachine['implementations']['actions'][string]) =>
      createMachine({ entry: 'reach' }, { actions: { reach } })
    for (const [machine, what] of [
      [machineWith(assign(({ system }) => ({ system }))), 'a compiled machine has no actor system'],
      [machineWith(assign(({ spawn }) => ({ child: spawn('x') }))), 'a compiled machine cannot spawn actors'],
    ] as const) {
      const { create, ends } = bench()
      create(machine).start()
      expect(ends).toEqual([{ status: 'error', error: new TypeError(what) }])
    }
  })

  it('is written without its owner, whose password may be in it', () => {
    const { statecharts, create } = bench()
    const records: InspectionEvent[] = []
    statecharts.inspect((record) => records.push(record))
    create(sender, unreliable, 'z9hG4bK1').start()
    const theirs = JSON.stringify(createActor(sender, { id: 'z9hG4bK1', input: unreliable }))
    for (const { actorRef } of records) expect(JSON.stringify(actorRef)).toBe(theirs)
  })

  it('told to stop twice while it starts, ends once', () => {
    const { create, ends } = bench()
    const stopping = setup({ actions: { stop: () => actor.stop() } }).createMachine({ entry: ['stop', 'stop'] })
    const actor = create(stopping)
    actor.start()
    expect(ends).toEqual([{ status: 'stopped' }])
  })

  it('asks once per record whether somebody listens, and makes no snapshot while nobody does', () => {
    const { create, statecharts } = bench()
    const actor = create(sender, unreliable)
    actor.start()
    let made = 0
    const { resolveState } = sender
    sender.resolveState = (config) => {
      made++
      return resolveState.call(sender, config)
    }
    try {
      actor.send({ type: 'response', status: 100, at: 0 })
      expect(made).toBe(0)
      const records: InspectionEvent[] = []
      statecharts.inspect((record) => records.push(record))
      actor.send({ type: 'response', status: 180, at: 0 })
      expect(records.map(({ type }) => type)).toEqual([
        '@xstate.actor',
        '@xstate.event',
        '@xstate.microstep',
        '@xstate.snapshot',
      ])
      expect(made).toBe(1)
    } finally {
      sender.resolveState = resolveState
    }
  })
})

describe('its timers', () => {
  it('wait in the timing wheel itself, and leave it empty at the end', () => {
    const clock = new VirtualClock()
    const wheel = new TimingWheel({
      now: () => clock.now(),
      onError: (error) => expect.unreachable(String(error)),
      timers: {
        setTimeout: (run, ms) => clock.setTimeout(run, ms),
        clearTimeout: (handle) => clock.clearTimeout(handle),
        hold: () => {},
      },
    })
    const statecharts = createStatecharts({ clock: wheel })
    const sent: number[] = []
    const machine = sender.provide({ actions: { transmit: () => void sent.push(Math.round(clock.now() / 100) / 10) } })
    const ends: ActorEnd[] = []
    const create = (id: string) =>
      statecharts.create(machine, { id, input: unreliable, owner: {}, onEnd: (end) => void ends.push(end) })
    create('ended by timer F').start()
    expect([wheel.size, clock.pending]).toEqual([2, 1])
    clock.advance(33_000)
    expect(sent).toEqual([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5])
    const stopped = create('stopped')
    stopped.start()
    stopped.stop()
    expect([wheel.size, clock.pending, ends.length]).toEqual([0, 0, 2])
  })

  it('raised again under the same id: both fire, `cancel` reaches the newer only, the end takes both', () => {
    const machine = setup({
      delays: { first: 10, second: 20 },
      actions: { ring: () => {} },
    }).createMachine({
      entry: [
        raise({ type: 'ring' }, { id: 'x', delay: 'first' }),
        raise({ type: 'ring' }, { id: 'x', delay: 'second' }),
      ],
      on: { ring: { actions: 'ring' } },
    })
    for (const executor of ['compiled', 'xstate'] as const) {
      const { create, clock } = bench(executor)
      let rung = 0
      const actor = create(machine.provide({ actions: { ring: () => void rung++ } }))
      actor.start()
      clock.advance(15)
      expect([executor, rung, clock.pending]).toEqual([executor, 1, 1])
      actor.stop()
      expect([executor, clock.pending]).toEqual([executor, 0])
    }
  })
})
