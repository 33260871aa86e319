/** The version of the package, read from beside the sources or the built code. */
import { readFileSync } from 'node:fs'

const read = (): string => {
  const at = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url))
  for (const path of at) {
    try {
      const { name, version } = JSON.parse(readFileSync(path, 'utf8'))
      if (name === 'gb28181') return version
    } catch {}
  }
  return '0.0.0'
}

export const version: string = read()
