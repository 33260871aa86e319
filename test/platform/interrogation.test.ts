/** What the platform asks a device: DeviceInfo and Catalog after registration, and queries (Annex A and M, DESIGN.md rule 6). */
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { Gb28181Error } from '../../src/errors.ts'
import type { QueryCommand } from '../../src/platform/api.ts'
import { seededRandom } from '../../src/testing/index.ts'
import {
  type Bench,
  bench,
  type Camera,
  camera,
  catalogBody,
  channelId,
  deviceId,
  ids,
  password,
  responseBody,
} from './support.ts'

const channels = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => channelId(from + index))

const shown = ({ platform }: Bench, id: string = ids.device): string[] =>
  platform.channels(id)?.items.map((channel) => channel.id) ?? []

const catalog = ({ platform }: Bench) => platform.channels(ids.device)?.catalog

/** A camera that has registered and answered DeviceInfo; the Catalog query is on its way. */
async function asked(options: Parameters<typeof bench>[0] = {}): Promise<{ made: Bench; one: Camera }> {
  const made = await bench(options)
  const one = await camera(made)
  await one.register()
  await one.answerInfo()
  return { made, one }
}

/** A camera that is known with its channels. */
async function known(nth: readonly string[] = [ids.channel]): Promise<{ made: Bench; one: Camera }> {
  const { made, one } = await asked()
  await one.answerCatalog(nth)
  return { made, one }
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'answered',
    (error: unknown) => error,
  )

describe('after a registration (protocol notes 02, section 5)', () => {
  it('DeviceInfo is asked, and Catalog when that is answered; both are shown', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.register()
    const info = await one.query('DeviceInfo')
    await made.clock.pass(1000)
    expect(one.waiting('MESSAGE')).toEqual([])
    const fields =
      '<Result>OK</Result><DeviceName>Gate</DeviceName><Manufacturer>ACME</Manufacturer><Firmware>V1</Firmware>'
    expect(await one.message(responseBody('DeviceInfo', info.sn, one.id, fields))).toBe(200)
    await one.answerCatalog([channelId(1), channelId(2)])
    expect(made.view()).toMatchObject({
      name: 'Gate',
      manufacturer: 'ACME',
      model: null,
      firmware: 'V1',
      channelCount: 2,
    })
    expect(made.platform.channels(ids.device)).toMatchObject({
      total: 2,
      items: [{ id: channelId(1), deviceId: ids.device, name: 'c1', parentId: ids.device, status: 'ON' }, {}],
      catalog: { complete: true, sumNum: 2, received: 2 },
    })
    expect(made.of('catalog.committed')).toMatchObject([{ deviceId: ids.device, sumNum: 2, received: 2 }])
  })

  it('the query is a MESSAGE to the device, from the platform, outside of any dialog', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.register()
    const { message, text } = (await one.query('DeviceInfo')).received
    expect(text.replace(/(branch=|tag=|Call-ID: |<SN>)\w+/g, '$1X').split('\r\n')).toEqual([
      `MESSAGE sip:${ids.device}@192.0.2.64:5060 SIP/2.0`,
      'Via: SIP/2.0/UDP 192.0.2.10:5060;rport;branch=X',
      'Max-Forwards: 70',
      `From: <sip:${ids.platform}@3402000000>;tag=X`,
      `To: <sip:${ids.device}@192.0.2.64:5060>`,
      'Call-ID: X',
      'CSeq: 1 MESSAGE',
      'Content-Type: Application/MANSCDP+xml',
      'User-Agent: gb28181',
      `Content-Length: ${message.body.length}`,
      '',
      '<?xml version="1.0" encoding="GB2312"?>',
      '<Query>',
      '<CmdType>DeviceInfo</CmdType>',
      '<SN>X</SN>',
      `<DeviceID>${ids.device}</DeviceID>`,
      '</Query>',
      '',
    ])
  })

  it('the charset is the one of the edition that the device says', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.register({ headers: { 'X-GB-Ver': '3.0' } })
    expect((await one.query('DeviceInfo')).received.text).toContain('encoding="GB18030"')
  })

  it('DeviceInfo refused or unanswered does not keep the catalog from being asked', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.register()
    await one.query('DeviceInfo', { status: 403 })
    await one.answerCatalog()
    expect(made.of('query.failed')).toMatchObject([{ deviceId: ids.device, cmdType: 'DeviceInfo', reason: 'rejected' }])
    expect(shown(made)).toEqual([ids.channel])
  })

  it('a refresh under the same Call-ID asks nothing; a new Call-ID does', async () => {
    const { made, one } = await known()
    await made.clock.pass(1000)
    await one.register()
    await made.clock.pass(5000)
    expect(one.waiting('MESSAGE')).toEqual([])
    await one.register({ callId: 'restarted@192.0.2.64' })
    await one.answerInfo()
    await one.answerCatalog()
  })

  it('a refresh asks again while no channel is known', async () => {
    const { made, one } = await known([])
    expect(catalog(made)).toMatchObject({ complete: true, sumNum: 0, received: 0 })
    await made.clock.pass(1000)
    await one.register()
    await one.answerInfo()
    await one.answerCatalog([ids.channel])
    expect(shown(made)).toEqual([ids.channel])
  })
})

