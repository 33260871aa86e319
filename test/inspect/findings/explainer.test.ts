/** What explains a failure of the live platform: which finding, how often in a second, and out of how much. */
import { describe, expect, it } from 'vitest'
import { RecordExplainer } from '../../../src/inspect/findings/explainer.ts'
import { findingKinds } from '../../../src/inspect/findings/index.ts'
import { allTellingCodes } from '../../../src/inspect/findings/telling.ts'
import type { Failed } from '../../../src/platform/explainer.ts'
import { deviceId, Script, sdp } from '../analysis/script.ts'
import { bundleOf, type LooseRecord } from '../recorder/bundles.ts'

const presence = { keepalive: 60_000, keepaliveLimit: 3 }
const session = (callId = 'inv', reason: Extract<Failed, { session: unknown }>['session'] = 'no-media'): Failed => ({
  deviceId,
  callId,
  session: reason,
  mediaEndedAt: undefined,
})

/** The session of the script waited for media in vain. */
const starving = (script: Script, callId = 'inv'): LooseRecord[] => [
  {
    kind: 'actor.started',
    at: Date.UTC(2024, 4, 1),
    actor: callId,
    machine: 'inviting',
    parent: null,
    key: { callId, deviceId },
    input: {},
    state: 'inviting.calling',
  },
  { kind: 'timer.fired', at: script.now, actor: callId, timer: 'mediaLimit' },
]

function explainerOf(script: Script, others: readonly LooseRecord[] = []) {
  let now = script.now
  const bundle = bundleOf(script.messages, others)
  const explainer = new RecordExplainer({ recorder: { recording: () => bundle }, now: () => now, presence })
  return { explainer, pass: (ms: number) => (now += ms) }
}

const told = (script: Script, failed: Failed, others = starving(script)) =>
  explainerOf(script, others).explainer.explain(failed)

describe('a failed session', () => {
  const call = (answer?: string) => new Script().registered().invited({ ...(answer !== undefined && { answer }) })

  it('has the finding that tells most, and what to do', () => {
    const script = call().pass(500).again().acknowledged().pass(9000)
    const explanation = told(script, session())
    expect(explanation?.findings).toEqual(['ack-missing', 'no-media'])
    expect(explanation?.hint).toMatch(
      /^The 200 to the INVITE was sent 2 times although 1 ACK went out.* The ACK goes to the Contact of the 200/,
    )
  })

  it('is not explained by what is wrong with another one, or by what explains another reason', () => {
    const script = call(sdp('192.0.2.64:1', 0, '0200000001'))
      .acknowledged()
      .pass(10_000)
    expect(told(script, session())?.findings).toContain('media-port-zero')
    expect(told(script, session('another'))?.findings).toEqual([])
    expect(told(script, session('inv', 'rejected'))).toEqual({ findings: [] })
  })

  it('is explained by the last case of what happens again and again', () => {
    const offer = (port: number) => sdp('192.0.2.10:5060', port, '0200000001')
    const script = new Script().registered()
    for (const callId of ['one', 'two', 'three'])
      script
        .invited({ callId, offer: offer(callId.length * 10_000) })
        .acknowledged({ callId })
        .pass(10_000)
    const others = ['one', 'two', 'three'].flatMap((callId) => starving(script, callId))
    expect(told(script, session('three'), others)?.hint).toContain('192.0.2.10:50000')
    expect(told(script, session('two'), others)?.hint).toContain('192.0.2.10:30000')
  })

  it('is explained by an address that nobody can reach where that is ours, and not where it is the device’s', () => {
    const ours = new Script()
      .registered()
      .invited({ offer: sdp('127.0.0.1:1', 30_000, '0200000001') })
      .acknowledged()
      .pass(10_000)
    expect(told(ours, session())?.findings).toEqual(['sdp-address-unroutable', 'no-media'])
    expect(told(ours, session())?.hint).toContain('(--advertise)')
    const theirs = call(sdp('127.0.0.1:1', 15_060, '0200000001'))
      .acknowledged()
      .pass(10_000)
    expect(told(theirs, session())?.findings).toEqual(['no-media'])
  })
})

