/** The rest of what the terminal shows: each affair with its path and timings, then the findings. */
import type {
  DialogReport,
  ExchangeReport,
  PathReport,
  RegistrationReport,
  StepReport,
  TransactionReport,
} from '../analysis/index.ts'
import type { Finding, Severity } from '../findings/index.ts'
import { type Ink, type Paint, paintWith } from './paint.ts'
import { deltaText, secondsText } from './rows.ts'

/** What is summed up. */
export interface Summed {
  readonly registrations: readonly RegistrationReport[]
  readonly exchanges: readonly ExchangeReport[]
  readonly transactions: readonly TransactionReport[]
  readonly dialogs: readonly DialogReport[]
  readonly findings: readonly Finding[]
}

/** Affairs of one sort beyond this are counted, not shown. */
const mostShown = 200

/** Registrations, exchanges, dialogs and unusual transactions, each with its path. */
export function renderAffairs(analysis: Summed, { color = false }: { color?: boolean } = {}): string {
  const paint = paintWith(color)
  return [
    section(
      'REGISTRATIONS',
      analysis.registrations.map((each) => registrationLines(each, paint)),
      paint,
    ),
    section(
      'EXCHANGES',
      analysis.exchanges.map((each) => exchangeLines(each, paint)),
      paint,
    ),
    section(
      'DIALOGS',
      analysis.dialogs.map((each) => dialogLines(each, paint)),
      paint,
    ),
    transactionsText(analysis.transactions, paint),
  ]
    .filter((text) => text !== '')
    .join('\n\n')
}

/** Those in which nothing happened but a request and its answer are only counted. */
function transactionsText(transactions: readonly TransactionReport[], paint: Paint): string {
  const odd = transactions.filter(({ outcome, retransmissions }) => outcome !== 'answered' || retransmissions > 0)
  const title = `TRANSACTIONS  ${transactions.length - odd.length} of ${transactions.length} were answered at once`
  if (odd.length === 0) return transactions.length === 0 ? '' : paint('bold', title)
  return section(
    title,
    odd.map((each) => transactionLines(each, paint)),
    paint,
  )
}

function section(title: string, entries: readonly (readonly string[])[], paint: Paint): string {
  if (entries.length === 0) return ''
  const hidden = entries.length - mostShown
  const more = hidden > 0 ? [`  … ${hidden} more`] : []
  return [paint('bold', title), ...entries.slice(0, mostShown).flat(), ...more].join('\n')
}

function registrationLines(registration: RegistrationReport, paint: Paint): string[] {
  const { deviceId, outcome, offlineReason, expires, keepalives, keepaliveInterval, waitingFor } = registration
  const facts = [
    offlineReason,
    expires === undefined ? undefined : `expires ${expires} s`,
    `${keepalives} keepalives${keepaliveInterval === undefined ? '' : ` every ${keepaliveInterval} s`}`,
    waitingFor === undefined ? undefined : `${waitingFor.timer} at ${waitingFor.at}`,
  ]
  return [
    `  ${deviceId}  ${inked(outcome, paint)}  ${facts.filter((fact) => fact !== undefined).join(', ')}`,
    ...pathLines(registration, paint),
    ...pathLines(registration.device, paint),
  ]
}

function exchangeLines(exchange: ExchangeReport, paint: Paint): string[] {
  const { cmdType, sn, targetId = '', outcome, received, sumNum } = exchange
  const count =
    sumNum === undefined ? `${received} ${received === 1 ? 'part' : 'parts'}` : `${received} of ${sumNum} items`
  return [`  ${cmdType} ${targetId} SN ${sn}  ${inked(outcome, paint)}  ${count}`, ...pathLines(exchange, paint)]
}

