import { describe, expect, it } from 'vitest'
import { bench, camera, ids } from './support.ts'

describe('smoke', () => {
  it('registers, is asked what it is and has, and keeps alive', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.settleIn()
    expect(await one.keepalive()).toBe(200)
    console.log(made.events, made.view(), made.platform.channels(ids.device))
  })
})
