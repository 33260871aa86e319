/** Bundles of the flight recorder as captures. */
import { describe, expect, it } from 'vitest'
import { analyze } from '../../../src/analyze.ts'
import { type Capture, readCapture } from '../../../src/inspect/capture/index.ts'
import { flow } from '../analysis/flow.ts'
import { catalog, deviceId, ends, manscdp, Script } from '../analysis/script.ts'
import { bundleOf, bytesOf, type LooseRecord } from '../recorder/bundles.ts'

const script = () => new Script().registered().keepalive().invited().acknowledged()
const wires = ({ messages }: Pick<Capture, 'messages'>) =>
  messages.map(({ frame, at, transport, source, destination, bytes }) => ({
    frame,
    at,
    transport,
    source,
    destination,
    bytes: bytes.toString('latin1'),
  }))

describe('a bundle', () => {
  it('holds the messages as they went over the wire, numbered from 1', async () => {
    const messages = await flow({ device: { faults: ['gb18030-as-utf8'] } })
    const capture = readCapture(bytesOf(bundleOf(messages)))
    expect(wires(capture)).toEqual(wires({ messages }))
    expect(capture).toMatchObject({ format: 'bundle', totalFrames: messages.length, sipFrames: messages.length })
    expect(capture.skipped).toEqual([])
    expect(capture.stoppedAt).toBeUndefined()
  })

  it('is read in the order of seq, with white space and a byte order mark before it', () => {
    const bundle = bundleOf(script().messages)
    const shuffled = `\ufeff\n ${JSON.stringify({ ...bundle, records: bundle.records.toReversed() }, null, 2)}`
    expect(wires(readCapture(Buffer.from(shuffled)))).toEqual(wires(readCapture(bytesOf(bundle))))
  })

  it('lasts until its last record', () => {
    const { messages, now } = script()
    const after: LooseRecord = { kind: 'timer.fired', at: now + 60_000, actor: 'a', timer: 'timerF' }
    expect(analyze(bytesOf(bundleOf(messages, [after]))).endedAt).toBe(new Date(now + 60_000).toISOString())
  })

  it('holds addresses of IPv6', () => {
    const messages = new Script().keepalive().messages.map((message) => ({
      ...message,
      source: { address: '2001:db8::1', port: 5060 },
    }))
    expect(readCapture(bytesOf(bundleOf(messages))).messages[0]?.source.address).toBe('2001:db8::1')
  })
})

describe('a message that its recorder had to cut', () => {
  const asked = new Script()
    .registered()
    .request({ method: 'MESSAGE', by: 'platform', ...manscdp('Query', 'Catalog', 7, deviceId, '') })
    .respond(200)
    .request({ method: 'MESSAGE', by: 'device', ...manscdp('Response', 'Catalog', 7, deviceId, catalog(2, [1, 2])) })
    .respond(200)
  const bundle = bundleOf(asked.messages)
  const records = bundle.records.map((record) => {
    if (record.kind !== 'message' || !record.text?.includes('<Response>')) return record
    return { ...record, text: record.text.slice(0, record.text.indexOf('</Item>')), cutFrom: record.text.length }
  })

  it('is as long as it was, and nothing is said of the body that is not there', () => {
    const bytes = bytesOf({ ...bundle, records })
    expect(readCapture(bytes).messages.map((message) => message.bytes.length)).toEqual(
      asked.messages.map((message) => message.bytes.length),
    )
    expect(analyze(bytes).findings).toEqual([])
    const truncated = records.map((record) => ({ ...record, cutFrom: undefined }))
    expect(analyze(bytesOf({ ...bundle, records: truncated })).findings).not.toEqual([])
  })

  it('claims no length that no message has', () => {
    const [first] = records
    const capture = readCapture(bytesOf({ ...bundle, records: [{ ...first, cutFrom: 2 ** 40 }] }))
    expect(capture.messages[0]?.bytes.length).toBe(asked.messages[0]?.bytes.length)
  })
})

