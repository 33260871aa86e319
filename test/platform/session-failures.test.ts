/** A live play that fails: which reason, what proves it, and what the camera hears (CONTRACT.md, protocol notes 04 and 07). */
import { describe, expect, it } from 'vitest'
import { MediaError, type MediaServer } from '../../src/media/types.ts'
import { BrokenWire } from './broken-wire.ts'
import { answer, Call, called, newcomer, noise, onAir, scene } from './calls.ts'
import { camera as cameraOf, ids, password } from './support.ts'

/** What every failure carries, whatever its reason. */
function explains(call: Call, reason: string, messages: readonly (string | RegExp)[]): void {
  const { failure, state } = call.view
  expect(state).toMatch(/failed|ending/)
  expect(failure).toMatchObject({ reason, message: expect.stringMatching(/\w/), hint: expect.stringMatching(/\w/) })
  const summaries = failure?.evidence.map(({ direction, summary }) => `${direction} ${summary}`) ?? []
  expect(summaries.length).toBe(messages.length)
  for (const [nth, message] of messages.entries()) expect(summaries[nth]).toMatch(message)
  for (const { at, remote, transport, callId } of failure?.evidence ?? []) {
    expect(at).toMatch(/^2024-05-01T00:0\d:\d\d\.\d{3}Z$/)
    expect([remote, transport, callId]).toEqual(['192.0.2.64:5060', 'UDP', call.invite.message.callId])
  }
  expect(JSON.stringify(failure)).not.toContain(password)
}

const invite = /^out INVITE sip:34020000001320000001@192\.0\.2\.64:5060/
const ack = /^out ACK /
const trying = 'in 100 Trying (INVITE)'
const ok = 'in 200 OK (INVITE)'

describe('no-provisional', () => {
  it('when nothing is answered: the INVITE was repeated at T1 doubling, and after 10 s the caller knows', async () => {
    const call = await called()
    const error = await call.error(10_000)
    expect(error).toMatchObject({ code: 'no-provisional', details: { sessionId: call.view.id, deviceId: ids.device } })
    expect(error.evidence.length).toBe(5)
    explains(call, 'no-provisional', [invite, invite, invite, invite, invite])
    expect(call.view.state).toBe('ending')
    await call.pass(21_999)
    expect(call.sent('INVITE')).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500])
    expect(call.view.state).toBe('ending')
    await call.pass(1)
    expect(call.view.state).toBe('failed')
    expect(call.sent('CANCEL')).toEqual([])
  })

  it('a provisional response after that brings the CANCEL that was owed (RFC 3261 9.1)', async () => {
    const call = await called()
    await call.error(10_000)
    await call.respond(100, { tag: null })
    const cancel = await call.camera.request('CANCEL')
    call.camera.peer.respond(cancel, 200)
    await call.respond(487)
    expect(call.view.state).toBe('failed')
    expect(call.sent('ACK').length).toBe(1)
  })

  it('a 200 after that is acknowledged and hung up', async () => {
    const call = await called()
    await call.error(10_000)
    await call.accept()
    await call.hungUp()
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'no-provisional' } })
  })
})

