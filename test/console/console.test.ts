import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attach, openConsole, type Stage, seriousFaults, shoot } from './stage.ts'

describe('the console', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openConsole()
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  it('offers three doors while nothing is connected', async () => {
    const { page, url } = stage
    await page.goto(url)
    for (const name of ['Attach a simulated camera', 'Connect a real camera', 'Open a capture']) {
      await page.getByRole('heading', { name }).waitFor()
    }
    await page.getByText('34020000002000000001').waitFor()
    await shoot(page, 'welcome')
    expect(await seriousFaults(page)).toEqual([])
  })

  it('shows a simulated camera register, its statechart lit', async () => {
    const { page } = stage
    await page.getByRole('button', { name: 'Attach' }).click()
    await page.getByRole('region', { name: 'Attach a simulated camera' }).getByRole('link').click()
    await page.locator('[data-state="registration.online"][data-active="true"]').waitFor()
    await page.getByText('catalog.committed').waitFor()
    expect(await page.locator('[data-active="true"]').count()).toBe(1)
    await shoot(page, 'device')
    expect(await seriousFaults(page)).toEqual([])
  })

  it('plays and stops a channel by keyboard alone', async () => {
    const { page, platform } = stage
    await page.getByRole('button', { name: /^Play/ }).first().focus()
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'confirmed' }).waitFor()
    await page.getByRole('link', { name: 'confirmed' }).focus()
    await page.keyboard.press('Enter')
    await page
      .locator('[data-state="inviting.established"][data-active="true"], [data-active="true"]')
      .first()
      .waitFor()
    await expect.poll(() => Number(platform.sessions()[0]?.media.packets)).toBeGreaterThan(20)
    await page.waitForTimeout(700)
    await shoot(page, 'session')
    expect(await seriousFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Stop' }).focus()
    await page.keyboard.press('Enter')
    await page.locator('.state', { hasText: 'ended' }).waitFor()
    expect(platform.sessions()[0]?.state).toBe('ended')
  })

  it('shows why a play failed', async () => {
    const { page, url } = stage
    await page.goto(`${url}/#/`)
    await page.getByLabel('Fault').selectOption('no-media')
    await page.getByRole('button', { name: 'Attach' }).click()
    await page.getByRole('region', { name: 'Attach a simulated camera' }).getByRole('link').click()
    await page.getByRole('button', { name: /^Play/ }).first().click()
    await page.getByRole('heading', { name: /no-media/ }).waitFor()
    await page.getByRole('button', { name: 'Copy report' }).click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('## no-media')
    await shoot(page, 'failure')
    expect(await seriousFaults(page)).toEqual([])
  })

  it('lists every live machine, found by device', async () => {
    const { page, platform, url } = stage
    await page.goto(`${url}/#/actors`)
    await page.getByRole('link', { name: 'registration', exact: true }).first().waitFor()
    await page.getByRole('searchbox').fill('1110000901')
    await expect.poll(() => page.getByRole('link', { name: 'registration', exact: true }).count()).toBe(1)
    expect(page.url()).toContain('q=1110000901')
    // The transactions of a device are found by it too, and have its history.
    await platform.query('34020000001110000901', { cmdType: 'DeviceStatus' })
    await page.getByRole('link', { name: 'nonInviteServer' }).first().click()
    await page.getByRole('button', { name: /respond\.final/ }).waitFor()
    await page.goBack()
    await page.getByRole('link', { name: 'nonInviteServer' }).first().waitFor()
    await shoot(page, 'actors')
    expect(await seriousFaults(page)).toEqual([])
    await page.getByRole('link', { name: 'registration', exact: true }).first().click()
    await page.locator('[data-state="registration.online"][data-active="true"]').waitFor()
    await page.locator('.left').first().waitFor()
    await shoot(page, 'statechart')
    expect(await seriousFaults(page)).toEqual([])
    await page.goBack()
    await page.getByRole('searchbox').waitFor()
  })

  it('speaks Chinese, in the dark, and remembers both', async () => {
    const { page, url } = stage
    await page.goto(`${url}/#/`)
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByLabel('主题').selectOption('dark')
    await page.reload()
    await page.getByRole('heading', { name: '接入模拟摄像机' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN')
    await shoot(page, 'welcome-zh')
    expect(await seriousFaults(page)).toEqual([])
    await page.goto(`${url}/#/devices`)
    await page.getByRole('link', { name: /1110000901/ }).waitFor()
    await shoot(page, 'devices-zh')
    expect(await seriousFaults(page)).toEqual([])
    await page.getByRole('link', { name: /1110000901/ }).click()
    await page.locator('[data-active="true"]').first().waitFor()
    await shoot(page, 'device-zh')
    expect(await seriousFaults(page)).toEqual([])
    await page.getByRole('link', { name: '时序图' }).click()
    await page.getByRole('option', { name: /INVITE \(SDP\)/ }).click()
    await page.getByText('按地址合并').waitFor()
    await shoot(page, 'ladder-zh')
    expect(await seriousFaults(page)).toEqual([])
  })

  it('has met no error, and asked nobody else', () => {
    // The browser reports the answer to a play that failed, which the page shows.
    expect(stage.faults.filter((fault) => !fault.includes('504'))).toEqual([])
  })
})

it('asks for the token and keeps it where scripts cannot read it', async () => {
  await using stage = await openConsole({ token: 'open-sesame' })
  const { page, url } = stage
  await page.goto(url)
  await page.getByLabel('Token').fill('open-sesame')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Attach a simulated camera' }).waitFor()
  expect(await page.evaluate(() => document.cookie)).toBe('')
  const [cookie] = await page.context().cookies()
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
  // The WebSocket is let in by the same cookie.
  await page.goto(`${url}/#/devices/${await attach(stage)}?view=ladder`)
  await page.getByRole('option', { name: /200 OK \(REGISTER\)/ }).waitFor()
})
