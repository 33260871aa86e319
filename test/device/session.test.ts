import { describe, expect, it } from 'vitest'
import { parseRtp } from '../../src/media/rtp.ts'
import { parseSdp } from '../../src/sip/sdp.ts'
import { camera, channelUri, ids, invite, offer, play, type Rig, registered, rig, start, within } from './rig.ts'

/** RTP that arrives where the offer asked for it: times in ms since the start of the test. */
function receiver(one: Rig, port = 30_000) {
  const packets: { at: number; ssrc: number; payloadType: number; from: string }[] = []
  one.network.bind({ address: '192.0.2.20', port }, (bytes, from) => {
    const parsed = parseRtp(bytes)
    if (!parsed.ok) throw new Error(parsed.fault)
    const { ssrc, payloadType } = parsed.header
    packets.push({ at: one.now(), ssrc, payloadType, from: `${from.address}:${from.port}` })
  })
  return packets
}

/** When a message of that start was sent by the device since `from`. */
const since = (one: Rig, from: number, summary: RegExp) =>
  one
    .sent(summary)
    .filter((at) => at >= from)
    .map((at) => at - from)

describe('a play (GB/T 28181 9.2, protocol notes 04 section 12)', () => {
  it('goes INVITE, 100, 101, 200, ACK, stream, BYE, 200', async () => {
    const one = await registered()
    const packets = receiver(one)
    const { peer, clock, events, device } = one
    invite(one)
    const trying = peer.expect({ status: 100 })
    const early = peer.expect({ status: 101 })
    const ok = peer.expect({ status: 200, method: 'INVITE' })
    expect([trying.at, early.at, ok.at]).toEqual([start, start, start])
    expect(trying.message.to.tag).toBeUndefined()
    expect(early.message.reason).toBe('Dialog Establishment')
    expect(early.message.to.tag).toBe(ok.message.to.tag)
    expect(early.message.header('Contact')).toBe(`<${channelUri}>`)
    expect(ok.message.header('Contact')).toBe(`<${channelUri}>`)
    expect(ok.message.body.toString().split('\r\n')).toEqual([
      'v=0',
      `o=${ids.channel} 0 0 IN IP4 192.0.2.64`,
      's=Play',
      'c=IN IP4 192.0.2.64',
      't=0 0',
      'm=video 40000 RTP/AVP 96',
      'a=sendonly',
      'a=rtpmap:96 PS/90000',
      'y=0200000001',
      '',
    ])
    clock.advance(400)
    expect(packets).toEqual([])

    within(one, 'ACK', ok.message.to.tag)
    clock.advance(1000)
    expect(packets.length).toBeGreaterThan(25)
    expect(packets[0]).toEqual({ at: 400, ssrc: 200_000_001, payloadType: 96, from: '192.0.2.64:40000' })
    expect(device.sessions).toMatchObject([{ channelId: ids.channel, callId: 'inv-1@192.0.2.10' }])

    within(one, 'BYE', ok.message.to.tag)
    peer.expect({ status: 200, method: 'BYE' })
    const sent = packets.length
    clock.advance(5000)
    expect(packets.length).toBe(sent)
    expect(since(one, 0, /^SIP\/2.0 200 OK/).length).toBe(2)
    expect(device.sessions).toEqual([])
    expect(events.slice(1)).toMatchObject([
      { name: 'invited', channelId: ids.channel },
      { name: 'session.started', ssrc: '0200000001', to: '192.0.2.20:30000' },
      { name: 'session.ended', why: 'bye-by-peer', packets: sent },
    ])
  })

  it('repeats the 200 until the ACK, and says BYE when none has come after 64*T1', async () => {
    const one = await registered()
    const { peer, clock, events } = one
    invite(one)
    clock.advance(31_999)
    const schedule = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    expect(since(one, 0, /^SIP\/2.0 200/)).toEqual(schedule)
    peer.expectNone({ method: 'BYE' }, 0)
    clock.advance(1)
    const bye = peer.expect({ method: 'BYE' })
    expect(bye.at - start).toBe(32_000)
    expect(bye.message.requestUri).toBe(`sip:${ids.platform}@192.0.2.10:5060`)
    peer.respond(bye, 200)
    clock.advance(0)
    expect(events.at(-1)).toMatchObject({ name: 'session.ended', why: 'no-ack', packets: 0 })
  })

  it('sends the 200 once more for an ACK that is lost, and no more after the one that arrives', async () => {
    const one = await registered()
    invite(one)
    const ok = one.peer.expect({ status: 200, method: 'INVITE' })
    one.clock.advance(600)
    within(one, 'ACK', ok.message.to.tag)
    one.clock.advance(10_000)
    expect(since(one, 0, /^SIP\/2.0 200/)).toEqual([0, 500])
  })

  it('refuses with 487 what is cancelled before its 200', async () => {
    const one = await registered({ openRtp: () => new Promise(() => {}) })
    invite(one)
    one.peer.expect({ status: 100 })
    within(one, 'CANCEL', undefined)
    one.peer.expect({ status: 200, method: 'CANCEL' })
    one.peer.expect({ status: 487, method: 'INVITE' })
    expect(one.events.at(-1)).toMatchObject({ name: 'session.ended', why: 'cancelled' })
  })

  it('gives back a media port that opens after the CANCEL', async () => {
    const opened = Promise.withResolvers<{ port: number; send(): void; close(): void }>()
    let closed = false
    const one = await registered({ openRtp: () => opened.promise })
    invite(one)
    within(one, 'CANCEL', undefined)
    one.clock.advance(0)
    opened.resolve({
      port: 6000,
      send() {},
      close() {
        closed = true
      },
    })
    await opened.promise
    await Promise.resolve()
    expect(closed).toBe(true)
  })

  it('answers 500 when no media port can be had', async () => {
    const one = await registered({ openRtp: () => Promise.reject(new Error('EMFILE')) })
    invite(one)
    one.clock.advance(0)
    await Promise.resolve()
    await Promise.resolve()
    one.peer.expect({ status: 500 })
  })

  it.each([
    ['an unknown channel', 404, { channel: '34020000001320000099' }],
    ['no description', 488, { body: '' }],
    ['no description that can be read', 488, { body: 'hello' }],
    ['no PS among the formats', 488, { body: offer().replaceAll('PS/90000', 'VP8/90000') }],
    ['media over TCP', 488, { body: offer().replace('RTP/AVP', 'TCP/RTP/AVP') }],
  ] as const)('refuses %s with %i', async (_, status, parts) => {
    const one = await registered()
    invite(one, parts)
    one.peer.expect({ status, method: 'INVITE' })
    expect(one.device.sessions).toEqual([])
  })

  it('is refused with 403 before the device is registered, with 486 when enough play', async () => {
    const early = await rig({ startAfter: 10 })
    invite(early)
    early.peer.expect({ status: 403 })
    const one = await registered({ channels: 2, sessionLimit: 1 })
    play(one)
    invite(one, { channel: '34020000001320000002', callId: 'second' })
    one.peer.expect({ status: 486 })
  })

  it('releases the old link when the same stream is asked for again (Annex L)', async () => {
    const one = await registered()
    play(one)
    invite(one, { callId: 'inv-2' })
    const bye = one.peer.expect({ method: 'BYE' })
    expect(bye.message.callId).toBe('inv-1@192.0.2.10')
    one.peer.respond(bye, 200)
    one.peer.expect({ status: 200, method: 'INVITE' })
    const order = one.network.log.filter(({ what, summary }) => what === 'sent' && /^BYE|^SIP\/2.0 100/.test(summary))
    expect(order.map(({ summary }) => summary.slice(0, 11))).toEqual(['SIP/2.0 100', 'BYE sip:340', 'SIP/2.0 100'])
  })

  it('hangs up before it unregisters when the device closes', async () => {
    const one = await registered()
    play(one)
    const closed = one.device.close()
    const bye = one.peer.expect({ method: 'BYE' })
    const leaving = one.peer.expect({ method: 'REGISTER' })
    expect([bye.message.cseq.number, leaving.message.expires]).toEqual([2, 0])
    one.peer.respond(bye, 200)
    one.peer.respond(leaving, 200)
    one.clock.advance(0)
    await closed
    expect(one.names().slice(-2)).toEqual(['session.ended', 'unregistered'])
    expect(one.clock.pending).toBe(0)
  })

  it('ends when the platform has forgotten the device', async () => {
    const one = await registered()
    play(one)
    one.peer.respond(one.peer.expect({ method: 'MESSAGE' }, { within: 60_000 }), 404)
    const bye = one.peer.expect({ method: 'BYE' })
    one.peer.respond(bye, 481)
    one.clock.advance(0)
    expect(one.events.findLast(({ name }) => name === 'session.ended')).toMatchObject({ why: 'bye-by-us' })
  })

  it('answers a second BYE, and one for a call it does not know, with 481', async () => {
    const one = await registered()
    const tag = play(one)
    within(one, 'BYE', tag)
    one.peer.expect({ status: 200, method: 'BYE' })
    within(one, 'BYE', 'nobody', { callId: 'other' })
    one.peer.expect({ status: 481 })
  })

  it('refuses a re-INVITE with 488 and goes on', async () => {
    const one = await registered()
    const packets = receiver(one)
    const tag = play(one)
    one.peer.request('INVITE', camera, {
      uri: channelUri,
      headers: {
        From: `<sip:${ids.platform}@3402000000>;tag=i1`,
        To: `<sip:${ids.channel}@192.0.2.64:5060>;tag=${tag}`,
        'Call-ID': 'inv-1@192.0.2.10',
        CSeq: '203 INVITE',
        'Content-Type': 'application/sdp',
      },
      body: offer(),
    })
    one.peer.expect({ status: 488 })
    const before = packets.length
    one.clock.advance(1000)
    expect(packets.length).toBeGreaterThan(before)
  })
})

