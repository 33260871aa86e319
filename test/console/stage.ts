/** A platform with its console, and a page of it in Chromium that forgives no error and no request elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { consoleOf } from '../../src/cli/console.ts'
import { createPlatform } from '../../src/platform/create.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { createHttpServer, type ServedPlatform } from '../../src/server/index.ts'

export interface Stage extends AsyncDisposable {
  readonly platform: Platform
  readonly page: Page
  readonly url: string
  /** What the page complained of, and what it asked of others. */
  readonly faults: readonly string[]
}

/** A Chromium that talks to nobody of its own accord. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

interface StageOptions {
  readonly token?: string
  readonly password?: string
  /** What the server serves instead of the platform itself. */
  readonly serve?: (platform: Platform) => ServedPlatform
}

export async function openConsole({
  token,
  password,
  serve = (platform) => platform,
}: StageOptions = {}): Promise<Stage> {
  const options = {
    listen: [{ transport: 'UDP' as const, address: '127.0.0.1', port: 0 }],
    mediaPorts: { from: 43_000, to: 43_200 },
    mediaTimeout: 2000,
    ...(password !== undefined && { password }),
  }
  const platform = createPlatform(options)
  await platform.start()
  const http = createHttpServer(serve(platform), {
    host: '127.0.0.1',
    port: 0,
    version: '0.1.0',
    console: consoleOf(platform, { platform: options, password: undefined }),
    ...(token !== undefined && { token }),
  })
  await http.start()
  const url = `http://127.0.0.1:${http.address()?.port}`
  const folder = await mkdtemp(join(tmpdir(), 'gb28181-console-'))
  const context: BrowserContext = await chromium.launchPersistentContext(folder, {
    executablePath: '/usr/bin/chromium',
    args: quiet,
    viewport: { width: 1280, height: 850 },
    acceptDownloads: true,
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(15_000)
  const faults: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) faults.push(`asked ${request.url()}`)
  })
  page.on('websocket', (socket) => {
    if (!socket.url().startsWith(url.replace('http', 'ws'))) faults.push(`asked ${socket.url()}`)
  })
  return {
    platform,
    page,
    url,
    faults,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      await http.close()
      await platform.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Where pictures are kept, where they are wanted: `GB28181_PICTURES=src/console/pictures npm run test:console`. */
const pictures = process.env.GB28181_PICTURES

export async function shoot(page: Page, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`) })
}

/** Attaches a simulated camera by the first door. @returns its ID. */
export async function attach({ page, url }: Stage, fault = ''): Promise<string> {
  await page.goto(`${url}/#/`)
  await page.getByLabel('Fault').selectOption(fault)
  // Until it is answered the door shows the one that was attached before.
  const answered = page.waitForResponse((answer) => answer.url().endsWith('/api/simulated-devices'))
  await page.getByRole('button', { name: 'Attach' }).click()
  const { deviceId } = (await (await answered).json()) as { deviceId: string }
  await page.getByRole('region', { name: 'Attach a simulated camera' }).getByRole('link', { name: deviceId }).waitFor()
  return deviceId
}

/** What stands on the arrows that are drawn, in order, without how often it was sent: a busy machine may be late. */
export const arrows = (page: Page): Promise<string[]> =>
  page.locator('.rung[role=option] .arrow').evaluateAll((all) =>
    all
      .map((each) => ({ top: each.getBoundingClientRect().top, text: each.firstChild?.firstChild?.textContent ?? '' }))
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text),
  )

/** Serious and critical findings of axe. Its script is evaluated, not loaded: the page's policy stands. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe: checker } = window as unknown as { axe: typeof import('axe-core') }
    const { violations } = await checker.run()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
  })
}