describe('a catalog of several messages (Annex M)', () => {
  it('is collected by SN until SumNum, in any order and with repetitions, and committed at once', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    const part = (from: number, to: number) => catalogBody(sn, one.id, 6, channels(from, to))
    await one.message(part(5, 6))
    await one.message(part(1, 2))
    await one.message(part(5, 6))
    await one.message(part(2, 3))
    expect([shown(made), catalog(made)?.complete]).toEqual([[], false])
    await one.message(part(4, 4))
    expect(shown(made).sort()).toEqual(channels(1, 6))
    expect(catalog(made)).toEqual({ complete: true, sumNum: 6, received: 6, sn, at: '2024-05-01T00:00:00.000Z' })
  })

  it('may overtake the 200 to its query, wholly or in part', async () => {
    for (const early of [1, 3]) {
      const { made, one } = await asked()
      const { sn, received } = await one.query('Catalog', { status: 0 })
      await one.message(catalogBody(sn, one.id, 3, channels(1, early)))
      one.peer.respond(received, 200)
      await made.clock.pass(0)
      if (early < 3) await one.message(catalogBody(sn, one.id, 3, channels(early + 1, 3)))
      expect(shown(made)).toEqual(channels(1, 3))
      await made.end()
    }
  })

  it('of several devices at once does not mix: each has its own SN', async () => {
    const made = await bench()
    const cameras = await Promise.all(
      [1, 2, 3].map((nth) => camera(made, { id: deviceId(nth), address: `192.0.2.${100 + nth}` })),
    )
    const sns: number[] = []
    for (const one of cameras) {
      await one.register()
      await one.answerInfo()
      sns.push((await one.query('Catalog')).sn)
    }
    expect(new Set(sns).size).toBe(3)
    for (const half of [0, 1])
      for (const [index, one] of cameras.entries())
        await one.message(catalogBody(sns[index] ?? 0, one.id, 2, [channelId(10 * index + half + 1)]))
    for (const [index, { id }] of cameras.entries())
      expect(shown(made, id)).toEqual([channelId(10 * index + 1), channelId(10 * index + 2)])
  })

  it("is no other device's to answer, though it knows the SN", async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    const other = await camera(made, { id: ids.other, address: '192.0.2.65' })
    await other.settleIn([channelId(50)])
    await other.message(catalogBody(sn, ids.device, 1, [channelId(99)]))
    expect([shown(made), catalog(made)?.complete]).toEqual([[], false])
    await one.message(catalogBody(sn, one.id, 1, [channelId(1)]))
    expect(shown(made)).toEqual([channelId(1)])
  })

  it('of 5,000 channels in 250 messages is whole', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    for (let from = 1; from <= 5000; from += 20)
      await one.message(catalogBody(sn, one.id, 5000, channels(from, from + 19)))
    expect(made.view().channelCount).toBe(5000)
    expect(made.of('catalog.committed')).toMatchObject([{ sumNum: 5000, received: 5000 }])
  })

  it('without SumNum is the one message, repeated items counted once', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    await one.message(catalogBody(sn, one.id, undefined, [channelId(1), channelId(2), channelId(2)]))
    expect(catalog(made)).toMatchObject({ complete: true, sumNum: 2, received: 2 })
  })

  it('takes more patience while parts come: the idle limit begins anew with each', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    for (const nth of [1, 2, 3, 4]) {
      await made.clock.pass(9999)
      await one.message(catalogBody(sn, one.id, 4, [channelId(nth)]))
    }
    expect(catalog(made)).toMatchObject({ complete: true, received: 4 })
  })
})

