/**
 * What simulated devices of one process share: clock, chance, network, media, and where events go.
 */
import type { Engine } from '../engine/engine.ts'
import type { Endpoint, Network } from '../engine/network.ts'
import { createNodeNetwork } from '../engine/node-network.ts'
import type { Random } from '../engine/options.ts'
import { createSystemRandom } from '../engine/random.ts'
import { type Clock, TimingWheel } from '../statechart/index.ts'
import type { DeviceEventName, DeviceEvents } from './events.ts'
import type { DeviceOptions } from './options.ts'
import { type OpenRtp, openUdpRtp } from './rtp-port.ts'
import { type ClipStream, createClipStream } from './stream/index.ts'

export type Emit = <Name extends DeviceEventName>(name: Name, data: DeviceEvents[Name]) => void

/** What a process has once, for one device or for thousands. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly openRtp: OpenRtp
  readonly emit: Emit
  /** The test picture; read from disk at its first use. */
  clip(): ClipStream
  /** Stops the clock, where it was made here. */
  close(): void
}

/** A world on one engine, with the platform's address. */
export interface Shared extends Pick<World, 'random' | 'openRtp' | 'emit' | 'clip'> {
  readonly engine: Engine
  /** The platform's address, resolved. */
  readonly server: Endpoint
}

/** `emit` is asked for when the clock is known, because events carry its time. */
export function createWorld(options: DeviceOptions, emitOn: (clock: Clock) => Emit): World {
  const wheel = new TimingWheel({
    onError: (error) => emit('engine.trouble', { address: '', message: String(error) }),
  })
  const clock = options.clock ?? wheel
  const emit = emitOn(clock)
  let clip: ClipStream | undefined
  return {
    clock,
    random: options.random ?? createSystemRandom(),
    network: options.network ?? createNodeNetwork(),
    openRtp: options.openRtp ?? openUdpRtp,
    emit,
    clip() {
      clip ??= createClipStream()
      return clip
    },
    close: () => wheel.close(),
  }
}
