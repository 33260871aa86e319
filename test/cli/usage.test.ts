import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as machines from '../../machines/index.ts'
import { faultDescriptions } from '../../src/device/index.ts'
import { machinesAmong } from '../support/coverage-report.ts'
import { demo, run, told } from './command.ts'

const oneLine = /^gb28181[^\n]*\n$/

describe('help', () => {
  it.each(['platform', 'device', 'machines'])(
    'of %s opens with examples and names every option with its variable',
    async (name) => {
      const { code, out, err } = await told([name, '--help'])
      expect([code, err]).toEqual([0, ''])
      expect(out.indexOf('EXAMPLES')).toBeGreaterThan(0)
      expect(out.indexOf('EXAMPLES')).toBeLessThan(out.indexOf('OPTIONS'))
      expect(out).toContain('GB28181_')
    },
  )

  it('shows the ways to give a secret that `ps` does not show before the one that it shows', async () => {
    const { out } = await told(['platform', '--help'])
    expect(out.indexOf('--password-file')).toBeLessThan(out.indexOf('--password TEXT'))
    expect(out.indexOf('--http-token-file')).toBeLessThan(out.indexOf('--http-token TOKEN'))
    expect(out.indexOf('GB28181_PASSWORD')).toBeLessThan(out.indexOf('--password TEXT'))
  })

  it('of device says of every fault what it does, and what loss spares', async () => {
    const { out } = await told(['device', '--help'])
    for (const { imitates } of Object.values(faultDescriptions)) expect(out).toContain(imitates)
    expect(out).toMatch(/loss=10: .*SIP datagrams.*nothing of media/)
  })

  it('does not offer what comes later', async () => {
    expect((await told(['device', '--help'])).out).not.toContain('--scenario')
  })
})

describe('arguments that cannot be used are exit code 2 and one line', () => {
  it.each([
    [['platfrom'], 'did you mean platform?'],
    [['platform', '--htp', '1'], 'did you mean --http?'],
    [['platform', '--log', 'xml'], '--log xml'],
    [['platform', '--id', '12'], '--id must be 20 digits'],
    [['platform', '--sip', 'nonsense:port'], '--sip nonsense:port'],
    [['platform', '--transport', 'sctp'], '--transport sctp'],
    [['platform', '--record-device', '1'], '--record-device 1: expected 4 to 16384'],
    [['platform', '--media-ports', '30000'], '--media-ports 30000'],
    [['platform', '--media-ports', '30000-30000'], 'expected TO above FROM'],
    [['platform', '--http', 'camera.example:8080'], 'expected an IP address of this machine'],
    [['platform', '--sip', 'camera.example:5060'], 'expected an IP address of this machine'],
    [['platform', '--media', 'zlm:http://x'], 'later version'],
    [['platform', '--data', './gb28181.db'], 'later version; use :memory:'],
    [['platform', '--executor', 'fast'], '--executor fast'],
    [['platform', '--http', '0.0.0.0:8080'], 'needs a token'],
    [['platform', '--inspect-port', 'nine'], '--inspect-port nine'],
    [['platform', '--inspect-port', '0'], 'expected a port 1 to 65535'],
    [['platform', '--inspect-port', '0.0.0.0:9229'], 'needs a token'],
    [['platform', '--inspect-events'], '--inspect-events is about --inspect-port'],
    [['platform', '--inspect-origin', 'https://stately.ai'], '--inspect-origin is about --inspect-port'],
    [['platform', '--inspect-port', '9229', '--inspect-origin', 'stately.ai'], 'such as https://stately.ai'],
    [['platform', '--inspect-to', 'ws://10.0.0.1:8081'], 'expected a server on this machine'],
    [['platform', '--inspect-to', 'http://127.0.0.1:8081'], 'expected a server on this machine'],
    [['device'], '--server'],
    [['device', '--server', 'x', '--fault', 'sleepy'], '--fault'],
    [['device', '--server', 'x', '--fault', 'loss=200'], '--fault: loss takes percent from 0 to 100'],
    [['device', '--server', 'x', '--fault', 'no-200=3'], '--fault: no-200 takes no value'],
    [['device', '--server', 'x', '--fault', 'vanish=abc'], '--fault: vanish takes seconds'],
    [['device', '--server', 'x', '--fault', 'tcp-half-close'], '--fault: tcp-half-close needs transport tcp'],
    [['device', '--server', 'x', '--channels', 'many'], '--channels many'],
    [['machines', 'nonsense'], 'there is no machine nonsense; there are inviteClient, '],
    [['machines', 'invitng'], 'did you mean inviting or invited?'],
    [['machines', 'registr'], 'did you mean registrant or registration?'],
    [['machines', 'exchange', 'inviting'], 'gb28181'],
    [['machines', '--format', 'svg'], '--format svg: expected "mermaid" | "json"'],
  ])('%o', async (args, said) => {
    const { code, out, err } = await told(args)
    expect(err).toContain(said)
    expect(err).toMatch(oneLine)
    expect([code, out]).toEqual([2, ''])
  })

  it('also where they come from the environment', async () => {
    const { code, err } = await told(['platform'], { GB28181_LOG: 'xml' })
    expect(code).toBe(2)
    expect(err).toContain('--log xml')
  })

  it('and the flag wins over the environment', async () => {
    const { err } = await told(['platform', '--id', '1'], { GB28181_ID: '2' })
    expect(err).toContain('not "1"')
  })
})

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gb28181-'))
  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  it.each([
    ['a file that is not there', join(folder, 'missing.json'), 'cannot be read (ENOENT)'],
    ['no JSON', file('no.json', 'secret, but no JSON'), 'not JSON'],
    ['no object', file('list.json', '["secret"]'), 'expected a JSON object'],
    ['an id that is none', file('id.json', '{"12":"secret"}'), '"12" is not a device id'],
    ['a password that is none', file('number.json', '{"34020000001110000001":17}'), 'is not a text'],
  ])('a password file that is %s is exit code 1 and one line, without what is in it', async (_, path, said) => {
    const { code, err } = await told(['platform', '--password-file', path])
    expect(err).toContain(said)
    expect(err).toMatch(oneLine)
    expect(err).not.toContain('secret')
    expect(code).toBe(1)
  })

  it('an empty token file is exit code 1', async () => {
    const { code, err } = await told(['platform', '--http-token-file', file('token', '\n')])
    expect([code, err.includes('the first line is empty')]).toEqual([1, true])
    rmSync(folder, { recursive: true })
  })
})

