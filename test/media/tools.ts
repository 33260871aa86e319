/** Tests by other people's programs. Absent: skipped by name; in CI: a failure. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'

const installed = (tool: string): boolean => spawnSync(tool, ['-version']).error === undefined

/** `describe` for tests that need a program. */
export function describeTool(tool: 'ffmpeg' | 'tshark', name: string, body: () => void): void {
  if (installed(tool)) describe(name, body)
  else if (process.env.CI)
    it(`${name}: ${tool} is missing`, () => {
      throw new Error(`${tool} is not installed`)
    })
  else describe.skip(`${name} (${tool} is not installed)`, body)
}

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
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt16LE(2, 4)
  head.writeUInt16LE(4, 6)
  head.writeUInt32LE(65_535, 16)
  head.writeUInt32LE(101, 20)
  return Buffer.concat([head, ...datagrams.map(record)])
}

function record({ at, port, payload }: CapturedDatagram): Buffer {
  const head = Buffer.alloc(16 + 28)
  head.writeUInt32LE(Math.floor(at / 1000), 0)
  head.writeUInt32LE(Math.round((at % 1000) * 1000), 4)
  head.writeUInt32LE(28 + payload.length, 8)
  head.writeUInt32LE(28 + payload.length, 12)
  const ip = head.subarray(16)
  ip[0] = 0x45
  ip.writeUInt16BE(28 + payload.length, 2)
  ip.set([64, 17, 0, 0, 192, 0, 2, 64, 192, 0, 2, 10], 8)
  ip.writeUInt16BE(port, 20)
  ip.writeUInt16BE(port, 22)
  ip.writeUInt16BE(8 + payload.length, 24)
  return Buffer.concat([head, payload])
}
