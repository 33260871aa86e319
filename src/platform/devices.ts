/**
 * All devices by id. Those that have registered stay until they are forgotten; strangers are watched in a bounded pool,
 * the oldest forgotten first (DESIGN.md rule 4).
 */
import type { RegistrationOptions } from '../../machines/registration/registration.ts'
import type { Engine } from '../engine/engine.ts'
import { endpointText, type Flow } from '../engine/network.ts'
import { detached } from '../sip/text.ts'
import { Device, type DeviceHost, registrationLogic } from './device.ts'
import type { PlatformLimits } from './options.ts'

export class Devices {
  readonly #engine: Engine
  readonly #host: DeviceHost
  readonly #limits: PlatformLimits
  readonly #options: RegistrationOptions
  readonly #registered = new Map<string, Device>()
  readonly #strangers = new Map<string, Device>()
  readonly #byConnection = new Map<string, Set<Device>>()
  /** Who was asked for last: of one request several ask for the same, by the same text. A look-up costs 1 us when it is cold. */
  #lastId = ''
  #last: Device | undefined

  constructor(engine: Engine, host: DeviceHost, limits: PlatformLimits, options: RegistrationOptions) {
    this.#engine = engine
    this.#host = host
    this.#limits = limits
    this.#options = options
  }

  /** A device that has registered once, online or not. */
  registered(id: string): Device | undefined {
    const device = this.get(id)
    return device?.hasRegistered ? device : undefined
  }

  get(id: string): Device | undefined {
    return id === this.#lastId ? this.#last : this.lookUp(id)
  }

  /** The same, for the first of several times: `get` with the same text finds what this has found. */
  lookUp(id: string): Device | undefined {
    this.#lastId = id
    this.#last = this.#registered.get(id) ?? this.#strangers.get(id)
    return this.#last
  }

  #askAnew(): void {
    this.#lastId = ''
    this.#last = undefined
  }

  *all(): Iterable<Device> {
    yield* this.#registered.values()
    yield* this.#strangers.values()
  }

  /** No room for a further device. */
  get full(): boolean {
    return this.#registered.size >= this.#limits.devices
  }

  /** The device of that id, as a stranger if it is not known. */
  meet(id: string, flow: Flow): Device {
    const known = this.get(id)
    if (known !== undefined) return known
    if (this.#strangers.size >= this.#limits.strangers) this.#forgetOldestStranger()
    const device = this.#create(id, flow)
    this.#strangers.set(device.id, device)
    this.#askAnew()
    return device
  }

  /** A stranger has proved who it is. */
  admit(device: Device): void {
    this.#strangers.delete(device.id)
    this.#registered.set(device.id, device)
    if (device.log !== undefined) this.#engine.options.recorder?.admit(device.log)
  }

  /** The device is now reached over this flow. */
  bindFlow(device: Device, flow: Flow): void {
    this.#unbindFlow(device)
    device.flow = flow
    if (flow.transport !== 'TCP') return
    const key = endpointText(flow.remote)
    const devices = this.#byConnection.get(key)
    if (devices === undefined) this.#byConnection.set(key, new Set([device]))
    else devices.add(device)
  }

  /** The devices that were reached over a connection that has closed. */
  onConnection(flow: Flow): readonly Device[] {
    return [...(this.#byConnection.get(endpointText(flow.remote)) ?? [])].filter((device) => device.flow === flow)
  }

  forget(id: string): boolean {
    const device = this.get(id)
    device?.actor.send({ type: 'forget', at: this.#engine.now() })
    return device !== undefined
  }

  #forgetOldestStranger(): void {
    const [oldest] = this.#strangers.keys()
    if (oldest !== undefined) this.forget(oldest)
  }

  #create(id: string, flow: Flow): Device {
    // The id that was looked for is a slice of the message that named it.
    const device = new Device(this.#host, detached(id), flow, this.#engine.logOf(id))
    const actor = this.#engine.spawn(registrationLogic, {
      key: device.actorKey,
      owner: device,
      input: this.#options,
      ended: () => this.#remove(device),
    })
    device.run(actor)
    return device
  }

  #remove(device: Device): void {
    device.gone = true
    this.#askAnew()
    this.#unbindFlow(device)
    this.#strangers.delete(device.id)
    this.#registered.delete(device.id)
    for (const affair of device.affairs) affair.deviceOffline()
  }

  #unbindFlow(device: Device): void {
    if (device.flow.transport !== 'TCP') return
    const key = endpointText(device.flow.remote)
    const devices = this.#byConnection.get(key)
    devices?.delete(device)
    if (devices?.size === 0) this.#byConnection.delete(key)
  }
}
