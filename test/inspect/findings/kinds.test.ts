import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findingKinds } from '../../../src/inspect/findings/index.ts'
import { Script } from '../analysis/script.ts'
import { findingOf } from './codes.ts'

const tests = globSync('*.test.ts', { cwd: import.meta.dirname })
  .filter((file) => file !== 'kinds.test.ts')
  .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
  .join('\n')

describe('the kinds of findings', () => {
  it('have codes that name one kind each', () => {
    const codes = findingKinds.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.filter((code) => !/^[a-z]+(-[a-z]+)*$/.test(code))).toEqual([])
  })

  it.each(findingKinds.map((kind) => [kind.code, kind] as const))(
    '%s says clause, meaning and fix, and has a test',
    (code, kind) => {
      expect(kind.clause).toMatch(/RFC \d|GB\/T 28181/)
      expect(kind.meaning).toMatch(/^[A-Z].*\.$/s)
      expect(kind.fix).toMatch(/[.?]$/)
      expect(tests).toMatch(new RegExp(`\\b${code}\\b(?!-)`))
    },
  )
})

describe('findings', () => {
  it('of one kind and device are one, with a count and the first dozen of messages as evidence', () => {
    const script = new Script().registered()
    for (let each = 0; each < 30; each++) script.request({ method: 'MESSAGE', by: 'device' }).respond(200).pass(1000)
    const finding = findingOf('message-body-empty', script)
    expect([finding.count, finding.evidence.length]).toEqual([30, 12])
  })
})
