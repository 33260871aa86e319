/** Every control of the ladder by its key, and the way to it by Tab alone: no mouse is touched here. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { arrows, attach, openConsole, type Stage, seriousFaults, shoot } from './stage.ts'

/** Controls that can be clicked, and that no number of Tabs leads to. */
async function missedByTab(page: Page): Promise<string[]> {
  const controls = 'a[href], button:enabled, input:enabled, select, summary, [tabindex="0"]'
  const count = await page.locator(controls).count()
  for (let times = 0; times < count + 5; times++) {
    await page.keyboard.press('Tab')
    await page.evaluate(() => document.activeElement?.setAttribute('data-reached', ''))
  }
  return page
    .locator(controls)
    .evaluateAll((all) =>
      all
        .filter((each) => each.checkVisibility() && !each.hasAttribute('data-reached'))
        .map((each) => each.outerHTML.slice(0, 120)),
    )
}

describe('by keyboard alone', () => {
  let stage: Stage
  let deviceId: string
  beforeAll(async () => {
    stage = await openConsole()
    deviceId = await attach(stage)
    await vi.waitFor(() => expect(stage.platform.channels(deviceId)?.items.length).toBe(4))
    const channelId = stage.platform.channels(deviceId)?.items[0]?.id ?? ''
    await stage.platform.play({ deviceId, channelId })
    await stage.page.goto(`${stage.url}/#/devices/${deviceId}`)
    await stage.page.getByRole('link', { name: 'Ladder' }).waitFor()
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const press = async (...keys: readonly string[]) => {
    for (const key of keys) await stage.page.keyboard.press(key)
  }
  const chosen = () => stage.page.locator('.rung.chosen .arrow').textContent()
  const says = (text: string) => expect.poll(chosen).toBe(text)
  const addressHas = (text: string) => expect.poll(() => stage.page.url()).toContain(text)

  /** With Tab, until what is focused says so. */
  const tabTo = async (text: RegExp) => {
    const { page } = stage
    for (let times = 0; times < 60; times++) {
      await press('Tab')
      const label = await page.evaluate(() => {
        const { activeElement: element } = document
        return element?.getAttribute('aria-label') ?? element?.textContent ?? ''
      })
      if (text.test(label.trim())) return
    }
    throw new Error(`Tab does not lead to ${text}`)
  }

  it('goes to the ladder, and from message to message', async () => {
    await tabTo(/^Ladder$/)
    await press('Enter')
    await stage.page.locator('.rung[role=option]').first().waitFor()
    await press('g')
    await says('REGISTER')
    await press('j')
    await says('401 Unauthorized (REGISTER)')
    await press('ArrowDown', 'ArrowDown')
    await says('200 OK (REGISTER)')
    await press('k', 'ArrowUp', 'k')
    await says('REGISTER')
    await press('G')
    await says('ACK')
    await press('Home', 'End')
    await says('ACK')
    await press('[', '[')
    await says('101 Dialog Establishment (INVITE)')
    await press(']')
    await says('200 OK (INVITE) (SDP)')
  })

  it('shows it raw, with its SDP, its statechart, in other colours and times', async () => {
    const { page } = stage
    await press('Enter')
    await page.locator('.message pre', { hasText: 'SIP/2.0 200 OK' }).waitFor()
    await press('Enter')
    await page.getByRole('row', { name: /^CSeq/ }).waitFor()
    await press('d')
    await expect.poll(chosen).toMatch(/video 127\.0\.0\.1:\d+ RTP\/AVP · sendonly · y=\d{10}/)
    await press('d')
    await press('v')
    await page.locator('[data-state="inviteClient.accepted"][data-active="true"]').waitFor()
    await press('v')
    await press('c')
    await addressHas('colour=call')
    await page.locator('.rung[class*="hue"]').first().waitFor()
    await press('c', 'c', 'c')
    await press('t')
    await addressHas('clock=relative')
    await press('t')
    await press('s')
    // Both are 127.0.0.1 here.
    await expect.poll(() => page.locator('.ends span').count()).toBe(1)
    await press('s')
    await expect.poll(() => page.locator('.ends span').count()).toBe(2)
    await press('m')
    await expect.poll(() => page.locator('.rung.media').count()).toBe(0)
    await press('m')
    await expect.poll(() => page.locator('.rung.media').count()).toBe(1)
    await press('R')
    await page.locator('.raw-list pre', { hasText: 'WWW-Authenticate' }).first().waitFor()
    expect(await seriousFaults(page)).toEqual([])
    await press('R')
  })

  it('filters and finds', async () => {
    const { page } = stage
    await press('/')
    await page.keyboard.type('method:INVITE')
    await page.locator('.ladder-bar .count', { hasText: 'hidden by filter' }).waitFor()
    await press('Control+a', 'Delete', 'Escape')
    await press('F')
    await page.keyboard.type('SDP')
    await press('Escape')
    await page.keyboard.type('g')
    await press('n')
    await says('INVITE (SDP)')
    await press('n')
    await says('200 OK (INVITE) (SDP)')
    await press('N')
    await says('INVITE (SDP)')
    await press('n', 'n')
    await says('INVITE (SDP)')
  })

  it('finds what was typed just before', async () => {
    const { page } = stage
    await press('g')
    await says('REGISTER')
    await page.evaluate(async () => {
      const find = document.querySelector<HTMLInputElement>('.ladder-find')
      if (find === null) return
      for (const value of ['cmd:', 'cmd:Catalog']) {
        find.value = value
        find.dispatchEvent(new Event('input', { bubbles: true }))
        for (let turn = 0; turn < 20; turn++) await Promise.resolve()
      }
      dispatchEvent(new KeyboardEvent('keydown', { key: 'n' }))
    })
    await says('MESSAGE Catalog Query')
    await page.getByRole('searchbox', { name: 'Find' }).fill('')
    await press('Escape')
  })

  it('marks two to compare, copies and exports', async () => {
    const { page } = stage
    await press('g', ' ', 'j', 'j', ' ')
    await page.getByRole('region', { name: 'Compare' }).waitFor()
    await press(' ', 'y')
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^REGISTER sip:/)
    const download = page.waitForEvent('download')
    await press('x')
    expect(await readFile(await (await download).path(), 'utf8')).toContain('401 Unauthorized (REGISTER)')
  })

  it('follows and pauses', async () => {
    const { page, platform } = stage
    await press('p')
    await page.getByRole('button', { name: 'Pause', pressed: true }).waitFor()
    const before = await arrows(page)
    await platform.query(deviceId, { cmdType: 'DeviceStatus' })
    await page.getByRole('button', { name: 'Pause · 4 new' }).waitFor()
    expect(await arrows(page)).toEqual(before)
    await press('p')
    await page.getByRole('button', { name: 'Pause', pressed: false }).waitFor()
    const follows = () => page.getByRole('button', { name: 'Follow' }).getAttribute('aria-pressed')
    const isOn = await follows()
    await press('f')
    await expect.poll(follows).toBe(isOn === 'true' ? 'false' : 'true')
  })

  it('stays where it is told to, though it had just scrolled by itself', async () => {
    const { page, platform } = stage
    const follow = page.getByRole('button', { name: 'Follow' })
    if ((await follow.getAttribute('aria-pressed')) === 'false') await press('f')
    await page.getByRole('button', { name: 'Follow', pressed: true }).waitFor()
    await press('p')
    await platform.query(deviceId, { cmdType: 'DeviceStatus' })
    await page.getByRole('button', { name: 'Pause · 4 new' }).waitFor()
    // Both keys before the browser tells of the scrolling that the first one brings.
    const scrolled = await page.evaluate(async () => {
      const press = (key: string) => dispatchEvent(new KeyboardEvent('keydown', { key }))
      const frame = document.querySelector('.ladder')
      const before = frame?.scrollTop ?? 0
      press('p')
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
      press('f')
      const by = (frame?.scrollTop ?? 0) - before
      for (let frames = 0; frames < 4; frames++) await new Promise(requestAnimationFrame)
      return by
    })
    expect(scrolled).toBeGreaterThan(0)
    expect(await follow.getAttribute('aria-pressed')).toBe('false')
    await press('f')
    await page.getByRole('button', { name: 'Follow', pressed: true }).waitFor()
  })

  it('lists all keys', async () => {
    const { page } = stage
    await press('?')
    const help = page.getByRole('complementary', { name: 'Keys' })
    await help.waitFor()
    const listed = await help.locator('kbd').allTextContents()
    for (const key of 'j k g G [ ] Enter Space / n N d m s R c y f p x ?'.split(' ')) expect(listed).toContain(key)
    await shoot(page, 'keys')
    expect(await seriousFaults(page)).toEqual([])
    await press('?')
    await expect.poll(() => help.count()).toBe(0)
  })

  it('steps back through the time of a machine, zooms its drawing', async () => {
    const { page, platform, url } = stage
    const id = platform.actors().find(({ machine }) => machine === 'inviting')?.id ?? ''
    await page.goto(`${url}/#/actors/${encodeURIComponent(id)}`)
    await page.locator('[data-state="inviting.confirmed.playing"][data-active="true"]').waitFor()
    await page.locator('.steps [aria-current]').waitFor()
    await press('ArrowLeft')
    // Faster than any page is drawn: each counts all the same.
    await page.evaluate(() => {
      for (let back = 0; back < 20; back++) dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft' }))
    })
    await page.locator('[data-state="inviting.inviting.calling"][data-active="true"]').waitFor()
    await press('j', 'j')
    await page.locator('[data-state="inviting.inviting.proceeding"][data-active="true"]').waitFor()
    await page
      .getByRole('region', { name: /message of this step/ })
      .getByText('SIP/2.0 100 Trying')
      .waitFor()
    await tabTo(/^inviting$/)
    const zoom = () => page.locator('.zoom button').nth(1).textContent()
    const before = await zoom()
    await press('+')
    await expect.poll(zoom).not.toBe(before)
    await press('0')
    expect(await seriousFaults(page)).toEqual([])
  })

  it('reaches every control of every page by Tab', async () => {
    const { page, platform, url } = stage
    const inviting = platform.actors().find(({ machine }) => machine === 'inviting')?.id ?? ''
    const [session] = platform.sessions()
    const pages = [
      '',
      'devices',
      `devices/${deviceId}`,
      `devices/${deviceId}?view=ladder&message=1`,
      `devices/${deviceId}?view=findings`,
      'sessions',
      `sessions/${session?.id}`,
      'actors',
      `actors/${encodeURIComponent(inviting)}`,
      'capture',
    ]
    for (const place of pages) {
      await page.goto('about:blank')
      await page.goto(`${url}/#/${place}`)
      await page.waitForTimeout(700)
      expect(await missedByTab(page), place).toEqual([])
    }
  })

  it('has met no error', () => expect(stage.faults).toEqual([]))
})
