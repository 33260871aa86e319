import { describe, expect, expectTypeOf, it } from 'vitest'
import { setup } from 'xstate'
import { type ActorEnd, actorOf, createStatecharts, type InspectionEvent, ownerOf } from '../../src/statechart/index.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { breaker, sender } from './machines.ts'

describe.each(['compiled', 'xstate'] as const)('run by the executor %s', (executor) => {
  function bench() {
    const clock = new VirtualClock()
    const errors: unknown[] = []
    const statecharts = createStatecharts({ clock, executor, onListenerError: (error) => errors.push(error) })
    const ends: ActorEnd[] = []
    const onEnd = (end: ActorEnd) => void ends.push(end)
    return { clock, errors, statecharts, ends, onEnd }
  }

  const unreliable = { request: 'MESSAGE', reliable: false }

  /** The sender with its actions done for real: into the owner's list. */
  const sending = sender.provide({
    actions: {
      transmit: ({ self }, request) => void ownerOf<{ sent: string[] }>(self).sent.push(request),
    },
  })

  describe('an actor', () => {
    it('runs its machine on the one clock, and its actions reach their owner', () => {
      const { clock, statecharts, ends, onEnd } = bench()
      const owner = { sent: [] as string[] }
      const actor = statecharts.create(sending, { id: 'z9hG4bK1', input: unreliable, owner, onEnd })
      expect(owner.sent).toEqual([])
      actor.start()
      clock.advance(31_999)
      expect(owner.sent).toHaveLength(11)
      clock.advance(1)
      expect(actor.getSnapshot().status).toBe('done')
      expect([ends, clock.pending]).toEqual([[{ status: 'done', output: { status: 0 } }], 0])
    })

    it('knows its events, snapshot and output from its machine', () => {
      const { statecharts } = bench()
      const actor = statecharts.create(sender, {
        id: 'typed',
        input: unreliable,
        owner: {},
        onEnd: (end) => expectTypeOf(end.output).toEqualTypeOf<{ status: number } | undefined>(),
      })
      expectTypeOf(actor.getSnapshot().context.interval).toEqualTypeOf<number>()
      expectTypeOf(actor.context.interval).toEqualTypeOf<number>()
      expectTypeOf(actor.value).toEqualTypeOf<ReturnType<typeof actor.getSnapshot>['value']>()
      expectTypeOf(actor.send)
        .parameter(0)
        .toEqualTypeOf<{ type: 'response'; status: number; at: number } | { type: 'transport.failed'; at: number }>()
      // @ts-expect-error a machine without its input
      void (() => statecharts.create(sender, { id: 'x', input: {}, owner: {}, onEnd: () => {} }))
      // @ts-expect-error an event it does not know
      void (() => actor.send({ type: 'final', at: 0 }))
    })

    it('has a context of its own, also where its machine hands out what somebody else holds', () => {
      const { statecharts, onEnd } = bench()
      const input = { count: 1 }
      const machine = setup({
        types: { context: {} as { count: number }, input: {} as { count: number } },
      }).createMachine({
        id: 'holder',
        context: ({ input }) => input,
      })
      const actor = statecharts.create(machine, { id: 'h', input, owner: {}, onEnd })
      actor.start()
      input.count = 2
      expect(actor.getSnapshot().context).toEqual({ count: 1 })
    })

    it('keeps what it is sent before its start', () => {
      const { statecharts, onEnd } = bench()
      const actor = statecharts.create(sender, { id: 'early', input: unreliable, owner: {}, onEnd })
      actor.send({ type: 'response', status: 200, at: 0 })
      expect(actor.getSnapshot().value).toEqual({ active: 'trying' })
      actor.start()
      expect(actor.getSnapshot().value).toBe('completed')
    })

    it('says since when it is where it is, and which timer comes next', () => {
      const { clock, statecharts, onEnd } = bench()
      clock.advance(1_000)
      const actor = statecharts.create(sender, { id: 'watched', input: unreliable, owner: {}, onEnd })
      expect(actor.status()).toEqual({ since: 1_000, nextTimer: null })
      clock.advance(1_000)
      actor.start()
      expect(actor.status()).toEqual({ since: 2_000, nextTimer: { name: 'timerE', at: 2_500 } })
      clock.advance(500)
      expect(actor.status()).toEqual({ since: 2_000, nextTimer: { name: 'timerE', at: 3_500 } })
      clock.advance(300)
      actor.send({ type: 'response', status: 100, at: clock.now() })
      expect(actor.status()).toEqual({ since: 2_800, nextTimer: { name: 'timerF', at: 34_000 } })
      clock.advance(100_000)
      expect(actor.status()).toEqual({ since: 34_000, nextTimer: null })
    })

    it('stopped: no timer left, one end, deaf', () => {
      const { clock, statecharts, ends, onEnd } = bench()
      const actor = statecharts.create(sender, { id: 'stopped', input: unreliable, owner: {}, onEnd })
      actor.start()
      expect(clock.pending).toBe(2)
      actor.stop()
      actor.stop()
      actor.start()
      actor.send({ type: 'response', status: 200, at: 0 })
      expect([ends, clock.pending, actor.getSnapshot().status]).toEqual([[{ status: 'stopped' }], 0, 'stopped'])
    })

    it('stopped before its start ends too', () => {
      const { statecharts, ends, onEnd } = bench()
      const actor = statecharts.create(sender, { id: 'unborn', input: unreliable, owner: {}, onEnd })
      actor.stop()
      actor.start()
      expect(ends).toEqual([{ status: 'stopped' }])
    })

    it('stopped by one of its own actions, and done by the same step, ends once', () => {
      const { statecharts, ends, onEnd } = bench()
      const machine = sender.provide({ actions: { fail: ({ self }) => ownerOf<{ stop(): void }>(self).stop() } })
      const owner = { stop: () => actor.stop() }
      const actor = statecharts.create(machine, { id: 'self-stopping', input: unreliable, owner, onEnd })
      actor.start()
      actor.send({ type: 'transport.failed', at: 0 })
      expect(ends).toEqual([{ status: 'done', output: { status: 0 } }])
    })
  })

  describe('a broken actor breaks nothing else (DESIGN.md, rule 2)', () => {
    it.each([
      ['in an action', 'break', 'broken action'],
      ['in a raised event', 'again', 'broken action'],
      ['in an assignment', 'remember', 'broken assign'],
      ['in a guard', 'guarded', 'broken guard'],
    ] as const)('%s: an error, told once, not to the sender', (_, type, message) => {
      const { clock, statecharts, ends, onEnd } = bench()
      const actor = statecharts.create(breaker, { id: 'b', input: {}, owner: {}, onEnd })
      actor.start()
      expect(() => actor.send({ type })).not.toThrow()
      actor.send({ type })
      expect(ends).toEqual([
        { status: 'error', error: expect.objectContaining({ message: expect.stringContaining(message) }) },
      ])
      expect([actor.getSnapshot().status, clock.pending]).toEqual(['error', 0])
    })

    it('in a timer: the clock goes on, and so do the others', () => {
      const { clock, statecharts, ends, onEnd } = bench()
      const broken = statecharts.create(breaker, { id: 'b', input: {}, owner: {}, onEnd })
      const sound = statecharts.create(sender, { id: 's', input: unreliable, owner: {}, onEnd: () => {} })
      broken.start()
      sound.start()
      broken.send({ type: 'later' })
      clock.advance(1_000)
      expect(ends.map(({ status }) => status)).toEqual(['error'])
      expect(sound.getSnapshot().context.interval).toBe(1_000)
    })

    it.each([
      ['entry', 'broken entry'],
      ['context', 'broken context'],
    ] as const)('at its start, in its %s', (where, message) => {
      const { statecharts, ends, onEnd } = bench()
      const actor = statecharts.create(breaker, { id: 'b', input: { in: where }, owner: {}, onEnd })
      expect(ends).toEqual([])
      actor.start()
      expect(ends).toEqual([{ status: 'error', error: new Error(message) }])
    })

    it('by a broken clock: told as its error, and not to the sender', () => {
      const clock = new VirtualClock()
      clock.clearTimeout = () => {
        throw new Error('broken clock')
      }
      const ends: ActorEnd[] = []
      // Reported as well, where the end itself cannot take its timers back.
      const statecharts = createStatecharts({ clock, executor, onListenerError: () => {} })
      const start = () => {
        const actor = statecharts.create(sender, {
          id: 'c',
          input: unreliable,
          owner: {},
          onEnd: (end) => ends.push(end),
        })
        actor.start()
        return actor
      }
      start().send({ type: 'transport.failed', at: 0 })
      start().stop()
      expect(ends.map(({ status }) => status)).toEqual(['error', 'error'])
    })

    it('but an observer, an inspector or an onEnd that throws is its own bug, reported and kept from the actor', () => {
      const { statecharts, errors, ends } = bench()
      const broken = (what: string) => () => {
        throw new Error(what)
      }
      statecharts.inspect(broken('inspector'))
      const onEnd = (end: ActorEnd) => {
        ends.push(end)
        throw new Error('onEnd')
      }
      const actor = statecharts.create(sender, { id: 's', input: { ...unreliable, reliable: true }, owner: {}, onEnd })
      actor.subscribe({ next: broken('next'), complete: broken('complete') })
      actor.start()
      actor.send({ type: 'response', status: 200, at: 0 })
      expect(actor.getSnapshot().status).toBe('done')
      expect(ends).toHaveLength(1)
      const reported = new Set(errors.map((error) => (error instanceof Error ? error.message : error)))
      expect(reported).toEqual(new Set(['inspector', 'next', 'complete', 'onEnd']))
    })

    it('an observer without an error method does not make a crash an uncaught exception', () => {
      const { statecharts, ends, onEnd, errors } = bench()
      const actor = statecharts.create(breaker, { id: 'b', input: {}, owner: {}, onEnd })
      const seen: string[] = []
      actor.subscribe({ next: () => void seen.push('next') })
      actor.subscribe({ error: () => void seen.push('error') })
      actor.start()
      actor.send({ type: 'break' })
      // Vitest fails a run on any uncaught exception.
      expect([seen, ends.length, errors]).toEqual([['next', 'error'], 1, []])
    })
  })

  describe('inspection', () => {
    const types = (records: InspectionEvent[]) => records.map(({ type }) => type.replace('@xstate.', ''))

    it('hears an actor from its birth to its end', () => {
      const { statecharts, onEnd } = bench()
      const records: InspectionEvent[] = []
      statecharts.inspect((record) => records.push(record))
      const actor = statecharts.create(breaker, { id: 'b', input: {}, owner: {}, onEnd })
      actor.start()
      actor.send({ type: 'finish' })
      expect(types(records)).toEqual(['actor', 'event', 'action', 'snapshot', 'event', 'microstep', 'snapshot'])
    })

    it('introduces those already alive, then hears them too, until it is taken away', () => {
      const { statecharts, onEnd } = bench()
      const alive = statecharts.create(breaker, { id: 'alive', input: {}, owner: {}, onEnd })
      const dead = statecharts.create(breaker, { id: 'dead', input: {}, owner: {}, onEnd })
      for (const actor of [alive, dead]) actor.start()
      dead.stop()
      const records: InspectionEvent[] = []
      const stop = statecharts.inspect((record) => records.push(record))
      expect(records.map(({ type, actorRef }) => [type, actorOf(actorRef)])).toEqual([['@xstate.actor', alive]])
      alive.send({ type: 'later' })
      expect(types(records)).toEqual(['actor', 'event', 'action', 'microstep', 'snapshot'])
      stop()
      alive.send({ type: 'finish' })
      expect(records).toHaveLength(5)
    })

    it('introduces those alive in the order of their births, whoever has gone', () => {
      const { statecharts, onEnd } = bench()
      const [first, second, third, fourth] = ['a', 'b', 'c', 'd'].map((id) => {
        const actor = statecharts.create(breaker, { id, input: {}, owner: {}, onEnd })
        actor.start()
        return actor
      })
      first?.stop()
      third?.stop()
      const introduced: unknown[] = []
      statecharts.inspect(({ actorRef }) => introduced.push(actorOf(actorRef)))
      expect(introduced).toEqual([second, fourth])
    })

    it('tells two listeners each record once, and neither more when one has gone and come back', () => {
      const { statecharts, onEnd } = bench()
      const actor = statecharts.create(breaker, { id: 'b', input: {}, owner: {}, onEnd })
      actor.start()
      const heard: [string, string][] = []
      const hear = (name: string) => statecharts.inspect((record) => heard.push([name, record.type]))
      const first = hear('first')
      hear('second')
      first()
      hear('third')
      heard.length = 0
      actor.send({ type: 'finish' })
      const snapshots = heard.filter(([, type]) => type === '@xstate.snapshot')
      expect(snapshots.map(([name]) => name)).toEqual(['second', 'third'])
    })

    it('finds the actor, its owner and its parent behind a record', () => {
      const { statecharts, onEnd } = bench()
      const refs = new Map<string, object>()
      statecharts.inspect(({ actorRef }) => void refs.set(actorOf(actorRef)?.id ?? '?', actorRef))
      const owner = { device: '34020000001320000001' }
      const parent = statecharts.create(breaker, { id: 'registration', input: {}, owner, onEnd })
      statecharts.create(sender, { id: 'transaction', input: unreliable, owner: {}, onEnd, parent })
      expect([...refs.keys()]).toEqual(['registration', 'transaction'])
      expect(actorOf(refs.get('transaction')!)?.parent).toBe(parent)
      expect(ownerOf(refs.get('registration')!)).toBe(owner)
      expect(() => ownerOf({})).toThrow(TypeError)
    })
  })
})
