/** Every page in both languages, light and dark, wide and narrow: nothing sticks out, and axe finds no serious fault. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { capture } from './capture.ts'
import { attach, openConsole, type Stage, seriousFaults, shoot } from './stage.ts'

const looks = [
  { language: 'en', theme: 'dark', width: 1280 },
  { language: 'zh', theme: 'light', width: 1280 },
  { language: 'en', theme: 'light', width: 480 },
  { language: 'zh', theme: 'dark', width: 480 },
] as const

describe.each(looks)('$language, $theme, $width px', ({ language, theme, width }) => {
  let stage: Stage
  let pages: Readonly<Record<string, string>>
  beforeAll(async () => {
    stage = await openConsole()
    const { page, platform } = stage
    const deviceId = await attach(stage)
    const silent = await attach(stage, 'no-media')
    const channelOf = (id: string) => ({ deviceId: id, channelId: platform.channels(id)?.items[0]?.id ?? '' })
    await vi.waitFor(() => expect(channelOf(silent).channelId).toHaveLength(20), 5000)
    await vi.waitFor(() => expect(channelOf(deviceId).channelId).toHaveLength(20), 5000)
    await platform.play(channelOf(deviceId))
    await expect(platform.play(channelOf(silent))).rejects.toMatchObject({ code: 'no-media' })
    const failed = platform.sessions().find(({ failure }) => failure !== null)
    const inviting = platform.actors().find(({ machine }) => machine === 'inviting')
    pages = {
      welcome: '',
      devices: 'devices',
      device: `devices/${deviceId}`,
      'device-failed': `devices/${silent}`,
      ladder: `devices/${deviceId}?view=ladder&q=INVITE`,
      findings: `devices/${silent}?view=findings`,
      sessions: 'sessions',
      session: `sessions/${failed?.id}`,
      actors: 'actors',
      actor: `actors/${encodeURIComponent(inviting?.id ?? '')}`,
    }
    await page.setViewportSize({ width, height: 850 })
    await page.evaluate((settings) => localStorage.setItem('gb28181', JSON.stringify(settings)), { language, theme })
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  const looksRight = async (name: string) => {
    const { page } = stage
    await page.waitForTimeout(500)
    await shoot(page, `${name}-${language}-${theme}-${width}`)
    const room = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(room, `${name} is wider than the window`).toBeLessThanOrEqual(0)
    expect(await seriousFaults(page), name).toEqual([])
  }

  it('every page', async () => {
    const { page, url } = stage
    for (const [name, place] of Object.entries(pages)) {
      await page.goto('about:blank')
      await page.goto(`${url}/#/${place}`)
      if (name === 'ladder') await page.locator('.rung[role=option]').first().click()
      await looksRight(name)
    }
  })

  it('a capture', async () => {
    const { page, url } = stage
    await page.goto(`${url}/#/capture`)
    const file = { name: 'camera.pcap', mimeType: 'application/octet-stream', buffer: capture() }
    await page.locator('input[type=file]').setInputFiles(file)
    await page.locator('.rung[role=option]').first().click()
    await looksRight('capture')
  })

  it('explains a failure in its language', async () => {
    const { page, url } = stage
    await page.goto(`${url}/#/${pages['device-failed']}`)
    const words =
      language === 'zh' ? '信令成功，但接收端口没有收到媒体。' : 'The signalling succeeded, but no media arrived'
    await page.locator('.failure', { hasText: words }).waitFor()
    await page.goto(`${url}/#/${pages.findings}`)
    const finding = language === 'zh' ? '信令成功，但没有收到媒体。' : 'No RTP came to'
    await page.locator('.finding[data-code=no-media]', { hasText: finding }).waitFor()
  })

  it('has met no error', () => expect(stage.faults).toEqual([]))
})
