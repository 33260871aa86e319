import { describe, expect, it } from 'vitest'
import { analyzeCapture, renderCsv, renderPcap } from '../../../src/analyze.ts'
import { readCapture } from '../../../src/inspect/capture/index.ts'
import { deviceId, Script } from '../analysis/script.ts'
import { bundleOf, bytesOf } from '../recorder/bundles.ts'

const script = new Script()
  .registered()
  .keepalive()
  .keepalive(404)
  .invited()
  .again()
  .acknowledged()
  .request({ method: 'BYE', by: 'platform', callId: 'inv', cseq: 2 })
  .pass(33_000)
const capture = readCapture(bytesOf(bundleOf(script.messages)))
const labels = (filter: string) => analyzeCapture(capture, { filter }).trace.map(({ label }) => label)
const all = labels('')

describe('a filter', () => {
  it.each<[string, readonly string[]]>([
    ['method:register', ['REGISTER', '200 Reason (REGISTER)']],
    ['method:INVITE status:2xx', ['200 Reason (INVITE) (SDP)', '200 Reason (INVITE) (SDP)']],
    ['method:INVITE status:2xx -has:retransmission', ['200 Reason (INVITE) (SDP)']],
    ['status:404', ['404 Reason (MESSAGE)']],
    ['cmd:keep', ['MESSAGE Keepalive', 'MESSAGE Keepalive']],
    ['callid:inv has:sdp method:INVITE -status:200', ['INVITE (SDP)']],
    ['has:failure -has:no-reply', ['404 Reason (MESSAGE)']],
    ['text:"m=video 30000"', ['INVITE (SDP)']],
    ['"m=video 30000"', ['INVITE (SDP)']],
    ['X-GB-Ver:', ['REGISTER']],
    ['-sip', []],
  ])('%s', (filter, expected) => {
    expect(labels(filter)).toEqual(expected)
  })

  it('of a device is the messages of that device, and nothing is everything', () => {
    expect(labels(`device:${deviceId}`)).toEqual(all)
    expect(labels('device:9')).toEqual([])
    expect(all).toHaveLength(script.messages.length)
  })

  it('keeps the affairs and findings that its messages are part of', () => {
    const { registrations, dialogs, findings, messages } = analyzeCapture(capture, { filter: 'status:404' })
    expect([registrations.length, dialogs.length, messages]).toEqual([1, 0, script.messages.length])
    expect(findings.map(({ code }) => code)).toEqual(['keepalive-refused'])
  })

  it.each(['status:many', 'status:9xx', 'has:luck'])('%s is refused', (filter) => {
    expect(() => labels(filter)).toThrow(TypeError)
  })
})

describe('what a filter leaves', () => {
  const analysis = analyzeCapture(capture, { filter: 'method:INVITE' })

  it('is a capture of its own', () => {
    const again = readCapture(Buffer.from(renderPcap(analysis)))
    expect([again.format, again.messages.length]).toEqual(['pcap', 4])
  })

  it('is a table', () => {
    const lines = renderCsv(analysis).split('\r\n')
    expect(lines).toHaveLength(1 + 4 + 1)
    expect(lines[0]).toBe('frame,at,transport,from,to,what,method,status,cmdType,callId,deviceId,repeats,unanswered')
    expect(lines[3]).toMatch(
      /^\d+,2024-05-01T00:00:00\.000Z,UDP,192\.0\.2\.64:5060,192\.0\.2\.10:5060,200 Reason \(INVITE\) \(SDP\),INVITE,200,,inv,34020000001110000001,,$/,
    )
  })

  it('is a table in which no peer can write a formula, or a cell of his own', () => {
    const odd = new Script().request({ method: 'MESSAGE', by: 'device', callId: '=1+1,"x' })
    const { trace } = analyzeCapture(readCapture(bytesOf(bundleOf(odd.messages))))
    expect(renderCsv({ trace }).split('\r\n')[1]).toContain(`,"'=1+1,""x",`)
  })
})
