import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FramerOutput, StreamFramer } from '../../src/sip/index.ts'
import { meaning, messageBytes } from './support.ts'

const framed = (body: string, changes: Readonly<Record<string, string | undefined>> = {}) =>
  messageBytes({ 'Content-Length': `${body.length}`, ...changes }, body)

const all = (segments: readonly Buffer[], framer = new StreamFramer()): FramerOutput[] =>
  segments.flatMap((segment) => [...framer.push(segment)])

const told = (outputs: readonly FramerOutput[]) =>
  outputs.map((output) => {
    if (output.type === 'message') return output.message.body.toString('latin1')
    return output.type === 'rejected' ? output.rejection.code : output.type
  })

function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const bounds = [0, ...places.map((place) => place % (stream.length + 1)).toSorted((a, b) => a - b), stream.length]
  return bounds.slice(1).map((end, index) => stream.subarray(bounds[index], end))
}

describe('a stream of messages (18.3)', () => {
  it('gives the same messages however it is cut', () => {
    const body = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
    const message = fc.oneof(
      body.map((text) => framed(text)),
      body.map((text) => framed(text, { 'Content-Length': undefined, l: `${text.length}` })),
      body.map((text) => framed(text, { CSeq: 'wrong MESSAGE' })),
      body.map((text) => framed(text, { Subject: 'folded\r\n value' })),
    )
    const between = fc.constantFrom('', '\r\n', '\0')
    const stream = fc.array(fc.tuple(between, message), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 30 }), (parts, places) => {
        const whole = Buffer.concat(parts.flatMap(([gap, bytes]) => [Buffer.from(gap), bytes]))
        const flat = (outputs: readonly FramerOutput[]) =>
          outputs.map((output) => (output.type === 'message' ? meaning(output.message) : output))
        expect(flat(all(cut(whole, places)))).toEqual(flat(all([whole])))
        expect(all([whole]).length).toBe(parts.length)
      }),
    )
  })

  it('byte by byte: a million segments are done in time that grows with the bytes', () => {
    const framer = new StreamFramer()
    const stream = Buffer.concat([framed('x'.repeat(1_000_000)), framed('y')])
    const outputs: FramerOutput[] = []
    for (let at = 0; at < stream.length; at++) outputs.push(...framer.push(stream.subarray(at, at + 1)))
    expect(outputs.map((output) => output.type)).toEqual(['message', 'message'])
    expect(framer.pendingBytes).toBe(0)
  })

  it('a message without Content-Length has no body, and the next one follows at once', () => {
    expect(told(all([Buffer.concat([messageBytes(), framed('two')])]))).toEqual(['', 'two'])
  })

  it('octets after Content-Length 0 are the next message, as in RFC 4475 3.1.1.8', () => {
    expect(told(all([Buffer.concat([framed(''), framed('b')])]))).toEqual(['', 'b'])
  })

  it('the bodies do not change when the stream goes on', () => {
    const framer = new StreamFramer()
    const [first] = all([framed('first')], framer)
    all([framed('other')], framer)
    expect(told([first!])).toEqual(['first'])
  })

  it('two empty lines are a ping, one is none (RFC 5626 3.5.1)', () => {
    const framer = new StreamFramer()
    expect(told(all([Buffer.from('\r\n\r\n')], framer))).toEqual(['ping'])
    expect(told(all([Buffer.from('\r\n')], framer))).toEqual([])
    expect(told(all([framed('a'), Buffer.from('\r'), Buffer.from('\n\r'), Buffer.from('\n')], framer))).toEqual([
      'a',
      'ping',
    ])
    expect(told(all([Buffer.concat([Buffer.from('\r\n\r\n'), framed('b')])], framer))).toEqual(['ping', 'b'])
  })

  it('a flood of empty lines is answered once a segment', () => {
    expect(told(all([Buffer.from('\r\n'.repeat(10_000))]))).toEqual(['ping'])
  })

  it('a message that is framed but wrong is rejected alone', () => {
    const outputs = all([Buffer.concat([framed('a', { From: undefined }), framed('b')])])
    expect(outputs[0]).toMatchObject({ type: 'rejected', fatal: false, rejection: { code: 'missing-header' } })
    expect(told(outputs)).toEqual(['missing-header', 'b'])
  })

  it.each([
    ['a length that is none', framed('', { 'Content-Length': '-1' }), 'malformed-content-length'],
    ['two lengths', framed('', { l: '5' }), 'conflicting-content-length'],
    ['a head that has no end', Buffer.from(`MESSAGE sip:a@h SIP/2.0\r\n${'X: y\r\n'.repeat(300)}`), 'head-too-large'],
    ['a body beyond the limit', framed('', { 'Content-Length': '5000' }), 'message-too-large'],
    ['a line without a colon', framed('', { 'Bad\r\nX': '1' }), 'malformed-header'],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: h\r\n\r\n'), 'not-sip'],
    ['noise', Buffer.alloc(2000, 0x41), 'head-too-large'],
  ] as const)('%s ends the stream once: what follows is dropped', (_, input, code) => {
    const framer = new StreamFramer({ limits: { message: 4000, head: 1000, headers: 50, line: 500 } })
    const outputs = all([input, framed('after')], framer)
    expect(told(outputs)).toEqual([code])
    expect(outputs[0]).toMatchObject({ fatal: true })
    expect(framer.closed).toBe(true)
    expect(framer.pendingBytes).toBe(0)
  })

  it('a request that ends the stream can still be answered', () => {
    const [output] = all([framed('', { 'Content-Length': 'x' })])
    expect(output?.type === 'rejected' && output.rejection.answerable?.cseq).toBe('20 MESSAGE')
  })

  it('a catalog of several megabytes is one message', () => {
    const [output] = all(
      cut(
        framed('c'.repeat(5_000_000)),
        Array.from({ length: 80 }, (_, at) => at * 65_000),
      ),
    )
    expect(output?.type === 'message' && output.message.body.length).toBe(5_000_000)
  })
})
