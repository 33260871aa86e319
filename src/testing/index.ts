/**
 * `gb28181/testing`: what tests of GB/T 28181 flows need, so that users can test theirs: a clock that tests move, a
 * network without sockets whose datagrams get lost on demand, a peer that speaks by script.
 *
 * ```ts
 * const clock = new VirtualClock()
 * const network = new VirtualNetwork({ clock, link: { latency: 20 } })
 * const platform = await ScriptedPeer.open({ network, clock, address: '192.0.2.10' })
 * ```
 */
export type { Random } from '../engine/options.ts'
export type { Clock, TimerHandle } from '../statechart/index.ts'
export { type Fate, type FateFunction, type LinkOptions, LossyLink } from './lossy-link.ts'
export { seededRandom } from './random.ts'
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
export { VirtualClock } from './virtual-clock.ts'
export { VirtualNetwork, type VirtualNetworkOptions, type WireEntry } from './virtual-network.ts'
