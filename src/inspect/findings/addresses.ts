/** Which addresses can be reached from elsewhere: RFC 1918, 6598, 3927, 4193, 1122. */
import { isIPv4 } from 'node:net'

/** Reachable from the same site only. */
export function isPrivateAddress(address: string): boolean {
  if (!isIPv4(address)) return /^f[cd]/i.test(address)
  const [a = 0, b = 0] = address.split('.').map(Number)
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128)
}

/** Reachable from the same host or link only, or not at all. */
export function isUnroutable(address: string): boolean {
  if (!isIPv4(address)) return address === '::' || address === '::1' || /^fe[89ab]/i.test(address)
  return address.startsWith('0.') || address.startsWith('127.') || address.startsWith('169.254.')
}

/** An address that the whole internet can reach. */
export const isPublicAddress = (address: string): boolean => !isPrivateAddress(address) && !isUnroutable(address)

/** An address and not a name. */
export const isAddress = (host: string): boolean => isIPv4(host) || host.includes(':')
