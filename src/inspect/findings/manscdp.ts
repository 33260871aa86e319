/** Findings about MANSCDP: queries and their answers, XML and character sets (GB/T 28181 Annex A and M, 6.10). */

import type { NoteCode } from '../../manscdp/notes.ts'
import { childOf } from '../../manscdp/xml.ts'
import type { Exchange, Observed } from '../analysis/index.ts'
import { oneLine } from '../analysis/index.ts'
import { type Context, casesOf, type FindingKind, type Found, shown, span } from './kind.ts'

const amongExchanges =
  (look: (exchange: Exchange, seen: Context) => Pick<Found, 'summary' | 'evidence'> | undefined) =>
  (seen: Context): Found[] =>
    casesOf(seen.exchanges, (exchange) => {
      const found = look(exchange, seen)
      return found === undefined ? undefined : { ...found, deviceId: exchange.deviceId, callId: exchange.query.callId }
    })

/** A condition on each MANSCDP body. */
const amongBodies =
  (look: (observed: Observed) => string | undefined) =>
  ({ messages, deviceOf }: Context): Found[] =>
    casesOf(messages, (observed) => {
      if (observed.manscdp === undefined || observed.cut || observed.repeats !== undefined) return undefined
      const summary = look(observed)
      return summary === undefined ? undefined : { summary, evidence: [observed], deviceId: deviceOf(observed) }
    })

/** What was odd about a body, as far as it is one of these. */
const noted =
  (...codes: readonly NoteCode[]) =>
  ({ manscdp }: Observed): string =>
    (manscdp?.notes ?? [])
      .filter(({ code }) => codes.includes(code))
      .map(
        ({ code, where, count }) => `${code}${where === undefined ? '' : ` ${where}`}${count > 1 ? ` ×${count}` : ''}`,
      )
      .join(', ')

const named = ({ cmdType, targetId, sn }: Exchange): string => `${oneLine(cmdType)} of ${targetId} (SN ${sn})`

