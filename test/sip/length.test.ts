import { describe, expect, it } from 'vitest'
import { parseMessage } from '../../src/sip/index.ts'
import { messageBytes, parsed, rejected } from './support.ts'

const keepalive = '<?xml version="1.0"?>\r\n<Notify>\r\n<CmdType>Keepalive</CmdType>\r\n</Notify>\r\n'
const manscdp = (length: number, body = keepalive, type = 'Application/MANSCDP+xml') =>
  messageBytes({ 'Content-Type': type, 'Content-Length': `${length}` }, body)

describe('Content-Length of a datagram (RFC 3261 18.3)', () => {
  it('absent: the body runs to the end of the datagram', () => {
    expect(parsed(messageBytes({}, 'abc')).body.toString()).toBe('abc')
  })

  it('smaller than what follows: the rest is discarded, and told', () => {
    const result = parseMessage(messageBytes({ 'Content-Length': '2' }, 'abc'))
    expect(result).toMatchObject({ ok: true, notes: [{ code: 'octets-after-body' }] })
    expect(parsed(messageBytes({ 'Content-Length': '2' }, 'abc')).body.toString()).toBe('ab')
  })

  it('larger than what follows: 400', () => {
    expect(rejected(messageBytes({ 'Content-Length': '4' }, 'abc'))).toMatchObject({
      code: 'content-length-beyond-datagram',
      status: 400,
      detail: 'Content-Length 4, but 3 bytes follow the header',
    })
  })

  it.each(['Notify', 'Response', 'Query', 'Control'])(
    'larger, but a MANSCDP %s has come whole: taken, with a note',
    (root) => {
      const body = keepalive.replaceAll('Notify', root)
      const result = parseMessage(manscdp(body.length + 5, body))
      expect(result).toMatchObject({ ok: true, notes: [{ code: 'content-length-beyond-datagram' }] })
      expect(parsed(manscdp(body.length + 5, body)).body.toString()).toBe(body)
    },
  )

  it.each([
    ['a strict reading refuses it', keepalive, 'Application/MANSCDP+xml', true],
    ['a truncated document is not whole', keepalive.slice(0, -10), 'Application/MANSCDP+xml', false],
    ['a closing tag alone is no document', '</Notify>', 'Application/MANSCDP+xml', false],
    ['another type is not looked into', keepalive, 'text/xml', false],
  ] as const)('larger: %s', (_, body, type, strictLength) => {
    const rejection = rejected(manscdp(body.length + 5, body, type), { strictLength })
    expect(rejection.code).toBe('content-length-beyond-datagram')
  })

  it('smaller, but the MANSCDP document ends only with the datagram: taken whole, with a note', () => {
    const counted = keepalive.length - 4
    const result = parseMessage(manscdp(counted))
    expect(result).toMatchObject({ ok: true, notes: [{ code: 'content-length-short-of-body' }] })
    expect(parsed(manscdp(counted)).body.toString()).toBe(keepalive)
    const strict = parseMessage(manscdp(counted), { strictLength: true })
    expect(strict.ok === true && strict.message.body.length).toBe(counted)
  })

  it('smaller, and the document is whole without the rest: the rest is discarded', () => {
    const result = parseMessage(manscdp(keepalive.length, `${keepalive}${keepalive}`))
    expect(result).toMatchObject({ ok: true, notes: [{ code: 'octets-after-body' }] })
  })

  it.each(['-1', '1.5', '0x10', '', '5, 5', '99999999999999999999'])('%j is no length: 400', (length) => {
    expect(rejected(messageBytes({ 'Content-Length': length }, 'abc')).code).toBe('malformed-content-length')
  })

  it('twice and different: 400; twice the same: one', () => {
    expect(rejected(messageBytes({ 'Content-Length': '3', l: '2' }, 'abc')).code).toBe('conflicting-content-length')
    expect(parsed(messageBytes({ 'Content-Length': '3', l: '3' }, 'abc')).body.toString()).toBe('abc')
  })
})
