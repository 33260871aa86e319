/**
 * How a message finds its transaction: RFC 3261 sections 17.1.3 and 17.2.3.
 */
import { randomInt } from 'node:crypto'
import { magicCookie } from '../sip/headers.ts'
import type { SipRequest } from '../sip/message.ts'

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
 * of before RFC 3261, without the cookie, are told apart by what else names them.
 *
 * Asks:  the branch alone tells requests of one client apart.
 * Meets: clients that use one branch for everything they send.
 * Does:  takes CSeq number and Call-ID with it, which a retransmission, an ACK and a CANCEL share with their request.
 *        test/engine/server.test.ts
 */
export function serverKey(request: SipRequest, method = request.method): string {
  const { via } = request
  const named = via.branch?.startsWith(magicCookie) && via.branch.length > magicCookie.length
  const ofMethod = method === 'ACK' ? 'INVITE' : method
  const from = named ? '' : (request.from.tag ?? '')
  const { number } = request.cseq
  return flat(
    `${named ? via.branch : ''}|${via.host}:${via.port ?? 5060}|${ofMethod}|${number}|${from}|${request.callId}`,
  )
}

/**
 * The same text in one piece. A concatenation keeps its parts, here slices that keep the whole message, until one of its
 * characters is read: 400 bytes for each of the transactions that live for 32 s.
 */
function flat(text: string): string {
  text.charCodeAt(0)
  return text
}

/**
 * A number for each text, by a secret of this process: whoever sends the texts cannot choose any that meet in one row of a
 * table. Not drawn from `Random`, as nothing that anybody sees depends on it.
 */
export class SecretHash {
  readonly #start = randomInt(2 ** 32) | 0
  readonly #factor = randomInt(2 ** 31) * 2 + 1

  /** 32 bits with a sign. */
  of(text: string): number {
    let hash = this.#start
    for (let at = 0; at < text.length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), this.#factor)
      hash ^= hash >>> 15
    }
    return hash
  }
}

/** The branch of a server key. Its Call-ID stands at the end. */
export const branchIn = (key: string): string => key.slice(0, key.indexOf('|'))

/** What the server transaction of a request is found by, as others see it. */
export function serverActorKey(request: SipRequest): { readonly branch: string; readonly callId: string } {
  return { branch: branchIn(serverKey(request)), callId: request.callId }
}

/** The same request by another way (8.2.2.2): no To tag, and From tag, Call-ID and CSeq of one that is going on. */
export const mergeKey = (request: SipRequest): string =>
  `${request.callId}|${request.from.tag ?? ''}|${request.cseq.number} ${request.cseq.method}`