describe('profiles', () => {
  it('hikvision: no 101, one item a message, another User-Agent', async () => {
    const one = await registered({ profile: 'hikvision', channels: 2 })
    expect(one.peer.received[0]?.message.header('User-Agent')).toBe('Embedded Net DVR')
    invite(one)
    one.peer.expect({ status: 200, method: 'INVITE' })
    one.peer.expectNone({ status: 101 }, 100)
  })

  it('dahua: media right after the 200, before any ACK', async () => {
    const one = await registered({ profile: 'dahua' })
    const packets = receiver(one)
    invite(one)
    one.clock.advance(0)
    expect(packets[0]?.at).toBe(0)
  })
})

describe('faults of sessions', () => {
  it('drop-ack: goes on repeating the 200 although the ACK is there', async () => {
    const one = await registered({ faults: ['drop-ack'] })
    play(one)
    one.clock.advance(4000)
    expect(since(one, 0, /^SIP\/2.0 200/)).toEqual([0, 500, 1500, 3500])
    one.peer.expect({ method: 'BYE' }, { within: 30_000 })
  })

  it('late-first-packet: media begins 8 s after the ACK, or as many as are said', async () => {
    const one = await registered({ faults: ['late-first-packet'] })
    const packets = receiver(one)
    play(one)
    one.clock.advance(7999)
    expect(packets).toEqual([])
    one.clock.advance(1)
    expect(packets[0]?.at).toBe(8000)
    const other = await registered({ faults: ['late-first-packet=0.5'] })
    const later = receiver(other)
    play(other)
    other.clock.advance(1000)
    expect(later[0]?.at).toBe(500)
  })

  it('no-media: accepts and sends nothing', async () => {
    const one = await registered({ faults: ['no-media'] })
    const packets = receiver(one)
    play(one)
    one.clock.advance(20_000)
    expect([packets.length, one.names()]).toEqual([0, ['registered', 'invited', 'session.started']])
  })

  it('ssrc-zero: repeats y= and sends SSRC 0', async () => {
    const one = await registered({ faults: ['ssrc-zero'] })
    const packets = receiver(one)
    play(one)
    one.clock.advance(100)
    expect(packets[0]?.ssrc).toBe(0)
    expect(one.events.at(-1)).toMatchObject({ name: 'session.started', ssrc: '0200000001' })
  })

  it('ssrc-own: answers and sends another y=', async () => {
    const one = await registered({ faults: ['ssrc-own'] })
    const packets = receiver(one)
    invite(one)
    const ok = one.peer.expect({ status: 200, method: 'INVITE' })
    const parsed = parseSdp(ok.message.body)
    const ssrc = parsed.ok ? parsed.sdp.ssrc : undefined
    expect(ssrc?.text).toMatch(/^0\d{9}$/)
    expect(ssrc?.text).not.toBe('0200000001')
    within(one, 'ACK', ok.message.to.tag)
    one.clock.advance(100)
    expect(packets[0]?.ssrc).toBe(ssrc?.number)
  })

  it('silent-after-100: nothing follows the 100 until the CANCEL', async () => {
    const one = await registered({ faults: ['silent-after-100'] })
    invite(one)
    one.peer.expect({ status: 100 })
    one.clock.advance(20_000)
    expect(since(one, 0, /INVITE|^SIP\/2.0 [1-6]/)).toEqual([0])
    within(one, 'CANCEL', undefined)
    one.peer.expect({ status: 487 })
  })

  it('no-200: 101, and then no final response', async () => {
    const one = await registered({ faults: ['no-200'] })
    invite(one)
    one.peer.expect({ status: 101 })
    one.peer.expectNone({ status: 200, method: 'INVITE' }, 10_000)
  })

  it('port-change: signalling and media come from other ports after a while', async () => {
    const one = await registered({ faults: ['port-change=5'], keepalive: 3 })
    const packets = receiver(one)
    play(one)
    one.clock.advance(4999)
    await Promise.resolve()
    one.clock.advance(1)
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    one.clock.advance(2000)
    expect(new Set(packets.map(({ from }) => from)).size).toBe(2)
    const from = one.peer.received
      .filter(({ message }) => message.cseq.method === 'MESSAGE')
      .map(({ flow }) => flow.remote.port)
    expect([from[0], from.at(-1) !== 5060]).toEqual([5060, true])
  })

  it('vanish: neither sends nor answers, and does not unregister', async () => {
    const one = await registered({ faults: ['vanish=5'], keepalive: 2 })
    const packets = receiver(one)
    play(one)
    one.clock.advance(5000)
    const [messages, media] = [one.network.log.length, packets.length]
    invite(one, { callId: 'late' })
    one.clock.advance(120_000)
    await one.device.close()
    const later = one.network.log.slice(messages)
    expect(later.filter(({ from }) => from.startsWith('192.0.2.64'))).toEqual([])
    expect(packets.length).toBe(media)
    expect(one.names().slice(-1)).toEqual(['session.ended'])
  })

  it('loss=100: nothing arrives in either direction', async () => {
    const one = await rig({ faults: ['loss=100'] })
    one.clock.advance(10_000)
    expect(one.network.log).toEqual([])
  })

  it('loss=50: some of the repetitions of a REGISTER go out', async () => {
    const one = await rig({ faults: ['loss=50'] })
    one.clock.advance(31_999)
    expect(one.sent(/^REGISTER/).length).toBeGreaterThan(1)
    expect(one.sent(/^REGISTER/).length).toBeLessThan(10)
  })

  it('tcp-half-close: the connection ends from the side of the device', async () => {
    const one = await registered({ transport: 'tcp', faults: ['tcp-half-close=5'] })
    one.clock.advance(4999)
    expect(one.names()).toEqual(['registered'])
    one.clock.advance(1)
    expect(one.names()).toEqual(['registered', 'lost'])
  })
})