describe('a catalog with a gap (DESIGN.md rule 6)', () => {
  /** Two of three parts, then silence: the second query. */
  async function askedAgain() {
    const { made, one } = await known(channels(1, 4))
    const answer = made.platform.query(ids.device, { cmdType: 'Catalog' })
    answer.catch(() => {})
    const first = await one.query('Catalog')
    await one.message(catalogBody(first.sn, one.id, 3, channels(11, 12)))
    const second = await one.query('Catalog', { within: 10_000 })
    return { made, one, answer, first, second }
  }

  it('is asked again after 10 s with a new SN, and then committed whole', async () => {
    const { made, one, answer, first, second } = await askedAgain()
    expect(second.sn).toBe(first.sn + 1)
    expect(second.received.at - first.received.at).toBe(10_000)
    expect(shown(made)).toEqual(channels(1, 4))
    await one.message(catalogBody(second.sn, one.id, 3, channels(11, 13)))
    expect(shown(made)).toEqual(channels(11, 13))
    expect(await answer).toMatchObject({ complete: true, sn: second.sn, sumNum: 3, received: 3 })
  })

  it('is not filled from the first answer: a late part of the old SN changes nothing', async () => {
    const { made, one, first, second } = await askedAgain()
    expect(await one.message(catalogBody(first.sn, one.id, 3, channels(13, 13)))).toBe(200)
    expect(shown(made)).toEqual(channels(1, 4))
    await one.message(catalogBody(second.sn, one.id, 3, channels(11, 12)))
    expect(shown(made)).toEqual(channels(1, 4))
    expect(made.platform.counters()['response-late']).toBe(1)
  })

  it('twice is shown as partial: it adds and deletes nothing; the next whole one deletes', async () => {
    const { made, one, answer, second } = await askedAgain()
    await one.message(catalogBody(second.sn, one.id, 3, channels(11, 11)))
    await made.clock.pass(10_000)
    expect(shown(made)).toEqual([...channels(1, 4), ...channels(11, 12)])
    expect(catalog(made)).toMatchObject({ complete: false, sumNum: 3, received: 2 })
    expect(await answer).toMatchObject({ complete: false, sumNum: 3, received: 2, value: { items: [{}, {}] } })
    expect(made.of('catalog.partial')).toMatchObject([{ deviceId: ids.device, sumNum: 3, received: 2 }])
    made.platform.query(ids.device, { cmdType: 'Catalog' }).catch(() => {})
    await one.answerCatalog(channels(12, 13))
    expect(shown(made)).toEqual(channels(12, 13))
    expect(catalog(made)).toMatchObject({ complete: true })
  })

  it('does not suffer from what becomes of the first request', async () => {
    const { made, one } = await known()
    const answer = made.platform.query(ids.device, { cmdType: 'Catalog' })
    const first = await one.query('Catalog', { status: 0 })
    await one.message(catalogBody(first.sn, one.id, 2, channels(11, 11)))
    const second = await one.query('Catalog', { status: 0, within: 10_000, where: (sn) => sn !== first.sn })
    one.peer.respond(first.received, 486)
    await made.clock.pass(1000)
    await one.message(catalogBody(second.sn, one.id, 2, channels(11, 12)))
    expect(await answer).toMatchObject({ complete: true, received: 2 })
  })

  it('and then no more: a SumNum that never is reached ends after two rounds', async () => {
    const { made, one } = await asked()
    for (const within of [1000, 10_000]) {
      const { sn } = await one.query('Catalog', { within })
      await one.message(catalogBody(sn, one.id, 99, channels(1, 2)))
    }
    await made.clock.pass(60_000)
    expect(one.waiting('MESSAGE')).toEqual([])
    expect(shown(made)).toEqual(channels(1, 2))
    expect(catalog(made)).toMatchObject({ complete: false, sumNum: 99, received: 2 })
  })

  it('an item without DeviceID counts for nothing', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    const nameless =
      '<SumNum>2</SumNum><DeviceList Num="2"><Item><Name>a</Name></Item><Item><DeviceID>34</DeviceID></Item></DeviceList>'
    await one.message(responseBody('Catalog', sn, one.id, nameless))
    expect(catalog(made)?.complete).toBe(false)
  })
})

