/** A file dropped on the page, by the browser's own drag and drop, opens like a live device. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { capture } from './capture.ts'
import { arrows, attach, openConsole, type Stage, seriousFaults, shoot } from './stage.ts'

/** As a person does who drags it out of a folder: over the page first, then lets go. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data })
  }
  await page.getByText('Drop to open').waitFor()
  await session.send('Input.dispatchDragEvent', { type: 'drop', x: 400, y: 400, data })
  await session.detach()
}

describe('a file dropped on the page', () => {
  let stage: Stage
  let folder: string
  beforeAll(async () => {
    stage = await openConsole()
    folder = await mkdtemp(join(tmpdir(), 'gb28181-dropped-'))
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('a capture: its ladder, its statecharts, what was found', async () => {
    const { page, url } = stage
    const path = join(folder, 'camera.pcap')
    await writeFile(path, capture())
    await page.goto(url)
    await page.getByRole('heading', { name: 'Open a capture' }).waitFor()
    await drop(page, path)
    await page.getByRole('heading', { name: 'Capture camera.pcap' }).waitFor()
    await page.getByRole('option', { name: /200 OK \(REGISTER\)/ }).click()
    await page.getByRole('row', { name: 'Call-ID' }).waitFor()
    await shoot(page, 'capture')
    expect(await seriousFaults(page)).toEqual([])
    await page.getByRole('tab', { name: 'Statechart' }).click()
    await page.getByRole('button', { name: 'registration' }).click()
    await page.locator('[data-state="registration.online"][data-active="true"]').waitFor()
    await page.getByRole('link', { name: /Findings/ }).click()
    await page.locator('.finding').first().waitFor()
    await shoot(page, 'findings')
    expect(await seriousFaults(page)).toEqual([])
    await page.locator('.finding .evidence a').first().click()
    await page.locator('.rung.chosen').waitFor()
  })

  it('a bundle: every step and timer of its actors, as of a live device', async () => {
    const { page, platform, url } = stage
    const deviceId = await attach(stage)
    await vi.waitFor(() => expect(platform.channels(deviceId)?.items.length).toBe(4))
    const bundle = await fetch(`${url}/api/devices/${deviceId}/record`)
    const path = join(folder, 'camera.json')
    await writeFile(path, await bundle.text())
    await drop(page, path)
    await page.getByRole('heading', { name: 'Capture camera.json' }).waitFor()
    await page.getByRole('option', { name: /Catalog Response/ }).waitFor()
    expect((await arrows(page)).slice(0, 2)).toEqual(['REGISTER', '401 Unauthorized (REGISTER)'])
    await page.getByRole('option', { name: /MESSAGE Catalog Query/ }).click()
    await page.getByRole('tab', { name: 'Statechart' }).click()
    await page.getByRole('button', { name: 'nonInviteClient' }).click()
    await page.getByRole('button', { name: /timer.set timerF \+32 s/ }).waitFor()
    await page.locator('[data-state="nonInviteClient.active.trying"][data-active="true"]').waitFor()
  })

  it('what is no capture: says so', async () => {
    const { page } = stage
    const path = join(folder, 'holiday.png')
    await writeFile(path, Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]))
    await drop(page, path)
    await page.getByRole('alert').waitFor()
  })

  it('has met no error', () => expect(stage.faults).toEqual([]))
})
