/** What tshark makes of a capture. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Capture } from '../../../src/inspect/capture/index.ts'

const run = promisify(execFile)

/** The fields of each frame that the display filter matches. */
export async function tshark(
  capture: Buffer,
  filter: string,
  fields: readonly string[],
  preferences: readonly string[] = [],
): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'gb28181-capture-'))
  try {
    const file = join(folder, 'capture')
    await writeFile(file, capture)
    const args = ['-n', '-r', file, '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])]
    const options = preferences.flatMap((preference) => ['-o', preference])
    // It exits with 2 where the file is cut short, having told what it read.
    const { stdout } = await run('tshark', [...args, ...options], { encoding: 'latin1' }).catch((error) => {
      if (typeof error.stdout === 'string' && error.code === 2) return { stdout: error.stdout as string }
      throw error
    })
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Frame number and start lines of each frame in which SIP ends, as tshark has them. */
export async function tsharkMessages(capture: Buffer, preferences: readonly string[] = []): Promise<string[]> {
  const rows = await tshark(capture, 'sip', ['frame.number', 'sip.Request-Line', 'sip.Status-Line'], preferences)
  return rows.map(([frame, request, status]) => `${frame} ${request || status}`)
}

/** The same of ours. */
export function ourMessages({ messages }: Pick<Capture, 'messages'>): string[] {
  return messages.map(({ frame, bytes }) => `${frame} ${bytes.toString('latin1').trimStart().split(/\r?\n/)[0]}`)
}
