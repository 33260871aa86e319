/** The interop table: what was tested, against which program, over which transport, and how it went. Printed at the end. */
import { it } from 'vitest'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { type PeerProgram, versionedName } from './peers.ts'

export interface InteropRow {
  readonly peer: PeerProgram | 'lossy relay'
  readonly what: string
  readonly transport: 'UDP' | 'TCP' | 'UDP and TCP'
}

declare module 'vitest' {
  interface TaskMeta {
    interop?: InteropRow
  }
}

/** A test that is a row of the table. */
export function interop(row: InteropRow, body: () => Promise<void>, timeout = 60_000): void {
  it(`${row.what}, ${row.transport}`, { meta: { interop: row }, timeout }, body)
}

/** Vitest's reporter that prints the rows, as Markdown, after everything has run. */
export class InteropTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap(({ children }) => [...children.allTests()].flatMap(rowOf))
    if (rows.length === 0) return
    process.stdout.write(`\n${markdown([['Peer', 'What', 'Transport', 'Result'], ...rows])}\n`)
  }
}

function rowOf(test: TestCase): string[][] {
  const { interop: row } = test.meta()
  if (row === undefined) return []
  const peer = row.peer === 'lossy relay' ? row.peer : versionedName(row.peer)
  return [[peer, row.what, row.transport, test.result().state]]
}

function markdown(rows: readonly string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const [head = [], ...body] = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)))
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
