/** The real network: node:dgram and node:net. */
import type { FramerOptions } from '../sip/framing.ts'
import type { ListenAddress, Network, NetworkUser } from './network.ts'
import { listenTcp, type TcpLimits, tcpLimits } from './tcp.ts'
import { listenUdp } from './udp.ts'

export function createNodeNetwork(options: { framing?: FramerOptions; tcp?: Partial<TcpLimits> } = {}): Network {
  const limits = { ...tcpLimits, ...options.tcp }
  return {
    listen: (at: ListenAddress, user: NetworkUser) =>
      at.transport === 'UDP' ? listenUdp(at, user) : listenTcp(at, user, options.framing ?? {}, limits),
  }
}
