/**
 * How a message finds its transaction: RFC 3261 sections 17.1.3 and 17.2.3.
 */
import { randomInt } from 'node:crypto'
import { magicCookie } from '../sip/headers.ts'
import type { SipMessage, SipRequest } from '../sip/message.ts'

/** Digits of a half. */
const halfLength = 8
const ownBranchLength = magicCookie.length + 2 * halfLength
const digits = Int8Array.from({ length: 256 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)))

/** What a client transaction is found by: the two numbers of its branch, and its Call-ID. */
export interface OwnKey {
  readonly first: number
  readonly second: number
  readonly callId: string
}

/**
 * The two numbers that a branch of ours is: the cookie and 16 digits. By these a response finds its client transaction; as
 * a text its branch would be hashed and compared anew for each response, in two calls into the runtime.
 *
 * Whoever reads many has one, which takes the numbers of each.
 */
export class BranchNumbers {
  /** 32 bits with a sign. */
  first = 0
  second = 0

  /** @returns false for a branch that is none of ours */
  read(branch: string): boolean {
    if (branch.length !== ownBranchLength || !branch.startsWith(magicCookie)) return false
    return this.readDigits(branch, magicCookie.length)
  }

  /** The same for the 16 digits alone, or from where they begin. */
  readDigits(text: string, from = 0): boolean {
    let first = 0
    let second = 0
    let worst = 0
    for (let at = from; at < from + 2 * halfLength; at++) {
      const digit = digits[text.charCodeAt(at)] ?? -1
      worst |= digit
      first = (first << 4) | (second >>> 28)
      second = (second << 4) | digit
    }
    this.first = first
    this.second = second
    return worst >= 0
  }
}

/** The branch of two numbers. */
export const branchOf = (first: number, second: number): string => magicCookie + hexOf(first) + hexOf(second)

const hexOf = (half: number): string => (half >>> 0).toString(16).padStart(halfLength, '0')

/**
 * The server transaction of a request (17.2.3): branch, sent-by and method, where an ACK counts as its INVITE. Requests
 * of before RFC 3261, without the cookie, are told apart by what else names them. The response has the same, all of it
 * copied from its request.
 *
 * Asks:  the branch alone tells requests of one client apart.
 * Meets: clients that use one branch for everything they send.
 * Does:  takes CSeq number and Call-ID with it, which a retransmission, an ACK and a CANCEL share with their request.
 *        test/engine/server.test.ts
 */
export function serverKey(message: SipMessage, method = message.cseq.method): string {
  const { via, from, cseq, callId } = message
  const branch = branchIn(message)
  const tag = branch === '' ? (from.tag ?? '') : ''
  return `${branch}|${via.host}:${via.port ?? 5060}|${matched(method)}|${cseq.number}|${tag}|${callId}`
}

const matched = (method: string): string => (method === 'ACK' ? 'INVITE' : method)

/**
 * A number for each server key, by a secret of this process: whoever sends requests cannot choose any that meet in one row
 * of a table. Not drawn from `Random`, as nothing that anybody sees depends on it.
 */
export class SecretHash {
  readonly #start = randomInt(2 ** 32) | 0
  readonly #factor = randomInt(2 ** 31) * 2 + 1

  /**
   * Of all that `serverKey` consists of, and the same for the same key. The key itself is put together only where two have
   * the same number: as a text in one piece it costs as much as this, and a hundred bytes for each transaction.
   *
   * @returns 32 bits with a sign
   */
  of(message: SipMessage, method = message.cseq.method): number {
    const { via, from, cseq, callId } = message
    let hash = this.#mixed(this.#start, branchIn(message) || (from.tag ?? ''))
    hash = this.#mixed(hash, via.host)
    hash = this.#mixed(hash ^ (via.port ?? 5060), matched(method))
    return this.#mixed(hash ^ cseq.number, callId)
  }

  #mixed(start: number, text: string): number {
    const factor = this.#factor
    let hash = Math.imul(start ^ text.length, factor)
    for (let at = 0; at < text.length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), factor)
      hash ^= hash >>> 15
    }
    return hash
  }
}

/** The branch of a server key; empty for one of before RFC 3261. */
export const branchIn = ({ via }: SipMessage): string => (via.hasMagicCookie ? via.branch : undefined) ?? ''

/** What the server transaction of a request is found by, as others see it. */
export const serverActorKey = (request: SipRequest): { readonly branch: string; readonly callId: string } => ({
  branch: branchIn(request),
  callId: request.callId,
})

/** The same request by another way (8.2.2.2): no To tag, and From tag, Call-ID and CSeq of one that is going on. */
export const mergeKey = (request: SipRequest): string =>
  `${request.callId}|${request.from.tag ?? ''}|${request.cseq.number} ${request.cseq.method}`
