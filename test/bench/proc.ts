/**
 * What Linux knows of a process: its CPU time (proc(5), /proc/PID/stat) and its resident memory (/proc/PID/status).
 *
 * Time comes in ticks of 10 ms, so 20,000 exchanges are read to half a microsecond each.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const microsecondsPerTick = 10_000

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** User and system time of all its threads, microseconds: fields 14 and 15. */
  readonly own: number
  /** The same of children that have ended and were waited for: fields 16 and 17. */
  readonly ended: number
}

/** One line of /proc/PID/stat. The name in parentheses may itself hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  const afterName = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(afterName[number - 3])
  return {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    own: microsecondsPerTick * (field(14) + field(15)),
    ended: microsecondsPerTick * (field(16) + field(17)),
  }
}

/** Microseconds of CPU that a process and its living descendants have used. */
export const cpuOf = (pid: number): number => sumOfTree(allStats(), pid)

export function sumOfTree(stats: readonly ProcessStat[], pid: number): number {
  const own = stats.find((stat) => stat.pid === pid)?.own ?? 0
  const children = stats.filter(({ parent }) => parent === pid)
  return children.reduce((sum, child) => sum + sumOfTree(stats, child.pid), own)
}

function allStats(): readonly ProcessStat[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      return [parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))]
    } catch {
      // It has ended since the folder was read.
      return []
    }
  })
}

/** Bytes of a process that are in memory. */
export const residentBytes = (pid: number): number => parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** @throws Error where the status names no resident memory: a process that has ended */
export function parseResident(status: string): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kibibytes === undefined) throw new Error('no VmRSS in the status')
  return 1024 * Number(kibibytes)
}
