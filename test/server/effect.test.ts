import { Effect, Exit, Fiber, Layer, Stream } from 'effect'
import { describe, expect, it } from 'vitest'
import { Device, Gb28181Failure, Platform } from '../../src/effect.ts'

const password = 'Pass1234'
const listen = [{ transport: 'UDP', address: '127.0.0.1', port: 0 }] as const
const mediaPorts = { from: 42_200, to: 42_300 }

const platform = Platform.layer({ password, listen, mediaPorts, answerTimeout: 1000, mediaTimeout: 1000 })
const camera = (faults: readonly string[] = []) =>
  Layer.unwrap(
    Effect.map(
      Effect.flatMap(Platform, ({ address }) => address),
      ([at]) => Device.layer({ server: { host: '127.0.0.1', port: at?.port ?? 0 }, password, faults, grace: 0.5 }),
    ),
  )
const both = (faults?: readonly string[]) => camera(faults).pipe(Layer.provideMerge(platform))

const catalogKnown = Effect.flatMap(Platform, ({ events }) =>
  Stream.runHead(events({ types: ['catalog.committed'], after: 0 })),
)

const channelOf = Effect.gen(function* () {
  yield* catalogKnown
  const { id, channels } = yield* Device
  return { deviceId: id, channelId: channels[0]?.id ?? '' }
})

describe('gb28181/effect', () => {
  it('plays as long as the scope is open, and hangs up when it closes', async () => {
    const seen = Effect.gen(function* () {
      const { play, session } = yield* Platform
      const channel = yield* channelOf
      const playing = yield* Effect.scoped(
        Effect.flatMap(play(channel), ({ id, view }) => Effect.map(view, ({ state }) => ({ id, state }))),
      )
      return [playing.state, (yield* session(playing.id))?.state]
    })
    expect(await Effect.runPromise(Effect.provide(seen, both()))).toEqual(['confirmed', 'ended'])
  })

  it('fails with the code of the platform', async () => {
    const refused = Effect.flatMap(Platform, ({ query }) => query('34020000001119999999', { cmdType: 'Catalog' }))
    const failure = await Effect.runPromise(Effect.flip(Effect.provide(refused, platform)))
    expect(failure).toBeInstanceOf(Gb28181Failure)
    expect(failure).toMatchObject({ _tag: 'Gb28181Failure', code: 'device-not-found' })
  })

  it('cancels a play that is interrupted', async () => {
    const ended = Effect.gen(function* () {
      const { play, events } = yield* Platform
      const channel = yield* channelOf
      const playing = yield* Effect.forkChild(Effect.scoped(play(channel)))
      yield* Stream.runHead(events({ types: ['session.created'], after: 0 }))
      const end = yield* Effect.forkChild(Stream.runHead(events({ types: ['session.ended'], after: 0 })))
      yield* Fiber.interrupt(playing)
      return yield* Fiber.join(end)
    })
    const event = await Effect.runPromise(Effect.provide(ended, both(['silent-after-100'])))
    expect(event).toMatchObject({ value: { name: 'session.ended', failure: { reason: 'cancelled' } } })
  })

  it('makes a port in use a typed failure, and leaves nothing open', async () => {
    const taken = Effect.gen(function* () {
      const [at] = yield* (yield* Platform).address
      const again = Platform.layer({ password, listen: [{ ...listen[0], port: at?.port ?? 0 }] })
      return yield* Effect.exit(Effect.provide(Platform, again))
    })
    const exit = await Effect.runPromise(Effect.provide(taken, platform))
    expect(Exit.isFailure(exit) && JSON.stringify(exit.cause)).toContain('port-in-use')
  })

  it('unregisters a device when its scope closes', async () => {
    const states = Effect.gen(function* () {
      const { device } = yield* Platform
      const id = yield* Effect.provide(
        Effect.tap(
          Effect.map(Device, ({ id }) => id),
          () => catalogKnown,
        ),
        camera(),
      )
      return yield* device(id)
    })
    expect(await Effect.runPromise(Effect.provide(states, platform))).toMatchObject({ offlineReason: 'unregistered' })
  })
})
