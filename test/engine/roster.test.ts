/** What has gone is let go of: also while only young garbage is collected, over the old tables of a map. */
import { setFlagsFromString } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { registration } from '../../machines/registration/registration.ts'
import { Directory } from '../../src/engine/directory.ts'
import { Roster } from '../../src/engine/roster.ts'
import { createStatecharts, TimingWheel } from '../../src/statechart/index.ts'
import { gc } from '../support/gc.ts'

// As a platform runs: what is made by the thousand begins among the young.
setFlagsFromString('--no-allocation-site-pretenuring')

const rounds = 4000
const few = 10
/** Of one who comes and goes: 2 KB. */
const payload = () => new Array<number>(250).fill(0)
/** Bytes. Of what goes a map keeps two thirds; what is not kept leaves its key behind, at most, and its place. */
const much = 1000
const little = 500

/** Bytes that are kept for each who has come and gone, until the whole heap is collected. */
function keptOf(round: (nth: number) => void): number {
  // Those before make the table that is among the old objects then.
  for (let nth = -few; nth < 0; nth++) round(nth)
  gc()
  const before = process.memoryUsage().heapUsed
  for (let nth = 0; nth < rounds; nth++) {
    round(nth)
    if (nth % 5 === 0) gc({ type: 'minor' })
  }
  gc({ type: 'minor' })
  return (process.memoryUsage().heapUsed - before) / rounds
}

/** Each leaves when the third after it has come. */
function passingThrough(set: (key: string) => void, leave: (key: string) => void): number {
  return keptOf((nth) => {
    set(`guest ${nth}`)
    if (nth >= 3 - few) leave(`guest ${nth - 3}`)
  })
}

describe('who stays for a moment', () => {
  it('is kept by a map when gone, which is why there is a roster', () => {
    const map = new Map<string, object>()
    const kept = passingThrough(
      (key) => map.set(key, payload()),
      (key) => map.delete(key),
    )
    expect(kept).toBeGreaterThan(much)
  })

  it('is not kept by a roster', () => {
    const roster = new Roster<object>()
    const kept = passingThrough(
      (key) => roster.set(key, payload()),
      (key) => roster.delete(key),
    )
    expect(kept).toBeLessThan(little)
  })

  it('is not kept by the directory of actors', () => {
    const clock = new TimingWheel({ onError: () => expect.unreachable() }).unref()
    const silent = { spawned() {}, ended() {}, crashed() {} }
    const directory = new Directory(createStatecharts({ clock }), silent)
    const input = { keepalive: 60_000, keepaliveLimit: 3, challenge: 32_000 }
    const kept = passingThrough(
      (callId) => directory.spawn(registration, { key: { callId }, owner: { payload: payload() }, input }).start(),
      (callId) => directory.get(`${registration.id}:${callId}`)?.actor.stop(),
    )
    expect(directory.count()).toBe(3)
    clock.close()
    expect(kept).toBeLessThan(little)
  })
})
