/** The ladder of a live device: what it shows, how it goes along, what can be done with it. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDevice } from '../../src/device/index.ts'
import { readCapture } from '../../src/inspect/capture/index.ts'
import { arrows, attach, openConsole, type Stage, seriousFaults, shoot } from './stage.ts'

describe('the live ladder', () => {
  let stage: Stage
  let deviceId: string
  beforeAll(async () => {
    stage = await openConsole()
    deviceId = await attach(stage)
    await vi.waitFor(() => expect(stage.platform.channels(deviceId)?.items.length).toBe(4))
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const openLadder = async (query = '') => {
    // The page itself is opened anew, not only another part of it.
    await stage.page.goto('about:blank')
    await stage.page.goto(`${stage.url}/#/devices/${deviceId}?view=ladder${query}`)
    await stage.page.locator('.rung[role=option]').first().waitFor()
  }

  it('shows the registration and the catalog that came before it was opened', async () => {
    await openLadder()
    const shown = await arrows(stage.page)
    expect(shown.slice(0, 4)).toEqual(['REGISTER', '401 Unauthorized (REGISTER)', 'REGISTER', '200 OK (REGISTER)'])
    expect(shown).toContain('MESSAGE Catalog Query')
    expect(shown).toContain('MESSAGE Catalog Response')
  })

  it('shows a play from INVITE to BYE as it happens', async () => {
    const { page, platform } = stage
    const channelId = platform.channels(deviceId)?.items[0]?.id ?? ''
    const session = await platform.play({ deviceId, channelId })
    await page.getByRole('option', { name: /ACK/ }).waitFor()
    await page.locator('.rung.media', { hasText: 'kbit/s' }).waitFor()
    await page.getByRole('option', { name: /INVITE \(SDP\)/ }).click()
    await page.getByRole('row', { name: /^y=/ }).waitFor()
    await shoot(page, 'ladder')
    expect(await seriousFaults(page)).toEqual([])
    await session.close()
    await page.getByRole('option', { name: /BYE/ }).first().waitFor()
    await expect.poll(async () => (await arrows(page)).slice(-2)).toEqual(['BYE', '200 OK (BYE)'])
    expect((await arrows(page)).filter((text) => /INVITE|ACK|BYE/.test(text))).toEqual([
      'INVITE (SDP)',
      '100 Trying (INVITE)',
      '101 Dialog Establishment (INVITE)',
      '200 OK (INVITE) (SDP)',
      'ACK',
      'BYE',
      '200 OK (BYE)',
    ])
  })

  it('lights the transaction of a message as it stood at that instant, and steps through its time', async () => {
    const { page } = stage
    await openLadder()
    await page.getByRole('option', { name: /401 Unauthorized/ }).click()
    await page.getByRole('tab', { name: 'Statechart' }).click()
    await page.locator('[data-state="nonInviteServer.completed"][data-active="true"]').waitFor()
    expect(await page.locator('.edge.taken').count()).toBe(1)
    await page.getByRole('option', { name: /101 Dialog/ }).click()
    await page.locator('[data-state="inviteClient.proceeding"][data-active="true"]').waitFor()
    await page.getByRole('button', { name: 'inviting', exact: true }).click()
    await page.locator('[data-state="inviting.early"][data-active="true"]').waitFor()
    await shoot(page, 'ladder-statechart')
    // A step of the chart chooses its message: the selection follows in both directions.
    await page.getByRole('button', { name: /response.success/ }).click()
    await page.locator('[data-state="inviting.confirmed"][data-active="true"]').waitFor()
    await page.locator('.rung.chosen', { hasText: '200 OK (INVITE) (SDP)' }).waitFor()
    expect(await seriousFaults(page)).toEqual([])
  })

  it('filters, says how much is hidden, and finds', async () => {
    const { page } = stage
    await openLadder()
    const all = await page.locator('.ladder-bar .count b').textContent()
    await page.getByRole('searchbox', { name: 'Filter' }).fill('method:REGISTER -status:401')
    await expect.poll(() => arrows(page)).toEqual(['REGISTER', 'REGISTER', '200 OK (REGISTER)'])
    await page.getByText(`${Number(all) - 3} hidden by filter`).waitFor()
    expect(page.url()).toContain('q=method%3AREGISTER')
    await page.getByRole('searchbox', { name: 'Filter' }).fill('text:"nothing has this"')
    await page.locator('.ladder .none', { hasText: `${all} hidden by filter` }).waitFor()
    await page.getByRole('searchbox', { name: 'Filter' }).fill('')
    await page.getByRole('searchbox', { name: 'Find' }).fill('cmd:Catalog')
    await page.getByText('2 found').waitFor()
    await page.getByRole('searchbox', { name: 'Find' }).press('Enter')
    await page.locator('.rung.chosen.hit', { hasText: 'Catalog Query' }).waitFor()
  })

  it('stays where the viewer scrolls to, counts what is new, and follows again', async () => {
    const { page, platform } = stage
    await openLadder()
    // There and back: the ladder is another element then.
    await page.keyboard.press('R')
    await page.locator('.raw-list').waitFor()
    await page.keyboard.press('R')
    const frame = page.locator('.ladder')
    await frame.waitFor()
    await page.getByRole('button', { name: 'Follow' }).click()
    await page.getByRole('button', { name: 'Follow' }).click()
    await expect.poll(() => frame.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight)).toBeLessThan(2)
    await frame.hover()
    await page.mouse.wheel(0, -3000)
    await page.getByRole('button', { name: 'Follow', pressed: false }).waitFor()
    const before = await frame.evaluate((e) => e.scrollTop)
    await platform.query(deviceId, { cmdType: 'DeviceStatus' })
    await page.getByRole('button', { name: '4 new' }).waitFor()
    expect(await frame.evaluate((e) => e.scrollTop)).toBe(before)
    await page.getByRole('button', { name: '4 new' }).click()
    await page.getByRole('button', { name: 'Follow', pressed: true }).waitFor()
    await expect.poll(() => frame.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight)).toBeLessThan(2)
  })

  it('freezes the view while the recording goes on', async () => {
    const { page, platform } = stage
    await openLadder()
    await page.getByRole('button', { name: 'Pause' }).click()
    const before = await arrows(page)
    await platform.query(deviceId, { cmdType: 'DeviceStatus' })
    await page.getByRole('button', { name: 'Pause · 4 new' }).waitFor()
    expect(await arrows(page)).toEqual(before)
    await page.getByRole('button', { name: /Pause/ }).click()
    await expect.poll(async () => (await arrows(page)).length).toBeGreaterThan(before.length)
  })

  it('decodes XML and SDP field by field with clauses, and compares two messages', async () => {
    const { page } = stage
    await openLadder()
    await page.getByRole('option', { name: /MESSAGE Catalog Query/ }).click()
    await page.getByRole('row', { name: 'Query GB/T 28181-2022 A.2.4.4' }).waitFor()
    await page.getByRole('row', { name: /^Via .* RFC 3261 20.42$/ }).waitFor()
    await page
      .getByRole('option', { name: /REGISTER/ })
      .nth(0)
      .click()
    await page.keyboard.press('Space')
    await page
      .getByRole('option', { name: /REGISTER/ })
      .nth(2)
      .click()
    await page.keyboard.press('Space')
    const compared = page.getByRole('region', { name: 'Compare' })
    await compared.getByRole('row', { name: /≠ CSeq: 1 REGISTER CSeq: 2 REGISTER/ }).waitFor()
    await compared.getByRole('row', { name: /≠ Authorization: Digest/ }).waitFor()
    expect(await compared.getByRole('row', { name: /^≠ Call-ID/ }).count()).toBe(0)
    expect(await compared.textContent()).toContain('response="***')
    await shoot(page, 'compare')
    expect(await seriousFaults(page)).toEqual([])
  })

  it('exports what the filter shows, and the whole record', async () => {
    const { page } = stage
    await openLadder('&q=method:REGISTER')
    const exported = async (name: string): Promise<string> => {
      await page.locator('.exports').evaluate((details) => details.setAttribute('open', ''))
      const download = page.waitForEvent('download')
      await page.locator('.exports').locator('button, a').filter({ hasText: name }).click()
      return (await download).path()
    }
    const text = await readFile(await exported('Text'), 'utf8')
    expect(text.split('\n').filter((line) => line.includes('REGISTER')).length).toBe(4)
    const svg = await readFile(await exported('SVG'), 'utf8')
    expect(svg).toContain('401 Unauthorized (REGISTER)')
    expect(svg).not.toContain('INVITE')
    const sip = readCapture(await readFile(await exported('Messages')))
    expect(sip.messages.length).toBe(4)
    expect(readCapture(await readFile(await exported('pcap'))).messages.length).toBeGreaterThan(20)
    const bundle = JSON.parse(await readFile(await exported('bundle'), 'utf8'))
    expect(bundle).toMatchObject({ format: 'gb28181-bundle', subject: { deviceId } })
    expect(await readFile(await exported('html'), 'utf8')).toContain('<!doctype html>')
  })

  it('has met no error, and asked nobody else', () => expect(stage.faults).toEqual([]))
})

it('folds retransmissions, and draws the missing reply with its timer', async () => {
  await using stage = await openConsole()
  const { page, platform, url } = stage
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ channels: 1, faults: ['vanish=1'] })
  const answer = await fetch(`${url}/api/simulated-devices`, { method: 'POST', headers, body })
  const { deviceId } = (await answer.json()) as { deviceId: string }
  await page.goto(`${url}/#/devices/${deviceId}?view=ladder`)
  await page.getByRole('option', { name: /Catalog Response/ }).waitFor()
  await page.waitForTimeout(1000)
  const gone = new AbortController()
  const query = platform.query(deviceId, { cmdType: 'DeviceStatus' }, { signal: gone.signal }).catch(() => {})
  await page.locator('.rung.missing', { hasText: /no reply · Timer F \d+ s/ }).waitFor()
  await page.getByRole('option', { name: /DeviceStatus Query ×3 \+0.5 s \+1 s/ }).waitFor()
  expect((await arrows(page)).filter((text) => text.includes('DeviceStatus'))).toEqual(['MESSAGE DeviceStatus Query'])
  await shoot(page, 'missing-reply')
  gone.abort()
  await query
})

it('tells from which addresses a device that moves has spoken', async () => {
  await using stage = await openConsole({ password: 'secret' })
  const { page, platform, url } = stage
  const server = { host: '127.0.0.1', port: platform.address()[0]?.port ?? 0 }
  await using camera = createDevice({ server, password: 'secret', keepalive: 1, faults: ['port-change=2'] })
  await camera.start()
  await page.goto(`${url}/#/devices/${camera.id}`)
  await page.getByRole('heading', { name: 'Addresses so far' }).waitFor()
  const told = await page.locator('.plain li').allTextContents()
  expect(told.map((line) => line.replace(/^[\d:]+ /, ''))).toEqual([
    expect.stringMatching(/^UDP 127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^UDP 127\.0\.0\.1:\d+$/),
  ])
  await page.goto(`${url}/#/devices/${camera.id}?view=ladder`)
  await expect.poll(() => page.locator('.ends span').count()).toBe(3)
})
