/** One live play per channel: who else may have it, who ends it, how many there may be, and what an end gives back. */
import { describe, expect, it } from 'vitest'
import { MediaError, type MediaReceiver, type MediaServer } from '../../src/media/types.ts'
import { SsrcPool } from '../../src/platform/ssrc.ts'
import { answer, Call, newcomer, onAir, scene } from './calls.ts'
import { channelId, ids } from './support.ts'

describe('a channel that plays', () => {
  it('is not played a second time: session-exists names the session', async () => {
    const { call, session } = await onAir()
    const second = await new Call(call.bench, call.camera).error()
    expect(second).toMatchObject({ code: 'session-exists', details: { sessionId: session.id } })
    expect(call.bench.sent(/^INVITE/).length).toBe(1)
    expect(session.view().state).toBe('confirmed')
  })

  it('is not played a second time while the first is called, nor while its port is opened', async () => {
    const { bench, camera } = await scene()
    const first = new Call(bench, camera)
    const opening = await new Call(bench, camera).error()
    await first.invited()
    const calling = await new Call(bench, camera).error()
    expect([opening, calling]).toMatchObject([
      { code: 'session-exists', details: { sessionId: first.view.id } },
      { code: 'session-exists', details: { sessionId: first.view.id } },
    ])
  })

  it('is shared on demand: one INVITE, one BYE after the last viewer', async () => {
    const { bench, camera } = await scene()
    const first = new Call(bench, camera)
    const duringOpening = new Call(bench, camera, { share: true })
    await first.invited()
    const duringCall = new Call(bench, camera, { share: true })
    await first.accept()
    await first.media()
    const sessions = [await first.session(), await duringOpening.session(), await duringCall.session()]
    sessions.push(await new Call(bench, camera, { share: true }).session())
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(1)
    expect(new Set(sessions.map(({ viewerId }) => viewerId)).size).toBe(4)
    expect(new Set(first.view.viewers)).toEqual(new Set(sessions.map(({ viewerId }) => viewerId)))
    for (const session of sessions.slice(0, 3)) await bench.settle(session.close(), 0)
    expect(bench.sent(/^BYE/)).toEqual([])
    const last = sessions[3]?.close() ?? Promise.reject(new Error('no viewer'))
    await first.hungUp()
    await bench.settle(last, 0)
    expect(bench.sent(/^INVITE/).length).toBe(1)
    expect(bench.of('session.ended').length).toBe(1)
  })

  it('fails for all who share it', async () => {
    const { bench, camera } = await scene()
    const first = await new Call(bench, camera).invited()
    const second = new Call(bench, camera, { share: true })
    await first.respond(486)
    expect([await first.error(), await second.error()]).toMatchObject([{ code: 'rejected' }, { code: 'rejected' }])
  })

  it('that never gets its port fails for all who share it', async () => {
    const { bench, camera } = await scene()
    for (let port = 30_000; port < 30_020; port += 2) bench.network.bind({ address: '192.0.2.10', port }, () => {})
    const [first, second] = [new Call(bench, camera), new Call(bench, camera, { share: true })]
    const code = 'media-port-unavailable'
    expect([await first.error(), await second.error()]).toMatchObject([{ code }, { code }])
  })

  it('whose first viewer gives up before it has its port is cancelled for the others', async () => {
    const { bench, camera } = await scene()
    const gone = new AbortController()
    const [first, second] = [
      new Call(bench, camera, {}, { signal: gone.signal }),
      new Call(bench, camera, { share: true }),
    ]
    gone.abort('gone')
    expect([await first.error(), await second.error()]).toMatchObject(['gone', { code: 'cancelled' }])
    await new Call(bench, camera).playing()
  })

  it('goes on for the others when one who waits for it gives up', async () => {
    const { bench, camera } = await scene()
    const first = await new Call(bench, camera).invited()
    const gone = new AbortController()
    const second = new Call(bench, camera, { share: true }, { signal: gone.signal })
    gone.abort('gone')
    expect(await second.error()).toBe('gone')
    await first.accept()
    await first.media()
    expect((await first.session()).view().viewers.length).toBe(1)
  })

  it('is not shared any more once it is ending, and does not wait for that end: the next play is one of its own', async () => {
    const { call, session } = await onAir()
    const over = session.close()
    const bye = await call.camera.request('BYE')
    const next = await new Call(call.bench, call.camera, { share: true }).playing()
    expect(next.id).not.toBe(session.id)
    expect(session.view().state).toBe('ending')
    call.camera.peer.respond(bye, 200)
    await call.bench.settle(over, 0)
    expect(call.bench.platform.sessions().map(({ state }) => state)).toEqual(['ended', 'confirmed'])
    const third = await new Call(call.bench, call.camera).error()
    expect(third).toMatchObject({ code: 'session-exists', details: { sessionId: next.id } })
  })

  it('may be played again at once when it is over, on another SSRC', async () => {
    const { call, session } = await onAir()
    const over = session.close()
    await call.hungUp()
    await call.bench.settle(over, 0)
    const next = new Call(call.bench, call.camera)
    const again = await next.playing()
    expect(next.view.ssrc).not.toBe(call.view.ssrc)
    expect(again.id).not.toBe(session.id)
  })
})

