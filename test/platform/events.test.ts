/** The platform's own life, what it refuses to be told, and how it tells what happens. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Gb28181Error } from '../../src/errors.ts'
import { EventHub } from '../../src/events/hub.ts'
import type { EventGap, PlatformEvent, PlatformEvents } from '../../src/platform/api.ts'
import { createPlatform } from '../../src/platform/create.ts'
import type { PlatformOptions } from '../../src/platform/options.ts'
import { SettlingClock, seededRandom, VirtualNetwork } from '../../src/testing/index.ts'
import { bench, camera, deviceId, ids, makeBench, platformAt, start } from './support.ts'

type Heard = PlatformEvent | EventGap

function hub() {
  const errors: unknown[] = []
  const made = new EventHub<PlatformEvents>({ now: () => start, onListenerError: (error) => void errors.push(error) })
  return { hub: made, errors, happen: (nth: number) => made.emit('device.updated', { deviceId: deviceId(nth) }) }
}

const numbers = (events: readonly Heard[]) =>
  events.map((event) => (event.name === 'gap' ? `gap ${event.missed}` : event.id))

/** What a reader has for us now, without waiting for more. */
async function readNow(reader: AsyncGenerator<Heard, void>, most = 5000): Promise<Heard[]> {
  const read: Heard[] = []
  while (read.length < most) {
    const next = await Promise.race([reader.next(), setImmediate(undefined)])
    if (next === undefined || next.done) break
    read.push(next.value)
  }
  return read
}

