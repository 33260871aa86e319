/** Addresses as they are written on a command line. */
import { isIP } from 'node:net'
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

/** An address of this machine. A name would be looked up, and might be another machine's. */
export function listeningAt(option: string, text: string, defaultPort: number): Endpoint {
  const at = endpointOf(option, text, defaultPort)
  if (isIP(at.address) === 0)
    throw new Unusable(`--${option} ${text}: expected an IP address of this machine and a port`)
  return at
}
