/**
 * Vitest's global set-up: forgets the last run's coverage before the tests, and after them prints what part of each
 * machine they took. Under 100 % the run fails. It judges only a run of every file in `test/machines`, unfiltered.
 */
import { existsSync, globSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type AnyStateMachine, StateMachine } from 'xstate'
import { describeMachine, type TransitionDescription } from '../../src/statechart/index.ts'
import { coverageFolderOf, unreportedFolder } from './coverage.ts'

const root = resolve(import.meta.dirname, '../..')

export default function setup(project: TestProject): () => Promise<void> {
  const folder = coverageFolderOf(String(process.pid))
  for (const old of [folder, unreportedFolder]) rmSync(old, { recursive: true, force: true })
  process.env.GB28181_COVERAGE_RUN = String(process.pid)
  return async () => {
    const taken = takenKeys(folder)
    rmSync(folder, { recursive: true, force: true })
    const machinesFile = join(root, 'machines/index.ts')
    if (!ranInFull(project) || !existsSync(machinesFile)) return
    const exported: object = await import(machinesFile)
    const report = reportOf(machinesAmong(exported), taken)
    process.stdout.write(`\n${report.text}\n`)
    if (!report.complete) process.exitCode = 1
  }
}

/** All test files of the machines ran, and no filter left out some of their tests. */
function ranInFull({ vitest }: TestProject): boolean {
  const files = globSync('test/machines/**/*.test.ts', { cwd: root })
  const ran = new Set(vitest.state.getTestModules().map(({ moduleId }) => moduleId))
  return files.length > 0 && !vitest.config.testNamePattern && files.every((file) => ran.has(join(root, file)))
}

export function machinesAmong(exported: object): AnyStateMachine[] {
  const machines = Object.values(exported).filter((item): item is AnyStateMachine => item instanceof StateMachine)
  return [...new Map(machines.map((machine) => [machine.id, machine])).values()]
}

/** Machine id to what was taken of it, from the files of all test processes. */
export function takenKeys(folder: string): Map<string, Set<string>> {
  const taken = new Map<string, Set<string>>()
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.jsonl')) : []
  const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
  for (const line of lines) {
    const [machine, key] = JSON.parse(line) as [string, string]
    taken.set(machine, (taken.get(machine) ?? new Set()).add(key))
  }
  return taken
}

export interface CoverageReport {
  /** The table, and below it every state and transition that no test took. */
  readonly text: string
  readonly complete: boolean
}

export function reportOf(
  machines: readonly AnyStateMachine[],
  taken: ReadonlyMap<string, ReadonlySet<string>>,
): CoverageReport {
  const rows = machines.map((machine) => coverRow(machine, taken.get(machine.id) ?? new Set()))
  const total = rows.reduce(addRows, { name: 'all machines', states: [0, 0], transitions: [0, 0], missing: [] })
  const lines = [...rows, total].map(({ name, states, transitions }) => [
    name,
    states.join('/'),
    transitions.join('/'),
    percent(states[0] + transitions[0], states[1] + transitions[1]),
  ])
  const missing = total.missing.length === 0 ? [] : ['', 'No test takes:', ...total.missing.map((line) => `  ${line}`)]
  const text = [...table([['machine', 'states', 'transitions', 'taken'], ...lines]), ...missing].join('\n')
  return { text, complete: machines.length > 0 && total.missing.length === 0 }
}

interface Row {
  readonly name: string
  readonly states: readonly [taken: number, of: number]
  readonly transitions: readonly [taken: number, of: number]
  readonly missing: readonly string[]
}

function coverRow(machine: AnyStateMachine, taken: ReadonlySet<string>): Row {
  const { id, states, transitions } = describeMachine(machine)
  const missedStates = states.filter((state) => !taken.has(state.id))
  const missedTransitions = transitions.filter(({ key }) => !taken.has(key))
  return {
    name: id,
    states: [states.length - missedStates.length, states.length],
    transitions: [transitions.length - missedTransitions.length, transitions.length],
    missing: [
      ...missedStates.map((state) => `state       ${state.id}`),
      ...missedTransitions.map((transition) => `transition  ${transitionName(transition)}`),
    ],
  }
}

function addRows(sum: Row, row: Row): Row {
  return {
    name: sum.name,
    states: [sum.states[0] + row.states[0], sum.states[1] + row.states[1]],
    transitions: [sum.transitions[0] + row.transitions[0], sum.transitions[1] + row.transitions[1]],
    missing: [...sum.missing, ...row.missing],
  }
}

function transitionName({ source, trigger, event, delay, guard, targets }: TransitionDescription): string {
  const what = trigger === 'after' ? `after ${delay}` : event || 'always'
  return `${source}  ${what}${guard === undefined ? '' : ` [${guard}]`} -> ${targets.join(', ') || '(stays)'}`
}

/** Rounded down: 99.96 is not 100. */
const percent = (taken: number, of: number): string =>
  of === 0 ? '-' : `${(Math.floor((1000 * taken) / of) / 10).toFixed(1)} %`

function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i)))).join('  '))
}
