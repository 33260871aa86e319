/**
 * Ten failures of the field over real sockets, each named by its finding: by `analyze` on the bundle that the platform
 * exports, and by the live API.
 */
import { describe, expect, it } from 'vitest'
import { type Analysis, analyze } from '../../src/analyze.ts'
import { createDevice } from '../../src/device/index.ts'
import type { FindingView, SessionView } from '../../src/platform/api.ts'
import { assertReplay, parseBundle } from '../../src/testing/index.ts'
import { deviceId, errorOf, type Harness, password, startAll } from './harness.ts'
import { answerTo, headerOf, ScriptedCamera } from './scripted-camera.ts'

const channelId = '34020000001320000001'
const scriptedId = '34020000001110000042'
const open = { passwords: { [scriptedId]: '' } }

/** What `analyze` says of the bundle; which also replays, although it was recorded in real time. */
async function exported({ url }: Harness, id = deviceId): Promise<Analysis> {
  const response = await fetch(`${url}/api/devices/${id}/record`)
  const bytes = Buffer.from(await response.arrayBuffer())
  for (const executor of ['compiled', 'xstate'] as const) assertReplay(parseBundle(bytes), { executor })
  return analyze(bytes)
}

/** What the API says. */
async function live({ ask }: Harness, id = deviceId): Promise<readonly FindingView[]> {
  const { status, body } = await ask('GET', `/api/devices/${id}/findings`)
  expect(status).toBe(200)
  return (body as { items: readonly FindingView[] }).items
}

/** Both name it, by the same messages. */
async function expectNamed(all: Harness, code: string, id = deviceId): Promise<FindingView> {
  const here = (await live(all, id)).find((finding) => finding.code === code)
  const { format, findings } = await exported(all, id)
  const there = findings.find((finding) => finding.code === code)
  const codes = findings.map((finding) => finding.code)
  expect([format, codes]).toEqual(['bundle', expect.arrayContaining([code])])
  expect(here).toMatchObject({ code, deviceId: id, evidence: there?.evidence ?? [], summary: there?.summary })
  if (here === undefined) throw new Error('not reached')
  expect(here.evidence.length).toBeGreaterThan(0)
  return here
}

/** A play that fails: its error, and the session as it is shown afterwards. */
async function failedPlay(all: Harness, id = deviceId) {
  const answer = await all.ask('POST', '/api/sessions', { deviceId: id, channelId })
  const error = errorOf(answer) as unknown as { code: string; hint: string; findings: string[]; sessionId: string }
  const { body } = await all.ask('GET', `/api/sessions/${error.sessionId}`)
  const { failure } = body as SessionView
  expect(failure).toMatchObject({ reason: error.code, hint: error.hint, findings: error.findings })
  return error
}

async function firstOf<T>(events: AsyncIterable<T>): Promise<T> {
  for await (const event of events) return event
  throw new Error('no event')
}

describe('a REGISTER that is refused', () => {
  it('for a wrong password: wrong-password', async () => {
    await using all = await startAll()
    const rejected = firstOf(all.platform.events({ types: ['registration.rejected'] }))
    const { port = 0 } = all.platform.address()[0] ?? {}
    await using device = createDevice({
      id: deviceId,
      server: { host: '127.0.0.1', port },
      password: 'Wr0ng',
      grace: 0.1,
    })
    void device.start().catch(() => {})
    expect(await rejected).toMatchObject({
      reason: 'wrong-password',
      findings: ['wrong-password'],
      hint: expect.stringMatching(/so the password differs\. Enter the password again/),
    })
    const finding = await expectNamed(all, 'wrong-password')
    expect(JSON.stringify(finding)).not.toMatch(/Wr0ng|Pass1234/)
  })

  it('for a wrong realm: digest-realm-differs', async () => {
    await using all = await startAll()
    await using camera = await ScriptedCamera.at(all.platform, scriptedId)
    const rejected = firstOf(all.platform.events({ types: ['registration.rejected'] }))
    camera.request('REGISTER', { callId: 'r', headers: { Expires: '3600' } })
    const nonce = /nonce="([^"]+)"/.exec(await camera.next('SIP/2.0 401'))?.[1]
    const credentials = `Digest username="${scriptedId}", realm="wrong", nonce="${nonce}", uri="sip:x", response="${'0'.repeat(32)}", algorithm=MD5`
    camera.request('REGISTER', { callId: 'r', cseq: 2, headers: { Expires: '3600', Authorization: credentials } })
    await camera.next('SIP/2.0 401')
    expect(await rejected).toMatchObject({
      reason: 'foreign-realm',
      findings: ['digest-realm-differs'],
      hint: expect.stringMatching(/has realm "3402000000", the credentials have "wrong"/),
    })
    await expectNamed(all, 'digest-realm-differs', scriptedId)
  })
})

