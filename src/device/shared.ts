/**
 * What simulated devices of one process share: engine, clock, chance, media, and where events go.
 */
import { randomBytes } from 'node:crypto'
import type { Engine } from '../engine/engine.ts'
import type { Endpoint } from '../engine/network.ts'
import type { Random } from '../engine/options.ts'
import type { DeviceEventName, DeviceEvents } from './events.ts'
import type { RtpPort } from './rtp-port.ts'
import type { ClipStream } from './stream/index.ts'

export interface Shared {
  readonly engine: Engine
  readonly random: Random
  /** The platform's address, resolved. */
  readonly server: Endpoint
  /** The test picture; read from disk at its first use. */
  clip(): ClipStream
  openRtp(localAddress: string): RtpPort | Promise<RtpPort>
  emit<Name extends DeviceEventName>(name: Name, data: DeviceEvents[Name]): void
}

/** The operating system's randomness. */
export const systemRandom: Random = {
  hex: (bytes) => randomBytes(bytes).toString('hex'),
  fraction: () => randomBytes(4).readUInt32LE() / 2 ** 32,
}
