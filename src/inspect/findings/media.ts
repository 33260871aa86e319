/** Findings about what sessions agree on and what flows then: SDP, SSRC, RTP (GB/T 28181 9.2, Annex C and G). */

import type { Dialog, Observed } from '../analysis/index.ts'
import type { CapturedMedia } from '../capture/types.ts'
import { isPrivateAddress, isPublicAddress, isUnroutable } from './addresses.ts'
import { type Context, casesOf, type FindingKind, type Found, shown, span } from './kind.ts'

const annex = 'GB/T 28181 Annex G (2022), F (2016)'

const amongDialogs =
  (look: (dialog: Dialog, seen: Context) => Pick<Found, 'summary' | 'evidence'> | undefined) =>
  (seen: Context): Found[] =>
    casesOf(seen.dialogs, (dialog) => {
      const found = look(dialog, seen)
      return found === undefined ? undefined : { ...found, deviceId: dialog.deviceId, callId: dialog.callId }
    })

/** A condition on each message with a session description. */
const amongDescriptions =
  (look: (observed: Observed) => string | undefined) =>
  ({ messages, deviceOf }: Context): Found[] =>
    casesOf(messages, (observed) => {
      if (!observed.hasSdp || observed.repeats !== undefined) return undefined
      const summary = look(observed)
      return summary === undefined
        ? undefined
        : { summary, evidence: [observed], deviceId: deviceOf(observed), callId: observed.message?.callId }
    })

/** The SSRC that media shall have: the answer's, else the offer's. */
const agreedSsrc = ({ answer, offer }: Dialog): number | undefined => answer?.ssrc ?? offer?.ssrc

const padded = (ssrc: number): string => String(ssrc).padStart(10, '0')

/** A pause of this length is none any more, milliseconds. */
const mediaPause = 10_000

/** When it stopped, as its receiver says or, of a capture, as its packets show; undefined where it did not. */
function stoppedAt({ packets, lastAt, stoppedAt: told }: CapturedMedia, end: number): number | undefined {
  if (told !== undefined) return told
  return packets > 1 && end - lastAt > mediaPause ? lastAt : undefined
}

/** Milliseconds after which media that begins is late. */
const lateMedia = 5000
/** Whoever waits this long for media, and then hangs up, has seen none. */
const mediaPatience = 30_000

