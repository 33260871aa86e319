import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { runtimeEnvironment, runtimeFlags } from '../../src/cli/runtime.ts'
import { freePort } from '../support/free-port.ts'
import { demo, platformArgs, run, told } from './command.ts'

const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string; readonly [detail: string]: unknown })

// Each test starts processes of its own, all at once, beside other test files on what may be two processors.
const patience = { timeout: 60_000 }

describe.concurrent('a platform', patience, () => {
  it('says the form a camera asks for and the one command that attaches a device, and that command works', async () => {
    const { args, url } = await platformArgs()
    const platform = run(args)
    const [, attach = ''] = await platform.until(/\n {2}npx gb28181 (device .*)\n/)
    for (const label of ['服务器编号', '服务器域', '服务器地址', '端口', '设备编号', '密码', '注册有效期', '心跳周期'])
      expect(platform.out).toContain(label)

    const device = run(attach.split(' '))
    await device.until(/registered for 3600 s/)
    expect(device.out).toMatch(/^registering with 127\.0\.0\.1:\d+ over UDP as \d{20}\n/)
    await platform.until(/has 1 channel/)
    const { items } = (await (await fetch(`${url}/api/devices`)).json()) as { items: { id: string }[] }
    expect(items).toMatchObject([{ state: 'online', channelCount: 1 }])
    // The password stands in the banner only.
    const [, password = ''] = /--password (\w+)/.exec(attach) ?? []
    expect(password).toMatch(/^\w{8,}$/)
    expect(platform.err).not.toContain(password)

    device.child.kill('SIGINT')
    expect(await device.ended).toBe(0)
    expect(device.err).toContain('unregistering 1 of 1')
    await platform.until(/is offline: unregistered/)
    platform.child.kill('SIGTERM')
    expect(await platform.ended).toBe(0)
    expect(platform.err).toContain('once more ends at once')
  })

  it.skipIf(process.platform !== 'linux')('runs as a platform wants Node to, in the same process', async () => {
    const started = async (env: Record<string, string>) => {
      const platform = run((await platformArgs()).args, env)
      await platform.until(/npx gb28181 device/)
      const told = async (what: string) => (await readFile(`/proc/${platform.child.pid}/${what}`, 'utf8')).split('\0')
      const options = (await told('cmdline')).slice(1, runtimeFlags.length + 1)
      // The C library cuts it apart in place.
      const tunables = (await told('environ')).filter((setting) => setting.includes('glibc.'))
      platform.child.kill('SIGTERM')
      expect(await platform.ended).toBe(0)
      return { options, tunables }
    }
    const large = 'glibc.malloc.hugetlb=1'
    expect(await started({})).toEqual({ options: runtimeFlags, tunables: [`GLIBC_TUNABLES=${large}`] })
    const own = { NODE_OPTIONS: '--max-semi-space-size=16', GLIBC_TUNABLES: 'glibc.malloc.tcache_count=9' }
    const { options, tunables } = await started(own)
    expect(options).not.toContain('--max-semi-space-size=32')
    expect(tunables.join(':')).toBe(`GLIBC_TUNABLES=${own.GLIBC_TUNABLES}:${large}`)
    const settled = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' }
    expect(runtimeEnvironment(settled)).toEqual(settled)
  })

  it('hangs up what plays before it ends', async () => {
    const { args, sip, url } = await platformArgs('--log', 'json')
    const platform = run(args, { GB28181_PASSWORD: 'Pass1234' })
    await platform.until(/npx gb28181 device/)
    const device = run(['device', '--server', `127.0.0.1:${sip}`, '--json'], { GB28181_PASSWORD: 'Pass1234' })
    await platform.until(/catalog\.committed/)
    const known = jsonLines(platform.err)
    expect(known.map(({ level }) => level)).toEqual(known.map(() => 'info'))
    const { items } = (await (await fetch(`${url}/api/devices`)).json()) as { items: { id: string }[] }
    const deviceId = items[0]?.id ?? ''
    const channels = (await (await fetch(`${url}/api/devices/${deviceId}/channels`)).json()) as {
      items: { id: string }[]
    }
    const body = JSON.stringify({ deviceId, channelId: channels.items[0]?.id })
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(`${url}/api/sessions`, { method: 'POST', body, headers })).status).toBe(201)

    platform.child.kill('SIGINT')
    expect(await platform.ended).toBe(0)
    await device.until(/"event":"session\.ended".*"why":"bye-by-peer"/)
    device.child.kill('SIGKILL')
    await device.ended
    expect(jsonLines(platform.err).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['device.online', 'session.started', 'platform.ending', 'session.ended']),
    )
  })

  it('ends at once on the second signal', async () => {
    const { args, sip } = await platformArgs()
    const platform = run(args, { GB28181_PASSWORD: 'Pass1234' })
    await platform.until(/npx gb28181 device/)
    // A device that answers nothing keeps the orderly end waiting.
    const server = ['--server', `127.0.0.1:${sip}`]
    const device = run(['device', ...server, '--json'], { GB28181_PASSWORD: 'Pass1234' })
    await device.until(/"event":"registered"/)
    platform.child.kill('SIGKILL')
    await platform.ended
    device.child.kill('SIGINT')
    await device.until(/unregistering 1 of 1/)
    device.child.kill('SIGTERM')
    expect(await device.ended).toBe(1)
    expect(device.out).not.toContain('"event":"summary"')
  })

  it.each([
    ['sip', /UDP 127\.0\.0\.1:(\d+) is in use\. Stop the program that uses it, or --sip 127\.0\.0\.1:\d+\.\n$/],
    ['http', /HTTP 127\.0\.0\.1:(\d+) is in use\. Stop the program that uses it, or --http 127\.0\.0\.1:\d+\.\n$/],
  ])('says which %s port is in use in one line, exit code 1', async (which, line) => {
    const first = await platformArgs()
    const platform = run(first.args)
    await platform.until(/npx gb28181 device/)
    const second = await platformArgs()
    const args = which === 'sip' ? first.args.with(4, second.args[4] ?? '') : second.args.with(4, first.args[4] ?? '')
    const { code, err } = await told(args)
    platform.child.kill('SIGTERM')
    await platform.ended
    expect(code).toBe(1)
    expect(line.exec(err)?.[1]).toBe(String(which === 'sip' ? first.sip : first.http))
    expect(err.split('\n')).toHaveLength(2)
  })

  it('serves inspectors where it is asked to, and ends with them connected; a port in use is told in one line', async () => {
    const { args } = await platformArgs()
    const port = await freePort()
    const nobody = `ws://127.0.0.1:${await freePort()}`
    const platform = run([...args, '--inspect-port', String(port), '--inspect-to', nobody])
    await platform.until(/npx gb28181 device/)
    await platform.until(new RegExp(`no inspector at ${nobody}`))
    expect(platform.out).toContain(`ws://127.0.0.1:${port}/`)
    const viewer = new WebSocket(`ws://127.0.0.1:${port}`)
    const [first, last] = [once(viewer, 'message'), once(viewer, 'close')]
    await once(viewer, 'open')
    viewer.send('{"type":"xstate.inspecting"}')
    const [{ data }] = await first
    expect(JSON.parse(data)).toMatchObject({ type: 'service.register', id: 'supervisor' })

    const second = await platformArgs('--inspect-port', String(port))
    const { code, err } = await told(second.args)
    expect([code, err]).toEqual([
      1,
      `gb28181: TCP 127.0.0.1:${port} is in use. Stop the program that uses it, or --inspect-port 127.0.0.1:${port + 1}.\n`,
    ])
    platform.child.kill('SIGTERM')
    expect((await last)[0].code).toBe(1001)
    expect(await platform.ended).toBe(0)
  })

  it('takes its options from the environment, several addresses separated by commas', async () => {
    const { http, sip } = await platformArgs()
    const platform = run(['platform'], {
      GB28181_SIP: `127.0.0.1:${sip},[::1]:${sip}`,
      GB28181_TRANSPORT: 'udp',
      GB28181_HTTP: `127.0.0.1:${http}`,
      GB28181_HTTP_TOKEN: 'abc',
      GB28181_MEDIA_PORTS: '43100-43200',
      GB28181_PASSWORD: 'Pass1234',
    })
    await platform.until(/npx gb28181 device/)
    expect(platform.out).toContain(`UDP 127.0.0.1:${sip}, UDP [::1]:${sip}`)
    expect(platform.out).not.toContain('Pass1234')
    expect((await fetch(`http://127.0.0.1:${http}/api/devices`)).status).toBe(401)
    expect((await fetch(`http://127.0.0.1:${http}/healthz`)).status).toBe(200)
    platform.child.kill('SIGTERM')
    expect(await platform.ended).toBe(0)
  })

  it('shows whole messages to who traces, without what proves who they are', async () => {
    const { args, sip } = await platformArgs('--log-level', 'trace')
    const platform = run(args, { GB28181_PASSWORD: 'Pass1234' })
    await platform.until(/npx gb28181 device/)
    const device = run(['device', '--server', `127.0.0.1:${sip}`], { GB28181_PASSWORD: 'Pass1234' })
    await platform.until(/has 1 channel/)
    for (const { child, ended } of [device, platform]) {
      child.kill('SIGTERM')
      await ended
    }
    expect(platform.err).toMatch(/TRACE in\nREGISTER sip:\d+@.*\r\n/)
    expect(platform.err).toContain('response="…"')
    expect(platform.err).not.toMatch(/response="?[0-9a-f]{8}/)
  })

  it('refuses a wrong password, and says so once', async () => {
    const { args, sip } = await platformArgs()
    const platform = run(args, { GB28181_PASSWORD: 'Pass1234' })
    await platform.until(/npx gb28181 device/)
    const wrong = await told([
      'device',
      '--server',
      `127.0.0.1:${sip}`,
      '--password',
      'wrong',
      '--duration',
      '1',
      '--json',
    ])
    expect(wrong.code).toBe(1)
    expect(wrong.err).toBe('gb28181: no device has registered\n')
    const lines = jsonLines(wrong.out)
    expect(lines[0]).toMatchObject({ event: 'registration.failed', status: 403 })
    expect(lines.at(-1)).toMatchObject({ event: 'summary', devices: 1, registered: 0, failed: { rejected: 1 } })
    await platform.until(/REGISTER of \d{20} at 127\.0\.0\.1:\d+ refused: 403/)
    platform.child.kill('SIGTERM')
    await platform.ended
    expect(platform.err).not.toContain('wrong"')
  })
})