describe('no-final', () => {
  it('when only 100 came: CANCEL with the branch of the INVITE, and its 487 is acknowledged with it', async () => {
    const call = await called()
    await call.respond(100, { tag: null })
    expect(await call.error(10_000)).toMatchObject({ code: 'no-final' })
    explains(call, 'no-final', [invite, trying])
    const { message: cancel } = await cancelled(call)
    const original = call.invite.message
    expect(cancel.requestUri).toBe(original.requestUri)
    expect(cancel.values('Via')).toEqual(original.values('Via'))
    expect(cancel.header('To')).toBe(original.header('To'))
    expect(cancel.header('From')).toBe(original.header('From'))
    expect(cancel.cseq).toMatchObject({ number: original.cseq.number, method: 'CANCEL' })
    await call.respond(487)
    const { message } = await call.camera.request('ACK')
    expect(message.via.branch).toBe(original.via.branch)
    expect(message.to.tag).toBe('d77')
    expect(message.cseq).toMatchObject({ number: original.cseq.number, method: 'ACK' })
    expect(call.view.state).toBe('failed')
  })

  it('each provisional response gives the camera another 10 s', async () => {
    const call = await called()
    for (const status of [100, 180, 180, 183]) {
      await call.respond(status, { tag: status === 100 ? null : 'd77' })
      await call.pass(9999)
      expect(call.settled).toBeUndefined()
    }
    await call.pass(1)
    expect(await call.error()).toMatchObject({ code: 'no-final' })
    await cancelled(call)
    await call.respond(487)
  })

  it('a 200 that crosses the CANCEL is acknowledged and hung up (RFC 3261 9.1)', async () => {
    const call = await called()
    await call.respond(100, { tag: null })
    await call.error(10_000)
    await call.accept()
    await call.hungUp()
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'no-final' } })
  })

  it('a CANCEL that nobody answers is given up after 64*T1, and with it the INVITE', async () => {
    const call = await called()
    await call.respond(100, { tag: null })
    await call.error(10_000)
    await call.pass(31_999)
    expect(call.view.state).toBe('ending')
    await call.pass(1)
    expect(call.view.state).toBe('failed')
    expect(call.sent('CANCEL').length).toBe(11)
    expect(call.bench.platform.actors().filter(({ machine }) => machine === 'inviteClient')).toEqual([])
  })
})

const cancelled = async (call: Call) => {
  const cancel = await call.camera.request('CANCEL')
  call.camera.peer.respond(cancel, 200)
  await call.pass(0)
  return cancel
}

describe('rejected', () => {
  it.each([
    [404, 'Not Found'],
    [486, 'Busy Here'],
    [488, 'Not Acceptable Here'],
    [603, 'Decline'],
    [302, 'Moved Temporarily'],
  ])('%i, with status and phrase; the ACK has the branch of the INVITE', async (status, phrase) => {
    const call = await called()
    await call.respond(100, { tag: null })
    await call.respond(status)
    const error = await call.error()
    expect(error.toJSON()).toMatchObject({ error: { code: 'rejected', status, phrase } })
    explains(call, 'rejected', [invite, trying, `in ${status} ${phrase} (INVITE)`, ack])
    const { message } = await call.camera.request('ACK')
    expect(message.via.branch).toBe(call.invite.message.via.branch)
    expect(call.view).toMatchObject({ state: 'failed', failure: { status, phrase } })
    await call.respond(status)
    expect(call.sent('ACK').length).toBe(2)
  })
})

describe('ack-not-sent', () => {
  it('when the network refuses the ACK: BYE, in case that gets through', async () => {
    const wire = new BrokenWire((text) => text.startsWith('ACK '))
    const { bench, camera } = await scene({ network: wire }, wire)
    const call = await new Call(bench, camera).invited()
    await call.respond(200, { body: answer() })
    expect(await call.error()).toMatchObject({ code: 'ack-not-sent' })
    explains(call, 'ack-not-sent', [invite, ok, ack])
    await call.hungUp()
    expect(call.view.state).toBe('failed')
  })
})

describe('a way that breaks', () => {
  it('at the INVITE ends the play at once: device-offline', async () => {
    const wire = new BrokenWire((text) => text.startsWith('INVITE '))
    const { bench, camera } = await scene({ network: wire }, wire)
    const call = new Call(bench, camera)
    expect(await call.error()).toMatchObject({ code: 'device-offline' })
    expect(bench.platform.sessions()).toMatchObject([{ state: 'failed' }])
  })

  it('at the BYE ends the session at once', async () => {
    const wire = new BrokenWire((text) => text.startsWith('BYE '))
    const { bench, camera } = await scene({ network: wire }, wire)
    const session = await new Call(bench, camera).playing()
    await bench.settle(session.close(), 0)
    expect(session.view().state).toBe('ended')
  })
})

