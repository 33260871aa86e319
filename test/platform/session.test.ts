/** A live play that works: INVITE to BYE as GB/T 28181 9.2 and protocol notes 04, sections 2 and 12, have it. */
import { describe, expect, it } from 'vitest'
import { answer, Call, called, channelUri, newcomer, onAir, scene, ssrc } from './calls.ts'
import { camera as cameraOf, ids } from './support.ts'

describe('the INVITE', () => {
  it('carries Subject, Contact and an offer that ends with a line end', async () => {
    const call = await called()
    const { message } = call.invite
    expect(message.requestUri).toBe(channelUri)
    expect(message.header('From')).toMatch(/^<sip:34020000002000000001@3402000000>;tag=\w+$/)
    expect(message.header('To')).toBe(`<${channelUri}>`)
    expect(message.header('Contact')).toBe('<sip:34020000002000000001@192.0.2.10:5060>')
    expect(message.header('Subject')).toBe(`${ids.channel}:${ssrc},${ids.platform}:0`)
    expect(message.header('Content-Type')).toBe('application/sdp')
    expect(message.header('Max-Forwards')).toBe('70')
    expect(message.header('Via')).toMatch(/^SIP\/2\.0\/UDP 192\.0\.2\.10:5060;rport;branch=z9hG4bK\w+$/)
    expect(message.header('Authorization')).toBeUndefined()
    expect(message.body.toString('latin1')).toBe(
      [
        'v=0',
        'o=34020000002000000001 0 0 IN IP4 192.0.2.10',
        's=Play',
        'c=IN IP4 192.0.2.10',
        't=0 0',
        'm=video 30000 RTP/AVP 96 97 98 99',
        'a=recvonly',
        'a=rtpmap:96 PS/90000',
        'a=rtpmap:97 MPEG4/90000',
        'a=rtpmap:98 H264/90000',
        'a=rtpmap:99 H265/90000',
        'y=0200000001',
        '',
      ].join('\r\n'),
    )
  })

  it('tells the advertised address for signalling and media, whatever it is bound to', async () => {
    const call = await called({ advertise: '203.0.113.7' })
    const { message } = call.invite
    expect(message.header('Contact')).toContain('@203.0.113.7:5060>')
    expect(message.header('Via')).toContain(' 203.0.113.7:5060;')
    expect(message.body.toString()).toContain('c=IN IP4 203.0.113.7\r\n')
  })

  it('is refused by the caller for a channel that a complete catalog does not have', async () => {
    const { bench, camera } = await scene()
    const call = new Call(bench, camera, { channelId: '34020000001320000099' })
    expect(await call.error()).toMatchObject({ code: 'channel-not-found' })
    expect(bench.sent(/^INVITE/)).toEqual([])
  })

  it('goes to a camera whose catalog is unknown, which then decides itself', async () => {
    const { bench, camera } = await newcomer()
    const call = await new Call(bench, camera).invited()
    await call.respond(404)
    expect(await call.error()).toMatchObject({ code: 'rejected' })
  })

  it('is never built from a channel ID that would break out of its header', async () => {
    const { bench, camera } = await newcomer()
    for (const channelId of ['1\r\nEvil: 1', '', '1 SIP/2.0', 'a@b', '<sip:x>', '1;lr', 'é']) {
      const call = new Call(bench, camera, { channelId })
      expect(await call.error()).toMatchObject({ code: 'channel-not-found' })
    }
    expect(bench.sent(/^INVITE/)).toEqual([])
    expect(bench.platform.sessions()).toEqual([])
  })
})

