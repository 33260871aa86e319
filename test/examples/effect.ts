/** The same as Effect services: sockets and sessions live as long as their scope. */
import { Effect, Stream } from 'effect'
import { Device, Platform } from 'gb28181/effect'

const platformLayer = Platform.layer({
  password: 'secret',
  listen: [{ transport: 'UDP', address: '127.0.0.1', port: 0 }],
  mediaPorts: { from: 32_020, to: 32_030 },
})

const watchOnce = Effect.gen(function* () {
  const platform = yield* Platform
  const [listening] = yield* platform.address
  const camera = Device.layer({ server: `127.0.0.1:${listening?.port}`, password: 'secret' })
  yield* Effect.gen(function* () {
    const { id, channels } = yield* Device
    yield* platform.events({ types: ['catalog.committed'], after: 0 }).pipe(Stream.take(1), Stream.runDrain)
    const channelId = channels[0]?.id ?? ''
    const session = yield* platform.play({ deviceId: id, channelId })
    const { state } = yield* session.view
    console.log(`${channelId} is ${state}`)
    const refused = yield* Effect.flip(Effect.scoped(platform.play({ deviceId: id, channelId })))
    console.log(`a second play: ${refused.code}`)
  }).pipe(Effect.scoped, Effect.provide(camera))
})

await Effect.runPromise(watchOnce.pipe(Effect.provide(platformLayer), Effect.timeout('10 seconds')))
