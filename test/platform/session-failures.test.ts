/** A live play that fails by what the camera does: which reason, what proves it, and what the camera hears (CONTRACT.md). */
import { describe, expect, it } from 'vitest'
import { MediaError, type MediaServer } from '../../src/media/types.ts'
import { BrokenWire } from './broken-wire.ts'
import { answer, Call, called, noise, onAir, scene } from './calls.ts'
import { ids, password } from './support.ts'

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
    const { message: cancel } = await call.cancelled()
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
    await call.cancelled()
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
  it('of a device that repeats its 200 is explained by our ACK, which does not reach it', async () => {
    const { bench, camera } = await scene()
    const call = await new Call(bench, camera).invited()
    await call.accept()
    await call.accept()
    await call.pass(10_000)
    const error = await call.error()
    expect(error).toMatchObject({ code: 'no-media' })
    expect(error.hint).toMatch(/^The 200 to the INVITE was sent 2 times although 2 ACKs went out: none arrives/)
    await call.hungUp()
  })

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
    await call.cancelled()
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
