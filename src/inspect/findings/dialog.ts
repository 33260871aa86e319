/** Findings about media sessions as dialogs: INVITE, ACK, CANCEL, BYE (RFC 3261 9, 13 and 15; GB/T 28181 9.2). */
import type { Dialog } from '../analysis/index.ts'
import { type Context, casesOf, type FindingKind, type Found, shown, span } from './kind.ts'

/** A condition on a session. */
const amongDialogs =
  (look: (dialog: Dialog, seen: Context) => Pick<Found, 'summary' | 'evidence'> | undefined) =>
  (seen: Context): Found[] =>
    casesOf(seen.dialogs, (dialog) => {
      const found = look(dialog, seen)
      return found === undefined ? undefined : { ...found, deviceId: dialog.deviceId, callId: dialog.callId }
    })

const sdpRefusals = [415, 488, 606]

export const dialogFindings: readonly FindingKind[] = [
  {
    code: 'ack-missing',
    severity: 'error',
    clause: 'RFC 3261 13.2.2.4, 13.3.1.4',
    meaning: 'A 200 to an INVITE was repeated because no ACK came, or no ACK is in the records at all.',
    fix: 'The ACK goes to the Contact of the 200: if that is a private address behind a NAT it never arrives. Send it to the address that the 200 came from.',
    find: amongDialogs(({ successes, acks, byes, invite }, { endedAt }) => {
      const [first, ...again] = successes
      if (first === undefined || (again.length + acks.length === 0 && byes.length === 0 && endedAt - first.at < 500))
        return undefined
      if (acks.length === 0)
        return {
          summary: `The 200 to the INVITE got no ACK; it was sent ${again.length === 0 ? 'once' : `${1 + again.length} times`}.`,
          evidence: shown(...successes, invite.first),
        }
      if (again.length === 0) return undefined
      return {
        summary: `The 200 to the INVITE was sent ${1 + again.length} times although ${acks.length} ${acks.length === 1 ? 'ACK' : 'ACKs'} went out: none arrives.`,
        evidence: shown(...again, ...acks),
      }
    }),
  },
  {
    code: 'ack-misaddressed',
    severity: 'error',
    clause: 'RFC 3261 12.2.1.1, 13.2.2.4',
    meaning: 'The ACK was sent to another address than the 200 came from.',
    fix: 'Behind a NAT the Contact of the 200 cannot be reached: send the ACK to where the 200 came from.',
    find: amongDialogs(({ successes: [success], acks }) => {
      const astray = acks.find((ack) => success !== undefined && ack.to !== success.from)
      if (astray === undefined || success === undefined || astray.transport === 'TCP') return undefined
      return {
        summary: `The 200 came from ${success.from}, the ACK went to ${astray.to}.`,
        evidence: shown(astray, success),
      }
    }),
  },
  {
    code: 'ack-cseq-differs',
    severity: 'error',
    clause: 'RFC 3261 13.2.2.4, 17.1.1.3',
    meaning: 'An ACK has another sequence number than its INVITE, so that it acknowledges nothing.',
    fix: 'A fault of the inviting side: the ACK has the CSeq number of the INVITE.',
    find: ({ dialogs }) =>
      dialogs.flatMap((dialog) =>
        casesOf(dialog.acks, (ack) => {
          const asked = dialog.invite.request.cseq.number
          const given = ack.request?.cseq.number
          if (given === asked) return undefined
          return {
            summary: `The INVITE has CSeq ${asked}, the ACK ${given}.`,
            evidence: shown(ack, dialog.invite.first),
            deviceId: dialog.deviceId,
            callId: dialog.callId,
          }
        }),
      ),
  },
  {
    code: 'answered-after-cancel',
    severity: 'warning',
    clause: 'RFC 3261 9.1, 15',
    meaning: 'A 200 crossed the CANCEL: the session exists, and must be acknowledged and ended by BYE.',
    fix: 'Nothing, if ACK and BYE follow; otherwise the device goes on sending to a port that nobody listens on.',
    find: amongDialogs(({ cancel, successes: [success], byes }) => {
      if (cancel === undefined || success === undefined || success.at < cancel.first.at) return undefined
      const after = byes.length === 0 ? 'and no BYE followed' : 'and was ended by BYE'
      return {
        summary: `The INVITE was answered 200 after its CANCEL, ${after}.`,
        evidence: shown(success, cancel.first, byes[0]?.transaction.first),
      }
    }),
  },
  {
    code: 'cancel-too-early',
    severity: 'warning',
    clause: 'RFC 3261 9.1',
    meaning: 'A CANCEL was sent before any provisional response.',
    fix: 'A fault of the inviting side: the CANCEL may overtake the INVITE, and then cancels nothing.',
    find: amongDialogs(({ cancel, invite }) => {
      const [earliest] = invite.responses
      if (cancel === undefined || (earliest !== undefined && earliest.at <= cancel.first.at)) return undefined
      return {
        summary: 'The CANCEL went out before the INVITE had any response.',
        evidence: shown(cancel.first, invite.first),
      }
    }),
  },
  {
    code: 'invite-refused',
    severity: 'error',
    clause: 'RFC 3261 13.2.2.3, 21; GB/T 28181 9.2',
    meaning: 'A device refused to send its stream.',
    fix: '404: unknown channel ID. 403: the From of the INVITE is not the platform ID that the device is configured with. 480: channel offline. 486, 503: no stream left. 500: restart the device.',
    find: amongDialogs(({ invite, channelId, cancel }) => {
      const { status = 0, final, first } = invite
      if (status < 300 || sdpRefusals.includes(status) || status === 401 || status === 407 || cancel !== undefined)
        return undefined
      return {
        summary: `The INVITE for ${channelId} was answered ${status} ${final?.response?.reason ?? ''}.`,
        evidence: shown(final, first),
      }
    }),
  },
  {
    code: 'sdp-refused',
    severity: 'error',
    clause: 'RFC 3261 13.3.1.3; GB/T 28181 Annex G (2022), F (2016)',
    meaning: 'A device refused an INVITE because of its session description (415, 488).',
    fix: 'Ask for what the device can send: PS over RTP, UDP for devices of 2011. Hikvision answers 415 to a description without a final CRLF.',
    find: amongDialogs(({ invite }) => {
      const { status = 0, final, first } = invite
      if (!sdpRefusals.includes(status)) return undefined
      return {
        summary: `The session description of the INVITE was refused with ${status}.`,
        evidence: shown(final, first),
      }
    }),
  },
  {
    code: 'silent-after-trying',
    severity: 'error',
    clause: 'RFC 3261 13.3.1.1, 17.1.1.2',
    meaning: 'A device answered an INVITE with a provisional response and with nothing else.',
    fix: 'A channel that is gone behind an NVR, or a device short of encoders: check the channel in the device itself, try another one, restart the device.',
    find: amongDialogs(({ invite, cancel }, { endedAt }) => {
      const { first, final, responses } = invite
      const last = responses.findLast(({ response }) => (response?.status ?? 999) < 200)
      const waited = final === undefined || (cancel !== undefined && final.at >= cancel.first.at)
      if (last === undefined || !waited || (invite.status ?? 999) < 300) return undefined
      const until = cancel?.first.at ?? endedAt
      if (until - last.at < 5000) return undefined
      return {
        summary: `After ${last.label} nothing came for ${span(until - last.at)}.`,
        evidence: shown(last, first, cancel?.first),
      }
    }),
  },
  {
    code: 'bye-unknown-dialog',
    severity: 'warning',
    clause: 'RFC 3261 15.1.2',
    meaning: 'A BYE was answered 481: the other side knows no such session, or not any more.',
    fix: 'Usual after a restart of the device, or when both sides hung up at once. Otherwise compare tags and Call-ID of BYE and 200.',
    find: ({ transactions }) =>
      casesOf(transactions, ({ method, status, first, final, callId, deviceId }) =>
        method === 'BYE' && status === 481
          ? { summary: 'The BYE was answered 481.', evidence: shown(final, first), callId, deviceId }
          : undefined,
      ),
  },
  {
    code: 'bye-unanswered',
    severity: 'warning',
    clause: 'RFC 3261 15.1.1',
    meaning: 'A BYE got no answer: whether the other side has ended the session is not known.',
    fix: 'Check where the BYE was sent; a device that did not get it goes on sending media.',
    find: ({ transactions }) =>
      casesOf(transactions, ({ method, outcome, first, repeated, callId, deviceId }) =>
        method === 'BYE' && outcome === 'timeout'
          ? { summary: `The BYE to ${first.to} got no answer.`, evidence: [first, ...repeated], callId, deviceId }
          : undefined,
      ),
  },
  {
    code: 'bye-by-device',
    severity: 'warning',
    clause: 'RFC 3261 15',
    meaning: 'The device ended a session by itself.',
    fix: 'Devices do so when their media cannot be delivered, when the stream is reconfigured, at the end of a file, or when another viewer takes their only stream.',
    find: amongDialogs(({ byes, confirmedAt, successes }) => {
      const bye = byes.find(({ by }) => by === 'invited')
      if (bye === undefined || byes[0] !== bye) return undefined
      const after =
        confirmedAt === undefined ? 'before any ACK' : `${span(bye.transaction.first.at - confirmedAt)} after the ACK`
      return { summary: `The device hung up ${after}.`, evidence: shown(bye.transaction.first, successes[0]) }
    }),
  },
  {
    code: 'session-not-ended',
    severity: 'info',
    clause: 'RFC 3261 15',
    meaning: 'A session is still up where the records end: no BYE was seen.',
    fix: 'Nothing, if somebody is still watching. Otherwise the side that wanted the session has to end it with BYE.',
    find: amongDialogs(({ open, confirmedAt, successes: [success], acks }, { endedAt }) => {
      if (!open || confirmedAt === undefined) return undefined
      return {
        summary: `The session has no BYE; it has been up for ${span(endedAt - confirmedAt)}.`,
        evidence: shown(success, acks[0]),
      }
    }),
  },
  {
    code: 'bye-missing',
    severity: 'warning',
    clause: 'RFC 3261 15; GB/T 28181 9.2.2, Annex K',
    meaning: 'Another session was opened for a channel while the last one had no BYE, and has none later.',
    fix: 'The side that gave the session up must send BYE, or the device keeps its encoder and its stream for nobody, and refuses the next one with 486. Nothing, if both streams are wanted.',
    find: ({ dialogs }) =>
      [...Map.groupBy(dialogs, ({ channelId, inviter }) => `${channelId} ${inviter.address}`).values()].flatMap(
        (ofChannel) => casesOf(ofChannel.entries(), ([index, dialog]) => reopened(dialog, ofChannel[index + 1])),
      ),
  },
  {
    code: 'answer-without-contact',
    severity: 'warning',
    clause: 'RFC 3261 12.1.1',
    meaning: 'The 200 to an INVITE has no Contact, so that ACK and BYE have no address.',
    fix: 'Send ACK and BYE to where the 200 came from; update the device.',
    find: amongDialogs(({ successes: [success], invite }) =>
      success === undefined || success.response?.contact !== undefined
        ? undefined
        : { summary: 'The 200 to the INVITE has no Contact.', evidence: shown(success, invite.first) },
    ),
  },
  {
    code: 'answer-without-tag',
    severity: 'error',
    clause: 'RFC 3261 12.1.1',
    meaning: 'The 200 to an INVITE has no To tag, so that there is no dialog to send BYE in.',
    fix: 'A firmware fault; match by Call-ID alone.',
    find: amongDialogs(({ successes: [success], invite }) =>
      success === undefined || success.response?.to.tag !== undefined
        ? undefined
        : { summary: 'The 200 to the INVITE has no To tag.', evidence: shown(success, invite.first) },
    ),
  },
]

function reopened(dialog: Dialog, next: Dialog | undefined): Found | undefined {
  const { open, confirmedAt, acks, channelId, deviceId, callId } = dialog
  if (!open || confirmedAt === undefined || next === undefined || next.invite.first.at <= confirmedAt) return undefined
  return {
    summary: `${channelId} was invited again ${span(next.invite.first.at - confirmedAt)} later, and the first session has no BYE.`,
    evidence: shown(acks[0], next.invite.first),
    deviceId,
    callId,
  }
}
