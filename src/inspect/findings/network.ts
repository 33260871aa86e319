/** Findings about addresses, ports and bytes: Via, Contact, Content-Length, malformed messages (RFC 3261 18, RFC 3581). */
import { hostText } from '../../engine/network.ts'
import type { Observed } from '../analysis/index.ts'
import { isAddress, isPrivateAddress, isPublicAddress, isUnroutable } from './addresses.ts'
import { type Context, casesOf, type FindingKind, type Found, shown } from './kind.ts'

/** A condition on each message that is not a retransmission. */
const amongMessages =
  (look: (observed: Observed) => string | undefined) =>
  ({ messages, deviceOf }: Context): Found[] =>
    casesOf(messages, (observed) => {
      if (observed.repeats !== undefined) return undefined
      const summary = look(observed)
      return summary === undefined
        ? undefined
        : { summary, evidence: [observed], deviceId: deviceOf(observed), callId: observed.message?.callId }
    })

/** A datagram above this is fragmented or refused on many ways (RFC 3261 18.1.1). */
const largeDatagram = 1300

/** What stands for the sender's own address although it comes from another one. */
function misstated(host: string, source: string): string | undefined {
  if (!isAddress(host) || host === source) return undefined
  if (isUnroutable(host)) return 'which nobody else can reach'
  return isPrivateAddress(host) && isPublicAddress(source) ? 'a private address' : undefined
}

