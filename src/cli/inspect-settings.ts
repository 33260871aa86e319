/** The options of `gb28181 platform` about inspectors that others made: `--inspect-...`. */
import { Option } from 'effect'
import type { Endpoint } from '../engine/network.ts'
import { isLoopback } from '../server/index.ts'
import { listeningAt } from './addresses.ts'
import { Unusable } from './terminal.ts'

export interface InspectSettings {
  /** Where `@xstate/inspect` is served; undefined: not at all. */
  readonly listen: Endpoint | undefined
  /** Foreign pages that may connect there. */
  readonly origins: readonly string[]
  readonly acceptEvents: boolean
  /** The server of `@statelyai/inspect` that is told; undefined: none. */
  readonly to: string | undefined
}

interface Parsed {
  readonly 'inspect-port': Option.Option<string>
  readonly 'inspect-origin': readonly string[]
  readonly 'inspect-events': boolean
  readonly 'inspect-to': Option.Option<string>
}

/** @throws Unusable for options that cannot be used */
export function inspectSettings(parsed: Parsed, token: string | undefined): InspectSettings {
  const listen = Option.getOrUndefined(Option.map(parsed['inspect-port'], listenAt))
  if (listen !== undefined && token === undefined && !isLoopback(listen.address)) {
    throw new Unusable(
      `--inspect-port on ${listen.address} can be reached by other machines, so it needs a token: GB28181_HTTP_TOKEN, --http-token-file FILE or --http-token T`,
    )
  }
  for (const option of ['inspect-origin', 'inspect-events'] as const) {
    const given = option === 'inspect-events' ? parsed[option] : parsed[option].length > 0
    if (given && listen === undefined) throw new Unusable(`--${option} is about --inspect-port, which is not given`)
  }
  return {
    listen,
    origins: parsed['inspect-origin'].map(origin),
    acceptEvents: parsed['inspect-events'],
    to: Option.getOrUndefined(Option.map(parsed['inspect-to'], inspectorUrl)),
  }
}

/** `9229`, or an address with it. */
const listenAt = (text: string): Endpoint => {
  const at = listeningAt('inspect-port', /^\d+$/.test(text) ? `127.0.0.1:${text}` : text, 0)
  if (at.port === 0) throw new Unusable(`--inspect-port ${text}: expected a port 1 to 65535`)
  return at
}

/** As browsers write it in the header. */
function origin(text: string): string {
  const url = URL.parse(text)
  if (url === null || url.origin !== text)
    throw new Unusable(`--inspect-origin ${text}: expected an origin, such as https://stately.ai`)
  return text
}

/** What actors hold goes there as it is told, unencrypted, so it does not leave the machine. */
function inspectorUrl(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol !== 'ws:' || !isLoopback(url.hostname))
    throw new Unusable(`--inspect-to ${text}: expected a server on this machine, such as ws://127.0.0.1:8081`)
  return text
}
