/**
 * Which of our addresses a peer can reach us at. A socket bound to 0.0.0.0 does not say, and some cameras silently drop
 * what does not carry the address they were configured with (protocol notes 08, section 1).
 */
import { BlockList, isIPv6 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::'

/** All addresses that others may use for us: IPv4 first, loopback and link-local ones left out. */
export function reachableAddresses(): readonly string[] {
  return interfaces()
    .filter((info) => !info.internal && !info.address.startsWith('fe80:'))
    .sort((a, b) => a.family.localeCompare(b.family))
    .map((info) => info.address)
}

/**
 * The address of the interface in whose subnet `remote` lies, else the first reachable one of its family, else
 * loopback. A route through a gateway cannot be seen from here: then only `advertise` knows.
 */
export function localAddressFor(remote: string): string {
  const family = isIPv6(remote) ? 'IPv6' : 'IPv4'
  const candidates = interfaces().filter((info) => info.family === family)
  const direct = candidates.find((info) => sameSubnet(info, remote))
  const outward = candidates.find((info) => !info.internal)
  return (direct ?? outward ?? candidates[0])?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1')
}

const interfaces = (): NetworkInterfaceInfo[] => Object.values(networkInterfaces()).flatMap((list) => list ?? [])

function sameSubnet(info: NetworkInterfaceInfo, remote: string): boolean {
  const bits = Number(info.cidr?.split('/')[1])
  if (!Number.isInteger(bits)) return false
  const type = info.family === 'IPv6' ? 'ipv6' : 'ipv4'
  const subnet = new BlockList()
  subnet.addSubnet(info.address, bits, type)
  return subnet.check(remote, type)
}
