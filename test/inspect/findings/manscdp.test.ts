import { describe, expect, it } from 'vitest'
import { describeCorpus, readCorpus } from '../../support/corpus.ts'
import { captured, edited, flow } from '../analysis/flow.ts'
import { catalog, deviceId, ends, manscdp, Script } from '../analysis/script.ts'
import { codesIn, findingOf } from './codes.ts'

const ask = (cmdType = 'Catalog') =>
  new Script()
    .registered()
    .request({ method: 'MESSAGE', by: 'platform', ...manscdp('Query', cmdType, 7, deviceId, '') })
const part = (script: Script, fields: string, sn = 7) =>
  script
    .request({ method: 'MESSAGE', by: 'device', ...manscdp('Response', 'Catalog', sn, deviceId, fields) })
    .respond(200)

describe('a query', () => {
  it('is refused: query-refused', () => {
    expect(findingOf('query-refused', ask().respond(403)).summary).toContain('answered 403')
  })

  it('is accepted and never answered: query-without-response', () => {
    const script = ask().respond(200)
    expect(codesIn(script)).not.toContain('query-without-response')
    expect(findingOf('query-without-response', script.pass(20_000).keepalive())).toMatchObject({
      severity: 'error',
      deviceId,
    })
  })

  it('gets its answer in parts that are whole: no finding', () => {
    expect(codesIn(part(part(ask().respond(200), catalog(3, [1, 2])), catalog(3, [3])))).toEqual([])
  })

  it('gets a part of its answer: answer-incomplete', () => {
    const script = part(ask().respond(200), catalog(3, [1, 2]))
      .pass(15_000)
      .keepalive()
    expect(findingOf('answer-incomplete', script).summary).toContain('2 of 3 items')
  })

  it('gets contradictory numbers: sum-num-contradictory', () => {
    expect(codesIn(part(part(ask().respond(200), catalog(3, [1, 2])), catalog(4, [3, 4])))).toContain(
      'sum-num-contradictory',
    )
    expect(findingOf('sum-num-contradictory', part(ask().respond(200), catalog(2, [1, 2], 3))).summary).toContain(
      'Num 3 and 2 items',
    )
  })

  it('gets more than SumNum: answer-overfull', () => {
    expect(codesIn(part(ask().respond(200), catalog(1, [1, 2])))).toContain('answer-overfull')
  })
})

describe('a Response', () => {
  it('that nobody asked for: response-sn-unknown', () => {
    expect(codesIn(part(ask().respond(200), catalog(1, [1]), 99))).toContain('response-sn-unknown')
    expect(codesIn(part(ask().respond(200), catalog(1, [1]), 7))).not.toContain('response-sn-unknown')
  })

  it('with Result ERROR: command-failed', () => {
    expect(codesIn(part(ask().respond(200), '<Result>ERROR</Result>'))).toContain('command-failed')
  })
})

describe('a body', () => {
  const notify = (fields: string, cmdType = 'Keepalive') =>
    new Script()
      .registered()
      .request({ method: 'MESSAGE', by: 'device', ...manscdp('Notify', cmdType, 1, deviceId, fields) })
      .respond(200)

  it('declares another character set than it has: charset-mislabelled (the device fault gb18030-as-utf8)', async () => {
    const messages = await flow({
      device: { faults: ['gb18030-as-utf8'] },
      story: async (pair) => void (await pair.ready()),
    })
    expect(findingOf('charset-mislabelled', messages).summary).toBe('The body declares UTF-8 and is GB18030.')
  })

  it.each([
    ['characters-lost', '<Info>\xff\xff\xff\xff</Info>', 'Keepalive'],
    ['xml-mended', '<Info>A & B</Info>', 'Keepalive'],
    ['xml-broken', '<!DOCTYPE x [<!ENTITY a "b">]>', 'Keepalive'],
    ['cmd-type-unknown', '', 'VendorThing'],
  ])('%s', (code, fields, cmdType) => {
    expect(codesIn(notify('<Status>OK</Status>'))).toEqual([])
    expect(codesIn(notify(fields, cmdType))).toContain(code)
  })

  it('lacks a mandatory element: field-missing', () => {
    const { messages } = notify('<Status>OK</Status>')
    expect(codesIn(edited(messages, /^MESSAGE/, (text) => text.replace('<SN>1</SN>', '')))).toContain('field-missing')
  })

  it('is missing altogether: message-body-empty', () => {
    expect(codesIn(new Script().request({ method: 'MESSAGE', by: 'device' }).respond(200))).toContain(
      'message-body-empty',
    )
  })

  it('is labelled as something else: content-type-odd', () => {
    const { messages } = notify('<Status>OK</Status>')
    const odd = edited(messages, /^MESSAGE/, (text) => text.replace('Application/MANSCDP+xml', 'text/plain'))
    expect(codesIn(odd)).toContain('content-type-odd')
  })
})

describeCorpus('gb28181', 'messages of the field', () => {
  it('of a simulator that says UTF-8 and sends GB18030 are charset-mislabelled', () => {
    const message = captured(readCorpus('gb28181', 'peer-java445-005.sip'), {
      frame: 1,
      at: 0,
      source: ends.device,
      destination: ends.platform,
    })
    expect(codesIn([message])).toContain('charset-mislabelled')
  })
})