describe('a catalog that nobody asked for (protocol notes 08, section 3)', () => {
  it('updates and adds, and replaces nothing', async () => {
    const { made, one } = await known(channels(1, 3))
    const before = catalog(made)
    const off = catalogBody(900_001, one.id, 1, channels(2, 2), '<Status>OFF</Status>')
    expect(await one.message(off)).toBe(200)
    await one.message(catalogBody(900_002, one.id, 1, channels(4, 4)))
    expect(made.platform.channels(ids.device)?.items.map(({ id, status }) => [id, status])).toEqual([
      [channelId(1), 'ON'],
      [channelId(2), 'OFF'],
      [channelId(3), 'ON'],
      [channelId(4), 'ON'],
    ])
    expect(catalog(made)).toEqual(before)
    expect(made.of('device.updated').length).toBeGreaterThan(1)
  })

  it('while one is collected does not count as part of it', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    await one.message(catalogBody(sn, one.id, 2, channels(1, 1)))
    await one.message(catalogBody(900_001, one.id, 1, channels(9, 9)))
    expect(catalog(made)?.complete).toBe(false)
    await one.message(catalogBody(sn, one.id, 2, channels(2, 2)))
    expect(shown(made)).toEqual(channels(1, 2))
  })

  it('keeps the fields of an item that the update does not name', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    await one.message(
      catalogBody(sn, one.id, 1, channels(1, 1), '<Manufacturer>ACME</Manufacturer><Status>ON</Status>'),
    )
    await one.message(catalogBody(900_001, one.id, 1, channels(1, 1), '<Status>OFF</Status>'))
    expect(made.platform.channels(ids.device)?.items).toMatchObject([{ manufacturer: 'ACME', status: 'OFF' }])
  })
})

