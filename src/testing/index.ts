/**
 * `gb28181/testing`: what tests of GB/T 28181 flows need, so that users can test theirs: a clock that tests move, a
 * network without sockets whose datagrams get lost on demand, a peer that speaks by script, a platform and a device
 * on such a wire, and recorded incidents run again.
 *
 * ```ts
 * import { createTestPair } from 'gb28181/testing'
 *
 * await using pair = createTestPair({ loss: 0.3, latency: 20, seed: 7 })
 * await pair.ready()
 * pair.platform.device(pair.device.id)?.state // 'online'
 * ```
 */
export type { Random } from '../engine/options.ts'
export type { Clock, TimerHandle } from '../statechart/index.ts'
export { type Fate, type FateFunction, type LinkOptions, LossyLink } from './lossy-link.ts'
export { seededRandom } from './random.ts'
export {
  assertReplay,
  parseBundle,
  type Replay,
  type ReplayDifference,
  type ReplayedActor,
  type ReplayOptions,
  replay,
  type SkippedActor,
} from './replay.ts'
export {
  type ExpectOptions,
  type ExpectRequest,
  type ExpectResponse,
  type Received,
  type RequestParts,
  ScriptedPeer,
  type ScriptedPeerOptions,
} from './scripted-peer.ts'
export { SettlingClock } from './settling-clock.ts'
export { createTestPair, pairAddresses, type TestPair, type TestPairOptions } from './test-pair.ts'
export { VirtualClock } from './virtual-clock.ts'
export { VirtualNetwork, type VirtualNetworkOptions, type WireEntry } from './virtual-network.ts'
