/** Tests by other people's programs. Absent: skipped by name; in CI (`CI=true`): a failure that names the package. */
import { spawnSync } from 'node:child_process'
import { describe, it } from 'vitest'
import { debianPackages, type Program, programPath } from '../support/programs.ts'

interface Peer {
  readonly name: string
  /** How it tells its version. */
  readonly version: { readonly args: readonly string[]; readonly pattern: RegExp }
}

/** The peers of a whole flow. */
export const peers = {
  sipp: { name: 'SIPp', version: { args: ['-v'], pattern: /SIPp v([\d.]+)/ } },
  kamailio: { name: 'Kamailio', version: { args: ['-v'], pattern: /kamailio ([\d.]+)/ } },
  baresip: { name: 'baresip', version: { args: ['-h'], pattern: /baresip v?([\d.]+)/ } },
  sipsak: { name: 'sipsak', version: { args: ['-V'], pattern: /sipsak ([\d.]+)/ } },
  tshark: { name: 'tshark', version: { args: ['-v'], pattern: /TShark.*? ([\d.]+\d)/ } },
} as const satisfies Partial<Record<Program, Peer>>

export type PeerProgram = keyof typeof peers

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
export function describePeer(program: Program, name: string, body: () => void): void {
  if (programPath(program) !== undefined) return void describe(name, body)
  const missing = `${name}: ${program} is missing, of the Debian package ${debianPackages[program]}`
  if (!process.env.CI) return void describe.skip(missing, body)
  it(missing, () => {
    throw new Error(`apt-get install ${debianPackages[program]}`)
  })
}
