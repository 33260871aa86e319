/** The examples run as a user would run them: as programs that import the package by its name. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)

/** What each example prints, line by line. */
const examples: Readonly<Record<string, readonly RegExp[]>> = {
  'analyze.ts': [
    ...[/^wrong-password: /, /^rport-ignored: /, /^gb-version-missing: /, /^ +192\.0\.2\.64:5060 +3402000000:5060$/],
    ...[/── REGISTER ─.*▶/, /◀─.* 401 Unauthorized/, /── REGISTER ─.*▶/, /◀─.* 403 Forbidden/],
  ],
  'codecs.ts': [/^GB18030 北门$/, /^0200000001$/],
  'effect.ts': [/^34020000001320000001 is confirmed$/, /^a second play: session-exists$/],
  'embed.ts': [/^34020000001110000001 is online at 127\.0\.0\.1:\d+$/, /plays: PS$/, /^refused: device-not-found$/],
  'machines.ts': [/^\{"active":"trying"\} transmit /, /^"completed" .*deliver/],
  'replay.ts': [
    /^compiled: [1-9]\d* actors, 0 skipped, the session is failed$/,
    /^xstate: [1-9]\d* actors, 0 skipped, the session is failed$/,
  ],
  'statechart.ts': [
    ...[/^compiled glows /, /^compiled glows /, /^compiled: broken after 2 presses$/],
    ...[/^xstate glows /, /^xstate glows /, /^xstate: broken after 2 presses$/],
    /^true NotCompilable$/,
  ],
  'testing.ts': [/ is online$/, /^confirmed, \d+ packets lost$/, /^[1-9]\d* SIP datagrams were dropped/],
}

describe('the examples of the README', () => {
  it.each(Object.entries(examples))('%s runs and says what it should', async (file, lines) => {
    const { stdout, stderr } = await run(
      process.execPath,
      ['--conditions=gb28181-source', join(import.meta.dirname, file)],
      { timeout: 20_000 },
    )
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toEqual(lines.map((line) => expect.stringMatching(line)))
  })
})
