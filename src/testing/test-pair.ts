/**
 * A platform and a simulated device on one virtual wire and clock: a whole GB/T 28181 flow in a unit test, without a
 * socket, the same in every run.
 *
 * ```ts
 * await using pair = createTestPair({ loss: 0.3, duplicate: 0.1, latency: 20, seed: 7 })
 * await pair.ready()
 * const session = await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId }))
 * await pair.pass(5000)
 * ```
 */
import { createDevice, type Device } from '../device/device.ts'
import type { DeviceOptions } from '../device/options.ts'
import { createEmbeddedMedia } from '../media/embedded.ts'
import { createPlatform } from '../platform/create.ts'
import type { PlatformOptions } from '../platform/options.ts'
import type { Platform } from '../platform/platform.ts'
import type { LinkOptions } from './lossy-link.ts'
import { seededRandom } from './random.ts'
import { SettlingClock } from './settling-clock.ts'
import { VirtualNetwork } from './virtual-network.ts'

/** The wire between the two, in both directions, and what each of them is told beyond that. */
export interface TestPairOptions extends LinkOptions {
  readonly platform?: PlatformOptions
  readonly device?: Partial<DeviceOptions>
  /** What the clock says at first, milliseconds since the epoch. Default 2024-05-01T00:00:00Z. */
  readonly startAt?: number
}

export interface TestPair extends AsyncDisposable {
  readonly platform: Platform
  readonly device: Device
  readonly clock: SettlingClock
  /** Its `log` is every SIP message sent, dropped and delivered. */
  readonly network: VirtualNetwork
  /** The device's first channel. */
  readonly channelId: string
  /** Opens both; nothing has been sent when it resolves. */
  start(): Promise<void>
  /** Starts both and lets time pass until the device is online and the platform has its catalog. */
  ready(limitMs?: number): Promise<void>
  /** Lets milliseconds pass. */
  pass(ms: number): Promise<void>
  /** Lets time pass until `promise` settles. @throws RangeError when it does not within `limitMs` (default: an hour). */
  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T>
  close(): Promise<void>
}

/** Where the two are. */
export const pairAddresses = { platform: '192.0.2.10', device: '192.0.2.64', port: 5060 } as const

const password = 'Pass1234'
const noon = Date.UTC(2024, 4, 1)
/** Longer than anything is on its way. */
const wireTime = 10_000
const mediaPorts = { from: 30_000, to: 30_100 }

/** Makes a pair of which nothing has started. */
export function createTestPair(options: TestPairOptions = {}): TestPair {
  const { platform: platformOptions, device: deviceOptions, startAt = noon, ...link } = options
  const clock = new SettlingClock(startAt)
  const network = new VirtualNetwork({ clock, link })
  const random = seededRandom(link.seed ?? 1)
  const { port } = pairAddresses
  const address = pairAddresses.platform
  const media = createEmbeddedMedia({
    ports: mediaPorts,
    bind: address,
    clock,
    random: random.fraction,
    network: network.media(address),
  })
  const platform = createPlatform({
    password,
    listen: [
      { transport: 'UDP', address, port },
      { transport: 'TCP', address, port },
    ],
    clock,
    random,
    network,
    media,
    ...platformOptions,
  })
  const device = createDevice({
    server: { host: address, port },
    password,
    local: { address: pairAddresses.device, port },
    clock,
    random,
    network,
    openRtp: network.openRtp,
    ...deviceOptions,
  })
  return new Pair({ platform, device, clock, network, closeMedia: () => media.close() })
}

interface PairParts extends Pick<TestPair, 'platform' | 'device' | 'clock' | 'network'> {
  readonly closeMedia: () => Promise<void>
}

class Pair implements TestPair {
  readonly platform: Platform
  readonly device: Device
  readonly clock: SettlingClock
  readonly network: VirtualNetwork
  readonly #closeMedia: () => Promise<void>

  constructor(parts: PairParts) {
    this.platform = parts.platform
    this.device = parts.device
    this.clock = parts.clock
    this.network = parts.network
    this.#closeMedia = parts.closeMedia
  }

  get channelId(): string {
    return this.device.channels[0]?.id ?? this.device.id
  }

  async start(): Promise<void> {
    await Promise.all([this.platform.start(), this.device.start()])
  }

  async ready(limitMs?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = this.platform.on('catalog.committed', () => resolve())
    try {
      await this.start()
      await this.settle(promise, limitMs)
    } finally {
      stop()
    }
  }

  pass(ms: number): Promise<void> {
    return this.clock.pass(ms)
  }

  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    return this.clock.passUntil(promise, limitMs)
  }

  /** The device first, so that it can take its leave. */
  async close(): Promise<void> {
    await this.settle(this.device.close())
    await this.settle(this.platform.close())
    await this.#closeMedia()
    // What is still on the wire arrives at nobody.
    await this.pass(wireTime)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