describe('the basic call', () => {
  it('INVITE 100 101 200 ACK, media, BYE 200', async () => {
    const { bench, camera } = await scene()
    const call = await new Call(bench, camera).invited()
    expect(call.view.state).toBe('inviting')
    await call.respond(100, { tag: null })
    expect(call.view.state).toBe('inviting')
    await call.respond(101)
    expect(call.view.state).toBe('early')
    const ack = await call.accept()
    expect(call.view.state).toBe('confirmed')
    expect(call.settled).toBeUndefined()
    await call.media()
    const session = await call.session()
    expect(session.view()).toMatchObject({
      state: 'confirmed',
      deviceId: ids.device,
      channelId: ids.channel,
      ssrc,
      viewers: [session.viewerId],
      callId: call.invite.message.callId,
      media: { address: '192.0.2.10', port: 30_000, packets: 1, encoding: 'PS' },
      failure: null,
      warnings: [],
    })
    const over = session.close()
    const bye = await call.hungUp()
    await bench.settle(over, 0)
    expect(session.view()).toMatchObject({ state: 'ended', failure: null, viewers: [] })
    expect(bench.names().filter((name) => name.startsWith('session.'))).toEqual([
      'session.created',
      'session.started',
      'session.ended',
    ])
    const invite = call.invite.message
    const branches = [invite, ack.message, bye.message].map(({ via }) => via.branch)
    expect(new Set(branches).size).toBe(3)
    for (const { message } of [ack, bye]) {
      expect(message.requestUri).toBe(channelUri)
      expect(message.header('From')).toBe(invite.header('From'))
      expect(message.header('To')).toBe(`<${channelUri}>;tag=d77`)
      expect(message.callId).toBe(invite.callId)
      expect(message.body.length).toBe(0)
    }
    expect(ack.message.cseq).toMatchObject({ number: invite.cseq.number, method: 'ACK' })
    expect(bye.message.cseq).toMatchObject({ number: invite.cseq.number + 1, method: 'BYE' })
  })

  it.each([
    ['200 alone', []],
    ['100 only', [[100, null]]],
    ['101 with the misspelt phrase of osip', [[101, 'd77']]],
    ['180', [[180, 'd77']]],
    [
      '100, 183, 183',
      [
        [100, null],
        [183, 'd77'],
        [183, 'd77'],
      ],
    ],
    ['180 without a tag', [[180, null]]],
  ] as const)('plays after %s', async (_, provisionals) => {
    const call = await called()
    for (const [status, tag] of provisionals) await call.respond(status, { tag })
    await call.accept()
    await call.media()
    const session = await call.session()
    const over = session.close()
    await call.hungUp()
    await call.bench.settle(over, 0)
  })

  it('counts media that comes before its 200', async () => {
    const call = await called()
    await call.media({ count: 3 })
    expect(call.settled).toBeUndefined()
    await call.accept()
    const session = await call.session()
    expect(session.view().media).toMatchObject({ packets: 3 })
  })

  it('sends ACK and BYE by the route that the 200 recorded, nearest proxy first', async () => {
    const call = await called()
    await call.respond(200, {
      body: answer(),
      headers: { Contact: `<${channelUri}>`, 'Record-Route': '<sip:p2.example;lr>, <sip:p1.example;lr>' },
    })
    const ack = await call.camera.request('ACK')
    await call.media()
    const session = await call.session()
    const over = session.close()
    const bye = await call.hungUp()
    await call.bench.settle(over, 0)
    for (const { message } of [ack, bye]) {
      expect(message.requestUri).toBe(channelUri)
      expect(message.values('Route')).toEqual(['<sip:p1.example;lr>', '<sip:p2.example;lr>'])
    }
  })

  it('reaches a camera behind NAT where its messages come from, and keeps its Contact as Request-URI', async () => {
    const call = await called()
    const ack = await call.accept({ headers: { Contact: '<sip:34020000001320000001@10.0.0.9:5060>' } })
    expect(ack.message.requestUri).toBe('sip:34020000001320000001@10.0.0.9:5060')
  })

  it('falls back to the address of the INVITE where the 200 has no Contact', async () => {
    const call = await called()
    await call.respond(200, { body: answer() })
    const ack = await call.camera.request('ACK')
    expect(ack.message.requestUri).toBe(channelUri)
  })

  it('acknowledges each repetition of the 200, and plays once', async () => {
    const call = await called()
    await call.accept()
    await call.media()
    await call.accept()
    await call.accept()
    expect(call.bench.sent(/^ACK/).length).toBe(3)
    expect(call.bench.of('session.started').length).toBe(1)
  })

  it('ends the other branch of a forked INVITE with ACK and BYE, and goes on playing', async () => {
    const call = await called()
    await call.accept()
    await call.media()
    await call.session()
    const ack = await call.accept({ tag: 'other' })
    expect(ack.message.to.tag).toBe('other')
    const bye = await call.hungUp()
    expect(bye.message.to.tag).toBe('other')
    expect(bye.message.cseq.number).toBe(ack.message.cseq.number + 1)
    expect(call.view.state).toBe('confirmed')
  })

  it('ends a forked branch also while it hangs up itself', async () => {
    const { call, session } = await onAir()
    const over = session.close()
    await call.pass(0)
    await call.respond(200, { tag: 'other', body: answer() })
    const byes = [await call.camera.request('BYE'), await call.camera.request('BYE')]
    expect(byes.map(({ message }) => message.to.tag).sort()).toEqual(['d77', 'other'])
    for (const bye of byes) call.camera.peer.respond(bye, 200)
    await call.bench.settle(over, 100)
    expect(session.view().state).toBe('ended')
  })

  it('plays over the TCP connection that the camera registered on', async () => {
    const { bench } = await scene()
    const over = await cameraOf(bench, { id: ids.other, address: '192.0.2.65', transport: 'TCP' })
    await over.settleIn()
    const call = await new Call(bench, over).invited()
    expect(call.invite.message.header('Contact')).toContain(';transport=tcp>')
    expect(call.invite.message.header('Via')).toMatch(/^SIP\/2\.0\/TCP /)
    await call.accept()
    await call.media()
    const session = await call.session()
    const ended = session.close()
    await call.hungUp()
    await bench.settle(ended, 0)
    expect(session.view().state).toBe('ended')
  })
})

