/** A live play that ends, or never begins, by what its user, its platform or the registration of its camera does. */
import { describe, expect, it } from 'vitest'
import type { MediaServer } from '../../src/media/types.ts'
import { Call, called, newcomer, onAir, scene } from './calls.ts'
import { camera as cameraOf, ids } from './support.ts'

describe('device-offline', () => {
  it('a camera that is not registered cannot be played', async () => {
    const { bench, camera } = await scene()
    await camera.unregister()
    expect(await new Call(bench, camera).error()).toMatchObject({
      code: 'device-offline',
      details: { offlineReason: 'unregistered' },
    })
    expect(bench.sent(/^INVITE/)).toEqual([])
  })

  it('a camera that nobody knows is not found', async () => {
    const { bench } = await scene()
    const play = bench.platform.play({ deviceId: '34020000001110000077', channelId: ids.channel })
    await expect(play).rejects.toMatchObject({ code: 'device-not-found' })
  })

  it('while it is called: the CANCEL waits for a provisional response', async () => {
    const call = await called()
    await call.camera.unregister()
    expect(await call.error()).toMatchObject({ code: 'device-offline' })
    expect(call.sent('CANCEL')).toEqual([])
    await call.respond(180)
    await call.cancelled()
    await call.respond(487)
    expect(call.view.state).toBe('failed')
  })

  it('while it rings: CANCEL', async () => {
    const call = await called()
    await call.respond(180)
    await call.camera.unregister()
    expect(await call.error()).toMatchObject({ code: 'device-offline' })
    await call.cancelled()
    await call.respond(487)
  })

  it('while it plays: BYE by best effort, over after 32 s at the latest', async () => {
    const { call } = await onAir()
    await call.camera.unregister()
    const bye = await call.hungUp(0)
    await call.pass(31_000)
    expect(call.view.state).toBe('ending')
    await call.pass(bye.at + 32_000 - call.bench.clock.now())
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'device-offline' } })
  })

  it('by a closed connection: over at once, for nothing can be sent any more', async () => {
    const { bench } = await scene()
    const by = await cameraOf(bench, { id: ids.other, address: '192.0.2.65', transport: 'TCP' })
    await by.settleIn()
    const call = new Call(bench, by)
    await call.invited()
    await call.accept()
    await call.media({ from: { address: '192.0.2.65', port: 15_060 } })
    const session = await call.session()
    await by.peer.close()
    await call.pass(10)
    expect(session.view()).toMatchObject({ state: 'failed', failure: { reason: 'device-offline' } })
  })

  it('by being forgotten: BYE', async () => {
    const { call } = await onAir()
    call.bench.platform.forget(ids.device)
    await call.hungUp()
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'device-offline' } })
  })
})

describe('cancelled', () => {
  const why = new Error('the user has gone')

  it('before a provisional response: nothing is sent until one comes', async () => {
    const { bench, camera } = await scene()
    const gone = new AbortController()
    const call = await new Call(bench, camera, {}, { signal: gone.signal }).invited()
    gone.abort(why)
    expect(await call.error()).toBe(why)
    expect(call.view).toMatchObject({ state: 'ending', failure: { reason: 'cancelled' }, viewers: [] })
    expect(bench.media.ports.inUse).toBe(0)
    expect(call.sent('CANCEL')).toEqual([])
    await call.respond(100, { tag: null })
    await call.cancelled()
    await call.respond(487)
    expect(call.view.state).toBe('failed')
  })

  it.each([
    ['100', 100, null],
    ['180', 180, 'd77'],
  ])('after %s: CANCEL', async (_, status, tag) => {
    const { bench, camera } = await scene()
    const gone = new AbortController()
    const call = await new Call(bench, camera, {}, { signal: gone.signal }).invited()
    await call.respond(status, { tag })
    gone.abort(why)
    expect(await call.error()).toBe(why)
    await call.cancelled()
    await call.respond(487)
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'cancelled' } })
  })

  it('while media is awaited: BYE', async () => {
    const { bench, camera } = await scene()
    const gone = new AbortController()
    const call = await new Call(bench, camera, {}, { signal: gone.signal }).invited()
    await call.accept()
    gone.abort(why)
    expect(await call.error()).toBe(why)
    await call.hungUp()
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'cancelled' } })
  })

  it('a signal that has aborted before sends nothing and takes no port', async () => {
    const { bench, camera } = await scene()
    expect(await new Call(bench, camera, {}, { signal: AbortSignal.abort(why) }).error()).toBe(why)
    expect(bench.platform.sessions()).toEqual([])
  })

  it('an abort while the media port is being opened sends nothing and takes no port', async () => {
    const { bench, camera } = await scene()
    const gone = new AbortController()
    const call = new Call(bench, camera, {}, { signal: gone.signal })
    gone.abort(why)
    expect(await call.error()).toBe(why)
    expect(bench.sent(/^INVITE/)).toEqual([])
    expect(bench.media.ports.inUse).toBe(0)
    const next = new Call(bench, camera)
    await next.playing()
  })

  it('an abort after the play has begun changes nothing', async () => {
    const { bench, camera } = await scene()
    const gone = new AbortController()
    const call = new Call(bench, camera, {}, { signal: gone.signal })
    const session = await call.playing()
    gone.abort(why)
    await call.pass(100)
    expect(session.view().state).toBe('confirmed')
  })

  it('by its timeout: CANCEL, and the caller learns after how long', async () => {
    const { bench, camera } = await scene()
    const call = await new Call(bench, camera, {}, { timeout: 3000 }).invited()
    await call.respond(100, { tag: null })
    const error = await call.error(3000)
    expect(error).toMatchObject({ code: 'cancelled', message: 'No media within 3000 ms.' })
    expect(error.evidence.map(({ summary }) => summary)).toContain('100 Trying (INVITE)')
    await call.cancelled()
    await call.respond(487)
  })
})

