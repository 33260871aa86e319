import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('machines/README.md and the diagrams of the READMEs are what the machines say', () => {
  const script = join(import.meta.dirname, 'readme.ts')
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  expect({ status, stderr: stderr.trim() }).toEqual({ status: 0, stderr: '' })
})
