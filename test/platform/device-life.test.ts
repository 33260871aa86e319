/** How a device lives on the platform: keepalives, silence, loss, return, moving (GB/T 28181 9.6, DESIGN.md rule 5). */
import { describe, expect, it } from 'vitest'
import { type Bench, bench, type Camera, camera, cameraAt, ids, keepaliveBody, platformAt } from './support.ts'

const at = (ms: number): string => new Date(Date.UTC(2024, 4, 1) + ms).toISOString()

/** A camera that is registered and known, at time 0. */
async function living(options: Parameters<typeof bench>[0] = {}, parts: Parameters<typeof camera>[1] = {}) {
  const made = await bench(options)
  const one = await camera(made, parts)
  await one.settleIn()
  return { made, one }
}

/** The same device heard from another address. */
const elsewhere = (made: Bench, parts: Parameters<typeof camera>[1]): Promise<Camera> => camera(made, parts)

const offlineReasons = ({ of }: Bench) => of('device.offline').map(({ at, reason }) => `${at} ${reason}`)

describe('a keepalive', () => {
  it('is answered 200 with no body', async () => {
    const { made, one } = await living()
    await made.clock.pass(60_000)
    expect(await one.keepalive()).toBe(200)
    const answer = one.peer.received.at(-1)?.message
    expect([answer?.body.length, answer?.header('Content-Length')]).toEqual([0, '0'])
    expect(made.view()).toMatchObject({
      state: 'online',
      lastKeepaliveAt: at(60_000),
      nextDeadline: { what: 'keepalive', at: at(240_000) },
    })
  })

  it('of a device that is not known is answered 404, so that it registers', async () => {
    const made = await bench()
    const one = await camera(made)
    expect(await one.keepalive()).toBe(404)
    expect([made.platform.devices(), made.events]).toEqual([[], []])
  })

  it('of a device that is only challenged is answered 404', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.challenged()
    expect(await one.keepalive()).toBe(404)
    expect(made.view().state).toBe('challenged')
  })

  it('may come without its body, which some networks strip (protocol notes 08, section 1)', async () => {
    const { made, one } = await living()
    await made.clock.pass(60_000)
    expect(await one.message('')).toBe(200)
    expect(made.view().lastKeepaliveAt).toBe(at(60_000))
  })

  it('says that something is alive; other messages do not', async () => {
    const { made, one } = await living()
    await made.clock.pass(60_000)
    expect(await one.message('<Notify><CmdType>Alarm</CmdType><SN>1</SN></Notify>')).toBe(200)
    expect(made.view().lastKeepaliveAt).toBe(at(0))
  })
})

describe('silence', () => {
  it('of one and a half intervals is shown; of three it is the end, exactly then', async () => {
    const { made } = await living()
    await made.clock.pass(89_999)
    expect(made.view().state).toBe('online')
    await made.clock.pass(1)
    expect(made.view()).toMatchObject({ state: 'silent', online: true, nextDeadline: { at: at(180_000) } })
    await made.clock.pass(89_999)
    expect(made.view().state).toBe('silent')
    await made.clock.pass(1)
    expect(made.view()).toMatchObject({
      state: 'offline',
      online: false,
      offlineReason: 'keepalive-missed',
      nextDeadline: null,
    })
    expect(made.of('device.silent')).toMatchObject([{ at: at(90_000), lastKeepaliveAt: at(0) }])
    expect(offlineReasons(made)).toEqual([`${at(180_000)} keepalive-missed`])
  })

  it('counts from the last keepalive, whenever that was', async () => {
    const { made, one } = await living()
    await made.clock.pass(89_000)
    await one.keepalive()
    await made.clock.pass(179_999)
    expect(made.view().state).toBe('silent')
    await made.clock.pass(1)
    expect(offlineReasons(made)).toEqual([`${at(269_000)} keepalive-missed`])
  })

  it('ends with a keepalive: online again, and nothing is asked anew', async () => {
    const { made, one } = await living()
    await made.clock.pass(120_000)
    expect(await one.keepalive()).toBe(200)
    expect(made.view().state).toBe('online')
    expect(made.of('device.online').map((event) => event.at)).toEqual([at(0), at(120_000)])
    await made.clock.pass(1000)
    expect(made.sent(/^MESSAGE/)).toEqual([0, 0])
  })

  it.each([
    [{ keepalive: 10 }, 30_000],
    [{ keepalive: 10, keepaliveLimit: 5 }, 50_000],
    [{ keepalive: 10, keepaliveLimit: 1 }, 15_000],
  ])('with %o is the end after %i ms, as the view said before', async (options, ms) => {
    const { made } = await living(options)
    expect(made.view().nextDeadline).toEqual({ what: 'keepalive', at: at(ms) })
    await made.clock.pass(ms - 1)
    expect(made.view().online).toBe(true)
    await made.clock.pass(1)
    expect(offlineReasons(made)).toEqual([`${at(ms)} keepalive-missed`])
  })

  it('of a device that sends keepalives ends with its registration all the same', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.settleIn([ids.channel], { expires: 100 })
    expect(made.view().nextDeadline).toEqual({ what: 'expiry', at: at(100_000) })
    for (const seconds of [50, 49]) {
      await made.clock.pass(seconds * 1000)
      expect(await one.keepalive()).toBe(200)
    }
    await made.clock.pass(999)
    expect(made.view().state).toBe('online')
    await made.clock.pass(1)
    expect(made.view()).toMatchObject({ state: 'offline', offlineReason: 'expired' })
    expect(offlineReasons(made)).toEqual([`${at(100_000)} expired`])
  })
})

