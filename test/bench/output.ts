/** How results are told: a table for people, JSON lines for programs (CONTRACT: npm scripts). */
import { isMet, judgedFigure, type Result } from './results.ts'

export const jsonLine = ({ name, value, unit, peer, peerValue, ratio, rounds }: Result): string =>
  JSON.stringify({ name, value, unit, peer, peerValue, ratio, rounds })

/** A Markdown table that also reads well as it stands. */
export function table(results: readonly Result[]): string {
  const [first] = results
  const header = ['', `ours (${first?.executor ?? ''})`, 'against', '', 'ratio', 'must', 'goal', 'met']
  const rows = results.map((result) => {
    const { name, value, unit, peer, peerValue, ratio, target } = result
    return [
      name,
      `${value} ${unit}`,
      peer ?? '',
      peerValue === null ? '' : `${peerValue} ${unit}`,
      ratio === null ? '' : String(ratio),
      target === undefined ? '' : `<= ${target.must}`,
      target === undefined ? '' : String(target.goal),
      verdict(result),
    ]
  })
  return markdown([header, ...rows])
}

function verdict(result: Result): string {
  const { target } = result
  if (target === undefined) return ''
  if (judgedFigure(result) <= target.goal) return 'goal'
  return isMet(result) ? 'must' : 'NO'
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