describe('what a device answers', () => {
  const status = '<Result>OK</Result><Online>ONLINE</Online><Status>OK</Status><Record>OFF</Record>'

  it('DeviceStatus: the fields of the Response', async () => {
    const { made, one } = await known()
    const answer = made.platform.query(ids.device, { cmdType: 'DeviceStatus' })
    const { sn } = await one.query('DeviceStatus')
    await one.message(responseBody('DeviceStatus', sn, one.id, status))
    expect(await answer).toMatchObject({
      cmdType: 'DeviceStatus',
      deviceId: ids.device,
      sn,
      complete: true,
      value: { Result: 'OK', Online: 'ONLINE', Status: 'OK' },
    })
  })

  it('about a channel, when asked about one', async () => {
    const { made, one } = await known()
    const answer = made.platform.query(ids.device, { cmdType: 'DeviceStatus', channelId: ids.channel })
    const { sn, received } = await one.query('DeviceStatus')
    expect(received.text).toContain(`<DeviceID>${ids.channel}</DeviceID>`)
    await one.message(responseBody('DeviceStatus', sn, ids.channel, status))
    expect(await answer).toMatchObject({ complete: true })
  })

  it('a catalog asked for is committed and told, DeviceInfo asked for is learnt', async () => {
    const { made, one } = await known()
    const list = made.platform.query(ids.device, { cmdType: 'Catalog' })
    await one.answerCatalog(channels(7, 8))
    await list
    expect(shown(made)).toEqual(channels(7, 8))
    expect(made.of('catalog.committed')).toHaveLength(2)
    const info = made.platform.query(ids.device, { cmdType: 'DeviceInfo' })
    await one.answerInfo('<DeviceName>New</DeviceName>')
    await info
    expect(made.view().name).toBe('New')
  })

  it('a catalog of one channel does not touch that of the device', async () => {
    const { made, one } = await known()
    const list = made.platform.query(ids.device, { cmdType: 'Catalog', channelId: '34' })
    await one.answerCatalog(channels(7, 8))
    expect(await list).toMatchObject({ complete: true, received: 2 })
    expect(shown(made)).toEqual([ids.channel])
    expect(made.of('catalog.committed')).toHaveLength(1)
  })

  it('a wrong SN, another CmdType or no SN is no answer', async () => {
    const { made, one } = await known()
    const answer = failure(made.platform.query(ids.device, { cmdType: 'DeviceStatus' }))
    const { sn } = await one.query('DeviceStatus')
    expect(await one.message(responseBody('DeviceStatus', sn + 1, one.id, status))).toBe(200)
    expect(await one.message(responseBody('DeviceInfo', sn, one.id, status))).toBe(200)
    expect(await one.message(catalogBody(sn, one.id, 1, channels(9, 9)))).toBe(200)
    expect(await one.message(`<Response><CmdType>DeviceStatus</CmdType>${status}</Response>`)).toBe(200)
    expect(shown(made)).toEqual([ids.channel])
    await one.query('DeviceStatus', { within: 10_000 })
    await made.clock.pass(10_000)
    expect(await answer).toMatchObject({ code: 'no-response' })
  })

  it('in GB18030 under the name of UTF-8 is read as what it is, and noted', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    const text = catalogBody(sn, one.id, 1, channels(1, 1)).replace('GB2312', 'UTF-8').replace('>c1<', '>东门㐀<')
    expect(await one.message(iconv.encode(text, 'gb18030'))).toBe(200)
    expect(made.platform.channels(ids.device)?.items).toMatchObject([{ name: '东门㐀' }])
    expect(made.of('message.noted')).toMatchObject([{ address: '192.0.2.64:5060', code: 'charset-mislabelled' }])
  })

  it("a camera's own password in its catalog item is never shown", async () => {
    const { made, one } = await asked()
    made.platform.query(ids.device, { cmdType: 'Catalog' }).catch(() => {})
    const first = await one.query('Catalog')
    const second = await one.query('Catalog')
    const answer = made.platform.query(ids.device, { cmdType: 'Catalog' })
    const third = await one.query('Catalog')
    for (const { sn } of [first, second, third])
      await one.message(
        catalogBody(sn, one.id, 1, channels(1, 1), '<IPAddress>10.0.0.9</IPAddress><Password>Kitten7</Password>'),
      )
    await one.message(catalogBody(900_001, one.id, 1, channels(2, 2), '<Password>Kitten7</Password>'))
    const told = JSON.stringify([await answer, made.platform.channels(ids.device), made.events, made.platform.actors()])
    expect(told).toContain('10.0.0.9')
    expect(told).not.toContain('Kitten7')
  })
})

