/** The life of an engine: opening, serving, draining, stopped; what it counts; what a crash leaves (DESIGN.md rules 1 to 3). */

import { describe, expect, it } from 'vitest'
import { assign, setup } from 'xstate'
import { Engine } from '../../src/engine/engine.ts'
import { Gb28181Error } from '../../src/errors.ts'
import { ownerOf } from '../../src/statechart/index.ts'
import { SettlingClock, seededRandom, VirtualNetwork } from '../../src/testing/index.ts'
import { engineRig, listenBoth, serverAt, statuses, TestUser, text, uri } from './rig.ts'

interface Owner {
  throws?: boolean
}

/** Lives until it is told to end; `owes` means that somebody must hear of that. */
const affair = setup({
  types: { events: {} as { type: 'end' } | { type: 'act' }, context: {} as { acts: number } },
  delays: { hour: 3_600_000 },
  actions: {
    act: ({ self }) => {
      if (ownerOf<Owner>(self).throws === true) throw new Error('a fault of ours')
    },
    count: assign(({ context }) => ({ acts: context.acts + 1 })),
  },
}).createMachine({
  id: 'affair',
  context: { acts: 0 },
  initial: 'running',
  states: {
    running: { after: { hour: 'over' }, on: { end: 'over', act: { actions: ['act', 'count'] } } },
    over: { type: 'final' },
  },
})

function unopened() {
  const clock = new SettlingClock(0)
  const network = new VirtualNetwork({ clock })
  const user = new TestUser()
  const engine = new Engine({ clock, network, random: seededRandom(1), userAgent: 'test' }, user)
  return { clock, network, user, engine }
}

describe('opening', () => {
  it('opens every address in order and says so', async () => {
    const { engine } = await engineRig({
      listen: [...listenBoth, { transport: 'UDP', address: '192.0.2.11', port: 0 }],
    })
    expect(engine.addresses).toEqual([...listenBoth, { transport: 'UDP', address: '192.0.2.11', port: 40_000 }])
    expect(engine.state).toBe('serving')
  })

  it('opens all or none: when the second is taken the first is closed again', async () => {
    const { clock, network, engine } = unopened()
    network.bind({ address: '192.0.2.11', port: 5060 }, () => {})
    const listening = engine.listen([
      { transport: 'UDP', ...serverAt },
      { transport: 'UDP', address: '192.0.2.11', port: 5060 },
    ])
    await expect(listening).rejects.toSatisfy((error) => error instanceof Gb28181Error)
    expect(engine.addresses).toEqual([])
    expect(engine.state).toBe('stopped')
    network.bind(serverAt, () => {})()
    await engine.close()
    expect(clock.pending).toBe(0)
  })

  it('answers 503 on an address that is open while others are not yet', async () => {
    const { clock, engine, network } = unopened()
    let goOn = () => {}
    const gate = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const { listen } = network
    network.listen = async (at, user) => {
      if (at.transport === 'TCP') await gate
      return listen.call(network, at, user)
    }
    const listening = engine.listen(listenBoth)
    await clock.pass(0)
    network.sendDatagram({ address: '192.0.2.64', port: 5060 }, serverAt, Buffer.from(text()))
    clock.advance(0)
    expect(network.log.map(({ summary }) => summary)).toContain('SIP/2.0 503 Service Unavailable')
    goOn()
    await listening
    await clock.passUntil(engine.close())
  })

  it('may be closed before it was opened, and twice', async () => {
    const { engine } = unopened()
    await Promise.all([engine.close(), engine.close()])
    await engine.close()
    expect(engine.state).toBe('stopped')
  })
})

