/** What the page says by itself, without a browser: the filter, the comparison, the Chinese words. */
import { describe, expect, it } from 'vitest'
import { findingKinds } from '../../src/analyze.ts'
import { type Message, readMessage } from '../../src/console/flight/message.ts'
import { diffOf } from '../../src/console/ladder/diff.ts'
import { filterOf } from '../../src/console/ladder/filter.ts'
import { foldText, rowsOf } from '../../src/console/ladder/rows.ts'
import { failures, offlines, refusals } from '../../src/console/state/failures-zh.ts'
import { findings } from '../../src/console/state/findings-zh.ts'
import { offlineHints, queryFailures, registrationRefusals, sessionFailures } from '../../src/platform/explain.ts'

describe('in Chinese', () => {
  it('has words for every kind of finding, and for no other', () => {
    expect(Object.keys(findings).sort()).toEqual(findingKinds.map(({ code }) => code).sort())
  })

  it('has words for every reason of a failure', () => {
    const reasons = new Set([...Object.keys(sessionFailures), ...Object.keys(queryFailures)])
    expect(Object.keys(failures).sort()).toEqual([...reasons].sort())
    expect(Object.keys(offlines).sort()).toEqual(Object.keys(offlineHints).sort())
    expect(Object.keys(refusals).sort()).toEqual(Object.keys(registrationRefusals).sort())
  })
})

const lines = (...all: readonly string[]) => all.join('\r\n')
const query = lines(
  'MESSAGE sip:34020000001320000001@192.168.1.64:5060 SIP/2.0',
  'Via: SIP/2.0/UDP 192.168.1.10:5060;rport;branch=z9hG4bKq',
  'Call-ID: c1',
  'CSeq: 7 MESSAGE',
  'Content-Type: Application/MANSCDP+xml',
  '',
  '<Query><CmdType>Catalog</CmdType><SN>17</SN></Query>',
)
const refusal = lines(
  'SIP/2.0 403 Forbidden',
  'v: SIP/2.0/UDP 192.168.1.10:5060;branch=z9hG4bKq',
  'i: c1',
  'CSeq: 7 MESSAGE',
  '',
  '',
)

const message = (id: number, text: string, more: Partial<Message> = {}): Message => {
  const { transaction, ...read } = readMessage(text)
  const ends = { from: '192.168.1.10:5060', to: '192.168.1.64:5060' }
  const rest = { deviceId: '34020000001320000001', exchange: { answered: true, began: 0, took: 1500 } }
  return { id, at: id * 1000, transport: 'UDP', ...ends, ...read, ...rest, text, ...more }
}

it('reads of a message what its arrow says, also in compact form', () => {
  expect(readMessage(query)).toMatchObject({
    label: 'MESSAGE Catalog Query',
    kind: 'request',
    callId: 'c1',
    branch: 'z9hG4bKq',
    cmd: 'Catalog',
  })
  expect(readMessage(refusal)).toMatchObject({ label: '403 Forbidden (MESSAGE)', kind: 'failure', status: 403 })
  expect(readMessage(refusal).transaction).toBe(readMessage(query).transaction)
  expect(readMessage('rubbish').kind).toBe('malformed')
})

it.each([
  ['', [1, 2, 3]],
  ['method:MESSAGE', [1, 2, 3]],
  ['status:4xx', [2]],
  ['-status:403', [1, 3]],
  ['cmd:catalog has:retransmission', [3]],
  ['device:34020000001320000001 -has:retransmission', [1, 2]],
  ['text:"<sn>17"', [1, 3]],
  ['has:failure', [2]],
  ['has:slow', [1]],
  ['192.168.1.64 forbidden', [2]],
  ['status:5xx', []],
])('the filter %j lets through %j', (filter, ids) => {
  const all = [message(1, query), message(2, refusal), message(3, query, { repeats: 1 })]
  expect(all.filter(filterOf(filter)).map(({ id }) => id)).toEqual(ids)
})

describe('rows', () => {
  it('fold repetitions into their first, and tell of idle stretches', () => {
    const all = [message(1, query), message(2, query, { repeats: 1, at: 1500 }), message(3, query, { repeats: 1 })]
    const rows = rowsOf([...all, message(60, refusal)], { now: 0 })
    expect(rows.map(({ kind }) => kind)).toEqual(['message', 'idle', 'message'])
    expect(rows[0]?.kind === 'message' && foldText(rows[0])).toBe('×3 +0.5 s +1.5 s')
    expect(rows[1]).toMatchObject({ kind: 'idle', ms: 59_000 })
  })

  it('miss a reply that is late, and not one that may still be on its way', () => {
    const waiting = message(1, query, { exchange: { answered: false, began: 1000 } })
    expect(rowsOf([waiting], { now: 1400 }).map(({ kind }) => kind)).toEqual(['message'])
    expect(rowsOf([waiting], { now: 1600 }).map(({ kind }) => kind)).toEqual(['message', 'missing'])
  })
})

it('compares headers by name whatever their order, and XML element by element', () => {
  const other = lines(
    'MESSAGE sip:34020000001320000001@192.168.1.64:5060 SIP/2.0',
    'CSeq: 8 MESSAGE',
    'Call-ID: c1',
    'Via: SIP/2.0/UDP 192.168.1.10:5060;rport;branch=z9hG4bKq',
    '',
    '<Query><CmdType>Catalog</CmdType>',
    '<SN>18</SN></Query>',
  )
  expect(diffOf(query, other).filter(({ differs }) => differs)).toEqual([
    { left: 'CSeq: 7 MESSAGE', right: 'CSeq: 8 MESSAGE', differs: true },
    { left: 'Content-Type: Application/MANSCDP+xml', right: '', differs: true },
    { left: '<SN>17</SN>', right: '<SN>18</SN>', differs: true },
  ])
})