describe('a MESSAGE of a registered device', () => {
  it.each([
    ['of an unknown CmdType is taken', '<Notify><CmdType>Sunrise</CmdType><SN>1</SN></Notify>', 200],
    ['that is a Query to us is taken', '<Query><CmdType>Catalog</CmdType><SN>1</SN></Query>', 200],
    ['that is not XML is a 400', 'hello', 400],
    ['that breaks off is a 400', '<Notify><CmdType>Keepalive</CmdType><SN>', 400],
    ['with an entity bomb is a 400', '<!DOCTYPE a [<!ENTITY b "c">]><Notify><CmdType>&b;</CmdType></Notify>', 400],
    ['without CmdType is a 400', '<Notify><SN>1</SN></Notify>', 400],
    ['of an unknown root is a 415', '<Greeting><CmdType>Keepalive</CmdType></Greeting>', 415],
  ])('%s', async (_, text, status) => {
    const { made, one } = await known()
    expect(await one.message(text)).toBe(status)
    expect(made.of('message.noted').length > 0).toBe(status !== 200)
    expect(await one.keepalive()).toBe(200)
  })

  it('of another content type is a 415 that names ours', async () => {
    const { one } = await known()
    expect(await one.message('{}', { 'Content-Type': 'application/json' })).toBe(415)
    expect(one.peer.received.at(-1)?.message.header('Accept')).toMatch(/application\/manscdp\+xml/)
  })

  it('is answered 200 with an empty body before anything is done about it', async () => {
    const { made, one } = await asked()
    const { sn } = await one.query('Catalog')
    await one.message(catalogBody(sn, one.id, 1, channels(1, 1)))
    expect(one.peer.received.at(-1)?.text).toMatch(/^SIP\/2\.0 200 OK\r\n[\s\S]*Content-Length: 0\r\n\r\n$/)
    expect(shown(made)).toEqual(channels(1, 1))
  })
})

