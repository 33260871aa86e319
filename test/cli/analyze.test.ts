import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Analysis } from '../../src/analyze.ts'
import { writePcap } from '../../src/inspect/capture/index.ts'
import { flow } from '../inspect/analysis/flow.ts'
import { deviceId, Script } from '../inspect/analysis/script.ts'
import { told } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'gb28181-analyze-'))
const at = (name: string) => join(folder, name)
const refused = at('refused.pcap')
const clean = at('clean.pcap')

beforeAll(async () => {
  const wrong = {
    device: { password: 'Other9999' },
    story: async (pair) => void (await pair.start().then(() => pair.pass(1000))),
  } satisfies Parameters<typeof flow>[0]
  writeFileSync(refused, writePcap(await flow(wrong)))
  writeFileSync(clean, writePcap(new Script().registered().pass(60_000).keepalive().messages))
  writeFileSync(at('nothing.bin'), 'hello')
})

afterAll(() => rmSync(folder, { recursive: true }))

const jsonOf = async (...args: readonly string[]) =>
  JSON.parse((await told(['analyze', '--json', ...args])).out) as Analysis

describe('gb28181 analyze', () => {
  it('prints ladder, registrations and findings, in a pipe without colour', async () => {
    const { code, out, err } = await told(['analyze', refused])
    expect([code, err]).toEqual([0, ''])
    for (const part of [
      '401 Unauthorized (REGISTER)',
      'REGISTRATIONS',
      'registrant:',
      'error wrong-password',
      'evidence  #3',
    ])
      expect(out).toContain(part)
    expect(out).not.toContain('\u001b')
    expect(out).not.toMatch(/Other9999|Pass1234/)
  })

  it('--json prints the shape of the contract', async () => {
    const analysis = await jsonOf(refused)
    expect(analysis).toMatchObject({ file: refused, messages: 4, frames: 4, skipped: [], exchanges: [], dialogs: [] })
    expect(analysis.registrations).toMatchObject([{ deviceId, machine: 'registration', outcome: 'challenged' }])
    expect(analysis.transactions).toMatchObject([
      { method: 'REGISTER', status: 401 },
      { method: 'REGISTER', status: 403 },
    ])
    const [finding] = analysis.findings
    expect(finding).toMatchObject({
      code: 'wrong-password',
      severity: 'error',
      evidence: [{ frame: 3 }, { frame: 4 }, { frame: 2 }],
    })
    expect(Object.keys(finding ?? {})).toEqual(expect.arrayContaining(['clause', 'summary', 'fix']))
    expect(finding?.evidence[0]?.at).toMatch(/^2024-05-01T00:00:00\.\d{3}Z$/)
  })

  it('--html writes one page', async () => {
    const { code } = await told(['analyze', refused, '--html', at('report.html')])
    expect(code).toBe(0)
    expect(readFileSync(at('report.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*wrong-password[\s\S]*<\/html>\n$/)
  })

  it('--filter leaves what fits, on the screen and in --pcap and --csv', async () => {
    const filter = ['--filter', 'status:4xx', '--pcap', at('some.pcap'), '--csv', at('some.csv')]
    const { code, out } = await told(['analyze', refused, ...filter])
    expect(code).toBe(0)
    expect(out).toContain('401 Unauthorized (REGISTER)')
    expect(out).not.toMatch(/─ REGISTER/)
    expect((await jsonOf(at('some.pcap'))).trace.map(({ label }) => label)).toEqual([
      '401 Unauthorized (REGISTER)',
      '403 Forbidden (REGISTER)',
    ])
    expect(readFileSync(at('some.csv'), 'utf8').split('\r\n')).toHaveLength(4)
    expect((await jsonOf(refused, '--filter=-method:REGISTER')).trace).toEqual([])
  })

  it('--pcap holds no digest response', async () => {
    await told(['analyze', refused, '--pcap', at('all.pcap')])
    const text = readFileSync(at('all.pcap'), 'latin1')
    expect(text).toMatch(/response="\*{32}"/)
    expect(readFileSync(refused, 'latin1')).toMatch(/response="[0-9a-f]{32}"/)
  })

  it('--device shows only what concerns that device', async () => {
    const other = await jsonOf(refused, '--device', '34020000001110000099')
    expect(other).toMatchObject({ messages: 4, registrations: [], findings: [], trace: [] })
    expect((await jsonOf(refused, '--device', deviceId)).trace).toHaveLength(4)
  })

  it('--fail-on-findings exits 1 for errors and warnings, and 0 without any', async () => {
    const { code, err } = await told(['analyze', refused, '--fail-on-findings'])
    expect([code, err]).toEqual([1, `gb28181: ${refused}: 1 error\n`])
    expect((await told(['analyze', clean, '--fail-on-findings'])).code).toBe(0)
  })

  it('takes its options from the environment', async () => {
    const { out } = await told(['analyze', clean], { GB28181_JSON: '1' })
    expect(JSON.parse(out)).toMatchObject({ messages: 4 })
  })

  it.each([
    ['nothing.bin', 'not a capture'],
    ['missing.pcap', 'cannot be read (ENOENT)'],
    ['.', 'cannot be read (EISDIR)'],
  ])('%s is exit code 1 and one line', async (name, said) => {
    const { code, out, err } = await told(['analyze', at(name)])
    expect(err).toMatch(/^gb28181: [^\n]*\n$/)
    expect(err).toContain(said)
    expect([code, out]).toEqual([1, ''])
  })

  it.each([[['analyze']], [['analyze', 'x', '--device', '12']], [['analyze', refused, '--filter', 'status:many']]])(
    '%o is exit code 2 and one line',
    async (args) => {
      const { code, err } = await told(args)
      expect(err).toMatch(/^gb28181[^\n]*\n$/)
      expect(code).toBe(2)
    },
  )

  it('reads standard input for -', () => {
    const launcher = fileURLToPath(new URL('../../src/cli/gb28181.js', import.meta.url))
    const { status, stdout } = spawnSync(process.execPath, [launcher, 'analyze', '-', '--json'], {
      input: readFileSync(refused),
    })
    expect(status).toBe(0)
    expect(JSON.parse(stdout.toString())).toMatchObject({ file: '-', messages: 4 })
  })
})
