/** A whole flow in a unit test: a third of all datagrams is lost, and a minute passes at once. */
import { createTestPair } from 'gb28181/testing'

await using pair = createTestPair({ loss: 0.3, duplicate: 0.2, latency: 20, seed: 7 })
await pair.ready()
console.log(`${pair.device.id} is ${pair.platform.device(pair.device.id)?.state}`)

const session = await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId }))
await pair.pass(60_000)
console.log(`${session.view().state}, ${session.view().media.lost} packets lost`)
await pair.settle(session.close())

const dropped = pair.network.log.filter(({ what }) => what === 'dropped').length
console.log(`${dropped} SIP datagrams were dropped on the way`)
