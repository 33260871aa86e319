import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import { Ending } from '../../src/cli/terminal.ts'

describe('the end of a command', () => {
  let process: EventEmitter
  let ending: Ending
  let now: number
  let ended: number

  beforeEach(() => {
    process = new EventEmitter()
    now = 0
    ended = 0
    const end = () => {
      ended += 1
    }
    ending = new Ending(process, () => now, end)
  })

  it.each(['SIGINT', 'SIGTERM'])('is asked for by %s', async (signal) => {
    expect(ending.signal.aborted).toBe(false)
    process.emit(signal)
    await ending.asked()
    expect([ending.signal.aborted, ended]).toEqual([true, 0])
  })

  it('comes at once with a second signal', () => {
    process.emit('SIGTERM')
    now = 50
    process.emit('SIGINT')
    expect(ended).toBe(1)
  })

  it.each(['SIGINT', 'SIGTERM'])('is asked for once by a %s that both the group gets and npm passes on', (signal) => {
    process.emit(signal)
    now = 50
    process.emit(signal)
    expect(ended).toBe(0)
    now = 1000
    process.emit(signal)
    expect(ended).toBe(1)
  })

  it('is asked for by the death of npm, which ends the shell between and tells nobody', () => {
    ending.orphaned()
    expect([ending.signal.aborted, ended]).toEqual([true, 0])
    process.emit('SIGTERM')
    expect(ended).toBe(1)
  })
})
