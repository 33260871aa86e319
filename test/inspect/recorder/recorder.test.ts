import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { chunkBytes } from '../../../src/inspect/recorder/arena.ts'
import type { FlightRecord, MessageRecord } from '../../../src/inspect/recorder/index.ts'
import { Recorder, type RecorderLimits } from '../../../src/inspect/recorder/index.ts'
import { parseMessage } from '../../../src/sip/parse.ts'
import { type AnyActor, createStatecharts, type ExecutorName } from '../../../src/statechart/index.ts'
import { createTestPair, type TestPairOptions } from '../../../src/testing/test-pair.ts'
import { VirtualClock } from '../../../src/testing/virtual-clock.ts'

const local = { address: '192.0.2.10', port: 5060 }
const flowFrom = (address: string, port = 5060) => ({
  transport: 'UDP' as const,
  local,
  remote: { address, port },
  open: true,
  send() {},
})

function messageOf(deviceId: string, callId = 'a', body = ''): Buffer {
  return Buffer.from(
    [
      'MESSAGE sip:34020000002000000001@3402000000 SIP/2.0',
      `Via: SIP/2.0/UDP 192.0.2.64:5060;branch=z9hG4bK${callId}`,
      `From: <sip:${deviceId}@3402000000>;tag=1`,
      'To: <sip:34020000002000000001@3402000000>',
      `Call-ID: ${callId}`,
      'CSeq: 1 MESSAGE',
      'Max-Forwards: 70',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}

function receive(recorder: Recorder, deviceId: string, bytes: Buffer): void {
  const parsed = parseMessage(bytes)
  if (parsed.ok !== true) throw new Error('not a message')
  recorder.received(recorder.logOf(deviceId), flowFrom('192.0.2.64'), bytes, parsed.message)
}

const texts = (recorder: Recorder, deviceId: string): string[] =>
  recorder.recording({ deviceId }).records.map((record) => (record as MessageRecord).text ?? '')

async function played(executor: ExecutorName, options: TestPairOptions = {}) {
  const pair = createTestPair({ latency: 20, seed: 7, ...options, platform: { executor, ...options.platform } })
  await pair.ready()
  const session = await pair.settle(pair.platform.play({ deviceId: pair.device.id, channelId: pair.channelId }))
  await pair.pass(2000)
  await pair.settle(session.close())
  await pair.pass(70_000)
  return { pair, callId: session.view().callId }
}

describe('what is recorded', () => {
  it('is every message that went over the wire, in both directions, byte by byte and in order', async () => {
    const { pair } = await played('compiled')
    await using _ = pair
    const { records, dropped } = pair.platform.recorder.recording({ deviceId: pair.device.id }, { raw: true })
    const recorded = records.filter((record) => record.kind === 'message')
    const bytesOf = ({ text, base64 = '' }: MessageRecord) =>
      text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text)
    const wire = pair.network.log.filter(({ what }) => what === 'delivered')
    expect(dropped).toBe(0)
    expect(recorded.length).toBeGreaterThan(20)
    expect(recorded.map((message) => bytesOf(message).toString('latin1')).sort()).toEqual(
      wire.map(({ bytes }) => bytes.toString('latin1')).sort(),
    )
    expect(records.map(({ seq }) => seq)).toEqual(records.map(({ seq }) => seq).sort((a, b) => a - b))
  })

  it('is the same under both executors: messages, steps, timers, endings', async () => {
    const recordings = await Promise.all(
      (['compiled', 'xstate'] as const).map(async (executor) => {
        const { pair } = await played(executor)
        await using _ = pair
        const { records } = pair.platform.recorder.recording({ deviceId: pair.device.id })
        return records.map(({ seq: _, ...record }) => JSON.stringify(record).replace(/"\$message":\d+/, ''))
      }),
    )
    expect(recordings[0]?.length).toBeGreaterThan(100)
    expect(recordings[0]).toEqual(recordings[1])
  })

  it('tells each actor from its beginning to its end, with its timers', async () => {
    const { pair } = await played('compiled')
    await using _ = pair
    const { records } = pair.platform.recorder.recording({ deviceId: pair.device.id })
    const of = (machine: string) => {
      const start = records.find((record) => record.kind === 'actor.started' && record.machine === machine)
      if (start?.kind !== 'actor.started') throw new Error(`no ${machine}`)
      return records.filter((record) => record.kind !== 'message' && record.actor === start.actor).map(brief)
    }
    expect(of('nonInviteServer')).toEqual([
      'actor.started trying',
      'actor.stepped completed respond.final',
      'timer.set timerJ',
      'timer.fired timerJ',
      'actor.stepped terminated xstate.after.timerJ.nonInviteServer.completed',
      'actor.ended done',
    ])
    expect(of('inviting')).toEqual([
      'actor.started inviting.calling',
      'timer.set answerLimit',
      'actor.stepped inviting.proceeding response.provisional',
      'timer.cancelled answerLimit',
      'timer.set answerLimit',
      'actor.stepped early response.provisional',
      'timer.cancelled answerLimit',
      'timer.set answerLimit',
      'actor.stepped confirmed.awaitingMedia response.success',
      'timer.cancelled answerLimit',
      'timer.set mediaLimit',
      'actor.stepped confirmed.playing media.arrived',
      'timer.cancelled mediaLimit',
      'actor.stepped ending.hangingUp stop',
      'actor.stepped ended bye.answered',
      'actor.ended done',
    ])
  })

  it('has in an event the number of the message that it is about', async () => {
    const { pair } = await played('compiled')
    await using _ = pair
    const { records } = pair.platform.recorder.recording({ deviceId: pair.device.id })
    const answered = records.find(
      (record) => record.kind === 'actor.stepped' && record.event.type === 'response.success',
    )
    if (answered?.kind !== 'actor.stepped') throw new Error('no 200')
    const message = records.find(({ seq }) => seq === (answered.event.message as { $message: number }).$message)
    expect((message as MessageRecord).text).toMatch(/^SIP\/2\.0 200 OK\r\n[\s\S]*CSeq: 1 INVITE/)
  })

  it('holds no digest response and no password, but keeps every length, unless it is asked for raw', async () => {
    const { pair } = await played('compiled')
    await using _ = pair
    const subject = { deviceId: pair.device.id }
    const [shown, raw] = [{ raw: false }, { raw: true }].map((how) => {
      const { records } = pair.platform.recorder.recording(subject, how)
      return records.filter((record) => record.kind === 'message').map(({ text = '' }) => text)
    }) as [string[], string[]]
    const secret = raw.flatMap((text) => /\bresponse="([0-9a-f]{32})"/.exec(text)?.[1] ?? [])
    expect(secret).toHaveLength(1)
    expect(shown.join('')).not.toContain(secret[0])
    expect(shown.join('')).toContain(`response="${'*'.repeat(32)}"`)
    expect(shown.map(({ length }) => length)).toEqual(raw.map(({ length }) => length))
  })

  it('can be read by session: its dialog, its transactions and their messages, and nothing else', async () => {
    const { pair, callId } = await played('compiled')
    await using _ = pair
    const { records } = pair.platform.recorder.recording({ deviceId: pair.device.id, callId })
    const messages = records.filter((record) => record.kind === 'message').map(({ text = '' }) => text)
    expect(messages.map((text) => text.slice(0, text.indexOf(' ')))).toEqual([
      'INVITE',
      'SIP/2.0',
      'SIP/2.0',
      'SIP/2.0',
      'ACK',
      'BYE',
      'SIP/2.0',
    ])
    expect(messages.every((text) => text.includes(`Call-ID: ${callId}`))).toBe(true)
    const started = records.filter((record) => record.kind === 'actor.started')
    expect(started.map(({ machine }) => machine)).toEqual(['inviting', 'inviteClient', 'nonInviteClient'])
    // A client transaction has the branch that its request went out with.
    const branchOf = (method: string) =>
      /;branch=(\w+)/.exec(messages.find((text) => text.startsWith(method)) ?? '')?.[1] ?? 'none'
    const [invite, bye] = [branchOf('INVITE'), branchOf('BYE')]
    expect(started.map(({ key }) => key)).toEqual([
      { callId, deviceId: pair.device.id },
      { branch: invite, callId },
      { branch: bye, callId },
    ])
    expect(started.map(({ actor }) => actor.replace(/~\d+$/, '~'))).toEqual([
      `inviting:${callId}`,
      `inviteClient:${invite}~`,
      `nonInviteClient:${bye}~`,
    ])
  })

  it('can be read by query, which asks under other Call-IDs than its own', async () => {
    const { pair } = await played('compiled')
    await using _ = pair
    const { records } = pair.platform.recorder.recording({ deviceId: pair.device.id })
    const query = records.find((record) => record.kind === 'actor.started' && record.machine === 'exchange')
    const callId = query?.kind === 'actor.started' ? query.key.callId : undefined
    if (callId === undefined) throw new Error('no query')
    const own = pair.platform.recorder.recording({ deviceId: pair.device.id, callId }).records
    expect(own.filter(({ kind }) => kind === 'message')).toHaveLength(2)
    expect(own.filter((record) => record.kind === 'actor.started').map(({ machine }) => machine)).toEqual([
      'exchange',
      'nonInviteClient',
    ])
  })
})

const brief = (record: FlightRecord): string => {
  switch (record.kind) {
    case 'actor.started':
      return `${record.kind} ${record.state}`
    case 'actor.stepped':
      return `${record.kind} ${record.state} ${record.event.type}`
    case 'actor.ended':
      return `${record.kind} ${record.status}`
    case 'message':
      return record.kind
    default:
      return `${record.kind} ${record.timer}`
  }
}

const waiting = setup({ delays: { patience: 60_000 }, actions: { work: () => {} } }).createMachine({
  id: 'waiting',
  initial: 'idle',
  states: {
    idle: { on: { wait: { target: 'patient' }, toil: { target: 'patient', actions: 'work' } } },
    patient: { after: { patience: { target: 'idle' } }, on: { wait: { target: 'patient', reenter: true } } },
  },
})

/** An actor that waits, on a clock of its own, and what has been recorded of it. */
function waitingRig(executor: ExecutorName, limits: Partial<RecorderLimits> = {}) {
  const clock = new VirtualClock(0)
  const recorder = new Recorder(clock, limits)
  const owner = { log: recorder.logOf('1'), actorKey: { deviceId: '1' } }
  const machine = waiting.provide({ actions: { work: () => clock.advance(50) } })
  const made = { id: 'waiting:1', input: undefined, number: 1, owner, onEnd: () => {} }
  const actor = createStatecharts({ clock, executor, recorder }).create(machine, made)
  actor.start()
  return { clock, actor, recorder, records: () => recorder.recording({ deviceId: '1' }).records }
}

describe.each(['compiled', 'xstate'] as const)('what an actor does in a row (%s)', (executor) => {
  it('is read as one record for each thing, with its own number and instant', () => {
    const rig = waitingRig(executor)
    const { clock, actor } = rig
    clock.advance(1000)
    actor.send({ type: 'wait' })
    clock.advance(1000)
    actor.send({ type: 'wait' })
    clock.advance(60_000)
    actor.send({ type: 'wait' })
    clock.advance(5000)
    actor.stop()
    const records = rig.records()
    expect(records.map((record) => `${record.at} ${brief(record)}`)).toEqual([
      '0 actor.started idle',
      '1000 actor.stepped patient wait',
      '1000 timer.set patience',
      '2000 actor.stepped patient wait',
      '2000 timer.cancelled patience',
      '2000 timer.set patience',
      '62000 timer.fired patience',
      '62000 actor.stepped idle xstate.after.patience.waiting.patient',
      '62000 actor.stepped patient wait',
      '62000 timer.set patience',
      '67000 timer.cancelled patience',
      '67000 actor.ended stopped',
    ])
    expect(records.flatMap((record) => ('due' in record ? record.due : []))).toEqual([61_000, 62_000, 122_000])
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1))
  })

  it('is the same whether it is read once or all the time', () => {
    const [once, often] = [Number.POSITIVE_INFINITY, 1].map((every) => {
      const { clock, actor, records } = waitingRig(executor)
      for (let round = 1; round <= 200; round++) {
        clock.advance(1000)
        actor.send({ type: 'wait' })
        if (round % every === 0) records()
      }
      return records()
    })
    expect(once).toHaveLength(600)
    expect(often).toEqual(once)
  })

  it('is told as it was when it began, whatever has become of its family', () => {
    const { recorder, clock } = waitingRig(executor)
    const statecharts = createStatecharts({ clock, executor, recorder })
    const owner = { log: recorder.logOf('1'), actorKey: { deviceId: '1', callId: 'a' } }
    const made = { input: undefined, owner, onEnd: () => {} }
    const parent = statecharts.create(waiting, { ...made, id: 'waiting:parent', number: 2 })
    parent.start()
    const child = { ...made, id: 'waiting:child', number: 3, parent: parent as AnyActor | undefined }
    statecharts.create(waiting, child).start()
    child.parent = undefined
    const { records } = recorder.recording({ deviceId: '1' })
    const starts = records.flatMap((record) => (record.kind === 'actor.started' ? [record] : []))
    expect(starts.at(-1)?.parent).toBe(starts.at(-2)?.actor)
    expect(starts.at(-1)?.parent).toBeDefined()
  })

  it('is kept where it is more than one entry may be', () => {
    const { clock, actor, records } = waitingRig(executor, { deviceBytes: 2 * chunkBytes })
    for (let round = 0; round < 80; round++) {
      clock.advance(1000)
      actor.send({ type: 'wait' })
    }
    expect(records().at(-1)).toMatchObject({ kind: 'timer.set', due: 140_000 })
    expect(records().length).toBeGreaterThan(80)
  })

  it('is left out and counted where a single deed is more than one entry may be', () => {
    const { actor, recorder } = waitingRig(executor, { deviceBytes: 2 * chunkBytes })
    actor.send({ type: 'wait', note: 'x'.repeat(2 * chunkBytes) } as { type: 'wait' })
    const before = recorder.recording({ deviceId: '1' })
    actor.send({ type: 'wait' })
    const after = recorder.recording({ deviceId: '1' })
    expect(JSON.stringify(before)).not.toContain('xxx')
    expect(before.dropped).toBeGreaterThan(0)
    expect(after.dropped).toBe(before.dropped)
    expect(after.records.length).toBeGreaterThan(before.records.length)
    expect(after.records.at(-1)).toMatchObject({ kind: 'timer.set', due: 60_000 })
  })

  it('has its timers from when they were set, however long the step took before', () => {
    const { clock, actor, records } = waitingRig(executor)
    clock.advance(1000)
    actor.send({ type: 'toil' })
    const [, step, timer] = records()
    expect([step?.kind, step?.at]).toEqual(['actor.stepped', 1000])
    expect(timer).toMatchObject({ kind: 'timer.set', at: 1050, due: 61_050 })
  })
})

