import fc from 'fast-check'
import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { attributeOf, childOf, parseXml, printXml, type XmlElement, xmlElement } from '../../src/manscdp/index.ts'
import { Notes } from '../../src/manscdp/notes.ts'
import { XML_LIMITS } from '../../src/manscdp/xml.ts'
import { mendXml } from '../../src/manscdp/xml-mend.ts'

function read(text: string): { root: XmlElement; notes: string[] } {
  const result = parseXml(text)
  if (!result.ok) throw new Error(result.rejection.code)
  return { root: result.root, notes: result.notes.map(({ code, where }) => (where ? `${code} ${where}` : code)) }
}

const refusal = (text: string) => {
  const result = parseXml(text)
  return result.ok ? 'taken' : result.rejection.code
}

describe('reading XML', () => {
  it('keeps numbers as text, lists as lists, and the order of the document', () => {
    const { root, notes } = read(
      '<R><SN>0017</SN><L Num="1"><Item><La>1e5</La></Item></L><A/><Item>1</Item><A>2</A></R>',
    )
    expect(root.children.map(({ name }) => name)).toEqual(['SN', 'L', 'A', 'Item', 'A'])
    expect(childOf(root, 'SN')?.text).toBe('0017')
    expect(childOf(root, 'L')?.children).toHaveLength(1)
    expect(childOf(root, 'L')?.children[0]?.children[0]?.text).toBe('1e5')
    expect(notes).toEqual([])
  })

  it('finds elements and attributes in any case, and trims the white space around values', () => {
    const { root } = read('<R><devicelist num=" 1 "><Secrecy> 0\r\n</Secrecy></devicelist></R>')
    const list = childOf(root, 'DeviceList')
    expect(list && attributeOf(list, 'Num')).toBe('1')
    expect(list && childOf(list, 'secrecy')?.text).toBe('0')
  })

  it('resolves the five entities and numeric references, once', () => {
    expect(read('<a>&lt;&gt;&amp;&quot;&apos;&#21271;&#x95E8;&#x1F600;</a>').root.text).toBe(`<>&"'北门😀`)
    expect(read('<a>&amp;lt;</a>').root.text).toBe('&lt;')
    expect(read('<a>&#1;&#xD800;</a>').root.text).toBe('&#1;&#xD800;')
    expect(read('<a><![CDATA[a&amp;<b>]]></a>').root.text).toBe('a&amp;<b>')
  })

  it('takes a catalog whose entities number more than a thousand', () => {
    const items = '<Item><Name>A&amp;B</Name></Item>'.repeat(1500)
    expect(read(`<R>${items}</R>`).root.children).toHaveLength(1500)
  })

  it('does not mind declarations, comments, a blank line or a byte order mark before the root', () => {
    expect(read('\r\n<?xml version="1.0"?>\r\n<!-- x --><R>1</R>\r\n<!-- y -->')).toMatchObject({ root: { text: '1' } })
    expect(read('\ufeff<R>1</R>\0\0').notes).toEqual([])
  })
})

describe('damage that real devices do', () => {
  it.each([
    ['an unescaped &', '<R><Name>A&B &nbsp;</Name></R>', 'A&B &nbsp;', ['stray-ampersand Name']],
    ['a < inside Address', '<R><Name>a<b</Name></R>', 'a<b', ['stray-less-than Name']],
    ['a Chinese word in angle brackets', '<R><Name><北门></Name></R>', '<北门>', ['stray-less-than Name']],
    ['a control character', '<R><Name>a\x01b</Name></R>', 'ab', ['control-character']],
    ['a doubled closing tag', '<R><Name>a</Name></Name></R>', 'a', ['unmatched-close-tag Name']],
    ['a missing closing tag', '<R><L><Name>a</L></R>', 'a', ['unclosed-tag L.Name']],
    ['a closing tag in another case', '<R><Name>a</NAME></R>', 'a', []],
    ['an attribute without quotes', '<R><Name Num=2>a</Name></R>', 'a', ['unquoted-attribute Num']],
    ['text before the root', 'xx<R><Name>a</Name></R>', 'a', ['leading-junk']],
    ['text behind the root', '<R><Name>a</Name></R>\r\nMESSAGE', 'a', ['trailing-junk']],
  ])('mends %s', (_, sent, text, expected) => {
    const { root, notes } = read(sent)
    const found = childOf(childOf(root, 'L') ?? root, 'Name')
    expect([found?.text, notes]).toEqual([text, expected])
  })

  it('lets the first of two attributes of the same name count', () => {
    const { root } = read('<R><L Num="1" Num="2"/></R>')
    expect(childOf(root, 'L')?.attributes).toEqual([['Num', '1']])
  })

  it('counts alike damage in alike places once', () => {
    const result = parseXml(`<R>${'<Item><Name>&</Name></Item>'.repeat(40)}</R>`)
    expect(result.notes).toEqual([{ code: 'stray-ampersand', where: 'Item.Name', count: 40 }])
  })

  it.each([
    ['nothing', '', 'empty'],
    ['white space', ' \r\n ', 'empty'],
    ['plain words', 'Catalog 88884 34020000001320000003', 'not-xml'],
    ['a body cut off', '<R><Item><Name>Gat', 'truncated'],
    ['a body without its last tag', '<R><Item/>\r\n', 'truncated'],
  ])('refuses %s', (_, sent, code) => expect(refusal(sent)).toBe(code))

  it('makes well-formed XML out of anything that it does not refuse', () => {
    const piece = fc.constantFrom(
      '<R>',
      '</R>',
      '<a>',
      '</a>',
      '<b x="1" y=2 x="3">',
      '</B>',
      '<c/>',
      '<',
      '>',
      '&',
      '&lt;',
      '"',
      "'",
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?xml',
      '?>',
      '=',
      '/',
      'text',
      ' ',
      '\x02',
      '门',
    )
    const soup = fc.array(piece, { maxLength: 40 }).map((pieces) => `<R>${pieces.join('')}</R>`)
    fc.assert(
      fc.property(soup, (text) => {
        const mended = mendXml(text, XML_LIMITS, new Notes())
        if (mended.ok) expect(XMLValidator.validate(mended.xml)).toBe(true)
        expect(parseXml(text).ok).toBe(mended.ok)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('printing XML', () => {
  it('prints one element a line with CRLF, the declaration naming the charset', () => {
    const root = xmlElement('R', [xmlElement('A', 'x<&>"'), xmlElement('L', [xmlElement('I', '')], [['Num', '1']])])
    expect(printXml(root, 'GB2312')).toBe(
      '<?xml version="1.0" encoding="GB2312"?>\r\n<R>\r\n<A>x&lt;&amp;&gt;&quot;</A>\r\n<L Num="1">\r\n<I></I>\r\n</L>\r\n</R>\r\n',
    )
  })

  it('reads back every tree that it prints', () => {
    const value = fc.string({ unit: 'binary' }).map((text) =>
      text
        .toWellFormed()
        .replace(/[^\P{Cc}\t\n\r\x7f-\x9f]|[\ufffe\uffff]/gu, '')
        .replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''),
    )
    const name = fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,8}$/)
    const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.tuple(name, value).map(([own, text]) => xmlElement(own, text)),
        fc
          .tuple(name, fc.array(tie('tree'), { minLength: 1, maxLength: 3 }), value)
          .map(([own, children, num]) => xmlElement(own, children, [['Num', num]])),
      ),
    }))
    fc.assert(
      fc.property(tree, (root) => {
        const result = parseXml(printXml(root, 'UTF-8'))
        expect(result.ok && result.root).toEqual(root)
      }),
    )
  })
})
