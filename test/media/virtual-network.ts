/** A network without sockets: datagrams are handed in by the test, and what is sent is kept with its time. */
import type { MediaNetwork } from '../../src/media/network.ts'
import type { MediaSource } from '../../src/media/types.ts'

export interface SentDatagram {
  readonly from: number
  readonly to: MediaSource
  readonly packet: Buffer
}

export class VirtualNetwork implements MediaNetwork {
  readonly sent: SentDatagram[] = []
  readonly bound = new Map<number, (packet: Buffer, source: MediaSource) => void>()
  /** Ports that cannot be bound, with the code of the error. */
  readonly refused = new Map<number, string>()
  /** Ports in the order in which binding was tried. */
  readonly tried: number[] = []
  /** Called before a bind is answered. */
  onBind: (port: number) => void = () => {}

  async bind(port: number, onPacket: (packet: Buffer, source: MediaSource) => void) {
    this.tried.push(port)
    this.onBind(port)
    await Promise.resolve()
    const code = this.bound.has(port) ? 'EADDRINUSE' : this.refused.get(port)
    if (code) throw Object.assign(new Error(`bind ${code} 0.0.0.0:${port}`), { code })
    this.bound.set(port, onPacket)
    return {
      send: (packet: Buffer, toPort: number, address: string) =>
        void this.sent.push({ from: port, to: { address, port: toPort }, packet }),
      close: async () => void this.bound.delete(port),
    }
  }

  /** A datagram arrives; false if nobody listens there. */
  deliver(port: number, packet: Buffer, source: MediaSource): boolean {
    const onPacket = this.bound.get(port)
    onPacket?.(packet, source)
    return onPacket !== undefined
  }
}
