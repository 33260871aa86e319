/**
 * Who may ask: Host and Origin against DNS rebinding and foreign pages, the token, JSON on writes (USABILITY.md 3).
 *
 * Listening on loopback keeps other machines out, but not a web page in a browser on this one: a name that is rebound to
 * 127.0.0.1 arrives with that name in Host, and a form on a foreign page with its own Origin.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { isWildcard } from '../engine/local-address.ts'
import { Gb28181Error } from '../errors.ts'
import { capturePath, loginPath, pagePath } from './paths.ts'
import { methodsOf } from './routes.ts'

export interface AccessOptions {
  /** The address that is listened on. */
  readonly host: string
  /** Asked of every request but `/healthz` and the page, as `Authorization: Bearer` or the cookie of a login. */
  readonly token?: string
  /** Further host names and addresses under which the server is reached, such as the advertised address. */
  readonly hosts?: readonly string[]
  /** Origins of foreign pages that may use the server: none where nothing is said. */
  readonly origins?: readonly string[]
}

/** What is looked at of a request; names in lower case. */
export interface Asked {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** Where no token is asked for. */
export const openPaths: readonly string[] = [pagePath, '/healthz', loginPath]
const cookieName = 'gb28181'
/** Seconds. */
const cookieLifetime = 12 * 3600
const withBody: readonly string[] = ['POST', 'PUT', 'PATCH']
const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** True for 127.0.0.0/8, ::1 and localhost. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1|\[::1\])$/i.test(host)

/**
 * Refuses an address that other machines reach while nothing is asked of them.
 * @throws Gb28181Error `http-token-required`
 */
export function checkExposure({ host, token }: AccessOptions): void {
  if (token !== undefined || isLoopback(host)) return
  throw new Gb28181Error(
    'http-token-required',
    `HTTP on ${host} can be reached by other machines, so it needs a token: GB28181_HTTP_TOKEN, --http-token-file FILE or --http-token T. Or keep it local with --http 127.0.0.1:8080.`,
  )
}

export class Access {
  readonly #token: Buffer | undefined
  readonly #hosts: ReadonlySet<string>
  readonly #origins: ReadonlySet<string>
  /** A server on all addresses is reached by any of them; an address in Host cannot have been rebound, a name can. */
  readonly #anyAddress: boolean

  constructor({ host, token, hosts = [], origins = [] }: AccessOptions) {
    this.#token = token === undefined ? undefined : digest(token)
    this.#hosts = new Set([...loopbackNames, host, ...hosts].map(hostName))
    this.#origins = new Set(origins)
    this.#anyAddress = isWildcard(host)
  }

  /** Why the request is not served, or undefined. */
  refusal({ method, path, headers }: Asked): Gb28181Error | undefined {
    const host = headers.host ?? ''
    if (!this.#isOurs(host)) {
      return new Gb28181Error('forbidden-host', `Host ${host} is not a name of this server.`, {
        hint: 'Open it by its address, or name it with --http-host.',
      })
    }
    if (headers.origin !== undefined && !this.#isAllowedOrigin(headers.origin, host)) {
      return new Gb28181Error('forbidden-origin', `Pages of ${headers.origin} may not use this server.`)
    }
    if (!this.#isAuthorized(path, headers)) {
      return new Gb28181Error('unauthorized', 'Send the token as Authorization: Bearer.')
    }
    const contentType = contentTypeOf(path)
    if (brings(method, path) && !isOfType(headers['content-type'], contentType)) {
      return new Gb28181Error('unsupported-media-type', `Send Content-Type: ${contentType}.`)
    }
    return undefined
  }

  /** The cookie that a browser is given for the token; undefined for a wrong one. Empty where no token is asked for. */
  login(token: string): string | undefined {
    if (this.#token === undefined) return ''
    if (!timingSafeEqual(digest(token), this.#token)) return undefined
    return `${cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${cookieLifetime}`
  }

  #isOurs(host: string): boolean {
    const name = hostName(host.replace(/:\d+$/, ''))
    return this.#hosts.has(name) || (this.#anyAddress && isIP(name) !== 0)
  }

  #isAllowedOrigin(origin: string, host: string): boolean {
    return this.#origins.has(origin) || isSameOrigin(origin, host)
  }

  #isAuthorized(path: string, { authorization = '', cookie = '' }: Asked['headers']): boolean {
    if (this.#token === undefined || openPaths.includes(path)) return true
    const given = /^bearer +(\S+)$/i.exec(authorization)?.[1]
    if (given !== undefined) return timingSafeEqual(digest(given), this.#token)
    const kept = new RegExp(`(?:^|; *)${cookieName}=([^;]*)`).exec(cookie)?.[1]
    return kept !== undefined && timingSafeEqual(digest(kept), digest(this.#cookie))
  }

  /** Follows from the token, so that it outlives a restart, and does not tell the token. */
  get #cookie(): string {
    return createHmac('sha256', this.#token ?? '')
      .update('console')
      .digest('base64url')
  }
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

const hostName = (host: string): string => host.toLowerCase().replace(/^\[(.*)\]$/, '$1')

/**
 * Whether a request needs to be JSON: a form of a foreign page cannot send that without being asked first. One that is
 * answered 405 anyway does not.
 */
function brings(method: string, path: string): boolean {
  const methods = methodsOf(path)
  return withBody.includes(method) && (methods.length === 0 || methods.includes(method))
}

/** Neither of these can a form of a foreign page send. */
const contentTypeOf = (path: string): string => (path === capturePath ? 'application/octet-stream' : 'application/json')

const isOfType = (given: string | undefined, wanted: string): boolean =>
  (given ?? '').split(';')[0]?.trim().toLowerCase() === wanted

function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}
