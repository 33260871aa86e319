import { describe, expect, it } from 'vitest'
import { analyzeCapture, renderHtml, renderLadder } from '../../../src/analyze.ts'
import { examine, traceOf } from '../../../src/inspect/analysis/index.ts'
import type { Capture } from '../../../src/inspect/capture/types.ts'
import { renderAffairs, renderFindings } from '../../../src/inspect/ladder/index.ts'
import { flow } from '../analysis/flow.ts'
import { deviceId, manscdp, Script } from '../analysis/script.ts'

const captureOf = ({ messages }: Pick<Capture, 'messages'>): Capture => ({
  format: 'pcap',
  messages,
  media: [],
  closings: [],
  totalFrames: messages.length,
  sipFrames: messages.length,
  skipped: [],
  skippedCount: 0,
})
const analysisOf = (script: Pick<Capture, 'messages'>) => analyzeCapture(captureOf(script), { file: 'test.pcap' })
const ladderOf = (script: Script, options = {}) => renderLadder({ trace: traceOf(examine(script)) }, options)

const lost = () => {
  const query = manscdp('Query', 'Catalog', 7, deviceId, '')
  const script = new Script().registered().pass(58_000)
  return script
    .request({ method: 'MESSAGE', by: 'platform', ...query })
    .pass(500)
    .again()
    .pass(1500)
    .again()
}

describe('a ladder in a terminal', () => {
  it('has a column for each end, an arrow with CmdType for each message, and folds retransmissions and idle time', () => {
    expect(ladderOf(lost(), { width: 100 }).split('\n')).toEqual([
      '                                          192.0.2.64:5060                  192.0.2.10:5060',
      '    #1 00:00:00.000   +0.000000                  │────────── REGISTER ───────────▶│',
      '    #2 00:00:00.000   +0.000000                  │◀──── 200 Reason (REGISTER) ────│',
      '                                                              — 58 s —',
      '    #3 00:00:58.000     +58.000                  │◀──── MESSAGE Catalog Query ────│                 ×3 +0.5 s +1.5 s  no answer: Timer F in 30.0 s',
    ])
  })

  it('names the timer that has ended the wait for an answer', () => {
    expect(ladderOf(lost().pass(40_000).keepalive())).toMatch(/Catalog Query .* no answer: Timer F\n/)
  })

  it('has colours only where they are asked for, and the same words without them', () => {
    const plain = ladderOf(lost())
    const painted = ladderOf(lost(), { color: true })
    expect(plain).not.toContain('\u001b')
    expect(painted).toContain('\u001b[36m')
    expect(painted.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')).toBe(plain)
  })

  it('is one for each device where not all ends fit side by side', () => {
    const script = new Script()
    for (let each = 1; each <= 3; each++) {
      const id = `3402000000111000000${each}`
      script
        .request({ method: 'REGISTER', by: 'device', to: id, callId: id, source: `192.0.2.6${each}:5060` })
        .respond(200)
    }
    const heads = ladderOf(script, { width: 90 })
      .split('\n')
      .filter((line) => line.startsWith('34020000001110'))
    expect(heads).toEqual(['34020000001110000001', '34020000001110000002', '34020000001110000003'])
    expect(ladderOf(script, { width: 200 })).not.toContain('34020000001110000001')
  })

  it('cuts what is too long, and says so', () => {
    expect(ladderOf(lost(), { rows: 2 })).toContain('… 2 more rows')
  })

  it('shows what is no SIP as such', () => {
    const script = new Script().registered()
    const [first] = script.messages
    if (first === undefined) throw new Error('no message')
    const bytes = Buffer.from('REGISTER nonsense SIP/2.0\r\n\r\n')
    const parsed = {
      ok: false,
      rejection: { code: 'malformed-request-uri', status: 400, detail: 'x', kind: 'request' },
    } as const
    expect(renderLadder({ trace: traceOf(examine({ messages: [{ ...first, bytes, parsed }] })) })).toContain(
      'not SIP: malformed-request-uri',
    )
  })
})

describe('affairs and findings in a terminal', () => {
  it('show each path with its timings, and each finding with clause, evidence and fix', async () => {
    const analysis = analysisOf({ messages: await flow() })
    const affairs = renderAffairs(analysis)
    expect(affairs).toContain(
      'registration: challenged → online +0.000000 (register.accepted #4) → offline +195.000 (register.removed #27)',
    )
    expect(affairs).toContain('Catalog 34020000001110000001 SN')
    expect(affairs).toContain('TRANSACTIONS  12 of 12 were answered at once')
    expect(renderFindings(analysis).split('\n')).toEqual([
      'FINDINGS  1 info',
      expect.stringContaining('info unregistered'),
      `    ${deviceId} unregistered.`,
      '    clause    RFC 3261 10.2.2; GB/T 28181 9.1.2',
      expect.stringMatching(/evidence {2}#26 .*, #27 /),
      expect.stringContaining('fix '),
    ])
  })
})

describe('the HTML page', () => {
  const hostile = () =>
    new Script().registered().request({
      method: 'MESSAGE',
      by: 'device',
      ...manscdp('Notify', 'Alarm', 1, deviceId, '<Info>"\'&amp;</Info><script>alert(1)</script>'),
    })

  it('asks nothing of the network and runs no script, whatever a message holds', () => {
    const html = renderHtml(analysisOf(hostile()))
    expect(html).toContain('&lt;script&gt;alert(1)')
    expect(html).not.toMatch(/<script|<img|<link|<iframe|https?:\/\/|url\(|@import/i)
    expect(html).toContain("default-src 'none'")
  })

  it('has every message behind a click, findings that lead there, and no digest response', async () => {
    const messages = await flow({
      device: { password: 'Other' },
      story: async (pair) => void (await pair.start().then(() => pair.pass(1000))),
    })
    const html = renderHtml(analysisOf({ messages }))
    expect(html.match(/<details id="f\d+"/g)).toHaveLength(messages.length)
    expect(html).toContain('<a href="#f3">#3</a>')
    expect(html).toContain('response=&quot;***&quot;')
    expect(html).not.toMatch(/response=&quot;[0-9a-f]/)
  })

  it('has a place for each frame that a finding names, folded ones too, and one place only', () => {
    const script = lost().pass(40_000).keepalive()
    const html = renderHtml(analysisOf(script))
    const links = [...html.matchAll(/href="#(f\d+)"/g)].map(([, name = '']) => name)
    expect(links).toEqual(expect.arrayContaining(['f3', 'f4', 'f5']))
    for (const name of links) expect(html.split(`id="${name}"`)).toHaveLength(2)
  })

  it('escapes the name of the file', () => {
    expect(renderHtml(analysisOf(new Script()), { title: '<b>"x"' })).toContain('<title>&lt;b&gt;&quot;x&quot;</title>')
  })
})
