import { describe, expect, it } from 'vitest'
import { createNonceSigner } from '../../src/sip/index.ts'

const key = Buffer.alloc(32, 7)
const context = { at: 1_700_000_000_000, deviceId: '34020000001320000001', source: '192.0.2.64' }
const signer = createNonceSigner(key, 300_000)

describe('a nonce (DESIGN.md rule 4)', () => {
  it('is valid for its lifetime and expired after it', () => {
    const nonce = signer.issue(context)
    expect(signer.check(nonce, context)).toBe('valid')
    expect(signer.check(nonce, { ...context, at: context.at + 300_000 })).toBe('valid')
    expect(signer.check(nonce, { ...context, at: context.at + 300_001 })).toBe('expired')
    expect(signer.check(nonce, { ...context, at: context.at - 1 })).toBe('expired')
  })

  it.each([
    ['another device', { deviceId: '34020000001320000002' }],
    ['another source', { source: '192.0.2.65' }],
  ])('is foreign for %s', (_, change) => {
    expect(signer.check(signer.issue(context), { ...context, ...change })).toBe('foreign')
  })

  it('that was kept is recognised as it was issued, with the same verdict, and not for another source', () => {
    const nonce = signer.issue(context)
    const { at, source } = context
    const kept = { nonce, at, source }
    expect(signer.check(nonce, context, kept)).toBe('valid')
    expect(signer.check(nonce, { ...context, at: at + 300_001 }, kept)).toBe('expired')
    expect(signer.check(nonce, { ...context, at: at - 1 }, kept)).toBe('expired')
    expect(signer.check(nonce, { ...context, source: '192.0.2.65' }, kept)).toBe('foreign')
    expect(signer.check(signer.issue({ ...context, at: at + 1 }), context, kept)).toBe('expired')
    expect(signer.check('f'.repeat(44), context, kept)).toBe('foreign')
  })

  it('is foreign for an id and an address whose border has moved', () => {
    const nonce = signer.issue({ ...context, deviceId: 'a|b', source: 'c' })
    expect(signer.check(nonce, { ...context, deviceId: 'a', source: 'b|c' })).toBe('foreign')
  })

  it('is foreign when any of its characters is changed', () => {
    const nonce = signer.issue(context)
    for (let at = 0; at < nonce.length; at++) {
      const tampered = nonce.slice(0, at) + (nonce[at] === '0' ? '1' : '0') + nonce.slice(at + 1)
      expect(signer.check(tampered, context)).toBe('foreign')
    }
  })

  it.each([
    '',
    'x',
    '5b1e0c7a9d3f42c68a0de4f7713b9c25',
    'f'.repeat(44),
    '\0'.repeat(44),
    '摄'.repeat(44),
    'f'.repeat(10_000),
  ])('is foreign when it is not ours: %j', (nonce) => expect(signer.check(nonce, context)).toBe('foreign'))

  it('is foreign to another key', () => {
    expect(createNonceSigner(Buffer.alloc(32, 8), 300_000).check(signer.issue(context), context)).toBe('foreign')
  })

  it('does not tell the key, and differs from device to device', () => {
    expect(signer.issue(context)).toMatch(/^[0-9a-f]{44}$/)
    expect(signer.issue(context)).not.toContain('0707')
    expect(signer.issue(context)).not.toBe(signer.issue({ ...context, deviceId: '34020000001320000002' }))
  })

  it('needs a key of 16 bytes', () => {
    expect(() => createNonceSigner(Buffer.alloc(15), 1)).toThrow(TypeError)
  })
})
