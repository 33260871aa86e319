/** `gb28181 platform`: the upper side with its HTTP API, until it is asked to end. */
import { Effect } from 'effect'
import { Command } from 'effect/cli'
import { Gb28181Error } from '../errors.ts'
import { createPlatform } from '../platform/create.ts'
import type { Platform } from '../platform/platform.ts'
import { createHttpServer, type HttpServer } from '../server/index.ts'
import { attachCommand, type BannerFacts, banner } from './banner.ts'
import { consoleOf } from './console.ts'
import { logEvents } from './event-log.ts'
import { Inspecting } from './inspecting.ts'
import { Log } from './log.ts'
import { type PlatformSettings, platformFlags, platformSettings } from './platform-settings.ts'
import { Interrupted, type Terminal, Unusable } from './terminal.ts'
import { version } from './version.ts'

export const platformCommand = (terminal: Terminal) =>
  Command.make('platform', platformFlags, (parsed) =>
    Effect.tryPromise({
      try: async () => runPlatform(platformSettings(parsed, terminal), terminal),
      catch: (error) => error,
    }),
  ).pipe(
    Command.withDescription('The upper side of GB/T 28181: registrar, queries, live video, HTTP API.'),
    Command.withExamples([
      {
        command: 'gb28181 platform',
        description: 'Everything by default: SIP on 5060, HTTP on 127.0.0.1:8080, a password made up',
      },
      {
        command: 'GB28181_PASSWORD=secret gb28181 platform --advertise 192.168.1.10',
        description: 'One password for all devices, and the address that cameras reach',
      },
      {
        command: 'gb28181 platform --inspect-port 9229',
        description: 'Its statecharts live in viewers made with @xstate/inspect, at ws://127.0.0.1:9229',
      },
      {
        command: 'gb28181 platform --sip 0.0.0.0:5061 --http 0.0.0.0:8080 --http-token-file token.txt',
        description: 'Another port, and the API for other machines',
      },
    ]),
  )

export async function runPlatform(settings: PlatformSettings, terminal: Terminal): Promise<void> {
  const log = new Log(terminal, settings.log)
  const { ending } = terminal
  const platform = usable(() => createPlatform({ ...settings.platform, logger: log }))
  const http = usable(() =>
    createHttpServer(platform, { ...settings.http, version, logger: log, console: consoleOf(platform, settings) }),
  )
  const inspecting = new Inspecting(platform, settings, log)
  const stopLogging = logEvents(platform, log, () => terminal.now())
  try {
    await platform.start({ signal: ending.signal }).catch(hinted('sip'))
    await http.start().catch(hinted('http'))
    await inspecting.start().catch(hinted('inspect-port'))
    announce(platform, http, inspecting, settings, terminal, log)
    await ending.asked()
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
  } finally {
    if (ending.signal.aborted) log.info({ event: 'platform.ending' }, whatIsWaitedFor(platform))
    // Inspectors see the end of the actors too.
    await platform.close()
    await Promise.all([inspecting.close(), http.close()])
    stopLogging()
  }
}

/** For people on standard output; in a log of JSON as one line, without the password. */
function announce(
  platform: Platform,
  http: HttpServer,
  inspecting: Inspecting,
  settings: PlatformSettings,
  terminal: Terminal,
  log: Log,
): void {
  const { generatedPassword } = platform
  const listen = platform.address()
  const facts: BannerFacts = {
    id: platform.id,
    realm: platform.realm,
    listen,
    http: http.address() ?? { address: settings.http.host, port: settings.http.port },
    httpToken: settings.http.token !== undefined,
    inspector: inspecting.address(),
    advertise: settings.platform.advertise,
    password: settings.password ?? { from: 'generated', password: generatedPassword ?? '' },
    keepalive: settings.platform.keepalive ?? 60,
    keepaliveLimit: settings.platform.keepaliveLimit ?? 3,
  }
  terminal.out(banner(facts))
  const { password: _, ...told } = facts
  const attach = attachCommand({ ...facts, password: { from: 'file' } })
  const level = settings.log.format === 'json' ? 'info' : 'debug'
  log.write(level, { event: 'platform.started', ...told, attach }, 'serving')
}

function whatIsWaitedFor(platform: Platform): string {
  const playing = platform.sessions().filter(({ state }) => !['ended', 'failed'].includes(state)).length
  const what = playing === 0 ? 'closing' : `hanging up ${playing} session${playing === 1 ? '' : 's'}, then closing`
  return `${what}; once more ends at once`
}

/** Options that a library refuses are told by the name they have here. */
function usable<A>(make: () => A): A {
  try {
    return make()
  } catch (error) {
    if (error instanceof TypeError) throw new Unusable(error.message.replace(/^options\.([a-zA-Z]+)[.\w[\]]*/, flagOf))
    if (error instanceof Gb28181Error && error.code === 'http-token-required') throw new Unusable(error.message)
    throw error
  }
}

const flagOf = (_: string, name: string): string =>
  `--${name === 'listen' ? 'sip' : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** A port in use is told with the option that chooses another. */
const hinted =
  (option: 'sip' | 'http' | 'inspect-port') =>
  (error: unknown): never => {
    if (!(error instanceof Gb28181Error && error.code === 'port-in-use')) throw error
    const [, what = '', address = '', port = ''] = /^(\w+ (.*):(\d+)) is in use/.exec(error.message) ?? []
    const other = `--${option} ${address}:${Number(port) + 1}`
    throw new Gb28181Error(error.code, `${what} is in use. Stop the program that uses it, or ${other}.`)
  }
