/** A platform inside a program: a camera registers, its first channel is played for a second, everything ends in order. */
import { createDevice, createPlatform, Gb28181Error } from 'gb28181'

await using platform = createPlatform({
  password: 'secret',
  listen: [{ transport: 'UDP', address: '127.0.0.1', port: 0 }],
  mediaPorts: { from: 32_000, to: 32_010 },
})
platform.on('device.online', ({ deviceId, address }) => console.log(`${deviceId} is online at ${address}`))
await platform.start()

// In real life the camera stands elsewhere.
const [listening] = platform.address()
await using camera = createDevice({ server: `127.0.0.1:${listening?.port}`, password: 'secret' })
await camera.start()

const giveUp = AbortSignal.timeout(10_000)
for await (const event of platform.events({ types: ['catalog.committed'], after: 0, signal: giveUp })) {
  if (event.name === 'gap') continue
  const [channel] = platform.channels(event.deviceId)?.items ?? []
  if (channel === undefined) break
  await using session = await platform.play({ deviceId: channel.deviceId, channelId: channel.id }, { signal: giveUp })
  console.log(`${channel.name} plays: ${session.view().media.encoding}`)
  break
}

try {
  await platform.play({ deviceId: '34020000001110000099', channelId: '34020000001320000001' })
} catch (error) {
  if (error instanceof Gb28181Error) console.log(`refused: ${error.code}`)
}
