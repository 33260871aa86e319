import { describe, expect, it } from 'vitest'
import { createDevice } from '../../src/device/index.ts'
import { Gb28181Error } from '../../src/errors.ts'
import { SettlingClock, seededRandom, VirtualNetwork } from '../../src/testing/index.ts'

function quiet() {
  const clock = new SettlingClock()
  const network = new VirtualNetwork({ clock })
  const local = { address: '192.0.2.64', port: 5060 }
  return { clock, network, options: { server: '192.0.2.10', local, clock, network, random: seededRandom(1) } }
}

describe('the life of a device', () => {
  it('opens nothing before it is started', async () => {
    const { clock, network, options } = quiet()
    const device = createDevice(options)
    expect([device.state, device.address(), clock.pending]).toEqual(['idle', [], 0])
    await device.close()
    expect(network.log).toEqual([])
  })

  it('shares one start and one close among its callers', async () => {
    const { clock, options } = quiet()
    const device = createDevice(options)
    expect(device.start()).toBe(device.start())
    await device.start()
    expect(device.address()).toEqual([{ transport: 'UDP', address: '192.0.2.64', port: 5060 }])
    expect(device.close()).toBe(device.close())
    await clock.passUntil(device.close(), 10_000)
    await expect(createClosed()).rejects.toMatchObject({ code: 'closed' })
  })

  it('rejects with the error of the port, and can be closed all the same', async () => {
    const { clock, options } = quiet()
    const first = createDevice(options)
    const second = createDevice(options)
    await first.start()
    await expect(second.start()).rejects.toBeInstanceOf(Gb28181Error)
    await second.close()
    await clock.passUntil(first.close(), 10_000)
  })

  it('gives up a start with the reason of the signal', async () => {
    const { options } = quiet()
    const device = createDevice(options)
    const reason = new Error('enough')
    await expect(device.start({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('ends a start that is still looking for the platform when it is closed', async () => {
    const { options } = quiet()
    const device = createDevice({ ...options, server: 'nowhere.invalid' })
    const starting = device.start()
    const outcome = starting.catch((error: unknown) => error)
    await device.close()
    expect(await outcome).toBeInstanceOf(Gb28181Error)
  })

  it('goes on after a listener that throws', async () => {
    const { clock, options } = quiet()
    const device = createDevice(options)
    const heard: string[] = []
    const warned = new Promise((resolve) => process.once('warning', resolve))
    device.on('registration.failed', () => {
      throw new Error('mine')
    })
    const off = device.on('registration.failed', ({ reason }) => void heard.push(reason))
    await device.start()
    await clock.pass(32_000)
    await warned
    off()
    await clock.pass(100_000)
    expect(heard).toEqual(['no-final'])
    await clock.passUntil(device.close(), 10_000)
  })

  it('tells a reader that is behind how much it missed', async () => {
    const { clock, options } = quiet()
    const device = createDevice({ ...options, retry: 0.1 })
    const stop = new AbortController()
    const events = device.events({ types: ['registration.failed'], signal: stop.signal })
    const first = events.next()
    await device.start()
    await clock.pass(32_000)
    expect((await first).value).toMatchObject({ name: 'registration.failed', reason: 'no-final' })
    await clock.pass(1100 * 32_200)
    const { value } = await events.next()
    expect(value).toMatchObject({ name: 'gap' })
    stop.abort()
    let rest = 0
    for await (const _ of events) rest += 1
    expect(rest).toBe(0)
    await clock.passUntil(device.close(), 10_000)
  })
})

async function createClosed(): Promise<void> {
  const device = createDevice(quiet().options)
  await device.close()
  await device.start()
}
