import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseXml } from '../../src/manscdp/xml.ts'
import { plainDepth, readPlain } from '../../src/manscdp/xml-plain.ts'

/** Under a limit that only the long way knows. */
const theLongWay = (text: string) => parseXml(text, { maxDepth: plainDepth - 1 })

const name = fc.stringMatching(/^[A-Z][A-Za-z0-9_.-]{0,6}$/)
const text = fc.string({
  unit: fc.constantFrom('a', '0', ' ', '\r\n', '\r', '\t', '北', '\u3000', '>', '"', "'", '😀', ']]'),
  maxLength: 8,
})
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(name, fc.array(fc.oneof({ maxDepth: 3 }, text, tie('element')), { maxLength: 4 }))
    .map(([own, content]) => `<${own}>${content.join('')}</${own}>`),
}))

describe('a plain document', () => {
  it('is a keepalive', () => {
    const keepalive = '<?xml version="1.0"?>\r\n<Notify>\r\n<CmdType>Keepalive</CmdType>\r\n<SN>3</SN>\r\n</Notify>\r\n'
    expect(readPlain(keepalive)).toMatchObject({ name: 'Notify', children: [{ text: 'Keepalive' }, { text: '3' }] })
  })

  it('is read as the long way reads it', () => {
    let plain = 0
    fc.assert(
      fc.property(element, fc.constantFrom('', '<?xml version="1.0" encoding="GB2312"?>', ' \r\n'), (root, before) => {
        const read = readPlain(before + root)
        if (read === undefined) return
        plain += 1
        expect({ ok: true, root: read, notes: [] }).toEqual(theLongWay(before + root))
      }),
      { numRuns: 2000 },
    )
    expect(plain).toBeGreaterThan(1000)
  })

  it.each([
    ['a name in lower case', '<a></a>'],
    ['a name of JavaScript', '<constructor></constructor>'],
    ['an attribute', '<A b="1"></A>'],
    ['a reference', '<A>&lt;</A>'],
    ['a comment', '<A><!-- --></A>'],
    ['CDATA', '<A><![CDATA[1]]></A>'],
    ['a control character', '<A>\x01</A>'],
    ['half a surrogate pair', '<A>\ud800</A>'],
    ['a DOCTYPE', '<!DOCTYPE a><A></A>'],
    ['a second root', '<A></A><B></B>'],
    ['text behind the root', '<A></A>1'],
    ['text before the root', '1<A></A>'],
    ['an element closed by itself', '<A><B/></A>'],
    ['tags that cross', '<A><B></A></B>'],
    ['a tag that is not closed', '<A><B></A>'],
    ['no end', '<A>'],
    ['no end of the declaration', '<?xml <A></A>'],
    ['an instruction', '<A><?php ?></A>'],
    ['a closing tag too many', '<A></A></A>'],
    ['a blank in a tag', '<A ></A>'],
    ['nothing', ''],
    ['great depth', `${'<A>'.repeat(9)}${'</A>'.repeat(9)}`],
    ['great length', `<A>${'x'.repeat(70_000)}</A>`],
  ])('has not %s', (_, document) => {
    expect(readPlain(document)).toBeUndefined()
  })
})
