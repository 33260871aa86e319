import { describe, expect, it } from 'vitest'
import { examine, type Path } from '../../../src/inspect/analysis/index.ts'
import { flow, repeated, upTo, without } from './flow.ts'
import { catalog, deviceId, manscdp, platformId, Script } from './script.ts'

const clean = await flow()
const began = clean[0]?.at ?? 0

/** State, seconds since the beginning, and the event or timer, with its frame. */
const told = ({ steps }: Path) =>
  steps.map(({ state, at, by, frame }) => [state, (at - began) / 1000, frame === undefined ? by : `${by} #${frame}`])

const only = <T>(list: readonly T[]): T => {
  expect(list).toHaveLength(1)
  return list[0]!
}

describe('a registration in a flow of the simulated device', () => {
  const { registrations } = examine({ messages: clean })

  it('goes the way of the platform: challenged, online, offline by its own wish', () => {
    const { path, offlineReason } = only(registrations)
    expect(told(path)).toEqual([
      ['challenged', 0, 'start #1'],
      ['online', 0, 'register.accepted #4'],
      ['offline', 195, 'register.removed #27'],
    ])
    expect(offlineReason).toBe('unregistered')
  })

  it('goes the way of the device: with and without credentials, registered, unregistering', () => {
    expect(told(only(registrations).devicePath).map(([state, at]) => [state, at])).toEqual([
      ['waiting', 0],
      ['registering.unauthenticated', 0],
      ['registering.authenticated', 0],
      ['registered.idle', 0],
      ['registering.authenticated', 195],
      ['unregistering.asking', 195],
      ['stopped', 195],
    ])
  })

  it('has the keepalives as its own', () => {
    const { keepalives, keepalive } = only(registrations)
    expect([keepalives.length, keepalive]).toEqual([3, 60_000])
  })
})

describe('a registration that is older than the records', () => {
  const later = clean.slice(12)

  it('is online with the first keepalive that is answered 200', () => {
    const { path, registeredBefore } = only(examine({ messages: upTo(later, /^SIP/) }).registrations)
    expect(path.state).toBe('online')
    expect(registeredBefore).toBe(true)
  })

  it('is not with one that is answered 404', () => {
    const { registrations } = examine(new Script().keepalive(404))
    expect(only(registrations).path.state).toBe('challenged')
  })

  it('begins anew where a platform has forgotten it', () => {
    const script = new Script().registered().pass(60_000).keepalive(404).pass(1000).registered('again')
    expect(only(examine(script).registrations).path.steps.map(({ state }) => state)).toEqual([
      'challenged',
      'online',
      'forgotten',
      'challenged',
      'online',
    ])
  })
})

describe('an exchange', () => {
  const steps = (script: Script) => only(examine(script).exchanges)
  const asked = () =>
    new Script().request({ method: 'MESSAGE', by: 'platform', ...manscdp('Query', 'Catalog', 7, deviceId, '') })
  const part = (script: Script, ids: readonly number[]) =>
    script
      .request({ method: 'MESSAGE', by: 'device', ...manscdp('Response', 'Catalog', 7, deviceId, catalog(3, ids)) })
      .respond(200)

  it('is complete when SumNum distinct items have come, however often one is repeated', () => {
    const script = part(part(asked().respond(200), [1, 2]), [1, 2])
    expect(steps(script)).toMatchObject({ outcome: 'pending', received: 2, sumNum: 3 })
    expect(steps(part(script, [3]))).toMatchObject({ outcome: 'complete', received: 3 })
  })

  it('is partial when no more parts come for 10 s', () => {
    const exchange = steps(part(asked().respond(200), [1]).pass(10_000).keepalive())
    expect(exchange.outcome).toBe('partial')
    expect(exchange.path.steps.map(({ state, by }) => [state, by])).toEqual([
      ['asking', 'start'],
      ['collecting', 'request.accepted'],
      ['partial', 'idleLimit'],
    ])
  })

  it.each([
    ['rejected', (script: Script) => script.respond(403)],
    ['no-response', (script: Script) => script.respond(200).pass(10_000).keepalive()],
    ['no-final', (script: Script) => script.pass(32_000).keepalive()],
  ] as const)('fails: %s', (outcome, story) => {
    expect(steps(story(asked())).outcome).toBe(outcome)
  })

  it('is a control command only where a Response answers it', () => {
    const control = new Script()
      .request({ method: 'MESSAGE', by: 'platform', ...manscdp('Control', 'DeviceControl', 9, deviceId, '') })
      .respond(200)
    expect(examine(control).exchanges).toEqual([])
    control
      .request({
        method: 'MESSAGE',
        by: 'device',
        ...manscdp('Response', 'DeviceControl', 9, deviceId, '<Result>OK</Result>'),
      })
      .respond(200)
    expect(steps(control)).toMatchObject({ root: 'Control', outcome: 'complete' })
  })
})

