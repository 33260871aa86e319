/** Other people's programs that tests and benches run. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The Debian package that each comes from. */
export const debianPackages = {
  sipp: 'sip-tester',
  kamailio: 'kamailio',
  baresip: 'baresip',
  sipsak: 'sipsak',
  tshark: 'tshark',
  ffmpeg: 'ffmpeg',
} as const

export type Program = keyof typeof debianPackages

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