describe('an actor whose beginning is no longer kept', () => {
  it('is known by its id as long as it lives, by its number afterwards', async () => {
    await using pair = createTestPair({ device: { keepalive: 5 }, platform: { record: { deviceBytes: 4096 } } })
    await pair.ready()
    await pair.pass(300_000)
    for (let read = 0; read < 2; read++) {
      const { records, dropped } = pair.platform.recorder.recording({ deviceId: pair.device.id })
      const actors = new Set(records.map((record) => (record.kind === 'message' ? '' : record.actor)))
      expect(dropped).toBeGreaterThan(100)
      expect([...actors]).toContain(`registration:${pair.device.id}`)
    }
  })
})

describe('a server transaction', () => {
  it('has the key that its request has; none where only the request had to make room', async () => {
    await using pair = createTestPair({
      device: { keepalive: 5, channels: 2 },
      platform: { record: { deviceBytes: 4096 } },
    })
    await pair.ready()
    const seen = { known: 0, unknown: 0 }
    for (let second = 0; second < 300; second++) {
      // The device answers in a request that fills an entry alone: what comes of it stands in the next.
      const asked = pair.platform.query(pair.device.id, { cmdType: 'Catalog' })
      await pair.pass(1000)
      await asked
      const { records } = pair.platform.recorder.recording({ deviceId: pair.device.id })
      for (const [index, record] of records.entries()) {
        if (record.kind !== 'actor.started' || record.machine !== 'nonInviteServer') continue
        const request = records.slice(0, index).findLast((one) => one.kind === 'message' && one.direction === 'in')
        const { base64 = '', text = Buffer.from(base64, 'base64').toString('latin1') } = (request ??
          {}) as Partial<MessageRecord>
        const callId = /^Call-ID: (\S+)/m.exec(text)?.[1]
        const branch = /;branch=(\w+)/.exec(text)?.[1]
        expect(record.key).toEqual(request === undefined ? {} : { branch, callId })
        expect(record.actor).toMatch(request === undefined ? /~\d+$/ : `nonInviteServer:${branch}~`)
        seen[request === undefined ? 'unknown' : 'known']++
      }
    }
    expect(seen.known).toBeGreaterThan(100)
    expect(seen.unknown).toBeGreaterThan(10)
  })
})