describe('a dialog', () => {
  it('goes both ways, the inviting and the invited', () => {
    const dialog = only(examine({ messages: clean }).dialogs)
    expect(told(dialog.invitingPath)).toEqual([
      ['inviting.calling', 100, 'start #15'],
      ['inviting.proceeding', 100, 'response.provisional #16'],
      ['early', 100, 'response.provisional #17'],
      ['confirmed.awaitingMedia', 100, 'response.success #18'],
      ['ending.hangingUp', 105, 'stop #20'],
      ['failed', 105, 'bye.answered #21'],
    ])
    expect(dialog.invitedPath.steps.map(({ state }) => state)).toEqual([
      'proceeding',
      'early',
      'answered.waiting',
      'confirmed',
      'ended',
    ])
    // Records without media do not tell whether it played.
    expect(dialog.outcome).toBe('ended')
    expect(dialog.deviceId).toBe(deviceId)
  })

  it('fails as no-media where the records would show media', () => {
    const script = new Script().registered().invited().acknowledged().pass(12_000).keepalive()
    expect(only(examine({ messages: script.messages, media: [] }).dialogs).outcome).toBe('no-media')
    expect(only(examine(script).dialogs).outcome).toBe('confirmed')
  })

  it('whose 200 is never acknowledged waits 64*T1, and is then ended by the invited side', () => {
    const dialog = only(examine(new Script().invited().pass(33_000).keepalive()).dialogs)
    expect(dialog.invitedPath.steps.at(-1)).toMatchObject({ state: 'ending', by: 'ackLimit' })
  })

  it('that is cancelled fails as cancelled', () => {
    const script = new Script()
      .request({ method: 'INVITE', by: 'platform', callId: 'inv', branch: 'z9hG4bKi' })
      .respond(100)
    script
      .request({ method: 'CANCEL', by: 'platform', callId: 'inv', branch: 'z9hG4bKi' })
      .respond(200)
      .respond(487, {}, 'INVITE')
    expect(only(examine(script).dialogs).outcome).toBe('cancelled')
  })
})

describe('a transaction', () => {
  const branch = 'z9hG4bKone'
  const asked = () => new Script().request({ method: 'OPTIONS', by: 'platform', branch })

  it('is one, however often its request and response come: the others are marked as retransmissions', () => {
    const script = asked().pass(500).again().pass(1000).again().respond(200).again()
    const { transactions, messages } = examine(script)
    const transaction = only(transactions)
    expect(messages.map(({ repeats }) => repeats?.frame)).toEqual([undefined, 1, 1, undefined, 4])
    expect(transaction.clientPath.steps.map(({ state, by }) => [state, by])).toEqual([
      ['active.trying', 'start'],
      ['completed', 'response.final'],
    ])
    expect(transaction.serverPath.steps.map(({ state }) => state)).toEqual(['trying', 'completed'])
  })

  it('without an answer times out after 32 s, and until then names its timer', () => {
    expect(only(examine(asked().pass(1000).again()).transactions)).toMatchObject({
      outcome: 'pending',
      waitingFor: { name: 'timerE' },
    })
    const late = examine(asked().pass(32_000).keepalive()).transactions[0]
    expect(late?.clientPath.steps.at(-1)).toMatchObject({ state: 'terminated', by: 'timerF' })
    expect(late?.outcome).toBe('timeout')
  })

  it('with a branch that the responding side has changed is found by Call-ID and CSeq', () => {
    const script = asked().respond(200)
    const [request, response] = script.messages
    if (request === undefined || response === undefined) throw new Error('no messages')
    const { bytes } = response
    const changed = Buffer.from(bytes.toString('latin1').replace(branch, 'z9hG4bKtwo'), 'latin1')
    expect(only(examine({ messages: [request, { ...response, bytes: changed }] }).transactions).status).toBe(200)
  })

  it('of an ACK to a refusal includes the ACK, of an ACK to a 200 does not', () => {
    const invite = (status: number) =>
      new Script().request({ method: 'INVITE', by: 'platform', callId: 'inv', branch }).respond(status)
    const refused = examine(invite(486).acknowledged({ branch }))
    expect(only(refused.transactions).serverPath.steps.map(({ state }) => state)).toEqual([
      'proceeding.unanswered',
      'completed.waiting',
      'confirmed',
    ])
    expect(only(refused.transactions).acks).toHaveLength(1)
    expect(only(examine(invite(200).acknowledged()).transactions).acks).toEqual([])
  })
})

describe('devices', () => {
  it('that share one socket are told apart by their IDs', () => {
    const other = '34020000001110000002'
    const script = new Script().registered()
    script.request({ method: 'REGISTER', by: 'device', to: other, callId: 'second' }).respond(200)
    const { messages, deviceOf } = examine(script)
    expect(messages.map(deviceOf)).toEqual([deviceId, deviceId, other, other])
    expect(examine(script).registrations.map((each) => each.deviceId)).toEqual([deviceId, other])
  })

  it('that register at two platforms have a registration at each', () => {
    const script = new Script().registered()
    script.request({ method: 'REGISTER', by: 'device', callId: 'up', destination: '198.51.100.1:5060' }).respond(200)
    expect(examine(script).registrations.map(({ key }) => key)).toEqual([
      `${deviceId}|192.0.2.10`,
      `${deviceId}|198.51.100.1`,
    ])
  })
})

describe('an examination', () => {
  it('takes records in any state: without a message, without a beginning, each message thrice', () => {
    expect(examine({ messages: [] }).messages).toEqual([])
    expect(() => examine({ messages: without(clean, /^[A-Z]+ sip/) })).not.toThrow()
    const thrice = repeated(clean, () => true, [10, 20])
    const { transactions } = examine({ messages: thrice })
    expect(transactions).toHaveLength(examine({ messages: clean }).transactions.length)
  })

  it('takes times that leap by years, or are no times', () => {
    const leaping = clean.map((message, index) => ({ ...message, at: index % 2 === 0 ? message.at : message.at * 50 }))
    expect(() => examine({ messages: leaping })).not.toThrow()
    const timeless = clean.map((message) => ({ ...message, at: Number.POSITIVE_INFINITY }))
    expect(() => examine({ messages: timeless })).not.toThrow()
  })

  it('knows the platform by the requests that devices send to it', () => {
    expect(examine({ messages: clean }).messages[0]?.request?.uri?.user).toBe(platformId)
  })
})
