import diagnostics from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { logEvents } from '../../src/cli/event-log.ts'
import { Log, type LogOptions, Repeats } from '../../src/cli/log.ts'
import { Ending, type Terminal } from '../../src/cli/terminal.ts'
import { createPlatform } from '../../src/platform/create.ts'

let now = 0
let lines: string[] = []
const terminal: Terminal = {
  env: {},
  out: () => {},
  err: (line) => void lines.push(line),
  ending: new Ending(
    new EventEmitter(),
    () => 0,
    () => {},
  ),
  now: () => now,
}
const log = (options: Partial<LogOptions> = {}) => new Log(terminal, { format: 'text', level: 'info', ...options })

beforeEach(() => {
  now = 0
  lines = []
})

describe('a log', () => {
  it('leaves out what is below its level', () => {
    log({ level: 'warn' }).info({}, 'quiet')
    log({ level: 'warn' }).error({}, 'loud')
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z ERROR loud'])
  })

  it('is one JSON object a line where that is wanted', () => {
    now = 1234
    log({ format: 'json' }).warn({ event: 'device.offline', deviceId: '1' }, 'gone')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: 1234, level: 'warn', event: 'device.offline', msg: 'gone', deviceId: '1' },
    ])
  })

  it('shows the stack of an error only to who debugs', () => {
    log().error({ error: new Error('inner') }, 'failed')
    log({ level: 'debug' }).error({ error: new Error('inner') }, 'failed')
    expect(lines[0]).not.toContain('inner')
    expect(lines[1]).toMatch(/failed\nError: inner\n {4}at /)
  })
})

describe('repeats', () => {
  it('are said once, and then how many there were in a minute', () => {
    const repeats = new Repeats(log(), () => now)
    for (let n = 0; n < 241; n += 1) repeats.write('401 from 10.0.0.9', 'warn', {}, 'refused 10.0.0.9')
    repeats.write('other', 'warn', {}, 'something else')
    now = 30_000
    repeats.flush()
    expect(lines).toHaveLength(2)
    now = 60_000
    repeats.flush()
    expect(lines.at(-1)).toContain('refused 10.0.0.9 ×240 in 60 s')
    expect(lines).toHaveLength(3)
  })

  it('of more kinds than are counted apart are counted together: a flood of names stays small', () => {
    const repeats = new Repeats(log(), () => now)
    for (let n = 0; n < 5000; n += 1) repeats.write(`stranger ${n}`, 'warn', {}, `refused ${n}`)
    expect(lines).toHaveLength(1001)
    repeats.flush(true)
    expect(lines.at(-1)).toContain('×3999')
  })
})

describe('a trace of messages', () => {
  it('holds no secret, however it is written, and reads a body in its own charset', async () => {
    await using platform = createPlatform({ listen: [{ transport: 'UDP', address: '127.0.0.1', port: 0 }] })
    const end = logEvents(platform, log({ level: 'trace' }), () => now)
    const head =
      'MESSAGE sip:a:secret1@b SIP/2.0\r\nAuthorization: Digest response = "secret2", cnonce="secret3"\r\n\r\n'
    const name = Buffer.from([0xb1, 0xb1, 0xc3, 0xc5])
    const bytes = Buffer.concat([
      Buffer.from(`${head}<Password>secret4</Password><Name>`),
      name,
      Buffer.from('</Name>'),
    ])
    diagnostics.channel('gb28181:sip:in').publish({ bytes })
    end()
    expect(lines.join()).not.toMatch(/secret\d/)
    expect(lines.join()).toContain('<Name>北门</Name>')
  })
})
