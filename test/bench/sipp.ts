/** How SIPp is run: one socket, one line of the devices' file a call, and the books that it keeps of its calls. */
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deviceId, password, sippCallId } from './identity.ts'
import { parseStat } from './proc.ts'
import type { Processes } from './processes.ts'

export interface SippRun {
  /** File of `sipp/` without its ending. */
  readonly scenario: string
  /** The server's port; undefined where SIPp waits for the calls of others. */
  readonly server?: number
  /** The port that SIPp speaks from. */
  readonly port: number
  readonly calls: number
  /** Calls a second, and the most at once. */
  readonly rate?: number
  /** Words that the scenario uses in brackets. */
  readonly keys?: Readonly<Record<string, string | number>>
}

export interface SippResult {
  /** All calls went as the scenario says. */
  readonly ok: boolean
  readonly successful: number
  readonly failed: number
  /** Messages that SIPp sent again. */
  readonly retransmissions: number
  /** Messages of no call of its own: the server asked for something that the scenario does not have. */
  readonly strays: number
  /** Microseconds of CPU that SIPp took itself. */
  readonly cpu: number
}

/** Seconds that one run may take. */
const limit = 180

/** The file of the devices that SIPp reads: number after number, with their credentials. */
export function writeDevices(folder: string, count: number): void {
  const line = (number: number) =>
    `${deviceId(number)};[authentication username=${deviceId(number)} password=${password}]\n`
  const lines = Array.from({ length: count }, (_, index) => line(index + 1))
  writeFileSync(join(folder, 'devices.csv'), `SEQUENTIAL\n${lines.join('')}`)
}

export async function runSipp(processes: Processes, run: SippRun): Promise<SippResult> {
  const { scenario, server, port, calls, rate, keys = {} } = run
  const statistics = join(processes.folder, `${scenario}-${port}.csv`)
  const used = join(processes.folder, `${scenario}-${port}.stat`)
  const code = await processes.run('sh', [
    // The shell's account of its ended children is SIPp's CPU, which is gone with SIPp otherwise.
    ...['-c', `rm -f "$1"; shift; "$@"; code=$?; cat /proc/$$/stat > '${used}'; exit $code`, 'sh', statistics],
    ...['sipp', ...(server === undefined ? [] : [`127.0.0.1:${server}`])],
    ...['-sf', join(import.meta.dirname, 'sipp', `${scenario}.xml`), '-i', '127.0.0.1', '-p', String(port)],
    ...['-t', 'u1', '-nostdin', '-m', String(calls), '-buff_size', String(4 << 20), '-cid_str', sippCallId],
    ...(rate === undefined ? [] : ['-r', String(rate), '-l', String(rate), '-inf', 'devices.csv']),
    ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, String(value)]),
    ...['-timeout', `${limit}s`, '-timeout_error', '-trace_stat', '-stf', statistics, '-fd', '1'],
    // A busy machine is not an error of the server.
    ...['-watchdog_minor_maxtriggers', '1000000', '-watchdog_major_maxtriggers', '1000000'],
  ])
  const books = parseStatistics(await readFile(statistics, 'utf8').catch(() => ''))
  const ok = code === 0 && books.failed === 0 && books.strays === 0 && books.successful === calls
  return { ok, ...books, cpu: parseStat(await readFile(used, 'utf8')).ended }
}

/** The last line of what `-trace_stat` writes: cumulated counters under the names of the first line. */
export function parseStatistics(
  text: string,
): Pick<SippResult, 'successful' | 'failed' | 'retransmissions' | 'strays'> {
  const lines = text.trim().split('\n')
  const names = (lines[0] ?? '').split(';')
  const values = (lines.at(-1) ?? '').split(';')
  const counter = (name: string) => Number(values[names.indexOf(`${name}(C)`)] ?? Number.NaN)
  return {
    successful: counter('SuccessfulCall'),
    failed: counter('FailedCall'),
    retransmissions: counter('Retransmissions'),
    strays: counter('OutOfCallMsgs'),
  }
}
