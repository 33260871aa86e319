/**
 * Many simulated devices in one process: IDs count up, clock, clip and randomness are shared.
 *
 * With sockets of their own each device has an engine; with a shared socket one engine serves all, and a request finds
 * its device by the ID that it is addressed to. The first REGISTERs are spread over time, so that a platform is loaded
 * and not stormed.
 *
 * ```ts
 * await using fleet = createFleet({ server: '127.0.0.1', password: 'Pass1234', count: 10_000, sharedSocket: true })
 * await fleet.start()
 * console.log(fleet.summary().registered)
 * ```
 */
import { Gb28181Error } from '../errors.ts'
import { eventfulWorld, runningOn } from './device.ts'
import type { DeviceEvent, DeviceEventFilter, DeviceEventHub, DeviceEventName, EventGap } from './events.ts'
import { DeviceHost, resolveServer } from './host.ts'
import { laterId } from './identity.ts'
import { Lifecycle, unlessAborted } from './lifecycle.ts'
import { type DeviceOptions, type DeviceSettings, settleOptions } from './options.ts'
import type { World } from './shared.ts'
import { type DeviceSummary, Tally } from './tally.ts'

export interface FleetOptions extends DeviceOptions {
  /** Devices, 1 to 100000; the ID of each is one more than the one before, in its last six digits. */
  readonly count: number
  /** One socket for all, where the system allows too few. Default false. */
  readonly sharedSocket?: boolean
  /** Seconds over which the first REGISTERs are spread, after `startAfter`. Default: 200 devices a second. */
  readonly spread?: number
}

export interface Fleet extends AsyncDisposable {
  readonly ids: readonly string[]
  /** Opens the sockets; resolves when all are open, while devices register one after the other. */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Hangs up, unregisters and closes all sockets; settles within the grace. */
  close(): Promise<void>
  on<Name extends DeviceEventName>(name: Name, listener: (event: DeviceEvent<Name>) => void): () => void
  events(filter?: DeviceEventFilter): AsyncGenerator<DeviceEvent | EventGap, void, undefined>
  /** All devices added up. */
  summary(): DeviceSummary
}

const startsPerSecond = 200
/** Sockets that are being opened at once. */
const openingAtOnce = 200

/**
 * Makes a fleet that does nothing before `start`.
 * @throws TypeError for an option that cannot be used, naming it.
 */
export const createFleet = (options: FleetOptions): Fleet => new FleetShell(options)

class FleetShell implements Fleet {
  readonly ids: readonly string[]
  readonly #settings: readonly DeviceSettings[]
  readonly #shared: boolean
  readonly #world: World
  readonly #hub: DeviceEventHub
  readonly #tally = new Tally()
  readonly #hosts: DeviceHost[] = []
  readonly #life: Lifecycle

  constructor(options: FleetOptions) {
    this.#settings = settingsOfAll(options)
    this.ids = this.#settings.map(({ id }) => id)
    this.#shared = options.sharedSocket === true
    const { hub, world } = eventfulWorld(options, this.#tally)
    this.#hub = hub
    this.#world = world
    this.#life = new Lifecycle(
      `fleet of ${this.ids.length}`,
      (signal) => this.#open(signal),
      () => this.#end(),
    )
  }

  start(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#life.start(options.signal)
  }

  close(): Promise<void> {
    return this.#life.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  on<Name extends DeviceEventName>(name: Name, listener: (event: DeviceEvent<Name>) => void): () => void {
    return this.#hub.on(name, listener)
  }

  events(filter?: DeviceEventFilter): AsyncGenerator<DeviceEvent | EventGap, void, undefined> {
    return this.#hub.events(filter)
  }

  summary(): DeviceSummary {
    return this.#tally.summary(this.ids.length, runningOn(this.#hosts))
  }

  async #open(signal: AbortSignal): Promise<void> {
    const [first] = this.#settings
    if (first === undefined) return
    const server = await unlessAborted(resolveServer(first.server), signal)
    const groups = this.#shared ? [this.#settings] : this.#settings.map((settings) => [settings])
    for (let at = 0; at < groups.length; at += openingAtOnce) {
      const opening = groups.slice(at, at + openingAtOnce).map((group) => this.#openHost(group))
      for (const host of opening) this.#hosts.push(host)
      await Promise.all(opening.map((host) => host.listen().catch(explainTooMany)))
      signal.throwIfAborted()
    }
    for (const [index, host] of this.#hosts.entries())
      for (const settings of groups[index] ?? []) host.add(settings, server).start()
  }

  #openHost([first]: readonly DeviceSettings[]): DeviceHost {
    if (first === undefined) throw new Error('a socket for no device')
    return new DeviceHost(first, this.#world)
  }

  async #end(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()))
    this.#world.close()
  }
}

/** @throws TypeError */
function settingsOfAll(options: FleetOptions): DeviceSettings[] {
  const { count, spread } = options
  const first = settleOptions(options)
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new TypeError(`count: a whole number from 1 to 100000, not ${count}`)
  if (laterId(first.id, count - 1) === undefined)
    throw new TypeError(`count: ${count} IDs do not fit into the last six digits after ${first.id}`)
  if (spread !== undefined && !(spread >= 0 && spread <= 86_400))
    throw new TypeError(`spread: seconds from 0 to 86400, not ${spread}`)
  if (first.local.port !== 0 && count > 1 && options.sharedSocket !== true)
    throw new TypeError(`local.port: ${first.local.port} is one port for ${count} sockets; leave it out or share one`)
  const step = ((spread ?? count / startsPerSecond) * 1000) / count
  return Array.from({ length: count }, (_, index) => ({
    ...first,
    id: laterId(first.id, index) ?? first.id,
    startAfter: first.startAfter + index * step,
  }))
}

function explainTooMany(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error && 'code' in cause && (cause.code === 'EMFILE' || cause.code === 'ENFILE'))) throw error
  throw new Gb28181Error('too-many-sockets', 'The system allows no more open sockets.', {
    cause,
    hint: 'Share one socket (--shared-socket), or raise the limit of open files.',
  })
}
