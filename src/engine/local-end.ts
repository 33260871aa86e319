/**
 * What we call ourselves towards a peer: the address it reaches us at, our Via and Contact, and the identifiers of new
 * requests (RFC 3261 8.1.1, 18.1.1).
 */
import { checked } from '../sip/print.ts'
import { isWildcard, localAddressFor } from './local-address.ts'
import { type Endpoint, endpointText, type Flow, hostText } from './network.ts'
import type { Random } from './options.ts'

/** Peers whose way to us is remembered; asking the system for each message would cost more than sending it. */
const rememberedPeers = 10_000

export class LocalEnd {
  readonly #random: Random
  readonly #advertise: string | undefined
  readonly #addresses = new Map<string, string>()
  /** As a rule the next request goes out by the same address of ours. */
  #lastVia = { address: '', port: 0, transport: '', start: '' }

  constructor(random: Random, advertise: string | undefined) {
    this.#random = random
    this.#advertise = advertise && checked(advertise)
  }

  newTag(): string {
    return this.#random.hex(5)
  }

  newCallId(): string {
    return this.#random.hex(12)
  }

  /** Of a new branch, behind the cookie: 16 of them, what `BranchNumbers` reads. */
  newBranchDigits(): string {
    return this.#random.hex(8)
  }

  /** What a peer is told to reach us by over this flow. */
  reachableAt({ local, remote }: Flow): Endpoint {
    return { address: this.#addressFor(local, remote), port: local.port }
  }

  /** `<sip:id@address:port>` for this flow, with `;transport=tcp` where the peer must come back over TCP. */
  contact(id: string, flow: Flow): string {
    const { address, port } = this.reachableAt(flow)
    return `<sip:${id}@${hostText(address)}:${port}${flow.transport === 'TCP' ? ';transport=tcp' : ''}>`
  }

  /** Our Via towards this flow, up to the branch. */
  viaStart({ transport, local, remote }: Flow): string {
    const address = this.#addressFor(local, remote)
    const last = this.#lastVia
    if (last.address === address && last.port === local.port && last.transport === transport) return last.start
    const { port } = local
    const start = `SIP/2.0/${transport} ${endpointText({ address, port })};rport;branch=`
    this.#lastVia = { address, port, transport, start }
    return start
  }

  #addressFor({ address }: Endpoint, remote: Endpoint): string {
    return this.#advertise ?? (isWildcard(address) ? this.#towards(remote.address) : address)
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