describe('a play that fails', () => {
  it('because the ACK does not arrive: ack-missing', async () => {
    await using all = await startAll()
    await all.attach({ faults: ['drop-ack', 'no-media'] })
    const error = await failedPlay(all)
    expect(error).toMatchObject({ code: 'no-media', findings: ['ack-missing', 'no-media'] })
    expect(error.hint).toMatch(/^The 200 to the INVITE was sent \d times although \d ACKs? went out/)
    await expectNamed(all, 'ack-missing')
  })

  it('because nothing is sent: no-media', async () => {
    await using all = await startAll()
    await all.attach({ faults: ['no-media'] })
    const error = await failedPlay(all)
    expect(error).toMatchObject({ code: 'no-media', findings: ['no-media'] })
    expect(error.hint).toMatch(/^No RTP came to 127\.0\.0\.1:42\d{3} within/)
    await expectNamed(all, 'no-media')
  })

  it('because the SSRC is another: ssrc-rtp-differs', async () => {
    await using all = await startAll({}, { strictSsrc: true })
    await all.attach({ faults: ['ssrc-zero'] })
    const error = await failedPlay(all)
    expect(error).toMatchObject({ code: 'ssrc-mismatch', findings: ['ssrc-zero', 'ssrc-rtp-differs'] })
    expect(error.hint).toMatch(/has SSRC 0/)
    await expectNamed(all, 'ssrc-rtp-differs')
  })

  it('in the middle, because the device was restarted: device-restarted', async () => {
    // Longer than a busy machine takes for a registration.
    await using all = await startAll({}, { ...open, mediaTimeout: 4000 })
    await using camera = await ScriptedCamera.at(all.platform, scriptedId)
    await camera.registered('first-life')
    await camera.answerCatalog(1, [channelId])
    const failed = failedPlay(all, scriptedId)
    const invite = await camera.next('INVITE ')
    camera.respond(invite, '200 OK', { headers: { 'Content-Type': 'application/sdp' }, body: answerTo(invite) })
    await camera.next('ACK ')
    await camera.registered('second-life')
    camera.respond(await camera.next('BYE '), '481 Call/Transaction Does Not Exist')
    const error = await failed
    expect(error).toMatchObject({ code: 'no-media', findings: ['device-restarted', 'no-media'] })
    expect(error.hint).toMatch(/registered under a new Call-ID while the session/)
    await expectNamed(all, 'device-restarted', scriptedId)
  })
})

describe('what does not fail at once', () => {
  it('replies that go to another port than the request came from: response-to-other-port', async () => {
    const listen = [0, 0].map((port) => ({ transport: 'UDP' as const, address: '127.0.0.1', port }))
    await using all = await startAll({}, { ...open, listen })
    await using camera = await ScriptedCamera.at(all.platform, scriptedId)
    await camera.registered()
    const query = await camera.next('MESSAGE ')
    camera.respond(query, '200 OK', { face: 1 })
    await expect
      .poll(async () => (await live(all, scriptedId)).map(({ code }) => code))
      .toContain('response-to-other-port')
    const finding = await expectNamed(all, 'response-to-other-port', scriptedId)
    const ports = all.platform.address().map(({ port }) => port)
    expect(finding.summary).toMatch(
      new RegExp(`came from 127.0.0.1:${ports[0]}, its 200 went to 127.0.0.1:${ports[1]}`),
    )
    expect(headerOf(query, 'Via')).toContain(String(ports[0]))
  })

  it('a catalog that never adds up: answer-incomplete', async () => {
    await using all = await startAll({}, open)
    await using camera = await ScriptedCamera.at(all.platform, scriptedId)
    const partial = firstOf(all.platform.events({ types: ['catalog.partial'] }))
    await camera.registered()
    await camera.answerCatalog(3, [channelId])
    // Asked again after the first gap, it gives the same.
    await camera.answerCatalog(3, [channelId])
    expect(await partial).toMatchObject({ sumNum: 3, received: 1 })
    const finding = await expectNamed(all, 'answer-incomplete', scriptedId)
    expect(finding.summary).toContain('1 of 3 items')
  })

  it('a device that vanishes: device-vanished', async () => {
    await using all = await startAll({}, { keepalive: 1, keepaliveLimit: 1 })
    const offline = firstOf(all.platform.events({ types: ['device.offline'] }))
    await all.attach({ keepalive: 1, faults: ['vanish=1.5'] })
    expect(await offline).toMatchObject({ reason: 'keepalive-missed', findings: ['device-vanished'] })
    const { body } = await all.ask('GET', `/api/devices/${deviceId}`)
    expect(body).toMatchObject({
      offlineReason: 'keepalive-missed',
      offlineHint: expect.stringMatching(/^The last sign of life of 34020000001110000001 is .* Power or network/),
    })
    await expectNamed(all, 'device-vanished')
  })

  it('names in GB18030 that are labelled UTF-8: charset-mislabelled', async () => {
    await using all = await startAll()
    await all.attach({ faults: ['gb18030-as-utf8'] })
    const finding = await expectNamed(all, 'charset-mislabelled')
    expect(finding.summary).toBe('The body declares UTF-8 and is GB18030.')
  })

  it('nothing that is wrong has no finding, and a device that is not known has no answer', async () => {
    await using all = await startAll()
    await all.attach({ channels: 1 })
    expect((await live(all)).filter(({ severity }) => severity !== 'info')).toEqual([])
    expect((await exported(all)).findings.filter(({ severity }) => severity !== 'info')).toEqual([])
    expect((await all.ask('GET', '/api/devices/34020000001110000099/findings')).status).toBe(404)
    expect(password).toBe('Pass1234')
  })
})