describe.concurrent('devices', patience, () => {
  it('count up from one id, share a socket, and end after the time they are given', async () => {
    const { args, sip } = await platformArgs()
    const platform = run(args, { GB28181_PASSWORD: 'Pass1234' })
    await platform.until(/npx gb28181 device/)
    const id = '34020000001110000100'
    const options = [
      '--server',
      `127.0.0.1:${sip}`,
      '--id',
      id,
      '--count',
      '5',
      '--shared-socket',
      '--duration',
      '2',
      '--json',
    ]
    const { code, out } = await told(['device', ...options], { GB28181_PASSWORD: 'Pass1234' })
    platform.child.kill('SIGTERM')
    await platform.ended
    expect(code).toBe(0)
    const registered = jsonLines(out).filter(({ event }) => event === 'registered')
    expect(registered.map(({ deviceId }) => deviceId).toSorted()).toEqual(
      [0, 1, 2, 3, 4].map((index) => `3402000000111000010${index}`),
    )
    expect(jsonLines(out).at(-1)).toMatchObject({ event: 'summary', devices: 5, registrations: 5, registered: 0 })
  })
})

it('the demonstration beside a platform takes another port, and says which', async () => {
  const { args, http } = await platformArgs()
  const platform = run(args)
  await platform.until(/npx gb28181 device/)
  const shown = run([], { GB28181_HTTP: `127.0.0.1:${http}` }, demo)
  const [, url = ''] = await shown.until(/(http:\/\/127\.0\.0\.1:\d+)\/ [\s\S]*Ctrl-C ends it/)
  expect(url).not.toContain(String(http))
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  for (const { child, ended } of [shown, platform]) {
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  }
})

it('the demonstration plays one of three cameras until it is interrupted', async () => {
  const { http } = await platformArgs()
  const shown = run([], { GB28181_HTTP: `127.0.0.1:${http}` }, demo)
  await shown.until(/Ctrl-C ends it/)
  const url = `http://127.0.0.1:${http}`
  expect(await (await fetch(`${url}/api/devices?state=online`)).json()).toMatchObject({ total: 3 })
  expect(await (await fetch(`${url}/api/sessions?state=confirmed`)).json()).toMatchObject({ total: 1 })
  shown.child.kill('SIGINT')
  expect(await shown.ended).toBe(0)
})
