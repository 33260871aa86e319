import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Arena,
  type ArenaLimits,
  chunkBytes,
  headBytes,
  headOf,
  lengthAt,
  recordsAt,
  Track,
} from '../../../src/inspect/recorder/arena.ts'

const limits = { trackBytes: 8 * chunkBytes, totalBytes: 32 * chunkBytes, age: 1000 }
const forgotten: Track[] = []
const arenaOf = (different: Partial<ArenaLimits> = {}) =>
  new Arena({ ...limits, ...different }, (track) => forgotten.push(track))

/** An entry of that length, filled with a number; it counts as so many records. */
function entry(length: number, fill: number, records = 1): Buffer {
  const bytes = Buffer.alloc(length, fill)
  bytes.writeUInt32LE(headOf(length, records))
  return bytes
}

/** The numbers of the entries that are kept, and that each is whole. */
function kept(arena: Arena, track: Track): number[] {
  const bytes = arena.read(track)
  const found: number[] = []
  for (let at = 0; at < bytes.length; at += lengthAt(bytes, at)) {
    const fill = bytes[at + headBytes] ?? 0
    const length = lengthAt(bytes, at)
    expect(bytes.subarray(at, at + length)).toEqual(entry(length, fill, recordsAt(bytes, at)))
    found.push(fill)
  }
  return found
}

describe('the memory of the recorder', () => {
  it('gives back what was put in, also across chunks', () => {
    const [arena, track] = [arenaOf(), new Track()]
    for (const [fill, length] of [5, 900, 200, 3000, 8, 1024, 2048, 5000].entries()) {
      const bytes = entry(Math.max(length, 5), fill + 1)
      arena.append(track, bytes, 0, bytes.length, 0)
    }
    expect(kept(arena, track)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(track.dropped).toBe(0)
  })

  it('drops the oldest records of a track that has had its share, whole ones only, and counts them', () => {
    const [arena, track] = [arenaOf(), new Track()]
    for (let fill = 1; fill <= 100; fill++) arena.append(track, entry(300, fill), 0, 300, 0)
    const left = kept(arena, track)
    expect(left.at(-1)).toBe(100)
    expect(left).toEqual(Array.from({ length: left.length }, (_, index) => 101 - left.length + index))
    expect(left.length * 300).toBeLessThanOrEqual(limits.trackBytes)
    expect(left.length * 300).toBeGreaterThan(limits.trackBytes - 2 * chunkBytes)
    expect(track.dropped).toBe(100 - left.length)
  })

  it('counts what it drops by the records of each entry', () => {
    const [arena, track] = [arenaOf(), new Track()]
    const counts = Array.from({ length: 120 }, (_, index) => (index * 37) % 256)
    for (const [index, records] of counts.entries()) arena.append(track, entry(300, index + 1, records), 0, 300, 0)
    const gone = counts.slice(0, counts.length - kept(arena, track).length)
    expect(gone.length).toBeGreaterThan(30)
    expect(track.dropped).toBe(gone.reduce((sum, records) => sum + records, 0))
  })

  it('takes from the track whose records are oldest when all is taken, and says whose are gone', () => {
    forgotten.length = 0
    const arena = arenaOf()
    const tracks = Array.from({ length: 40 }, () => new Track())
    for (const [at, track] of tracks.entries()) arena.append(track, entry(chunkBytes, at + 1), 0, chunkBytes, at)
    expect(arena.bytes).toBe(limits.totalBytes)
    expect(forgotten).toEqual(tracks.slice(0, 8))
    expect(tracks.slice(0, 8).map((track) => kept(arena, track))).toEqual(Array(8).fill([]))
    expect(tracks.slice(8).map((track) => kept(arena, track))).toEqual(
      Array.from({ length: 32 }, (_, index) => [index + 9]),
    )
  })

  it('goes on with a track whose only chunk was the oldest of all', () => {
    const arena = arenaOf({ totalBytes: 2 * chunkBytes })
    const [first, second] = [new Track(), new Track()]
    arena.append(first, entry(chunkBytes, 1), 0, chunkBytes, 0)
    arena.append(second, entry(chunkBytes, 2), 0, chunkBytes, 1)
    arena.append(first, entry(1000, 3), 0, 1000, 2)
    expect([kept(arena, first), kept(arena, second)]).toEqual([[3], [2]])
  })

  it('gives up what is older than is kept when it needs room', () => {
    const [arena, track] = [arenaOf(), new Track()]
    for (const at of [0, 100, 5000, 5001]) arena.append(track, entry(chunkBytes, at % 255), 0, chunkBytes, at)
    expect(track.chunks).toBe(3)
    arena.append(track, entry(chunkBytes, 9), 0, chunkBytes, 6500)
    expect(kept(arena, track)).toEqual([5001 % 255, 9])
  })

  it('gives everything back', () => {
    const [arena, track] = [arenaOf(), new Track()]
    arena.append(track, entry(8000, 1), 0, 8000, 0)
    arena.clear(track)
    expect([arena.bytes, kept(arena, track), track.dropped]).toEqual([0, [], 0])
    arena.append(track, entry(10, 2), 0, 10, 0)
    expect(kept(arena, track)).toEqual([2])
  })

  // Whatever is appended to whom: what is kept of a track is its newest, in order and whole, and no bound is passed.
  it('keeps its bounds and the newest of each track, whatever comes', () => {
    const step = fc.record({ track: fc.nat(9), length: fc.integer({ min: 5, max: 4 * chunkBytes }), wait: fc.nat(300) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const arena = arenaOf()
        const tracks = Array.from({ length: 10 }, () => new Track())
        const written = tracks.map((): number[] => [])
        let now = 0
        for (const [index, { track, length, wait }] of steps.entries()) {
          now += wait
          const fill = (index % 255) + 1
          arena.append(tracks[track] as Track, entry(length, fill), 0, length, now)
          written[track]?.push(fill)
        }
        expect(arena.bytes).toBeLessThanOrEqual(limits.totalBytes)
        for (const [index, track] of tracks.entries()) {
          const left = kept(arena, track)
          const all = written[index] ?? []
          expect(left).toEqual(all.slice(all.length - left.length))
          expect(track.dropped + left.length).toBe(all.length)
          expect(track.chunks * chunkBytes).toBeLessThanOrEqual(limits.trackBytes)
        }
      }),
      { numRuns: 300 },
    )
  })
})