describe('within the session', () => {
  it('a re-INVITE is refused with 488 and the session goes on', async () => {
    const { call } = await onAir()
    expect(await call.within('INVITE', { body: answer(), headers: { 'Content-Type': 'application/sdp' } })).toBe(488)
    expect(call.view.state).toBe('confirmed')
  })

  it('MESSAGE is answered 200: the MediaStatus of the camera', async () => {
    const { call } = await onAir()
    const body = `<?xml version="1.0"?>\r\n<Notify>\r\n<CmdType>MediaStatus</CmdType>\r\n<SN>8</SN>\r\n<DeviceID>${ids.channel}</DeviceID>\r\n<NotifyType>121</NotifyType>\r\n</Notify>\r\n`
    const headers = { 'Content-Type': 'Application/MANSCDP+xml' }
    expect(await call.within('MESSAGE', { body, headers })).toBe(200)
    expect(await call.within('MESSAGE', { body: 'no xml', headers })).toBe(400)
  })

  it.each(['INFO', 'OPTIONS'])('%s is answered 200', async (method) => {
    const { call } = await onAir()
    expect(await call.within(method)).toBe(200)
  })

  it('a CSeq that goes back is answered 500 and changes nothing', async () => {
    const { call } = await onAir()
    expect(await call.within('INFO', { headers: { CSeq: '30 INFO' } })).toBe(200)
    expect(await call.within('BYE', { headers: { CSeq: '29 BYE' } })).toBe(500)
    expect(await call.within('BYE', { headers: { CSeq: '30 BYE' } })).toBe(500)
    expect(call.view.state).toBe('confirmed')
    expect(await call.within('BYE', { headers: { CSeq: '31 BYE' } })).toBe(200)
  })

  it('a BYE with the tag of somebody else belongs to no session: 481', async () => {
    const { call } = await onAir()
    const { callId, from } = call.invite.message
    const To = `<sip:${ids.platform}@3402000000>;tag=${from.tag}`
    const From = `<sip:${ids.channel}@192.0.2.64>;tag=guessed`
    expect(await call.within('BYE', { headers: { From, To, 'Call-ID': callId } })).toBe(481)
    expect(call.view.state).toBe('confirmed')
  })
})