function dialogLines(dialog: DialogReport, paint: Paint): string[] {
  const { channelId = '', callId, outcome, offer, answer, media } = dialog
  const end = (side: typeof offer) =>
    side === undefined ? 'none' : `${side.address ?? '?'}:${side.port} y=${side.ssrcText ?? 'none'}`
  const streams = media.map(({ source, packets, lost }) => `RTP from ${source}: ${packets} packets, ${lost} lost`)
  return [
    `  ${channelId}  ${inked(outcome, paint)}  offer ${end(offer)}, answer ${end(answer)}  ${paint('dim', callId)}`,
    ...streams.map((line) => `    ${line}`),
    ...pathLines(dialog, paint),
    ...pathLines(dialog.invited, paint),
  ]
}

function transactionLines(transaction: TransactionReport, paint: Paint): string[] {
  const { method, id, outcome, status, durationMs, retransmissions, waitingFor } = transaction
  const facts = [
    status === undefined ? undefined : `${status}`,
    durationMs === undefined ? undefined : `after ${secondsText(durationMs)}`,
    retransmissions === 0 ? undefined : `${retransmissions} retransmissions`,
    outcome !== 'pending' || waitingFor === undefined ? undefined : `${waitingFor.timer} at ${waitingFor.at}`,
  ]
  return [
    `  ${method} #${transaction.messages[0] ?? ''}  ${inked(outcome, paint)}  ${facts.filter((fact) => fact !== undefined).join(', ')}  ${paint('dim', id)}`,
    ...pathLines(transaction, paint),
  ]
}

const outcomeInks: Readonly<Record<string, Ink>> = {
  online: 'green',
  complete: 'green',
  confirmed: 'green',
  ended: 'green',
  answered: 'green',
  challenged: 'yellow',
  silent: 'yellow',
  partial: 'yellow',
  pending: 'yellow',
}

const inked = (outcome: string, paint: Paint): string => paint(outcomeInks[outcome] ?? 'red', outcome)

/** `registration: challenged → +0.100 online (register.accepted #4) → …` */
function pathLines({ machine, path }: PathReport, paint: Paint): string[] {
  if (path.length === 0) return []
  return [
    `    ${paint('dim', `${machine}:`)} ${path.map((step, index) => stepText(step, path[index - 1])).join(' → ')}`,
  ]
}

function stepText({ state, at, by, frame }: StepReport, before: StepReport | undefined): string {
  if (before === undefined) return state
  const cause = frame === undefined ? by : `${by} #${frame}`
  return `${state} ${deltaText(Date.parse(at) - Date.parse(before.at))} (${cause})`
}

const severityInks: Readonly<Record<Severity, Ink>> = { error: 'red', warning: 'yellow', info: 'blue' }

/** Each finding with its clause, its evidence and the most likely fix. */
export function renderFindings(
  { findings }: Pick<Summed, 'findings'>,
  { color = false }: { color?: boolean } = {},
): string {
  const paint = paintWith(color)
  if (findings.length === 0) return paint('bold', 'FINDINGS  none')
  return [paint('bold', `FINDINGS  ${countText(findings)}`), ...findings.map((each) => findingLines(each, paint))].join(
    '\n',
  )
}

function findingLines(finding: Finding, paint: Paint): string {
  const { severity, code, count, summary, clause, evidence, fix, deviceId, callId } = finding
  const frames = evidence.map(({ frame, at }) => `#${frame} ${at.slice(11, 23)}`).join(', ')
  const subject = [deviceId, callId].filter((name) => name !== undefined).join('  ')
  return [
    `  ${paint(severityInks[severity], `${severity} ${code}`)}${count > 1 ? ` ×${count}` : ''}  ${paint('dim', subject)}`.trimEnd(),
    `    ${summary}`,
    `    ${paint('dim', `clause    ${clause}`)}`,
    `    ${paint('dim', `evidence  ${frames}`)}`,
    `    fix       ${fix}`,
  ].join('\n')
}

/** `2 errors, 1 warning, 3 infos` */
export function countText(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'info'] as const).map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length
    return count === 0 ? '' : `${count} ${severity}${count > 1 ? 's' : ''}`
  })
  return counts.filter((text) => text !== '').join(', ') || 'none'
}
