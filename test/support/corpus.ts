/** Messages, bodies and captures that this project did not write, read in place. Absent: skipped by name; in CI: a failure. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, it } from 'vitest'

const root = process.env.GB28181_CORPUS ?? resolve(import.meta.dirname, '../../../shared/corpus')

export type CorpusFolder = 'rfc4475' | 'rfc5118' | 'gb28181' | 'gbxml' | 'pcap'

export const corpusPath = (folder: CorpusFolder): string => join(root, folder)

export const readCorpus = (folder: CorpusFolder, file: string): Buffer => readFileSync(join(root, folder, file))

/** The folder's `index.json`, one entry a file; entries repeat in some indexes and are returned once. */
export function corpusIndex<T extends { file: string }>(folder: CorpusFolder): T[] {
  const entries = JSON.parse(readFileSync(join(root, folder, 'index.json'), 'utf8')) as T[]
  return [...new Map(entries.map((entry) => [entry.file, entry])).values()]
}

/** `describe` for tests over a corpus folder. */
export function describeCorpus(folder: CorpusFolder, name: string, body: () => void): void {
  if (existsSync(join(root, folder))) {
    describe(name, body)
    return
  }
  if (process.env.CI) {
    it(`${name}: the corpus ${folder} is missing at ${root}`, () => {
      throw new Error(`corpus ${folder} not found at ${root}`)
    })
    return
  }
  // The body reads the index as it is collected, so that it cannot even be looked at.
  it.skip(`${name} (no corpus ${folder} at ${root})`, () => {})
}
