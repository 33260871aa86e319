/** `npm run demo`: a platform and three simulated cameras in one process, one of them playing. Ctrl-C ends it. */
import { createFleet } from '../device/index.ts'
import { Gb28181Error } from '../errors.ts'
import { createPlatform } from '../platform/create.ts'
import type { Platform } from '../platform/platform.ts'
import { createHttpServer, type HttpServer } from '../server/index.ts'
import { consoleOf } from './console.ts'
import { logEvents } from './event-log.ts'
import { Log } from './log.ts'
import { Interrupted, processTerminal, Unusable } from './terminal.ts'
import { version } from './version.ts'

const terminal = processTerminal()
const cameras = 3

/** SIP on a port of its own, so that a platform that runs already is left alone. */
async function demo(): Promise<void> {
  if (process.argv.length > 2) throw new Unusable('npm run demo takes no arguments')
  const { signal } = terminal.ending
  const log = new Log(terminal, { format: 'text', level: 'info' })
  await using platform = createPlatform({
    listen: [
      { transport: 'UDP', address: '127.0.0.1', port: 0 },
      { transport: 'TCP', address: '127.0.0.1', port: 0 },
    ],
    logger: log,
  })
  const stopLogging = logEvents(platform, log, () => terminal.now())
  try {
    await platform.start({ signal })
    await using http = await serving(platform, log)
    await using fleet = createFleet({
      server: { host: '127.0.0.1', port: platform.address()[0]?.port ?? 5060 },
      password: platform.generatedPassword ?? '',
      count: cameras,
      channels: 2,
    })
    const catalogs = catalogsOf(platform, cameras)
    await fleet.start({ signal })
    const channel = await Promise.race([catalogs, aborted(signal)])
    const session = await platform.play(channel, { signal })
    terminal.out(whatToSee(`http://127.0.0.1:${http.address()?.port}`, session.id))
    await terminal.ending.asked()
    terminal.err('hanging up, unregistering; once more ends at once')
    await session.close()
  } finally {
    stopLogging()
  }
}

/** On another port where the usual one is taken: a platform may run beside. */
async function serving(platform: Platform, logger: Log): Promise<HttpServer> {
  const console = consoleOf(platform, { platform: {}, password: undefined })
  const on = async (port: number) => {
    const http = createHttpServer(platform, { host: '127.0.0.1', port, version, logger, console })
    await http.start()
    return http
  }
  try {
    return await on(httpPort())
  } catch (error) {
    if (error instanceof Gb28181Error && error.code === 'port-in-use') return on(0)
    throw error
  }
}

const httpPort = (): number => Number(terminal.env.GB28181_HTTP?.split(':').at(-1) ?? 8080)

/** Resolves with a channel once so many devices have shown theirs. */
async function catalogsOf(platform: Platform, count: number): Promise<{ deviceId: string; channelId: string }> {
  const known = new Set<string>()
  for await (const event of platform.events({ types: ['catalog.committed'] })) {
    if (event.name !== 'catalog.committed') continue
    known.add(event.deviceId)
    const channelId = platform.channels(event.deviceId)?.items[0]?.id
    if (known.size === count && channelId !== undefined) return { deviceId: event.deviceId, channelId }
  }
  throw new Error('the platform has ended')
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

const whatToSee = (url: string, sessionId: string): string => `
Three cameras are online, and one plays. Look at it 三台摄像机在线，其中一台正在播放:

  ${url}/                what runs here 概览
  ${url}/docs            the API, to be tried 接口文档

  curl ${url}/api/devices
  curl ${url}/api/sessions/${sessionId}        (packets and bitrate grow)
  curl ${url}/api/actors          every live statechart
  curl -N ${url}/api/events       what happens, as it happens
  curl -X DELETE ${url}/api/sessions/${sessionId}

Ctrl-C ends it.
`

try {
  await demo()
} catch (error) {
  if (!(error instanceof Interrupted)) {
    terminal.err(`demo: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = error instanceof Unusable ? 2 : 1
  }
}
