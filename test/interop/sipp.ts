/** How SIPp is run: scenario files of `sipp/`, the devices from an `-inf` file, one socket per device. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finished, password, type Stage } from './stage.ts'

export interface SippRun {
  /** File of `sipp/` without its ending. */
  readonly scenario: string
  /** Taken for requests that the platform begins. */
  readonly answers?: string
  readonly server: string
  readonly transport: 'UDP' | 'TCP'
  readonly devices: readonly string[]
  readonly password?: string
  /** Milliseconds that a `<pause/>` lasts. */
  readonly pause?: number
}

export interface SippResult extends Finished {
  /** Calls that ended otherwise than the scenario says, by SIPp's own account. */
  readonly failures: readonly string[]
  /** What the scenario logged. */
  readonly log: string
}

const scenarioPath = (name: string): string => join(import.meta.dirname, 'sipp', `${name}.xml`)

export async function runSipp(stage: Stage, run: SippRun): Promise<SippResult> {
  const { scenario, answers, server, transport, devices, pause = 0 } = run
  const line = (id: string) => `${id};[authentication username=${id} password=${run.password ?? password}]\n`
  const inf = await stage.file(`${scenario}.csv`, `SEQUENTIAL\n${devices.map(line).join('')}`)
  const [errors, log] = [join(stage.folder, 'sipp-errors.log'), join(stage.folder, 'sipp.log')]
  const finished = await stage.run('sipp', [
    ...[server, '-i', '127.0.0.1', '-nostdin', '-t', socketMode(transport, answers !== undefined)],
    ...['-sf', scenarioPath(scenario), '-inf', inf, '-m', String(devices.length), '-r', '200'],
    ...(answers === undefined ? [] : ['-oocsf', scenarioPath(answers)]),
    ...['-d', String(pause), '-max_socket', '1000', '-timeout', '40s', '-timeout_error'],
    ...['-trace_err', '-error_file', errors, '-trace_logs', '-log_file', log],
  ])
  const failures = (await readIfAny(errors)).split('\n').filter((text) => text.includes('Aborting call'))
  return { ...finished, failures, log: await readIfAny(log) }
}

/** One socket per device, save where SIPp must hear requests too: it does so on its one main socket only. */
function socketMode(transport: 'UDP' | 'TCP', hearing: boolean): string {
  return `${transport === 'UDP' ? 'u' : 't'}${hearing ? '1' : 'n'}`
}

const readIfAny = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
