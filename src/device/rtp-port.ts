/**
 * Where a simulated device sends its media from: a UDP port for each session, behind an interface so that simulations
 * need no sockets.
 */
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Endpoint } from '../engine/network.ts'

export interface RtpPort {
  /** What the answer's `m=` says. */
  readonly port: number
  /** Best effort, as UDP is: never throws. */
  send(packet: Buffer, to: Endpoint): void
  close(): void
}

/** Opens a port on a local address. One that answers at once instead of by promise keeps a simulation synchronous. */
export type OpenRtp = (localAddress: string) => RtpPort | Promise<RtpPort>

/** The real one, over node:dgram. What the receiver reports (RTCP) is read and dropped. */
export const openUdpRtp: OpenRtp = (localAddress) => {
  const family = isIPv6(localAddress) ? 6 : 4
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // Peers are addresses already: skip the resolver.
    lookup: (host, _options, found) => found(null, host, family),
  })
  const { promise, resolve, reject } = Promise.withResolvers<RtpPort>()
  socket.once('error', (error) => {
    socket.close()
    reject(error)
  })
  socket.bind(0, localAddress, () => {
    socket.removeAllListeners('error')
    // Trouble after binding concerns single packets, and those may be lost.
    socket.on('error', () => {})
    socket.on('message', () => {})
    let open = true
    resolve({
      port: socket.address().port,
      send(packet, to) {
        // Port 0 and the like come from the peer's description and would throw.
        if (open && to.port > 0) socket.send(packet, to.port, to.address, () => {})
      },
      close() {
        if (open) socket.close()
        open = false
      },
    })
  })
  return promise
}
