/**
 * The network under the embedded receiver: bound UDP ports that hand over datagrams. A port of its own, so that tests
 * and simulations receive media without sockets; in production node:dgram.
 */
import { createSocket, type Socket } from 'node:dgram'
import { isIPv4, isIPv6 } from 'node:net'
import type { MediaSource } from './types.ts'

export interface MediaSocket {
  /** Best effort, as UDP is: a datagram that cannot be sent is lost. */
  send(packet: Buffer, port: number, address: string): void
  /** Resolves when the port is free again. */
  close(): Promise<void>
}

export interface MediaNetwork {
  /**
   * Binds a UDP port. Rejects with Node's error when it cannot (`code` `EADDRINUSE`, ...). `onPacket` is never called
   * before the promise has resolved nor after `close`; the packet is the callee's. `onError`: trouble after binding.
   */
  bind(
    port: number,
    onPacket: (packet: Buffer, source: MediaSource) => void,
    onError: (error: Error) => void,
  ): Promise<MediaSocket>
}

/** A keyframe arrives as one burst; the system's default holds some 150 packets. */
const RECEIVE_BUFFER = 2 * 1024 * 1024

/** How a socket that serves both families writes an IPv4 peer (RFC 4291 2.5.5.2); the signalling says it without. */
const MAPPED = '::ffff:'

/** `address`: the local address that every port is bound to. */
export const createDgramNetwork = (address: string): MediaNetwork => ({
  async bind(port, onPacket, onError) {
    const socket = await bindSocket(address, port)
    socket.on('error', onError)
    socket.on('message', (packet, info) => onPacket(packet, isMapped(info.address) ? unmap(info) : info))
    const mapped = isIPv6(address)
    return {
      send(packet, toPort, toAddress) {
        // A peer's address may be unroutable: the callback takes such errors, and they end here.
        socket.send(packet, toPort, mapped && isIPv4(toAddress) ? MAPPED + toAddress : toAddress, () => {})
      },
      close: () => closeSocket(socket),
    }
  },
})

function bindSocket(address: string, port: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const family = isIPv6(address) ? 6 : 4
  // Peers are addresses, so there is nothing to resolve.
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (host, _options, done) => done(null, host, family),
  })
  const failed = (error: Error) => {
    socket.close()
    reject(error)
  }
  socket.once('error', failed)
  socket.bind({ address, port, exclusive: true }, () => {
    socket.off('error', failed)
    widen(socket)
    resolve(socket)
  })
  return promise
}

function widen(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER)
  } catch {
    // Some systems refuse more than their limit instead of giving the limit; the port works with what it has.
  }
}

function closeSocket(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.removeAllListeners('message')
  socket.close(() => resolve())
  return promise
}

const isMapped = (address: string): boolean => address.startsWith(MAPPED) && address.includes('.')
const unmap = (source: MediaSource): MediaSource => ({
  address: source.address.slice(MAPPED.length),
  port: source.port,
})