export const networkFindings: readonly FindingKind[] = [
  {
    code: 'response-to-other-port',
    severity: 'error',
    clause: 'RFC 3581 4; RFC 3261 18.2.2',
    meaning: 'A response was sent to another port than the one the request came from.',
    fix: 'Behind a NAT it never arrives. Let the responding side heed rport, and always answer to the port the request came from.',
    find: ({ transactions }) =>
      casesOf(transactions, ({ first, responses, repeated, callId, deviceId }) => {
        const sources = new Set([first.from, ...repeated.map(({ from }) => from)])
        const astray = responses.find(({ to, transport }) => transport === 'UDP' && !sources.has(to))
        if (astray === undefined || first.transport !== 'UDP') return undefined
        return {
          summary: `${first.label} came from ${first.from}, its ${astray.response?.status} went to ${astray.to}.`,
          evidence: shown(astray, first),
          callId,
          deviceId,
        }
      }),
  },
  {
    code: 'response-from-other-port',
    severity: 'warning',
    clause: 'RFC 3581 4; RFC 3261 18.2.2',
    meaning: 'A response came from another address or port than the request was sent to.',
    fix: 'A NAT in front of the sender lets such a response not pass: let the responding side answer from the port it listens on.',
    find: ({ transactions }) =>
      casesOf(transactions, ({ first, responses, callId, deviceId }) => {
        const odd = responses.find(({ from, transport }) => transport === 'UDP' && from !== first.to)
        if (odd === undefined || first.transport !== 'UDP') return undefined
        return {
          summary: `${first.label} was sent to ${first.to}, its ${odd.response?.status} came from ${odd.from}.`,
          evidence: shown(odd, first),
          callId,
          deviceId,
        }
      }),
  },
  {
    code: 'rport-ignored',
    severity: 'warning',
    clause: 'RFC 3581 4',
    meaning: 'A request asked for rport, and its response does not have it filled in.',
    fix: 'The responding side does not know RFC 3581: it works only as long as the request came from the port in its Via.',
    find: ({ transactions }) =>
      casesOf(transactions, ({ first, request, responses, callId, deviceId }) => {
        if (!request.via.wantsRport || request.via.rport !== undefined) return undefined
        const ignoring = responses.find(({ response }) => response !== undefined && response.via.rport === undefined)
        if (ignoring === undefined) return undefined
        return {
          summary: `The Via of the ${ignoring.response?.status} has no value for rport.`,
          evidence: shown(ignoring, first),
          callId,
          deviceId,
        }
      }),
  },
  {
    code: 'contact-unroutable',
    severity: 'warning',
    clause: 'RFC 3261 8.1.1.8, 12.2.1.1',
    meaning: 'Contact has an address at which its sender cannot be reached.',
    fix: 'Of a device behind a NAT: send to the address that its messages come from, never to its Contact. Of a platform: set the address that devices reach it by (--advertise).',
    find: amongMessages(({ message, source }) => {
      const host = message?.contact?.uri?.host
      const why = host === undefined ? undefined : misstated(host, source.address)
      return why === undefined ? undefined : `Contact has ${host}, ${why}; the message comes from ${source.address}.`
    }),
  },
  {
    code: 'via-unroutable',
    severity: 'info',
    clause: 'RFC 3261 18.1.1; RFC 3581',
    meaning: 'The Via of a request has an address at which its sender cannot be reached.',
    fix: 'Responses must go to where the request came from (received and rport). 0.0.0.0 or 127.0.0.1: set the local address of the sender.',
    find: amongMessages(({ request, source }) => {
      const host = request?.via.host
      const why = host === undefined ? undefined : misstated(host, source.address)
      return why === undefined
        ? undefined
        : `Via has ${hostText(host ?? '')}, ${why}; the request comes from ${source.address}.`
    }),
  },
  {
    code: 'content-length-too-long',
    severity: 'warning',
    clause: 'RFC 3261 18.3, 20.14',
    meaning: 'Content-Length is larger than the body.',
    fix: 'The device counts line ends that it does not send, or the datagram was cut: strict platforms answer 400. Update the firmware.',
    find: amongMessages(({ notes, rejection }) => {
      const note = notes.find(({ code }) => code === 'content-length-beyond-datagram')
      if (note !== undefined) return `${note.detail}.`
      return rejection?.code === 'content-length-beyond-datagram' ? `${rejection.detail}.` : undefined
    }),
  },
  {
    code: 'content-length-too-short',
    severity: 'warning',
    clause: 'RFC 3261 18.3, 20.14',
    meaning: 'Content-Length is smaller than the body.',
    fix: 'The device counts characters instead of bytes (Chinese names take two or three): set names in ASCII, or update the firmware.',
    find: amongMessages(({ notes }) => {
      const note = notes.find(({ code }) => code === 'content-length-short-of-body' || code === 'octets-after-body')
      return note === undefined ? undefined : `${note.detail}.`
    }),
  },
  {
    code: 'sip-malformed',
    severity: 'error',
    clause: 'RFC 3261 7, 21.4.1',
    meaning: 'A message breaks the syntax of SIP so far that it has to be refused.',
    fix: 'Look at the message: the code says what is wrong with it. Mostly a firmware fault, or a setting with characters that do not belong there.',
    find: amongMessages(({ rejection, from }) =>
      rejection === undefined || rejection.code === 'content-length-beyond-datagram'
        ? undefined
        : `A message of ${from} is no SIP: ${rejection.code} (${rejection.detail}).`,
    ),
  },
  {
    code: 'datagram-large',
    severity: 'warning',
    clause: 'RFC 3261 18.1.1; GB/T 28181 9.5',
    meaning: 'A message over UDP is larger than 1300 bytes and travels in fragments, or not at all.',
    fix: 'Over the internet and through VPNs fragments get lost: register the device over TCP, or let it put fewer items into a message.',
    find: amongMessages(({ bytes, transport, label }) =>
      transport === 'UDP' && bytes.length > largeDatagram ? `${label} has ${bytes.length} bytes.` : undefined,
    ),
  },
  {
    code: 'route-in-register',
    severity: 'info',
    clause: 'RFC 3261 16.4',
    meaning: 'A REGISTER has a Route header.',
    fix: 'Known of Dahua and Hikvision recorders: the registrar must take its own address out of Route and answer as usual.',
    find: amongMessages(({ request }) =>
      request?.method === 'REGISTER' && request.header('Route') !== undefined
        ? 'A REGISTER has a Route header.'
        : undefined,
    ),
  },
]
