/** A capture of loopback by tshark, and what tshark makes of it. */
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Running, Stage } from './stage.ts'

export interface Capture {
  readonly file: string
  /** Ends the capture once a packet that `display` matches has come through the pipe: then all before it have. */
  stop(): Promise<void>
}

/** Captures what `filter` (of libpcap) matches. Resolves when it does. */
export async function startCapture(stage: Stage, filter: string): Promise<Capture> {
  const file = join(stage.folder, 'capture.pcapng')
  const tshark = stage.start('tshark', ['-i', 'lo', '-f', filter, '-w', file, '-P', '-l'])
  await expect.poll(() => tshark.output, { timeout: 15_000 }).toContain('Capture started')
  return { file, stop: () => stopped(tshark) }
}

async function stopped(tshark: Running): Promise<void> {
  tshark.signal('SIGINT')
  expect((await tshark.ended).code).toBe(0)
}

export interface Decoding {
  readonly file: string
  /** `tcp.port==5060,sip` and the like, for ports that tshark cannot guess. */
  readonly as: readonly string[]
}

/** The fields of every frame that a display filter matches, a row a frame. */
export async function frames(
  stage: Stage,
  { file, as }: Decoding,
  filter: string,
  fields: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const { code, output } = await stage.run('tshark', [
    ...['-n', '-r', file, '-Y', filter, '-T', 'fields'],
    ...as.flatMap((rule) => ['-d', rule]),
    ...fields.flatMap((field) => ['-e', field]),
  ])
  expect(code, output).toBe(0)
  return output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Running as user'))
    .map((line) => line.split('\t'))
}
