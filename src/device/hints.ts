/** Why a registration fails, as one sentence to the person who configured it. */
import type { RegistrantFailure } from '../../machines/registration/registrant.ts'
import type { DeviceSettings } from './options.ts'

export function hintFor(reason: RegistrantFailure, status: number | null, settings: DeviceSettings): string {
  const { server, serverId, transport, id, password } = settings
  const where = `${transport} ${server.host}:${server.port}`
  switch (reason) {
    case 'no-final':
      return `Nothing answers at ${where}: is the platform running there, and does a firewall let this port through?`
    case 'transport':
      return `${where} cannot be reached: is the platform listening there on ${transport}?`
    case 'wrong-credentials':
      return `The platform refuses the password of ${id}.`
    case 'rejected':
      return rejectedHint(status, { id, serverId, hasPassword: password !== undefined })
  }
}

function rejectedHint(
  status: number | null,
  { id, serverId, hasPassword }: { id: string; serverId: string; hasPassword: boolean },
): string {
  if (status === 401 || status === 407)
    return hasPassword ? 'The platform offers no digest that can be answered.' : 'The platform asks for a password.'
  if (status === 403) return `The platform refuses ${id}: is the ID allowed there, and the password right?`
  if (status === 404) return `The platform does not know ${id}, or is not ${serverId}.`
  if (status === 423) return 'The platform wants a longer validity than it said.'
  if (status === 503) return 'The platform is busy; the next attempt comes after the time that it asked for.'
  return status === null ? 'The platform refuses the registration.' : `The platform answered ${status}.`
}