export const mediaFindings: readonly FindingKind[] = [
  {
    code: 'no-media',
    severity: 'error',
    clause: 'GB/T 28181 9.2.2',
    meaning: 'The signalling of a session succeeded, but no media came.',
    fix: 'Check that the address in c= of the INVITE can be reached from the device, and that the UDP media ports are open towards it: this is the most frequent reason of "no video".',
    find: amongDialogs((dialog, seen) => {
      const { confirmedAt, streams, byes, acks, invite, offer, mediaSeen, starved } = dialog
      if (confirmedAt === undefined || streams.length > 0 || offer?.transport === 'tcp') return undefined
      const bye = byes[0]
      const until = bye?.transaction.first.at ?? seen.endedAt
      if (!mediaSeen) {
        // Without media in the records: whoever hangs up after some seconds has waited in vain, as a rule.
        const waited = until - confirmedAt
        if (bye?.by !== 'inviting' || waited < 8000 || waited > mediaPatience) return undefined
        return {
          summary: `The session was given up ${span(waited)} after its ACK, and the records hold no RTP.`,
          evidence: shown(acks[0], bye.transaction.first, invite.first),
        }
      }
      if (!starved && until - confirmedAt < 2000) return undefined
      return {
        summary: `No RTP came to ${offer?.address}:${offer?.port} within ${span(until - confirmedAt)} of the ACK.`,
        evidence: shown(acks[0], invite.first, bye?.transaction.first),
      }
    }),
  },
  {
    code: 'media-stopped',
    severity: 'error',
    clause: 'GB/T 28181 9.2.2',
    meaning: 'Media of a session stopped although nobody had ended it.',
    fix: 'Power or network of the device is gone, its encoder was reconfigured, or a NAT or firewall on the way has closed: look for other signs of life of the device at that time.',
    find: amongDialogs(({ streams, acks, byes, invite }, { endedAt }) => {
      const end = byes[0]?.transaction.first.at ?? endedAt
      const stream = streams.at(-1)
      const stopped = stream === undefined ? undefined : stoppedAt(stream, end)
      if (stream === undefined || stopped === undefined) return undefined
      return {
        summary: `Media flowed for ${span(stopped - stream.firstAt)}, and no more came in the ${span(end - stopped)} until ${byes.length > 0 ? 'the BYE' : 'the records end'}.`,
        evidence: shown(acks[0], byes[0]?.transaction.first, invite.first),
      }
    }),
  },
  {
    code: 'media-late',
    severity: 'warning',
    clause: 'GB/T 28181 9.2.2',
    meaning: 'The first media packet came more than 5 s after the ACK.',
    fix: 'An encoder that wakes up first, or an NVR that fetches the stream: lengthen the time that the platform waits for media.',
    find: amongDialogs(({ confirmedAt, streams: [stream], acks }) => {
      if (confirmedAt === undefined || stream === undefined || stream.firstAt - confirmedAt < lateMedia)
        return undefined
      return { summary: `Media began ${span(stream.firstAt - confirmedAt)} after the ACK.`, evidence: shown(acks[0]) }
    }),
  },
  {
    code: 'ssrc-answer-differs',
    severity: 'warning',
    clause: annex,
    meaning: 'The answer has another y= than the offer.',
    fix: 'Take the SSRC of the answer: cascaded platforms assign their own, and so do many cameras. Do not check SSRCs strictly.',
    find: amongDialogs(({ offer, answer, successes, invite }) => {
      if (offer?.ssrc === undefined || answer?.ssrc === undefined || offer.ssrc === answer.ssrc) return undefined
      return {
        summary: `y=${offer.ssrcText} was offered, y=${answer.ssrcText} answered.`,
        evidence: shown(successes[0], invite.first),
      }
    }),
  },
  {
    code: 'ssrc-rtp-differs',
    severity: 'error',
    clause: `${annex}; RFC 3550 5.1`,
    meaning: 'Media has another SSRC than the session agreed on.',
    fix: 'Let the platform take media by port and not by SSRC for this device (strict SSRC off), or update its firmware. A media server with an SSRC filter drops such media without a word.',
    find: amongDialogs((dialog) => {
      const agreed = agreedSsrc(dialog)
      const foreign = dialog.streams.find(({ ssrc }) => ssrc !== agreed)
      if (agreed === undefined || foreign === undefined) return undefined
      return {
        summary: `RTP of ${foreign.source.address}:${foreign.source.port} has SSRC ${padded(foreign.ssrc)}, agreed was ${padded(agreed)}.`,
        evidence: shown(dialog.successes[0], dialog.invite.first),
      }
    }),
  },
  {
    code: 'ssrc-zero',
    severity: 'warning',
    clause: annex,
    meaning: 'An SSRC of 0 stands in the answer or in the media itself.',
    fix: 'Known of Dahua: identify the stream by its port, and switch SSRC checking off for this device.',
    find: amongDialogs((dialog) => {
      const { answer, streams, successes, invite } = dialog
      const zero = streams.find(({ ssrc }) => ssrc === 0)
      if (zero !== undefined)
        return {
          summary: `RTP of ${zero.source.address}:${zero.source.port} has SSRC 0.`,
          evidence: shown(successes[0], invite.first),
        }
      return answer?.ssrc === 0
        ? { summary: 'The answer has an SSRC of 0.', evidence: shown(successes[0], invite.first) }
        : undefined
    }),
  },
  {
    code: 'ssrc-missing',
    severity: 'info',
    clause: annex,
    meaning: 'The answer does not repeat the SSRC (y=).',
    fix: 'Nothing where the offered SSRC is used; otherwise see ssrc-rtp-differs.',
    find: amongDialogs(({ offer, answer, successes, invite }) =>
      offer?.ssrcText === undefined || answer === undefined || answer.ssrcText !== undefined
        ? undefined
        : { summary: 'The answer has no y= line.', evidence: shown(successes[0], invite.first) },
    ),
  },
  {
    code: 'media-from-elsewhere',
    severity: 'info',
    clause: 'RFC 4566 5.7; GB/T 28181 9.2',
    meaning: 'Media comes from another address than the c= line of the answer says.',
    fix: 'Usual behind a NAT: accept media by port and SSRC, not by its source address.',
    find: amongDialogs(({ answer, streams, successes }) => {
      const elsewhere = streams.find(({ source }) => answer?.address !== undefined && source.address !== answer.address)
      if (elsewhere === undefined) return undefined
      return {
        summary: `The answer announces media from ${answer?.address}, it comes from ${elsewhere.source.address}.`,
        evidence: shown(successes[0]),
      }
    }),
  },
  {
    code: 'media-lossy',
    severity: 'warning',
    clause: 'RFC 3550 A.3',
    meaning: 'More than one in a hundred media packets is missing.',
    fix: 'Look for a bottleneck or Wi-Fi on the way, lower the bit rate, or take the media over TCP.',
    find: amongDialogs(({ streams, successes }) => {
      const lossy = streams.find(({ packets, lost }) => lost > 0.01 * (packets + lost))
      if (lossy === undefined) return undefined
      const share = Math.round((1000 * lossy.lost) / (lossy.packets + lossy.lost)) / 10
      return {
        summary: `${lossy.lost} of ${lossy.packets + lossy.lost} RTP packets (${share} %) are missing.`,
        evidence: shown(successes[0]),
      }
    }),
  },
  {
    code: 'media-port-zero',
    severity: 'error',
    clause: 'RFC 3264 6; RFC 4566 5.14',
    meaning: 'A session description has port 0 for its medium, which refuses it.',
    fix: 'The device has no stream to give, although it answered 200: check the channel. Some devices send 0 and stream all the same.',
    find: amongDescriptions(({ media }) =>
      media?.port === 0 ? `The ${media.kind} of the description has port 0.` : undefined,
    ),
  },
  {
    code: 'sdp-address-unroutable',
    severity: 'warning',
    clause: 'RFC 4566 5.7; GB/T 28181 9.2',
    meaning: 'The c= line of a session description has an address that the other side cannot reach.',
    fix: 'Of the platform: set the address that devices reach it by (--advertise): media is sent to nowhere else. Of a device: it is behind a NAT, which does not matter for media over UDP.',
    find: amongDescriptions(({ media, source, destination }) => {
      const address = media?.address
      if (address === undefined || address === source.address) return undefined
      if (isUnroutable(address)) return `The description announces ${address}, which nobody else can reach.`
      const hidden =
        isPrivateAddress(address) && (isPublicAddress(source.address) || isPublicAddress(destination.address))
      return hidden
        ? `The description announces the private address ${address}, but comes from ${source.address}.`
        : undefined
    }),
  },
  {
    code: 'sdp-without-final-crlf',
    severity: 'warning',
    clause: 'RFC 4566 5; GB/T 28181 Annex G',
    meaning: 'The last line of a session description has no CRLF.',
    fix: 'End every line with CRLF, the last one too: Hikvision answers 415 otherwise.',
    find: amongDescriptions(({ message }) =>
      message?.body.toString('latin1').endsWith('\n')
        ? undefined
        : 'The session description does not end with a line end.',
    ),
  },
  {
    code: 'sdp-malformed',
    severity: 'error',
    clause: 'RFC 4566 5',
    meaning: 'A body that should be a session description is none.',
    fix: 'A firmware fault: the stream cannot be received without address and port.',
    find: amongDescriptions(({ sdp }) =>
      sdp?.ok === false ? `The session description cannot be read (${sdp.reason}).` : undefined,
    ),
  },
  {
    code: 'answer-without-sdp',
    severity: 'error',
    clause: 'RFC 3261 13.2.1',
    meaning: 'The 200 to an INVITE with an offer has no session description.',
    fix: 'The device does not say what it sends: take it by port, or update the device.',
    find: amongDialogs(({ successes: [success], offer, invite }) =>
      success === undefined || offer === undefined || success.hasSdp
        ? undefined
        : { summary: 'The 200 to the INVITE has no session description.', evidence: shown(success, invite.first) },
    ),
  },
  {
    code: 'media-encoding-private',
    severity: 'warning',
    clause: 'GB/T 28181 Annex C (PS over RTP)',
    meaning: 'The answer announces a stream that is not PS.',
    fix: 'Set the stream encapsulation of the device to GB/T 28181 (PS), not to its private format.',
    find: amongDialogs(({ answer, successes }) => {
      const name = answer?.encodingName?.toUpperCase()
      if (name === undefined || answer?.kind !== 'video' || ['PS', 'MPEG4', 'H264', 'H265', 'SVAC'].includes(name))
        return undefined
      return { summary: `The answer announces ${name}.`, evidence: shown(successes[0]) }
    }),
  },
  {
    code: 'media-after-bye',
    severity: 'warning',
    clause: 'RFC 3261 15; GB/T 28181 9.2',
    meaning: 'Media went on for more than 2 s after the BYE.',
    fix: 'The BYE did not reach the device, or it does not heed it: its stream occupies the port. Restart the device if it does not stop.',
    find: amongDialogs(({ byes: [bye], streams }) => {
      const last = Math.max(0, ...streams.map(({ lastAt }) => lastAt))
      if (bye === undefined || last - bye.transaction.first.at < 2000) return undefined
      return {
        summary: `RTP went on for ${span(last - bye.transaction.first.at)} after the BYE.`,
        evidence: shown(bye.transaction.first),
      }
    }),
  },
]
