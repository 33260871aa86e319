/** Other people's programs over files of ours. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ipv4, pcap, udp } from '../inspect/capture/builder.ts'

/** Writes `content` to a file, runs the program over it and gives what it said. `FILE` in `args` is the file. */
export function runOver(tool: string, args: readonly string[], content: Buffer, file: string) {
  const folder = mkdtempSync(join(tmpdir(), 'gb28181-media-'))
  try {
    const path = join(folder, file)
    writeFileSync(path, content)
    const run = spawnSync(
      tool,
      args.map((arg) => (arg === 'FILE' ? path : arg)),
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    )
    return { status: run.status, stdout: run.stdout, stderr: run.stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export interface CapturedDatagram {
  /** Milliseconds. */
  readonly at: number
  readonly port: number
  readonly payload: Buffer
}

/** A capture file (link type 101, raw IP) of UDP datagrams from 192.0.2.64 to 192.0.2.10. */
export function pcapOf(datagrams: readonly CapturedDatagram[]): Buffer {
  const frames = datagrams.map(({ at, port, payload }) => ({
    bytes: ipv4(udp(payload, port, port), { source: '192.0.2.64', destination: '192.0.2.10' }),
    after: at,
  }))
  return pcap(frames, { linkType: 101 })
}
