/** Builds the console into one HTML file, `dist/console/index.html`: `npm run build`, and `ensure-built.ts`. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'
import * as machines from '../../../machines/index.ts'
import { chartOf } from './layout.ts'

const source = fileURLToPath(new URL('..', import.meta.url))
export const builtPage = fileURLToPath(new URL('../../../dist/console/index.html', import.meta.url))

/** The drawings of all machines, as the module `virtual:charts`. */
const chartsModule = (): Plugin => ({
  name: 'charts',
  resolveId: (id) => (id === 'virtual:charts' ? '\0charts' : undefined),
  load: async (id) => {
    if (id !== '\0charts') return undefined
    const all = Object.values(machines).filter((each) => 'root' in each)
    const charts = await Promise.all(all.map(async (machine) => [machine.id, await chartOf(machine)] as const))
    return `export const charts = ${JSON.stringify(Object.fromEntries(charts))}`
  },
})

export async function buildConsole(): Promise<void> {
  const result = await build({
    root: source,
    configFile: false,
    logLevel: 'warn',
    plugins: [chartsModule()],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: { write: false, target: 'es2023', cssCodeSplit: false, modulePreload: false },
  })
  const outputs = [result].flat().flatMap((each) => ('output' in each ? each.output : []))
  let html = ''
  let script = ''
  let style = ''
  for (const output of outputs) {
    if (output.type === 'chunk') script += output.code
    else if (output.fileName.endsWith('.css')) style += output.source
    else if (output.fileName.endsWith('.html')) html = String(output.source)
  }
  await place(inOneFile(html, script, style))
}

/** In the body's end, where the element to fill is there already. */
function inOneFile(html: string, script: string, style: string): string {
  const bare = html.replace(/<script[^>]*><\/script>/g, '').replace(/<link rel="stylesheet"[^>]*>/g, '')
  const safe = script.replaceAll('</script', '<\\/script')
  return bare
    .replace('</head>', () => `<style>${style}</style></head>`)
    .replace('</body>', () => `<script type="module">${safe}</script></body>`)
}

/** At once, for another process may be reading it. */
async function place(html: string): Promise<void> {
  await mkdir(new URL('.', `file://${builtPage}`), { recursive: true })
  const aside = `${builtPage}.${process.pid}`
  await writeFile(aside, html)
  await rename(aside, builtPage)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildConsole()
