/**
 * The programs that a benchmark runs, and their end: all of them end with the bench, however that ends. Node programs
 * live as long as their channel to it, others run under `timeout` (coreutils).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Seconds after which a foreign program is ended, whatever it does. */
const programLimit = 3600
/** Milliseconds that a server may take to come up. */
const startLimit = 20_000

export interface Running {
  readonly pid: number
  readonly child: ChildProcess
}

export class Processes implements AsyncDisposable {
  /** Where programs write what nobody reads. Goes with the bench. */
  readonly folder = mkdtempSync(join(tmpdir(), 'gb28181-bench-'))
  /** With how each is told to end; a server has nothing to tidy up here. */
  readonly #running = new Map<ChildProcess, () => void>()

  /** A program of ours, on this Node. Resolves with the first message that it sends. */
  async startNode(file: string, args: readonly string[], flags: readonly string[] = [], env = process.env) {
    const child = spawn(process.execPath, [...flags, join(import.meta.dirname, file), ...args], {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const running = this.#keep(child)
    const [message] = await startedWithin(child, once(child, 'message'), file)
    return { ...running, message: message as unknown }
  }

  /** A foreign server. Resolves when its output holds `ready`. */
  async startServer(program: string, args: readonly string[], ready: string): Promise<Running> {
    const child = spawn('timeout', ['--foreground', '--kill-after=2', String(programLimit), program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
    })
    const running = this.#keep(child)
    const isReady = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          if (text.includes(ready)) resolve()
        })
    })
    await startedWithin(child, isReady, program)
    return running
  }

  /** A program that ends by itself. Resolves with its exit code; null where a signal ended it. */
  async run(program: string, args: readonly string[]): Promise<number | null> {
    // A group of its own, so that what a shell starts ends with it.
    const child = spawn(program, args, { stdio: 'ignore', cwd: this.folder, detached: true })
    this.#keep(child, () => process.kill(-(child.pid ?? 0), 'SIGTERM'))
    const [code] = await once(child, 'exit')
    return code
  }

  async stop({ child }: Running): Promise<void> {
    const end = this.#running.get(child)
    if (end === undefined) return
    end()
    await once(child, 'exit')
  }

  /** At once, for a bench that is interrupted. */
  killAll(): void {
    for (const end of this.#running.values()) end()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.keys()].map((child) => this.stop({ pid: child.pid ?? 0, child })))
    rmSync(this.folder, { recursive: true, force: true })
  }

  #keep(child: ChildProcess, end: () => void = () => child.kill('SIGTERM')): Running {
    this.#running.set(child, end)
    child.once('exit', () => this.#running.delete(child))
    return { pid: child.pid ?? 0, child }
  }
}

/** The next message from a program of ours. @throws Error when it ends instead */
export async function nextMessage({ child }: Running): Promise<unknown> {
  const [message] = await orEnded(child, once(child, 'message'), 'program')
  return message
}

function startedWithin<T>(child: ChildProcess, ready: Promise<T>, name: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${name} did not come up`)), startLimit)
  return Promise.race([orEnded(child, ready, name), promise]).finally(() => clearTimeout(timer))
}

function orEnded<T>(child: ChildProcess, wanted: Promise<T>, name: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const ended = () => reject(new Error(`${name} ended too early (${child.exitCode ?? child.signalCode})`))
  child.once('exit', ended)
  child.once('error', reject)
  return Promise.race([wanted, promise]).finally(() => child.off('exit', ended).off('error', reject))
}

/** A UDP port of the loopback that is free now. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}