export const manscdpFindings: readonly FindingKind[] = [
  {
    code: 'query-refused',
    severity: 'error',
    clause: 'GB/T 28181 9.5; RFC 3428 7',
    meaning: 'A query or command was refused.',
    fix: '403: the From of the query is not the platform ID that the device is configured with. 404: unknown ID. 405, 501: the device has no MESSAGE. 415: it does not take this Content-Type.',
    find: amongExchanges((exchange) => {
      const { first, final, status = 0 } = exchange.query
      return status < 300
        ? undefined
        : { summary: `${named(exchange)} was answered ${status}.`, evidence: shown(final, first) }
    }),
  },
  {
    code: 'query-without-response',
    severity: 'error',
    clause: 'GB/T 28181 9.5.2',
    meaning: 'A query was accepted with 200, but no Response message came.',
    fix: 'The device does not know this command, waits for a field (RecordInfo of Dahua wants Type), or sends its Response to another address: check the server address in the device.',
    find: amongExchanges((exchange, { endedAt }) => {
      const { query, outcome, parts } = exchange
      const waiting = outcome === 'pending' && endedAt - query.first.at > 5000
      if (parts.length > 0 || (query.status ?? 999) >= 300 || (outcome !== 'no-response' && !waiting)) return undefined
      return {
        summary: `${named(exchange)} was accepted, and no Response came within ${span(endedAt - query.first.at)}.`,
        evidence: shown(query.first, query.final),
      }
    }),
  },
  {
    code: 'answer-incomplete',
    severity: 'error',
    clause: 'GB/T 28181 Annex M (2022), 9.5.3',
    meaning: 'Parts of an answer are missing: SumNum was never reached.',
    fix: 'Messages or their fragments get lost over UDP: register the device over TCP, or ask again. Some devices count items in SumNum that they do not send.',
    find: amongExchanges((exchange) => {
      const { sumNum = 0, received, parts, query } = exchange
      if (parts.length === 0 || received >= sumNum || parts.some(({ observed }) => observed.cut)) return undefined
      return {
        summary: `${named(exchange)}: ${received} of ${sumNum} items came in ${parts.length} messages.`,
        evidence: shown(query.first, ...parts.map(({ observed }) => observed)),
      }
    }),
  },
  {
    code: 'sum-num-contradictory',
    severity: 'warning',
    clause: 'GB/T 28181 Annex A.2.6',
    meaning: 'SumNum changes from part to part, or Num is not the number of items.',
    fix: 'A firmware fault, or the list changed while it was sent: let an idle limit decide when the answer is over, and ask again.',
    find: amongExchanges((exchange) => {
      const parts = exchange.parts.filter(({ observed }) => !observed.cut)
      const sums = [...new Set(parts.map(({ sumNum }) => sumNum))]
      const short = parts.find(({ num, items }) => num !== undefined && num !== items)
      if (sums.length > 1)
        return {
          summary: `${named(exchange)}: SumNum is ${sums.join(', then ')}.`,
          evidence: parts.map(({ observed }) => observed),
        }
      return short === undefined
        ? undefined
        : {
            summary: `${named(exchange)}: a list has Num ${short.num} and ${short.items} items.`,
            evidence: [short.observed],
          }
    }),
  },
  {
    code: 'answer-overfull',
    severity: 'warning',
    clause: 'GB/T 28181 Annex M (2022)',
    meaning: 'More distinct items came than SumNum says.',
    fix: 'A firmware fault: take the items that came, and do not stop at SumNum while parts still arrive.',
    find: amongExchanges((exchange) => {
      const { sumNum, received, parts } = exchange
      if (sumNum === undefined || received <= sumNum) return undefined
      return {
        summary: `${named(exchange)}: ${received} items came, SumNum is ${sumNum}.`,
        evidence: parts.map(({ observed }) => observed),
      }
    }),
  },
  {
    code: 'response-sn-unknown',
    severity: 'warning',
    clause: 'GB/T 28181 Annex A.2.6; protocol: catalog changes sent unasked',
    meaning: 'A Response has an SN (or a device ID) that no query of the records has.',
    fix: 'Nothing, if the recording began in between. Some devices (Tiandy) send changes of their catalog that way: merge them, never replace the list by them.',
    find: ({ strayResponses, deviceOf }) =>
      casesOf(strayResponses, (stray) => {
        const { command } = stray
        return {
          summary: `A Response ${oneLine(command?.cmdType ?? '')} has SN ${command?.sn ?? '(none)'}, which nobody asked with.`,
          evidence: [stray],
          deviceId: deviceOf(stray),
        }
      }),
  },
  {
    code: 'command-failed',
    severity: 'warning',
    clause: 'GB/T 28181 Annex A.2.6',
    meaning: 'A device answered a command with Result ERROR.',
    fix: 'The device cannot do it, or not now: look at the reason it gives, and at the rights of its user.',
    find: amongBodies(({ command }) => {
      const result = command?.root === 'Response' ? childOf(command.raw, 'Result')?.text : undefined
      return result !== undefined && /^(error|fail|failed)$/i.test(result)
        ? `${oneLine(command?.cmdType ?? '')} has Result ${oneLine(result)}.`
        : undefined
    }),
  },
  {
    code: 'charset-mislabelled',
    severity: 'warning',
    clause: 'GB/T 28181 6.10',
    meaning: 'A body is in another character set than its XML declaration says.',
    fix: 'Set the character set of the device to GB2312 (GB18030 for 2022); a platform that believes the declaration shows garbled names.',
    find: amongBodies((observed) => {
      if (noted('charset-mislabelled')(observed) === '') return undefined
      const declared = /encoding\s*=\s*["']([\w.:-]{1,40})/i.exec(
        observed.message?.body.toString('latin1', 0, 256) ?? '',
      )?.[1]
      const real = observed.command?.charset ?? 'something else'
      return `The body declares ${declared ?? 'a character set'} and is ${real}.`
    }),
  },
  {
    code: 'characters-lost',
    severity: 'warning',
    clause: 'GB/T 28181 6.10',
    meaning: 'Some bytes of a body are in no character set.',
    fix: 'The device cuts its texts in the middle of a character, or memory of it is corrupt: shorten names (channel, address) in the device.',
    find: amongBodies((observed) =>
      noted('undecodable-bytes')(observed) === '' ? undefined : 'Some characters of the body cannot be read.',
    ),
  },
  {
    code: 'xml-broken',
    severity: 'error',
    clause: 'GB/T 28181 Annex A.1',
    meaning: 'A body cannot be read as a MANSCDP message.',
    fix: 'Cut off: see content-length-too-short and lost fragments; broken by a name with < or &: rename the channel in the device.',
    find: amongBodies(({ manscdp }) =>
      manscdp?.ok === false
        ? `The body cannot be read: ${manscdp.rejection.code} (${manscdp.rejection.detail}).`
        : undefined,
    ),
  },
  {
    code: 'xml-mended',
    severity: 'warning',
    clause: 'GB/T 28181 Annex A.1; XML 1.0',
    meaning: 'The XML of a body is broken, but could be mended.',
    fix: 'Known of Hikvision: rename what has &, < or control characters in its name or address. Platforms that do not mend drop the message.',
    find: amongBodies((observed) => {
      const odd = noted(
        'leading-junk',
        'trailing-junk',
        'control-character',
        'stray-ampersand',
        'stray-less-than',
        'unquoted-attribute',
        'unmatched-close-tag',
        'unclosed-tag',
      )(observed)
      return odd === '' || observed.manscdp?.ok === false ? undefined : `The XML had to be mended: ${odd}.`
    }),
  },
  {
    code: 'field-missing',
    severity: 'info',
    clause: 'GB/T 28181 Annex A.2',
    meaning: 'A mandatory element of a body is missing or has no usable value.',
    fix: 'Nothing where the platform fills it in; otherwise complete the settings of the device.',
    find: amongBodies((observed) => {
      const odd = noted('missing-field', 'bad-value')(observed)
      return odd === '' ? undefined : `${oneLine(observed.command?.cmdType ?? 'The body')}: ${odd}.`
    }),
  },
  {
    code: 'cmd-type-unknown',
    severity: 'info',
    clause: 'GB/T 28181 Annex A.2',
    meaning: "A body has a CmdType that is none of the standard's.",
    fix: "A vendor's own command: nothing is wrong as long as both sides know it.",
    find: amongBodies(({ command }) =>
      command === undefined || standardCommands.has(command.cmdType.toLowerCase())
        ? undefined
        : `CmdType ${oneLine(command.cmdType)} (${command.root}) is not of the standard.`,
    ),
  },
  {
    code: 'message-body-empty',
    severity: 'warning',
    clause: 'GB/T 28181 9.5, 9.6; RFC 3428 8',
    meaning: 'A MESSAGE has no body.',
    fix: 'Some box on the way strips bodies (seen of keepalives of Dahua over a cloud path): take it for a keepalive, and look for an application layer gateway (SIP ALG) to switch off.',
    find: ({ messages, deviceOf }) =>
      casesOf(messages, (observed) =>
        observed.request?.method !== 'MESSAGE' || observed.request.body.length > 0 || observed.repeats !== undefined
          ? undefined
          : { summary: 'A MESSAGE has no body.', evidence: [observed], deviceId: deviceOf(observed) },
      ),
  },
  {
    code: 'content-type-odd',
    severity: 'info',
    clause: 'GB/T 28181 6.9; Annex A.1',
    meaning: 'A MESSAGE has a body that is not labelled Application/MANSCDP+xml.',
    fix: 'Set the Content-Type; platforms that go by it drop the message.',
    find: ({ messages, deviceOf }) =>
      casesOf(messages, (observed) => {
        const { request } = observed
        if (request?.method !== 'MESSAGE' || request.body.length === 0 || observed.manscdp !== undefined)
          return undefined
        return {
          summary: `A MESSAGE has Content-Type ${oneLine(request.contentType ?? '(none)')}.`,
          evidence: [observed],
          deviceId: deviceOf(observed),
        }
      }),
  },
]

/** CmdType of all editions, 2011 to 2022, in lower case. */
const standardCommands: ReadonlySet<string> = new Set(
  [
    'Keepalive Alarm MediaStatus MobilePosition Broadcast UploadSnapShotFinished VideoUploadNotify DeviceUpgradeResult',
    'Catalog DeviceInfo DeviceStatus RecordInfo ConfigDownload PresetQuery HomePositionQuery CruiseTrackListQuery',
    'CruiseTrackQuery PTZPosition SDCardStatus DeviceControl DeviceConfig SnapShotConfig',
  ].flatMap((line) => line.toLowerCase().split(' ')),
)
