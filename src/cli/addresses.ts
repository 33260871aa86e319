/** Addresses as they are written on a command line. */
import type { Endpoint } from '../engine/network.ts'
import { parseHostPort } from '../sip/uri.ts'
import { Unusable } from './terminal.ts'

/** `HOST:PORT`, IPv6 in brackets. @throws Unusable naming the option */
export function endpointOf(option: string, text: string, defaultPort: number): Endpoint {
  const parsed = parseHostPort(text)
  if (parsed === undefined) {
    throw new Unusable(`--${option} ${text}: expected ADDRESS:PORT, such as 0.0.0.0:5060 or [::]:5060`)
  }
  const { host, port = defaultPort } = parsed
  return { address: host === 'localhost' ? '127.0.0.1' : host, port }
}
