/** A wire on which platforms and cameras come and go, for flows in which one of them does not live through it all. */
import { afterEach } from 'vitest'
import { createDevice, type DeviceOptions } from '../../src/device/index.ts'
import { createPlatform, type PlatformOptions } from '../../src/index.ts'
import { createEmbeddedMedia } from '../../src/media/index.ts'
import { type LinkOptions, SettlingClock, seededRandom, VirtualNetwork } from '../../src/testing/index.ts'
import { Recorded } from '../support/recorded.ts'

const platformAddress = '192.0.2.10'
const password = 'Pass1234'

/** Who runs the machines: a flow is the same by either. */
export const executors = ['compiled', 'xstate'] as const

const recorded: Recorded[] = []
afterEach(() => {
  for (const each of recorded.splice(0)) each.mustReplay()
})

export function stage({ executor, ...link }: LinkOptions & { executor: (typeof executors)[number] }) {
  const clock = new SettlingClock(Date.UTC(2024, 4, 1))
  const network = new VirtualNetwork({ clock, link })
  const random = seededRandom(link.seed ?? 1)
  const bound = (transport: 'UDP' | 'TCP') => ({ transport, address: platformAddress, port: 5060 })

  const platform = (options: PlatformOptions = {}) => {
    const media = createEmbeddedMedia({
      ports: { from: 30_000, to: 30_100 },
      bind: platformAddress,
      clock,
      random: random.fraction,
      network: network.media(platformAddress),
    })
    const made = createPlatform({
      password,
      clock,
      random,
      network,
      media,
      executor,
      listen: [bound('UDP'), bound('TCP')],
      ...options,
    })
    recorded.push(new Recorded(made))
    return Object.assign(made, { media })
  }

  const camera = (options: Partial<DeviceOptions> = {}) =>
    createDevice({
      server: platformAddress,
      password,
      clock,
      network,
      random,
      openRtp: network.openRtp,
      executor,
      local: { address: '192.0.2.64', port: 5060 },
      ...options,
    })

  /** First lines that were delivered, in order, keepalives and repetitions included. */
  const delivered = (): readonly string[] =>
    network.log.filter(({ what }) => what === 'delivered').map(({ summary }) => summary)

  return { clock, network, platform, camera, delivered }
}

/** The named ends of an address disappear from the wire: nothing from or to it arrives any more. */
export function cut(network: VirtualNetwork, address: string, other = platformAddress): void {
  network.setLink(address, other, () => 'drop')
  network.setLink(other, address, () => 'drop')
}
