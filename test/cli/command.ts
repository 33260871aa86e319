/** Runs `gb28181` as its users do: a process of its own, with its streams and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../../src/cli/run-command.ts'
import { Ending } from '../../src/cli/terminal.ts'
import { freePort } from '../support/free-port.ts'

const launcher = fileURLToPath(new URL('../../src/cli/gb28181.js', import.meta.url))
export const demo = fileURLToPath(new URL('../../src/cli/demo.ts', import.meta.url))

export interface Run {
  readonly child: ChildProcess
  readonly out: string
  readonly err: string
  /** Resolves when standard output or error has what is looked for; rejects when the process ends before. */
  until(wanted: RegExp): Promise<RegExpExecArray>
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>
}

export function run(args: readonly string[], env: Record<string, string> = {}, script = launcher): Run {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GB28181_')))
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { out: '', err: '' }
  const ended = new Promise<number | string | null>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal)),
  )
  const until = (wanted: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = wanted.exec(text.out) ?? wanted.exec(text.err)
        if (found !== null) resolve(found)
      }
      child.stdout?.on('data', look)
      child.stderr?.on('data', look)
      child.on('close', () => reject(new Error(`ended without ${wanted}:\n${text.out}\n${text.err}`)))
      look()
    })
  child.stdout?.setEncoding('utf8').on('data', (data) => {
    text.out += data
  })
  child.stderr?.setEncoding('utf8').on('data', (data) => {
    text.err += data
  })
  return {
    child,
    get out() {
      return text.out
    },
    get err() {
      return text.err
    },
    until,
    ended,
  }
}

/** What a command that ends by itself has said, run in this process: quicker, and the same but for the launcher. */
export async function told(args: readonly string[], env: Record<string, string> = {}) {
  const text = { out: '', err: '' }
  const code = await runCommand(args, {
    env,
    out: (line) => {
      text.out += `${line}\n`
    },
    err: (line) => {
      text.err += `${line}\n`
    },
    ending: new Ending(
      new EventEmitter(),
      () => 0,
      () => {},
    ),
    now: () => 0,
  })
  return { code, ...text }
}

/** The arguments of a platform on free loopback ports. */
export async function platformArgs(...more: readonly string[]) {
  const [sip, http] = [await freePort(), await freePort()]
  const args = [
    'platform',
    '--sip',
    `127.0.0.1:${sip}`,
    '--http',
    `127.0.0.1:${http}`,
    '--media-ports',
    '43000-43100',
    ...more,
  ]
  return { args, sip, http, url: `http://127.0.0.1:${http}` }
}
