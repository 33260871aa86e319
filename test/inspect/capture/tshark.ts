/** What tshark makes of a capture. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Capture } from '../../../src/inspect/capture/index.ts'

/** With the exit code 2 tshark says that the file is cut short, having told what it read of it. */
const output = (program: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(program, args, { encoding: 'latin1' }, (error, stdout) => {
      if (error === null || error.code === 2) resolve(stdout)
      else reject(error)
    })
  })

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
    const stdout = await output('tshark', [...args, ...options])
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