describe('a refused REGISTER', () => {
  const attempt = (script: Script, cseq: number, headers: Record<string, string> = {}) =>
    script
      .request({ method: 'REGISTER', by: 'device', callId: 'r', cseq, headers: { Expires: '3600', ...headers } })
      .respond(401, { headers: { 'WWW-Authenticate': 'Digest realm="3402000000", nonce="n", algorithm=MD5' } })
  const credentials = (realm: string) => ({
    Authorization: `Digest username="${deviceId}", realm="${realm}", nonce="n", uri="sip:x", response="${'*'.repeat(32)}", algorithm=MD5`,
  })

  it('is explained by what its last attempt had', () => {
    const script = attempt(attempt(attempt(new Script(), 1), 2, credentials('first')), 3, credentials('second'))
    const explanation = told(script, { deviceId, callId: 'r', registration: 'foreign-realm' }, [])
    expect(explanation?.findings).toEqual(['digest-realm-differs'])
    expect(explanation?.hint).toMatch(/the credentials have "second"\. The device must echo the realm of the 401/)
  })
})

describe('a device that is offline', () => {
  it('is explained by its last sign of life', () => {
    const script = new Script().registered().keepalive().pass(180_000)
    const explanation = told(script, { deviceId, offline: 'keepalive-missed' })
    expect(explanation?.findings).toEqual(['device-vanished'])
    expect(explanation?.hint).toMatch(/^The last sign of life .* Power or network of the device is gone/)
  })

  it('is explained by keepalives that never came', () => {
    const script = new Script().registered().pass(180_000)
    expect(told(script, { deviceId, offline: 'keepalive-missed' })?.findings).toEqual(['keepalive-absent'])
  })
})

describe('the cost', () => {
  it('is that of five explanations in a second, however many fail', () => {
    const { explainer, pass } = explainerOf(new Script().registered())
    const answers = Array.from({ length: 20 }, () => explainer.explain(session()))
    expect(answers.map((answer) => answer !== undefined)).toEqual(Array.from({ length: 20 }, (_, index) => index < 5))
    pass(999)
    expect(explainer.explain(session())).toBeUndefined()
    pass(1)
    expect(explainer.explain(session())).toBeDefined()
  })

  it('is none where nothing that is recorded explains it', () => {
    const { explainer } = explainerOf(new Script())
    const cancelled = Array.from({ length: 20 }, () => explainer.explain(session('inv', 'cancelled')))
    expect(cancelled).toEqual(Array.from({ length: 20 }, () => ({ findings: [] })))
  })

  it('is that of the newest messages', () => {
    const script = new Script().registered()
    for (let each = 0; each < 200; each++) script.pass(1000).keepalive()
    script.invited().pass(500).again().acknowledged().pass(10_000)
    const { explainer } = explainerOf(script, starving(script))
    expect(explainer.explain(session())?.findings).toEqual(['ack-missing', 'no-media'])
    const before = new Script().invited().pass(500).again().acknowledged().pass(10_000)
    const ended = starving(before)
    for (let each = 0; each < 100; each++) before.pass(1000).keepalive()
    expect(explainerOf(before, ended).explainer.explain(session())).toEqual({ findings: [] })
  })
})

describe('the findings of a device', () => {
  it('are of its newest 2,000 messages, by the numbers that the record gives them', () => {
    const script = new Script().registered()
    for (let each = 0; each < 1000; each++) script.pass(60_000).keepalive()
    script.pass(60_000).keepalive(404)
    const { explainer } = explainerOf(script)
    const refused = explainer.findings({ deviceId }).find(({ code }) => code === 'keepalive-refused')
    expect(refused?.evidence.map(({ frame }) => frame)).toEqual([2003, 2004])
    expect(script.messages).toHaveLength(2004)
  })
})

it('whatever is said to explain a failure is a finding that there is', () => {
  const codes = new Set(findingKinds.map(({ code }) => code))
  expect(allTellingCodes.filter((code) => !codes.has(code))).toEqual([])
})
