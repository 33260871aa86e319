/**
 * One simulated device: registers with a platform, keeps alive, answers DeviceInfo, DeviceStatus and Catalog, and sends a
 * real stream when it is invited (GB/T 28181, the lower side).
 *
 * ```ts
 * await using device = createDevice({ server: '127.0.0.1:5060', password: 'Pass1234', channels: 4 })
 * device.on('registered', ({ expires }) => console.log(`registered for ${expires} s`))
 * await device.start()
 * ```
 */
import type { ListenAddress } from '../engine/network.ts'
import { EventHub } from '../events/hub.ts'
import type {
  DeviceEvent,
  DeviceEventFilter,
  DeviceEventHub,
  DeviceEventName,
  DeviceEvents,
  EventGap,
} from './events.ts'
import { DeviceHost, resolveServer } from './host.ts'
import { type Channel, channelsOf } from './identity.ts'
import { Lifecycle, unlessAborted } from './lifecycle.ts'
import { type DeviceOptions, type DeviceSettings, settleOptions } from './options.ts'
import type { RegisteringState } from './registering.ts'
import { createWorld, type World } from './shared.ts'
import type { SimulatedDevice } from './simulated-device.ts'
import { type DeviceSummary, Tally } from './tally.ts'

/** `idle` before `start`; `waiting` between attempts to register. */
export type DeviceState = 'idle' | RegisteringState

export interface DeviceSessionView {
  readonly channelId: string
  readonly callId: string
  /** RTP packets sent. */
  readonly packets: number
}

export interface Device extends AsyncDisposable {
  readonly id: string
  readonly channels: readonly Channel[]
  readonly state: DeviceState
  /** Sessions that are not over. */
  readonly sessions: readonly DeviceSessionView[]
  /**
   * Opens the socket and begins to register; resolves when the socket is open.
   * Rejects with `Gb28181Error` (`port-in-use`, `server-unknown`, `closed` ...) or the signal's reason.
   */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Hangs up, unregisters and closes the socket; settles within the grace whether the platform answers or not. */
  close(): Promise<void>
  /** What was bound; empty before `start` has resolved. */
  address(): readonly ListenAddress[]
  on<Name extends DeviceEventName>(name: Name, listener: (event: DeviceEvent<Name>) => void): () => void
  /** Events from now on, until the signal aborts or the loop is left. */
  events(filter?: DeviceEventFilter): AsyncGenerator<DeviceEvent | EventGap, void, undefined>
  summary(): DeviceSummary
}

/**
 * Makes a device that does nothing before `start`.
 * @throws TypeError for an option that cannot be used, naming it.
 */
export const createDevice = (options: DeviceOptions): Device => new DeviceShell(options)

class DeviceShell implements Device {
  readonly channels: readonly Channel[]
  readonly #settings: DeviceSettings
  readonly #world: World
  readonly #hub: DeviceEventHub
  readonly #tally = new Tally()
  readonly #host: DeviceHost
  readonly #life: Lifecycle
  #device: SimulatedDevice | undefined

  constructor(options: DeviceOptions) {
    this.#settings = settleOptions(options)
    this.channels = channelsOf(this.#settings.id, this.#settings.channels)
    const { hub, world } = eventfulWorld(options, this.#tally)
    this.#hub = hub
    this.#world = world
    this.#host = new DeviceHost(this.#settings, world)
    this.#life = new Lifecycle(
      `device ${this.id}`,
      (signal) => this.#open(signal),
      () => this.#end(),
    )
  }

  get id(): string {
    return this.#settings.id
  }

  get state(): DeviceState {
    return this.#device?.state ?? 'idle'
  }

  get sessions(): readonly DeviceSessionView[] {
    return [...(this.#device?.sessions ?? [])].map(({ channelId, callId, packets }) => ({ channelId, callId, packets }))
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

  address(): readonly ListenAddress[] {
    return this.#host.addresses
  }

  on<Name extends DeviceEventName>(name: Name, listener: (event: DeviceEvent<Name>) => void): () => void {
    return this.#hub.on(name, listener)
  }

  events(filter?: DeviceEventFilter): AsyncGenerator<DeviceEvent | EventGap, void, undefined> {
    return this.#hub.events(filter)
  }

  summary(): DeviceSummary {
    return this.#tally.summary(1, runningOn([this.#host]))
  }

  async #open(signal: AbortSignal): Promise<void> {
    const server = await unlessAborted(resolveServer(this.#settings.server), signal)
    await this.#host.listen()
    signal.throwIfAborted()
    this.#device = this.#host.add(this.#settings, server)
    this.#device.start()
  }

  async #end(): Promise<void> {
    await this.#host.close()
    this.#world.close()
  }
}

/** A world whose events go to a hub and are added up. */
export function eventfulWorld(options: DeviceOptions, tally: Tally): { hub: DeviceEventHub; world: World } {
  let hub: DeviceEventHub | undefined
  const world = createWorld(options, (clock) => {
    const made = new EventHub<DeviceEvents>({ now: () => clock.now(), onListenerError: warn })
    made.listen((event) => tally.take(event))
    hub = made
    return (name, data) => made.emit(name, data)
  })
  if (hub === undefined) throw new Error('createWorld did not ask where events go')
  return { hub, world }
}

/** A listener that throws is a bug of its owner; it is told, and harms nobody. */
const warn = (error: unknown): void =>
  process.emitWarning(error instanceof Error ? error : String(error), 'DeviceListenerWarning')

export function runningOn(hosts: readonly DeviceHost[]): { sessions: number; packets: number } {
  const sessions = hosts.flatMap(({ devices }) => devices.flatMap((device) => [...device.sessions]))
  return { sessions: sessions.length, packets: sessions.reduce((sum, session) => sum + session.packets, 0) }
}
