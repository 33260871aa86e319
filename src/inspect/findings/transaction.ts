/** Findings about single transactions: answers that do not come, retransmissions, sequence numbers (RFC 3261 17). */
import type { Transaction } from '../analysis/index.ts'
import { type Context, casesOf, type FindingKind, type Found, shown, span } from './kind.ts'

const t1 = 500

/** A condition on a transaction. */
const amongTransactions =
  (look: (transaction: Transaction, seen: Context) => Pick<Found, 'summary' | 'evidence'> | undefined) =>
  (seen: Context): Found[] =>
    casesOf(seen.transactions, (transaction) => {
      const found = look(transaction, seen)
      return found === undefined ? undefined : { ...found, deviceId: transaction.deviceId, callId: transaction.callId }
    })

const what = ({ first }: Transaction): string => first.label

export const transactionFindings: readonly FindingKind[] = [
  {
    code: 'request-unanswered',
    severity: 'error',
    clause: 'RFC 3261 17.1.1.2 (Timer B), 17.1.2.2 (Timer F)',
    meaning: 'A request got no answer within 64*T1, 32 s.',
    fix: 'Check that the other side is up and reachable at this address and port, that no firewall drops this method, and, for large requests over UDP, that fragments pass.',
    find: amongTransactions((transaction) => {
      if (transaction.clientFailure !== 'timeout') return undefined
      const { first, repeated, method } = transaction
      const timer = method === 'INVITE' ? 'Timer B' : 'Timer F'
      return {
        summary: `${what(transaction)} to ${first.to} got no answer within 32 s (${timer}), sent ${1 + repeated.length} times.`,
        evidence: [first, ...repeated],
      }
    }),
  },
  {
    code: 'timer-running-out',
    severity: 'warning',
    clause: 'RFC 3261 17.1.1.2 (Timer B), 17.1.2.2 (Timer F)',
    meaning: 'The records end while a request has been waiting for its answer for over 4 s.',
    fix: 'Record for longer to see whether the answer comes; if not, see request-unanswered.',
    find: amongTransactions((transaction, { endedAt }) => {
      const { first, repeated, outcome, method, responses } = transaction
      const waited = endedAt - first.at
      if (outcome !== 'pending' || responses.length > 0 || waited < 8 * t1) return undefined
      return {
        summary: `${what(transaction)} has waited ${span(waited)} for an answer; ${method === 'INVITE' ? 'Timer B' : 'Timer F'} fires in ${span(64 * t1 - waited)}.`,
        evidence: [first, ...repeated],
      }
    }),
  },
  {
    code: 'answer-late',
    severity: 'error',
    clause: 'RFC 3261 17.1.2.2',
    meaning: 'An answer came after the sender of the request had given up.',
    fix: 'The answering side is overloaded, or answers only when something else is done: a MESSAGE is to be answered at once.',
    find: amongTransactions((transaction) => {
      const { first, final, clientFailure } = transaction
      if (clientFailure === undefined || final === undefined) return undefined
      return {
        summary: `${what(transaction)} was answered ${span(final.at - first.at)} later, after its sender had given up.`,
        evidence: shown(final, first),
      }
    }),
  },
  {
    code: 'answer-slow',
    severity: 'info',
    clause: 'RFC 3428 7; RFC 4320 4.1',
    meaning: 'A request other than INVITE was answered so late that it was sent again.',
    fix: 'The answering side is slow or far away; a MESSAGE is to be answered at once, before it is worked on.',
    find: amongTransactions((transaction) => {
      const { first, final, method, clientFailure, repeated } = transaction
      if (method === 'INVITE' || final === undefined || clientFailure !== undefined || final.at - first.at <= t1)
        return undefined
      const evidence = shown(final, first, ...repeated)
      return { summary: `${what(transaction)} was answered after ${span(final.at - first.at)}.`, evidence }
    }),
  },
  {
    code: 'trying-missing',
    severity: 'warning',
    clause: 'RFC 3261 17.2.1',
    meaning: 'An INVITE got no provisional response at once, so that it was sent again.',
    fix: 'The invited side must send 100 Trying within 200 ms; a device that cannot should at least answer a repeated INVITE only once.',
    find: amongTransactions((transaction) => {
      const { method, responses, repeated, first } = transaction
      const [earliest] = responses
      if (method !== 'INVITE' || earliest === undefined || repeated.length === 0) return undefined
      if (earliest.at - first.at < t1) return undefined
      return {
        summary: `The first response to the INVITE came after ${span(earliest.at - first.at)}; until then it was sent ${1 + repeated.length} times.`,
        evidence: shown(first, ...repeated, earliest),
      }
    }),
  },
  {
    code: 'ack-of-refusal-missing',
    severity: 'error',
    clause: 'RFC 3261 17.1.1.3, 17.2.1 (Timer H)',
    meaning: 'The refusal of an INVITE was never acknowledged.',
    fix: 'The refusal does not reach the inviting side (see response-to-other-port), or its ACK gets lost on the way back.',
    find: amongTransactions(({ method, status = 0, acks, final, first, serverFailure, responses }) => {
      const again = responses.filter(({ response }) => response?.status === status).length
      if (method !== 'INVITE' || status < 300 || acks.length > 0 || (serverFailure === undefined && again < 3))
        return undefined
      return {
        summary: `The ${status} to the INVITE got no ACK; it was sent ${again} times.`,
        evidence: shown(final, first),
      }
    }),
  },
  {
    code: 'response-not-received',
    severity: 'warning',
    clause: 'RFC 3261 17.1.2.2, 17.2.2',
    meaning: 'A request was repeated although its answer was on the way: the answer does not reach its sender.',
    fix: 'Look at where the answer is sent (see response-to-other-port), and for loss between this place and the sender.',
    find: amongTransactions((transaction) => {
      const { final, repeated } = transaction
      const after = final === undefined ? [] : repeated.filter(({ at }) => at > final.at)
      if (final === undefined || after.length === 0) return undefined
      return {
        summary: `${what(transaction)} came ${after.length} times more after it had been answered ${transaction.status}.`,
        evidence: shown(final, ...after),
      }
    }),
  },
  {
    code: 'retransmission-storm',
    severity: 'warning',
    clause: 'RFC 3261 17.1.1.2, 17.1.2.2',
    meaning: 'A request was repeated more often, or faster, than the timers of SIP allow.',
    fix: 'A firmware fault, a loop in the network, or the same packets captured twice (port mirroring in both directions).',
    find: amongTransactions((transaction) => {
      const { first, repeated, method } = transaction
      const most = method === 'INVITE' ? 6 : 10
      const hurried = repeated.filter(
        ({ at }, index) => at - (index === 0 ? first : (repeated[index - 1] ?? first)).at < 0.8 * t1,
      )
      if (repeated.length <= most && hurried.length < 3) return undefined
      return {
        summary: `${what(transaction)} was sent ${1 + repeated.length} times, ${hurried.length} of them sooner than T1 after the last.`,
        evidence: [first, ...repeated],
      }
    }),
  },
  {
    code: 'request-merged',
    severity: 'warning',
    clause: 'RFC 3261 8.2.2.2',
    meaning:
      'The same request came again under another branch: a retransmission that its receiver takes for a new request.',
    fix: 'A device that makes a new branch for each retransmission; a platform should answer the second 482, or by Call-ID and CSeq like the first.',
    find: ({ transactions }) => {
      const known = new Map<string, Transaction>()
      return casesOf(transactions, (transaction) => {
        const { request, first, callId, deviceId } = transaction
        const key = `${callId}|${request.from.tag}|${request.cseq.number} ${request.method}|${first.from} ${first.to}`
        const before = known.get(key)
        known.set(key, transaction)
        if (before === undefined || request.to.tag !== undefined) return undefined
        return {
          summary: `${what(transaction)} with CSeq ${request.cseq.number} came under two branches.`,
          evidence: shown(first, before.first),
          callId,
          deviceId,
        }
      })
    },
  },
  {
    code: 'cseq-not-rising',
    severity: 'warning',
    clause: 'RFC 3261 10.2, 12.2.1.1, 12.2.2',
    meaning: 'A new request has a sequence number that is not above the last one of its Call-ID.',
    fix: 'A firmware fault, or a recorded request played back: the receiver may answer 500 or ignore it.',
    find: ({ transactions }) => {
      const highest = new Map<string, Transaction>()
      return casesOf(transactions, (transaction) => {
        const { request, first, callId, deviceId, method } = transaction
        if (method === 'CANCEL') return undefined
        const key = `${callId}|${request.from.tag}|${first.from} ${first.to}`
        const before = highest.get(key)
        if (before === undefined || before.request.cseq.number < request.cseq.number) highest.set(key, transaction)
        if (before === undefined || before.request.cseq.number < request.cseq.number) return undefined
        // The same number is another case: request-merged.
        if (before.request.cseq.number === request.cseq.number && before.method === method) return undefined
        return {
          summary: `${what(transaction)} has CSeq ${request.cseq.number} after ${before.request.cseq.number}.`,
          evidence: shown(first, before.first),
          callId,
          deviceId,
        }
      })
    },
  },
  {
    code: 'response-unmatched',
    severity: 'info',
    clause: 'RFC 3261 17.1.3, 18.1.2',
    meaning: 'A response for which no request was seen.',
    fix: 'Nothing, if the recording began in between. Otherwise the responding side changed Via branch, Call-ID or CSeq.',
    find: ({ orphans }) =>
      casesOf(orphans, (orphan) => ({
        summary: `${orphan.label} answers no request of these records.`,
        evidence: [orphan],
        callId: orphan.message?.callId,
      })),
  },
  {
    code: 'response-branch-changed',
    severity: 'warning',
    clause: 'RFC 3261 8.2.6.2, 17.1.3',
    meaning: 'A response has another Via branch than its request.',
    fix: 'A firmware fault: strict platforms drop such responses. Match by Call-ID and CSeq, and update the device.',
    find: amongTransactions((transaction) => {
      const changed = transaction.responses.find(
        ({ message }) => message?.via.branch !== transaction.request.via.branch,
      )
      if (changed === undefined) return undefined
      return {
        summary: `The branch of the ${changed.response?.status} is not that of ${what(transaction)}.`,
        evidence: shown(changed, transaction.first),
      }
    }),
  },
  {
    code: 'branch-without-cookie',
    severity: 'info',
    clause: 'RFC 3261 8.1.1.7',
    meaning: 'The Via branch is missing or does not begin with z9hG4bK.',
    fix: 'A stack of before 2002: its transactions are matched by Call-ID and CSeq. Update the firmware.',
    find: amongTransactions((transaction) =>
      transaction.request.via.hasMagicCookie
        ? undefined
        : { summary: `${what(transaction)} has no branch of RFC 3261.`, evidence: [transaction.first] },
    ),
  },
  {
    code: 'method-refused',
    severity: 'warning',
    clause: 'RFC 3261 8.2.1',
    meaning: 'The method is not known or not allowed at the other side (405, 501).',
    fix: 'Do not send it to this device: its edition of GB/T 28181 does not have it.',
    find: amongTransactions((transaction) => {
      const { status, first, final } = transaction
      if (status !== 405 && status !== 501) return undefined
      return { summary: `${what(transaction)} was answered ${status}.`, evidence: shown(final, first) }
    }),
  },
]