describe('a device that comes back', () => {
  it('after missed keepalives by a keepalive: 200, online, asked again what it is and has', async () => {
    const { made, one } = await living()
    await made.clock.pass(200_000)
    expect(made.view().state).toBe('offline')
    expect(await one.keepalive()).toBe(200)
    expect(made.view()).toMatchObject({ state: 'online', offlineReason: null, lastKeepaliveAt: at(200_000) })
    await one.answerInfo()
    await one.answerCatalog()
    expect(made.of('device.online')).toHaveLength(2)
  })

  it('from another port: what it is asked goes to that port', async () => {
    const { made } = await living()
    await made.clock.pass(200_000)
    const moved = await elsewhere(made, { port: 5099 })
    expect(await moved.keepalive()).toBe(200)
    await moved.answerInfo()
    expect(made.view()).toMatchObject({ state: 'online', address: '192.0.2.64:5099' })
    expect(made.of('device.online').at(-1)?.address).toBe('192.0.2.64:5099')
  })

  it.each([
    ['has expired', 'expired', async ({ clock }: Bench) => clock.pass(3_600_000), 3600],
    ['has unregistered', 'unregistered', async (_: Bench, one: Camera) => one.unregister(), 86_400],
  ])('by a keepalive although it %s gets 404 and stays offline', async (_, reason, leave, expires) => {
    const made = await bench({ keepaliveLimit: 100 })
    const one = await camera(made)
    await one.settleIn([ids.channel], { expires })
    await leave(made, one)
    expect(await one.keepalive()).toBe(404)
    const moved = await elsewhere(made, { port: 5099 })
    expect(await moved.keepalive()).toBe(404)
    expect(made.view()).toMatchObject({ state: 'offline', offlineReason: reason, address: '192.0.2.64:5060' })
  })

  it('after missed keepalives, but when its registration is over too, gets 404', async () => {
    const { made, one } = await living()
    await made.clock.pass(3_600_000)
    expect(made.view().offlineReason).toBe('keepalive-missed')
    expect(await one.keepalive()).toBe(404)
  })

  it('after its removal while it was offline, gets 404 and shows why', async () => {
    const { made, one } = await living()
    await made.clock.pass(200_000)
    expect((await one.unregister()).status).toBe(200)
    expect(await one.keepalive()).toBe(404)
    expect(made.view().offlineReason).toBe('unregistered')
  })

  it('by REGISTER is online whatever the reason was, and is asked again', async () => {
    const { made, one } = await living()
    await one.unregister()
    await one.register()
    expect(made.view()).toMatchObject({ state: 'online', offlineReason: null })
    await one.answerInfo()
    await one.answerCatalog()
  })

  it('sends a Response while it is offline: 404, so that it registers', async () => {
    const { made, one } = await living()
    await one.unregister()
    expect(await one.message('<Response><CmdType>DeviceInfo</CmdType><SN>1</SN></Response>')).toBe(404)
    expect(made.view().state).toBe('offline')
  })
})

