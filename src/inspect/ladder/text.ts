/** A ladder for the terminal: a column for each end, an arrow for each message, what is folded behind it. */
import type { TraceRow } from '../analysis/index.ts'
import { type Ink, type Paint, paintWith } from './paint.ts'
import { deltaText, foldText, type IdleRow, idleText, type Ladder, laddersOf, type MessageRow } from './rows.ts'

export interface LadderOptions {
  /** ANSI colours. Default false. */
  readonly color?: boolean
  /** Characters in a line. Default 120. */
  readonly width?: number
  /** Rows after which a ladder is cut. Default 1000. */
  readonly rows?: number
}

/** Frame, time and delta before the columns. */
const margin = 33
const leastColumn = 26
const widestColumn = 42

/** The ladder of an analysis as lines of text; several, one for each device, where one would be too wide. */
export function renderLadder(
  analysis: { readonly trace: readonly TraceRow[] },
  { color = false, width = 120, rows = 1000 }: LadderOptions = {},
): string {
  const fitting = Math.max(2, Math.floor((width - margin) / leastColumn))
  const ladders = laddersOf(analysis.trace, { columns: fitting })
  let left = rows
  const parts: string[] = []
  for (const ladder of ladders) {
    if (left <= 0) break
    const shown = { ...ladder, rows: ladder.rows.slice(0, left) }
    left -= shown.rows.length
    parts.push(new TextLadder(shown, width, paintWith(color)).lines().join('\n'))
  }
  const hidden = ladders.reduce((sum, ladder) => sum + ladder.rows.length, 0) - (rows - left)
  if (hidden > 0) parts.push(`… ${hidden} more rows; --html shows them all, --device those of one device`)
  return parts.join('\n\n')
}

const inks: Readonly<Record<TraceRow['kind'], Ink>> = {
  request: 'cyan',
  provisional: 'dim',
  success: 'green',
  challenge: 'yellow',
  failure: 'red',
  malformed: 'red',
}

class TextLadder {
  readonly #ladder: Ladder
  readonly #column: number
  readonly #paint: Paint

  constructor(ladder: Ladder, width: number, paint: Paint) {
    this.#ladder = ladder
    const room = Math.floor((width - margin) / Math.max(2, ladder.columns.length))
    this.#column = Math.max(leastColumn, Math.min(widestColumn, room))
    this.#paint = paint
  }

  lines(): string[] {
    const { title, columns, rows } = this.#ladder
    const heads = columns.map((name) => centred(name, this.#column)).join('')
    return [
      ...(title === '' ? [] : [this.#paint('bold', title)]),
      `${' '.repeat(margin)}${this.#paint('bold', heads.trimEnd())}`,
      ...rows.map((row) => (row.kind === 'idle' ? this.#idle(row) : this.#message(row))),
    ]
  }

  #idle({ ms }: IdleRow): string {
    const { length } = this.#ladder.columns
    return this.#paint('dim', `${' '.repeat(margin)}${centred(idleText(ms), this.#column * length).trimEnd()}`)
  }

  #message({ row, delta, again }: MessageRow): string {
    const frame = `#${row.frame}`.padStart(6)
    const left = `${frame} ${row.at.slice(11, 23)} ${deltaText(delta).padStart(11)}  `
    const notes = [foldText(again), row.unanswered === undefined ? '' : `no answer: ${row.unanswered}`]
    const after = notes.filter((note) => note !== '').join('  ')
    const line = `${this.#paint('dim', left)}${this.#arrow(row)}`
    return after === '' ? line.trimEnd() : `${line} ${this.#paint('yellow', after)}`
  }

  #arrow(row: TraceRow): string {
    const { columnOf, columns } = this.#ladder
    const [from, to] = [columnOf(row.from), columnOf(row.to)]
    const centre = (column: number) => column * this.#column + Math.floor(this.#column / 2)
    const [start, end] = [centre(Math.min(from, to)), centre(Math.max(from, to))]
    const rail = this.#rails(columns.length)
    if (from === to) return `${rail.slice(0, start)}${this.#paint(inks[row.kind], `↺ ${row.label}`)}`
    const shaft = shaftOf(row.label, end - start - 1, from < to)
    return `${rail.slice(0, start + 1)}${this.#paint(inks[row.kind], shaft)}${rail.slice(end)}`
  }

  #rails(count: number): string {
    const half = Math.floor(this.#column / 2)
    const rail = `${' '.repeat(half)}│${' '.repeat(this.#column - half - 1)}`
    return rail.repeat(count)
  }
}

/** `──── INVITE (SDP) ───▶`, or its mirror image. */
function shaftOf(label: string, length: number, rightwards: boolean): string {
  const room = length - 5
  const text = fitted(label, room)
  const dashes = length - text.length - 3
  const before = Math.floor(dashes / 2)
  const line = `${'─'.repeat(before)} ${text} ${'─'.repeat(dashes - before)}`
  return rightwards ? `${line}▶` : `◀${line}`
}

/** Without the reason phrase where that is too long, else cut. */
function fitted(label: string, room: number): string {
  if (label.length <= room) return label
  const brief = label.replace(/^(\d{3}) .* \((\w+)\)/, '$1 ($2)')
  return brief.length <= room ? brief : `${brief.slice(0, Math.max(0, room - 1))}…`
}

function centred(text: string, width: number): string {
  const before = Math.max(0, Math.floor((width - text.length) / 2))
  return `${' '.repeat(before)}${text}`.padEnd(width)
}
