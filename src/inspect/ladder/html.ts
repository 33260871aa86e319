/**
 * An analysis as one HTML file that needs nothing else: no script, no request to anywhere. Each message opens on a click;
 * digest responses and passwords are not in it.
 */
import type { DialogReport, ExchangeReport, PathReport, RegistrationReport, TraceRow } from '../analysis/index.ts'
import type { Finding } from '../findings/index.ts'
import { deltaText, foldText, idleText, type Ladder, laddersOf, type MessageRow } from './rows.ts'
import { style } from './style.ts'
import { countText, type Summed } from './summary.ts'

export interface HtmlOptions {
  /** Default: the name of the file. */
  readonly title?: string
}

/** What is shown: an `Analysis`. */
export interface Shown extends Summed {
  readonly file: string
  readonly messages: number
  readonly frames: number
  readonly startedAt: string
  readonly endedAt: string
  readonly skippedCount: number
  readonly trace: readonly TraceRow[]
}

/** Ends side by side before a ladder of its own is drawn for each device. */
const columnsThatFit = 6

/** The page as text, to be written to a file in UTF-8. */
export function renderHtml(analysis: Shown, { title = analysis.file }: HtmlOptions = {}): string {
  const { messages, frames, startedAt, endedAt, skippedCount, findings } = analysis
  const name = escaped(title === '' ? 'capture' : title)
  const anchors = new Anchors()
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${name}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${style}</style></head><body>
<h1>${name}</h1>
<p>${messages} SIP messages in ${frames} frames, ${escaped(startedAt)} to ${escaped(endedAt)}${skippedCount > 0 ? `, skipped frames: ${skippedCount}` : ''}. Findings: ${countText(findings)}.</p>
<h2>Findings</h2>${findings.map(findingHtml).join('')}
<h2>Ladder</h2>${laddersOf(analysis.trace, { columns: columnsThatFit })
    .map((ladder) => ladderHtml(ladder, anchors))
    .join('')}
${affairsHtml(analysis)}
</body></html>
`
}

function findingHtml({
  severity,
  code,
  count,
  summary,
  clause,
  fix,
  evidence,
  deviceId = '',
  callId = '',
}: Finding): string {
  const links = evidence.map(
    ({ frame, at }) => `<a href="#f${frame}">#${frame}</a> <small>${escaped(at.slice(11, 23))}</small>`,
  )
  return `<section class="finding ${severity}" data-code="${code}"><h3>${severity}: <code>${code}</code>${count > 1 ? ` ×${count}` : ''} <small>${escaped(deviceId)} ${escaped(callId)}</small></h3>
<p>${escaped(summary)}</p><p><b>Fix</b> ${escaped(fix)}</p><p><small>${escaped(clause)} · ${links.join(', ')}</small></p></section>`
}

/** Where links to a frame lead: the first message that ends in it, also where that is folded into the one it repeats. */
class Anchors {
  readonly #given = new Set<number>()

  idOf(frame: number): string {
    if (this.#given.has(frame)) return ''
    this.#given.add(frame)
    return ` id="f${frame}"`
  }
}

function ladderHtml({ title, columns, columnOf, rows }: Ladder, anchors: Anchors): string {
  const heads = columns.map((name) => `<span>${escaped(name)}</span>`).join('')
  const lines = rows.map((row) =>
    row.kind === 'idle'
      ? `<div class="idle">${escaped(idleText(row.ms))}</div>`
      : messageHtml(row, [columnOf(row.row.from), columnOf(row.row.to)], anchors),
  )
  const head = title === '' ? '' : `<h3>${escaped(title)}</h3>`
  return `${head}<div class="ladder" style="--columns:${columns.length}"><div class="head">${heads}</div>${lines.join('')}</div>`
}

function messageHtml(message: MessageRow, ends: readonly [number, number], anchors: Anchors): string {
  const { row, delta } = message
  const time = `#${row.frame} ${escaped(row.at.slice(11, 23))} <small>${deltaText(delta)}</small>`
  const text = escaped(`${row.transport} ${row.from} → ${row.to}\n\n${row.text}`)
  return `<details${anchors.idOf(row.frame)}><summary><span class="time">${time}</span><span class="lane">${arrowHtml(row, ends)}</span><span class="note">${noteHtml(message, anchors)}</span></summary><pre>${text}</pre></details>`
}

/** From the middle of one column to the middle of another. */
function arrowHtml({ kind, label }: TraceRow, [from, to]: readonly [number, number]): string {
  const [start, end] = [Math.min(from, to), Math.max(from, to)]
  const way = from === to ? 'self' : from < to ? 'right' : 'left'
  return `<span class="arrow ${way} ${kind}" style="grid-column:${2 * start + 2}/${2 * end + 2}">${escaped(label)}</span>`
}

function noteHtml({ row, again }: MessageRow, anchors: Anchors): string {
  const frames = again.map(({ frame }) => `<small${anchors.idOf(frame)}>#${frame}</small>`).join(' ')
  const unanswered = row.unanswered === undefined ? '' : `no answer: ${escaped(row.unanswered)}`
  return [escaped(foldText(again)), frames, unanswered].filter((note) => note !== '').join(' ')
}

function affairsHtml({ registrations, exchanges, dialogs }: Summed): string {
  return [
    tableHtml('Registrations', registrations, registrationHtml),
    tableHtml('Exchanges', exchanges, exchangeHtml),
    tableHtml('Sessions', dialogs, dialogHtml),
  ].join('')
}

function tableHtml<T>(title: string, affairs: readonly T[], html: (affair: T) => string): string {
  return affairs.length === 0 ? '' : `<h2>${title}</h2>${affairs.map(html).join('')}`
}

const registrationHtml = (registration: RegistrationReport): string =>
  affairHtml(`${registration.deviceId}: ${registration.outcome} ${registration.offlineReason ?? ''}`, [
    registration,
    registration.device,
  ])

const exchangeHtml = (exchange: ExchangeReport): string =>
  affairHtml(`${exchange.cmdType} ${exchange.targetId ?? ''} SN ${exchange.sn}: ${exchange.outcome}`, [exchange])

const dialogHtml = (dialog: DialogReport): string =>
  affairHtml(`${dialog.channelId ?? ''} ${dialog.callId}: ${dialog.outcome}`, [dialog, dialog.invited])

function affairHtml(title: string, paths: readonly PathReport[]): string {
  return `<section class="affair"><h3>${escaped(title)}</h3>${paths.map(pathHtml).join('')}</section>`
}

const pathHtml = ({ machine, path }: PathReport): string =>
  `<p><b>${machine}</b> ${path
    .map(
      ({ state, at, by, frame }) =>
        `<span class="step" title="${escaped(at)}">${escaped(state)} <small>${escaped(by)}${frame === undefined ? '' : ` <a href="#f${frame}">#${frame}</a>`}</small></span>`,
    )
    .join(' → ')}</p>`

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Safe as text and in quoted attributes, whatever a peer has written into its message. */
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => escapes[character] ?? '').replace(/[^\P{Cc}\n\r\t]/gu, '\ufffd')