describe('no-media', () => {
  it('when the 200 is not followed by media: BYE after 10 s', async () => {
    const call = await called()
    await call.accept()
    await call.pass(9999)
    expect(call.settled).toBeUndefined()
    await call.pass(1)
    expect(await call.error()).toMatchObject({ code: 'no-media' })
    explains(call, 'no-media', [invite, ok, ack])
    await call.hungUp()
    expect(call.view.state).toBe('failed')
  })

  it('when the media stops: the session that played ends with BYE, and says so', async () => {
    const { call } = await onAir()
    await call.pass(14_999)
    expect(call.view.state).toBe('confirmed')
    await call.pass(1)
    await call.hungUp()
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'no-media' } })
    expect(call.bench.of('session.ended')).toMatchObject([{ failure: { reason: 'no-media' } }])
  })
})

describe('the SSRC', () => {
  it('of media other than agreed is no stream where the check is strict: ssrc-mismatch', async () => {
    const call = await called({ strictSsrc: true })
    await call.accept()
    await call.media({ ssrc: 77 })
    expect(call.settled).toBeUndefined()
    expect(await call.error(10_000)).toMatchObject({ code: 'ssrc-mismatch' })
    explains(call, 'ssrc-mismatch', [invite, ok, ack])
    await call.hungUp()
    expect(call.view.warnings).toMatchObject([{ code: 'foreign-media', message: expect.stringContaining('77') }])
  })

  it.each([0, 77])('%i from the address of the camera is taken, and noted', async (other) => {
    const call = await called()
    await call.accept()
    await call.media({ ssrc: other })
    const session = await call.session()
    expect(session.view().warnings).toEqual([
      { code: 'ssrc-mismatch', message: `Media from 192.0.2.64 carries SSRC ${other}, agreed was 0200000001.` },
    ])
    expect(session.view().media).toMatchObject({ ssrc: other, packets: 1 })
  })

  it('77 from a stranger is not taken, and noted', async () => {
    const call = await called()
    await call.accept()
    await call.media({ ssrc: 77, from: { address: '203.0.113.5', port: 9000 } })
    expect(await call.error(10_000)).toMatchObject({ code: 'ssrc-mismatch' })
    await call.hungUp()
  })

  it('answered in y= is the one that is received, also where the check is strict', async () => {
    const call = await called({ strictSsrc: true })
    await call.accept({ sdp: answer({ y: '0200000777' }) })
    await call.media({ ssrc: 200_000_001 })
    expect(call.settled).toBeUndefined()
    await call.media({ ssrc: 200_000_777 })
    const session = await call.session()
    expect(session.view().media.ssrc).toBe(200_000_777)
    expect(session.view().warnings.map(({ code }) => code)).toEqual(['ssrc-changed', 'foreign-media'])
  })

  it.each([
    ['absent', null],
    ['no number', 'camera'],
  ])('of an answer whose y= is %s stays the one that was offered', async (_, y) => {
    const call = await called({ strictSsrc: true })
    await call.accept({ sdp: answer({ y }) })
    await call.media()
    const session = await call.session()
    expect(session.view().state).toBe('confirmed')
  })
})

describe('media-undecodable', () => {
  it.each([
    ['has no media', 'v=0\r\no=- 0 0 IN IP4 192.0.2.64\r\ns=Play\r\nc=IN IP4 192.0.2.64\r\nt=0 0\r\n'],
    ['is for TCP, which was not offered', answer({ media: 'video 15060 TCP/RTP/AVP 96' })],
    ['is no SDP', 'hello'],
    ['is empty', ''],
  ])('when the answer %s: ACK first, then BYE (protocol notes 04, section 2)', async (_, sdp) => {
    const call = await called()
    await call.accept({ sdp })
    expect(await call.error()).toMatchObject({ code: 'media-undecodable' })
    explains(call, 'media-undecodable', [invite, ok, ack])
    await call.hungUp()
    expect(call.view.state).toBe('failed')
    expect(call.bench.media.ports.inUse).toBe(0)
  })

  it('when what arrives is no program stream', async () => {
    const call = await called()
    await call.accept()
    await call.media({ count: 60, payload: noise })
    await call.hungUp()
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'media-undecodable' } })
  })
})