describe('what is kept', () => {
  it('of one device is bounded, the newest', () => {
    const recorder = new Recorder(new VirtualClock(), { deviceBytes: 8192 })
    recorder.admit(recorder.logOf('1'))
    for (let index = 0; index < 500; index++) receive(recorder, '1', messageOf('1', String(index)))
    const { records, dropped } = recorder.recording({ deviceId: '1' })
    expect(records.length + dropped).toBe(500)
    expect((records.at(-1) as MessageRecord).text).toContain('Call-ID: 499')
    expect(recorder.bytes).toBeLessThanOrEqual(8192)
  })

  it('is given to who asks for the newest alone, and what is left out counts as dropped', () => {
    const recorder = new Recorder(new VirtualClock(0))
    for (const callId of ['a', 'b', 'c']) receive(recorder, '1', messageOf('1', callId))
    const { records, dropped } = recorder.recording({ deviceId: '1' }, { newest: 2 })
    expect([records.map(({ seq }) => seq), dropped]).toEqual([[2, 3], 1])
    expect(recorder.recording({ deviceId: '1' }, { newest: 9 })).toEqual(recorder.recording({ deviceId: '1' }))
  })

  it('is no older than is said', () => {
    const clock = new VirtualClock()
    const recorder = new Recorder(clock, { seconds: 60 })
    receive(recorder, '1', messageOf('1', 'old'))
    clock.advance(61_000)
    receive(recorder, '1', messageOf('1', 'new'))
    expect(texts(recorder, '1')).toEqual([messageOf('1', 'new').toString()])
    expect(recorder.recording({ deviceId: '1' }).dropped).toBe(1)
  })

  it('of strangers pushes out strangers only', () => {
    const recorder = new Recorder(new VirtualClock())
    receive(recorder, 'known', messageOf('known'))
    recorder.admit(recorder.logOf('known'))
    const megabytes = 8
    for (let index = 0; index < megabytes * 1024; index++) {
      const id = `s${index}`
      receive(recorder, id, messageOf(id, 'x', 'y'.repeat(700)))
    }
    expect(texts(recorder, 'known')).toHaveLength(1)
    expect(texts(recorder, 's0')).toEqual([])
    expect(texts(recorder, `s${megabytes * 1024 - 1}`)).toHaveLength(1)
    expect(recorder.bytes).toBeLessThanOrEqual(4 * 1024 * 1024 + chunkBytes)
  })

  it('of a stranger goes with it when it has proved who it is', () => {
    const recorder = new Recorder(new VirtualClock())
    const log = recorder.logOf('1')
    receive(recorder, '1', messageOf('1', 'before'))
    recorder.admit(log)
    receive(recorder, '1', messageOf('1', 'after'))
    expect(texts(recorder, '1')).toEqual([messageOf('1', 'before').toString(), messageOf('1', 'after').toString()])
    expect(recorder.recording({ deviceId: '1' }).dropped).toBe(0)
  })

  it('comes together in one log again after everything of a device had to go', () => {
    const recorder = new Recorder(new VirtualClock(), { totalBytes: 1024 * 1024 })
    const held = recorder.logOf('1')
    recorder.admit(held)
    receive(recorder, '1', messageOf('1', 'first'))
    for (let index = 0; index < 2000; index++) {
      recorder.admit(recorder.logOf(`other${index}`))
      receive(recorder, `other${index}`, messageOf('x', 'x', 'y'.repeat(700)))
    }
    expect(texts(recorder, '1')).toEqual([])
    receive(recorder, '1', messageOf('1', 'second'))
    recorder.sent(held, flowFrom('192.0.2.64'), Buffer.from('SIP/2.0 200 OK\r\n\r\n'))
    expect(texts(recorder, '1')).toEqual([messageOf('1', 'second').toString(), 'SIP/2.0 200 OK\r\n\r\n'])
  })

  it('of a message that is longer than a device may have is its beginning, and how long it was', () => {
    const recorder = new Recorder(new VirtualClock(), { deviceBytes: 8192 })
    const bytes = messageOf('1', 'a', 'x'.repeat(60_000))
    receive(recorder, '1', bytes)
    const [record] = recorder.recording({ deviceId: '1' }).records as MessageRecord[]
    expect(record?.cutFrom).toBe(bytes.length)
    expect(bytes.toString().startsWith(record?.text ?? '-')).toBe(true)
    expect(record?.text?.length).toBeGreaterThan(3000)
  })
})

