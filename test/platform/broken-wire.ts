/** A network that refuses to send some messages, as a system does that has no route any more. */
import type { Face, Flow, ListenAddress, Network, NetworkUser } from '../../src/engine/network.ts'
import type { VirtualNetwork } from '../../src/testing/index.ts'

export class BrokenWire implements Network {
  /** Whether this message is refused. Tests change it on the way. */
  refuses: (text: string) => boolean
  #network: VirtualNetwork | undefined

  constructor(refuses: (text: string) => boolean) {
    this.refuses = refuses
  }

  /** The network that carries all the rest. */
  over(network: VirtualNetwork): void {
    this.#network = network
  }

  async listen(at: ListenAddress, user: NetworkUser): Promise<Face> {
    if (this.#network === undefined) throw new Error('a broken wire needs a network that it is over')
    const face = await this.#network.listen(at, {
      ...user,
      datagrams: (batch) => user.datagrams(batch.map(({ flow, bytes }) => ({ flow: this.#broken(flow), bytes }))),
    })
    return {
      transport: face.transport,
      local: face.local,
      flowTo: (remote) => this.#broken(face.flowTo(remote)),
      close: () => face.close(),
    }
  }

  #broken(flow: Flow): Flow {
    const { transport, local, remote, open } = flow
    const refused = (failed: (error: Error) => void) => failed(new Error('ENETUNREACH'))
    return {
      transport,
      local,
      remote,
      open,
      send: (bytes, failed) => {
        if (this.refuses(bytes.toString('latin1'))) this.#network?.clock.setTimeout(() => refused(failed), 0)
        else flow.send(bytes, failed)
      },
    }
  }
}
