/** What a platform recorded of its devices, to be run again when a flow is over: it must come to the same. */
import { expect } from 'vitest'
import type { Platform } from '../../src/platform/platform.ts'
import { replay } from '../../src/testing/index.ts'

export class Recorded {
  readonly #platform: Platform
  readonly #devices = new Set<string>()

  constructor(platform: Platform) {
    this.#platform = platform
    for (const name of ['device.challenged', 'device.online'] as const)
      platform.on(name, ({ deviceId }) => this.#devices.add(deviceId))
  }

  /** Under both executors, whichever it was recorded by, and as a file would have it. */
  mustReplay(): void {
    for (const deviceId of this.#devices) {
      const recording = JSON.parse(JSON.stringify(this.#platform.recorder.recording({ deviceId })))
      for (const executor of ['compiled', 'xstate'] as const) {
        const { replayed, skipped } = replay(recording, { executor })
        expect(replayed.filter(({ difference }) => difference !== null)).toEqual([])
        expect([deviceId, replayed.length > 0 || skipped.length > 0]).toEqual([deviceId, true])
      }
    }
  }
}
