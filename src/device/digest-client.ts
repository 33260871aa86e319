/**
 * The device's half of digest authentication: keeps the newest challenge and counts the uses of its nonce (RFC 7616 3.4,
 * RFC 3261 22.2 and 22.3).
 */
import type { Random } from '../engine/options.ts'
import { answerChallenge, type Challenge, chooseChallenge, parseChallenge } from '../sip/digest.ts'
import type { HeaderField, SipResponse } from '../sip/message.ts'

export interface DigestIdentity {
  readonly username: string
  readonly password: string | undefined
}

interface Challenged {
  readonly challenge: Challenge
  /** A proxy's challenge (407) is answered in a header of its own. */
  readonly header: 'Authorization' | 'Proxy-Authorization'
  readonly cnonce: string
  uses: number
}

export class DigestClient {
  readonly #identity: DigestIdentity
  readonly #random: Random
  #current: Challenged | undefined

  constructor(identity: DigestIdentity, random: Random) {
    this.#identity = identity
    this.#random = random
  }

  /** Takes the challenge of a 401 or 407. Undefined where there is none that can be answered, or no password. */
  challenged(response: SipResponse): Challenge | undefined {
    const proxy = response.status === 407
    const values = response.headers(proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate')
    const challenge = chooseChallenge(values.flatMap((value) => parseChallenge(value) ?? []))
    if (challenge === undefined || this.#identity.password === undefined) return undefined
    const header = proxy ? 'Proxy-Authorization' : 'Authorization'
    const uses = challenge.nonce === this.#current?.challenge.nonce ? this.#current.uses : 0
    this.#current = { challenge, header, cnonce: this.#random.hex(8), uses }
    return challenge
  }

  /** The credentials for a request: none before the first challenge. */
  authorize(method: string, uri: string): readonly HeaderField[] {
    const { username, password } = this.#identity
    const current = this.#current
    if (current === undefined || password === undefined) return []
    current.uses += 1
    const { challenge, header, cnonce, uses } = current
    const value = answerChallenge({ challenge, username, password, method, uri, cnonce, nonceCount: uses })
    return [{ name: header, value }]
  }
}
