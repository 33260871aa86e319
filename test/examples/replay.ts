/** A recorded incident as a test: it must come to the same states again, whoever runs the machines. */
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assertReplay, createTestPair, parseBundle } from 'gb28181/testing'

// As a rule the bundle comes from the field: GET /api/devices/{id}/record?format=json
const file = join(tmpdir(), `incident-${process.pid}.json`)
await using pair = createTestPair({ device: { faults: ['no-media'] } })
await pair.ready()
await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId })).catch(() => {})
const recording = pair.platform.recorder.recording({ deviceId: pair.device.id })
writeFileSync(file, JSON.stringify({ format: 'gb28181-bundle', version: 1, ...recording }))

const bundle = parseBundle(readFileSync(file))
for (const executor of ['compiled', 'xstate'] as const) {
  const { replayed, skipped } = assertReplay(bundle, { executor })
  const session = replayed.find(({ machine }) => machine === 'inviting')
  console.log(`${executor}: ${replayed.length} actors, ${skipped.length} skipped, the session is ${session?.state}`)
}
