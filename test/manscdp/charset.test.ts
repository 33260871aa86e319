import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { type Charset, decodeBody, encodeBody } from '../../src/manscdp/index.ts'

const declared = (encoding: string, text: string) => `<?xml version="1.0" encoding="${encoding}"?>\r\n<a>${text}</a>`
const codes = (bytes: Uint8Array, options?: { charset?: Charset }) =>
  decodeBody(bytes, options).notes.map((n) => n.code)

describe('what a body is read as (protocol/01 section 12)', () => {
  it('takes the declaration at its word when the bytes allow it', () => {
    const text = declared('GB2312', '北门')
    expect(decodeBody(iconv.encode(text, 'gbk'))).toEqual({ text, charset: 'GB18030', declared: 'GB2312', notes: [] })
    const utf8 = declared('UTF-8', '北门')
    expect(decodeBody(Buffer.from(utf8))).toEqual({ text: utf8, charset: 'UTF-8', declared: 'UTF-8', notes: [] })
  })

  it('reads a body declared GB2312 that is UTF-8 as UTF-8, and says so', () => {
    const text = declared('GB2312', '模拟设备1')
    const body = decodeBody(Buffer.from(text))
    expect([body.text, body.charset, codes(Buffer.from(text))]).toEqual([text, 'UTF-8', ['charset-mislabelled']])
  })

  it('reads a body labelled UTF-8 that is GB18030 as GB18030, and says so', () => {
    const text = declared('UTF-8', '一楼大厅')
    const bytes = iconv.encode(text, 'gb18030')
    const body = decodeBody(bytes)
    expect([body.text, body.charset, codes(bytes)]).toEqual([text, 'GB18030', ['charset-mislabelled']])
  })

  it('believes the claim where one wide UTF-8 character might as well be two GB ones', () => {
    const text = declared('GB2312', '陘嶡')
    const bytes = encodeBody(text, 'GB2312')
    expect([isUtf8(bytes), decodeBody(bytes).text]).toEqual([true, text])
  })

  it('reads the GB2312 character for "one" as such, though its bytes D2 BB are a Cyrillic letter in UTF-8', () => {
    const bytes = Buffer.from([...Buffer.from('<a>'), 0xd2, 0xbb, ...Buffer.from('</a>')])
    expect(decodeBody(bytes)).toMatchObject({ text: '<a>一</a>', charset: 'GB18030' })
  })

  it('reads characters beyond GB2312 in a body declared GB2312 (rare names, wvp#1344)', () => {
    const text = declared('gb2312', '张喆㙍𠀀')
    expect(decodeBody(iconv.encode(text, 'gb18030'))).toMatchObject({ text, charset: 'GB18030', notes: [] })
  })

  it('uses the charset of the device when nothing is declared, and GB18030 when nothing is configured', () => {
    expect(decodeBody(Buffer.from('<a>é</a>'), { charset: 'UTF-8' })).toMatchObject({
      text: '<a>é</a>',
      charset: 'UTF-8',
    })
    expect(decodeBody(iconv.encode('<a>门</a>', 'gbk'))).toMatchObject({ text: '<a>门</a>', charset: 'GB18030' })
    expect(decodeBody(Buffer.from('<a/>')).declared).toBeUndefined()
  })

  it('keeps the message when one byte of it is in no character set', () => {
    const utf8 = Buffer.from(declared('UTF-8', '一楼大厅东侧摄像机'))
    utf8[utf8.indexOf(Buffer.from('厅'))] = 0xff
    const body = decodeBody(utf8)
    expect(body.charset).toBe('UTF-8')
    expect(body.text).toContain('东侧摄像机</a>')
    expect(codes(utf8)).toEqual(['undecodable-bytes'])
    const gb = Buffer.concat([iconv.encode('<a>一楼', 'gbk'), Buffer.from([0xff]), iconv.encode('大厅</a>', 'gbk')])
    expect(decodeBody(gb)).toMatchObject({ text: '<a>一楼\ufffd大厅</a>', charset: 'GB18030' })
  })

  it('does not let half a GB character swallow the tag behind it', () => {
    const half = Buffer.from([...Buffer.from('<Name>A'), 0xb7, ...Buffer.from('</Name>')])
    expect(decodeBody(half).text).toBe('<Name>A\ufffd</Name>')
  })

  it('drops a byte order mark', () => {
    expect(decodeBody(Buffer.from('\ufeff<a>门</a>')).text).toBe('<a>门</a>')
  })
})

describe('encoding', () => {
  it('writes what GB2312 peers lack as numeric references', () => {
    expect(encodeBody('门', 'GB2312')).toEqual(Buffer.from([0xc3, 0xc5]))
    expect(encodeBody('a𠀀b', 'GB2312').toString('latin1')).toBe('a&#131072;b')
    expect(encodeBody('a𠀀b', 'GB18030')).toEqual(Buffer.from([0x61, 0x95, 0x32, 0x82, 0x36, 0x62]))
  })

  it('loses nothing in any character set: what cannot be encoded comes back as its reference', () => {
    const unreference = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom<Charset>('GB2312', 'GBK', 'GB18030', 'UTF-8'),
        (text, charset) => {
          fc.pre(!text.includes('&') && !text.startsWith('\ufeff'))
          const label = charset === 'UTF-8' ? 'UTF-8' : 'GB18030'
          const reader = new TextDecoder(label.toLowerCase())
          expect(unreference(reader.decode(encodeBody(text, charset)))).toBe(text.toWellFormed())
        },
      ),
    )
  })

  it('reads back what it wrote in GB18030 and UTF-8 for Chinese text', () => {
    const han = fc.string({
      unit: fc.integer({ min: 0x4e00, max: 0x9fa5 }).map((c) => String.fromCodePoint(c)),
      minLength: 2,
    })
    fc.assert(
      fc.property(han, fc.constantFrom<Charset>('GB2312', 'GB18030', 'UTF-8'), (name, charset) => {
        const text = declared(charset, name)
        const bytes = encodeBody(text, charset)
        // A few GB texts are UTF-8 by accident, and nobody can tell.
        fc.pre(charset === 'UTF-8' || !isUtf8(bytes))
        expect(decodeBody(bytes).text).toBe(text)
      }),
    )
  })
})
