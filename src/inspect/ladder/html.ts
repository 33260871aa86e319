/**
 * An analysis as one HTML file that needs nothing else: no script, no request to anywhere. Each message opens on a click;
 * digest responses and passwords are not in it.
 */
import type { DialogReport, ExchangeReport, PathReport, RegistrationReport, TraceRow } from '../analysis/index.ts'
import type { Finding } from '../findings/index.ts'
import { deltaText, foldText, idleText, type Ladder, laddersOf } from './rows.ts'
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
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${name}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${style}</style></head><body>
<h1>${name}</h1>
<p>${messages} SIP messages in ${frames} frames, ${escaped(startedAt)} to ${escaped(endedAt)}${skippedCount > 0 ? `, ${skippedCount} frames skipped` : ''}. Findings: ${countText(findings)}.</p>
<h2>Findings</h2>${findings.map(findingHtml).join('')}
<h2>Ladder</h2>${laddersOf(analysis.trace, { columns: columnsThatFit }).map(ladderHtml).join('')}
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
  return `<section class="finding ${severity}" id="${code}"><h3>${severity}: <code>${code}</code>${count > 1 ? ` ×${count}` : ''} <small>${escaped(deviceId)} ${escaped(callId)}</small></h3>
<p>${escaped(summary)}</p><p><b>Fix</b> ${escaped(fix)}</p><p><small>${escaped(clause)} · ${links.join(', ')}</small></p></section>`
}

function ladderHtml({ title, columns, columnOf, rows }: Ladder): string {
  const grid = `--columns:${columns.length}`
  const heads = columns.map((name) => `<span>${escaped(name)}</span>`).join('')
  const lines = rows.map((row) => {
    if (row.kind === 'idle') return `<div class="idle">${escaped(idleText(row.ms))}</div>`
    return messageHtml(row.row, row.delta, row.again, [columnOf(row.row.from), columnOf(row.row.to)])
  })
  return `${title === '' ? '' : `<h3>${escaped(title)}</h3>`}<div class="ladder" style="${grid}"><div class="head">${heads}</div>${lines.join('')}</div>`
}

function messageHtml(row: TraceRow, delta: number, again: readonly number[], [from, to]: [number, number]): string {
  const [start, end] = [Math.min(from, to), Math.max(from, to)]
  const place = `grid-column:${2 * start + 2}/${2 * end + 2}`
  const way = from === to ? 'self' : from < to ? 'right' : 'left'
  const notes = [foldText(again), row.unanswered === undefined ? '' : `no answer: ${row.unanswered}`].filter(
    (note) => note !== '',
  )
  return `<details id="f${row.frame}"><summary><span class="time">#${row.frame} ${escaped(row.at.slice(11, 23))} <small>${deltaText(delta)}</small></span><span class="lane"><span class="arrow ${way} ${row.kind}" style="${place}">${escaped(row.label)}</span></span><span class="note">${escaped(notes.join(' · '))}</span></summary><pre>${escaped(`${row.transport} ${row.from} → ${row.to}\n\n${row.text}`)}</pre></details>`
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