describe('the events of a platform', () => {
  it('are numbered from 1 without a hole, and say when they happened', () => {
    const { hub: one, happen } = hub()
    const heard: PlatformEvent[] = []
    one.on('device.updated', (event) => void heard.push(event))
    for (const nth of [1, 2, 3]) happen(nth)
    expect(heard.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(heard[0]).toEqual({
      id: 1,
      at: '2024-05-01T00:00:00.000Z',
      name: 'device.updated',
      deviceId: deviceId(1),
    })
  })

  it('reach everybody in the order of their numbers, also those that a listener causes', () => {
    const { hub: one, happen } = hub()
    const heard: number[] = []
    one.on('device.updated', ({ id }) => {
      if (id === 1) happen(2)
    })
    one.on('device.updated', ({ id }) => void heard.push(id))
    happen(1)
    expect(heard).toEqual([1, 2])
  })

  it('reach the others when one listener throws, and the throw is reported', () => {
    const { hub: one, happen, errors } = hub()
    const heard: number[] = []
    one.on('device.updated', () => {
      throw new Error('mine')
    })
    one.on('device.updated', ({ id }) => void heard.push(id))
    happen(1)
    happen(2)
    expect([heard, errors.length]).toEqual([[1, 2], 2])
  })

  it('reach no listener that has left', () => {
    const { hub: one, happen } = hub()
    const heard: number[] = []
    const leave = one.on('device.updated', ({ id }) => void heard.push(id))
    happen(1)
    leave()
    happen(2)
    expect(heard).toEqual([1])
  })

  it('wait for a reader from the moment it was asked for, not from its first read', async () => {
    const { hub: one, happen } = hub()
    happen(1)
    const reader = one.events()
    happen(2)
    expect(numbers(await readNow(reader))).toEqual([2])
  })

  it('come to a reader that waits as they happen, and to several asking at once in order', async () => {
    const { hub: one, happen } = hub()
    const reader = one.events()
    const asked = [reader.next(), reader.next()]
    happen(1)
    happen(2)
    expect((await Promise.all(asked)).map(({ value }) => value?.name === 'device.updated' && value.id)).toEqual([1, 2])
  })

  it('are filtered by type and by device', async () => {
    const { hub: one, happen } = hub()
    const mine = one.events({ deviceId: deviceId(1) })
    const challenged = one.events({ types: ['device.challenged'] })
    happen(1)
    happen(2)
    one.emit('device.challenged', { deviceId: deviceId(2), address: '192.0.2.1:5060' })
    one.emit('message.noted', { address: '192.0.2.1:5060', code: 'not-sip', detail: '' })
    expect(numbers(await readNow(mine))).toEqual([1])
    expect(numbers(await readNow(challenged))).toEqual([3])
  })

  it('are replayed after a number, then go on', async () => {
    const { hub: one, happen } = hub()
    for (const nth of [1, 2, 3]) happen(nth)
    const reader = one.events({ after: 1 })
    happen(4)
    expect(numbers(await readNow(reader))).toEqual([2, 3, 4])
    expect(numbers(await readNow(one.events({ after: 4 })))).toEqual([])
    // A number of before a restart: nobody knows what was missed, so a gap first, and then all there is.
    expect(numbers(await readNow(one.events({ after: 900 })))).toEqual(['gap 0', 1, 2, 3, 4])
  })

  it('that are kept no more are a gap of that many', async () => {
    const { hub: one, happen } = hub()
    for (let nth = 1; nth <= 1030; nth++) happen(nth)
    const replayed = numbers(await readNow(one.events({ after: 2 })))
    expect(replayed.slice(0, 2)).toEqual(['gap 4', 7])
    expect(replayed).toHaveLength(1025)
  })

  it('are a gap for a reader that is too slow, and every event is read or counted', async () => {
    const { hub: one, happen } = hub()
    const slow = one.events()
    for (let nth = 1; nth <= 3000; nth++) happen(nth)
    const read = await readNow(slow)
    expect(read).toHaveLength(1024)
    expect(numbers(read).slice(0, 2)).toEqual(['gap 1977', 1978])
    expect(numbers(read).at(-1)).toBe(3000)
  })

  it('end for a reader whose signal aborts, also while it waits, also before it began', async () => {
    const { hub: one, happen } = hub()
    const stop = new AbortController()
    const reader = one.events({ signal: stop.signal })
    const waiting = reader.next()
    stop.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    happen(1)
    expect(await reader.next()).toEqual({ done: true, value: undefined })
    expect(await one.events({ signal: stop.signal, after: 0 }).next()).toEqual({ done: true, value: undefined })
  })

  it('end when the loop is left, also by return() while a read waits', async () => {
    const { hub: one, happen } = hub()
    const reader = one.events()
    const waiting = reader.next()
    await reader.return()
    expect((await waiting).done).toBe(true)
    happen(1)
    expect((await reader.next()).done).toBe(true)
    await expect(one.events().throw(new Error('mine'))).rejects.toThrow('mine')
  })

  it('end when the platform has closed, after what was still to be read', async () => {
    const made = await bench()
    const one = await camera(made)
    const events = made.platform.events()
    await one.challenged()
    const waiting = made.platform.events({ types: ['device.online'] }).next()
    await made.end()
    expect(numbers(await readNow(events))).toEqual([1])
    expect((await events.next()).done).toBe(true)
    expect((await waiting).done).toBe(true)
    expect(numbers(await readNow(made.platform.events({ after: 0 })))).toEqual([1])
  })

  it('are told of a platform whose listener throws and whose logger is told', async () => {
    const told: string[] = []
    const logger = { debug() {}, info() {}, warn() {}, error: (_: object, message: string) => void told.push(message) }
    const made = await bench({ logger })
    const one = await camera(made)
    made.platform.on('device.online', () => {
      throw new Error('mine')
    })
    expect((await one.register()).status).toBe(200)
    expect(told).toEqual(['an event listener threw'])
  })
})

describe('createPlatform', () => {
  const path = (options: PlatformOptions): string => {
    try {
      createPlatform({ clock: new SettlingClock(), ...options })
      return 'taken'
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      return error.message
    }
  }

  it.each<[string, PlatformOptions]>([
    ['id', { id: '3402' }],
    ['password', { password: '' }],
    ['sip', Object.assign({ keepalive: 60 }, { sip: ['0.0.0.0:5061'] })],
    ['realm', { realm: '' }],
    ['realm', { realm: '3402"' }],
    ['realm', { realm: '3402\r\nX: y' }],
    ['advertise', { advertise: 'gate.example' }],
    ['keepalive', { keepalive: 0 }],
    ['keepalive', { keepalive: 1.5 }],
    ['keepaliveLimit', { keepaliveLimit: 0 }],
    ['maxExpires', { maxExpires: 1 }],
    ['mediaPorts.from', { mediaPorts: { from: 0, to: 10 } }],
    ['mediaPorts.to', { mediaPorts: { from: 30_000, to: 30_000 } }],
    ['mediaPorts.to', { mediaPorts: { from: 30_000, to: 70_000 } }],
    ['answerTimeout', { answerTimeout: Number.NaN }],
    ['mediaTimeout', { mediaTimeout: 1 }],
    ['queryTimeout', { queryTimeout: 1e9 }],
    ['listen', { listen: [] }],
    [
      'listen[1].address',
      {
        listen: [
          { transport: 'UDP', ...platformAt },
          { transport: 'UDP', address: 'x', port: 1 },
        ],
      },
    ],
    ['listen[0].port', { listen: [{ transport: 'UDP', address: '::1', port: 65_536 }] }],
  ])('refuses what is wrong as a TypeError that names options.%s', (option, options) => {
    expect(path(options).split(' ')[0]).toBe(`options.${option}`)
  })

  it('never says a password in what it refuses', () => {
    expect(path({ password: 'Secr3t', id: '1' })).not.toContain('Secr3t')
  })

  it('opens nothing and sets no timer before start', async () => {
    const clock = new SettlingClock()
    const network = new VirtualNetwork({ clock })
    const platform = createPlatform({ clock, network, random: seededRandom(1), password: 'x' })
    expect([platform.state, platform.address(), clock.pending]).toEqual(['starting', [], 0])
    await platform.close()
    expect([platform.state, clock.pending]).toEqual(['stopped', 0])
  })
})

describe('start and close', () => {
  it('start once, however often and however concurrently they are called', async () => {
    const { platform } = makeBench()
    await Promise.all([platform.start(), platform.start()])
    await platform.start()
    expect(platform.state).toBe('serving')
    expect(platform.address()).toEqual([
      { transport: 'UDP', ...platformAt },
      { transport: 'TCP', ...platformAt },
    ])
  })

  it('close once, however often and however concurrently, also by `await using`', async () => {
    const made = await bench()
    await made.settle(Promise.all([made.platform.close(), made.platform.close()]))
    await made.platform[Symbol.asyncDispose]()
    expect([made.platform.state, made.platform.address()]).toEqual(['stopped', []])
  })

  it('close before start, and then start no more', async () => {
    const { platform } = makeBench()
    await platform.close()
    await expect(platform.start()).rejects.toMatchObject({ code: 'closed' })
    expect(platform.state).toBe('stopped')
  })

  it('close while starting: started, then closed, and the ports are free again', async () => {
    const made = makeBench()
    const starting = made.platform.start()
    const closing = made.platform.close()
    await made.settle(Promise.all([starting, closing]))
    expect(made.platform.state).toBe('stopped')
    const next = makeBench({ network: made.network, clock: made.clock })
    await next.platform.start()
    expect(next.platform.state).toBe('serving')
  })

  it('reject a start whose signal has aborted, or aborts, and close then', async () => {
    const early = makeBench()
    await expect(early.platform.start({ signal: AbortSignal.abort('no') })).rejects.toBe('no')
    const late = makeBench()
    const stop = new AbortController()
    const starting = late.platform.start({ signal: stop.signal })
    stop.abort('enough')
    await expect(starting).rejects.toBe('enough')
    await late.settle(late.platform.close())
    expect(late.platform.state).toBe('stopped')
  })

  it('reject with `port-in-use` naming the port, hold no port then, and close all the same', async () => {
    const first = await bench()
    const taken = { transport: 'UDP', ...platformAt } as const
    const free = { transport: 'UDP', address: platformAt.address, port: 5070 } as const
    const second = makeBench({ network: first.network, clock: first.clock, listen: [free, taken] })
    const failed = await second.platform.start().catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(Gb28181Error)
    expect(failed).toMatchObject({ code: 'port-in-use', message: expect.stringContaining('5060') })
    expect(second.platform.address()).toEqual([])
    const third = makeBench({ network: first.network, clock: first.clock, listen: [free] })
    await third.platform.start()
    expect(third.platform.state).toBe('serving')
  })

  it('close while queries run and strangers wait: the queries reject, nothing ticks on', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.register()
    const stranger = await camera(made, { id: ids.other, address: '192.0.2.65' })
    await stranger.challenged()
    const query = made.platform.query(ids.device, { cmdType: 'DeviceStatus' }).catch((error: unknown) => error)
    await made.end()
    expect(await query).toBeInstanceOf(Gb28181Error)
    expect(made.platform.devices()).toEqual([])
    await expect(made.platform.query(ids.device, { cmdType: 'DeviceInfo' })).rejects.toMatchObject({ code: 'closed' })
  })
})