describe('a device that moves', () => {
  it('to another port of its IP address is followed with its next keepalive (NAT, 4G)', async () => {
    const { made } = await living()
    const moved = await elsewhere(made, { port: 5099 })
    expect(await moved.keepalive()).toBe(200)
    expect(made.view().address).toBe('192.0.2.64:5099')
    expect(made.of('device.updated').at(-1)).toMatchObject({ deviceId: ids.device })
    const asked = made.platform.query(ids.device, { cmdType: 'DeviceStatus' })
    asked.catch(() => {})
    await moved.query('DeviceStatus')
  })

  it('is followed with whatever it sends, not only with keepalives', async () => {
    const { made } = await living()
    const moved = await elsewhere(made, { port: 5099 })
    expect(await moved.message('<Notify><CmdType>Alarm</CmdType><SN>1</SN></Notify>')).toBe(200)
    expect(made.view().address).toBe('192.0.2.64:5099')
  })

  it('is not followed to another IP address by a keepalive within a call', async () => {
    const { made, one } = await living()
    const played = made.platform.play({ deviceId: ids.device, channelId: ids.channel })
    played.catch(() => {})
    const invite = await one.request('INVITE')
    one.peer.respond(invite, 180)
    const thief = await elsewhere(made, { address: '192.0.2.65' })
    const { message } = invite
    const within = {
      From: `${message.header('To')};tag=scripted`,
      To: message.header('From') ?? '',
      'Call-ID': message.callId,
    }
    expect(await thief.message(keepaliveBody(ids.device, 1), within)).toBe(200)
    expect(made.view().address).toBe('192.0.2.64:5060')
  })

  it('is asked at its address, whatever its Contact says (DESIGN.md rule 5)', async () => {
    const made = await bench()
    const one = await camera(made)
    await one.register({ contact: `<sip:${ids.device}@10.0.0.1:5061>` })
    const { received } = await one.query('DeviceInfo')
    expect(received.message.requestUri).toBe(`sip:${ids.device}@192.0.2.64:5060`)
  })

  it('to another IP address without registering gets 404, and nothing moves', async () => {
    const { made, one } = await living()
    await made.clock.pass(60_000)
    const thief = await elsewhere(made, { address: '192.0.2.65' })
    expect(await thief.keepalive()).toBe(404)
    expect(made.view()).toMatchObject({ address: '192.0.2.64:5060', lastKeepaliveAt: at(0) })
    expect(await one.keepalive()).toBe(200)
  })

  it('to another IP address by a verified REGISTER is followed, told and asked again', async () => {
    const { made, one } = await living()
    const moved = await elsewhere(made, { address: '192.0.2.65' })
    await made.clock.pass(1000)
    moved.cseq = 20
    expect((await moved.register({ callId: one.callId })).status).toBe(200)
    expect(made.view()).toMatchObject({ state: 'online', address: '192.0.2.65:5060' })
    await moved.answerInfo()
    await moved.answerCatalog()
    expect(await one.keepalive()).toBe(404)
    expect(made.of('device.online')).toHaveLength(1)
  })

  it('from UDP to TCP by REGISTER is then asked over TCP', async () => {
    const { made } = await living()
    const moved = await elsewhere(made, { transport: 'TCP', port: 5061 })
    await made.clock.pass(1000)
    await moved.register({ callId: 'tcp@192.0.2.64' })
    expect(made.view()).toMatchObject({ state: 'online', transport: 'TCP' })
    await moved.answerInfo()
  })
})