describe('what a bundle tells of media', () => {
  const began: LooseRecord = {
    kind: 'actor.started',
    at: Date.UTC(2024, 4, 1),
    actor: 's1',
    machine: 'inviting',
    parent: null,
    key: { callId: 'inv', deviceId },
    input: {},
    state: 'inviting.calling',
  }
  const media = (type: string, ssrc: number, at: number): LooseRecord => ({
    kind: 'actor.stepped',
    at,
    actor: 's1',
    event: { type, at, ssrc, source: '192.0.2.64:15060' },
    state: 'confirmed.playing',
  })
  const codes = (...others: readonly LooseRecord[]) => {
    const { messages } = script().pass(5000).keepalive()
    return analyze(bytesOf(bundleOf(messages, others))).findings.map(({ code }) => code)
  }
  const soon = script().now + 100

  it('is where it came from, and that none came', () => {
    expect(codes(began)).toContain('no-media')
    expect(codes(began, media('media.arrived', 200_000_001, soon))).not.toContain('no-media')
    // Nobody there would have seen it.
    expect(codes()).not.toContain('no-media')
    expect(codes({ ...began, key: { callId: 'another' } } as LooseRecord)).not.toContain('no-media')
  })

  it('is when it stopped', () => {
    const stopped: LooseRecord = {
      kind: 'actor.stepped',
      at: soon + 4000,
      actor: 's1',
      event: { type: 'media.stopped', at: soon + 4000, lastPacketAt: soon + 1000 },
      state: 'ending.hangingUp',
    }
    const { messages } = script().pass(5000).keepalive()
    const bundle = bundleOf(messages, [began, media('media.arrived', 200_000_001, soon), stopped])
    const found = analyze(bytesOf(bundle)).findings.find(({ code }) => code === 'media-stopped')
    expect(found?.summary).toBe('Media flowed for 1 s, and no more came in the 3.9 s until the records end.')
  })

  it('is the SSRC under which it came', () => {
    expect(codes(began, media('media.foreign', 7, soon))).toContain('ssrc-rtp-differs')
    expect(codes(began, media('media.arrived', 200_000_001, soon))).not.toContain('ssrc-rtp-differs')
  })
})

describe('what a bundle tells of devices', () => {
  it('is what keepalives the platform expects', () => {
    const { messages, now } = new Script().registered().keepalive().pass(1000).keepalive()
    const last: LooseRecord = { kind: 'timer.fired', at: now + 61_000, actor: 'd', timer: 'check' }
    const began: LooseRecord = {
      kind: 'actor.started',
      at: Date.UTC(2024, 4, 1),
      actor: 'd',
      machine: 'registration',
      parent: null,
      key: { deviceId },
      input: { keepalive: 20_000, keepaliveLimit: 3, challenge: 32_000 },
      state: 'challenged',
    }
    const codes = (others: readonly LooseRecord[]) =>
      analyze(bytesOf(bundleOf(messages, others))).findings.map(({ code }) => code)
    expect(codes([began, last])).toContain('device-vanished')
    expect(codes([last])).not.toContain('device-vanished')
  })

  it('is that the connection closed', () => {
    const { messages, now } = new Script()
      .request({ method: 'REGISTER', by: 'device', transport: 'TCP', headers: { Expires: '3600' } })
      .respond(200)
    const closed: LooseRecord = {
      kind: 'actor.stepped',
      at: now + 50,
      actor: 'd',
      event: { type: 'connection.closed', at: now + 50 },
      state: 'offline',
    }
    const [finding] = analyze(bytesOf(bundleOf(messages, [closed]))).findings
    expect(finding?.code).toBe('connection-closed')
    expect(ends.device).toContain('192.0.2.64')
  })
})

describe('a bundle that is damaged', () => {
  const bundle = bundleOf(script().messages)

  it.each([
    ['no direction', { direction: 'up' }],
    ['an address that is none', { remote: 'somewhere:5060' }],
    ['no port', { local: '192.0.2.10' }],
    ['no content', { text: 7 }],
    ['no time', { at: 'noon' }],
    ['no number', { seq: 0.5 }],
  ])('a message with %s is left out by name', (_, change) => {
    const [first, ...rest] = bundle.records
    const capture = readCapture(bytesOf({ ...bundle, records: [{ ...first, ...change }, ...rest] }))
    expect(capture.messages).toHaveLength(rest.length)
    expect(capture.skipped).toMatchObject([{ frame: 1, why: 'record-unreadable' }])
  })

  it('records of kinds to come are passed over', () => {
    const capture = readCapture(bytesOf({ ...bundle, records: [{ kind: 'x', seq: 1, at: 1 }, ...bundle.records] }))
    expect([capture.messages.length, capture.skipped]).toEqual([bundle.records.length, []])
  })

  it('cut within a record: all records before it', () => {
    const text = JSON.stringify(bundle)
    const cut = text.lastIndexOf('Call-ID')
    const capture = readCapture(Buffer.from(text.slice(0, cut)))
    const frame = bundle.records.length
    expect(capture).toMatchObject({ format: 'bundle', totalFrames: frame - 1, stoppedAt: { frame, why: 'truncated' } })
  })

  it('with a record that is no JSON: all before it', () => {
    const text = JSON.stringify(bundle).replace('"seq":12', '"seq":,')
    expect(readCapture(Buffer.from(text))).toMatchObject({
      totalFrames: 2,
      stoppedAt: { frame: 3, why: 'damaged-record' },
    })
  })

  it.each([
    ['of another program', { log: [] }],
    ['of a later version', { ...bundle, version: 2 }],
    ['without records', { ...bundle, records: 'none' }],
    ['cut before its records', '{"format":"gb28181-bundle","vers'],
    ['a list', '{'],
  ])('JSON %s is not read', (_, content) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : bytesOf(content)
    expect(readCapture(bytes)).toMatchObject({ format: 'unknown', messages: [], stoppedAt: { why: 'format-unknown' } })
  })
})