describe('machines', () => {
  const ids = machinesAmong(machines)
    .map(({ id }) => id)
    .toSorted()

  it('prints one as a diagram, by either spelling', async () => {
    const { code, out } = await told(['machines', 'non-invite-client'])
    expect(code).toBe(0)
    expect(out).toMatch(/^stateDiagram-v2\n/)
    expect(out).toContain('trying')
  })

  it('prints all as JSON, one as the same object', async () => {
    const { out } = await told(['machines', '--format', 'json'])
    const printed = JSON.parse(out) as { id: string }[]
    expect(printed.map(({ id }) => id).toSorted()).toEqual(ids)
    for (const machine of printed)
      expect(JSON.parse((await told(['machines', machine.id, '--format', 'json'])).out)).toEqual(machine)
  })

  it('prints all as diagrams, each under its name', async () => {
    const { out } = await told(['machines'])
    const each = await Promise.all(ids.map(async (id) => `%% ${id}\n${(await told(['machines', id])).out}`))
    for (const diagram of each) expect(out).toContain(diagram.trimEnd())
    expect(out.match(/^stateDiagram-v2$/gm)).toHaveLength(ids.length)
  })

  it('prints what the READMEs show', async () => {
    for (const file of ['README.md', 'README.zh-CN.md']) {
      const text = readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
      const shown = [...text.matchAll(/<!-- gb28181 machines (\w+) -->\n```mermaid\n([\s\S]*?)```\n/g)]
      expect(shown.length).toBeGreaterThan(0)
      for (const [, name = '', diagram] of shown) expect(`${diagram}\n`).toBe((await told(['machines', name])).out)
    }
  })
})

describe('the launcher', () => {
  it('runs the command, and hands on its exit code', async () => {
    const wrong = run(['platfrom'])
    expect(await wrong.ended).toBe(2)
    expect(wrong.err).toMatch(oneLine)
    const version = run(['--version'])
    expect([await version.ended, version.out]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })
})

it.each(['--help', 'nonsense'])('the demonstration takes no arguments, %s neither', async (argument) => {
  const shown = run([argument], {}, demo)
  expect(await shown.ended).toBe(2)
  expect(shown.err).toBe('demo: npm run demo takes no arguments\n')
})