describe('a query that fails says why (DESIGN.md rule 11)', () => {
  const commands: readonly QueryCommand[] = ['DeviceInfo', 'DeviceStatus', 'Catalog']

  it.each(commands)(
    '%s without any SIP answer: no-final after 32 s, with every sending as evidence',
    async (cmdType) => {
      const { made, one } = await known()
      const asking = failure(made.platform.query(ids.device, { cmdType }))
      await made.clock.pass(31_999)
      expect(one.waiting('MESSAGE')).toHaveLength(11)
      await made.clock.pass(1)
      const error = await asking
      if (!(error instanceof Gb28181Error)) throw new Error('not what was expected')
      expect(error).toMatchObject({ code: 'no-final', details: { deviceId: ids.device, cmdType } })
      expect(error.hint).toMatch(/reached/)
      expect(
        error.evidence.map(({ at, direction, remote }) => [
          Date.parse(at) - made.clock.now() + 32_000,
          direction,
          remote,
        ]),
      ).toEqual(
        [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map((ms) => [
          ms,
          'out',
          '192.0.2.64:5060',
        ]),
      )
    },
  )

  it('refused: rejected, with status, phrase and both messages', async () => {
    const { made, one } = await known()
    const asking = failure(made.platform.query(ids.device, { cmdType: 'DeviceStatus' }))
    await one.query('DeviceStatus', { status: 403 })
    expect(await made.settle(asking)).toMatchObject({
      code: 'rejected',
      details: { status: 403, phrase: 'Forbidden', hint: expect.stringContaining('403') },
      evidence: [
        { direction: 'out', summary: expect.stringMatching(/^MESSAGE sip:/) },
        { direction: 'in', summary: '403 Forbidden (MESSAGE)' },
      ],
    })
  })

  it('taken but never answered: asked twice, then no-response', async () => {
    const { made, one } = await known()
    const asking = failure(made.platform.query(ids.device, { cmdType: 'DeviceStatus' }))
    await one.query('DeviceStatus')
    await one.query('DeviceStatus', { within: 10_000 })
    const error = await made.settle(asking)
    expect(made.now()).toBe(20_000)
    expect(error).toMatchObject({ code: 'no-response', hint: expect.stringMatching(/support|address/) })
    expect(error instanceof Gb28181Error && error.evidence.map(({ direction }) => direction)).toEqual([
      'out',
      'in',
      'out',
      'in',
    ])
  })

  it('over a TCP connection that breaks: no-final, or device-offline, and not after 32 s', async () => {
    const made = await bench()
    const one = await camera(made, { transport: 'TCP' })
    await one.settleIn()
    const asking = failure(made.platform.query(ids.device, { cmdType: 'DeviceStatus' }))
    await one.peer.close()
    expect(await made.settle(asking, 1000)).toMatchObject({ code: 'device-offline' })
  })

  it('given up by its caller: rejects with the reason of the signal, and a late answer harms nobody', async () => {
    const { made, one } = await known()
    const stop = new AbortController()
    const asking = failure(made.platform.query(ids.device, { cmdType: 'DeviceStatus' }, { signal: stop.signal }))
    const { sn } = await one.query('DeviceStatus')
    const reason = new Error('enough')
    stop.abort(reason)
    expect(await asking).toBe(reason)
    expect(await one.message(responseBody('DeviceStatus', sn, one.id, '<Result>OK</Result>'))).toBe(200)
    expect(made.platform.actors().filter(({ machine }) => machine === 'exchange')).toEqual([])
  })

  it('given up before it began asks nothing', async () => {
    const { made, one } = await known()
    const signal = AbortSignal.abort('no')
    expect(await failure(made.platform.query(ids.device, { cmdType: 'DeviceStatus' }, { signal }))).toBe('no')
    await made.clock.pass(1000)
    expect(one.waiting('MESSAGE')).toEqual([])
  })

  it("longer than its caller's timeout: no-response then, with the evidence", async () => {
    const { made, one } = await known()
    const asking = failure(made.platform.query(ids.device, { cmdType: 'DeviceStatus' }, { timeout: 3000 }))
    await one.query('DeviceStatus')
    const error = await made.settle(asking)
    expect(made.now()).toBe(3000)
    expect(error).toMatchObject({ code: 'no-response', message: expect.stringContaining('3000 ms') })
    expect(error instanceof Gb28181Error && error.evidence).toHaveLength(2)
    expect(error instanceof Gb28181Error && error.hint).toBeTruthy()
  })

  it('and one that is answered leaves no timer and no listener of its caller behind', async () => {
    const { made, one } = await known()
    const stop = new AbortController()
    const waiting = { signal: stop.signal, timeout: 100_000 }
    const answer = made.platform.query(ids.device, { cmdType: 'DeviceStatus' }, waiting)
    const { sn } = await one.query('DeviceStatus')
    await made.clock.pass(0)
    const before = made.clock.pending
    await one.message(responseBody('DeviceStatus', sn, one.id, '<Result>OK</Result>'))
    await answer
    // Idle limit and timeout are gone; the transaction of the Response is new.
    expect(made.clock.pending).toBe(before - 1)
    stop.abort()
  })

  it('by a fault of ours ends alone: told and logged, and the catalog is asked all the same', async () => {
    const { hex, fraction } = seededRandom(1)
    const logged: string[] = []
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (_: object, message: string) => void logged.push(message),
    }
    let callIds = 0
    const made = await bench({
      logger,
      random: {
        fraction,
        // The second Call-ID is that of the MESSAGE, made by the machine's own action.
        hex: (bytes) => {
          if (bytes === 12 && ++callIds === 2) throw new Error('no randomness')
          return hex(bytes)
        },
      },
    })
    const one = await camera(made)
    await one.register()
    await one.answerCatalog()
    expect(made.of('actor.crashed')).toMatchObject([{ machine: 'exchange', message: 'no randomness' }])
    expect(logged).toEqual(['an actor crashed', 'a query ended by a fault of ours'])
    expect(shown(made)).toEqual([ids.channel])
  })

  it('says no password in its error', async () => {
    const { made, one } = await known()
    const asking = failure(made.platform.query(ids.device, { cmdType: 'DeviceStatus' }))
    await one.query('DeviceStatus', { status: 500 })
    expect(JSON.stringify(await made.settle(asking))).not.toContain(password)
  })
})
