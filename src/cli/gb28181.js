#!/usr/bin/env node
// The command `gb28181`: runs the sources in a checkout and the built code in the package. Plain JavaScript, so that
// a Node that is too old reaches the place where the right one is started.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as modules from 'node:module'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const root = at('../..')
const [major, minor] = process.versions.node.split('.').map(Number)
const inCheckout = existsSync(at('main.ts'))
const load = (name) => import(inCheckout ? `./${name}.ts` : `../../dist/src/cli/${name}.js`)

// 22.19 strips types without a flag.
if (major > 22 || (major === 22 && minor >= 19)) {
  if (process.argv[2] === 'platform') await beginAgain()
  // Until the modules are loaded nothing runs that would have to end in order; `processTerminal` takes over.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0))
  // Sources without their types, and compiled, from the last time: 1.2 instead of 2.0 s of CPU until `platform --help`.
  modules.enableCompileCache()
  if (inCheckout && process.argv[2] === 'platform')
    await (await import('../console/build/ensure-built.ts')).ensureBuilt()
  await load('main')
} else startNewer()

/**
 * This same process once more, with what Node heeds only before it runs any script. Options of the user's own go before, and
 * where a process cannot be replaced it does without.
 */
async function beginAgain() {
  const { argv0, argv, env, execArgv, execPath, platform } = process
  if (execArgv.length > 0 || platform === 'win32' || process.send !== undefined) return
  const { runtimeEnvironment, runtimeFlags } = await load('runtime')
  const flags = runtimeFlags.filter((flag) => !env.NODE_OPTIONS?.includes(flag.split('=')[0]))
  process.execve?.(execPath, [argv0, ...flags, ...argv.slice(1)], runtimeEnvironment(env))
}

/** The development dependency `node` brings the right one. */
function startNewer() {
  const newer = `${root}node_modules/node/bin/node`
  if (!existsSync(newer)) {
    process.stderr.write(`gb28181 needs Node 22.19 or newer; this is ${process.versions.node}.\n`)
    process.exit(1)
  }
  const child = spawn(newer, process.argv.slice(1), { stdio: 'inherit' })
  // Whoever signals this process means the child. Ctrl-C reaches it from the terminal as well: it counts that as one.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
