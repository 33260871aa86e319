/** What the console is told of the platform that the command line runs. */
import { isWildcard, reachableAddresses } from '../engine/local-address.ts'
import type { Platform } from '../platform/platform.ts'
import type { ConsoleOptions } from '../server/index.ts'
import { cameraAddress, warnings } from './banner.ts'
import type { PlatformSettings } from './platform-settings.ts'

export function consoleOf(
  platform: Platform,
  { platform: options, password }: Pick<PlatformSettings, 'platform' | 'password'>,
): ConsoleOptions {
  const { advertise, keepalive = 60, keepaliveLimit = 3 } = options
  return {
    setup: () => {
      const listen = platform.address()
      const own = reachableAddresses()
      return {
        id: platform.id,
        realm: platform.realm,
        address: cameraAddress({ advertise, listen }, own),
        port: listen[0]?.port ?? 5060,
        transports: listen.map(({ transport }) => transport),
        password: password?.from ?? 'generated',
        keepalive,
        keepaliveLimit,
        warnings: warnings({ advertise, listen }, own),
      }
    },
    simulator: () => {
      const listen = platform.address()
      const at = listen.find(({ transport }) => transport === 'UDP') ?? listen[0]
      const host = at === undefined || isWildcard(at.address) ? '127.0.0.1' : at.address
      return {
        server: { host, port: at?.port ?? 5060 },
        transport: at?.transport === 'TCP' ? 'tcp' : 'udp',
        serverId: platform.id,
        passwordOf: (id) => options.passwords?.[id] ?? options.password ?? platform.generatedPassword,
      }
    },
  }
}
