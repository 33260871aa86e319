import { describe, expect, it } from 'vitest'
import { isMessage, type ManscdpMessage, parseManscdp } from '../../src/manscdp/index.ts'
import type { SipRequest } from '../../src/sip/message.ts'
import type { Received } from '../../src/testing/index.ts'
import { ask, camera, deviceUri, ids, query, type Rig, registered, rig } from './rig.ts'

/** The next business answer, acknowledged with 200. */
function answer({ peer, clock }: Rig): ManscdpMessage {
  const received = peer.expect({ method: 'MESSAGE' })
  peer.respond(received, 200)
  clock.advance(0)
  return read(received)
}

function read({ message }: Received<SipRequest>): ManscdpMessage {
  const parsed = parseManscdp(message.body)
  if (!parsed.ok) throw new Error(parsed.rejection.code)
  return parsed.message
}

describe('queries (GB/T 28181 9.5, protocol notes 02 section 10)', () => {
  it('get a 200 with an empty body first, then the business answer with the SN of the query', async () => {
    const one = await registered()
    ask(one, 'DeviceInfo', 101)
    const ok = one.peer.expect({ status: 200, method: 'MESSAGE' })
    expect([ok.message.body.length, ok.at]).toEqual([0, one.clock.now()])
    const received = one.peer.expect({ method: 'MESSAGE' })
    expect(received.message.requestUri).toBe(`sip:${ids.platform}@3402000000`)
    expect(received.message.from.user).toBe(ids.device)
    expect(read(received)).toMatchObject({
      root: 'Response',
      cmdType: 'DeviceInfo',
      sn: 101,
      deviceId: ids.device,
      value: { Result: 'OK', Manufacturer: 'gb28181', Model: 'Simulated', Channel: 1 },
    })
    expect(one.events.at(-1)).toMatchObject({ name: 'query.received', cmdType: 'DeviceInfo', sn: 101 })
  })

  it('DeviceStatus says ONLINE and the time of day in Beijing', async () => {
    const one = await registered()
    ask(one, 'DeviceStatus', 3)
    expect(answer(one)).toMatchObject({
      cmdType: 'DeviceStatus',
      sn: 3,
      value: { Result: 'OK', Online: 'ONLINE', Status: 'OK', DeviceTime: '2024-05-01T08:00:00' },
    })
  })

  it('a Catalog comes in parts, each after the final response to the one before', async () => {
    const one = await registered({ channels: 6 })
    ask(one, 'Catalog', 7)
    const first = one.peer.expect({ method: 'MESSAGE' })
    // Its repetitions until the answer are one MESSAGE, so nothing else is on the wire.
    one.clock.advance(5000)
    expect(new Set(messages(one).map(({ message }) => message.callId)).size).toBe(1)
    one.peer.respond(first, 200)
    one.peer.skip()
    const second = one.peer.expect({ method: 'MESSAGE' })
    const parts = [read(first), read(second)].map((part) => {
      if (!isMessage(part, 'Response', 'Catalog')) throw new Error(part.cmdType)
      return part
    })
    expect(parts.map(({ sn, value }) => [sn, value.SumNum, value.DeviceList.length])).toEqual([
      [7, 6, 4],
      [7, 6, 2],
    ])
    const items = parts.flatMap(({ value }) => value.DeviceList)
    expect(items.map((item) => item.DeviceID)).toEqual(one.device.channels.map(({ id }) => id))
    expect(items[0]).toMatchObject({ Name: '通道1', ParentID: ids.device, CivilCode: '340200', Status: 'ON' })
  })

  it('answers to two queries do not wait for one another', async () => {
    const one = await registered({ channels: 6 })
    ask(one, 'DeviceInfo', 1)
    one.peer.expect({ method: 'MESSAGE' })
    ask(one, 'Catalog', 2)
    expect(answer(one)).toMatchObject({ cmdType: 'Catalog', sn: 2 })
  })

  it('tells a platform that asks and never acknowledges to come back later', async () => {
    const one = await registered()
    for (let sn = 1; sn <= 33; sn++) ask(one, 'DeviceInfo', sn)
    expect(one.peer.expect({ status: 503 }).message.header('Retry-After')).toBe('5')
    one.peer.skip()
    one.clock.advance(32_000)
    ask(one, 'DeviceInfo', 34)
    one.peer.expect({ status: 200, method: 'MESSAGE' })
  })

  it('gives up a Catalog of which one part is refused, and answers the next query', async () => {
    const one = await registered({ channels: 6 })
    ask(one, 'Catalog', 7)
    one.peer.respond(one.peer.expect({ method: 'MESSAGE' }), 400)
    ask(one, 'DeviceInfo', 8)
    expect(answer(one)).toMatchObject({ cmdType: 'DeviceInfo', sn: 8 })
    one.peer.expectNone({ method: 'MESSAGE' }, 10_000)
  })

  it('a device without channels has SumNum 0 and no list', async () => {
    const one = await registered({ channels: 0 })
    ask(one, 'Catalog', 1)
    const part = answer(one)
    expect(part).toMatchObject({ value: { SumNum: 0, DeviceList: [] } })
    expect(part.raw.children.map(({ name }) => name)).not.toContain('DeviceList')
  })

  it('a query for a channel concerns that channel, one for a stranger is 404', async () => {
    const one = await registered({ channels: 3 })
    ask(one, 'Catalog', 1, '34020000001320000002')
    expect(answer(one)).toMatchObject({ value: { SumNum: 1, DeviceList: [{ DeviceID: '34020000001320000002' }] } })
    ask(one, 'Catalog', 2, '34020000001320000009')
    one.peer.expect({ status: 404 })
    one.peer.expectNone({ method: 'MESSAGE' }, 5000)
  })

  it('takes a command that it does not know with 200, and nothing follows', async () => {
    const one = await registered()
    ask(one, 'CruiseTrackQuery', 1)
    one.peer.expect({ status: 200, method: 'MESSAGE' })
    one.peer.expectNone({ method: 'MESSAGE' }, 5000)
  })

  it('answers a body that is no MANSCDP with 400', async () => {
    const one = await registered()
    const headers = { 'Content-Type': 'Application/MANSCDP+xml' }
    one.peer.request('MESSAGE', camera, { uri: deviceUri, headers, body: 'hello' })
    one.peer.expect({ status: 400 })
  })

  it('answers OPTIONS with 200 and an unknown method with 405', async () => {
    const one = await registered()
    one.peer.request('OPTIONS', camera, { uri: deviceUri })
    one.peer.expect({ status: 200, method: 'OPTIONS' })
    one.peer.request('PUBLISH', camera, { uri: deviceUri })
    expect(one.peer.expect({ status: 405 }).message.header('Allow')).toContain('INVITE')
  })

  it('answers nobody but the platform it registered with, and that only while it does', async () => {
    const one = await rig({ startAfter: 60 })
    ask(one, 'Catalog', 1)
    one.peer.expect({ status: 403 })
    const other = await registered()
    other.network.sendDatagram(
      { address: '192.0.2.99', port: 5060 },
      camera,
      Buffer.from(
        [
          `MESSAGE ${deviceUri} SIP/2.0`,
          'Via: SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKx1',
          'From: <sip:34020000002000000001@3402000000>;tag=x',
          `To: <${deviceUri}>`,
          'Call-ID: x1',
          'CSeq: 1 MESSAGE',
          'Content-Type: Application/MANSCDP+xml',
          `Content-Length: ${query('Catalog', 1).length}`,
          '',
          query('Catalog', 1),
        ].join('\r\n'),
      ),
    )
    other.clock.advance(0)
    expect(other.network.log.at(-1)).toMatchObject({ to: '192.0.2.99:5060', summary: 'SIP/2.0 403 Forbidden' })
  })
})