describe('whoever follows', () => {
  it('hears what is kept, then what comes, at most ten times a second, each record once', () => {
    const clock = new VirtualClock()
    const recorder = new Recorder(clock)
    receive(recorder, '1', messageOf('1', 'a'))
    const heard: string[][] = []
    const leave = recorder.follow({ deviceId: '1' }, 0, ({ records }) =>
      heard.push(records.map((record) => /Call-ID: (\S+)/.exec((record as MessageRecord).text ?? '')?.[1] ?? '')),
    )
    clock.advance(100)
    for (const callId of ['b', 'c', 'd']) {
      receive(recorder, '1', messageOf('1', callId))
      receive(recorder, '2', messageOf('2', `${callId}2`))
      clock.advance(40)
    }
    clock.advance(1000)
    expect(heard).toEqual([['a'], ['b', 'c', 'd']])
    leave()
    receive(recorder, '1', messageOf('1', 'e'))
    clock.advance(1000)
    expect(heard).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  it('goes on after the record that it had last', () => {
    const clock = new VirtualClock()
    const recorder = new Recorder(clock)
    for (const callId of ['a', 'b', 'c']) receive(recorder, '1', messageOf('1', callId))
    const heard: number[] = []
    recorder.follow({ deviceId: '1' }, 2, ({ records }) => heard.push(...records.map(({ seq }) => seq)))
    clock.advance(100)
    expect(heard).toEqual([3])
  })
})

describe('a platform that records nothing', () => {
  it('has nothing to show, and serves all the same', async () => {
    await using pair = createTestPair({ platform: { record: false } })
    await pair.ready()
    expect(pair.platform.device(pair.device.id)?.state).toBe('online')
    expect(pair.platform.recorder.recording({ deviceId: pair.device.id }).records).toEqual([])
  })
})