describe('media-port-unavailable', () => {
  it('when every port is taken: no INVITE, no session, and the next play works once one is free', async () => {
    const { bench, camera } = await scene()
    for (let port = 30_000; port < 30_020; port += 2) bench.network.bind({ address: '192.0.2.10', port }, () => {})
    const call = new Call(bench, camera)
    const error = await call.error()
    expect(error).toMatchObject({ code: 'media-port-unavailable', hint: expect.stringContaining('--media-ports') })
    expect(bench.sent(/^INVITE/)).toEqual([])
    expect(bench.platform.sessions()).toEqual([])
  })

  it('the SSRCs of plays that got no port are given back', async () => {
    const full: MediaServer = {
      ports: { total: 0, inUse: 0 },
      open: () => Promise.reject(new MediaError('media-port-unavailable', 'none')),
      close: async () => {},
    }
    const { bench, camera } = await scene({ media: full })
    // There are 10,000; another failure than the port's would show that they are gone.
    for (let nth = 0; nth <= 10_000; nth++) {
      const outcome = bench.platform.play({ deviceId: camera.id, channelId: ids.channel })
      await expect(outcome).rejects.toMatchObject({ code: 'media-port-unavailable' })
    }
  })
})

describe('bye-by-device', () => {
  it('before media: the play fails, the BYE is answered 200, again when it is repeated', async () => {
    const call = await called()
    await call.accept()
    expect(await call.within('BYE')).toBe(200)
    expect(await call.error()).toMatchObject({ code: 'bye-by-device' })
    explains(call, 'bye-by-device', [
      invite,
      ok,
      ack,
      'in BYE sip:34020000002000000001@192.0.2.10:5060 SIP/2.0',
      'out 200 OK (BYE)',
    ])
    expect(call.view.state).toBe('failed')
    expect(call.sent('BYE')).toEqual([])
  })

  it('while it plays: the session is over at once, a further BYE finds no dialog', async () => {
    const { call } = await onAir()
    expect(await call.within('BYE')).toBe(200)
    expect(call.view).toMatchObject({ state: 'failed', failure: { reason: 'bye-by-device' } })
    expect(call.bench.media.ports.inUse).toBe(0)
    expect(await call.within('BYE')).toBe(481)
  })

  it('in the early dialog: answered, and the INVITE is cancelled', async () => {
    const call = await called()
    await call.respond(180)
    expect(await call.within('BYE')).toBe(200)
    expect(await call.error()).toMatchObject({ code: 'bye-by-device' })
    await cancelled(call)
    await call.respond(487)
    expect(call.view.state).toBe('failed')
  })

  it('crossing our BYE: each answers the other', async () => {
    const { call, session } = await onAir()
    const over = session.close()
    const bye = await call.hungUp(0)
    expect(await call.within('BYE')).toBe(200)
    call.camera.peer.respond(bye, 200)
    await call.bench.settle(over, 0)
    expect(session.view().state).toBe('ended')
  })
})

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
    await cancelled(call)
    await call.respond(487)
    expect(call.view.state).toBe('failed')
  })

  it('while it rings: CANCEL', async () => {
    const call = await called()
    await call.respond(180)
    await call.camera.unregister()
    expect(await call.error()).toMatchObject({ code: 'device-offline' })
    await cancelled(call)
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
    await cancelled(call)
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
    await cancelled(call)
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
    await cancelled(call)
    await call.respond(487)
  })
})

describe('a play with a timeout', () => {
  it('that begins in time plays on beyond it', async () => {
    const { bench, camera } = await scene()
    const session = await new Call(bench, camera, {}, { timeout: 3000 }).playing()
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
    expect(bench.sent(/^INVITE/).length).toBeLessThan(3)
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