describe('draining', () => {
  it('asks what owes a word to end, refuses what is new, and takes what goes on', async () => {
    const { clock, engine, peer } = await engineRig()
    const one = await peer()
    const asked: string[] = []
    const owing = engine.spawn(affair, {
      key: { callId: 'a' },
      owner: {},
      input: undefined,
      owing: true,
      drain: () => void asked.push('owing'),
    })
    const other = engine.spawn(affair, {
      key: { callId: 'b' },
      owner: {},
      input: undefined,
      drain: () => void asked.push('other'),
    })
    owing.start()
    other.start()
    const closed = engine.close()
    expect(engine.state).toBe('draining')
    expect(asked).toEqual(['owing'])
    one.send(text(), serverAt)
    one.send(text({ CSeq: '3 BYE', To: `<${uri}>;tag=gone` }), serverAt)
    await clock.pass(10)
    expect(statuses(one)).toEqual([503, 481])
    expect(one.received[0]?.message.header('Retry-After')).toBe('5')
    owing.send({ type: 'end' })
    await clock.passUntil(closed, 0)
    expect(engine.state).toBe('stopped')
    expect(engine.directory.count()).toBe(0)
    expect(engine.addresses).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('ends at once where what is owed is said at once', async () => {
    const { clock, engine } = await engineRig()
    const actor = engine.spawn(affair, {
      key: { callId: 'a' },
      owner: {},
      input: undefined,
      owing: true,
      drain: () => actor.send({ type: 'end' }),
    })
    actor.start()
    await clock.passUntil(engine.close(), 0)
    expect(engine.directory.count()).toBe(0)
  })

  it('waits for what begins to owe a word while it drains', async () => {
    const { clock, engine } = await engineRig()
    const options = { owner: {}, input: undefined, owing: true }
    const begin = (callId: string, drain = () => {}) => {
      const actor = engine.spawn(affair, { ...options, key: { callId }, drain })
      actor.start()
      return actor
    }
    const lateOnes: ReturnType<typeof begin>[] = []
    const first = begin('first', () => void lateOnes.push(begin('late')))
    const closed = engine.close()
    first.send({ type: 'end' })
    expect(engine.state).toBe('draining')
    for (const late of lateOnes) late.send({ type: 'end' })
    await clock.passUntil(closed, 0)
  })

  it('lasts no longer than its grace', async () => {
    const { clock, engine } = await engineRig({ grace: 2000 })
    const ends: string[] = []
    const stubborn = engine.spawn(affair, {
      key: { callId: 'a' },
      owner: {},
      input: undefined,
      owing: true,
      ended: ({ status }) => void ends.push(status),
    })
    stubborn.start()
    const closed = engine.close()
    await clock.pass(1999)
    expect(engine.state).toBe('draining')
    await clock.pass(1)
    await closed
    expect(ends).toEqual(['stopped'])
    expect(clock.pending).toBe(0)
  })

  it('ends at once where nothing is owed', async () => {
    const { clock, engine } = await engineRig()
    engine.spawn(affair, { key: { callId: 'a' }, owner: {}, input: undefined }).start()
    await clock.passUntil(engine.close(), 0)
    expect(engine.directory.count()).toBe(0)
  })
})

describe('the directory', () => {
  it('counts the living by machine and in all, and names two of one key apart', async () => {
    const { engine } = await engineRig()
    const options = { key: { callId: 'same' }, owner: {}, input: undefined }
    const [first, second] = [engine.spawn(affair, options), engine.spawn(affair, options)]
    first.start()
    second.start()
    expect([first.id, second.id]).toEqual(['affair:same', 'affair:same~2'])
    expect([engine.directory.count(), engine.directory.count('affair'), engine.directory.count('none')]).toEqual([
      2, 2, 0,
    ])
    first.send({ type: 'end' })
    expect(engine.directory.get('affair:same')).toBeUndefined()
    expect([...engine.directory.all()].map(({ id }) => id)).toEqual(['affair:same~2'])
    expect(engine.directory.count('affair')).toBe(1)
  })

  it('releases what a crashed actor owned, tells of it once, and leaves the others alone', async () => {
    const { engine, user } = await engineRig()
    const ends: string[] = []
    const ended = ({ status }: { status: string }) => void ends.push(status)
    const broken = engine.spawn(affair, {
      key: { callId: 'broken' },
      owner: { throws: true },
      input: undefined,
      owing: true,
      ended,
    })
    const sound = engine.spawn(affair, { key: { callId: 'sound' }, owner: {}, input: undefined, ended })
    broken.start()
    sound.start()
    for (const actor of [broken, sound, broken, sound]) actor.send({ type: 'act' })
    expect(ends).toEqual(['error'])
    expect(user.crashes).toMatchObject([{ id: 'affair:broken', error: { message: 'a fault of ours' } }])
    expect(engine.counters.get('crashed')).toBe(1)
    expect(sound.getSnapshot().context.acts).toBe(2)
    expect(engine.directory.count()).toBe(1)
  })

  it('holds up no drain for what has crashed', async () => {
    const { clock, engine } = await engineRig()
    const owner: Owner = { throws: true }
    const broken = engine.spawn(affair, { key: { callId: 'x' }, owner, input: undefined, owing: true })
    broken.start()
    broken.send({ type: 'act' })
    await clock.passUntil(engine.close(), 0)
    expect(engine.state).toBe('stopped')
  })

  it('survives an owner whose release throws', async () => {
    const { clock, engine } = await engineRig()
    const warned: Error[] = []
    const heard = (warning: Error) => void warned.push(warning)
    process.on('warning', heard)
    const actor = engine.spawn(affair, {
      key: { callId: 'x' },
      owner: {},
      input: undefined,
      owing: true,
      ended: () => {
        throw new Error('the release is broken')
      },
    })
    actor.start()
    actor.send({ type: 'end' })
    expect(engine.directory.count()).toBe(0)
    await clock.passUntil(engine.close(), 0)
    process.off('warning', heard)
    expect(warned.map(({ message }) => message)).toEqual(['the release is broken'])
  })
})
