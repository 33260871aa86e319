/**
 * The page under load: how long frames take and how much memory it holds, with 10,000 devices and 1,000 messages a second.
 *
 *     node test/console/load.ts 300     five minutes, a line each 15 s
 */
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { busy, idOf } from './busy.ts'
import { openConsole } from './stage.ts'

export interface LoadFigures {
  /** Milliseconds between frames, 95th percentile, of the ladder that follows. */
  readonly frameP95: number
  /** Bytes, after collecting garbage: one each so often. */
  readonly heaps: readonly number[]
  readonly messages: number
}

export interface LoadOptions {
  readonly seconds: number
  /** Seconds between two looks at the heap. */
  readonly every: number
  readonly tell?: (line: string) => void
}

/** Frames as they come, until it is asked for them. */
export async function watchFrames(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const frames: number[] = []
    let before = performance.now()
    const frame = (now: number) => {
      frames.push(now - before)
      before = now
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    Object.assign(window, { takeFrames: () => frames.splice(0) })
  })
  return () => page.evaluate(() => (window as unknown as { takeFrames(): number[] }).takeFrames())
}

/**
 * How much of a processor this machine has left for one that wants all of it, 0 to 1. Frames are measured in real time:
 * where other programs take two thirds of it, frames take three times as long whatever the page does.
 */
export function freeShare(): number {
  const began = performance.now()
  const before = process.cpuUsage()
  while (performance.now() - began < shareTime);
  const { user, system } = process.cpuUsage(before)
  return Math.min(1, (user + system) / 1000 / (performance.now() - began))
}

/** Milliseconds: long enough for several turns of the scheduler. */
const shareTime = 600

export const p95 = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.POSITIVE_INFINITY

export async function ladderUnderLoad({ seconds, every, tell = () => {} }: LoadOptions): Promise<LoadFigures> {
  await using stage = await openConsole({ serve: busy })
  const { page, url } = stage
  await page.goto(`${url}/#/devices/${idOf(1)}?view=ladder`)
  await page
    .getByRole('option', { name: /Keepalive/ })
    .first()
    .waitFor()
  const devtools = await page.context().newCDPSession(page)
  const takeFrames = await watchFrames(page)
  const all: number[] = []
  const heaps: number[] = []
  for (let past = 0; past < seconds; past += every) {
    await page.waitForTimeout(every * 1000)
    const frames = await takeFrames()
    all.push(...frames)
    await devtools.send('HeapProfiler.collectGarbage')
    const { usedSize } = await devtools.send('Runtime.getHeapUsage')
    heaps.push(usedSize)
    // Collecting garbage for the measurement is no part of what is measured.
    await takeFrames()
    tell(`${past + every} s: p95 of frames ${p95(frames).toFixed(1)} ms, heap ${(usedSize / 1e6).toFixed(1)} MB`)
  }
  const last = await page.locator('.rung[role=option]').last().getAttribute('id')
  return { frameP95: p95(all), heaps, messages: Number(last?.replace('rung-', '')) * 0.4 }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { ensureBuilt } = await import('../../src/console/build/ensure-built.ts')
  await ensureBuilt()
  const { frameP95, heaps, messages } = await ladderUnderLoad({
    seconds: Number(process.argv[2] ?? 300),
    every: 15,
    tell: console.log,
  })
  console.log(
    `${Math.round(messages)} messages, p95 of frames ${frameP95.toFixed(1)} ms, with ${freeShare().toFixed(2)} of a processor free`,
  )
  console.log(`heap from ${((heaps[1] ?? 0) / 1e6).toFixed(1)} MB to ${((heaps.at(-1) ?? 0) / 1e6).toFixed(1)} MB`)
  process.exit(0)
}
