import { describe, expect, it } from 'vitest'
import { redacted, redactedText } from '../../../src/inspect/analysis/index.ts'

describe('a redacted message has', () => {
  it.each([
    [
      'no digest response',
      'Authorization: Digest username="x",response="0123abcd",uri="sip:y"',
      'response="***",uri="sip:y"',
      '0123abcd',
    ],
    [
      'none without quotes or with blanks',
      'Authorization: Digest response = 0123abcd, uri="sip:y"',
      'uri="sip:y"',
      '0123abcd',
    ],
    ['none where the quote is never closed', 'Authorization: Digest response="0123abcd', 'response="***"', '0123abcd'],
    ['no rspauth', 'Authentication-Info: rspauth="0123abcd"', 'rspauth="***"', '0123abcd'],
    ['no password in a URI', 'REGISTER sip:alice:secret@example.com SIP/2.0', 'sip:alice:***@example.com', 'secret'],
    ['no password element', '<Password>secret</Password><Name>x</Name>', '<Name>x</Name>', 'secret'],
    ['none of a longer name', '<FTPPassword a="b">secret</FTPPassword>', '</FTPPassword>', 'secret'],
  ])('%s', (_, text, kept, hidden) => {
    expect(redacted(text)).toContain(kept)
    expect(redacted(text)).not.toContain(hidden)
  })

  it('its port where a URI has one', () => {
    const text = 'INVITE sip:127.0.0.1:5066 SIP/2.0\r\nFrom: <sip:a@b>'
    expect(redacted(text)).toBe(text)
  })

  it('its body in the character set that it is in', () => {
    const bytes = Buffer.concat([
      Buffer.from('MESSAGE sip:a SIP/2.0\r\n\r\n<?xml version="1.0" encoding="GB2312"?><Name>'),
      Buffer.from([0xcd, 0xa8, 0xb5, 0xc0]),
      Buffer.from('</Name>'),
    ])
    expect(redactedText(bytes)).toContain('<Name>通道</Name>')
  })
})
