/**
 * What one interop test sets up: a folder, programs, a platform, devices. All of it ends with the test, however that
 * ends; every program runs under `timeout`, so that none outlives a test run that was killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createDevice, type Device, type DeviceEvent, type DeviceOptions } from '../../src/device/index.ts'
import { createPlatform, type Platform, type PlatformEvent, type PlatformOptions } from '../../src/index.ts'
import { programPath } from '../support/programs.ts'

export const password = 'interop-Pass1234'
export const platformId = '34020000002000000001'

/** Seconds after which a program is ended, whatever it does. */
const programLimit = 60

export interface Finished {
  /** Exit code; 124 where it ran into its limit, null where a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  /** Standard output and standard error. */
  readonly output: string
}

export class Running {
  readonly #child: ChildProcess
  #stdout = ''
  #output = ''
  readonly ended: Promise<Finished>

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
      this.#output += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
    })
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve({ code, stdout: this.#stdout, output: this.#output }))
    })
  }

  /** Standard output and standard error so far. */
  get output(): string {
    return this.#output
  }

  /** Signals the program itself: `timeout` passes it on. */
  signal(name: 'SIGTERM' | 'SIGINT'): void {
    this.#child.kill(name)
  }

  /** Ends whatever is left of it, its own children too. */
  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    process.kill(-pid, 'SIGKILL')
    await this.ended
  }
}

export interface RunningPlatform {
  readonly platform: Platform
  /** Everything that has happened so far. */
  readonly events: readonly PlatformEvent[]
  /** `127.0.0.1:PORT` */
  address(transport: 'UDP' | 'TCP'): string
}

export interface RunningDevice {
  readonly device: Device
  readonly events: readonly DeviceEvent[]
}

export class Stage {
  readonly folder: string
  readonly #ending = new AsyncDisposableStack()

  constructor(folder: string) {
    this.folder = folder
  }

  /** Writes a file that a program reads, and says where it is. */
  async file(name: string, text: string | Uint8Array): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, text)
    return path
  }

  /** Starts a program in the folder of the test. */
  start(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const path = programPath(program) ?? program
    // In the foreground it passes a signal to the program once, not to its whole group besides.
    const limited = ['--foreground', '--kill-after=2', String(programLimit), path, ...args]
    // A group of its own, so that what it forks ends with it.
    const child = spawn('timeout', limited, { cwd: this.folder, env: { ...process.env, ...env }, detached: true })
    const running = new Running(child)
    this.defer(() => running.kill())
    return running
  }

  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished> {
    return this.start(program, args, env).ended
  }

  async platform(options: PlatformOptions = {}): Promise<RunningPlatform> {
    const platform = createPlatform({
      id: platformId,
      password,
      listen: [
        { transport: 'UDP', address: '127.0.0.1', port: 0 },
        { transport: 'TCP', address: '127.0.0.1', port: 0 },
      ],
      mediaPorts: { from: 31_000, to: 31_200 },
      ...options,
    })
    this.#ending.use(platform)
    const events: PlatformEvent[] = []
    void collect(platform.events(), events)
    await platform.start()
    return { platform, events, address: (transport) => addressOf(platform.address(), transport) }
  }

  async device(options: DeviceOptions): Promise<RunningDevice> {
    const device = createDevice({ password, serverId: platformId, local: { address: '127.0.0.1' }, ...options })
    this.#ending.use(device)
    const events: DeviceEvent[] = []
    void collect(device.events(), events)
    await device.start()
    return { device, events }
  }

  /** Ends it with the test, before what was set up earlier. */
  defer(end: () => Promise<void>): void {
    this.#ending.defer(end)
  }

  close(): Promise<void> {
    return this.#ending.disposeAsync()
  }
}

/** Opens a stage that ends with the running test. */
export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'gb28181-interop-'))
  const stage = new Stage(folder)
  stage.defer(() => rm(folder, { recursive: true, force: true }))
  onTestFinished(() => stage.close())
  return stage
}

async function collect<Event extends { name: string }>(
  source: AsyncIterable<Event | { name: 'gap' }>,
  into: Event[],
): Promise<void> {
  for await (const event of source) if (event.name !== 'gap') into.push(event as Event)
}

function addressOf(bound: ReturnType<Platform['address']>, transport: 'UDP' | 'TCP'): string {
  const found = bound.find((address) => address.transport === transport)
  if (found === undefined) throw new Error(`the platform does not listen on ${transport}`)
  return `${found.address}:${found.port}`
}

/** The 20-digit IDs of `count` devices. */
export const deviceIds = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `3402000000111${String(index + 1).padStart(7, '0')}`)
