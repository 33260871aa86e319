/** What the console needs beside the API of the platform: what to enter in a camera, and cameras without hardware. */
import { createDevice, type Device } from '../device/index.ts'
import { Gb28181Error } from '../errors.ts'

/** What is doubtful about the address that cameras are told. */
export interface SetupWarning {
  readonly code: 'advertise-loopback' | 'advertise-foreign' | 'loopback-only' | 'container' | 'several-addresses'
  readonly message: string
  /** Those that it is about. */
  readonly addresses: readonly string[]
}

/** What to enter in a camera, and what is known to be doubtful about it. */
export interface Setup {
  readonly version: string
  readonly id: string
  readonly realm: string
  readonly address: string
  readonly port: number
  readonly transports: readonly string[]
  /** Where the password is set; never its value. */
  readonly password: 'generated' | 'environment' | 'option' | 'file'
  /** Seconds. */
  readonly keepalive: number
  readonly keepaliveLimit: number
  readonly warnings: readonly SetupWarning[]
  /** The console may attach simulated cameras. */
  readonly simulator: boolean
}

/** Where simulated cameras register. */
export interface SimulatorOptions {
  readonly server: { readonly host: string; readonly port: number }
  readonly transport: 'udp' | 'tcp'
  readonly serverId: string
  /** Undefined where the device may not register. */
  passwordOf(deviceId: string): string | undefined
}

/** What whoever runs the server knows of its surroundings; asked when the platform serves. */
export interface ConsoleOptions {
  setup(): Omit<Setup, 'version' | 'simulator'>
  simulator(): SimulatorOptions
}

export interface AttachRequest {
  readonly channels?: number
  readonly faults?: readonly string[]
}

/** More would be a load test, for which there is `gb28181 device --count`. */
const mostCameras = 8
/** Of the ten digits that follow the domain: type 111, and numbers that `gb28181 device` does not begin with. */
const firstNumber = 1110000901

/** Simulated cameras in this process, attached from the console. */
export class Simulators {
  readonly #options: () => SimulatorOptions
  readonly #cameras = new Map<string, Device>()
  #next = firstNumber

  constructor(options: () => SimulatorOptions) {
    this.#options = options
  }

  /** @throws Gb28181Error `overload`, `no-password`, `invalid-request` */
  async attach({ channels = 4, faults = [] }: AttachRequest): Promise<{ readonly deviceId: string }> {
    if (this.#cameras.size >= mostCameras) {
      throw new Gb28181Error('overload', `There are ${mostCameras} simulated cameras already.`, {
        hint: 'For more: gb28181 device --count N.',
      })
    }
    const { serverId, server, transport, passwordOf } = this.#options()
    const deviceId = `${serverId.slice(0, 10)}${this.#next++}`
    const password = passwordOf(deviceId)
    if (password === undefined) {
      throw new Gb28181Error('no-password', `No password is set for ${deviceId}.`, {
        hint: 'Add it to the password file, or give the others one with GB28181_PASSWORD.',
      })
    }
    const camera = made({ id: deviceId, server, serverId, transport, password, channels, faults, grace: 1 })
    this.#cameras.set(deviceId, camera)
    try {
      await camera.start()
    } catch (error) {
      this.#cameras.delete(deviceId)
      throw error
    }
    return { deviceId }
  }

  /** @throws Gb28181Error `device-not-found` for one that was not attached here. */
  async detach(deviceId: string): Promise<void> {
    const camera = this.#cameras.get(deviceId)
    if (camera === undefined) throw new Gb28181Error('device-not-found', `${deviceId} is no simulated camera of ours.`)
    this.#cameras.delete(deviceId)
    await camera.close()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#cameras.values()].map((camera) => camera.close()))
    this.#cameras.clear()
  }
}

function made(options: Parameters<typeof createDevice>[0]): Device {
  try {
    return createDevice(options)
  } catch (error) {
    if (error instanceof TypeError) throw new Gb28181Error('invalid-request', error.message)
    throw error
  }
}