describe('a viewer', () => {
  it('that a session does not have is not found, and the session goes on', async () => {
    const { call, session } = await onAir()
    await expect(call.bench.platform.stop(session.id, 'nobody')).rejects.toMatchObject({ code: 'viewer-not-found' })
    expect(session.view().state).toBe('confirmed')
  })

  it('may leave twice', async () => {
    const { call, session } = await onAir()
    const other = await new Call(call.bench, call.camera, { share: true }).session()
    await call.bench.settle(session.close(), 0)
    await call.bench.settle(session.close(), 0)
    expect(other.view().viewers).toEqual([other.viewerId])
  })

  it('who leaves while the session ends waits for its end', async () => {
    const { call, session } = await onAir()
    const first = session.close()
    const second = call.bench.platform.stop(session.id)
    await call.hungUp()
    await call.bench.settle(Promise.all([first, second, session[Symbol.asyncDispose]()]), 0)
  })

  it('of a session that is over leaves without an error; of one that never was, with one', async () => {
    const { call, session } = await onAir()
    await call.within('BYE')
    await call.bench.settle(session.close(), 0)
    await expect(call.bench.platform.stop('no-session')).rejects.toMatchObject({ code: 'session-not-found' })
  })

  it('stop() without a viewer sends all away', async () => {
    const { call, session } = await onAir()
    await new Call(call.bench, call.camera, { share: true }).session()
    const over = call.bench.platform.stop(session.id)
    await call.hungUp()
    await call.bench.settle(over, 0)
    expect(session.view()).toMatchObject({ state: 'ended', viewers: [] })
  })
})

describe('bounds', () => {
  it('so many sessions run at once; a further one is told overload, until one has ended', async () => {
    const { bench, camera } = await newcomer({ limits: { sessions: 2 } })
    const calls = [1, 2, 3].map((nth) => new Call(bench, camera, { channelId: channelId(nth) }))
    expect(await calls[2]?.error()).toMatchObject({ code: 'overload', hint: expect.stringMatching(/\w/) })
    await calls[0]?.invited()
    await calls[0]?.respond(486)
    await calls[1]?.invited()
    const next = await new Call(bench, camera, { channelId: channelId(3) }).invited()
    expect(next.view.state).toBe('inviting')
  })

  it('ended sessions are shown, the latest ones only', async () => {
    const { bench, camera } = await newcomer({ limits: { endedSessions: 2 } })
    const seen: string[] = []
    for (let nth = 1; nth <= 4; nth++) {
      const call = await new Call(bench, camera, { channelId: channelId(nth) }).invited()
      await call.respond(486)
      seen.push(call.view.id)
    }
    expect(bench.platform.sessions().map(({ id }) => id)).toEqual(seen.slice(2))
    expect(bench.platform.session(seen[0] ?? '')).toBeUndefined()
  })

  it('an SSRC is unique among those in use and not given out again at once (Annex G)', () => {
    const pool = new SsrcPool(ids.platform)
    const taken = Array.from({ length: 10_000 }, () => pool.take()).filter((ssrc) => ssrc !== undefined)
    expect(new Set(taken.map(({ text }) => text)).size).toBe(10_000)
    expect(taken.every(({ text }) => /^002000\d{4}$|^020000\d{4}$/.test(text))).toBe(true)
    expect(taken.every(({ text, number }) => Number(text) === number)).toBe(true)
    expect(pool.take()).toBeUndefined()
    const giveBack = (text: string) => pool.giveBack({ text, number: Number(text) })
    giveBack('0200000042')
    expect(pool.take()?.text).toBe('0200000042')
    giveBack('0200000001')
    giveBack('0200000042')
    expect(pool.take()?.text).toBe('0200000001')
  })

  it('no plays leave anything behind: ports, SSRCs, actors, dialogs', async () => {
    const { bench, camera } = await newcomer()
    await camera.answerInfo()
    await camera.answerCatalog([1, 2, 3].map(channelId))
    for (let nth = 1; nth <= 25; nth++) {
      const call = await new Call(bench, camera, { channelId: channelId(1 + (nth % 3)) }).invited()
      if (nth % 2 === 0) await call.respond(404)
      else {
        await call.accept()
        await call.within('BYE')
      }
      await call.error()
    }
    expect(bench.media.ports.inUse).toBe(0)
    await bench.clock.pass(40_000)
    expect(bench.platform.actors()).toMatchObject([{ machine: 'registration' }])
    const record = bench.platform.engine.directory.get(`registration:${camera.id}`)
    expect(record?.actor.owner).toMatchObject({ affairs: [] })
  })
})