describe('a device on TCP', () => {
  const tcp = { transport: 'TCP' } as const

  it('is offline the moment its connection closes', async () => {
    const { made, one } = await living({}, tcp)
    await made.clock.pass(1000)
    await one.peer.close()
    await made.clock.pass(0)
    expect(made.view()).toMatchObject({ state: 'offline', offlineReason: 'connection-closed' })
    expect(offlineReasons(made)).toEqual([`${at(1000)} connection-closed`])
  })

  it('that has reconnected before does not fall with the old connection', async () => {
    const { made, one } = await living({}, tcp)
    const again = await elsewhere(made, { ...tcp, port: 5061 })
    expect(await again.keepalive()).toBe(200)
    await one.peer.close()
    await made.clock.pass(0)
    expect(made.view().state).toBe('online')
    await again.peer.close()
    await made.clock.pass(0)
    expect(made.view().offlineReason).toBe('connection-closed')
  })

  it('does not fall with an older connection from the same port', async () => {
    const { made } = await living({}, tcp)
    const remote = { address: '192.0.2.64', port: 50_000 }
    expect(made.view().address).toBe('192.0.2.64:50000')
    made.platform.connectionClosed({ transport: 'TCP', local: platformAt, remote, open: false, send() {} })
    expect(made.view().state).toBe('online')
  })

  it('whose connection has closed must register again: its keepalive is a 404', async () => {
    const { made, one } = await living({}, tcp)
    await one.peer.close()
    await made.clock.pass(0)
    const again = await elsewhere(made, { ...tcp, port: 5061 })
    expect(await again.keepalive()).toBe(404)
    await made.clock.pass(1000)
    expect((await again.register({ callId: 'again' })).status).toBe(200)
    expect(made.view().state).toBe('online')
  })

  it('shares its connection with others: all of them are offline when it closes', async () => {
    const { made, one } = await living({}, tcp)
    for (const cseq of [1, 2]) {
      one.peer.request('REGISTER', platformAt, {
        uri: `sip:${ids.platform}@3402000000`,
        headers: {
          From: `<sip:${ids.other}@3402000000>;tag=1`,
          To: `<sip:${ids.other}@3402000000>`,
          'Call-ID': 'other@192.0.2.64',
          CSeq: `${cseq} REGISTER`,
          Contact: `<sip:${ids.other}@192.0.2.64:5060>`,
          ...(cseq === 2 && { Authorization: one.credentials({ username: ids.other }) }),
        },
      })
      const { message } = await one.response()
      one.challenge = message.header('WWW-Authenticate') ?? one.challenge
    }
    expect(made.view(ids.other).state).toBe('online')
    await one.peer.close()
    await made.clock.pass(0)
    expect(made.platform.devices().map(({ id, offlineReason }) => [id, offlineReason])).toEqual([
      [ids.device, 'connection-closed'],
      [ids.other, 'connection-closed'],
    ])
  })
})

describe('forgetting a device', () => {
  it('leaves nothing of it; its keepalive is a 404 and it may register again', async () => {
    const { made, one } = await living()
    expect(made.platform.forget(ids.device)).toBe(true)
    expect(made.platform.device(ids.device)).toBeUndefined()
    expect(made.platform.channels(ids.device)).toBeUndefined()
    expect(made.platform.forget(ids.device)).toBe(false)
    expect(await one.keepalive()).toBe(404)
    await one.settleIn()
    expect(made.view().state).toBe('online')
  })

  it('ends what is asked of it', async () => {
    const { made, one } = await living()
    const asked = made.platform.query(ids.device, { cmdType: 'DeviceStatus' }).catch((error: unknown) => error)
    await one.query('DeviceStatus')
    made.platform.forget(ids.device)
    expect(await made.settle(asked)).toMatchObject({ code: 'device-offline' })
  })
})

describe('a device that goes offline', () => {
  it('ends its queries and its sessions', async () => {
    const { made, one } = await living()
    const asked = made.platform.query(ids.device, { cmdType: 'DeviceStatus' }).catch((error: unknown) => error)
    const played = made.platform.play({ deviceId: ids.device, channelId: ids.channel }).catch((error: unknown) => error)
    await one.query('DeviceStatus')
    one.peer.respond(await one.request('INVITE'), 100)
    await one.unregister()
    expect(await made.settle(asked)).toMatchObject({ code: 'device-offline' })
    expect(await made.settle(played)).toMatchObject({ code: 'device-offline' })
    await made.clock.pass(64_000)
    expect(made.of('session.ended')).toMatchObject([{ failure: { reason: 'device-offline' } }])
  })

  it('can be neither asked nor played, and the error says why it is offline', async () => {
    const { made, one } = await living()
    await one.unregister()
    const offline = { code: 'device-offline', details: { offlineReason: 'unregistered' } }
    await expect(made.platform.query(ids.device, { cmdType: 'DeviceInfo' })).rejects.toMatchObject(offline)
    await expect(made.platform.play({ deviceId: ids.device, channelId: ids.channel })).rejects.toMatchObject(offline)
    await expect(made.platform.query(ids.other, { cmdType: 'DeviceInfo' })).rejects.toMatchObject({
      code: 'device-not-found',
    })
  })
})

it('a burst of loss and duplication does not put a device that keeps alive offline', async () => {
  const made = await bench({}, { link: { loss: 0.2, duplicate: 0.2, latency: 20, seed: 3 } })
  const one = await camera(made, { ...cameraAt })
  for (let tries = 0; tries < 20 && made.platform.device(ids.device)?.online !== true; tries++)
    await one.register({ callId: `try-${tries}` }).catch(() => undefined)
  for (let minute = 0; minute < 30; minute++) {
    for (let tries = 0; tries < 3; tries++) await one.keepalive().catch(() => undefined)
    await made.clock.pass(57_000)
  }
  expect(made.view().online).toBe(true)
  expect(made.of('device.offline')).toEqual([])
})
