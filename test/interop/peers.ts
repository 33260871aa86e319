/**
 * The programs that we are tested against, and the Debian packages that they come from. Absent: skipped by name; in CI
 * (`CI=true`): a failure that names the package.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from 'vitest'

interface Peer {
  readonly name: string
  readonly package: string
  /** How it tells its version. */
  readonly version: { readonly args: readonly string[]; readonly pattern: RegExp }
}

export const peers = {
  sipp: { name: 'SIPp', package: 'sip-tester', version: { args: ['-v'], pattern: /SIPp v([\d.]+)/ } },
  kamailio: { name: 'Kamailio', package: 'kamailio', version: { args: ['-v'], pattern: /kamailio ([\d.]+)/ } },
  baresip: { name: 'baresip', package: 'baresip', version: { args: ['-h'], pattern: /baresip v?([\d.]+)/ } },
  sipsak: { name: 'sipsak', package: 'sipsak', version: { args: ['-V'], pattern: /sipsak ([\d.]+)/ } },
  tshark: { name: 'tshark', package: 'tshark', version: { args: ['-v'], pattern: /TShark.*? ([\d.]+\d)/ } },
} as const satisfies Record<string, Peer>

export type PeerProgram = keyof typeof peers

/** Where a program is found on PATH, or in sbin, where a plain user's PATH does not look. */
export function programPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `SIPp 3.6.1`; the name alone where the program is absent or does not tell. */
export function versionedName(program: PeerProgram): string {
  const { name, version } = peers[program]
  const path = programPath(program)
  if (path === undefined) return name
  const { stdout, stderr } = spawnSync(path, version.args, { encoding: 'utf8', timeout: 5000 })
  const found = version.pattern.exec(`${stdout}${stderr}`)?.[1]
  return found === undefined ? name : `${name} ${found}`
}

/** `describe` for tests that need `program`. */
export function describePeer(program: PeerProgram, name: string, body: () => void): void {
  if (programPath(program) !== undefined) return void describe(name, body)
  const missing = `${name}: ${program} is missing, of the Debian package ${peers[program].package}`
  if (!process.env.CI) return void describe.skip(missing, body)
  it(missing, () => {
    throw new Error(`apt-get install ${peers[program].package}`)
  })
}