describe('a media server that fails', () => {
  const failing = (fault: Partial<Record<keyof MediaReceiver, () => never>>) => {
    const ports = { total: 1, inUse: 0 }
    const statistics = { packets: 0, bytes: 0, lost: 0, outOfOrder: 0, jitterMs: 0, strays: [], strayPackets: 0 }
    const media: MediaServer = {
      ports,
      close: async () => {},
      open: async () => ({
        address: '192.0.2.10',
        get port() {
          fault.port?.()
          return 30_000
        },
        expect: () => fault.expect?.(),
        statistics: () => fault.statistics?.() ?? { ...statistics, invalid: 0, bitrate: 0, frames: 0 },
        close: async () => void fault.close?.(),
      }),
    }
    return media
  }
  const fault = () => {
    throw new Error('the media server is broken')
  }

  it('at opening with a reason of its own fails the play as it is', async () => {
    const media: MediaServer = { ...failing({}), open: () => Promise.reject(new MediaError('closed', 'closed')) }
    const { bench, camera } = await scene({ media })
    expect(await new Call(bench, camera).error()).toMatchObject({ code: 'cancelled' })
  })

  it('while the INVITE is made ends that session alone, and the next message is served', async () => {
    const { bench, camera } = await scene({ media: failing({ port: fault }) })
    expect(await new Call(bench, camera).error()).toMatchObject({
      code: 'cancelled',
      hint: expect.stringMatching(/program/),
    })
    expect(bench.of('actor.crashed')).toMatchObject([{ machine: 'inviting', message: 'the media server is broken' }])
    expect(bench.of('session.ended').length).toBe(1)
    expect(await camera.keepalive()).toBe(200)
  })

  it('while its port is closed leaves nobody waiting', async () => {
    const warnings: Error[] = []
    const heard = (warning: Error) => void warnings.push(warning)
    process.on('warning', heard)
    const { bench, camera } = await scene({ media: failing({ close: fault }) })
    const call = await new Call(bench, camera).invited()
    await call.accept()
    await call.within('BYE')
    expect(await call.error()).toMatchObject({ code: 'bye-by-device' })
    expect(call.view.state).toBe('failed')
    await bench.clock.pass(0)
    process.off('warning', heard)
    expect(warnings.map(({ message }) => message)).toEqual(['the media server is broken'])
  })

  it('when it is told of the answer: the session ends by its limits', async () => {
    const { bench, camera } = await scene({ media: failing({ expect: fault }) })
    const call = await new Call(bench, camera).invited()
    await call.accept()
    expect(await call.error(10_000)).toMatchObject({ code: 'no-media' })
    await call.hungUp()
    expect(call.view.state).toBe('failed')
  })
})

describe('a session whose actor crashes', () => {
  it('still sends its BYE, is shown as failed, and leaves the others alone', async () => {
    const { bench, camera } = await newcomer()
    const other = await new Call(bench, camera, { channelId: channelId(2) }).playing()
    const call = await new Call(bench, camera).invited()
    const { random } = bench.platform.engine.options
    const hex = random.hex.bind(random)
    // The branch of the ACK cannot be made: a fault of ours in the middle of a transition.
    Object.assign(random, {
      hex: () => {
        Object.assign(random, { hex })
        throw new Error('no randomness')
      },
    })
    await call.respond(200, { body: answer() })
    expect(await call.error()).toMatchObject({ code: 'cancelled' })
    await call.hungUp()
    expect(call.view.state).toBe('failed')
    expect(bench.of('actor.crashed')).toMatchObject([{ machine: 'inviting', message: 'no randomness' }])
    expect(other.view().state).toBe('confirmed')
    expect(bench.media.ports.inUse).toBe(1)
  })
})
