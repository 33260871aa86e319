/**
 * An engine with the simulated devices on it: one, or as many as share its socket.
 *
 * Owns the engine's life and finds the device that a request is addressed to. What the device does with it is its own
 * business.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { ActorRecord } from '../engine/directory.ts'
import { Engine } from '../engine/engine.ts'
import { type Endpoint, endpointText, type Flow, type ListenAddress } from '../engine/network.ts'
import type { EngineUser } from '../engine/options.ts'
import type { ServerTransaction } from '../engine/server-transaction.ts'
import { Gb28181Error } from '../errors.ts'
import type { ServerProfile } from '../sip/core.ts'
import { userOf } from '../sip/uri.ts'
import { faultyNetwork } from './faulty-network.ts'
import type { DeviceSettings } from './options.ts'
import type { World } from './shared.ts'
import { SimulatedDevice } from './simulated-device.ts'

/** What a device of this issue takes. */
const takes: ServerProfile = {
  methods: ['INVITE', 'ACK', 'CANCEL', 'BYE', 'MESSAGE', 'OPTIONS'],
  schemes: ['sip'],
  extensions: [],
  contentTypes: ['application/sdp', 'application/manscdp+xml'],
}

export class DeviceHost implements EngineUser {
  readonly profile = takes
  readonly engine: Engine
  readonly #settings: DeviceSettings
  readonly #world: World
  readonly #devices: SimulatedDevice[] = []
  /** By the ID of the device and of each of its channels. */
  readonly #addressed = new Map<string, SimulatedDevice>()

  constructor(settings: DeviceSettings, world: World) {
    this.#settings = settings
    this.#world = world
    const { clock, random } = world
    this.engine = new Engine(
      {
        clock,
        random,
        network: faultyNetwork(world.network, settings.faults, { clock, random }),
        userAgent: settings.profile.userAgent,
        grace: settings.grace,
        executor: settings.executor,
      },
      this,
    )
  }

  get devices(): readonly SimulatedDevice[] {
    return this.#devices
  }

  get addresses(): readonly ListenAddress[] {
    return this.engine.addresses
  }

  /** @throws Gb28181Error when the local port cannot be opened. */
  async listen(): Promise<void> {
    const { transport, local } = this.#settings
    await this.engine.listen([{ transport, ...local }])
  }

  /** Makes a device on this engine; it does nothing before its `start`. */
  add(settings: DeviceSettings, server: Endpoint): SimulatedDevice {
    const { random, openRtp, emit, clip } = this.#world
    const device = new SimulatedDevice(settings, { engine: this.engine, server, random, openRtp, emit, clip })
    this.#devices.push(device)
    for (const id of [settings.id, ...device.channels.map((channel) => channel.id)]) this.#addressed.set(id, device)
    return device
  }

  /** Hangs up, unregisters, and closes the socket; settles within the grace. */
  async close(): Promise<void> {
    for (const device of this.#devices) device.endSessions()
    await this.engine.close()
  }

  // --- what the engine tells

  request(transaction: ServerTransaction): void {
    const device = this.#deviceFor(transaction)
    if (device === undefined) transaction.respond(404)
    else device.request(transaction)
  }

  connectionClosed(flow: Flow): void {
    for (const device of this.#devices) device.connectionClosed(flow)
  }

  crashed({ id, machine }: ActorRecord, error: unknown): void {
    this.#world.emit('actor.crashed', { actorId: id, machine, message: String(error) })
  }

  trouble(local: Endpoint, error: Error): void {
    this.#world.emit('engine.trouble', { address: endpointText(local), message: error.message })
  }

  /** By Request-URI, else by To; a device that has its socket to itself gets everything. */
  #deviceFor({ request }: ServerTransaction): SimulatedDevice | undefined {
    if (this.#devices.length === 1) return this.#devices[0]
    return this.#addressed.get(userOf(request.uri) ?? '') ?? this.#addressed.get(request.to.user ?? '')
  }
}

/** The address of the platform. @throws Gb28181Error `server-unknown` when its name does not resolve. */
export async function resolveServer({ host, port }: DeviceSettings['server']): Promise<Endpoint> {
  if (isIP(host) !== 0) return { address: host, port }
  try {
    const { address } = await lookup(host)
    return { address, port }
  } catch (cause) {
    const hint = 'Check the spelling, or give its IP address.'
    throw new Gb28181Error('server-unknown', `${host} has no address`, { cause, hint })
  }
}