describe('a play with a timeout', () => {
  it('that begins in time plays on beyond it', async () => {
    const { bench, camera } = await scene()
    const session = await new Call(bench, camera, {}, { timeout: 60_000 }).playing()
    await bench.clock.pass(2000)
    await bench.settle(bench.platform.close(), 5000)
    expect(session.view()).toMatchObject({ state: 'ended', failure: null })
  })
})

describe('hanging up', () => {
  it.each([481, 404, 500])('a BYE that is answered %i ends the session all the same', async (status) => {
    const { call, session } = await onAir()
    const over = session.close()
    await call.hungUp(status)
    await call.bench.settle(over, 0)
    expect(session.view().state).toBe('ended')
  })

  it('a BYE that nobody answers is repeated by Timer E and given up after 32 s', async () => {
    const { call, session } = await onAir()
    const over = session.close()
    const bye = await call.hungUp(0)
    await call.bench.settle(over, 32_000)
    expect(call.bench.clock.now() - bye.at).toBe(32_000)
    expect(call.sent('BYE').length).toBe(11)
    expect(session.view().state).toBe('ended')
    expect(call.bench.media.ports.inUse).toBe(0)
  })

  it('the port is free as soon as the session is ending, whether or not the BYE is answered', async () => {
    const { call, session } = await onAir()
    const over = session.close()
    await call.hungUp(0)
    expect(call.bench.media.ports.inUse).toBe(0)
    await call.bench.settle(over, 32_000)
  })
})

describe('closing the platform', () => {
  it('hangs up what plays and cancels what rings, and waits for the answers', async () => {
    const { bench, camera } = await newcomer()
    const playing = new Call(bench, camera)
    await playing.playing()
    const ringing = await new Call(bench, camera, { channelId: '34020000001320000002' }).invited()
    await ringing.respond(180)
    const closed = bench.platform.close()
    const bye = await camera.request('BYE')
    const cancel = await camera.request('CANCEL')
    let done = false
    void closed.then(() => {
      done = true
    })
    await bench.clock.pass(1000)
    expect(done).toBe(false)
    camera.peer.respond(bye, 200)
    camera.peer.respond(cancel, 200)
    await ringing.respond(487)
    await bench.settle(closed, 0)
    expect(bench.of('session.ended').length).toBe(2)
    expect(await ringing.error()).toMatchObject({ code: 'cancelled' })
  })

  it('settles within its grace when nobody answers', async () => {
    const { bench, camera } = await newcomer()
    await new Call(bench, camera).playing()
    const ringing = await new Call(bench, camera, { channelId: '34020000001320000002' }).invited()
    await bench.settle(bench.platform.close(), 5000)
    expect(bench.media.ports.inUse).toBe(0)
    expect(bench.of('session.ended').length).toBe(2)
    expect(await ringing.error()).toMatchObject({ code: 'cancelled' })
  })

  it('ends a play whose media port is still being opened: nothing is sent any more', async () => {
    let open: () => void = () => {}
    const slow = slowMedia((go) => {
      open = go
    })
    const { bench, camera } = await scene({ media: slow })
    const playing = new Call(bench, camera)
    await bench.clock.pass(0)
    open()
    await playing.invited()
    const opening = new Call(bench, camera, { channelId: ids.device })
    await bench.clock.pass(0)
    const closed = bench.platform.close()
    await bench.clock.pass(100)
    expect(bench.platform.state).toBe('draining')
    open()
    expect(await opening.error()).toMatchObject({ code: 'closed' })
    expect(bench.sent(/^INVITE/).length).toBe(1)
    await bench.settle(closed, 5000)
    expect(slow.ports.inUse).toBe(0)
  })

  it('plays nothing any more', async () => {
    const { bench, camera } = await scene()
    await bench.settle(bench.platform.close(), 5000)
    expect(await new Call(bench, camera).error()).toMatchObject({ code: 'closed' })
  })
})

/** A media server that opens its port when it is told to. */
function slowMedia(hold: (go: () => void) => void): MediaServer {
  const ports = { total: 1, inUse: 0 }
  return {
    ports,
    open: () =>
      new Promise((resolve) =>
        hold(() => {
          ports.inUse += 1
          resolve({
            address: '192.0.2.10',
            port: 30_000,
            expect() {},
            statistics: () => ({
              packets: 0,
              bytes: 0,
              lost: 0,
              outOfOrder: 0,
              jitterMs: 0,
              strays: [],
              strayPackets: 0,
              invalid: 0,
              bitrate: 0,
              frames: 0,
            }),
            close: async () => {
              ports.inUse -= 1
            },
          })
        }),
      ),
    close: async () => {},
  }
}
