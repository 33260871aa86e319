/** A platform, a camera and the HTTP server over real loopback sockets, and a way to ask it. */
import { createDevice, type Device, type DeviceOptions } from '../../src/device/index.ts'
import { createPlatform } from '../../src/platform/create.ts'
import type { PlatformOptions } from '../../src/platform/options.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/server/index.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

export interface Harness extends AsyncDisposable {
  readonly platform: Platform
  readonly http: HttpServer
  readonly url: string
  readonly port: number
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  attach(options?: Partial<DeviceOptions>): Promise<Device>
}

export const deviceId = '34020000001110000001'
export const password = 'Pass1234'

export async function startAll(
  options: Partial<HttpServerOptions> = {},
  more: Partial<PlatformOptions> = {},
): Promise<Harness> {
  const platform = createPlatform({
    password,
    listen: [{ transport: 'UDP', address: '127.0.0.1', port: 0 }],
    mediaPorts: { from: 42_000, to: 42_200 },
    queryTimeout: 300,
    answerTimeout: 1000,
    mediaTimeout: 1000,
    ...more,
  })
  await platform.start()
  const http = createHttpServer(platform, { host: '127.0.0.1', port: 0, version: '1.2.3', ...options })
  await http.start()
  const port = http.address()?.port ?? 0
  const url = `http://127.0.0.1:${port}`
  const devices: Device[] = []
  return {
    platform,
    http,
    url,
    port,
    ask: async (method, path, body, headers = {}) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const response = await fetch(url + path, {
        method,
        ...(body === undefined ? {} : { body: text }),
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      })
      const answer = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
      return {
        status: response.status,
        headers: response.headers,
        body: isJson && answer !== '' ? JSON.parse(answer) : answer,
      }
    },
    attach: async (different = {}) => {
      const { port: sip = 0 } = platform.address()[0] ?? {}
      const device = createDevice({
        id: deviceId,
        server: { host: '127.0.0.1', port: sip },
        password,
        channels: 2,
        grace: 0.5,
        ...different,
      })
      devices.push(device)
      const known = (async () => {
        for await (const event of platform.events({ types: ['catalog.committed'], deviceId: device.id })) return event
        return undefined
      })()
      await device.start()
      await known
      return device
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(devices.map((device) => device.close()))
      await platform.close()
      await http.close()
    },
  }
}

/** The error of an answer. */
export function errorOf({ body }: Answer): {
  readonly code: string
  readonly message: string
  readonly [detail: string]: unknown
} {
  if (typeof body !== 'object' || body === null || !('error' in body))
    throw new Error(`no error: ${JSON.stringify(body)}`)
  return body.error as { code: string; message: string }
}
