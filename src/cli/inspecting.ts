/** What `gb28181 platform` tells to inspectors that others made: both bridges, as the options want them. */
import type { Endpoint } from '../engine/network.ts'
import { deviceOf, InspectorClient, InspectorServer } from '../inspect/bridge/index.ts'
import type { Platform } from '../platform/platform.ts'
import { Access } from '../server/access.ts'
import type { Log } from './log.ts'
import type { PlatformSettings } from './platform-settings.ts'

type Bridge = Pick<InspectorServer, 'start' | 'close'> | InspectorClient

export class Inspecting {
  readonly #server: InspectorServer | undefined
  readonly #bridges: readonly Bridge[]

  constructor({ engine }: Platform, { inspect, http }: Pick<PlatformSettings, 'inspect' | 'http'>, logger: Log) {
    const { listen, origins, acceptEvents, to } = inspect
    const source = engine.statecharts
    const { clock } = engine.options
    const log = (level: 'info' | 'warn', details: Readonly<Record<string, unknown>>, message: string) =>
      logger[level](details, message)
    if (listen !== undefined) {
      const { address: host, port } = listen
      const { token } = http
      const gate = new Access({ host, hosts: http.hosts, origins, ...(token === undefined ? {} : { token }) })
      this.#server = new InspectorServer({ source, host, port, gate, clock, deviceOf, acceptEvents, log })
    }
    const client = to === undefined ? undefined : new InspectorClient({ source, url: to, clock, log })
    this.#bridges = [this.#server, client].filter((bridge) => bridge !== undefined)
  }

  /** @throws Gb28181Error `port-in-use` and its kin */
  async start(): Promise<void> {
    for (const bridge of this.#bridges) await bridge.start()
  }

  /** Where `@xstate/inspect` is served. */
  address(): Endpoint | undefined {
    return this.#server?.address()
  }

  async close(): Promise<void> {
    await Promise.all(this.#bridges.map((bridge) => bridge.close()))
  }
}
