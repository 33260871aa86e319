/** Bodies made to hurt: each is a typed rejection, and in bounded time (a quadratic scan of these takes minutes). */
import { describe, expect, it } from 'vitest'
import { parseManscdp } from '../../src/manscdp/index.ts'

const MEGABYTE = 1_048_576
const fill = (unit: string) => unit.repeat(Math.floor((MEGABYTE - 200) / unit.length))
const wrap = (inner: string) => `<Query><CmdType>Catalog</CmdType><SN>1</SN>${inner}</Query>`

function verdict(body: string): string {
  const result = parseManscdp(Buffer.from(body))
  return result.ok ? 'taken' : result.rejection.code
}

describe('bodies made to hurt', () => {
  it('refuses a document type, so that no entity is ever declared', () => {
    const bomb = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    const external = '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    expect(verdict(`<?xml version="1.0"?>${bomb}${wrap('<A>&b;</A>')}`)).toBe('forbidden')
    expect(verdict(`<?xml version="1.0"?>${external}${wrap('<A>&x;</A>')}`)).toBe('forbidden')
    expect(verdict(wrap('<!ENTITY a "b">'))).toBe('forbidden')
  })

  it.each(['__proto__', 'constructor', 'prototype'])('refuses an element named %s', (name) => {
    expect(verdict(wrap(`<${name}><polluted>1</polluted></${name}>`))).toBe('forbidden')
  })

  it('takes an attribute named __proto__ for nothing', () => {
    expect(verdict(wrap('<A __proto__="1" constructor="2">x</A>'))).toBe('taken')
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('refuses nesting of 20,000 levels', () => {
    expect(verdict(wrap('<a>'.repeat(20_000) + '</a>'.repeat(20_000)))).toBe('too-deep')
  })

  it('refuses a body beyond its size before it looks inside', () => {
    expect(verdict(wrap('x'.repeat(MEGABYTE)))).toBe('too-big')
  })

  it.each([
    ['<', 'truncated'],
    ['<!--', 'truncated'],
    ['<![CDATA[', 'truncated'],
    ['<?', 'truncated'],
    ['<a ', 'truncated'],
    ['<a b="', 'truncated'],
    ['a="1" ', 'truncated'],
    ['<a/>', 'too-big'],
    ['</a>', 'truncated'],
    ['&', 'truncated'],
    ['&#', 'truncated'],
    [' ', 'truncated'],
    ['\0', 'truncated'],
    ['\u0001', 'truncated'],
    ['门', 'truncated'],
  ])('is done with a megabyte of %j within two seconds', { timeout: 2000 }, (unit, code) => {
    const inner = unit === '门' ? '门'.repeat(300_000) : fill(unit)
    expect(verdict(`<Query><CmdType>Catalog</CmdType>${inner}`)).toBe(code)
  })

  it.each(['<', ' ', '\0', 'junk ', '\r\n'])('is done with a megabyte of %j alone', { timeout: 2000 }, (unit) => {
    expect(['not-xml', 'empty']).toContain(verdict(fill(unit)))
  })

  it('is done with a tag of a thousand attributes, and with one that never ends', { timeout: 2000 }, () => {
    expect(verdict(wrap(`<A ${'b="1" '.repeat(100_000)}/>`))).toBe('taken')
    expect(verdict(wrap(`<A ${'b=1 '.repeat(200_000)}"`))).toBe('taken')
    expect(verdict(wrap(`<A${' '.repeat(900_000)}b`))).toBe('taken')
    expect(verdict(wrap(`<${'A'.repeat(900_000)} `))).toBe('taken')
  })
})
