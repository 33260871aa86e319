import { describe, expect, it } from 'vitest'
import { Feed, type FeedSocket } from '../../../src/inspect/bridge/feed.ts'
import { lamps } from './lamps.ts'

function slowViewer(limits = { actors: 10, steps: 100 }) {
  const { source, clock, light } = lamps()
  const told: string[] = []
  const said: string[] = []
  const socket: { -readonly [Name in keyof FeedSocket]: FeedSocket[Name] } & { terminated: boolean } = {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    terminated: false,
    send: (text: string) => void told.push(text),
    terminate: () => {
      socket.terminated = true
    },
  }
  const lamp = light('a')
  const feed = new Feed(socket, {
    ...limits,
    source,
    clock,
    encode: ({ type }) => [type],
    onOverflow: (what) => said.push(what),
  })
  return { socket, feed, told, said, clock, lamp, light }
}

const farBehind = 5 << 20

describe('a viewer that does not keep up', () => {
  it('is told nothing while it is behind, and the last state after', () => {
    const { socket, told, said, clock, lamp } = slowViewer({ actors: 10, steps: 4 })
    expect(told.splice(0)).toEqual(['born'])
    socket.bufferedAmount = farBehind
    for (let i = 0; i < 50; i++) lamp.send({ type: 'switch' })
    clock.advance(1000)
    expect(told).toEqual([])
    socket.bufferedAmount = 0
    clock.advance(100)
    expect(told.at(-1)).toBe('state')
    expect(told.length).toBeLessThanOrEqual(5)
    expect(said).toEqual(['more than 4 steps: events left out'])
  })

  it('is cut off after half a minute, and not one that catches up now and then', () => {
    const { socket, clock } = slowViewer()
    for (let i = 0; i < 3; i++) {
      socket.bufferedAmount = farBehind
      clock.advance(20_000)
      socket.bufferedAmount = 0
      clock.advance(100)
    }
    expect(socket.terminated).toBe(false)
    socket.bufferedAmount = farBehind
    clock.advance(30_300)
    expect(socket.terminated).toBe(true)
  })

  it('is not told the rest at the end', () => {
    const { socket, told, feed, clock, lamp } = slowViewer()
    told.length = 0
    lamp.send({ type: 'remove' })
    socket.bufferedAmount = farBehind
    feed.close()
    expect([told, clock.pending]).toEqual([[], 0])
  })
})

it('says once that not all actors are shown', () => {
  const { said, clock, light } = slowViewer({ actors: 2, steps: 100 })
  for (const id of ['b', 'c', 'd']) light(id)
  clock.advance(1000)
  light('e')
  clock.advance(1000)
  expect(said).toEqual(['more than 2 actors: not all are shown'])
})
