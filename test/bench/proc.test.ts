import { describe, expect, it } from 'vitest'
import { cpuOf, parseResident, parseStat, residentBytes, sumOfTree } from './proc.ts'

/** proc(5): pid (comm) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime ... */
const stat = (pid: number, name: string, parent: number, times: string) =>
  `${pid} (${name}) S ${parent} ${pid} ${pid} 0 -1 4194560 1201 0 3 0 ${times} 20 0 7 0 464468 5619712 730 18446744073709551615\n`

describe('CPU time by /proc/PID/stat', () => {
  it('adds fields 14 and 15, in ticks of 10 ms, and keeps those of ended children apart', () => {
    expect(parseStat(stat(357, 'kamailio', 356, '12 30 5 6'))).toEqual({
      ...{ pid: 357, parent: 356 },
      ...{ own: 420_000, ended: 110_000 },
    })
  })

  it('is not misled by a name with spaces and parentheses', () => {
    expect(parseStat(stat(8, 'a) S 1 (b', 7, '1 0 0 0'))).toMatchObject({ pid: 8, parent: 7, own: 10_000 })
  })

  it('sums a process and its descendants, and nobody else', () => {
    const stats = [
      stat(1, 'timeout', 99, '1 0 0 0'),
      stat(2, 'kamailio', 1, '10 0 0 0'),
      stat(3, 'kamailio', 2, '100 0 0 0'),
      stat(4, 'sipp', 99, '1000 0 0 0'),
    ].map(parseStat)
    expect(sumOfTree(stats, 1)).toBe(1_110_000)
  })

  it('reads its own process', () => {
    const before = cpuOf(process.pid)
    const until = process.cpuUsage().user + 60_000
    while (process.cpuUsage().user < until);
    expect(cpuOf(process.pid) - before).toBeGreaterThanOrEqual(40_000)
  })
})

describe('resident memory by /proc/PID/status', () => {
  it('takes VmRSS, not its parts and not the peak', () => {
    const status = 'Name:\tnode\nVmHWM:\t  400 kB\nVmRSS:\t  300 kB\nRssAnon:\t  200 kB\n'
    expect(parseResident(status)).toBe(307_200)
  })

  it('refuses the status of a process that has ended', () => {
    expect(() => parseResident('Name:\tnode\nState:\tZ (zombie)\n')).toThrow(/VmRSS/)
  })

  it('reads its own process', () => {
    expect(residentBytes(process.pid)).toBeGreaterThan(1 << 20)
  })
})
