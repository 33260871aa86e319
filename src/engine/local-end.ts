/**
 * What we call ourselves towards a peer: the address it reaches us at, our Via and Contact, and the identifiers of new
 * requests (RFC 3261 8.1.1, 18.1.1).
 */
import { magicCookie } from '../sip/headers.ts'
import { isWildcard, localAddressFor } from './local-address.ts'
import { type Endpoint, endpointText, type Flow, hostText } from './network.ts'
import type { Random } from './options.ts'

/** Peers whose way to us is remembered; asking the system for each message would cost more than sending it. */
const rememberedPeers = 10_000

export class LocalEnd {
  readonly #random: Random
  readonly #advertise: string | undefined
  readonly #addresses = new Map<string, string>()

  constructor(random: Random, advertise: string | undefined) {
    this.#random = random
    this.#advertise = advertise
  }

  newTag(): string {
    return this.#random.hex(5)
  }

  newCallId(): string {
    return this.#random.hex(12)
  }

  newBranch(): string {
    return magicCookie + this.#random.hex(8)
  }

  /** What a peer is told to reach us by over this flow. */
  reachableAt(flow: Flow): Endpoint {
    const { address, port } = flow.local
    if (this.#advertise !== undefined) return { address: this.#advertise, port }
    return isWildcard(address) ? { address: this.#towards(flow.remote.address), port } : flow.local
  }

  /** `<sip:id@address:port>` for this flow, with `;transport=tcp` where the peer must come back over TCP. */
  contact(id: string, flow: Flow): string {
    const { address, port } = this.reachableAt(flow)
    return `<sip:${id}@${hostText(address)}:${port}${flow.transport === 'TCP' ? ';transport=tcp' : ''}>`
  }

  via(flow: Flow, branch: string): string {
    return `SIP/2.0/${flow.transport} ${endpointText(this.reachableAt(flow))};rport;branch=${branch}`
  }

  #towards(remote: string): string {
    const known = this.#addresses.get(remote)
    if (known !== undefined) return known
    if (this.#addresses.size >= rememberedPeers) this.#addresses.clear()
    const address = localAddressFor(remote)
    this.#addresses.set(remote, address)
    return address
  }
}
