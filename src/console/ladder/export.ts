/** What the filter shows, as files: a ladder in text, a drawing, the messages themselves. */
import type { Columns } from './columns.ts'
import { foldText, type MessageRow, type Row, secondsText } from './rows.ts'

export interface Drawn {
  readonly title: string
  readonly rows: readonly Row[]
  readonly columns: Columns
}

/** Readable by `gb28181 analyze` and by the page itself. */
export const messagesText = (rows: readonly Row[]): string =>
  rows.flatMap((row) => (row.kind === 'message' ? [row.message.text.trimEnd(), '\r\n\r\n\r\n'] : [])).join('')

export const ladderText = ({ title, rows, columns }: Drawn): string =>
  [title, `  ${columns.all.map(({ end, name }) => (name === undefined ? end : `${name} ${end}`)).join('  |  ')}`]
    .concat(rows.map((row) => lineOf(row, columns)))
    .join('\n')
    .concat('\n')

function lineOf(row: Row, columns: Columns): string {
  if (row.kind === 'idle') return `  — ${secondsText(row.ms)} —`
  if (row.kind === 'missing') return `${' '.repeat(26)} ✕ ${missingText(row)}`
  const [from, to, at] = row.kind === 'media' ? [row.flow.from, row.flow.to, row.flow.at] : endsOf(row)
  const arrow = columns.of(from) < columns.of(to) ? '──▶' : '◀──'
  const what = row.kind === 'media' ? row.flow.label : `${row.message.label} ${foldText(row)}`.trimEnd()
  return `${new Date(at).toISOString()}  ${from} ${arrow} ${to}  ${what}`
}

const endsOf = ({ message: { from, to, at } }: MessageRow): [string, string, number] => [from, to, at]

const missingText = ({ message: { exchange } }: Extract<Row, { kind: 'missing' }>): string =>
  exchange.waiting ?? exchange.timer?.name ?? 'no reply'

const [left, lane, line, top] = [120, 260, 30, 54]

/** A drawing that needs nothing else. */
export function ladderSvg({ title, rows, columns }: Drawn): string {
  const width = left + columns.all.length * lane
  const height = top + 14 + rows.length * line
  const x = (index: number) => left + lane / 2 + index * lane
  const heads = columns.all.map(
    ({ end, name = end }, index) =>
      `<text x="${x(index)}" y="22" class="end">${escaped(name)}</text><text x="${x(index)}" y="38">${escaped(end)}</text><path d="M${x(index)} ${top - 8}V${height - 6}" class="life"/>`,
  )
  const drawn = rows.map((row, index) => rowSvg(row, top + 18 + index * line, { columns, x, width }))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title>${escaped(title)}</title><style>${svgStyle}</style><rect width="100%" height="100%" fill="#fff"/>${heads.join('')}${drawn.join('')}</svg>\n`
}

interface Place {
  readonly columns: Columns
  readonly x: (index: number) => number
  readonly width: number
}

function rowSvg(row: Row, y: number, { columns, x, width }: Place): string {
  if (row.kind === 'idle') return `<text x="${width / 2}" y="${y}" class="idle">— ${secondsText(row.ms)} —</text>`
  const { from, to } = row.kind === 'media' ? row.flow : row.message
  const [a, b] =
    row.kind === 'missing' ? [x(columns.of(to)), x(columns.of(from))] : [x(columns.of(from)), x(columns.of(to))]
  const kind = row.kind === 'message' ? row.message.kind : row.kind
  const what =
    row.kind === 'media' ? row.flow.label : row.kind === 'missing' ? `✕ ${missingText(row)}` : row.message.label
  const tip = a < b ? -7 : 7
  const at = row.kind === 'message' ? new Date(row.message.at).toISOString().slice(11, 23) : ''
  const fold = row.kind === 'message' ? ` ${foldText(row)}` : ''
  return `<g class="${kind}"><text x="8" y="${y + 4}" class="time">${at}</text><path d="M${a} ${y}H${b}m${tip} -4l${-tip} 4l${tip} 4"/><text x="${(a + b) / 2}" y="${y - 4}">${escaped(what + fold)}</text></g>`
}

const svgStyle =
  'text{font:11px ui-monospace,monospace;text-anchor:middle;fill:#17202b}.end{font-weight:700}.time{text-anchor:start}path{fill:none;stroke:#17202b;stroke-width:1.4}.life{stroke:#ccd5df}.request path{stroke:#0b5cad}.success path{stroke:#0f6b3a}.provisional path{stroke:#7a8794}.challenge path{stroke:#8a5200}.failure path,.malformed path,.missing path{stroke:#b3261e}.missing path,.media path{stroke-dasharray:4 3}.idle{fill:#526070}'

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** Whatever a peer has written into its message. */
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => escapes[character] ?? '').replace(/[^\P{Cc}]/gu, '\ufffd')

export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
