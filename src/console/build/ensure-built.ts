/** Builds the console of a checkout where what it is made of is newer than the built page. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** Also what is drawn, and what the drawing is read by. */
const madeOf = ['src/console', 'machines', 'src/statechart/describe.ts', 'package-lock.json']

export async function ensureBuilt(): Promise<void> {
  const built = await changedAt(join(root, 'dist/console/index.html'))
  const changes = await Promise.all(madeOf.map((path) => newestIn(join(root, path))))
  if (Math.max(...changes) <= built) return
  const { buildConsole } = await import('./build.ts')
  await buildConsole()
}

async function newestIn(path: string): Promise<number> {
  const about = await stat(path)
  if (!about.isDirectory()) return about.mtimeMs
  const inside = await readdir(path, { recursive: true })
  return Math.max(...(await Promise.all(inside.map((name) => changedAt(join(path, name))))))
}

const changedAt = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