describe('editions', () => {
  it.each([
    [2011, '1.0', 'GB2312'],
    [2014, '1.1', 'GB2312'],
    [2016, '2.0', 'GB2312'],
    [2022, '3.0', 'GB18030'],
  ] as const)('%i says X-GB-Ver %s and writes %s', async (gbVersion, header, charset) => {
    const one = await registered({ gbVersion })
    const register = one.peer.received.find(({ message }) => message.cseq.method === 'REGISTER')
    expect(register?.message.header('X-GB-Ver')).toBe(header)
    ask(one, 'Catalog', 1)
    const { message } = one.peer.expect({ method: 'MESSAGE' })
    expect(message.body.toString('latin1')).toContain(`encoding="${charset}"`)
    expect(message.body.includes(Buffer.from([0xcd, 0xa8, 0xb5, 0xc0]))).toBe(true)
    // 2022 has dropped Owner; 2011 has no Info.
    expect(message.body.includes('<Owner>')).toBe(gbVersion < 2022)
    expect(message.body.includes('<PTZType>')).toBe(gbVersion > 2011)
  })
})

describe('faults of answers', () => {
  it('one-channel-packets: one item in each Catalog message', async () => {
    const one = await registered({ channels: 3, faults: ['one-channel-packets'] })
    ask(one, 'Catalog', 1)
    const sizes = [answer(one), answer(one), answer(one)].map((part) =>
      isMessage(part, 'Response', 'Catalog') ? part.value.DeviceList.length : undefined,
    )
    expect(sizes).toEqual([1, 1, 1])
    one.peer.expectNone({ method: 'MESSAGE' }, 1000)
  })

  it('gb18030-as-utf8: the bytes are GB18030 and the declaration says UTF-8', async () => {
    const one = await registered({ faults: ['gb18030-as-utf8'] })
    ask(one, 'Catalog', 1)
    const { body } = one.peer.expect({ method: 'MESSAGE' }).message
    expect(body.toString('latin1')).toContain('encoding="UTF-8"')
    expect(new TextDecoder('gb18030').decode(body)).toContain('<Name>通道1</Name>')
  })

  it('wrong-length: Content-Length of a body is too large by 2', async () => {
    const one = await registered({ faults: ['wrong-length'] })
    one.clock.advance(60_000)
    const { bytes } = one.network.log.find(({ summary }) => summary.startsWith('MESSAGE')) ?? { bytes: Buffer.of() }
    const [head = '', body = ''] = bytes.toString('latin1').split('\r\n\r\n')
    expect(/Content-Length: (\d+)/.exec(head)?.[1]).toBe(String(body.length + 2))
  })

  it('no-200: the business answer comes without the 200 to its query', async () => {
    const one = await registered({ faults: ['no-200'] })
    ask(one, 'DeviceInfo', 1)
    expect(answer(one)).toMatchObject({ cmdType: 'DeviceInfo' })
    one.peer.expectNone({ status: 200, method: 'MESSAGE' }, 5000)
  })
})

const messages = ({ peer }: Rig) =>
  peer.received.filter(({ message }) => message.cseq.method === 'MESSAGE' && 'method' in message)
