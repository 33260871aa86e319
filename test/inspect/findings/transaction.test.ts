import { describe, expect, it } from 'vitest'
import { edited, flow } from '../analysis/flow.ts'
import { deviceId, manscdp, Script } from '../analysis/script.ts'
import { codesIn, findingOf } from './codes.ts'

const query = manscdp('Query', 'DeviceInfo', 7, deviceId, '')
const asked = () =>
  new Script().request({ method: 'MESSAGE', by: 'platform', callId: 'q', branch: 'z9hG4bKq', ...query })

describe('a request', () => {
  it('gets no answer until Timer F has fired: request-unanswered', () => {
    const script = asked().pass(500).again().pass(1000).again().pass(31_000).keepalive()
    expect(findingOf('request-unanswered', script)).toMatchObject({
      severity: 'error',
      evidence: [{ frame: 1 }, { frame: 2 }, { frame: 3 }],
    })
    expect(codesIn(script)).not.toContain('timer-running-out')
  })

  it('waits for its answer where the records end: timer-running-out', () => {
    expect(codesIn(asked().pass(3000).again())).not.toContain('timer-running-out')
    expect(findingOf('timer-running-out', asked().pass(8000).again()).summary).toContain('Timer F fires in 24 s')
  })

  it('is answered after its sender has given up: answer-late', () => {
    const script = asked().pass(40_000).respond(200)
    expect(findingOf('answer-late', script).summary).toContain('40 s later')
    expect(codesIn(script)).toContain('request-unanswered')
  })

  it('is answered so late that it was repeated: answer-slow, not response-not-received', () => {
    const script = asked().pass(500).again().pass(500).respond(200)
    expect(codesIn(script)).toContain('answer-slow')
    expect(codesIn(script)).not.toContain('response-not-received')
  })

  it('is repeated after its answer: response-not-received', () => {
    const script = asked().respond(200).pass(500)
    expect(codesIn(script)).not.toContain('response-not-received')
    const [first] = script.messages
    if (first === undefined) throw new Error('no message')
    expect(codesIn([...script.messages, { ...first, frame: 3, at: script.now }])).toContain('response-not-received')
  })

  it('is repeated faster than T1: retransmission-storm', () => {
    const script = asked().pass(500).again().pass(1000).again().pass(2000).again()
    expect(codesIn(script)).not.toContain('retransmission-storm')
    expect(codesIn(asked().pass(5).again().pass(5).again().pass(5).again())).toContain('retransmission-storm')
  })

  it('comes again under another branch: request-merged', () => {
    const script = asked().request({ method: 'MESSAGE', by: 'platform', callId: 'q', branch: 'z9hG4bKr', ...query })
    expect(codesIn(script)).toContain('request-merged')
    expect(codesIn(asked().again())).not.toContain('request-merged')
  })

  it('has a CSeq below the last one: cseq-not-rising', () => {
    const script = new Script().registered('r', 5).pass(1000).registered('r', 4)
    expect(findingOf('cseq-not-rising', script).summary).toContain('CSeq 4 after 5')
    expect(codesIn(new Script().registered('r', 4).registered('r', 5))).not.toContain('cseq-not-rising')
  })

  it('has a branch from before RFC 3261: branch-without-cookie', () => {
    expect(codesIn(new Script().request({ method: 'OPTIONS', by: 'device', branch: '123' }).respond(200))).toEqual([
      'branch-without-cookie',
    ])
  })

  it('is not known to the other side: method-refused', () => {
    expect(codesIn(new Script().request({ method: 'SUBSCRIBE', by: 'platform' }).respond(405))).toContain(
      'method-refused',
    )
  })
})

describe('a response', () => {
  it('answers nothing that was seen: response-unmatched', () => {
    expect(codesIn(asked().respond(200).messages.slice(1))).toEqual(['response-unmatched'])
  })

  it('has another branch than its request: response-branch-changed', () => {
    const { messages } = asked().respond(200)
    expect(codesIn(edited(messages, /^SIP/, (text) => text.replace('z9hG4bKq', 'z9hG4bKx')))).toContain(
      'response-branch-changed',
    )
    expect(codesIn(messages)).not.toContain('response-branch-changed')
  })
})

describe('an INVITE', () => {
  it('is not answered at once: trying-missing', () => {
    const script = new Script().request({ method: 'INVITE', by: 'platform', callId: 'inv', branch: 'z9hG4bKi' })
    script.pass(500).again().pass(1000).again().respond(100)
    expect(findingOf('trying-missing', script).summary).toContain('3 times')
    const prompt = new Script().request({ method: 'INVITE', by: 'platform', callId: 'inv' }).pass(100).respond(100)
    expect(codesIn(prompt)).not.toContain('trying-missing')
  })

  it('is refused, and the refusal is never acknowledged: ack-of-refusal-missing', () => {
    const refused = () =>
      new Script().request({ method: 'INVITE', by: 'platform', callId: 'inv', branch: 'z9hG4bKi' }).respond(486)
    const script = refused().pass(500).again().pass(1000).again()
    expect(codesIn(script)).toContain('ack-of-refusal-missing')
    const acknowledged = refused().acknowledged({ branch: 'z9hG4bKi' })
    expect(codesIn(acknowledged)).not.toContain('ack-of-refusal-missing')
  })
})

describe('a whole flow over a wire that loses three datagrams in ten', () => {
  it('has findings about repeated messages only, none about what the loss did not harm', async () => {
    const messages = await flow({ loss: 0.3, latency: 20, seed: 4, story: async (pair) => void (await pair.ready()) })
    const repeats = ['response-not-received', 'answer-slow', 'request-unanswered', 'unregistered', 'timer-running-out']
    expect(codesIn(messages).filter((code) => !repeats.includes(code))).toEqual([])
  })
})
